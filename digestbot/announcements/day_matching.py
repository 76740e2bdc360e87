"""Matches what arXiv announced on a day with everybody's follows, and writes their digests.

New papers come, and papers that are new to a category (cross-lists), but for those that the same follow had before. New
versions of papers do not: arXiv announces as many of them as of new papers.

A follow gets the days from the one on that was the newest when it began: what is older was announced before anybody
asked for it. A day that the bot missed while it was down comes to all who followed already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import structlog

from digestbot.domain.arxiv.announcement import FOLLOWED_KINDS, MAX_FOLLOWED_PAPERS
from digestbot.domain.arxiv.announcement_calendar import find_due_time, find_next_day
from digestbot.domain.digest import Entry
from digestbot.domain.queries import PaperMatcher, Query, QueryError, parse_stored
from digestbot.quality.extracts import extract_summary
from digestbot.store import Store
from digestbot.store.announcements.announcements import StoredAnnouncement
from digestbot.store.announcements.follows import StoredFollow
from digestbot.store.digests.follow_digests import FoundPapers

_log = structlog.get_logger(__name__)


async def match_day(store: Store, day: date, now: datetime) -> int:
    """Write a digest of a day's papers for each follow that some of them match; the number of digests.

    Whatever interrupts it, the next call goes on where it was; one after the end changes nothing.
    """
    announced = await store.announcements.list_papers(day, FOLLOWED_KINDS)
    matching = await asyncio.to_thread(DayMatching, announced)
    announced_before = await store.announcements.list_announced_before(day)
    received = await store.follow_digests.list_received(sorted(announced_before), day)
    count = 0
    end = find_due_time(find_next_day(day))  # until then, it is the newest day
    async for page in store.follows.iterate():
        follows = [follow for follow in page if follow.began_at < end]
        found = await asyncio.to_thread(matching.find_papers, follows, received)
        count += await store.follow_digests.save(day, found, await _read_entries(store, matching, found), now)
    await store.announcements.mark_matched(day, now)
    await store.follows.prune(now)
    return count


async def _read_entries(store: Store, matching: DayMatching, found: Sequence[FoundPapers]) -> Mapping[int, Entry]:
    """The entry of each paper that was found."""
    unknown = {paper_id for one in found for paper_id in one.paper_ids} - matching.entries.keys()
    if unknown:
        summarised = await store.follow_digests.list_summarised(sorted(unknown))
        await asyncio.to_thread(matching.add_entries, unknown, summarised)
    return matching.entries


class DayMatching:
    """A day's papers, and the entries of those that were found."""

    def __init__(self, announced: Sequence[StoredAnnouncement]) -> None:
        self._ids = [one.paper_id for one in announced]
        self._kinds = [FOLLOWED_KINDS.index(one.announced.kind) for one in announced]
        self._papers = {one.paper_id: one.announced.paper for one in announced}
        self._matcher = PaperMatcher(one.announced for one in announced)
        self.entries: dict[int, Entry] = {}

    def find_papers(
        self, follows: Sequence[StoredFollow], received: Mapping[int, Collection[int]]
    ) -> list[FoundPapers]:
        """What each follow gets, without what it had before."""
        queries = ((follow.id, _parse_expression(follow.topic.expression)) for follow in follows)
        found = ((id_, self._find_ids(query, received.get(id_, ()))) for id_, query in queries if query)
        return [FoundPapers(id_, paper_ids) for id_, paper_ids in found if paper_ids]

    def _find_ids(self, query: Query, received: Collection[int]) -> tuple[int, ...]:
        places = sorted(self._matcher.find_best_first(query), key=self._kinds.__getitem__)
        ids = (self._ids[place] for place in places)
        return tuple(id_ for id_ in ids if id_ not in received)[:MAX_FOLLOWED_PAPERS]

    def add_entries(self, paper_ids: Collection[int], summarised: Mapping[int, Entry]) -> None:
        """Make the entries of papers, with the summaries that are stored, or else with extracts."""
        for paper_id in paper_ids:
            stored, paper = summarised.get(paper_id), self._papers[paper_id]
            entry = replace(stored, is_updated=False) if stored else Entry(paper, extract_summary(paper, "abstract"))
            self.entries[paper_id] = entry


def _parse_expression(expression: str) -> Query | None:
    try:
        return parse_stored(expression)
    except QueryError as error:
        _log.error("follow_unreadable", problem=error.key)  # not the expression: nobody is to know who follows what
        return None
