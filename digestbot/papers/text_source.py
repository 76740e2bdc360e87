"""Gets the texts of papers that people ask about: from the store, or once from arXiv for all who ask."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from digestbot.builder.extra import is_build_installed
from digestbot.builder.sources.polite_client import NotFoundError, PoliteClient
from digestbot.builder.texts.full_text import ABSTRACT, FullText
from digestbot.builder.texts.paragraphs import divide_sections
from digestbot.core.clock import Clock
from digestbot.domain.digest import Section
from digestbot.domain.paper import Paper
from digestbot.domain.papers.passage_ranking import IndexedParagraph, index_paragraphs
from digestbot.errors import SourceError, StoreError
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox
from digestbot.store import Store
from digestbot.store.papers.paper_texts import StoredText

READING_SECONDS = 150.0
"""How long reading a paper may take, with arXiv's pauses: then its abstract is all that there is."""
_LEASE_SECONDS = 30.0
"""For how long a process that is killed keeps others from reading its paper."""
_RENEWALS = 3
_POLL_SECONDS = 0.25
_MAX_HTML_BYTES = 20_000_000
_log = structlog.get_logger(__name__)


class PaperTextSource:
    """The texts of papers. ``address`` is arXiv's; without ``reads_full_text``, abstracts only."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        http: PoliteClient,
        address: str,
        *,
        reads_full_text: bool = True,
        lease_seconds: float = _LEASE_SECONDS,
    ) -> None:
        self._store, self._clock, self._http, self._address = store, clock, http, address.rstrip("/")
        self._reads_full_text, self._lease_seconds = reads_full_text, lease_seconds
        self._readings: dict[str, asyncio.Task[StoredText]] = {}
        self._holder = secrets.token_hex(8)

    async def find_stored(self, paper: Paper) -> StoredText | None:
        """The text of a paper's version, if it was read before."""
        return await self._store.paper_texts.find_text(paper.arxiv_id, paper.version, self._clock.now())

    async def read_text(self, paper: Paper) -> StoredText:
        """The text of a paper's version, or its abstract where there is no more. Whoever asks meanwhile waits."""
        name = f"{paper.arxiv_id}v{paper.version}"
        reading = self._readings.get(name)
        if reading is None:
            reading = self._readings[name] = asyncio.create_task(self._read_once(paper, name))
            reading.add_done_callback(partial(self._forget, name))
        return await asyncio.shield(reading)

    async def close(self) -> None:
        """Read nothing more."""
        readings = list(self._readings.values())
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)

    def _forget(self, name: str, reading: asyncio.Task[StoredText]) -> None:
        self._readings.pop(name, None)
        if not reading.cancelled():
            reading.exception()  # whoever asked may be gone, which is no error

    async def _read_once(self, paper: Paper, name: str) -> StoredText:
        """Read a paper, unless another process on this database does."""
        lease, renewal = f"text {name}", None
        try:
            async with asyncio.timeout(READING_SECONDS):
                while not await self._store.leases.acquire(lease, self._holder, "", self._lease_seconds):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)  # other processes set no event of ours
                renewal = asyncio.create_task(self._keep_lease(lease))
                return await self.find_stored(paper) or await self._read_and_store(paper)
        except TimeoutError:
            _log.warning("paper_not_read", paper=name, reason="it took too long")
            return _build_abstract_text(paper)
        finally:
            if renewal:
                renewal.cancel()
                await asyncio.gather(renewal, return_exceptions=True)
            await self._store.leases.release(lease, self._holder)

    async def _keep_lease(self, lease: str) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / _RENEWALS)
            with suppress(StoreError):  # at worst another process does the same
                await self._store.leases.acquire(lease, self._holder, "", self._lease_seconds)

    async def _read_and_store(self, paper: Paper) -> StoredText:
        text, is_final = await self._fetch(paper)
        if text is None and not is_final:
            return _build_abstract_text(paper)  # whoever asks later may have more
        found = text or _make_abstract(paper)
        indexed = await asyncio.to_thread(_index_text, found)  # thousands of paragraphs take a third of a second
        await self._store.paper_texts.save_text(paper.arxiv_id, paper.version, found.basis, indexed, self._clock.now())
        return StoredText(paper.arxiv_id, paper.version, found.basis, tuple(indexed))

    async def _fetch(self, paper: Paper) -> tuple[FullText | None, bool]:
        """The paper's HTML, or else its PDF; and where neither is there, whether that stays so."""
        if not self._reads_full_text or paper.identifier.is_doi:
            return None, True
        if not is_build_installed():  # it may be, later
            return None, False
        is_final = True
        readers: tuple[Callable[[Paper], Awaitable[FullText]], ...] = (self._fetch_html, self._fetch_pdf)
        for fetch in readers:
            try:
                text = await fetch(paper)
            except NotFoundError:
                continue
            except SourceError as error:
                _log.info("paper_not_read", paper=str(paper.identifier), reason=str(error))
                is_final = False
                continue
            if text.is_paper:
                return text, True
        return None, is_final

    async def _fetch_html(self, paper: Paper) -> FullText:
        address = f"{self._address}/html/{paper.identifier}"
        raw = await self._http.get(
            address, is_complete=lambda body: b"</html>" in body[-2000:].lower(), max_bytes=_MAX_HTML_BYTES
        )
        from digestbot.builder.texts.html_reader import parse_html  # noqa: PLC0415  # late: it needs the extra “build”

        return await run_in_sandbox(parse_html, PARSING_SECONDS, raw, address)

    async def _fetch_pdf(self, paper: Paper) -> FullText:
        from digestbot.builder.texts.pdf_reader import parse_pdf_text  # noqa: PLC0415  # late, as above

        address = f"{self._address}/pdf/{paper.identifier}"
        return await parse_pdf_text(await self._http.get(address, is_complete=lambda body: b"%%EOF" in body[-2000:]))


def _index_text(text: FullText) -> list[IndexedParagraph]:
    return index_paragraphs(text.paragraphs or divide_sections(text.sections))


def _make_abstract(paper: Paper) -> FullText:
    return FullText(ABSTRACT, (Section("Abstract", paper.abstract),) if paper.abstract.strip() else ())


def _build_abstract_text(paper: Paper) -> StoredText:
    paragraphs = divide_sections(_make_abstract(paper).sections)
    return StoredText(paper.arxiv_id, paper.version, ABSTRACT, tuple(index_paragraphs(paragraphs)))
