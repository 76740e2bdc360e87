"""The data of announced papers: from OAI-PMH all at once, and what that lacks by identifier.

OAI-PMH is steadier than the query API and has what is needed (licence, versions, all categories), but comes hours after
the listing at times, and has old records that were merely touched: of these, only what the listings name is kept.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digestbot.builder.candidates import UNDATED, Candidate
from digestbot.builder.sources.oai import ExpiredTokenError, OaiClient, list_sets
from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementKind
from digestbot.store.announcements.announcements import AnnouncementStore

if TYPE_CHECKING:
    from digestbot.builder.sources.arxiv import ArxivClient

_MAX_SETS = 4
"""Up to how many archives are asked for one by one; of more, each paper would come several times."""
_MAX_LOOKED_UP = 2_000
"""Papers that are looked up by identifier at one try: five requests of the API."""
MAX_SINGLE_RECORDS = 20
"""Papers that OAI-PMH is asked for one by one at one try."""
_POSITION = "position"


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a list is read: the sets before ``name`` were read, and of this one what comes before the token."""

    since: date
    name: str
    token: str = ""


class PaperSource:
    """Asks arXiv for papers. Without ``arxiv`` or ``oai``, that door is not asked."""

    def __init__(self, store: AnnouncementStore, oai: OaiClient | None, arxiv: ArxivClient | None) -> None:
        self._store, self._oai, self._arxiv = store, oai, arxiv

    @property
    def has_list(self) -> bool:
        """Whether all papers of a day can be had at once."""
        return self._oai is not None

    @property
    def has_lookup(self) -> bool:
        """Whether many papers can be had by identifier."""
        return self._arxiv is not None

    async def iter_touched(
        self, archives: Sequence[str], day: date, wanted: Collection[str]
    ) -> AsyncIterator[Sequence[Candidate]]:
        """Pages of those of the wanted papers that were touched since the evening of a day's announcement.

        A list that was interrupted goes on where it was. Raises :class:`~digestbot.errors.SourceError`.
        """
        since = day - timedelta(days=1)  # dates are New York's, where it is the evening before
        sets = list_sets(archives) if len(archives) <= _MAX_SETS else ("",)
        position = await self._load_position(since)
        names = sets[sets.index(position.name) :] if position and position.name in sets else sets
        for name in names:
            token = position.token if position and position.name == name else ""
            async for page in self._iter_set(_Position(since, name, token), wanted):
                yield page
        await self._store.save_progress(_POSITION, {})

    async def _iter_set(self, start: _Position, wanted: Collection[str]) -> AsyncIterator[Sequence[Candidate]]:
        if self._oai is None:
            return
        try:
            async for page in self._oai.iter_touched(start.name, start.since, start.token, wanted):
                yield page.candidates
                await self._save_position(replace(start, token=page.resumption_token))
        except ExpiredTokenError:
            if not start.token:
                raise
            async for candidates in self._iter_set(replace(start, token=""), wanted):
                yield candidates

    async def look_up(self, arxiv_ids: Sequence[str]) -> list[Candidate]:
        """Papers by identifier, at most 2,000; those that the API does not have are omitted.

        Raises :class:`~digestbot.errors.SourceError`.
        """
        return await self._arxiv.fetch_by_id(arxiv_ids[:_MAX_LOOKED_UP]) if self._arxiv else []

    async def fetch_record(self, arxiv_id: str) -> Candidate | None:
        """A paper's record; ``None`` if there is none, or it was deleted. Raises SourceError."""
        return await self._oai.fetch_paper(arxiv_id) if self._oai else None

    async def _load_position(self, since: date) -> _Position | None:
        """Where the same list was interrupted, if it was."""
        kept = await self._store.get_progress(_POSITION)
        if kept.get("since") != since.isoformat() or not isinstance(kept.get("token"), str):
            return None
        return _Position(since, str(kept.get("name", "")), kept["token"])

    async def _save_position(self, position: _Position) -> None:
        kept = {"since": position.since.isoformat(), "name": position.name, "token": position.token}
        await self._store.save_progress(_POSITION, kept)


def to_announced(candidate: Candidate, kind: AnnouncementKind) -> AnnouncedPaper:
    """A paper as it was announced."""
    submitted_at = None if candidate.published == UNDATED else candidate.published
    return AnnouncedPaper(candidate.paper, candidate.categories, submitted_at, kind)
