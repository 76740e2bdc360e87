"""What can be done with any single paper on demand, as ports: commands know these, and the app builds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from digestbot.core.quotas import QuotaService
from digestbot.domain.paper import PaperId
from digestbot.store.digests import StoredEntry


class PaperLookup(Protocol):
    """Finds papers that are not stored where they are published, and stores them."""

    async def find_paper(self, paper: PaperId) -> StoredEntry | None:
        """The paper; ``None`` if there is none with this identifier.

        Raises :class:`~digestbot.errors.SourceError` if who publishes it cannot be asked now.
        """


@dataclass(frozen=True, slots=True)
class PaperServices:
    """The services that there are; each is ``None`` where it cannot be had, such as without a network or a model."""

    lookup: PaperLookup | None = None
    quotas: QuotaService | None = None


NO_PAPER_SERVICES = PaperServices()
"""Only what is stored can be shown."""
