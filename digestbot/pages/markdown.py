"""Digest pages: conversion between Markdown with YAML front matter and digests.

A page has one topic and one or more dated updates; ``docs/page-format.md`` describes the format.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Digest, Entry, Figure
from digestbot.domain.lengths import MAX_TOPIC_TITLE, shorten_text
from digestbot.domain.paper import PaperId
from digestbot.errors import EmptyPageError, NotDigestError, PageError
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
from digestbot.pages.page_pictures import PictureLocator
from digestbot.quality.sanitize import sanitize

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIMESTAMP = re.compile(rf"{_DATE.pattern}(?:[T\s]+(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?\S*)?")
_YAML_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_YAML_CHARACTERS, _MAX_YAML_BRACKETS = 20_000, 100
"""Front matter with more is no list of keys and values: nested brackets take YAML's reader time with their square."""
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

    def append(self, text: str) -> None:
        """Add a line; figures come last, so an entry has ended with them."""
        self.lines.append(text)
        self.has_ended = self.has_ended or text.lstrip().lower().startswith("</details")


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
    start, fields = _parse_front_matter(lines)
    topic, published, default_date = _parse_topic(fields), *_parse_published(fields)
    raw_entries = list(_iter_raw_entries(lines, start, default_date))
    if not raw_entries:
        raise EmptyPageError("has no papers")
    _check_complete(raw_entries, text)
    entries, problems = _parse_entries(raw_entries, sanitizer, locate_picture)
    if not entries:
        raise problems[0]
    digests = (Digest(topic, day, _merge_entries(day_entries), published) for day, day_entries in entries.items())
    return ParsedPage(tuple(digests), tuple(problems))


def _parse_front_matter(lines: list[str]) -> tuple[int, dict[str, tuple[Any, int]]]:
    """The index of the first line after the front matter, and the fields, each with its line number."""
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise EmptyPageError("is empty")
    if re.match(r"\s*<(?:!doctype|html|head|\?xml)", lines[first], re.IGNORECASE):
        raise PageError("is an HTML page, not a digest page in Markdown: an error page of its host?", first + 1)
    if lines[first].strip() != "---":
        raise NotDigestError("has no front matter: a page begins with --- and the keys title and date", first + 1)
    last = next((i for i in range(first + 1, len(lines)) if lines[i].strip() == "---"), None)
    if last is None:
        raise PageError("front matter is opened with --- and never closed: is the page cut off?", first + 1)
    return last + 1, _parse_fields(lines[first + 1 : last], first + 2)


def _parse_fields(lines: list[str], line: int) -> dict[str, tuple[Any, int]]:
    line_numbers = {
        text.split(":", 1)[0].strip(): line + i for i, text in enumerate(lines) if re.match(r"\w[\w -]*:", text)
    }
    loaded = _load_yaml("\n".join(lines))
    if loaded is None:
        # A title or description with a bare colon is not valid YAML, but can be read line by line.
        loaded = dict(text.split(":", 1) for text in lines if re.match(r"\w[\w -]*:", text))
    if not isinstance(loaded, dict):
        raise PageError("front matter has no keys such as title and date", line)
    return {str(key).strip(): (value, line_numbers.get(str(key).strip(), line)) for key, value in loaded.items()}


def _load_yaml(text: str) -> Any:  # noqa: ANN401  (whatever it is)
    """The front matter's value; ``None`` if it is not valid, or not for YAML's reader."""
    if len(text) > _MAX_YAML_CHARACTERS or text.count("[") + text.count("{") > _MAX_YAML_BRACKETS:
        return None
    try:
        return yaml.load(text, Loader=_YAML_LOADER) or {}  # noqa: S506  # makes only strings, lists, dicts
    except (yaml.YAMLError, RecursionError):
        return None


def _parse_topic(fields: dict[str, tuple[Any, int]]) -> str:
    for key in ("title", "tags", "keywords"):
        value = fields.get(key, ("", 0))[0]
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str) and text.strip(" '\""):
            return shorten_text(" ".join(drop_control_characters(text).strip(" '\"").split()), MAX_TOPIC_TITLE)
    line = fields.get("title", ("", 1))[1]
    raise NotDigestError("front matter has no title, which is the topic", line)


def _parse_published(fields: dict[str, tuple[Any, int]]) -> tuple[datetime | None, date | None]:
    value, line = fields.get("date", ("", 1))
    text = value.strip(" '\"") if isinstance(value, str) else "[…]"
    if not text:
        return None, None
    match = _TIMESTAMP.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        timestamp = datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise PageError(f"date “{text[:40]}” is not a date such as 2024-10-27 20:25:40", line) from None
    return (timestamp if match[4] else None), timestamp.date()


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
        elif (heading := _ENTRY_HEADING.match(text)) and (raw_entry is None or entry_starts[index]):
            if raw_entry:
                yield raw_entry
            raw_entry = _RawEntry(heading["title"], day, index + 1)
        elif raw_entry and raw_entry.has_ended and _is_authors_or_link(text):
            yield raw_entry
            raw_entry = _RawEntry("", day, index + 1, [text])  # its title is missing: keep it separate
        elif raw_entry:
            raw_entry.append(text)
    if raw_entry:
        yield raw_entry


def _parse_update_date(text: str, line: int) -> date | None:
    match = _DATE.search(text)
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
    found, is_start = [False] * len(lines), False
    for index in range(len(lines) - 1, -1, -1):
        found[index], text = is_start, lines[index]
        if text.startswith(("## ", "# ")):
            is_start = False
        elif AUTHORS_LINE.match(text) or LINK_LINE.match(text):
            is_start = True
    return found


def _check_complete(raw_entries: list[_RawEntry], text: str) -> None:
    """Raise :class:`PageError` if the last entry is truncated."""
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
    raw_entries: list[_RawEntry], sanitizer: Sanitizer, locate_picture: PictureLocator
) -> tuple[dict[date, list[Entry]], list[PageError]]:
    entries: dict[date, list[Entry]] = {}
    problems: list[PageError] = []
    for raw_entry in raw_entries:
        try:
            if raw_entry.day is None:
                raise PageError("no date: neither front matter nor a heading such as # 2024-10-27", raw_entry.line)
            entry = parse_entry(raw_entry.title, raw_entry.lines, raw_entry.line, sanitizer, locate_picture)
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
    parts = [f"---\n{title_line}\ndate: {timestamp}\n---\n", f"# {digest.date.isoformat()}\n"]
    return "\n".join((*parts, *(_format_entry(entry) for entry in digest.entries)))


def _format_entry(entry: Entry) -> str:
    paper, summary = entry.paper, entry.summary
    authors = f"**Authors:{', '.join(map(escape_name, paper.authors))}**\n\n" if paper.authors else ""
    takeaways = "\n".join(f"- {escape_line(item)}" for item in summary.takeaways)
    sections = "\n\n".join(f"### {escape_inline(s.title)}\n{escape_body(s.body)}" for s in summary.sections)
    flags = f"<!-- digestbot:flags {', '.join(summary.flags)} -->\n" if summary.flags else ""
    figures = "\n".join(map(_format_figure, filter(_is_addressable, entry.figures)))
    return (
        f"\n## {escape_inline(paper.title)}\n\n{authors}{escape_line(paper.abstract)}\n\n"
        f"[PDF]({_format_link(paper.identifier)}) {escape_line(paper.comment)}\n\n"
        f"**Summary**\n{escape_line(summary.headline)}\n\n**Key Takeaways**\n{takeaways}\n\n"
        f"{flags}{_format_provenance(entry)}{ANALYSIS_MARKER}\n{sections}\n\n"
        f"<details>\n<summary>Figures</summary>\n{figures}\n</details>\n"
    )


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
