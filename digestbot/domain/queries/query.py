"""A query in its normal form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digestbot.domain.paper import Paper
from digestbot.domain.queries.naive import explain_node, is_match, read_paper
from digestbot.domain.queries.terms import Node, Term, iter_terms


@dataclass(frozen=True, slots=True)
class Query:
    """What papers must have: see :func:`~digestbot.domain.queries.parse_query`."""

    root: Node

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that are looked for, each once."""
        return tuple(dict.fromkeys(iter_terms(self.root)))

    def matches(self, paper: Paper, categories: Sequence[str] = ()) -> bool:
        """Whether a paper matches, read word by word: for many queries or papers there is the matcher."""
        return is_match(self.root, read_paper(paper, tuple(categories)))


def explain_match(query: Query, paper: Paper, categories: Sequence[str] = ()) -> tuple[Term, ...]:
    """The terms that made a paper match, each once; none if it does not match."""
    return explain_node(query.root, read_paper(paper, tuple(categories)))
