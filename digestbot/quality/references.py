"""References that only the paper itself can follow: its figures, sections, equations, the works it cites, its formulas.

They are taken out where the sentence stands without them; where it does not, the sentence goes.
"""

from __future__ import annotations

import re

from digestbot.quality.pieces import split_statements
from digestbot.quality.signs import CAPTION, PLACE, YEAR, find_signs

_NO_COUNT = r"(?![\d.]*\s?[\d×xDdＤ维张幅个像种年万亿步次])"
_ALONE = r"(?:(?<![\u3400-\u9fff])|(?<=[如见和与及在从由按、]))"
_FIGURE = (
    rf"{_ALONE}图\s?\d{{1,2}}{_NO_COUNT}(?:\s?[（(]?[a-zA-Z左中右上下][)）]?(?![a-zA-Z]))?(?:左侧|右侧|上方|下方)?"
)
_TABLE = rf"{_ALONE}表\s?(?:\d{{1,2}}|[IVX]{{1,4}}(?![A-Za-z])){_NO_COUNT}"
_PART = r"第\s?\d{1,2}(?:\.\d{1,2}){0,3}\s?(?:小?节|章)(?:中|里)?"
_EQUATION = rf"(?:公式|等式|方程式?|算式)\s?(?:[（(]\d{{1,2}}[)）]|\d{{1,2}}{_NO_COUNT})"
_APPENDIX = r"(?:附录|补充材料|补充资料|补充文件)(?:\s?[A-Z](?:\.\d{1,2}){0,2}(?![A-Za-z]))?(?:中|里)?"
_ENGLISH = (
    r"(?:(?:Fig(?:ure|s)?|Tab(?:le)?|Sec(?:tion)?|Eq(?:uation|n)?s?"
    r"|Alg(?:orithm)?)\.?\s?\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,4})\)?[a-z]?(?!\w)"
    r"|(?:Appendix|App\.)\s?[A-Z\d](?:\.\d{1,2})?(?!\w)|[Ss]upplementary [Mm]aterials?)"
)
_PLACE = rf"(?:{_FIGURE}|{_TABLE}|{_PART}|{_EQUATION}|{_APPENDIX}|{_ENGLISH})"
_PLACES = rf"{_PLACE}(?:\s?(?:[和与及、,，]|and)\s?{_PLACE}){{0,3}}"
_IN_BRACKETS = re.compile(
    rf"\s?[（(](?:[^（）()，,]{{0,12}}[，,])?\s?(?:如|见|参见|请?参[见阅看考]|详见|正?如|例如|如同|(?i:see|cf\.?"
    rf"|as shown in|shown in|in))?\s?{_PLACES}[^（）()]{{0,16}}[)）]"
)
_SAID_THERE = (
    r"(?:\s?(?:中|左侧|右侧|上方|下方)?(?:所)?(?:示|述|描述|介绍|讨论|见|列|说明|展示|给出|总结|可视化"
    r"|显示)(?:所示|的那样|的)?)"
)
_ASIDE = re.compile(
    rf"(?P<before>[，,]?)\s?(?:(?:正如|如同|如|见|参见|详见|请?参[见阅看考]|[Aa]s (?:shown|depicted|illustrated"
    rf"|described|discussed|seen|detailed) in|(?:[Ss]ee|cf\.))(?:(?:上|下)?文)?的?\s?{_PLACES}{_SAID_THERE}?"
    rf"|(?:[Ii]n)\s{_ENGLISH}|在?{_PLACES}{_SAID_THERE}?|(?:[Ss]hown|[Dd]epicted|[Ii]llustrated|[Dd]escribed"
    rf"|[Dd]etailed|[Dd]iscussed) in {_ENGLISH})\s?(?P<behind>[，,。；;.]|$)"
)
"""A clause of its own: "as shown in Figure 2,"."""
_ATTRIBUTE = re.compile(
    rf"(?:在|如|由)?{_PLACES}\s?(?:中|里)?(?:所)?(?:描述|介绍|讨论|提到|定义|提出|给出|详述|展示|列出|所述|所示)的\s?"
)
_ANY = re.compile(_PLACE)
_SURE = re.compile(rf"{_FIGURE}|{_TABLE}|{_PART}|{_EQUATION}|附录\s?[A-Z](?![A-Za-z])|{_ENGLISH}")
_SPEAKS_OF_PLACE = re.compile(
    rf"(?:如|见|参见|参阅|参考|请|在|从|由|根据|依据|利用|通过|使用|按照|以及|和|与|到|于|为|the|in|see|by|of|to"
    rf"|and)\s?{_PLACES}|{_PLACES}\s?(?:所示|所述|展示|显示|说明|给出|中|描述|总结|列出|shows?|illustrates?"
    rf"|depicts?|presents?)"
)
_CITED = r"\[(?!0\s?[,，])\d{1,3}(?:\s?[,，、–-]\s?\d{1,3}){0,12}\]"
_CITATIONS = rf"{_CITED}(?:\s?(?:[和与及、,，]|and)\s?{_CITED}){{0,5}}"
_FOLLOWS = re.compile(
    rf"(?:遵循|根据|类似于|参考|按照|继|受|与)\s?{_CITATIONS}\s?(?:的(?:工作|方法|做法|启发|惯例|设置|基本设计"
    rf"|设计))?(?:类似|一样|相同)?[，,]\s?"
    rf"|(?i:(?:following|similar to|inspired by|as in)\s{_CITATIONS}[,，]\s?)"
)
_CITED_SUBJECT = re.compile(
    rf"(?P<before>^|[。；;，,:：、]\s?|(?:如|像|比如|例如|在|与|由|被|从|对|和|是|于|受|以|用|继|遵循|偏离|根据|按照"
    rf"|采用|类似于|参考|基于|了|by|in|of|from|to|with|and|than|following)\s?){_CITATIONS}(?P<behind>[^，。；;,.\s]?)"
)
_GOES_ON = "的中里等和与及、提认表指那，等所也"
_CLAUSE_STARTS = ("", "。", "；", ";", "，", ",", "：", ":", "、")
"""A citation is the subject or an object where no noun follows it."""
_CITATION = re.compile(rf"(?P<space>\s?){_CITATIONS}\s?")
_INTERVAL = re.compile(
    rf"(?:范围|区间|∈|约束|归一化|尺寸|大小|维度|形状|within|range|interval|shape|size)(?:为|是|of)?\s?{_CITED}"
    r"|[在到]\s?\[\d{1,3}\s?[,，]\s?\d{1,3}\]"
)
_YEAR = r"(?:19|20)\d\d\s?[a-z]?\s?年?"
_WORKS = (
    r"[^（）()\[\]；;]{0,60}?(?:(?:et al\.?|等人?)[,，]?\s?[\[（(]?|[A-Z][\w-]{1,20}(?:[,，]\s?|\s?[\[（(])"
    r"|(?:and|&|[和与])\s?[\w-]{1,20}(?:[,，]\s?|\s[\[（(]?)|[\u3400-\u9fff][,，]\s?)"
)
_AUTHOR_YEAR = re.compile(
    rf"\s?[（(\[](?:(?:如|例如|见|参见|e\.g\.,?|see)\s?)?(?:{_WORKS}{_YEAR}[\]）)]?\s?[;；、,，]?\s?){{1,8}}[)）\]]"
)
_YEAR_AFTER_NAME = re.compile(rf"(?P<name>et al\.?|等人?)[,，]?\s?[\[（(]{_YEAR}[\]）)]")
_NAME = r"[A-Z](?:[^\W\d_]|[-'’]){1,20}+(?![^\W\d_])"
"""A whole word: one that could end anywhere would be tried at each of its letters, six names deep."""
_TORN_WORK = re.compile(
    rf"\W{{0,4}}(?:{_NAME}\s?(?:and\s|&\s|等人?|et al\.?"
    rf"|[,，]\s?)?){{1,6}}+[,，]?\s?{_YEAR}[)）\]。；;.\s]{{0,4}}"
)
_FORMULA_SIGNS = re.compile(r"[=≈≜∝∑∏∫∥‖∇∂√ΣΠ\ufffd�|]")
_FLAT_SIGNS = re.compile(r"[≈≜∝∑∏∫∥‖∇∂√ΣΠ\ufffd�|]|=\s?[^\s\d.+-]")
_FORMULA_RUN = re.compile(r"[^\u3400-\u9fff，。；、：！？“”《》]{18,}")
_SHORT_FORMULA = re.compile(
    r"[ΣΠ∇∂∑∏θφϕψσμαβγλω]\w{0,8}\s?=\s?[A-Za-z]{2,}"
    r"|\b[A-Za-z]{1,3}\s?=\s?(?=[A-Za-z]*[α-ωΑ-Ω∑∏∇])[A-Za-zα-ωΑ-Ω∑∏∇(]{2,}|\ufffd"
)
_PROSE_WORD = re.compile(r"[A-Za-z][a-z]{2,}(?:-[a-z]+)?")
_DOLLARS = re.compile(r"\$[^$\n]{1,300}\$")
_MACRO = re.compile(r"\\[A-Za-z]{2,20}")
"""A command that nobody resolved, outside of a formula."""
_OWN_NAME = re.compile(
    r"\{?\\(?!operatorname)(?:\w{0,8}(?:alg|method|model|name|ours|system|approach)\w{0,8})\b(?:\{\}|\})?"
    r"(?P<gap>\s?)",
    re.ASCII,
)
_OWN_MACRO = re.compile(rf"{_OWN_NAME.pattern}|\{{\\[A-Za-z]{{3,20}}\}}|\\[A-Za-z]{{3,20}}\{{\}}", re.ASCII)
_TWICE = re.compile(r"(?P<name>\b[\w-]{2,24}) \((?P=name)\s?\)")
_MAX_NAME, _MAX_FORMULA = 24, 40
_EQUALS = re.compile(r"=\s?[^\s\d.+-]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LONG_WORD, _MIN_WORDS = re.compile(r"[A-Za-z]?[a-z]{4,}"), 2
"""How many words what has no Chinese needs, to be no formula."""
_LARGE_SIGNS = re.compile(r"[∑∏∫∥‖∇√\ufffd�]")
_CAPTION = re.compile(r"(?<![如见在和与及])图\s?\d{1,2}\s?[.．:：]\s?[\u3400-\u9fffA-Z]")
_NO_SPACE = re.compile(r"[\s，。；、：]+")
_DOUBLE_STOP = re.compile(r"[，,]\s?(?=[，,。；;])|(?<=[：:])[，,]\s?")


def drop_author_years(line: str) -> str:
    """The line without works in brackets: "(Ho et al., 2020; Song 等人，2021)"."""
    if not find_signs(line) & YEAR:
        return line
    return _YEAR_AFTER_NAME.sub(r"\g<name>", _AUTHOR_YEAR.sub("", line))


def drop_references(sentence: str) -> str:
    """The sentence without references to places and works; empty where it does not stand without them."""
    mended = _drop_citations(sentence) if "[" in sentence else sentence
    if mended and find_signs(sentence) & PLACE:
        mended = _drop_places(mended)
    if mended == sentence:
        return sentence
    tidy = _DOUBLE_STOP.sub("", mended)
    if sentence[:1].isupper() and not tidy[:1].isupper():  # it began with the reference
        tidy = tidy.lstrip()
        tidy = tidy[:1].upper() + tidy[1:]
    return tidy if len(tidy.strip(" 。；;.，,：:（）()")) >= 6 else ""


def _drop_places(sentence: str) -> str:
    if not _ANY.search(sentence):
        return sentence
    mended = _IN_BRACKETS.sub("", sentence)
    mended = _ASIDE.sub(_close_gap, mended)
    mended = _ATTRIBUTE.sub("", mended)
    return "" if _SURE.search(mended) or _SPEAKS_OF_PLACE.search(mended) else mended


def _close_gap(match: re.Match[str]) -> str:
    """What stays where a clause was: its comma or stop; all of it, if it is no clause of its own."""
    before, behind = match["before"], match["behind"]
    start = match.start() == 0 or match.string[match.start() - 1] in " 。：:；;）)*-"
    if not before and not start:
        return match[0]
    if behind in ("，", ","):
        return before
    return behind


def _drop_citations(sentence: str) -> str:
    if _INTERVAL.search(sentence) or not _CITATION.search(sentence):
        return sentence
    mended = _FOLLOWS.sub("", sentence)
    for match in _CITED_SUBJECT.finditer(mended):
        if not match["behind"] or match["behind"] in _GOES_ON or match["before"].strip() in _CLAUSE_STARTS:
            return ""
    return _CITATION.sub(_close_citation, mended)


def _close_citation(match: re.Match[str]) -> str:
    """The space where a citation was, between words that need one."""
    behind = match.string[match.end() : match.end() + 1]
    return " " if match[0][-1:] == " " and behind.isascii() and behind.isalnum() else ""


def is_torn(sentence: str) -> bool:
    """Whether a sentence is a cited work, a figure's caption, or hardly more than a formula that lost its form."""
    if ("19" in sentence or "20" in sentence) and len(sentence) < 120 and _TORN_WORK.fullmatch(sentence):
        return True
    if _EQUALS.search(sentence) and not _HAN.search(sentence) and len(_LONG_WORD.findall(sentence)) < _MIN_WORDS:
        return True
    if "\\" in sentence and _MACRO.search(_DOLLARS.sub(" ", sentence)):
        return True
    if find_signs(sentence) & CAPTION and _CAPTION.search(sentence):
        return True
    return bool(_FORMULA_SIGNS.search(sentence)) and _is_formula(_DOLLARS.sub(" ", sentence))


def _is_formula(sentence: str) -> bool:
    """Whether more of a sentence is a flattened formula than words, or one is so long that nobody reads it."""
    flat = [run for run in _FORMULA_RUN.findall(sentence) if _FLAT_SIGNS.search(run) and _is_no_prose(run)]
    if any(_LARGE_SIGNS.search(run) for run in flat):
        return True
    flat += [match[0] for match in _SHORT_FORMULA.finditer(sentence)]
    if not flat:
        return False
    return max(map(len, flat)) > _MAX_FORMULA or 2 * sum(map(len, flat)) > len(_NO_SPACE.sub("", sentence))


def _is_no_prose(run: str) -> bool:
    return sum(map(len, _PROSE_WORD.findall(run))) < len(run) / 2


def mend_macros(text: str, title: str) -> str:
    """The text without macros of the paper's own: its name in their place, or no sentence where it is not known."""
    if "\\" not in text or not _has_own_macro(text):
        return text
    sentences = split_statements(name_macros(text, title))
    return "".join(sentence for sentence in sentences if not _has_own_macro(sentence)).strip()


def _has_own_macro(text: str) -> bool:
    return bool(_OWN_MACRO.search(_DOLLARS.sub(" ", text)))


def name_macros(text: str, title: str) -> str:
    """The text with the short name of a title in place of a macro that stands for the paper's own name."""
    name = title.partition(":")[0].strip() if ":" in title else ""
    if not name or len(name) > _MAX_NAME or " " in name:
        return text
    return _TWICE.sub(r"\g<name>", _OWN_NAME.sub(lambda match: name + (" " if match["gap"] else ""), text))
