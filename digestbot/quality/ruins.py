"""Removes what is left in ruins: labels without content, half brackets, runs without a stop."""

from __future__ import annotations

import re

from digestbot.quality.signs import DATA_LABEL, EMPTY_BRACKET, NOTHING, PAIRED, TWO_STOPS, find_signs

_MAX_RUN_CHARACTERS = 60
"""How many Chinese characters may follow each other without any punctuation, whatever Latin letters are between."""
_MAX_SENTENCE_CHARACTERS = 300
_RUN = re.compile(rf"[^，,、；;：:。.！!？?（）()《》“”\"\s]{{{_MAX_RUN_CHARACTERS + 1},}}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NUMBER = r"[\s#*•·>\-]{0,12}(?:[（(]?[\d一二三四五六七八九十]{1,3}[)）.、．])?[\s:：、.*]{0,8}"
_CUT_ENDS = (
    "但",
    "但是",
    "而",
    "并",
    "并且",
    "且",
    "以及",
    "因为",
    "由于",
    "从而",
    "例如",
    "使得",
    "其中",
    "即",
    "而且",
)
_CUT = re.compile(r"[，,、](?:但是?|而且?|并且?|且|以及|因为|由于|从而|例如|使得|其中|即)[\s。…*]{0,4}$")
_DATA_LABEL = re.compile(
    rf"{_NUMBER}(?:第?[一1]?(?:论文|文章|英文|中文|项目|代码|研究|所属|隶属|所在|GitHub)?(?:的)?){{0,2}}\s?"
    r"(?:标题|题目|作者(?:列表|姓名|名单|信息)?|(?:作者)?(?:所属|隶属)?(?:单位|机构)|关键[词字]|链接|网址|地址|仓库"
    r"|Title|Authors?|Affiliations?|Key ?words|Urls?|Links?)(?:地址|翻译|信息|及\S{0,12})?\**\s?[:：]",
    re.IGNORECASE,
)
"""A label of what the paper's own data tell better."""
_EMPTY = re.compile(rf"{_NUMBER}[\s\d*•·\-。；;，,.:：（）()\[\]、\"“”_…]*")
MAX_EMPTY_CHARACTERS = 40
_MAX_NESTED_MARKS = 8
_FORM_WORDS = re.compile(r"\[[\u3400-\u9fff]{2,10}\](?!\()|\[[XYxy]\]|(?<![A-Za-z])[xX]{2,9}\s?%")
_NOTHING = re.compile(
    rf"{_NUMBER}(?:[^：:。\n]{{1,30}}[:：]\s?)?[\s“‘‹<（(]{{0,3}}(?:(?:文[中章]|论文|原文)?(?:均|并)?(?:未"
    rf"|没有)(?:明确)?(?:提及|提到|提供|说明)"
    r"|暂无|不详|未知|n/?a|not (?:mentioned|specified|provided|given|available)|unknown|tbd)[\s.。;；!！”’›>）)]{0,4}",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"(?m:^)[\s>*]{0,9}(?:(?:(?:回答|答案?))(?=[:：])|(?:好的|当然|没问题)[,，。！!][^：:。\n]{0,60}|(?:以下|下面)是[^：:。\n]{0,40}"
    r"|(?:sure|certainly|of course)[,.!][^:\n]{0,80}|here (?:is|are) [^:.\n]{0,60})[：:]\s?(?=[^\s\n].{7})",
    re.IGNORECASE,
)
"""An announcement of what follows on the same line."""
_PREAMBLE_SIGNS = (
    "答",
    "好的",
    "当然",
    "没问题",
    "以下是",
    "下面是",
    "sure",
    "certainly",
    "of course",
    "here is",
    "here are",
)
_QUESTION_NOTE = re.compile(r"[（(]对于问题[^（）()\n]{0,24}[)）]")
_LEADING = re.compile(r"(?P<number>[\s*•·>\-]{0,12})[，,；;。、）)\]”’]+\s*")
_MARKS = re.compile(r"\\n|\*\*|(?m:^)\s{0,9}#{2,6}\s+|\[\]\([^()\s]{0,300}\)")
_STARRED_NUMBER = re.compile(r"\\?\*(?P<number>[（(]?\d{1,2}[)）.])(?:\\?\*)?")
_STARRED_LINE = re.compile(
    r"(?m:^)(?P<lead>\s{0,9}(?:[-•]\s)?)\*(?P<text>[（(]?\d{1,2}[)）.][^*\n]{1,200})\*(?=[：:\s]{0,3}(?m:$)|[：:])"
)
_DASHED_NUMBER = re.compile(r"(?m:^)(?P<number>\s{0,9}\d{1,2}) [-–—] (?=[^\s\d])")
_STOPS_TWICE = re.compile(r"(?P<stop>。)(?:\s?[。；;，,、])+|[；;，,、：:]\s?(?P<end>。)")
_TWO_STOPS = re.compile(r"。\s?[。；;，,、]|[；;，,、：:]\s?。")
_EMPTY_BRACKETS = re.compile(r"\s?[（(]\s?[-–—，,、；;]?\s?[)）]|[（(]\s?[-–—]\s?(?m:$)")
_EQUATION_NUMBER = re.compile(r"(?<=[。.])\s?[（(]\d{1,2}[)）]$")
_STOPS = ("", "。", ".", "，", ",", "；", ";")
_NUMBER_BEFORE = re.compile(r"(?:^|[^\da-zA-Z])[\da-zA-Z一二三四五六七八九十]{1,2}$")
_PAIRS = (("（", "）"), ("(", ")"), ("《", "》"), ("【", "】"), ("“", "”"))


def is_cut_off(sentence: str) -> bool:
    """Whether a sentence ends in the middle of what it wants to say."""
    return sentence.rstrip(" 。…*")[-3:].endswith(_CUT_ENDS) and bool(_CUT.search(sentence))


def is_run_on(sentence: str) -> bool:
    """Whether a Chinese sentence goes on without a stop."""
    if len(sentence) < _MAX_RUN_CHARACTERS:
        return False
    return any(len(_HAN.findall(run)) > _MAX_RUN_CHARACTERS for run in _RUN.findall(sentence)) or (
        len(sentence) > _MAX_SENTENCE_CHARACTERS and _is_chinese(sentence)
    )


def _is_chinese(text: str) -> bool:
    return len(_HAN.findall(text)) > len(text) / 3


def repeats_data(sentence: str) -> bool:
    """Whether a sentence only gives the paper's title, authors, institutions, keywords or links under their label."""
    if (":" not in sentence and "：" not in sentence) or not find_signs(sentence) & DATA_LABEL:
        return False
    return bool(_DATA_LABEL.match(sentence))


def has_placeholder(sentence: str) -> bool:
    """Whether something stands for what was to be filled in: "[领域]", "XX%"; or it is all that there is: "N/A"."""
    return (("[" in sentence or "%" in sentence) and bool(_FORM_WORDS.search(sentence))) or (
        len(sentence) <= MAX_EMPTY_CHARACTERS
        and bool(find_signs(sentence) & NOTHING)
        and bool(_NOTHING.fullmatch(sentence))
    )


def drop_preambles(text: str) -> str:
    """The text without "Here is the summary:" before what it announces."""
    lowered = text.lower()
    if "对于问题" in text:
        text = _QUESTION_NOTE.sub("", text)
    return _PREAMBLE.sub("", text) if any(sign in lowered for sign in _PREAMBLE_SIGNS) else text


def drop_marks(text: str) -> str:
    """The text without what was meant as markup and is none: ``**``, ``####``, a literal ``\\n``, an empty link."""
    if " - " in text or " – " in text or " — " in text:
        text = _DASHED_NUMBER.sub(r"\g<number>. ", text)
    if "*" in text:
        text = _STARRED_NUMBER.sub(r"\g<number>", _STARRED_LINE.sub(r"\g<lead>\g<text>", text))
    if "\\n" not in text and "**" not in text and "#" not in text and "[](" not in text:
        return text
    for _ in range(_MAX_NESTED_MARKS):
        before, text = text, _MARKS.sub(lambda match: " " if match[0] == "\\n" else "", text)
        if text == before:
            break
    return text.replace("[](", "(")


def mend_line(line: str) -> str:
    """A line without punctuation at its beginning, and without brackets that have no other half."""
    signs = find_signs(line)
    if signs & (TWO_STOPS | PAIRED) or not line[:1].isalnum():
        line = _mend_marks(line, signs)
    return "" if len(line) <= MAX_EMPTY_CHARACTERS and _EMPTY.fullmatch(line) else line


def _mend_marks(line: str, signs: int) -> str:
    if signs & TWO_STOPS and _TWO_STOPS.search(line):
        line = _STOPS_TWICE.sub("。", line)
    if signs & PAIRED and line.endswith((")", "）")):
        line = _EQUATION_NUMBER.sub("", line)
    if match := _LEADING.match(line):
        line = match["number"] + line[match.end() :]
    if signs & PAIRED:
        line = _mend_brackets(line)
    return line


def _mend_brackets(line: str) -> str:
    if find_signs(line) & EMPTY_BRACKET:
        line = _EMPTY_BRACKETS.sub("", line)
    for opening, closing in _PAIRS:
        if line.count(opening) != line.count(closing):
            line = _drop_unpaired(line, opening, closing)
    return line


def _drop_unpaired(line: str, opening: str, closing: str) -> str:
    unpaired, opened = set[int](), list[int]()
    for index, char in enumerate(line):
        if char == opening:
            opened.append(index)
        elif char == closing and opened:
            opened.pop()
        elif char == closing and not _is_numbering(line, index):
            unpaired.add(index)
    unpaired.update(opened)
    return "".join(char for index, char in enumerate(line) if index not in unpaired)


def _is_numbering(line: str, index: int) -> bool:
    """Whether a bracket closes a number, as in "1) first"."""
    before, after = line[max(0, index - 4) : index], line[index + 1 : index + 2]
    return after not in _STOPS and bool(_NUMBER_BEFORE.search(before))
