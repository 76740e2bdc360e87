"""Digest pages: conversion between Markdown with YAML front matter and digests.

A page has one topic and one or more dated updates; ``docs/page-format.md`` describes the format.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import yaml

from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Digest, Entry, Figure
from digestbot.domain.paper import PaperId
from digestbot.errors import EmptyPageError, PageError
from digestbot.pages.analysis import classify_section
from digestbot.pages.authors import read_marked_names
from digestbot.pages.entries import (
    ANALYSIS_MARKER,
    AUTHORS_LINE,
    LICENCE,
    LINK_LINE,
    Sanitizer,
    parse_entry,
    parse_linked_id,
)
from digestbot.pages.escapes import escape_body, escape_inline, escape_line, escape_name
from digestbot.pages.front_matter import DATE, parse_front_matter, parse_published, parse_topic
from digestbot.pages.page_pictures import PictureLocator
from digestbot.pages.page_writers import choose_writer, find_writer, format_writer
from digestbot.quality.sanitize import sanitize

_HEADING_MARKS = re.compile(r"[*_#]|^\s{0,9}\d{1,2}[.、．:)]|[:：]\s{0,9}$")
_PART_LABEL = re.compile(
    r"(?:(?:one[- ]line|short|key|main|my) )?(?:tl;?dr|summary|abstract|highlights?|takeaways?|points?|insights?"
    r"|findings?|figures?|notes?|results?|experiments?|contributions?|limitations?|thoughts|code|resources?"
    r"|references?|introduction|background|motivation)"
    r"|.{0,4}(?:摘要|总结|概述|要点|亮点|结论|图|笔记|结果|实验|贡献|局限|想法|代码|背景|参考).{0,4}",
    re.IGNORECASE,
)
"""Headings that people give the parts of a paper's notes."""
_ANALYSIS_KINDS = ("authors", "affiliation", "keywords", "urls", "methods", "conclusion")
_LIST_ITEM = re.compile(r"\s{0,9}(?:[-*+•]|\d{1,2}[.)、])\s")
_HEADING_LINK = re.compile(r"\s{0,9}\[(?P<title>[^\]\n]+)\]\((?P<url>https?://[^)\s]+)\)(?P<comment>[^\n]*)")
_ENTRY_HEADING = re.compile(r"##(?!#)(?P<title>.*)")


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """The contents of a page. ``problems`` are the entries that could not be parsed."""

    digests: tuple[Digest, ...]
    problems: tuple[PageError, ...] = ()


@dataclass(slots=True)
class _RawEntry:
    """The lines of one entry; ``line`` is the line number of its heading, from 1."""

    title: str
    day: date | None
    line: int
    lines: list[str] = field(default_factory=list)
    has_ended: bool = False
    awaits_summary: bool = False
    has_parts: bool = False
    is_unlinked: bool = False

    def append(self, text: str) -> None:
        """Add a line; figures come last, so an entry has ended with them."""
        self.lines.append(text)
        self.has_ended = self.has_ended or text.lstrip().lower().startswith("</details")
        if LINK_LINE.match(text):
            self.awaits_summary = True
        elif text.strip():
            self.awaits_summary = False
        if heading := _ENTRY_HEADING.match(text):
            kind = classify_section(_HEADING_MARKS.sub("", heading["title"]).strip())
            self.has_parts = self.has_parts or kind in _ANALYSIS_KINDS


def decode_page(raw: bytes) -> str:
    """The page's text. Raises :class:`PageError` with the line number of invalid UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if error.end == len(raw) and error.reason == "unexpected end of data":
            raise PageError("is cut off in the middle of a character: fetch it again", line) from None
        raise PageError(f"is not UTF-8 (byte 0x{raw[error.start]:02x}); save it as UTF-8", line) from None


def parse_page(text: str, sanitizer: Sanitizer = sanitize, locate_picture: PictureLocator = str) -> ParsedPage:
    """Parse a page; ``sanitizer`` takes from its summaries what must not be shown.

    ``locate_picture`` finds the pictures beside the page.

    Raises :class:`PageError` if it is not a digest page, is truncated, or has no papers."""
    lines = drop_control_characters(text.replace("\r\n", "\n").replace("\r", " ")).split("\n")
    start, fields = parse_front_matter(lines)
    topic, published, default_date = parse_topic(fields), *parse_published(fields)
    raw_entries = list(map(_take_heading_link, _iter_raw_entries(lines, start, default_date)))
    if not raw_entries:
        raise EmptyPageError("has no papers")
    _check_complete(raw_entries, text)
    notice = (text for i, text in enumerate(lines[start:], start + 1) if i < raw_entries[0].line or text[:1] == ">")
    writer = choose_writer(find_writer(fields, notice), is_ours=ANALYSIS_MARKER in text)
    entries, problems = _parse_entries(raw_entries, sanitizer, locate_picture, writer)
    if not entries:
        raise problems[0]
    digests = (Digest(topic, day, _merge_entries(day_entries), published) for day, day_entries in entries.items())
    return ParsedPage(tuple(digests), tuple(problems))


def _iter_raw_entries(lines: list[str], start: int, default_date: date | None) -> Iterator[_RawEntry]:
    """The entries' lines. A ``##`` without a link or authors below it belongs to the preceding text."""
    day, raw_entry = default_date, None
    entry_starts = _find_entry_starts(lines)
    for index in range(start, len(lines)):
        text = lines[index]
        if text.startswith("# ") and (update_date := _parse_update_date(text, index + 1)):
            day = update_date
            if raw_entry:
                yield raw_entry
            raw_entry = None
        elif (heading := _ENTRY_HEADING.match(text)) and (
            raw_entry is None
            or entry_starts[index]
            or _HEADING_LINK.fullmatch(heading["title"])
            or _is_unlinked_paper(raw_entry, heading["title"], _find_next_text(lines, index))
        ):
            if raw_entry:
                yield raw_entry
            is_start = entry_starts[index] or _HEADING_LINK.fullmatch(heading["title"])
            is_unlinked = raw_entry is not None and not is_start
            raw_entry = _RawEntry(heading["title"], day, index + 1, is_unlinked=is_unlinked)
        elif raw_entry and raw_entry.has_ended and _is_authors_or_link(text):
            yield raw_entry
            raw_entry = _RawEntry("", day, index + 1, [text])  # its title is missing: keep it separate
        elif raw_entry:
            raw_entry.append(text)
    if raw_entry:
        yield raw_entry


def _take_heading_link(raw_entry: _RawEntry) -> _RawEntry:
    """An entry whose title is its link has the link below: after the authors, since what follows is its summary."""
    match = _HEADING_LINK.fullmatch(raw_entry.title)
    if match is None or not PaperId.from_url(match["url"]):
        return raw_entry
    first = next((i for i, text in enumerate(raw_entry.lines) if text.strip()), 0)
    has_authors = bool(raw_entry.lines) and _is_authors(raw_entry.lines[first])
    if not any(map(parse_linked_id, raw_entry.lines)):
        place = first + has_authors
        raw_entry.lines[place:place] = ["", f"[PDF]({match['url']}) {match['comment']}", ""]
    raw_entry.title = match["title"]
    return raw_entry


def _is_authors(text: str) -> bool:
    return bool(AUTHORS_LINE.match(text) or read_marked_names(text))


def _find_next_text(lines: list[str], index: int) -> str:
    """The first of the next lines that has text: a heading's is not far."""
    return next(filter(str.strip, lines[index + 1 : index + 4]), "")


def _parse_update_date(text: str, line: int) -> date | None:
    match = DATE.search(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise PageError(f"“{text[:40]}” is not a date such as # 2024-10-27", line) from None


def _is_authors_or_link(text: str) -> bool:
    """Whether a line can only occur between a paper's title and its figures."""
    return bool(AUTHORS_LINE.match(text)) or parse_linked_id(text) is not None


def _find_entry_starts(lines: list[str]) -> list[bool]:
    """For each line, whether authors or a link come after it, before the next heading."""
    found, is_start, next_text = [False] * len(lines), False, ""
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index]
        found[index] = is_start or bool(text.startswith("##") and next_text and read_marked_names(next_text))
        if text.startswith(("## ", "# ")):
            is_start = False
        elif AUTHORS_LINE.match(text) or LINK_LINE.match(text):
            is_start = True
        next_text = text if text.strip() else next_text
    return found


def _is_unlinked_paper(before: _RawEntry, title: str, below: str) -> bool:
    """Whether a ``##`` without a link or authors is a paper that lacks them, and no part of the entry before it.

    A part has a label that is one's, or is what comes first after the link, or has a list below it; and where one part
    of an analysis has such a heading, so may all.
    """
    name = _HEADING_MARKS.sub("", title).strip()
    if not name or _PART_LABEL.fullmatch(name) or classify_section(name):
        return False
    if before.has_ended:
        return True
    return not (before.has_parts or before.awaits_summary or not below.strip() or _LIST_ITEM.match(below))


def _check_complete(raw_entries: list[_RawEntry], text: str) -> None:
    """Raise :class:`PageError` if the last entry is truncated; one that has no link and no authors is told as such."""
    if text.endswith("\n"):
        raw_entries = [raw_entry for raw_entry in raw_entries if not raw_entry.is_unlinked]
    last = raw_entries[-1]
    if _has_unclosed_markup(last, text) or _is_incomplete(last, raw_entries[:-1], text):
        end_line = last.line + len(last.lines)
        raise PageError(
            f"is cut off in its last paper, “{' '.join(last.title.split())[:60]}”: fetch it again", end_line
        )


def _has_unclosed_markup(last: _RawEntry, text: str) -> bool:
    """Whether something is never closed: a tag, a collapsible section, or a list with no figures after it."""
    body = "\n".join(last.lines).lower()
    tail = text.rstrip().rsplit("\n", 1)[-1].strip()
    has_open_details = body.rfind("<details") > body.rfind("</details")
    has_open_list = body.count("<ol") > body.count("</ol") and not _has_figures(body)
    return (
        (has_open_details and not text.endswith("\n"))
        or has_open_list
        or (tail.startswith("<") and not tail.endswith(">"))
    )


def _is_incomplete(last: _RawEntry, others: list[_RawEntry], text: str) -> bool:
    """Whether the last entry lacks what every other entry has: its link, or its figures."""
    bodies = ["\n".join(raw_entry.lines) for raw_entry in others]
    lacks_link = not any(LINK_LINE.match(line) for line in last.lines) and all(has_link(body) for body in bodies)
    has_figures = _has_figures("\n".join(last.lines)) or not all("<img" in body for body in bodies)
    is_ended = text.endswith("\n") or text.rstrip().endswith(">")
    return (lacks_link and not is_ended) or (not has_figures and (bool(others) or not is_ended))


def _has_figures(body: str) -> bool:
    return "<img" in body or "</details" in body.lower()


def has_link(text: str) -> bool:
    """Whether any line of the text links a paper."""
    return any(LINK_LINE.match(line) for line in text.split("\n"))


def _parse_entries(
    raw_entries: list[_RawEntry], sanitizer: Sanitizer, locate_picture: PictureLocator, writer: str
) -> tuple[dict[date, list[Entry]], list[PageError]]:
    entries: dict[date, list[Entry]] = {}
    problems: list[PageError] = []
    for raw_entry in raw_entries:
        try:
            if raw_entry.day is None:
                raise PageError("no date: neither front matter nor a heading such as # 2024-10-27", raw_entry.line)
            entry = parse_entry(
                raw_entry.title, raw_entry.lines, raw_entry.line, sanitizer, locate_picture, writer=writer
            )
            entries.setdefault(raw_entry.day, []).append(entry)
        except PageError as error:
            problems.append(error)
            if raw_entry.day is not None and not entries.get(raw_entry.day):
                entries.pop(raw_entry.day, None)
    return entries, problems


def _merge_entries(entries: list[Entry]) -> tuple[Entry, ...]:
    """Merge repeated papers: later entries add mirrors of figures and whatever the first one lacks."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        arxiv_id = entry.paper.arxiv_id
        merged[arxiv_id] = merged[arxiv_id].merge_with(entry) if arxiv_id in merged else entry
    return tuple(merged.values())


def format_page(digest: Digest) -> str:
    """Format the digest as a page that :func:`parse_page` parses back into the same digest."""
    timestamp = digest.published_at.isoformat(" ") if digest.published_at else digest.date.isoformat()
    title_line = yaml.safe_dump({"title": digest.topic}, allow_unicode=True, width=1000).strip()
    written_by = format_writer(entry.summary.writer for entry in digest.entries)
    front_matter = f"---\n{title_line}\ndate: {timestamp}\n{written_by}---\n"
    parts = [front_matter, f"# {digest.date.isoformat()}\n"]
    return "\n".join((*parts, *(_format_entry(entry) for entry in digest.entries)))


def _format_entry(entry: Entry) -> str:
    paper, summary = entry.paper, entry.summary
    authors = f"**Authors:{', '.join(map(escape_name, paper.authors))}**\n\n" if paper.authors else ""
    takeaways = "\n".join(f"- {escape_line(item)}" for item in summary.takeaways)
    sections = "\n\n".join(f"### {escape_inline(s.title)}\n{escape_body(s.body)}" for s in summary.sections)
    flags = f"<!-- digestbot:flags {', '.join(summary.flags)} -->\n" if summary.flags else ""
    figures = "\n".join(map(_format_figure, filter(_is_addressable, entry.figures)))
    return (
        f"\n## {_escape_title(paper.title)}\n\n{authors}{escape_line(paper.abstract)}\n\n"
        f"[PDF]({_format_link(paper.identifier)}) {escape_line(paper.comment)}\n\n"
        f"**Summary**\n{escape_line(summary.headline)}\n\n**Key Takeaways**\n{takeaways}\n\n"
        f"{flags}{_format_provenance(entry)}{ANALYSIS_MARKER}\n{sections}\n\n"
        f"<details>\n<summary>Figures</summary>\n{figures}\n</details>\n"
    )


def _escape_title(title: str) -> str:
    """A title for its heading, where one that is a link would be taken for the paper's."""
    escaped = escape_inline(title)
    return f"&#91;{escaped[1:]}" if _HEADING_LINK.fullmatch(escaped) else escaped


def _format_link(identifier: PaperId) -> str:
    return identifier.abs_url if identifier.is_doi else f"http://arxiv.org/abs/{identifier}"


def _format_provenance(entry: Entry) -> str:
    """The entry's basis, its writer and the paper's licence, where known."""
    summary = entry.summary
    writer, licence = re.sub(r"[^\w./:-]", "-", summary.writer), entry.paper.licence
    values = {"basis": summary.basis, "writer": writer, "licence": licence if LICENCE.fullmatch(licence) else ""}
    attributes = [f"{name}={value}" for name, value in values.items() if value] + ["updated"] * entry.is_updated
    return f"<!-- digestbot:made {' '.join(attributes)} -->\n" if attributes else ""


def _is_addressable(figure: Figure) -> bool:
    """Whether all addresses can be written: none has a space, and a line break would end the figure."""
    return all(url.split() == [url] for url in (figure.url, *figure.mirrors))


def _format_figure(figure: Figure) -> str:
    mirrors = f' data-alternates="{html.escape(" ".join(figure.mirrors))}"' if figure.mirrors else ""
    caption = f' alt="{html.escape(" ".join(figure.caption.split()))}"' if figure.caption else ""
    return f'<img src="{html.escape(figure.url)}"{mirrors}{caption}>'
