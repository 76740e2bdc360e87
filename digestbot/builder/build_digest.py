"""The build pipeline: find, select, read and summarize papers, and assemble a digest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import structlog

from digestbot.builder.budget import Budget, BudgetLimits
from digestbot.builder.collector import Collector, CollectResult
from digestbot.builder.drafts import Draft, build_draft_key
from digestbot.builder.full_text import ABSTRACT, FullText, limit_figures
from digestbot.builder.oai import OaiClient
from digestbot.builder.paper_reader import PaperReader
from digestbot.builder.selection import Selected, Selection
from digestbot.builder.summary_writer import SummaryWriter
from digestbot.core.ports import Clock
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.digest import EXTRACT_WRITER, Digest, Entry, Figure, Summary
from digestbot.domain.licence import allows_sharing
from digestbot.domain.paper import Paper
from digestbot.errors import SourceError
from digestbot.figures.folder import FigureFolder
from digestbot.store.builds import BuildStore, Usage

_CHECKED_SHARE = 2
"""For how many papers that a model is asked about one more is on its way: its answer is checked and saved meanwhile."""
_WITHDRAWN_SUMMARY = Summary(basis=ABSTRACT, writer=EXTRACT_WRITER)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EntryResult:
    """The result for one paper; ``from_draft`` if an earlier run wrote its summary."""

    entry: Entry
    usage: Usage = field(default_factory=Usage)
    from_draft: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The result of a build for a topic and date; there is no digest if nothing is new."""

    spec: BuildSpec
    day: date
    selection: Selection
    entries: tuple[EntryResult, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> Digest | None:
        """The digest."""
        shown = tuple(result.entry for result in self.entries)
        return Digest(self.spec.topic.title, self.day, shown) if shown else None

    @property
    def usage(self) -> Usage:
        """The total model usage."""
        return sum((entry.usage for entry in self.entries), Usage())


BuildProgress = Callable[[int, int, str], None]
"""Called with the number of papers done, their total, and the title of the last one."""


class DigestBuilder:
    """Builds digests."""

    def __init__(
        self,
        builds: BuildStore,
        clock: Clock,
        *,
        collector: Collector,
        reader: PaperReader,
        writer: SummaryWriter,
        figures: FigureFolder,
        limits: BudgetLimits,
        concurrency: int = 8,
        full_text: bool = True,
        oai: OaiClient | None = None,
        share_all_figures: bool = False,
    ) -> None:
        self._builds, self._clock = builds, clock
        self._collector, self._reader, self._writer, self._figures = collector, reader, writer, figures
        self._limits, self._full_text = limits, full_text
        self._oai, self._share_all_figures = oai, share_all_figures
        self._write_slots = asyncio.Semaphore(concurrency + concurrency // _CHECKED_SHARE)
        self._paper_slots = asyncio.Semaphore(2 * concurrency)

    async def try_collect(self, spec: BuildSpec, day: date, now: datetime) -> CollectResult:
        """Find and select the papers for a digest, and remember nothing of it.

        Raises :class:`~digestbot.errors.SourceError`.
        """
        return await self._collector.collect(spec, day, now, is_trial=True)

    async def build(
        self, spec: BuildSpec, day: date, now: datetime, progress: BuildProgress, *, is_patient: bool = False
    ) -> BuildResult:
        """Build a topic's digest for a date, reusing drafts from earlier runs.

        Raises :class:`~digestbot.errors.SourceError` if no source could be searched, or if arXiv does not answer and
        ``is_patient``, and :class:`~digestbot.errors.StoreError`; drafts finished by then are kept.
        """
        collected = await self._collector.collect(spec, day, now, is_patient=is_patient)
        selected = collected.selection.selected
        budget = Budget(self._builds, self._limits, self._clock.now().date())
        done = 0

        async def one(chosen: Selected) -> EntryResult:
            nonlocal done
            async with self._paper_slots:
                made = await self._build_entry(chosen, spec, budget)
            done += 1
            progress(done, len(selected), made.entry.paper.title)
            return made

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(chosen)) for chosen in selected]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return BuildResult(spec, day, collected.selection, tuple(task.result() for task in tasks), collected.problems)

    async def read_paper(self, selected: Selected) -> FullText:
        """Read a paper's text."""
        return await self._reader.read_paper(selected.candidate.paper)

    async def _build_entry(self, selected: Selected, spec: BuildSpec, budget: Budget) -> EntryResult:
        paper = selected.candidate.paper
        if paper.is_withdrawn:  # nobody has it summarised: its comment says all
            return EntryResult(Entry(paper, _WITHDRAWN_SUMMARY, is_updated=selected.is_update))
        key = build_draft_key(paper, spec.language, self._writer.models, full_text=self._full_text)
        if stored := await self._builds.get_draft(key):
            draft = Draft.from_json(stored)
            return EntryResult(_build_entry(selected, draft), from_draft=True)
        text = await self._reader.read_paper(paper)
        licence = paper.licence or text.licence or await self._find_licence(paper)
        async with self._write_slots:  # until it is saved: a crash then costs only what is in flight
            result = await self._writer.write(paper, text, spec.language, budget)
            draft = Draft(result.summary, await self._choose_figures(text, licence), licence)
            if not (self._writer.models and result.summary.writer == EXTRACT_WRITER):  # a model may succeed next time
                now = self._clock.now()
                await self._builds.save_draft(key, paper.arxiv_id, paper.version, draft.to_json(), now)
        return EntryResult(_build_entry(selected, draft), result.usage, problem=result.problem)

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


def _build_entry(selected: Selected, draft: Draft) -> Entry:
    paper = selected.candidate.paper
    licensed = replace(paper, licence=paper.licence or draft.licence)
    return Entry(licensed, draft.summary, draft.figures, selected.is_update)
