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
_MAX_LINES, _MAX_AUTHORS = 2_000, 20
_SEPARATOR = compile_late(r"[\n;；]")
_BULLET = compile_late(r"^\s*(?:[-*•·]\s+|\d{1,3}[.)]\s+)")
_OPML, _BIBTEX = compile_late(r"<(?:\?xml|opml)\b", 2), compile_late(r"^\s*@[a-z]{3,20}\s*[{(]", 2 | 8)
_OUTLINE = compile_late(r"<outline\b([^<>]{0,4000})>", 2)
_ATTRIBUTE = compile_late(r"\b(xmlUrl|title|text)\s{0,3}=\s{0,3}(?:\"([^\"]{0,1000})\"|'([^']{0,1000})')", 2)
_ARXIV_FEED = compile_late(r"(?:rss\.arxiv\.org|arxiv\.org|export\.arxiv\.org)$")
_LISTED = compile_late(r"/(?:rss|atom|list)/([a-z-]{2,10}(?:\.[A-Za-z-]{2,10})?)")
_AUTHOR_FIELD = compile_late(r"^\s*author\s*=\s*[{\"](.{1,2000}?)[}\"]\s*,?\s*$", 2 | 8)
_BRACES = compile_late(r"[{}\\]")


@dataclass(frozen=True, slots=True)
class ImportedLines:
    """What an import proposes to follow, as it was written, and the lines that mean nothing."""

    texts: tuple[str, ...]
    unread: tuple[str, ...] = ()


def read_import(text: str) -> ImportedLines:
    """The expressions of a list: one a line, the feeds of an OPML file, or the commonest authors of a BibTeX file."""
    text = text[:MAX_IMPORT_CHARACTERS]
    if _OPML.search(text[:2_000]):
        return _choose(_iter_outlines(text))
    if _BIBTEX.search(text):
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
    """arXiv's feeds as categories, and its searches as words; other feeds by their titles."""
    for outline in _OUTLINE.finditer(text):
        named = {match[1].casefold(): match[2] or match[3] or "" for match in _ATTRIBUTE.finditer(outline[1])}
        address = _unescape(named.get("xmlurl", ""))
        if address and (expression := _read_feed(address)):
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
    searched = (
        " ".join(query.get("search_query", [])).replace("all:", "").replace("ti:", "title:").replace("au:", "author:")
    )
    return searched.replace(" AND ", " ").replace("+AND+", " ")


def _unescape(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _list_bibtex_authors(text: str) -> list[str]:
    """The authors that a library has most papers of, those of one paper only where none has two."""
    counted: Counter[str] = Counter()
    for match in _AUTHOR_FIELD.finditer(text):
        names = _BRACES.sub("", match[1]).split(" and ")
        counted.update(
            {" ".join(name.split()) for name in names if 2 < len(name.strip()) < 80 and "others" not in name}
        )
    common = [name for name, count in counted.most_common(_MAX_AUTHORS) if count > 1]
    return [f'author:"{name}"' for name in common or [name for name, _ in counted.most_common(_MAX_AUTHORS)]]
