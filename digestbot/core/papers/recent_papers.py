"""The papers of the last week, kept in memory so that an expression is tried on them while somebody waits."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from digestbot.core.clock import Clock
from digestbot.domain.arxiv.announcement import FOLLOWED_KINDS, MAX_FOLLOWED_PAPERS, AnnouncedPaper
from digestbot.domain.calendar import find_today
from digestbot.store.announcements.recent_announcements import RecentAnnouncementStore

if TYPE_CHECKING:
    from digestbot.domain.queries import PaperMatcher, Query, Term

PREVIEW_DAYS = 7
"""Days that a preview looks back."""
MAX_RECENT_PAPERS = 15_000
"""Papers that are kept at most, those of the newest days: arXiv's busiest weeks have about 12,000."""


@dataclass(frozen=True, slots=True)
class _Day:
    """The papers of a day, which had so many when they were read."""

    day: date
    matcher: PaperMatcher
    count: int


class RecentPapers:
    """The papers that were announced on the last days, the newest first, each once."""

    def __init__(self, days: Sequence[_Day]) -> None:
        self._days = days
        self._matchers = [day.matcher for day in days]
        self._offsets = [0, *accumulate(len(matcher.papers) for matcher in self._matchers)]
        self.papers: tuple[AnnouncedPaper, ...] = tuple(one for day in self._matchers for one in day.papers)
        self.day_count = len(days)
        first_places: dict[str, int] = {}
        for place, one in enumerate(self.papers):
            first_places.setdefault(one.paper.arxiv_id, place)
        kept = set(first_places.values())
        self._repeated = {place for place in range(len(self.papers)) if place not in kept}

    def find(self, query: Query) -> list[int]:
        """The places of the papers that match, in order."""
        pairs = zip(self._matchers, self._offsets, strict=False)
        found = [offset + place for matcher, offset in pairs for place in matcher.find(query)]
        return [place for place in found if place not in self._repeated] if self._repeated else found

    def get_day(self, place: int) -> date:
        """The day on which a paper was announced."""
        return self._days[bisect_right(self._offsets, place) - 1].day

    def count(self, query: Query) -> int:
        """How many papers match."""
        if self._repeated:
            return len(self.find(query))
        return sum(matcher.count(query) for matcher in self._matchers)

    def find_newest_day(self, query: Query) -> date | None:
        """The newest day on which a paper matches."""
        return next((day.day for day in self._days if day.matcher.count(query)), None)

    def list_day(self, query: Query, on: date) -> list[AnnouncedPaper]:
        """The papers of a day that match, in the order of a digest: new ones first, and the most telling of them."""
        from digestbot.domain.queries import PaperMatcher  # noqa: PLC0415  # late: most answers need none

        days = (day for day in self._days if day.day == on)
        found = (day.matcher.papers[place] for day in days for place in day.matcher.find(query))
        shown = sorted((one for one in found if not one.paper.is_withdrawn), key=lambda one: one.paper.arxiv_id)
        best = [shown[place] for place in PaperMatcher(shown).find_best_first(query)]
        return sorted(best, key=lambda one: FOLLOWED_KINDS.index(one.kind))[:MAX_FOLLOWED_PAPERS]

    def count_names(self, term: Term) -> int:
        """How many different authors a term of an author means on the day that has most of them."""
        return max((matcher.count_names(term) for matcher in self._matchers), default=0)


class RecentPaperCache:
    """Reads the last week's papers when they are first asked for, and then the days that changed."""

    def __init__(self, store: RecentAnnouncementStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._days: dict[date, _Day] = {}
        self._papers = RecentPapers(())

    async def get(self) -> RecentPapers:
        """The papers of the last seven days."""
        async with self._lock:  # who asks meanwhile waits for the same papers
            counts = await self._store.count_papers(find_today(self._clock.now()) - timedelta(days=PREVIEW_DAYS))
            counts = _choose_newest(counts)
            if {day: known.count for day, known in self._days.items()} != counts:
                self._days = {day: await self._get_day(day, count) for day, count in counts.items()}
                self._papers = RecentPapers([self._days[day] for day in sorted(counts, reverse=True)])
            return self._papers

    async def _get_day(self, day: date, count: int) -> _Day:
        known = self._days.get(day)
        if known and known.count == count:
            return known
        papers = await self._store.list_papers(day, MAX_RECENT_PAPERS)
        return _Day(day, await asyncio.to_thread(_build_matcher, papers), count)


def _build_matcher(papers: Sequence[AnnouncedPaper]) -> PaperMatcher:
    """The matcher of a day, which has read the authors and venues too: that takes as long as some hundred words."""
    from digestbot.domain.queries import PaperMatcher, parse_query  # noqa: PLC0415  # late: most answers need none

    matcher = PaperMatcher(papers)
    for line in ("venue:NeurIPS", "author:Wang"):
        matcher.count(parse_query(line))
    return matcher


def _choose_newest(counts: Mapping[date, int]) -> dict[date, int]:
    """The newest days that have no more papers together than are kept, the newest one in any case."""
    days = sorted(counts, reverse=True)
    totals = accumulate(counts[day] for day in days)
    return {
        day: counts[day]
        for day, total in zip(days, totals, strict=True)
        if total <= MAX_RECENT_PAPERS or day == days[0]
    }
