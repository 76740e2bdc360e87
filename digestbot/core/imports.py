"""What other programs export, as expressions to follow: lines or a list with semicolons, OPML, BibTeX."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from digestbot.core.lines.followed_words import read_followed_words
from digestbot.domain.queries import QueryError, parse_query, print_query
from digestbot.late_patterns import compile_late

MAX_IMPORTED = 50
"""Expressions that one import proposes."""
MAX_IMPORT_CHARACTERS = 500_000
"""Characters of a list that are read."""
_MAX_UNREAD = 50
"""Lines that mean nothing, after which no more is read: what each may mean takes some milliseconds to find."""
_MAX_LINES, _MAX_AUTHORS, _MAX_NAME = 2_000, 20, 80
_WITHOUT_BRACES = str.maketrans("", "", '{}\\"')
_SEPARATOR = compile_late(r"[\n;；]")
_LIST_SIGN = compile_late(r"^\s{0,8}(?:[-*•·]|\d{1,3}[.)])\s{1,8}")
_ADDRESS, _NAMES = "xmlurl", ("title", "text")
_MAX_OUTLINE = 2_000
"""Characters of an outline of OPML that are looked at."""
_ARXIV_FEED = compile_late(r"(?:^|\.)arxiv\.org$")
_LISTED = compile_late(
    r"/(?:rss|atom|list)/(?P<codes>[a-z-]{2,10}(?:\.[A-Za-z-]{2,10})?(?:[+ ][A-Za-z.-]{2,21}){0,40})"
)
_BIBTEX = compile_late(r"(?:^|\n)\s{0,8}@[A-Za-z]{3,20}\s?[{(]")
_BIBTEX_AUTHORS = compile_late(r"(?<![A-Za-z])author\s{0,8}=\s{0,8}(?=[{\"\w])", re.IGNORECASE)
_MAX_VALUE = 20_000
"""Characters of a value in BibTeX: some papers have thousands of authors."""


@dataclass(frozen=True, slots=True)
class ImportedLines:
    """What an import proposes to follow, as it was written.

    ``unread`` are lines that mean nothing, each with what is wrong with it, ``other_feeds`` the names of feeds that are
    not arXiv's. ``is_cut``: there is more than one import proposes.
    """

    texts: tuple[str, ...]
    unread: tuple[tuple[str, QueryError], ...] = ()
    other_feeds: tuple[str, ...] = field(default=(), kw_only=True)
    is_cut: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class ImportedTexts:
    """The expressions of a list as it has them, unread; ``is_text`` is false for a file that is no text at all."""

    texts: tuple[str, ...]
    other_feeds: tuple[str, ...] = ()
    is_text: bool = True


def read_import(text: str) -> ImportedLines:
    """The expressions of a list that somebody typed."""
    return choose_texts(list_texts(text[:MAX_IMPORT_CHARACTERS]))


def list_texts(text: str) -> ImportedTexts:
    """What a list has: one expression a line, the feeds of an OPML file, or the commonest authors of a BibTeX file."""
    if "<outline" in text or text.lstrip().startswith("<"):
        return _list_feeds(text)
    if _BIBTEX.search(text):
        return ImportedTexts(tuple(_list_bibtex_authors(text)))
    return ImportedTexts(tuple(_iter_lines(text)))


def choose_texts(found: ImportedTexts) -> ImportedLines:
    """As many of the expressions as one import proposes."""
    return replace(_choose(found.texts), other_feeds=found.other_feeds)


def _list_feeds(text: str) -> ImportedTexts:
    feeds = list(_iter_feeds(text))
    return ImportedTexts(
        tuple(expression for _, expressions in feeds for expression in expressions),
        tuple(name for name, expressions in feeds if not expressions),
    )


def _choose(texts: Iterable[str]) -> ImportedLines:
    """Each expression once; those that cannot be read apart."""
    found: dict[str, str] = {}
    unread: dict[str, QueryError] = {}
    for text in texts:
        try:
            expression = print_query(parse_query(text))
        except QueryError as error:
            unread[text] = error
            if len(unread) == _MAX_UNREAD:
                return ImportedLines(tuple(found.values()), tuple(unread.items()), is_cut=True)
            continue
        if len(found) == MAX_IMPORTED and expression not in found:
            return ImportedLines(tuple(found.values()), tuple(unread.items()), is_cut=True)
        found.setdefault(expression, text)
    return ImportedLines(tuple(found.values()), tuple(unread.items()))


def _iter_lines(text: str) -> Iterator[str]:
    for line in _SEPARATOR.split(text, _MAX_LINES)[:_MAX_LINES]:
        plain = _LIST_SIGN.sub("", line).strip()
        if plain and not plain.startswith("#"):
            yield read_followed_words(plain)


def _iter_feeds(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The feeds by name: arXiv's as categories, its searches as words; nothing for those of others."""
    for outline in text.split("<outline")[1:]:
        attributes = outline[:_MAX_OUTLINE].partition(">")[0].replace("'", '"')
        if address := _read_attribute(attributes, _ADDRESS):
            name = next(filter(None, (_read_attribute(attributes, one) for one in _NAMES)), address)
            yield name[:_MAX_NAME], _read_feed(address)


def _read_attribute(attributes: str, name: str) -> str:
    """The value of an attribute; empty if there is none."""
    start = attributes.lower().find(f' {name}="')
    return _unescape(attributes[start + len(name) + 3 :].partition('"')[0]).strip() if start >= 0 else ""


def _read_feed(address: str) -> tuple[str, ...]:
    """The expressions for a feed of arXiv; none for any other."""
    try:
        parts = urlsplit(address)
        host, query = parts.hostname or "", parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return ()
    if not _ARXIV_FEED.search(host):
        return ()
    if match := _LISTED.match(parts.path):
        return tuple(f"cat:{code}" for code in match["codes"].split("+"))
    searched = " ".join(query.get("search_query", []))
    for theirs, ours in (("all:", ""), ("ti:", "title:"), ("au:", "author:"), (" AND ", " "), ("+AND+", " ")):
        searched = searched.replace(theirs, ours)
    return (searched,) if searched.strip() else ()


def _unescape(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _list_bibtex_authors(text: str) -> list[str]:
    """The authors that a library has most papers of, those of one paper only where none has two."""
    counted: Counter[str] = Counter()
    for value in _iter_bibtex_authors(text):
        names = (" ".join(name.split()) for name in value.split(" and "))
        counted.update(list(dict.fromkeys(name for name in names if 2 < len(name) < _MAX_NAME and name != "others")))
    common = [name for name, count in counted.most_common(_MAX_AUTHORS) if count > 1]
    return [f'author:"{name}"' for name in common or [name for name, _ in counted.most_common(_MAX_AUTHORS)]]


def _iter_bibtex_authors(text: str) -> Iterator[str]:
    """The values of the fields of authors, wherever they stand, in braces or quotation marks."""
    position = 0
    while match := _BIBTEX_AUTHORS.search(text, position):
        value = _read_value(text[match.end() : match.end() + _MAX_VALUE])
        position = match.end() + len(value)
        yield " ".join(value.translate(_WITHOUT_BRACES).split())


def _read_value(text: str) -> str:
    """The value that a text begins with, up to the brace or the quotation mark that closes it."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        is_closing = char == "}" if text[0] == "{" else char == '"' if text[0] == '"' else char in ",}"
        if place and depth <= 0 and is_closing:
            return text[:place]
    return text
