"""Who is asked for papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from digestbot.domain.papers.looked_up_paper import LookedUpPaper

MAX_TITLES = 5
"""Papers with similar titles that are asked for."""


class PaperDoor(Protocol):
    """A publisher, or who registers for publishers, that is asked for papers by their identifiers."""

    name: str
    """What people call it."""

    async def fetch_paper(self, identifier: str) -> LookedUpPaper | None:
        """The paper; ``None`` if there is none. Raises :class:`~digestbot.errors.SourceError`."""

    async def search_titles(self, words: str) -> Sequence[LookedUpPaper]:
        """Papers whose titles are like these words, the best first. Raises SourceError."""
