"""arXiv's query syntax, applied to papers at hand: for when its API does not answer and another of its doors does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from digestbot.builder.candidates import Candidate
from digestbot.builder.selection import has_word, is_in_category
from digestbot.errors import SourceError

_TOKEN = re.compile(
    r"\s{0,50}(?:(?P<open>\()|(?P<close>\))|(?P<operator>ANDNOT|AND|OR)\b"
    r"|(?:(?P<field>[A-Za-z]+):)?(?:\"(?P<phrase>[^\"]*)\"|(?P<range>\[[^\[\]]*\])|(?P<word>[^\s()\"]+)))"
)
_RANGE = re.compile(r"\[(?P<start>\d{8}(?:\d{2,6})?) TO (?P<end>\d{8}(?:\d{2,6})?)\]", re.IGNORECASE)
_MAX_DEPTH = 50

Match = Callable[[Candidate], bool]
_TEXTS: dict[str, Callable[[Candidate], str]] = {
    "ti": lambda found: found.paper.title,
    "abs": lambda found: found.paper.abstract,
    "au": lambda found: " , ".join(found.paper.authors),
    "co": lambda found: found.paper.comment,
    "id": lambda found: found.paper.arxiv_id,
}
_TEXTS["all"] = lambda found: "\n".join(
    (*(_TEXTS[name](found) for name in ("ti", "abs", "au", "co")), found.paper.arxiv_id)
)


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query that can be applied to papers, and the categories of which a paper must have one; empty for any."""

    matches: Match
    categories: frozenset[str]


def parse_query(query: str) -> ParsedQuery:
    """Parse a query. Raises :class:`~digestbot.errors.SourceError` for what only arXiv itself can search."""
    parser = _Parser(query)
    parsed = parser.parse_alternatives(0)
    if parser.position < len(parser.tokens):
        raise SourceError(f"the query {query} can only be asked of arXiv's API")
    return parsed


@dataclass(slots=True)
class _Parser:
    """Reads a query from left to right. ``AND`` binds more tightly than ``OR``, as in arXiv's own examples."""

    query: str
    tokens: list[re.Match[str]] = field(init=False)
    position: int = 0

    def __post_init__(self) -> None:
        self.tokens = list(_TOKEN.finditer(self.query))
        if not self.tokens or "".join(token[0] for token in self.tokens).strip() != self.query.strip():
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise SourceError(f"the query {self.query} can only be asked of arXiv's API")

    def _peek(self) -> re.Match[str] | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def parse_alternatives(self, depth: int) -> ParsedQuery:
        """Terms between ``OR``."""
        parsed = self._parse_conjunction(depth)
        while (token := self._peek()) and token["operator"] == "OR":
            self.position += 1
            parsed = _join_any(parsed, self._parse_conjunction(depth))
        return parsed

    def _parse_conjunction(self, depth: int) -> ParsedQuery:
        """Terms between ``AND``, ``ANDNOT`` or nothing."""
        parsed = self._parse_term(depth)
        while (token := self._peek()) and not token["close"] and token["operator"] != "OR":
            self.position += bool(token["operator"])
            join = _join_without if token["operator"] == "ANDNOT" else _join_all
            parsed = join(parsed, self._parse_term(depth))
        return parsed

    def _parse_term(self, depth: int) -> ParsedQuery:
        token = self._peek()
        if token is None or token["close"] or token["operator"] or depth > _MAX_DEPTH:
            self._refuse()
        self.position += 1
        if not token["open"]:
            return self._build_term(token)
        parsed = self.parse_alternatives(depth + 1)
        closing = self._peek()
        if closing is None or not closing["close"]:
            self._refuse()
        self.position += 1
        return parsed

    def _build_term(self, token: re.Match[str]) -> ParsedQuery:
        name, value = (token["field"] or "all").lower(), token["phrase"] or token["word"] or ""
        if name == "cat" and value:
            return ParsedQuery(lambda found: _has_category(found, value), frozenset({value}))
        if name == "submitteddate" and (match := _RANGE.fullmatch(token["range"] or "")):
            start, end = match["start"].ljust(14, "0"), match["end"].ljust(14, "9")
            return ParsedQuery(lambda found: start <= found.published.strftime("%Y%m%d%H%M%S") <= end, frozenset())
        if name not in _TEXTS or not value.strip("*? ") or value.endswith(":"):
            self._refuse()
        return ParsedQuery(lambda found: _has_text(_TEXTS[name](found), value), frozenset())


def _join_any(left: ParsedQuery, right: ParsedQuery) -> ParsedQuery:
    both = left.categories | right.categories if left.categories and right.categories else frozenset[str]()
    return ParsedQuery(lambda found: left.matches(found) or right.matches(found), both)


def _join_all(left: ParsedQuery, right: ParsedQuery) -> ParsedQuery:
    return ParsedQuery(lambda found: left.matches(found) and right.matches(found), left.categories or right.categories)


def _join_without(left: ParsedQuery, right: ParsedQuery) -> ParsedQuery:
    return ParsedQuery(lambda found: left.matches(found) and not right.matches(found), left.categories)


def _has_category(found: Candidate, value: str) -> bool:
    return any(is_in_category(own, (value,)) for own in found.categories)


def _has_text(text: str, value: str) -> bool:
    """Whether a text has a word or phrase; ``*`` and ``?`` in it stand for letters, ``_`` for a space, as in names."""
    value = value.replace("_", " ")
    if "*" not in value and "?" not in value:
        return has_word(text, value)
    pattern = re.escape(value).replace(r"\*", r"\w*").replace(r"\?", r"\w").replace(r"\ ", r"[\s-]+")
    return re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) is not None
