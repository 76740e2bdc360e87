"""Looks up papers that are not stored: once for all who ask, in this process and in others on the same database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from digestbot.core.papers.paper_services import TitleMatch
from digestbot.core.ports import Clock
from digestbot.domain.calendar import find_today
from digestbot.domain.paper import PaperId
from digestbot.domain.papers.title_words import is_same_title, list_title_words
from digestbot.errors import LookupUnavailableError, SourceError
from digestbot.papers.doors import MAX_TITLES, PaperDoor
from digestbot.store import Store
from digestbot.store.digests.digests import StoredEntry

LOOKUP_SECONDS = 60.0
"""How long a look-up may take: then who waits for it hears that it cannot be had now."""
_CLAIM_SECONDS = LOOKUP_SECONDS + 10
_POLL_SECONDS = 0.25
"""How often it is looked whether another process has its answer."""
_MISSING_FOR = timedelta(hours=1)
"""How long a paper that there is not is not asked for again."""
_JUST_NOW = timedelta(seconds=_CLAIM_SECONDS)
"""What was looked up since is what somebody asked for at the same time."""
_MAX_LOOKUPS = 500
"""Papers that a process looks up at one time."""
_DOORS = (PaperId("2401.00001"), PaperId("10.1000/1"))
"""An identifier of each door, in the order in which they are asked for a title."""
OpenDoor = Callable[[PaperId], Awaitable[PaperDoor]]


class PaperLookupService:
    """Looks up papers; ``open_door`` opens the door that has a paper. ``holder`` names this process."""

    def __init__(self, store: Store, clock: Clock, open_door: OpenDoor, holder: str) -> None:
        self._store, self._clock, self._open_door, self._holder = store, clock, open_door, holder
        self._lookups: dict[str, asyncio.Task[StoredEntry | None]] = {}
        self._wanted: list[str] = []
        self._claiming: asyncio.Task[set[str]] | None = None

    async def find_paper(self, paper: PaperId) -> StoredEntry | None:
        """The paper, stored by now; ``None`` if there is none with this identifier.

        Whoever asks for what is being looked up gets the same answer. Raises :class:`LookupUnavailableError`, and
        another :class:`~digestbot.errors.SourceError` for an answer that cannot be read.
        """
        name = paper.base_id
        lookup = self._lookups.get(name)
        if lookup is None:
            if len(self._lookups) >= _MAX_LOOKUPS:
                raise LookupUnavailableError("digestbot", "too many papers are being looked up", _CLAIM_SECONDS)
            lookup = self._lookups[name] = asyncio.create_task(self._look_up_in_time(paper))
            lookup.add_done_callback(partial(self._forget, name))
        return await asyncio.shield(lookup)

    async def find_title(self, title: str) -> TitleMatch:
        """The paper with a title, stored by now, or others with similar ones. Raises what :meth:`find_paper` does."""
        words = list_title_words(title)
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return await self._find_title(title, words)
        except TimeoutError:
            raise LookupUnavailableError("arXiv", "it takes too long to answer") from None

    async def _find_title(self, title: str, words: str) -> TitleMatch:
        """arXiv is asked first, and Crossref for what is not there."""
        similar: dict[str, str] = {}
        for example in _DOORS:
            found = await (await self._open_door(example)).search_titles(words)
            if same := next((one for one in found if is_same_title(one.paper.title, title)), None):
                await self._store.looked_up_papers.save_papers([same], self._clock.now())
                return TitleMatch(await self._get_stored(same.paper.arxiv_id))
            similar |= {one.paper.arxiv_id: one.paper.title for one in found}
        return TitleMatch(None, tuple(similar.items())[:MAX_TITLES])

    async def close(self) -> None:
        """Look up nothing more."""
        lookups = list(self._lookups.values())
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)

    def _forget(self, name: str, lookup: asyncio.Task[StoredEntry | None]) -> None:
        self._lookups.pop(name, None)
        if not lookup.cancelled():
            lookup.exception()  # whoever asked may be gone, which is no error

    async def _look_up_in_time(self, paper: PaperId) -> StoredEntry | None:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return await self._look_up(paper)
        except TimeoutError:
            source = "Crossref" if paper.is_doi else "arXiv"
            raise LookupUnavailableError(source, "it takes too long to answer") from None

    async def _look_up(self, paper: PaperId) -> StoredEntry | None:
        store, name, began = self._store.looked_up_papers, paper.base_id, self._clock.now()
        door = await self._open_door(paper)
        while not await self._claim(name):
            if await store.is_missing(name, began - _MISSING_FOR):
                return None
            if await store.is_fetched(name, began - _JUST_NOW):
                return await self._get_stored(name)
            await asyncio.sleep(_POLL_SECONDS)  # other processes set no event of ours
        return await self._ask(door, name)

    async def _claim(self, name: str) -> bool:
        """Whether this process is to ask for a paper; those of one message are claimed together."""
        self._wanted.append(name)
        if self._claiming is None:
            self._claiming = asyncio.create_task(self._claim_wanted())
        return name in await asyncio.shield(self._claiming)

    async def _claim_wanted(self) -> set[str]:
        await asyncio.sleep(0)
        names, self._wanted, self._claiming = self._wanted, [], None
        now = self._clock.now()
        return await self._store.looked_up_papers.claim(
            names, self._holder, _CLAIM_SECONDS, missing_since=now - _MISSING_FOR, fetched_since=now - _JUST_NOW
        )

    async def _ask(self, door: PaperDoor, name: str) -> StoredEntry | None:
        missing: list[str] = []
        try:
            found = await door.fetch_paper(name)
            if found is None:
                missing.append(name)
                return None
            if found.paper.arxiv_id != name:
                raise SourceError(f"{door.name} answered with another paper: {found.paper.arxiv_id}")
            await self._store.looked_up_papers.save_papers([found], self._clock.now())
            return await self._get_stored(name)
        finally:
            await self._store.looked_up_papers.release([name], self._holder, missing, self._clock.now())

    async def _get_stored(self, name: str) -> StoredEntry | None:
        return await self._store.digests.get_paper(name, find_today(self._clock.now()))
