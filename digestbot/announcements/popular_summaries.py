"""Has the papers summarised that most chats receive in what they follow: the card is better tomorrow, and nobody waits.

Each of a day's papers is summarised once in each language, those first that most chats receive. A part of the day's
budget is left for the operator's topics, and for what readers ask for.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import structlog

from digestbot.builder.models.budget import BudgetLimits
from digestbot.core.clock import Clock
from digestbot.core.papers.summary_services import NoSummaryError, NoSummaryReason, PaperSummarizer
from digestbot.domain.calendar import find_today
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.announcements.popular_papers import PopularPaper

BUDGET_SHARE = 0.5
"""How much of a day's budget may be used up before no more papers are summarised unasked."""
_RECENT_DAYS = timedelta(days=3)
_RETRY_AFTER = timedelta(hours=3)
_POLL_SECONDS = 60.0
_MAX_REMEMBERED = 5_000
_log = structlog.get_logger(__name__)


class PopularSummaries:
    """Has the papers of the newest day summarised that most chats receive, at most so many.

    ``budget`` is what all models together may use a day.
    """

    def __init__(
        self, store: Store, clock: Clock, summarizer: PaperSummarizer, *, budget: BudgetLimits, limit: int
    ) -> None:
        self._store, self._clock, self._summarizer = store, clock, summarizer
        self._budget, self._limit = budget, limit
        self._not_before: dict[tuple[int, str], datetime] = {}
        self._used_up_on: date | None = None

    async def run(self, poll_seconds: float = _POLL_SECONDS) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.summarise_due()
            except StoreError as error:
                _log.error("popular_papers_not_summarized", reason=str(error), again_in_seconds=poll_seconds)
            except Exception:  # noqa: BLE001  # ours: it must stop nothing else
                _log.exception("popular_papers_not_summarized", again_in_seconds=poll_seconds)
            await asyncio.sleep(poll_seconds)

    async def summarise_due(self) -> int:
        """Have what is not summarised yet summarised, as far as the budget reaches; the number of papers.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        now, count = self._clock.now(), 0
        days = await self._store.announcements.list_days(find_today(now) - _RECENT_DAYS)
        newest = next((one.day for one in days if one.matched_at and one.completed_at), None)
        popular = await self._store.popular_papers.list_for_day(newest, self._limit) if newest else []
        for one in popular:
            if one.is_summarised or now < self._not_before.get((one.paper_id, one.language), now):
                continue
            if not await self._has_room():
                break
            count += await self._summarise(one)
        if count:
            _log.info("popular_papers_summarized", papers=count, day=str(newest))
        return count

    async def _has_room(self) -> bool:
        """Whether enough of the day's budget is left."""
        today = self._clock.now().date()
        if self._used_up_on == today:
            return False
        used = await self._store.builds.get_usage(today)
        share = BUDGET_SHARE
        return used.tokens < share * self._budget.tokens and used.dollars < share * self._budget.dollars

    async def _summarise(self, one: PopularPaper) -> bool:
        """Have a paper summarised; whether it is. What cannot be is tried again after a while."""
        try:
            await self._summarizer.summarize_paper(one.paper_id, one.paper, one.language)
        except NoSummaryError as error:
            _log.info("popular_paper_not_summarized", paper=one.paper.arxiv_id, reason=str(error))
            if error.reason is NoSummaryReason.BUDGET:  # until tomorrow, papers would be read for nothing
                self._used_up_on = self._clock.now().date()
            if len(self._not_before) >= _MAX_REMEMBERED:
                self._not_before.clear()
            self._not_before[one.paper_id, one.language] = self._clock.now() + _RETRY_AFTER
            return False
        return True
