"""A paper as it was found, before anything was read or written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digestbot.domain.paper import Paper


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper with what arXiv or a feed tells of it. Moments are in UTC: of its first version, and of this one."""

    paper: Paper
    published: datetime
    updated: datetime
    categories: tuple[str, ...] = ()


class PaperSource(Protocol):
    """A place where papers are found."""

    name: str

    async def find_candidates(self, since: datetime) -> Sequence[Candidate]:
        """The papers that came or changed since a moment, newest first.

        Raises :class:`~digestbot.errors.SourceError`.
        """
