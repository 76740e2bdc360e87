"""Builds the entry of one paper: reads it, has a summary written and checked, and chooses its figures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from digestbot.builder.drafts import Draft, build_draft_key
from digestbot.builder.models.budget import Budget
from digestbot.builder.models.summary_writer import SummaryWriter
from digestbot.builder.sources.oai import OaiClient
from digestbot.builder.texts.full_text import ABSTRACT, FullText, limit_figures
from digestbot.builder.texts.paper_reader import PaperReader
from digestbot.core.ports import Clock
from digestbot.domain.digest import EXTRACT_WRITER, Entry, Figure, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.papers.licence import allows_sharing
from digestbot.domain.papers.summary_stage import StageListener, SummaryStage, ignore_stage
from digestbot.errors import SourceError
from digestbot.figures.folder import FigureFolder
from digestbot.store.digests.builds import BuildStore, Usage

_CHECKED_SHARE = 2
"""For how many papers that a model is asked about one more is on its way: its answer is checked and saved meanwhile."""
_WITHDRAWN_SUMMARY = Summary(basis=ABSTRACT, writer=EXTRACT_WRITER)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EntryResult:
    """The result for one paper; ``from_draft`` if an earlier run wrote its summary.

    ``problem`` says why no model wrote it, where none did; ``is_over_budget``: because the day's budget is used up.
    """

    entry: Entry
    usage: Usage = field(default_factory=Usage)
    from_draft: bool = False
    problem: str = ""
    is_over_budget: bool = False


class EntryBuilder:
    """Builds entries; drafts of earlier runs, and of summaries that somebody asked for, are used again."""

    def __init__(
        self,
        builds: BuildStore,
        clock: Clock,
        *,
        reader: PaperReader,
        writer: SummaryWriter,
        figures: FigureFolder,
        concurrency: int = 8,
        full_text: bool = True,
        oai: OaiClient | None = None,
        share_all_figures: bool = False,
    ) -> None:
        self._builds, self._clock = builds, clock
        self._reader, self._writer, self._figures = reader, writer, figures
        self._full_text, self._oai, self._share_all_figures = full_text, oai, share_all_figures
        self._write_slots = asyncio.Semaphore(concurrency + concurrency // _CHECKED_SHARE)
        self._paper_slots = asyncio.Semaphore(2 * concurrency)

    async def build_entry(
        self,
        paper: Paper,
        language: str,
        budget: Budget,
        *,
        is_updated: bool = False,
        needs_text: bool = False,
        on_stage: StageListener = ignore_stage,
    ) -> EntryResult:
        """The entry of a paper; without an answer of a model, its summary is an extract of the abstract.

        Raises :class:`~digestbot.errors.StoreError`, and :class:`~digestbot.errors.SourceError` if it ``needs_text``
        and the archive does not answer now.
        """
        async with self._paper_slots:
            made = await self._build_entry(paper, language, budget, on_stage, needs_text=needs_text)
        return replace(made, entry=replace(made.entry, is_updated=is_updated))

    async def read_paper(self, paper: Paper) -> FullText:
        """Read a paper's text."""
        return await self._reader.read_paper(paper)

    async def _build_entry(
        self, paper: Paper, language: str, budget: Budget, on_stage: StageListener, *, needs_text: bool
    ) -> EntryResult:
        if paper.is_withdrawn:  # nobody has it summarised: its comment says all
            return EntryResult(Entry(paper, _WITHDRAWN_SUMMARY))
        key = build_draft_key(paper, language, self._writer.models, full_text=self._full_text)
        if stored := await self._builds.get_draft(key):
            return EntryResult(_use_draft(paper, Draft.from_json(stored)), from_draft=True)
        on_stage(SummaryStage.READING)
        text = await self._reader.read_paper(paper, needs_text=needs_text)
        licence = paper.licence or text.licence or await self._find_licence(paper)
        async with self._write_slots:  # until it is saved: a crash then costs only what is in flight
            on_stage(SummaryStage.WRITING)
            result = await self._writer.write(paper, text, language, budget, on_stage)
            draft = Draft(result.summary, await self._choose_figures(text, licence), licence)
            if not (self._writer.models and result.summary.writer == EXTRACT_WRITER):  # a model may succeed next time
                now = self._clock.now()
                await self._builds.save_draft(key, paper.arxiv_id, paper.version, draft.to_json(), now)
        entry = _use_draft(paper, draft)
        return EntryResult(entry, result.usage, problem=result.problem, is_over_budget=result.is_over_budget)

    async def _find_licence(self, paper: Paper) -> str:
        """The licence by arXiv's record of a paper; empty if that cannot be had."""
        if self._oai is None or paper.identifier.is_doi:
            return ""
        try:
            found = await self._oai.fetch_paper(paper.arxiv_id)
        except SourceError as error:
            _log.info("licence_not_found", paper=paper.arxiv_id, reason=str(error))
            return ""
        return found.paper.licence if found else ""

    async def _choose_figures(self, text: FullText, licence: str) -> tuple[Figure, ...]:
        """The figures at their own addresses at arXiv, or those that were cut out, if they may be served."""
        if text.figures or not (self._share_all_figures or allows_sharing(licence)):
            return limit_figures(text.figures)
        return await asyncio.to_thread(self._figures.save_figures, text.cut_figures)


def _use_draft(paper: Paper, draft: Draft) -> Entry:
    licensed = replace(paper, licence=paper.licence or draft.licence)
    return Entry(licensed, draft.summary, draft.figures)
