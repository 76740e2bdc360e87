"""PDFs that people send: read in the sandbox, summarised for their owner alone, and kept for a day."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable

from digestbot.builder.texts.full_text import PDF, FullText
from digestbot.builder.texts.sent_pdf_reader import ReadPdf, read_sent_pdf
from digestbot.builder.workshop import Workshop
from digestbot.core.papers.summary_services import NoSummaryError, PdfError, SummarizedPdf
from digestbot.core.ports import Clock
from digestbot.domain.digest import EXTRACT_WRITER, Section
from digestbot.domain.paper import Paper
from digestbot.domain.papers.sent_pdf import SentPdf
from digestbot.domain.papers.summary_stage import StageListener, SummaryStage, ignore_stage
from digestbot.domain.text.lengths import MAX_ABSTRACT, shorten_text
from digestbot.papers.no_summary_reasons import find_reason
from digestbot.store import Store

_TOKEN_BYTES = 9


class SentPdfService:
    """Summarises PDFs for who sent them. None becomes a paper that others can find."""

    def __init__(self, store: Store, clock: Clock, open_workshop: Callable[[], Awaitable[Workshop]]) -> None:
        self._store, self._clock, self._open_workshop = store, clock, open_workshop

    async def summarize_pdf(
        self,
        subscriber_id: int,
        file_name: str,
        content: bytes,
        language: str,
        on_stage: StageListener = ignore_stage,
    ) -> SummarizedPdf:
        """The summary of a PDF; of the same file in the same day, the one that there is.

        Raises :class:`PdfError`, :class:`NoSummaryError` and :class:`~digestbot.errors.StoreError`.
        """
        fingerprint = hashlib.sha256(content).hexdigest()
        same = await self._store.sent_pdfs.find_same(subscriber_id, fingerprint, language, self._clock.now())
        if same:
            return SummarizedPdf(same, is_new=False)
        on_stage(SummaryStage.READING)
        read = await read_sent_pdf(content)
        del content  # a model takes its time to write
        if read.problem:
            raise PdfError(read.problem.value, read.page_count)
        pdf = await self._write(file_name, read, language, on_stage)
        await self._store.sent_pdfs.save(subscriber_id, fingerprint, language, pdf, self._clock.now())
        return SummarizedPdf(pdf, is_new=True)

    async def find_text(self, subscriber_id: int, token: str) -> FullText | None:
        """The text of a sent PDF, for who sent it; ``None`` for anybody else, and after a day."""
        found = await self._store.sent_pdfs.find(subscriber_id, token, self._clock.now())
        return FullText(PDF, found.sections) if found else None

    async def _write(self, file_name: str, read: ReadPdf, language: str, on_stage: StageListener) -> SentPdf:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        title = read.title or file_name
        paper = Paper(f"pdf:{token}", 1, title, (), _find_abstract(read.text.sections), "")
        workshop = await self._open_workshop()
        on_stage(SummaryStage.WRITING)
        result = await workshop.writer.write(paper, read.text, language, workshop.open_budget(), on_stage)
        if result.summary.writer == EXTRACT_WRITER:
            raise NoSummaryError(find_reason(result), result.problem, is_billed=bool(result.usage.calls))
        return SentPdf(token, file_name, title, read.page_count, read.arxiv_id, result.summary, read.text.sections)


def _find_abstract(sections: tuple[Section, ...]) -> str:
    """The section that is called so, or else the beginning."""
    named = [section for section in sections if section.title.strip().casefold() in ("abstract", "摘要", "摘 要")]
    found = (named or list(sections))[:1]
    return shorten_text(found[0].body, MAX_ABSTRACT) if found else ""
