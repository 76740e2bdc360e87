"""What other programs export, as expressions to follow: lines or a list with semicolons, OPML, BibTeX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from digestbot.core.lines.followed_words import read_followed_words
from digestbot.domain.queries import QueryError, parse_query, print_query
from digestbot.late_patterns import compile_late

MAX_IMPORTED = 50
"""Expressions that one import proposes."""
MAX_IMPORT_CHARACTERS = 500_000
"""Characters of a list that are read."""
_MAX_LINES, _MAX_AUTHORS, _MAX_NAME = 2_000, 20, 80
_WITHOUT_BRACES = str.maketrans("", "", '{}\\"')
_SEPARATOR = compile_late(r"[\n;；]")
_BULLET = compile_late(r"^\s{0,8}(?:[-*•·]|\d{1,3}[.)])\s{1,8}")
_ADDRESS = 'xmlurl="'
_MAX_OUTLINE = 2_000
"""Characters of an outline of OPML that are looked at."""
_ARXIV_FEED = compile_late(r"(?:rss\.arxiv\.org|arxiv\.org|export\.arxiv\.org)$")
_LISTED = compile_late(r"/(?:rss|atom|list)/([a-z-]{2,10}(?:\.[A-Za-z-]{2,10})?)")


@dataclass(frozen=True, slots=True)
class ImportedLines:
    """What an import proposes to follow, as it was written, and the lines that mean nothing."""

    texts: tuple[str, ...]
    unread: tuple[str, ...] = ()


def read_import(text: str) -> ImportedLines:
    """The expressions of a list: one a line, the feeds of an OPML file, or the commonest authors of a BibTeX file."""
    text = text[:MAX_IMPORT_CHARACTERS]
    if "<outline" in text:
        return _choose(_iter_outlines(text))
    if text.lstrip().startswith("@"):
        return _choose(_list_bibtex_authors(text))
    return _choose(_iter_lines(text))


def _choose(texts: Iterable[str]) -> ImportedLines:
    """Each expression once; those that cannot be read apart."""
    found: dict[str, str] = {}
    unread: list[str] = []
    for text in texts:
        try:
            found.setdefault(print_query(parse_query(text)), text)
        except QueryError:
            unread.append(text)
        if len(found) == MAX_IMPORTED:
            break
    return ImportedLines(tuple(found.values()), tuple(unread))


def _iter_lines(text: str) -> Iterator[str]:
    for line in _SEPARATOR.split(text, _MAX_LINES)[:_MAX_LINES]:
        plain = _BULLET.sub("", line).strip()
        if plain and not plain.startswith("#"):
            yield read_followed_words(plain)


def _iter_outlines(text: str) -> Iterator[str]:
    """arXiv's feeds as categories, and its searches as words; feeds of others mean nothing here."""
    for outline in text.split("<outline")[1:]:
        attributes = outline[:_MAX_OUTLINE].partition(">")[0].replace("'", '"')
        start = attributes.lower().find(_ADDRESS) + len(_ADDRESS)
        address = attributes[start:].partition('"')[0] if start >= len(_ADDRESS) else ""
        if address and (expression := _read_feed(_unescape(address))):
            yield expression


def _read_feed(address: str) -> str:
    """The expression for a feed of arXiv; empty for any other."""
    try:
        parts = urlsplit(address)
        host, query = parts.hostname or "", parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return ""
    if not _ARXIV_FEED.search(host):
        return ""
    if match := _LISTED.match(parts.path):
        return f"cat:{match[1]}"
    searched = " ".join(query.get("search_query", []))
    for theirs, ours in (("all:", ""), ("ti:", "title:"), ("au:", "author:"), (" AND ", " "), ("+AND+", " ")):
        searched = searched.replace(theirs, ours)
    return searched


def _unescape(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _list_bibtex_authors(text: str) -> list[str]:
    """The authors that a library has most papers of, those of one paper only where none has two."""
    counted: Counter[str] = Counter()
    for value in _iter_bibtex_fields(text, "author"):
        names = (" ".join(name.split()) for name in value.split(" and "))
        counted.update({name for name in names if 2 < len(name) < _MAX_NAME and name != "others"})
    common = [name for name, count in counted.most_common(_MAX_AUTHORS) if count > 1]
    return [f'author:"{name}"' for name in common or [name for name, _ in counted.most_common(_MAX_AUTHORS)]]


def _iter_bibtex_fields(text: str, name: str) -> Iterator[str]:
    """The values of a field, as the programs that keep libraries export it: each on a line of its own."""
    for line in text.splitlines():
        field, equals, value = line.partition("=")
        if equals and field.strip().casefold() == name:
            yield value.strip(" \t,").translate(_WITHOUT_BRACES)
