"""The longer analysis of a paper: numbered parts, in Markdown or as HTML lists, with titles or without.

The parts come in one order (title, authors, affiliation, keywords, links, summary, methods, conclusion), under
names that vary. A line is a part's head when it stands where heads stand and its name is of a kind that comes
later than the part before it; so the "3. 方法" inside a conclusion stays the conclusion's text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digestbot.domain.digest import Section

_KINDS: tuple[tuple[str, str], ...] = (
    ("title", r"(?:论文|文章)?(?:标题|题目)\S{0,8}|(?:paper )?title"),
    ("authors", r"(?:所有)?作者(?:名单|名字|列表|姓名|信息)?|authors?"),
    ("affiliation", r"\S{0,6}(?:单位|机构|隶属|归属|所属)\S{0,10}|作者隶属|affiliations?"),
    ("keywords", r"\S{0,4}关键[词字]\S{0,6}|key ?words"),
    ("urls", r"\S{0,6}(?:链接|网址|地址)\S{0,14}|urls?|links?|github"),
    ("summary", r"(?:论文|文章|内容)?(?:摘要|总结|概要|概述|綜述|總結)\S{0,4}|summary|abstract"),
    ("methods", r"(?:论文|本文|文章|研究|具体|详细)?方法\S{0,8}|methods?|methodology"),
    ("conclusion", r"(?:论文|文章)?(?:结论|結論|总结)\S{0,4}|conclusions?"),
)
_ORDER = {kind: place for place, (kind, _) in enumerate(_KINDS)}
_NAMES = [
    (kind, re.compile(rf"<?(?:{names})>?(?:\s*[（(][^（）()]{{0,20}}[）)])?", re.IGNORECASE)) for kind, names in _KINDS
]
_MAIN = ("summary", "methods", "conclusion")
_HEAD = re.compile(
    r"(?P<lead>(?:#+\s*)?(?:\*\*)?\s*(?:(?P<number>\d{1,2})\s*[.、．:]\s*)?(?:\*\*)?)"
    r"(?P<name>[^:：*\n]{1,40}?)\s*(?:\*\*)?\s*(?P<colon>[:：])?(?:\*\*)?\s*(?P<rest>(?<=[:：*\s]).*)?"
)
_TAG = re.compile(
    r"<(/?)(ol|ul|li|p|strong|em|pre|code|br|h[1-6]|b|i|div|span|blockquote|hr|summary|details)\b[^<>]*>",
    re.IGNORECASE,
)
_OPENING = re.compile(r"<(?:li|p)\b[^<>]*>|<ol\b[^<>]*>", re.IGNORECASE)
_NOTHING = re.compile(r"(?:none|无|暂无|n/?a|null|没有|未知|-)?[\s.。；;，,]*", re.IGNORECASE)


@dataclass(slots=True)
class _Part:
    title: str
    lines: list[str] = field(default_factory=list)

    def section(self) -> Section:
        body = re.sub(r"\n{2,}", "\n", "\n".join(self.lines)).strip("\n ")
        return Section(self.title.strip("<> "), re.sub(r"\*\*([^*\n]+)\*\*", r"\1", body))


def parse_sections(text: str) -> tuple[Section, ...]:
    """The titled parts of an analysis, those with nothing in them left out."""
    parts = [_Part("")]
    reached, last_number = -1, 0
    for head_like, line in _lines(text):
        head = _head(line, head_like, reached, last_number)
        if head is None:
            parts[-1].lines.append(line)
            continue
        kind, number, name, rest = head
        reached, last_number = _ORDER.get(kind, reached), number or last_number
        parts.append(_Part(name, [rest] if rest else []))
    sections = (part.section() for part in parts)
    return tuple(_titled(section) for section in sections if not _NOTHING.fullmatch(section.body))


def kind_of(title: str) -> str:
    """Which of the usual parts a title names (``authors``, ``methods``, …); empty for another."""
    return next((kind for kind, names in _NAMES if names.fullmatch(title.strip())), "")


def _titled(section: Section) -> Section:
    if section.title:
        return section
    return Section("概述" if re.search(r"[\u3400-\u9fff]", section.body) else "Overview", section.body)


def _head(line: str, head_like: bool, reached: int, last_number: int) -> tuple[str, int, str, str] | None:
    match = _HEAD.fullmatch(line.strip())
    if match is None:
        return None
    name, rest = match["name"].strip(), (match["rest"] or "").strip(" *:：")
    number = int(match["number"] or 0)
    marked = head_like or bool(number) or bool(match["lead"])
    kind = kind_of(name)
    if kind and _ORDER[kind] > reached and _stands_as_head(kind, match, marked):
        return kind, number, name, rest
    bold = "**" in match["lead"]
    if not kind and bold and number > last_number and match["colon"]:
        return "", number, name, rest
    return None


def _stands_as_head(kind: str, match: re.Match[str], marked: bool) -> bool:
    if match["colon"]:
        return marked or kind in _MAIN or not match["rest"]
    return not match["rest"] and (marked or kind in _MAIN)


def _lines(text: str) -> Iterator[tuple[bool, str]]:
    """The text's lines without markup, each with whether an HTML element that can carry a head opened on it."""
    pending = False
    for raw in text.split("\n"):
        opened = bool(_OPENING.search(raw))
        is_item = "<li" in raw.lower()
        line = html.unescape(_TAG.sub("", raw)).replace("\u200b", "").strip()
        if not line:
            pending = pending or opened
            continue
        head_like = opened or pending
        pending = False
        yield head_like, f"- {line}" if is_item and not _could_be_head(line) else line


def _could_be_head(line: str) -> bool:
    match = _HEAD.fullmatch(line)
    return bool(match and kind_of(match["name"].strip()))
