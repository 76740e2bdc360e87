"""PDFs that people send with /summarize, or with nothing: summarised for themselves alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.cards.sent_pdfs import sent_pdf_analysis_card, sent_pdf_card
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands.base import CommandRequest, HandlerResult
from digestbot.core.commands.papers.quota_answers import check_quota, give_back_quota, take_quota
from digestbot.core.commands.papers.summary_stages import explain_no_summary, is_billed, iter_stages
from digestbot.core.lines.page_numbers import split_page_number
from digestbot.core.papers.documents import MAX_DOCUMENT_BYTES
from digestbot.core.papers.summary_services import (
    NoSummaryError,
    NoSummaryReason,
    PaperSummarizer,
    PdfError,
    SummarizedPdf,
)
from digestbot.core.ports import IncomingDocument
from digestbot.domain.papers.sent_pdf import PDF_PREFIX, SentPdf
from digestbot.domain.papers.summary_stage import SummaryStage
from digestbot.errors import CommandError, DocumentError


async def begin_pdf(request: CommandRequest, document: IncomingDocument) -> HandlerResult:
    """How far the summary of a PDF is, and then the summary: only where nobody else sees it.

    Raises :class:`CommandError` where others do, where nobody can make one, or no more today.
    """
    summaries = await check_pdf_request(request)
    return LiveCard(build_pdf_stage_card(request, document), _iter_cards(request, summaries, document))


async def check_pdf_request(request: CommandRequest) -> PaperSummarizer:
    """What summarises PDFs. Raises what :func:`begin_pdf` does."""
    summaries = request.papers.summaries
    if not request.message.is_for_one:
        raise CommandError("pdf_in_private")
    if summaries is None or not summaries.can_summarize:
        raise CommandError("pdf_no_model")
    await check_quota(request)
    return summaries


async def show_pdf(request: CommandRequest, name: str, *part: str) -> Card:
    """A PDF that the person sent within a day, or a page of its analysis. Raises what :func:`find_pdf` does."""
    found = await find_pdf(request, name)
    if not part or part[0] != "analysis":
        return sent_pdf_card(found, request.context)
    _, page = split_page_number(part)
    return sent_pdf_analysis_card(found, request.context, page)


async def find_pdf(request: CommandRequest, name: str) -> SentPdf:
    """A PDF that the person sent within a day. Raises :class:`CommandError` where there is none of theirs."""
    summaries, reader = request.papers.summaries, await request.find_reader()
    token = name.removeprefix(PDF_PREFIX)
    found = await summaries.find_pdf(reader.id, token) if summaries and reader and request.message.is_for_one else None
    if found is None:
        raise CommandError("pdf_gone")
    return found


async def _iter_cards(
    request: CommandRequest, summaries: PaperSummarizer, document: IncomingDocument
) -> AsyncGenerator[Card]:
    async with aclosing(iter_pdf_steps(request, summaries, document)) as steps:
        async for step in steps:
            yield step if isinstance(step, Card) else sent_pdf_card(step.pdf, request.context)


async def iter_pdf_steps(
    request: CommandRequest, summaries: PaperSummarizer, document: IncomingDocument
) -> AsyncGenerator[Card | SummarizedPdf]:
    """How far the summary of a PDF is, and at last the PDF. Raises :class:`CommandError` with why there is none."""
    use = await take_quota(request)
    stages: asyncio.Queue[SummaryStage] = asyncio.Queue()
    work = asyncio.create_task(_summarize(request, summaries, document, stages))
    is_asked = False
    try:
        async for stage in iter_stages(stages, work):
            if stage is not SummaryStage.READING:  # that is what the first card says
                is_asked = True
                yield build_pdf_stage_card(request, document, stage)
        done = await _finish(request, document, work)
        yield done
    finally:
        if not (is_billed(work) if work.done() else is_asked):
            await give_back_quota(request, use)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _summarize(
    request: CommandRequest,
    summaries: PaperSummarizer,
    document: IncomingDocument,
    stages: asyncio.Queue[SummaryStage],
) -> SummarizedPdf:
    leave = await request.papers.document_gate.enter(request.message.user or request.message.address)

    def note_stage(stage: SummaryStage) -> None:
        if stage is not SummaryStage.READING:
            leave()
        stages.put_nowait(stage)

    try:
        reader = await request.get_or_create_reader()
        return await summaries.summarize_pdf(
            reader.id, document.name, await document.read(MAX_DOCUMENT_BYTES), request.language, note_stage
        )
    finally:
        leave()


async def _finish(
    request: CommandRequest, document: IncomingDocument, work: asyncio.Task[SummarizedPdf]
) -> SummarizedPdf:
    """The summary. Raises :class:`CommandError` with why there is none."""
    try:
        return await work
    except PdfError as error:
        raise DocumentError(f"pdf_{error.problem}", name=document.name, pages=f"{error.page_count:,}") from None
    except NoSummaryError as error:
        if error.reason is NoSummaryReason.MODEL:
            raise CommandError("pdf_no_model") from None
        raise CommandError("pdf_no_summary", reason=explain_no_summary(request, error)) from None


def build_pdf_stage_card(
    request: CommandRequest, document: IncomingDocument, stage: SummaryStage = SummaryStage.READING
) -> Card:
    """How far the summary of a PDF is."""
    return replies.message_card(document.name, request.translate(f"summarize.{stage}"))
