"""The whole way: find, choose, read, summarise, and put a digest together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from digestbot.builder.budget import Budget, Caps
from digestbot.builder.choose import Choice, Chosen
from digestbot.builder.collect import Collected, Collector
from digestbot.builder.draft import Draft, draft_key
from digestbot.builder.extract import extract
from digestbot.builder.figures import FigureFolder
from digestbot.builder.fulltext import FullText
from digestbot.builder.outcome import Outcome
from digestbot.builder.reading import Reader
from digestbot.core.ports import Clock
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.digest import EXTRACT_WRITER, Digest, Entry
from digestbot.domain.paper import Paper
from digestbot.store.builds import BuildStore, Usage


class Writer(Protocol):
    """Writes summaries. ``models`` are the names of those that may."""

    @property
    def models(self) -> Sequence[str]:
        """In the order in which they are asked; none where none is."""

    async def write(self, paper: Paper, text: FullText, language: str, budget: Budget) -> Outcome:
        """A paper's summary; there always is one."""

    async def close(self) -> None:
        """Close the connections."""


class NoModel:
    """The writer without a model: the abstract's first sentences."""

    models: Sequence[str] = ()

    async def write(self, paper: Paper, text: FullText, language: str, budget: Budget) -> Outcome:  # noqa: ARG002
        """The beginning of the abstract."""
        return Outcome(extract(paper, text.basis))

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one paper: ``kept`` tells that it was made in an earlier run."""

    entry: Entry
    spent: Usage = field(default_factory=Usage)
    kept: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """A topic's digest of a date, as it was made; no digest where nothing is new."""

    brief: BuildSpec
    day: date
    choice: Choice
    made: tuple[Made, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def digest(self) -> Digest | None:
        """The digest."""
        entries = tuple(made.entry for made in self.made)
        return Digest(self.brief.topic.title, self.day, entries) if entries else None

    @property
    def spent(self) -> Usage:
        """What it cost."""
        return sum((made.spent for made in self.made), Usage())


Progress = Callable[[int, int, str], None]
"""Told of how many papers of how many are done, and the title of the last."""


class Builder:
    """Makes digests."""

    def __init__(
        self,
        builds: BuildStore,
        clock: Clock,
        *,
        collector: Collector,
        reader: Reader,
        writer: Writer,
        figures: FigureFolder,
        caps: Caps,
        concurrency: int = 8,
        full_text: bool = True,
    ) -> None:
        self._builds, self._clock = builds, clock
        self._collector, self._reader, self._writer, self._figures = collector, reader, writer, figures
        self._caps, self._full_text = caps, full_text
        self._writing = asyncio.Semaphore(concurrency)
        self._open = asyncio.Semaphore(2 * concurrency)

    async def collect(self, brief: BuildSpec, day: date, now: datetime) -> Collected:
        """What a digest would be made of. Raises :class:`~digestbot.errors.SourceError`."""
        return await self._collector.collect(brief, day, now)

    async def build(self, brief: BuildSpec, day: date, now: datetime, progress: Progress) -> Built:
        """Make a topic's digest of a date; what an earlier run made of it is taken from there.

        Raises :class:`~digestbot.errors.SourceError` where nothing could be looked for, and
        :class:`~digestbot.errors.StoreError`; what is finished by then is kept.
        """
        collected = await self.collect(brief, day, now)
        taken = collected.choice.taken
        budget = Budget(self._builds, self._caps, self._clock.now().date())
        done = 0

        async def one(chosen: Chosen) -> Made:
            nonlocal done
            async with self._open:
                made = await self._make(chosen, brief, budget)
            done += 1
            progress(done, len(taken), made.entry.paper.title)
            return made

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(chosen)) for chosen in taken]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return Built(brief, day, collected.choice, tuple(task.result() for task in tasks), collected.troubles)

    async def read(self, chosen: Chosen) -> FullText:
        """A paper's text."""
        return await self._reader.read(chosen.found.paper)

    async def _make(self, chosen: Chosen, brief: BuildSpec, budget: Budget) -> Made:
        paper = chosen.found.paper
        key = draft_key(paper, brief.language, self._writer.models, full_text=self._full_text)
        if kept := await self._builds.get_draft(key):
            draft = Draft.of_json(kept)
            return Made(Entry(paper, draft.summary, draft.figures, chosen.updated), kept=True)
        text = await self._reader.read(paper)
        async with self._writing:  # until it is kept: what a kill may cost is then what was on its way
            outcome = await self._writer.write(paper, text, brief.language, budget)
            figures = text.figures or await asyncio.to_thread(self._figures.keep, text.pictures)
            draft = Draft(outcome.summary, figures)
            if not (
                self._writer.models and outcome.summary.writer == EXTRACT_WRITER
            ):  # a model may do better next time
                now = self._clock.now()
                await self._builds.save_draft(key, paper.arxiv_id, paper.version, draft.as_json(), now)
        return Made(Entry(paper, draft.summary, figures, chosen.updated), outcome.spent, trouble=outcome.trouble)
