"""The papers of the last week, kept in memory so that an expression is tried on them while somebody waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digestbot.core.clock import Clock
from digestbot.domain.calendar import find_today
from digestbot.store.recent_announcements import RecentAnnouncementStore, RecentState

if TYPE_CHECKING:
    from digestbot.domain.queries import PaperMatcher

PREVIEW_DAYS = 7
"""Days that a preview looks back."""
MAX_RECENT_PAPERS = 15_000
"""Papers that are kept at most, the newest: arXiv's busiest week has about 12,000 with the cross-lists."""


@dataclass(frozen=True, slots=True)
class RecentPapers:
    """The papers that were announced on the last days, the newest first, and on how many days."""

    matcher: PaperMatcher
    day_count: int
    state: RecentState = field(repr=False)


class RecentPaperCache:
    """Reads the last week's papers when they are first asked for, and again when there are others."""

    def __init__(self, store: RecentAnnouncementStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._papers: RecentPapers | None = None

    async def get(self) -> RecentPapers:
        """The papers of the last seven days."""
        since = find_today(self._clock.now()) - timedelta(days=PREVIEW_DAYS)
        state = await self._store.read_state(since)
        async with self._lock:  # who asks meanwhile waits for the same papers
            if self._papers is None or self._papers.state != state:
                self._papers = None  # before others are read: there is never twice as much
                self._papers = await self._read(since, state)
            return self._papers

    async def _read(self, since: date, state: RecentState) -> RecentPapers:
        from digestbot.domain.queries import PaperMatcher  # noqa: PLC0415  # late: most answers need none

        papers = await self._store.list_papers(since, MAX_RECENT_PAPERS)
        matcher = await asyncio.to_thread(PaperMatcher, papers)
        return RecentPapers(matcher, state.day_count, state)
