"""What can be done with any single paper on demand, as ports: commands know these, and the app builds them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from digestbot.core.lookup_pace import LookupPace
from digestbot.core.quotas import QuotaService
from digestbot.domain.paper import PaperId
from digestbot.store.digests import StoredEntry


class PaperLookup(Protocol):
    """Finds papers that are not stored where they are published, and stores them."""

    async def find_paper(self, paper: PaperId) -> StoredEntry | None:
        """The paper; ``None`` if there is none with this identifier.

        Raises :class:`~digestbot.errors.LookupUnavailableError` if who publishes it cannot be asked now, and another
        :class:`~digestbot.errors.SourceError` for an answer that cannot be read.
        """


@dataclass(frozen=True, slots=True)
class PaperServices:
    """The services that there are; each is ``None`` where it cannot be had, such as without a network or a model.

    ``closers`` end what they do, and close their connections, in this order.
    """

    lookup: PaperLookup | None = None
    lookup_pace: LookupPace | None = None
    quotas: QuotaService | None = None
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()

    async def close(self) -> None:
        """Close all connections."""
        for close in self.closers:
            await close()


NO_PAPER_SERVICES = PaperServices()
"""Only what is stored can be shown."""
