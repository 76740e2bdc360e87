"""Candidate papers, as found and before anything is read or written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from digestbot.domain.paper import Paper

UNDATED = datetime.fromtimestamp(0, UTC)
"""The time of what has none: it counts as new on the day on which it was first seen."""
PLAUSIBLE_YEARS = range(1980, 2101)
"""A time of another year is a mistake: such a paper has none."""
_MAX_CATEGORIES, _MAX_CATEGORY = 30, 20
"""How many categories a paper may be in, and how long their codes may be; arXiv has none above 18 characters."""


def bound_categories(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes that can be categories, each once, up to as many as any paper has."""
    likely = (code for code in codes if 0 < len(code) <= _MAX_CATEGORY)
    return tuple(islice(dict.fromkeys(likely), _MAX_CATEGORIES))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper with its metadata from arXiv or a feed. Times are in UTC: of its first version, and of this one.

    ``is_replacement`` if it was listed as a new version, and not as a new paper.
    """

    paper: Paper
    published: datetime
    updated: datetime
    categories: tuple[str, ...] = ()
    is_replacement: bool = False


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """A paper of arXiv that a feed lists, to be looked up there."""

    arxiv_id: str
    title: str = ""
    licence: str = ""
    is_replacement: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that a source lists and that is no candidate, and why."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoundPapers:
    """What a source lists: candidates, papers to look up at arXiv, and what it lists besides."""

    candidates: Sequence[Candidate] = ()
    listed: Sequence[ListedPaper] = ()
    left_out: Sequence[LeftOut] = ()


class PaperSource(Protocol):
    """A source of papers."""

    name: str

    async def find_papers(self, since: datetime) -> FoundPapers:
        """The papers that the source lists; from a query, those that appeared or changed since a given time.

        Raises :class:`~digestbot.errors.SourceError`.
        """
