"""Whether one paper matches, read word by word: what the matcher of many must agree with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Protocol

from digestbot.domain.paper import Paper
from digestbot.domain.queries.categories import is_in_category
from digestbot.domain.queries.names import is_same_name, read_asked_name, read_own_name
from digestbot.domain.queries.terms import Alternatives, Conjunction, Exclusion, Field, Node, Term
from digestbot.domain.queries.venue_words import has_venue
from digestbot.domain.queries.words import find_compounds, join_tokens, split_singular_tokens

_MAX_REMEMBERED_PAPERS = 512


class _Text:
    """A title or an abstract."""

    def __init__(self, text: str) -> None:
        self._tokens = split_singular_tokens(text)
        self._single = {*self._tokens, *find_compounds(text)}

    def has(self, words: tuple[str, ...]) -> bool:
        if len(words) == 1:
            return words[0] in self._single
        return self._has_phrase(list(words)) or join_tokens(words) in self._single

    def _has_phrase(self, words: list[str]) -> bool:
        starts = (place for place, token in enumerate(self._tokens) if token == words[0])
        return any(self._tokens[start : start + len(words)] == words for start in starts)


class TermReader(Protocol):
    """A paper of which it can be asked which terms it has."""

    def has_term(self, term: Term) -> bool:
        """Whether the paper has a term."""


class PaperReader:
    """A paper, of which only what is asked for is read."""

    def __init__(self, paper: Paper, categories: Sequence[str]) -> None:
        self._paper = paper
        self._categories = categories

    @cached_property
    def _title(self) -> _Text:
        return _Text(self._paper.title)

    @cached_property
    def _abstract(self) -> _Text:
        return _Text(self._paper.abstract)

    @cached_property
    def _venue(self) -> str:
        return self._paper.venue

    def has_term(self, term: Term) -> bool:
        """Whether the paper has a term."""
        match term.field:
            case Field.WORDS:
                return self._title.has(term.words) or self._abstract.has(term.words)
            case Field.TITLE:
                return self._title.has(term.words)
            case Field.ABSTRACT:
                return self._abstract.has(term.words)
            case Field.AUTHOR:
                return self._has_author(term.words)
            case Field.CATEGORY:
                return any(is_in_category(own, term.words[0]) for own in self._categories)
            case Field.VENUE:
                return has_venue(self._venue, term.words)

    def _has_author(self, words: tuple[str, ...]) -> bool:
        asked = read_asked_name(words)
        return any(is_same_name(asked, name) for name in map(read_own_name, self._paper.authors))


@lru_cache(_MAX_REMEMBERED_PAPERS)
def read_paper(paper: Paper, categories: tuple[str, ...]) -> PaperReader:
    """A paper to match: a chat may mute fifty expressions, and each is tried on each of its papers."""
    return PaperReader(paper, categories)


def is_match(node: Node, reader: TermReader) -> bool:
    """Whether a paper matches."""
    match node:
        case Term():
            return reader.has_term(node)
        case Exclusion():
            return not reader.has_term(node.term)
        case Conjunction():
            return all(is_match(part, reader) for part in node.parts)
        case Alternatives():
            return any(is_match(part, reader) for part in node.parts)


def explain_node(node: Node, reader: TermReader) -> tuple[Term, ...]:
    """The terms that made a paper match, each once; none if it does not."""
    if not is_match(node, reader):
        return ()
    match node:
        case Term():
            return (node,)
        case Exclusion():
            return ()
        case Conjunction() | Alternatives():
            return tuple(dict.fromkeys(term for part in node.parts for term in explain_node(part, reader)))
