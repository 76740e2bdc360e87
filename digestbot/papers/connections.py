"""The connections to who is asked for papers: opened when the first person asks, and closed with the app."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from digestbot.core.ports import Clock
from digestbot.domain.paper import PaperId
from digestbot.papers.doors import PaperDoor
from digestbot.settings import Settings
from digestbot.store import Store

if TYPE_CHECKING:
    from digestbot.builder.sources.arxiv import ArxivClient
    from digestbot.builder.sources.pace import SharedPace
    from digestbot.builder.sources.polite_client import PoliteClient
    from digestbot.core.papers.paper_services import TitleMatch
    from digestbot.papers.lookup import PaperLookupService
    from digestbot.store.digests.digests import StoredEntry

_TIMEOUT_SECONDS = 20.0
"""How long one request may take: a person waits."""
_ATTEMPTS = 1
"""How often each is asked: there is another door, and a person can ask again."""

_DOI_DELAY_SECONDS = 0.5
"""Crossref takes some requests a second from who names a contact (https://www.crossref.org/documentation/retrieve-metadata/rest-api/access-and-authentication/)."""


class OnDemandLookup:
    """The look-up of papers, whose parts are imported and whose connections are opened at the first use."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._service: asyncio.Task[PaperLookupService] | None = None
        self._doors: dict[bool, asyncio.Task[PaperDoor]] = {}
        """Those that are open or being opened, by whether they are for DOIs."""
        self._stack = AsyncExitStack()

    async def find_paper(self, paper: PaperId) -> StoredEntry | None:
        """The paper, stored by now; ``None`` if there is none with this identifier. Raises SourceError."""
        return await (await self._open_service()).find_paper(paper)

    async def find_title(self, title: str) -> TitleMatch:
        """The paper with a title, stored by now, or others with similar ones. Raises SourceError."""
        return await (await self._open_service()).find_title(title)

    async def close(self) -> None:
        """Stop looking up, and close the connections."""
        if self._service:
            await (await self._service).close()
        await asyncio.gather(*self._doors.values(), return_exceptions=True)
        await self._stack.aclose()

    async def _open_service(self) -> PaperLookupService:
        """The service; who asks while it is being opened goes on together with the others."""
        if self._service is None:
            self._service = asyncio.create_task(asyncio.to_thread(self._build_service))  # imports take a while
        return await asyncio.shield(self._service)

    def _build_service(self) -> PaperLookupService:
        from digestbot.papers.lookup import PaperLookupService

        return PaperLookupService(self._store, self._clock, self._open_door, secrets.token_hex(8))

    async def _open_door(self, paper: PaperId) -> PaperDoor:
        """The door that has a paper."""
        opening = self._doors.get(paper.is_doi)
        if opening is None:
            opens = self._open_doi() if paper.is_doi else self._open_arxiv()
            opening = self._doors[paper.is_doi] = asyncio.create_task(opens)
        return await asyncio.shield(opening)

    async def _open_doi(self) -> PaperDoor:
        from digestbot.papers.doi_door import DoiDoor

        settings = self._settings.papers
        delay_seconds = min(_DOI_DELAY_SECONDS, self._settings.builder.arxiv_delay_seconds)
        http = await self._stack.enter_async_context(self._build_http(delay_seconds))
        return DoiDoor(http, settings.crossref, settings.doi, self._settings.builder.contact)

    async def _open_arxiv(self) -> PaperDoor:
        from digestbot.builder.sources.oai import OaiClient
        from digestbot.papers.arxiv_door import ArxivDoor

        settings = self._settings.builder
        http = await self._stack.enter_async_context(self._build_http(settings.arxiv_delay_seconds))
        oai = OaiClient(http, settings.arxiv_oai) if settings.arxiv_oai else None
        api = await asyncio.to_thread(_build_api, http, settings.arxiv_api)
        door = ArxivDoor(http, settings.arxiv_api, api, oai)
        self._stack.push_async_callback(door.close)
        return door

    def _build_pace(self) -> SharedPace:
        from digestbot.builder.sources.pace import SharedPace

        return SharedPace(self._store.request_paces, secrets.token_hex(8), is_for_people=True)

    def _build_http(self, delay_seconds: float) -> PoliteClient:
        from digestbot.builder.sources.polite_client import PoliteClient

        return PoliteClient(
            delay_seconds,
            _TIMEOUT_SECONDS,
            allow_private_hosts=self._settings.allow_private_hosts,
            contact=self._settings.builder.contact,
            pace=self._build_pace() if delay_seconds else None,
            attempts=_ATTEMPTS,
        )


def _build_api(http: PoliteClient, address: str) -> ArxivClient | None:
    """The client of arXiv's API; ``None`` without the extra that reads its answers: OAI-PMH gives the same, slower."""
    try:
        from digestbot.builder.sources.arxiv import ArxivClient
    except ImportError:
        return None
    return ArxivClient(http, address, is_for_people=True)
