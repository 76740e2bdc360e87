"""Who is asked for papers."""

from __future__ import annotations

from typing import Protocol

from digestbot.domain.looked_up_paper import LookedUpPaper


class PaperDoor(Protocol):
    """A publisher, or who registers for publishers, that is asked for papers by their identifiers."""

    name: str
    """What people call it."""

    async def fetch_paper(self, identifier: str) -> LookedUpPaper | None:
        """The paper; ``None`` if there is none. Raises :class:`~digestbot.errors.SourceError`."""
