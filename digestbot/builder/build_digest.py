"""The build pipeline: find, select, read and summarize papers, and assemble a digest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from digestbot.builder.entry_builder import EntryBuilder, EntryResult
from digestbot.builder.models.budget import Budget, BudgetLimits
from digestbot.builder.selection import Selected, Selection
from digestbot.builder.sources.collector import Collector, CollectResult
from digestbot.builder.texts.full_text import FullText
from digestbot.core.ports import Clock
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.digest import Digest
from digestbot.store.digests.builds import BuildStore, Usage


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
        entries: EntryBuilder,
        limits: BudgetLimits,
    ) -> None:
        self._builds, self._clock = builds, clock
        self._collector, self._entries, self._limits = collector, entries, limits

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
            paper = chosen.candidate.paper
            made = await self._entries.build_entry(paper, spec.language, budget, is_updated=chosen.is_update)
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
        return await self._entries.read_paper(selected.candidate.paper)
