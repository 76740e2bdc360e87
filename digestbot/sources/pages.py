"""Digest pages: Markdown with YAML front matter, to digests and back.

A page is one topic and one or more dated updates; its format is described in ``docs/page-format.md``.
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
from digestbot.domain.paper import PaperId
from digestbot.errors import EmptyPageError, PageError
from digestbot.sources.entries import ANALYSIS, AUTHORS, LINK, escape_body, linked_paper, parse_entry

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIMESTAMP = re.compile(rf"{_DATE.pattern}(?:[T\s]+(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?\S*)?")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_ENTRY_HEAD = re.compile(r"##(?!#)\s*(?P<title>.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds. ``problems`` are entries that could not be read, the rest of the page could."""

    digests: tuple[Digest, ...]
    problems: tuple[PageError, ...] = ()


@dataclass(slots=True)
class _Block:
    """The lines of one entry; ``line`` is where its head stands, from 1."""

    title: str
    day: date | None
    line: int
    lines: list[str] = field(default_factory=list)


def decode(raw: bytes) -> str:
    """The page's text. Raises :class:`PageError` naming the line where it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if error.end == len(raw) and error.reason == "unexpected end of data":
            raise PageError("is cut off in the middle of a character: fetch it again", line) from None
        raise PageError(f"is not UTF-8 (byte 0x{raw[error.start]:02x}); save it as UTF-8", line) from None


def parse_page(text: str) -> Page:
    """Read a page. Raises :class:`PageError` when it is no digest page, is cut off, or has no papers."""
    lines = drop_control_characters(text.replace("\r\n", "\n").replace("\r", " ")).split("\n")
    start, fields = _front_matter(lines)
    topic, published, default = _topic(fields), *_published(fields)
    blocks = list(_blocks(lines, start, default))
    if not blocks:
        raise EmptyPageError("has no papers")
    _refuse_cut_off(blocks, text)
    entries, problems = _entries(blocks)
    if not entries:
        raise problems[0]
    digests = (Digest(topic, day, _merged(found), published) for day, found in entries.items())
    return Page(tuple(digests), tuple(problems))


def _front_matter(lines: list[str]) -> tuple[int, dict[str, tuple[Any, int]]]:
    """The index of the first line after the front matter, and its fields, each with its line."""
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise EmptyPageError("is empty")
    if re.match(r"\s*<(?:!doctype|html|head|\?xml)", lines[first], re.IGNORECASE):
        raise PageError("is an HTML page, not a digest page in Markdown: an error page of its host?", first + 1)
    if lines[first].strip() != "---":
        raise PageError("has no front matter: a page begins with --- and the keys title and date", first + 1)
    last = next((i for i in range(first + 1, len(lines)) if lines[i].strip() == "---"), None)
    if last is None:
        raise PageError("front matter is opened with --- and never closed: is the page cut off?", first + 1)
    return last + 1, _fields(lines[first + 1 : last], first + 2)


def _fields(lines: list[str], line: int) -> dict[str, tuple[Any, int]]:
    at = {text.split(":", 1)[0].strip(): line + i for i, text in enumerate(lines) if re.match(r"\w[\w -]*:", text)}
    try:
        loaded = yaml.load("\n".join(lines), Loader=_LOADER)  # noqa: S506  # makes only strings, lists, dicts
    except yaml.YAMLError:
        # A title or description with a bare colon is no YAML, and yet plain to read line by line.
        loaded = dict(text.split(":", 1) for text in lines if re.match(r"\w[\w -]*:", text))
    if not isinstance(loaded, dict):
        raise PageError("front matter has no keys such as title and date", line)
    return {str(key).strip(): (value, at.get(str(key).strip(), line)) for key, value in loaded.items()}


def _topic(fields: dict[str, tuple[Any, int]]) -> str:
    for key in ("title", "tags", "keywords"):
        value = fields.get(key, ("", 0))[0]
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str) and text.strip(" '\""):
            return " ".join(drop_control_characters(text).strip(" '\"").split())
    line = fields.get("title", ("", 1))[1]
    raise PageError("front matter has no title, which is the topic", line)


def _published(fields: dict[str, tuple[Any, int]]) -> tuple[datetime | None, date | None]:
    value, line = fields.get("date", ("", 1))
    text = str(value).strip(" '\"")
    if not text:
        return None, None
    match = _TIMESTAMP.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        moment = datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise PageError(f"date “{text[:40]}” is not a date such as 2024-10-27 20:25:40", line) from None
    return (moment if match[4] else None), moment.date()


def _blocks(lines: list[str], start: int, default: date | None) -> Iterator[_Block]:
    """The entries' lines. A ``##`` that holds neither a link nor authors belongs to the text before it."""
    day, block = default, None
    for index in range(start, len(lines)):
        text = lines[index]
        if text.startswith("# ") and (dated := _update(text, index + 1)):
            day = dated
            if block:
                yield block
            block = None
        elif (head := _ENTRY_HEAD.match(text)) and (block is None or _begins_entry(lines, index)):
            if block:
                yield block
            block = _Block(head["title"], day, index + 1)
        elif block and _is_inside(text) and _is_over(block) and _begins_entry(lines, index - 1):
            yield block
            block = _Block("", day, index + 1, [text])  # its title is lost: it must not become the one before it
        elif block:
            block.lines.append(text)
    if block:
        yield block


def _update(text: str, line: int) -> date | None:
    match = _DATE.search(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise PageError(f"“{text[:40]}” is not a date such as # 2024-10-27 更新", line) from None


def _is_inside(text: str) -> bool:
    """Whether a line belongs between a paper's title and its figures, and nowhere else."""
    return bool(AUTHORS.match(text)) or linked_paper(text) is not None


def _is_over(block: _Block) -> bool:
    """Whether an entry has had its figures, which come last."""
    return any(line.lstrip().lower().startswith("</details") for line in block.lines)


def _begins_entry(lines: list[str], index: int) -> bool:
    for text in lines[index + 1 :]:
        if text.startswith(("## ", "# ")):
            return False
        if AUTHORS.match(text) or LINK.match(text):
            return True
    return False


def _refuse_cut_off(blocks: list[_Block], text: str) -> None:
    """Raise :class:`PageError` where the last entry does not go to its end."""
    last = blocks[-1]
    if _is_torn(last, text) or _is_short(last, blocks[:-1], text):
        where = last.line + len(last.lines)
        raise PageError(f"is cut off in its last paper, “{' '.join(last.title.split())[:60]}”: fetch it again", where)


def _is_torn(last: _Block, text: str) -> bool:
    """Whether something was opened and never closed: a tag, a fold, or a list with no figures after it."""
    body = "\n".join(last.lines).lower()
    tail = text.rstrip().rsplit("\n", 1)[-1].strip()
    folded = body.rfind("<details") > body.rfind("</details")
    listed = body.count("<ol") > body.count("</ol") and not _is_figured(body)
    return (folded and not text.endswith("\n")) or listed or (tail.startswith("<") and not tail.endswith(">"))


def _is_short(last: _Block, others: list[_Block], text: str) -> bool:
    """Whether the last entry lacks what every other one has: its link, or its figures."""
    bodies = ["\n".join(block.lines) for block in others]
    unlinked = not any(LINK.match(line) for line in last.lines) and all(any_link(body) for body in bodies)
    figured = _is_figured("\n".join(last.lines)) or not all("<img" in body for body in bodies)
    ended = text.endswith("\n") or text.rstrip().endswith(">")
    return (unlinked and not ended) or (not figured and (bool(others) or not ended))


def _is_figured(body: str) -> bool:
    return "<img" in body or "</details" in body.lower()


def any_link(text: str) -> bool:
    """Whether a line of the text links a paper."""
    return any(LINK.match(line) for line in text.split("\n"))


def _entries(blocks: list[_Block]) -> tuple[dict[date, list[Entry]], list[PageError]]:
    found: dict[date, list[Entry]] = {}
    problems: list[PageError] = []
    for block in blocks:
        try:
            if block.day is None:
                raise PageError("no date: neither front matter nor a heading such as # 2024-10-27 更新", block.line)
            found.setdefault(block.day, []).append(parse_entry(block.title, block.lines, block.line))
        except PageError as error:
            problems.append(error)
            if block.day is not None and not found.get(block.day):
                found.pop(block.day, None)
    return found, problems


def _merged(entries: list[Entry]) -> tuple[Entry, ...]:
    """The same paper again adds its figures' other hosts, and what the first was missing."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        number = entry.paper.arxiv_id
        merged[number] = merged[number].merge_with(entry) if number in merged else entry
    return tuple(merged.values())


def write_page(digest: Digest) -> str:
    """The digest as a page that :func:`parse_page` reads back to the same digest."""
    moment = digest.published_at.isoformat(" ") if digest.published_at else digest.date.isoformat()
    head = yaml.safe_dump({"title": digest.topic}, allow_unicode=True, width=1000).strip()
    parts = [f"---\n{head}\ndate: {moment}\n---\n", f"# {digest.date.isoformat()} 更新\n"]
    return "\n".join((*parts, *(_write_entry(entry) for entry in digest.entries)))


def _write_entry(entry: Entry) -> str:
    paper, summary = entry.paper, entry.summary
    authors = f"**Authors:{', '.join(paper.authors)}**\n\n" if paper.authors else ""
    takeaways = "\n".join(f"- {item}" for item in summary.takeaways)
    sections = "\n\n".join(f"### {s.title}\n{escape_body(s.body)}" for s in summary.sections)
    flags = f"<!-- digestbot:flags {', '.join(summary.flags)} -->\n" if summary.flags else ""
    figures = "\n".join(map(_write_figure, entry.figures))
    return (
        f"\n## {paper.title}\n\n{authors}{paper.abstract}\n\n"
        f"[PDF]({_link(paper.identifier)}) {paper.comment}\n\n"
        f"**Summary**\n{summary.headline}\n\n**Key Takeaways**\n{takeaways}\n\n"
        f"{flags}{_made(entry)}{ANALYSIS}\n{sections}\n\n"
        f"<details>\n<summary>Figures</summary>\n{figures}\n</details>\n"
    )


def _link(identifier: PaperId) -> str:
    return identifier.abs_url if identifier.is_doi else f"http://arxiv.org/abs/{identifier}"


def _made(entry: Entry) -> str:
    """How the entry was made, where that is known."""
    summary = entry.summary
    words = {"basis": summary.basis, "writer": re.sub(r"[^\w./:-]", "-", summary.writer)}
    known = [f"{name}={value}" for name, value in words.items() if value] + ["updated"] * entry.is_updated
    return f"<!-- digestbot:made {' '.join(known)} -->\n" if known else ""


def _write_figure(figure: Figure) -> str:
    others = f' data-alternates="{html.escape(" ".join(figure.mirrors))}"' if figure.mirrors else ""
    caption = f' alt="{html.escape(figure.caption)}"' if figure.caption else ""
    return f'<img src="{html.escape(figure.url)}"{others}{caption}>'
