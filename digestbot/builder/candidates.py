"""Candidate papers, as found and before anything is read or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digestbot.domain.paper import Paper


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper with its metadata from arXiv or a feed. Times are in UTC: of its first version, and of this one."""

    paper: Paper
    published: datetime
    updated: datetime
    categories: tuple[str, ...] = ()


class PaperSource(Protocol):
    """A source of papers."""

    name: str

    async def find_candidates(self, since: datetime) -> Sequence[Candidate]:
        """The papers that appeared or changed since a given time, newest first.

        Raises :class:`~digestbot.errors.SourceError`.
        """
