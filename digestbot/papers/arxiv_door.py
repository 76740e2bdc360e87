"""Asks arXiv for papers: by one request for all that are asked for in the same short moment, and by its other door."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from digestbot.builder.candidates import UNDATED, Candidate
from digestbot.builder.sources.oai import OaiClient
from digestbot.builder.sources.polite_client import PoliteClient, UnavailableError
from digestbot.domain.papers.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.errors import LookupUnavailableError, SourceError
from digestbot.net.addresses import find_host
from digestbot.papers.doors import MAX_TITLES

if TYPE_CHECKING:
    from digestbot.builder.sources.arxiv import ArxivClient

_GATHERING_SECONDS = 0.02
"""How long it is waited for more papers to ask for: people ask for several in one message."""
_MAX_PAPERS = 100
"""Papers of one request."""
_MAX_SINGLE_RECORDS = 3
"""Papers that OAI-PMH is asked for, one request each, where the API does not answer."""
_log = structlog.get_logger(__name__)


class ArxivDoor:
    """arXiv. Without ``api``, whose answers need an extra to be read, or without ``oai``, that door is not asked."""

    name = "arXiv"

    def __init__(self, http: PoliteClient, api_address: str, api: ArxivClient | None, oai: OaiClient | None) -> None:
        self._http, self._api, self._oai = http, api, oai
        self._host = find_host(api_address)
        self._wanted: dict[str, asyncio.Future[LookedUpPaper | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def fetch_paper(self, identifier: str) -> LookedUpPaper | None:
        """The paper with a number; ``None`` if there is none.

        Raises :class:`LookupUnavailableError`, or another :class:`SourceError` for what cannot be read.
        """
        found = self._wanted.get(identifier)
        if found is None:
            found = self._wanted[identifier] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_for_all())
        return await asyncio.shield(found)

    async def search_titles(self, words: str) -> Sequence[LookedUpPaper]:
        """Papers whose titles have these words. Raises what :meth:`fetch_paper` does."""
        if self._api is None:
            return ()
        try:
            return [_to_looked_up(paper) for paper in await self._api.search_titles(words, MAX_TITLES)]
        except SourceError as error:
            raise await self._explain(error) from None

    async def close(self) -> None:
        """Ask for nothing more."""
        if self._asking:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    async def _ask_for_all(self) -> None:
        """Ask for what is wanted, and what comes to be wanted meanwhile, until nothing is."""
        while self._wanted:
            await asyncio.sleep(_GATHERING_SECONDS)
            batch = {name: self._wanted.pop(name) for name in list(self._wanted)[:_MAX_PAPERS]}
            try:
                papers = await self._ask([*batch])
            except SourceError as error:
                _settle_failed(batch, error)
            except asyncio.CancelledError:
                for future in (*batch.values(), *self._wanted.values()):
                    future.cancel()
                self._wanted.clear()
                raise
            except Exception as error:  # noqa: BLE001  # whoever waits must not wait for ever
                _log.exception("lookup_failed")
                _settle_failed(batch, SourceError(f"arXiv's answer cannot be read ({type(error).__name__})"))
            else:
                for name, future in batch.items():
                    _settle(future, papers.get(name))

    async def _ask(self, numbers: list[str]) -> dict[str, LookedUpPaper]:
        if self._api is None:
            return await self._ask_other_door(numbers)
        try:
            found = _check_asked(await self._api.fetch_by_id(list(numbers)), numbers)
        except SourceError as error:
            _log.info("arxiv_api_not_answering", reason=str(error))
            if self._oai is None or len(numbers) > _MAX_SINGLE_RECORDS:
                raise await self._explain(error) from None
            return await self._ask_other_door(numbers)
        return {paper.paper.arxiv_id: _to_looked_up(paper) for paper in found}

    async def _ask_other_door(self, numbers: list[str]) -> dict[str, LookedUpPaper]:
        if self._oai is None:
            raise LookupUnavailableError(self.name, "no address of it is set")
        try:
            records = [await self._oai.fetch_paper(number) for number in numbers]
            found = _check_asked([record for record in records if record], numbers)
        except SourceError as error:
            raise await self._explain(error) from None
        return {paper.paper.arxiv_id: _to_looked_up(paper) for paper in found}

    async def _explain(self, error: SourceError) -> SourceError:
        """That it cannot be asked now, and when it can be, if it said; what cannot be read is told as it is."""
        if not isinstance(error, UnavailableError):
            return error
        wait = await self._http.get_closed_seconds(self._host)
        return LookupUnavailableError(self.name, str(error), wait or None)


def _check_asked(found: Sequence[Candidate], numbers: Collection[str]) -> Sequence[Candidate]:
    """The papers. Raises :class:`SourceError` if one of them was not asked for: what else is missing may be there."""
    other = next((paper.paper.arxiv_id for paper in found if paper.paper.arxiv_id not in numbers), "")
    if other:
        raise SourceError(f"arXiv answered with another paper: {other}")
    return found


def _settle(future: asyncio.Future[LookedUpPaper | None], paper: LookedUpPaper | None) -> None:
    if not future.done():
        future.set_result(paper)


def _settle_failed(batch: dict[str, asyncio.Future[LookedUpPaper | None]], error: SourceError) -> None:
    for future in batch.values():
        if not future.done():
            future.set_exception(error)
            future.exception()  # whoever asked may be gone, which is no error


def _to_looked_up(candidate: Candidate) -> LookedUpPaper:
    submitted_at = None if candidate.published == UNDATED else candidate.published
    return LookedUpPaper(candidate.paper, PaperOrigin.ARXIV, candidate.categories, submitted_at)
