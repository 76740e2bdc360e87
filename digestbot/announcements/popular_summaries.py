"""Has the papers summarised that most chats receive in what they follow: the card is better tomorrow, and nobody waits.

Each of a day's papers is summarised once in each language, those first that most chats receive. A part of the day's
budget is left for the operator's topics, and for what readers ask for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from digestbot.builder.budget import Budget
from digestbot.core.clock import Clock
from digestbot.domain.calendar import find_today
from digestbot.domain.digest import EXTRACT_WRITER, Entry
from digestbot.domain.paper import Paper
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.popular_papers import PopularPaper

BUDGET_SHARE = 0.5
"""How much of a day's budget may be used up before no more papers are summarised unasked."""
_RECENT_DAYS = timedelta(days=3)
_RETRY_AFTER = timedelta(hours=3)
_POLL_SECONDS = 60.0
_MAX_REMEMBERED = 5_000
_log = structlog.get_logger(__name__)


class WrittenEntry(Protocol):
    """The entry of a paper as a model wrote it, or why none did."""

    @property
    def entry(self) -> Entry:
        """The entry; with an extract of the abstract where no model wrote it."""

    @property
    def is_over_budget(self) -> bool:
        """Whether the day's budget is used up."""


class EntryWriter(Protocol):
    """Has a paper read and summarised."""

    async def build_entry(self, paper: Paper, language: str, budget: Budget) -> WrittenEntry:
        """The entry of a paper. Raises :class:`~digestbot.errors.StoreError`."""


class PopularSummaries:
    """Has the papers of the newest day summarised that most chats receive, at most so many."""

    def __init__(
        self, store: Store, clock: Clock, writer: EntryWriter, open_budget: Callable[[], Budget], *, limit: int
    ) -> None:
        self._store, self._clock = store, clock
        self._writer, self._open_budget, self._limit = writer, open_budget, limit
        self._not_before: dict[tuple[int, str], datetime] = {}
        self._used_up_on: date | None = None

    async def run(self, poll_seconds: float = _POLL_SECONDS) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.summarise_due()
            except StoreError as error:
                _log.error("popular_papers_not_summarised", reason=str(error), again_in_seconds=poll_seconds)
            except Exception:  # noqa: BLE001  # ours: it must stop nothing else
                _log.exception("popular_papers_not_summarised", again_in_seconds=poll_seconds)
            await asyncio.sleep(poll_seconds)

    async def summarise_due(self) -> int:
        """Have what is not summarised yet summarised, as far as the budget reaches; the number of summaries.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        now, count = self._clock.now(), 0
        if self._used_up_on == now.date():  # the paper would be read for nothing
            return 0
        days = await self._store.announcements.list_days(find_today(now) - _RECENT_DAYS)
        newest = next((one.day for one in days if one.matched_at and one.completed_at), None)
        popular = await self._store.popular_papers.list_for_day(newest, self._limit) if newest else []
        budget = self._open_budget()
        for one in popular:
            if one.is_summarised or now < self._not_before.get((one.paper_id, one.language), now):
                continue
            written = await self._writer.build_entry(one.paper, one.language, budget)
            if written.is_over_budget:
                self._used_up_on = now.date()
                break
            count += await self._keep(one, written.entry)
        if count:
            _log.info("popular_papers_summarised", papers=count, day=str(newest))
        return count

    async def _keep(self, one: PopularPaper, entry: Entry) -> bool:
        """Keep a summary; whether it is more than an extract, which is tried again after a while."""
        now = self._clock.now()
        if entry.summary.writer == EXTRACT_WRITER or not entry.summary.headline:
            if len(self._not_before) >= _MAX_REMEMBERED:
                self._not_before.clear()
            self._not_before[one.paper_id, one.language] = now + _RETRY_AFTER
            return False
        await self._store.paper_summaries.save(one.paper_id, one.language, entry, now)
        return True
