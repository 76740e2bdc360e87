"""What summarises papers, whose parts are imported and whose connections are opened when somebody first asks."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING

from digestbot.builder.extra import is_build_installed
from digestbot.core.papers.summary_services import NoSummaryError, NoSummaryReason, RequestedSummary, SummarizedPdf
from digestbot.core.ports import Clock
from digestbot.domain.paper import Paper
from digestbot.domain.papers.sent_pdf import SentPdf
from digestbot.domain.papers.summary_stage import StageListener, ignore_stage
from digestbot.settings import Settings
from digestbot.store import Store

if TYPE_CHECKING:
    from digestbot.builder.texts.full_text import FullText
    from digestbot.builder.workshop import Workshop
    from digestbot.papers.sent_pdfs import SentPdfService
    from digestbot.papers.summaries import PaperSummaryService


class OnDemandSummaries:
    """The summaries of single papers on request. ``summarize_paper`` is free of chats and quotas: whoever has papers
    summarised beforehand calls it too.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._service: PaperSummaryService | None = None
        self._pdf_service: SentPdfService | None = None
        self._workshop: Workshop | None = None
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    @property
    def can_summarize(self) -> bool:
        """Whether a model is configured and may be asked, and what asks it is installed."""
        return self._settings.builder.asks_models and is_build_installed()

    def is_summarizing(self, paper_id: int, version: int, language: str) -> bool:
        """Whether this process is at it."""
        return self._service is not None and self._service.is_summarizing(paper_id, version, language)

    async def summarize_paper(
        self, paper_id: int, paper: Paper, language: str, on_stage: StageListener = ignore_stage
    ) -> RequestedSummary:
        """The summary of a paper, by the id of its row, in a language; kept for everyone.

        Raises :class:`NoSummaryError` and :class:`~digestbot.errors.StoreError`.
        """
        if not self.can_summarize:
            raise NoSummaryError(NoSummaryReason.MODEL)
        service = await self._open_service()
        return await service.summarize_paper(paper_id, paper, language, on_stage)

    async def _open_service(self) -> PaperSummaryService:
        async with self._opening:
            if self._service is None:  # beside the loop: imports take a while
                module = await asyncio.to_thread(import_module, "digestbot.papers.summaries")
                holder = secrets.token_hex(8)
                self._service = module.PaperSummaryService(self._store, self._clock, self.open_workshop, holder)
            return self._service

    async def summarize_pdf(
        self,
        subscriber_id: int,
        file_name: str,
        content: bytes,
        language: str,
        on_stage: StageListener = ignore_stage,
    ) -> SummarizedPdf:
        """The summary of a PDF, for who sent it alone and for a day.

        Raises :class:`~digestbot.core.papers.summary_services.PdfError`, :class:`NoSummaryError` and
        :class:`~digestbot.errors.StoreError`.
        """
        if not self.can_summarize:
            raise NoSummaryError(NoSummaryReason.MODEL)
        service = await self._open_pdf_service()
        return await service.summarize_pdf(subscriber_id, file_name, content, language, on_stage)

    async def find_pdf(self, subscriber_id: int, token: str) -> SentPdf | None:
        """A PDF that a person sent within a day, by its token; ``None`` for anybody else's."""
        return await self._store.sent_pdfs.find(subscriber_id, token, self._clock.now())

    async def find_pdf_text(self, subscriber_id: int, token: str) -> FullText | None:
        """The text of a PDF that a person sent within a day; ``None`` for anybody else's."""
        return await (await self._open_pdf_service()).find_text(subscriber_id, token)

    async def _open_pdf_service(self) -> SentPdfService:
        async with self._opening:
            if self._pdf_service is None:
                module = await asyncio.to_thread(import_module, "digestbot.papers.sent_pdfs")
                self._pdf_service = module.SentPdfService(self._store, self._clock, self.open_workshop)
            return self._pdf_service

    async def open_workshop(self) -> Workshop:
        """What reads papers and asks models, opened once."""
        async with self._opening:
            if self._workshop is None:
                module = await asyncio.to_thread(import_module, "digestbot.builder.workshop")
                opened = module.open_workshop(self._settings, self._store, self._clock)
                workshop: Workshop = await self._stack.enter_async_context(opened)
                self._workshop = workshop
            return self._workshop

    async def close(self) -> None:
        """Stop the work, and close the connections."""
        if self._service:
            await self._service.close()
        await self._stack.aclose()
