"""The analysis of a paper: numbered sections, as Markdown or HTML lists, with or without titles.

The sections come in a fixed order (title, authors, affiliation, keywords, links, summary, methods, conclusion), under
varying names. A line is a section's heading if it is in a heading's position and its name belongs to a kind later than
the previous section: so a "3. 方法" inside a conclusion remains part of the conclusion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digestbot.cards.text import decode_entities, drop_control_characters
from digestbot.domain.digest import Section

_SECTION_KINDS: tuple[tuple[str, str], ...] = (
    ("title", r"(?:论文|文章)?(?:标题|题目)\S{0,8}|(?:paper )?title"),
    ("authors", r"(?:所有)?作者(?:名单|名字|列表|姓名|信息)?|authors?"),
    ("affiliation", r"\S{0,6}(?:单位|机构|隶属|归属|所属)\S{0,10}|作者隶属|affiliations?"),
    ("keywords", r"\S{0,4}关键[词字]\S{0,6}|key ?words"),
    ("urls", r"\S{0,6}(?:链接|网址|地址)\S{0,14}|urls?|links?|github"),
    ("summary", r"(?:论文|文章|内容)?(?:摘要|总结|概要|概述|綜述|總結)\S{0,4}|summary|abstract"),
    ("methods", r"(?:论文|本文|文章|研究|具体|详细)?方法\S{0,8}|methods?|methodology"),
    ("conclusion", r"(?:论文|文章)?(?:结论|結論|总结)\S{0,4}|conclusions?"),
)
_KIND_ORDER = {kind: place for place, (kind, _) in enumerate(_SECTION_KINDS)}
_KIND_PATTERNS = [
    (kind, re.compile(rf"<?(?:{names})>?(?:\s*[（(][^（）()]{{0,20}}[）)])?", re.IGNORECASE))
    for kind, names in _SECTION_KINDS
]
DATA_KINDS = ("title", "authors", "affiliation", "keywords", "urls")
"""The kinds of sections that repeat the paper's own data."""
_ANSWERS = re.compile(r"(?<=.)(?:部分)?(?:的)?回答$")
_CHINESE_TITLES = {"summary": "摘要", "methods": "方法", "conclusion": "结论"}
_MIN_CHINESE = 20
"""How many Chinese characters make a section one whose title is Chinese too."""
_MAIN_KINDS = ("summary", "methods", "conclusion")
_HEADING = re.compile(
    r"(?P<lead>(?:#++\s*+)?(?:\*\*)?\s*(?:(?P<number>\d{1,2})\s*[.、．:]\s*|[（(][6-9][)）](?=[^:：]{0,12}[:：]?\s*$))?(?:\*\*)?)"
    r"(?P<name>[^:：*\n]{1,40}?)\s*(?:\*\*)?\s*(?P<colon>[:：])?(?:\*\*)?\s*(?P<rest>(?<=[:：*\s]).*)?"
)
_CLOSING = re.compile(
    r"\s{0,9}(?:[-*•]\s{0,9})?(?:总结|總結|综述|综上所述|结语|(?i:summary|overview))\s{0,9}[:：]?\s{0,9}"
)
"""A line that begins a conclusion where a page has no heading for it."""
_HTML_TAG = re.compile(
    r"<(/?)(ol|ul|li|p|strong|em|pre|code|br|h[1-6]|b|i|div|span|blockquote|hr|summary|details)\b[^<>]*>",
    re.IGNORECASE,
)
_OPENING_TAG = re.compile(r"<(?:li|p)\b[^<>]*>|<ol\b[^<>]*>", re.IGNORECASE)
_EMPTY_BODY = re.compile(r"(?:none|无|暂无|n/?a|null|没有|未知|-)?[\s.。；;，,]*", re.IGNORECASE)


@dataclass(slots=True)
class _SectionLines:
    title: str
    lines: list[str] = field(default_factory=list)

    def to_section(self) -> Section:
        body = re.sub(r"\n{2,}", "\n", "\n".join(self.lines)).strip("\n ")
        return Section(self.title.strip("<> "), re.sub(r"\*\*([^*\n]+)\*\*", r"\1", body))


def parse_sections(text: str) -> tuple[Section, ...]:
    """The titled sections of an analysis, without empty ones."""
    collected = [_SectionLines("")]
    last_order, last_number = -1, 0
    for is_candidate, line in _iter_lines(text):
        heading = _parse_heading(line, is_candidate, last_order, last_number)
        if heading is None:
            collected[-1].lines.append(line)
            continue
        kind, number, name, rest = heading
        last_order, last_number = _KIND_ORDER.get(kind, last_order), number or last_number
        collected.append(_SectionLines(name, [rest] if rest else []))
    sections = (section_lines.to_section() for section_lines in _split_swallowed(collected))
    return tuple(_add_title(section) for section in sections if not _EMPTY_BODY.fullmatch(section.body))


def _split_swallowed(collected: list[_SectionLines]) -> list[_SectionLines]:
    """The sections; where no conclusion was found, one that the methods end with under another name is one."""
    kinds = [classify_section(section.title) for section in collected]
    if "conclusion" in kinds or "methods" not in kinds:
        return collected
    methods = collected[len(kinds) - 1 - kinds[::-1].index("methods")]
    start = next((index for index, line in enumerate(methods.lines) if index and _CLOSING.fullmatch(line)), None)
    if start is None:
        return collected
    closing = _SectionLines(methods.lines[start].strip(" -*:："), methods.lines[start + 1 :])
    methods.lines = methods.lines[:start]
    position = collected.index(methods) + 1
    return [*collected[:position], closing, *collected[position:]]


def classify_section(title: str) -> str:
    """The kind of section that a title names (``authors``, ``methods``, …); empty for any other."""
    return next((kind for kind, pattern in _KIND_PATTERNS if pattern.fullmatch(title.strip())), "")


def _add_title(section: Section) -> Section:
    """A section with a title in the language of its text."""
    han_count = len(re.findall(r"[\u3400-\u9fff]", section.body))
    if not section.title:
        return Section("概述" if han_count else "Overview", section.body)
    is_foreign = section.title.isascii() and han_count >= _MIN_CHINESE
    kind = classify_section(section.title) if is_foreign else ""
    return Section(_CHINESE_TITLES.get(kind, _ANSWERS.sub("", section.title)), section.body)


def _parse_heading(
    line: str, is_candidate: bool, last_order: int, last_number: int
) -> tuple[str, int, str, str] | None:
    match = _HEADING.fullmatch(line.strip())
    if match is None:
        return None
    name, rest = match["name"].strip(), (match["rest"] or "").strip(" *:：")
    number = int(match["number"] or 0)
    is_marked = is_candidate or bool(number) or bool(match["lead"])
    kind = classify_section(name)
    if kind and _KIND_ORDER[kind] > last_order and _is_heading(kind, match, is_marked):
        return kind, number, name, rest
    is_bold = "**" in match["lead"]
    if not kind and is_bold and number > last_number and match["colon"]:
        return "", number, name, rest
    return None


def _is_heading(kind: str, match: re.Match[str], is_marked: bool) -> bool:
    if match["colon"]:
        return is_marked or kind in _MAIN_KINDS or not match["rest"]
    return not match["rest"] and (is_marked or kind in _MAIN_KINDS)


def _iter_lines(text: str) -> Iterator[tuple[bool, str]]:
    """The text's lines without markup, each with whether it opens an HTML element that can contain a heading."""
    is_pending = is_open_item = is_after_item = False
    for raw_line in text.split("\n"):
        has_opening_tag = bool(_OPENING_TAG.search(raw_line))
        is_item = "<li" in raw_line.lower()
        decoded = drop_control_characters(decode_entities(_HTML_TAG.sub("", raw_line)))
        line = decoded.replace("\u200b", "").strip()
        if not line:
            is_pending, is_open_item = is_pending or has_opening_tag, is_open_item or is_item
            continue
        is_candidate = has_opening_tag or is_pending
        is_item = (is_item or (is_open_item and is_after_item)) and not _may_be_heading(line)
        is_pending, is_open_item, is_after_item = False, False, is_item
        yield is_candidate, f"- {line}" if is_item else line


def _may_be_heading(line: str) -> bool:
    match = _HEADING.fullmatch(line)
    return bool(match and classify_section(match["name"].strip()))
