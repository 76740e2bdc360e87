"""/summarize: a paper's summary on request, for everyone from then on; or that of a PDF, for who sent it alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from digestbot.cards import replies
from digestbot.cards.card import Button, Card, parse_inline
from digestbot.cards.titles import format_short_title
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands.base import CommandRequest, HandlerResult
from digestbot.core.commands.papers.missing_papers import build_not_found_card
from digestbot.core.commands.papers.named_papers import find_named_papers
from digestbot.core.commands.papers.quota_answers import check_quota, give_back_quota, take_quota
from digestbot.core.commands.papers.sent_pdfs import begin_pdf, show_pdf
from digestbot.core.commands.papers.showing import build_paper_card
from digestbot.core.commands.papers.summary_stages import explain_no_summary, is_billed, iter_stages
from digestbot.core.lines.it_words import IT
from digestbot.core.papers.requested_summaries import has_own_summary, is_in_language
from digestbot.core.papers.summary_services import NoSummaryError, NoSummaryReason, PaperSummarizer, RequestedSummary
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.papers.sent_pdf import PDF_PREFIX
from digestbot.domain.papers.summary_stage import SummaryStage
from digestbot.errors import CommandError
from digestbot.store.digests.digests import StoredEntry

_MAX_OFFERED, _TITLE_WIDTH = 5, 30


async def handle_summarize(request: CommandRequest) -> HandlerResult:
    """The paper with its summary; where there is none yet, it is made while the person watches."""
    if request.message.documents:
        if papers := find_paper_ids(request.argument_text):
            request.note_unread(" ".join(map(str, papers)))
        return await begin_pdf(request, request.message.documents[0])
    if pdf := await _find_meant_pdf(request):
        return await show_pdf(request, pdf, *request.args[1:])
    named = await find_named_papers(request, "summarize", request.args)
    if not named.entries:
        return await build_not_found_card(request, "summarize", named.missing)
    if len(named.entries) > 1:
        raise CommandError("summarize_one", choices=_list_choices(named.entries))
    entry = named.entries[0]
    if entry.entry.paper.is_withdrawn:
        return replies.add_notes(await build_paper_card(request, entry), [request.translate("summarize.no_withdrawn")])
    if has_own_summary(entry.entry) and is_in_language(entry.entry, request.language):
        return await build_paper_card(request, entry)
    return await begin_summary(request, entry)


async def _find_meant_pdf(request: CommandRequest) -> str:
    """The name of the sent PDF that is named, or that “it” means; empty if it is none."""
    if request.argument_text.startswith(PDF_PREFIX):
        return request.args[0]
    if request.argument_text.casefold() not in IT:
        return ""
    opened = await request.shown_lists.find_opened(request.message, request.subscriber)
    return opened if opened.startswith(PDF_PREFIX) else ""


async def begin_summary(request: CommandRequest, entry: StoredEntry) -> HandlerResult:
    """The paper's card, which tells how far its summary is and ends with it; or says why nobody can make one.

    Raises :class:`CommandError` where there are no more today.
    """
    summaries = request.papers.summaries
    if summaries is None or not summaries.can_summarize:
        error = NoSummaryError(NoSummaryReason.MODEL)
        return replies.add_notes(await build_paper_card(request, entry), [explain_no_summary(request, error)])
    paper = entry.entry.paper
    if not summaries.is_summarizing(entry.paper_id, paper.version, request.language):
        await check_quota(request)
    first = await _build_stage_card(request, entry, SummaryStage.READING)
    return LiveCard(first, _iter_cards(request, summaries, entry))


async def _iter_cards(request: CommandRequest, summaries: PaperSummarizer, entry: StoredEntry) -> AsyncGenerator[Card]:
    """How far the summary is, and the paper with it. What cost nothing counts for nobody."""
    paper, use = entry.entry.paper, None
    if not summaries.is_summarizing(entry.paper_id, paper.version, request.language):
        use = await take_quota(request)
    stages: asyncio.Queue[SummaryStage] = asyncio.Queue()
    work = asyncio.create_task(summaries.summarize_paper(entry.paper_id, paper, request.language, stages.put_nowait))
    try:
        async for stage in iter_stages(stages, work):
            if stage is not SummaryStage.READING:  # that is what the first card says
                yield await _build_stage_card(request, entry, stage)
        yield await _finish(request, entry, work)
    finally:
        if work.done() and not is_billed(work):  # what goes on without who asked is theirs
            await give_back_quota(request, use)
        work.cancel()  # only the waiting: what is paid for is finished for whoever asks next
        await asyncio.gather(work, return_exceptions=True)


async def _finish(request: CommandRequest, entry: StoredEntry, work: asyncio.Task[RequestedSummary]) -> Card:
    """The paper with its summary, or with why there is none."""
    try:
        result = await work
    except NoSummaryError as error:
        card = await build_paper_card(request, entry)
        return replies.add_notes(card, [explain_no_summary(request, error)])
    summarised = await request.catalog.get_paper(entry.entry.paper.arxiv_id)
    if summarised is None or not has_own_summary(summarised.entry):  # deleted meanwhile: it is shown all the same
        summarised = entry._replace(entry=result.entry)
    return await build_paper_card(request, summarised)


async def _build_stage_card(request: CommandRequest, entry: StoredEntry, stage: SummaryStage) -> Card:
    """The paper as it is known, and what is being done."""
    card = await build_paper_card(request, entry, is_waiting=True)
    return replies.add_notes(card, [request.translate(f"summarize.{stage}")])


def _list_choices(entries: tuple[StoredEntry, ...]) -> list[Button]:
    papers = [one.entry.paper for one in entries[:_MAX_OFFERED]]
    return [
        Button(format_short_title(parse_inline(paper.title), _TITLE_WIDTH), f"summarize {paper.arxiv_id}")
        for paper in papers
    ]
