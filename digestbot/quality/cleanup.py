"""Cleanup of model output: removes unfilled templates, leaked instructions and chatter.

Given too little input, a language model returns its template unfilled (``XXXX``, ``待补充``), repeats its
instructions, or makes small talk. Only those parts are removed. The rules work on sentences and parentheses, so that
one bad sentence does not cost a paragraph, and they are idempotent: cleaning clean text changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from digestbot.late_patterns import compile_late
from digestbot.quality.signs import CLEANUP, find_signs

PLACEHOLDER = "placeholder"
"""A template that the model did not fill in."""
INSTRUCTIONS = "instructions"
"""The model's instructions, repeated as text."""
CHATTER = "chatter"
"""The model addressing the person who asked."""

_HAN = r"[\u3400-\u9fff]"
_PLACEHOLDERS = (
    r"(?<![A-Za-z0-9.])[xX]{3,}(?![A-Za-z0-9])",
    rf"(?:(?<={_HAN})|(?<![^\s：:*(（,，]))[xX]{{2}}(?={_HAN})",
    r"链接待定|待(?:补充|填写|您提供|提供的)|占位符|(?:作者|机构)名?缺失",
    r"[\[【][^\]】\n]{0,12}(?:链接|作者|地址|机构|编号)[^\]】\n]{0,8}[\]】](?!\(https?:)",
    r"[\]】]\((?:链接地址|url[_ ]?link|link)\)",
    r"论文编号|[（(]具体的?(?:论文)?(?:链接|网址|地址)(?:地址)?[)）]|[（(](?:中文|英文)(?:翻译|标题)?[:：]?\s*[)）]|^(?:中文|英文)(?:翻译|标题)[:：]?$",
    r"(?i:[（(](?:paper|code|github) (?:url|link)[)）]|^(?:paper|code|github) (?:url|link)$)",
    r"(?i:\[(?:insert|your|author|paper|link)\b[^\]\n]{0,40}\](?!\())",
    r"(?i:\bto be (?:filled in|completed|supplemented)\b|\blorem ipsum\b)",
)
_INSTRUCTIONS = (
    r"请(?:根据|按照|依据)[^。；\n]{0,40}(?:填写|填充|替换|补充|填入|调整|修改|回答)",
    r"(?:请|则|若无?|如|可|待|此处|实际|情况|要求|信息)[^，。；\n]{0,14}(?:填写|填入|填充)",
    r"根据(?:实际|文献)[^。；\n]{0,20}(?:填写|填充|回答|替换)|[(（](?:由于)?(?:您|你)未提供",
    r"请(?:查阅|参阅|参考|查看)(?:原始|原文|论文|相关|专业|原)",
    r"(?:务必|一定要?)(?:使用|用|严格|保持)[^。；\n]{0,10}(?:中文|格式|对应|简洁)",
    r"(?:专有名词|专业名词)[^。；\n]{0,4}用?英文|不要?重复(?:前面|之前|<summary>)|原(?:文)?数字的?使用价?值",
    r"严格(?:按照|遵循)(?:给定|上述|输出|了)*格式|(?:按照|遵循)(?:以下|后面的?|给定的?)[^。；\n]{0,4}格式|表述尽[量可能]+简洁",
    r"需要?(?:根据[^。；\n]{0,20})?(?:替换|填充)(?:为|成)?(?:具体|实际|的实际|真实)",
    r"(?:如果?|若)(?:可用|适用|有可用|不可用|不适用|存在的话)|(?:如无|若无|如实际)[^。；\n]{0,16}(?:填|标注|链接|替换)",
    r"如果有更多\s*re|详细描述本文的方法论思想|(?<![A-Za-z0-9.])\.{7,}|…{3,}",
    r"(?:需|需要)(?:英文|中文)[）)]?$|（?关键词需要英文",
    r"(?i:<(?:summary|methods|conclusion)>|\bfill in (?:with|according)\b|\breplace (?:the|this) placeholder\b)",
    r"(?i:\bas an ai (?:language )?model\b|\bignore (?:all )?(?:previous|prior) instructions\b)",
)
_CHATTER = (
    r"^(?:好的|当然|没问题)[，,。！!]|^抱歉|^对不起|(?:深感|很|非常)抱歉|感谢(?:您|你)的",
    r"建议(?:直接)?(?:查阅|查看|联系|参考)[^。\n]{0,30}(?:链接|论文|作者|原文|文献)|需查看原文|请见(?:论文|原文)",
    r"(?:符合|满足|适合)(?:了|您|你)+的?(?:要求|需求)|(?:对|给)(?:您|你)(?:有|的)?[^。；\n]{0,6}帮助|(?:可以|能)帮到(?:您|你)",
    r"请?(?:随时)?(?:告诉|告知|让)我(?:知道)?[。！!]?$|请随时提问|如有(?:任何)?(?:其他|更多|进一步)的?问题",
    r"(?:根据|基于|按照|遵循|针对)(?:了?)(?:您|你)(?:们)?(?:的|所|提供|给出|要求)|(?:您|你)(?:所)?(?:提供|给出)的",
    r"^(?:接下来)?我(?:会|将|来|们将)[^。；\n]{0,6}(?:按照|根据|基于|使用中文|帮|为您|遵循|针对以下)",
    (
        r"^以上(?:就是|是|为|内容|回答|总结|答案|对|都是|，)[^。\n]{0,40}"
        r"(?:总结|概括|概述|参考|要求|介绍|阐述|分析|整理|推测|示例|内容|遵循|摘要|见解|回答|实验结果|解读)"
    ),
    r"^(?:以下是|下面是|这些关键)[^。\n]{0,30}(?:回答|总结|概述|信息|整理|要求|答案|见解|阐述|介绍|格式|列表|解释|要点|贡献)",
    r"^请注意，?(?:以上|由于|上述|我|这些|这里|这只)|^注意：|^注意:|仅供参考|^希望(?:以上|这(?:个|份|些)?(?:总结|回答|摘要|简|要|内容|些)|能(?:够)?(?:对|帮|满足)(?:您|你|助)|我的|对(?:您|你)|上述|此(?:回答|总结))",
    r"^(?i:Some Error for method|Please refer to relevant websites|I hope this|Sure[,!]|Certainly[,!])",
    r"^(?i:Here (?:is|are) the (?:summary|answer|requested|translation))",
    r"(?i:\bfeel free to ask\b|\blet me know if\b)",
    r"如需(?:更|获取|了解)[^。；\n]{0,16}(?:请|建议|可以)",
)
_RULES = tuple(
    (flag, compile_late("|".join(f"(?:{pattern})" for pattern in patterns)))
    for flag, patterns in ((PLACEHOLDER, _PLACEHOLDERS), (INSTRUCTIONS, _INSTRUCTIONS), (CHATTER, _CHATTER))
)
_CHINESE_STOPS = "。！？；"
_CHINESE_SENTENCE = compile_late(rf"[^{_CHINESE_STOPS}]*+[{_CHINESE_STOPS}]|[^{_CHINESE_STOPS}]++")
_LATIN_STOP = compile_late(r"[;!?.]\s")
_SENTENCE_BREAK = compile_late(r"(?<=[;!?])(?=\s)|(?<=[a-z)]\.)(?=\s+[A-Z(（\u3400-\u9fff])")
_PARENTHESIS = compile_late(r"(?<!\s)\s*+[*＊]?[（(\[][^（）()\[\]\n]*[）)\]]")
_RESIDUE = compile_late(
    r"(?>[\s\-*•·]*+(?:[（(]?\d{1,2}[)）.、]?)?[\s:：]*(?:\*\*)?[^\s：:，,。；]{0,14}(?:\*\*)?[：:])?+"
    r"[\s*•·\-。；;，,.:：（）()\[\]、\"“”]*+"
)
_LIST_MARKER = compile_late(r"[\s\-*•·#>]*(?:[（(]?\d{1,2}[)）.、][\s:：]*)?")


@dataclass(frozen=True, slots=True)
class CleanedText:
    """Text fit to show, and flags for what was removed."""

    text: str
    flags: tuple[str, ...] = ()


def clean_text(text: str) -> CleanedText:
    """Remove unfilled templates, leaked instructions and chatter from a text of one or more lines."""
    if not may_match_rules(text):
        return CleanedText(text)
    flags: dict[str, None] = {}
    lines = [_clean_line(line, flags) for line in text.split("\n")]
    if not flags:
        return CleanedText(text)
    kept = "\n".join(line for line in lines if line is not None)
    return CleanedText(re.sub(r"\n{3,}", "\n\n", kept).strip("\n"), tuple(flags))


def split_sentences(line: str) -> list[str]:
    """The sentences of a line, with the spaces between them."""
    sentences = _CHINESE_SENTENCE.findall(line)
    if _LATIN_STOP.search(line):
        sentences = [part for sentence in sentences for part in _SENTENCE_BREAK.split(sentence)]
    if not sentences or line[-1] in _CHINESE_STOPS:
        sentences.append("")
    return sentences


def join_kept(line: str, sentences: list[str]) -> str:
    """What is left of a line, with the number or bullet that it began with."""
    text = "".join(sentences).rstrip()
    marker = _LIST_MARKER.match(line)[0]  # type: ignore[index]  # matches the empty string too
    return text if not text or not marker or line.startswith(text[: len(marker) + 1]) else marker + text.lstrip()


def drop_sentences(text: str, is_bad: Callable[[str], bool]) -> tuple[str, bool]:
    """The text without its bad sentences, and whether there were any; lines that become empty are removed."""
    lines, dropped = [], False
    for line in text.split("\n"):
        if not is_bad(line):
            lines.append(line)
            continue
        dropped = True
        remaining = join_kept(line, [sentence for sentence in split_sentences(line) if not is_bad(sentence)])
        if not _RESIDUE.fullmatch(remaining):
            lines.append(remaining)
    return "\n".join(lines), dropped


def find_flags(sentence: str) -> tuple[str, ...]:
    """The flags of one sentence; empty if it is fit to show."""
    return search_rules(sentence) if may_match_rules(sentence) else ()


def search_rules(sentence: str) -> tuple[str, ...]:
    """The flags of one sentence, every rule tried: :func:`find_flags` tells the same, and sooner."""
    content = sentence[_LIST_MARKER.match(sentence).end() :]  # type: ignore[union-attr]  # matches the empty string too
    return tuple(flag for flag, rule in _RULES if rule.search(content))


def may_match_rules(text: str) -> bool:
    """Whether any rule could apply: a fast check with false positives but no false negatives."""
    return bool(find_signs(text) & CLEANUP)


def _clean_line(line: str, flags: dict[str, None]) -> str | None:
    if not may_match_rules(line):
        return line
    cleaned_line = line
    if any(mark in line for mark in "（(["):
        cleaned_line = _PARENTHESIS.sub(lambda match: _clean_parenthesis(match.group(), flags), line)
    sentences = split_sentences(cleaned_line)
    kept = [sentence for sentence in sentences if not _record_flags(find_flags(sentence), flags)]
    if len(kept) == len(sentences) and cleaned_line == line:
        return line
    remaining = join_kept(cleaned_line, kept)
    return None if _RESIDUE.fullmatch(remaining) else remaining


def _clean_parenthesis(text: str, flags: dict[str, None]) -> str:
    inner = text.strip().lstrip("*＊")[1:-1]
    return "" if _record_flags(find_flags(inner), flags) else text


def _record_flags(new_flags: tuple[str, ...], flags: dict[str, None]) -> bool:
    flags.update(dict.fromkeys(new_flags))
    return bool(new_flags)
