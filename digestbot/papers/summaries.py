"""Summaries of single papers on request: each is made once, however many ask, in however many processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from digestbot.builder.workshop import Workshop
from digestbot.core.papers.summary_services import NoSummaryError, NoSummaryReason, RequestedSummary
from digestbot.core.ports import Clock
from digestbot.domain.digest import EXTRACT_WRITER, Entry
from digestbot.domain.paper import Paper
from digestbot.domain.papers.summary_stage import StageListener, SummaryStage, ignore_stage
from digestbot.errors import SourceError, StoreError
from digestbot.papers.no_summary_reasons import find_reason
from digestbot.store import Store
from digestbot.store.papers.paper_summaries import StoredSummary

LEASE_SECONDS = 30.0
"""For how long a process that is killed keeps others from summarising its paper."""
LEASE_PREFIX = "summary "
_RENEWALS = 3
_POLL_SECONDS = 1.0
"""How often it is looked whether another process is done."""
_Key = tuple[int, int, str]
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Job:
    """A paper that is being summarised, and who waits for it."""

    task: asyncio.Task[RequestedSummary] | None = None
    stage: SummaryStage | None = None
    listeners: list[StageListener] = field(default_factory=list)

    def tell(self, stage: SummaryStage) -> None:
        """Tell all who wait that a stage begins."""
        self.stage = stage
        for listener in list(self.listeners):
            listener(stage)


class PaperSummaryService:
    """Has papers summarised, free of chats and quotas. ``holder`` names the process in leases.

    Who asks while a paper is being read waits for the same work. Other processes find its lease in the database, and
    wait until the summary is there or the lease is free: a killed process keeps it for :data:`LEASE_SECONDS`. What is
    half done is stored nowhere, but for what the model's answers cost.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        open_workshop: Callable[[], Awaitable[Workshop]],
        holder: str,
        *,
        poll_seconds: float = _POLL_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._store, self._clock = store, clock
        self._open_workshop, self._holder = open_workshop, holder
        self._poll_seconds, self._lease_seconds = poll_seconds, lease_seconds
        self._jobs: dict[_Key, _Job] = {}

    def is_summarizing(self, paper_id: int, version: int, language: str) -> bool:
        """Whether this process is at it."""
        return (paper_id, version, language) in self._jobs

    async def summarize_paper(
        self, paper_id: int, paper: Paper, language: str, on_stage: StageListener = ignore_stage
    ) -> RequestedSummary:
        """The summary of a paper, kept for everyone from then on; see :class:`PaperSummarizer`.

        Who stops waiting does not stop the work: it is paid for, and others may ask next.
        """
        _check_paper(paper)
        key = (paper_id, paper.version, language)
        job = self._jobs.get(key)
        is_first = job is None
        if job is None:
            job = self._jobs[key] = _Job()
            job.task = asyncio.create_task(self._run_job(job, key, paper))
            job.task.add_done_callback(lambda task: self._end_job(key, task))
        assert job.task is not None, "it was just begun, or before"  # noqa: S101  # for the type checker
        job.listeners.append(on_stage)
        if job.stage:
            on_stage(job.stage)
        try:
            done = await asyncio.shield(job.task)
        except NoSummaryError as error:
            is_billed = error.is_billed and is_first
            raise NoSummaryError(error.reason, error.details, is_billed=is_billed) from None
        finally:
            job.listeners.remove(on_stage)
        return RequestedSummary(done.entry, done.is_new and is_first)

    async def close(self) -> None:
        """Stop all work."""
        tasks = [job.task for job in self._jobs.values() if job.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end_job(self, key: _Key, task: asyncio.Task[RequestedSummary]) -> None:
        del self._jobs[key]
        if not task.cancelled():
            task.exception()  # whoever waits hears of it, if anybody still does

    async def _run_job(self, job: _Job, key: _Key, paper: Paper) -> RequestedSummary:
        if stored := await self._store.paper_summaries.find(*key):
            return RequestedSummary(_put(paper, stored), is_new=False)
        name = f"{LEASE_PREFIX}{paper.identifier} {key[2]}"
        while not await self._store.leases.acquire(name, self._holder, "", self._lease_seconds):
            await asyncio.sleep(self._poll_seconds)
            if stored := await self._store.paper_summaries.find(*key):
                return RequestedSummary(_put(paper, stored), is_new=False)
        renewal = asyncio.create_task(self._keep_lease(name))
        try:
            return await self._make_summary(job, key, paper)
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
            with suppress(StoreError):  # it ends by itself
                await self._store.leases.release(name, self._holder)

    async def _keep_lease(self, name: str) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / _RENEWALS)
            with suppress(StoreError):  # at worst another process does the same
                await self._store.leases.acquire(name, self._holder, "", self._lease_seconds)

    async def _make_summary(self, job: _Job, key: _Key, paper: Paper) -> RequestedSummary:
        paper_id, _, language = key
        if stored := await self._store.paper_summaries.find(*key):  # made while the lease was waited for
            return RequestedSummary(_put(paper, stored), is_new=False)
        work = f"summary {paper.identifier} {language}"
        if await self._store.failed_works.has_failed(work, self._clock.now()):
            raise NoSummaryError(NoSummaryReason.TRIED)
        workshop = await self._open_workshop()
        budget = workshop.open_budget()
        try:
            result = await workshop.entries.build_entry(paper, language, budget, needs_text=True, on_stage=job.tell)
        except SourceError as error:
            raise NoSummaryError(NoSummaryReason.SOURCE, str(error)) from None
        if result.entry.summary.writer == EXTRACT_WRITER:
            _log.warning("paper_not_summarized", paper=str(paper.identifier), reason=result.problem)
            if result.usage.calls:
                await self._store.failed_works.note(work, self._clock.now())
            raise NoSummaryError(find_reason(result), result.problem, is_billed=bool(result.usage.calls))
        await self._store.paper_summaries.save(paper_id, language, result.entry, self._clock.now())
        usage = result.usage
        _log.info("paper_summarized", paper=str(paper.identifier), calls=usage.calls, tokens=usage.tokens)
        return RequestedSummary(result.entry, is_new=not result.from_draft)


def _check_paper(paper: Paper) -> None:
    """Raise :class:`NoSummaryError` for a paper that nobody is to summarise."""
    if paper.is_withdrawn:
        raise NoSummaryError(NoSummaryReason.WITHDRAWN)
    if paper.identifier.is_doi and not paper.abstract:
        raise NoSummaryError(NoSummaryReason.TEXT)


def _put(paper: Paper, stored: StoredSummary) -> Entry:
    return Entry(paper, stored.summary, stored.figures)
