"""What other programs export, as expressions to follow: lines or a list with semicolons, OPML, BibTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from digestbot.core.follows.bibtex_authors import count_authors, is_bibtex
from digestbot.core.follows.opml import list_feeds
from digestbot.core.lines.followed_words import read_followed_words
from digestbot.domain.queries import QueryError, parse_query, print_query
from digestbot.late_patterns import compile_late

MAX_IMPORTED = 50
"""Expressions that one import proposes."""
MAX_IMPORT_CHARACTERS = 500_000
"""Characters of a list that are read."""
_MAX_UNREAD = 50
"""Lines that mean nothing, after which no more is read: what each may mean takes some milliseconds to find."""
_MAX_LINES, _MAX_LINE, _MAX_AUTHORS, _MAX_NAME = 2_000, 1_000, 20, 80
_SEPARATOR = compile_late(r"[\n;；]")
_LIST_SIGN = compile_late(r"^\s{0,8}(?:[-*•·]|\d{1,3}[.)])\s{1,8}")
_ARXIV_FEED = compile_late(r"(?:^|\.)arxiv\.org$")
_LISTED = compile_late(
    r"/(?:rss|atom|list)/(?P<codes>[a-z-]{2,10}(?:\.[A-Za-z-]{2,10})?(?:[+ ][A-Za-z.-]{2,21}){0,40})"
)


@dataclass(frozen=True, slots=True)
class ImportedLines:
    """What an import proposes to follow, as it was written.

    ``unread`` are lines that mean nothing, each with what is wrong with it, ``other_feeds`` the names of feeds that are
    not arXiv's, and ``left_authors`` how many authors it has beside those. ``is_cut``: there is more than is proposed.
    """

    texts: tuple[str, ...]
    unread: tuple[tuple[str, QueryError], ...] = ()
    other_feeds: tuple[str, ...] = field(default=(), kw_only=True)
    left_authors: int = field(default=0, kw_only=True)
    is_cut: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class ImportedTexts:
    """The expressions of a list as it has them, unread; ``is_text`` is false for a file that is no text at all."""

    texts: tuple[str, ...]
    other_feeds: tuple[str, ...] = ()
    left_authors: int = 0
    is_text: bool = True


def read_import(text: str) -> ImportedLines:
    """The expressions of a list that somebody typed."""
    return choose_texts(list_texts(text[:MAX_IMPORT_CHARACTERS]))


def list_texts(text: str) -> ImportedTexts:
    """What a list has: one expression a line, the feeds of an OPML file, or the commonest authors of a BibTeX file."""
    if "<outline" in text or text.lstrip().startswith("<"):
        return _read_feeds(text)
    if is_bibtex(text):
        return _list_authors(text)
    return ImportedTexts(tuple(_iter_lines(text)))


def choose_texts(found: ImportedTexts) -> ImportedLines:
    """As many of the expressions as one import proposes."""
    return replace(_choose(found.texts), other_feeds=found.other_feeds, left_authors=found.left_authors)


def _read_feeds(text: str) -> ImportedTexts:
    """The feeds: arXiv's as categories, its searches as words; of those of others, the names."""
    feeds = [(feed, _read_feed(feed.address)) for feed in list_feeds(text)]
    return ImportedTexts(
        tuple(expression for _, expressions in feeds for expression in expressions),
        tuple(feed.name[:_MAX_NAME] for feed, expressions in feeds if not expressions),
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
        plain = _LIST_SIGN.sub("", line[:_MAX_LINE]).strip()
        if plain and not plain.startswith("#"):
            yield read_followed_words(plain)


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


def _list_authors(text: str) -> ImportedTexts:
    """The authors that a library has most papers of; those of one paper only where none has two."""
    counted = count_authors(text)
    common = [name for name, count in counted.most_common() if count > 1] or list(counted)
    texts = tuple(f'author:"{name}"' for name in common[:_MAX_AUTHORS])
    return ImportedTexts(texts, left_authors=len(counted) - len(texts))
