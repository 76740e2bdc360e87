"""What one chat follows: topics that it knows alone, and arXiv's categories."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from digestbot.cards.text import to_one_line
from digestbot.core.clock import Clock
from digestbot.core.topic_names import name_topic
from digestbot.domain.arxiv.categories import get_category_of
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Subscriber
from digestbot.domain.topic import Topic
from digestbot.store import Store
from digestbot.store.digests.digests import StoredDigest

if TYPE_CHECKING:
    from digestbot.core.follows.follow_previews import FollowPreview
    from digestbot.core.papers.recent_papers import RecentPaperCache, RecentPapers
    from digestbot.domain.queries import Query
    from digestbot.store.announcements.followed_topics import Narrowing

_MAX_LABEL = 100


class FollowService:
    """Makes the topics that chats follow, and shows beforehand what they would bring."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @cached_property
    def _recent_papers(self) -> RecentPaperCache:
        from digestbot.core.papers.recent_papers import RecentPaperCache  # noqa: PLC0415  # late: few answers try anything

        return RecentPaperCache(self._store.recent_announcements, self._clock)

    async def get_or_create_topic(self, topic: Topic, language: str) -> Topic:
        """The stored topic of a follow or a category, as a chat of that language knows it."""
        return name_topic(await self.restore_topic(topic.expression, topic.title), language)

    async def restore_topic(self, expression: str, title: str = "") -> Topic:
        """The stored topic of a normalised expression; that of a category has its code as slug."""
        category = get_category_of(expression)
        names = (category.format_title("en"), category.slug) if category else (title, "")
        return await self._store.follows.get_or_create(expression, *names)

    async def prune(self) -> None:
        """Delete the follows that nobody has any more."""
        await self._store.follows.prune(self._clock.now())

    async def preview(self, text: str, query: Query) -> FollowPreview:
        """What a query, typed as ``text``, would have brought on the last seven days."""
        from digestbot.core.follows.follow_previews import try_query  # noqa: PLC0415  # late: few answers need it

        recent = await self._recent_papers.get()
        return await asyncio.to_thread(try_query, text, query, recent)

    async def prepare_previews(self) -> None:
        """Read the last days' papers, so that nobody waits for that."""
        await self._recent_papers.get()

    async def find_newest_days(self, topics: Sequence[Topic]) -> dict[str, date]:
        """The newest of the last seven days on which something matches each follow, by the topics' slugs."""
        recent = await self._recent_papers.get()
        return await asyncio.to_thread(_find_newest_days, topics, recent)

    async def build_digest(self, topic: Topic, day: date | None = None) -> StoredDigest | None:
        """What a follow would have brought on a day, or else on the newest of the last seven that brings anything.

        It is made of the announcements and stored nowhere; ``None`` where nothing matches.
        """
        if not topic.expression:
            return None
        recent = await self._recent_papers.get()
        found_on, papers = await asyncio.to_thread(_list_day, topic, day, recent)
        ids = await self._store.recent_announcements.find_ids([paper.arxiv_id for paper in papers]) if papers else {}
        if found_on is None or not ids:
            return None
        entries = await self._build_entries(papers, ids)
        return StoredDigest(0, topic, Digest(topic.title, found_on, tuple(entries.values())), tuple(entries))

    async def build_recent_digests(self, subscriber_id: int, expressions: Iterable[str]) -> None:
        """Write the digests of the last seven days for what a chat just began to follow, as their matching would have.

        So what a chat gets and sees does not depend on who else follows the same, and since when: where others do,
        the digests are there. Days that are not all there yet are matched when they are.
        """
        lone = await self._store.follow_digests.list_lone_topics(subscriber_id, sorted(set(expressions)))
        queries = {id_: query for id_, expression in lone.items() if (query := _read_query(expression))}
        if not queries:
            return
        from digestbot.core.follows.follow_days import find_shown_date  # noqa: PLC0415  # late: few answers need it
        from digestbot.domain.arxiv.announcement import DayState  # noqa: PLC0415

        recent, now = await self._recent_papers.get(), self._clock.now()
        days = await self._store.announcements.list_days(find_shown_date(now))
        for day in sorted(one.day for one in days if one.state is DayState.COMPLETE):
            await self._build_day(day, queries, recent)

    async def _build_day(self, day: date, queries: Mapping[int, Query], recent: RecentPapers) -> None:
        """Write the digests of a day for the follows with these ids, without what they had before."""
        from digestbot.store.digests.follow_digests import FoundPapers  # noqa: PLC0415  # late: few answers need it

        listed = await asyncio.to_thread(_list_for_all, queries, day, recent)
        papers = {paper.arxiv_id: paper for own in listed.values() for paper in own}
        ids = await self._store.recent_announcements.find_ids(list(papers)) if papers else {}
        if not ids:
            return
        received = await self._store.follow_digests.list_received(sorted(ids.values()), day)
        entries = await self._build_entries(list(papers.values()), ids)
        found = [
            FoundPapers(id_, tuple(one for paper in own if (one := ids.get(paper.arxiv_id)) and one not in had))
            for id_, own in listed.items()
            for had in (received.get(id_, ()),)
        ]
        await self._store.follow_digests.save(day, found, entries, self._clock.now())

    async def _build_entries(self, papers: Sequence[Paper], ids: Mapping[str, int]) -> dict[int, Entry]:
        """The entries of papers by their ids, of those that are still there, with the summaries that there are."""
        known = [paper for paper in papers if paper.arxiv_id in ids]
        summarised = await self._store.follow_digests.list_summarised(sorted(ids.values())) if known else {}
        pairs = [(paper, summarised.get(ids[paper.arxiv_id])) for paper in known]
        entries = await asyncio.to_thread(lambda: [_build_entry(*pair) for pair in pairs])
        return {ids[paper.arxiv_id]: entry for paper, entry in zip(known, entries, strict=True)}

    async def count_per_day(self, topic: Topic) -> float | None:
        """How many papers a follow brings on a day with announcements; ``None`` where nothing is known yet."""
        recent = await self._recent_papers.get()
        query = _parse_expression(topic)
        if query is None or not recent.day_count:
            return None
        return await asyncio.to_thread(recent.count, query) / recent.day_count

    async def count_found(self, queries: Sequence[Query]) -> list[int]:
        """How many papers each query would have brought on the last seven days."""
        recent = await self._recent_papers.get()
        return await asyncio.to_thread(lambda: [recent.count(query) for query in queries])

    async def count_days(self) -> int:
        """On how many of the last seven days anything was announced; 0 where nothing is known yet."""
        return (await self._recent_papers.get()).day_count

    async def find_narrowing(self, subscriber: Subscriber | None, topic: Topic) -> Narrowing:
        """What a chat leaves out of a topic's digests."""
        from digestbot.store.announcements.followed_topics import NO_NARROWINGS, Narrowing, choose_narrowing  # noqa: PLC0415  # late

        if subscriber is None:
            return Narrowing()
        found = await self._store.followed_topics.find_narrowings([subscriber.id])
        return choose_narrowing(found.get(subscriber.id, NO_NARROWINGS), topic.slug)

    async def find_categories(self, stored: StoredDigest) -> dict[int, tuple[str, ...]]:
        """The categories of a digest's papers by the papers' ids."""
        return await self._store.followed_topics.find_categories(stored.paper_ids)

    async def get_mutes(self, subscriber_id: int) -> tuple[str, ...]:
        """The expressions of what a chat hides everywhere."""
        return await self._store.followed_topics.get_mutes(subscriber_id)

    async def set_mutes(self, subscriber_id: int, mutes: Sequence[str]) -> None:
        """Set what a chat hides everywhere."""
        await self._store.followed_topics.set_mutes(subscriber_id, mutes)

    async def rename(self, subscriber_id: int, topic: Topic, label: str) -> None:
        """Set what a chat calls a topic, as one line; an empty ``label`` is the topic's own title."""
        printable = to_one_line(label.encode("utf-8", "ignore").decode())  # half a character can be typed
        await self._store.followed_topics.rename(subscriber_id, topic.slug, printable[:_MAX_LABEL])

    async def set_filter(self, subscriber_id: int, topic: Topic, expression: str) -> None:
        """Set what a topic's papers have to match too; with an empty ``expression`` all of them come."""
        await self._store.followed_topics.set_filter(subscriber_id, topic.slug, expression)


def _parse_expression(topic: Topic) -> Query | None:
    """What a follow looks for; ``None`` for what is no follow, or cannot be read any more."""
    from digestbot.domain.queries import read_stored  # noqa: PLC0415  # late: few answers need it

    return read_stored(topic.expression) if topic.expression else None


def _read_query(expression: str) -> Query | None:
    from digestbot.domain.queries import read_stored  # noqa: PLC0415  # late: few answers need it

    return read_stored(expression)


def _list_for_all(queries: Mapping[int, Query], day: date, recent: RecentPapers) -> dict[int, list[Paper]]:
    """The papers of a day that match each query."""
    return {id_: [one.paper for one in recent.list_day(query, day)] for id_, query in queries.items()}


def _find_newest_days(topics: Sequence[Topic], recent: RecentPapers) -> dict[str, date]:
    pairs = ((topic.slug, _parse_expression(topic)) for topic in topics)
    found = ((slug, recent.find_newest_day(query)) for slug, query in pairs if query)
    return {slug: day for slug, day in found if day}


def _list_day(topic: Topic, day: date | None, recent: RecentPapers) -> tuple[date | None, list[Paper]]:
    """The day, and the papers of it that match."""
    query = _parse_expression(topic)
    day = day or (recent.find_newest_day(query) if query else None)
    if query is None or day is None:
        return None, []
    return day, [one.paper for one in recent.list_day(query, day)]


def _build_entry(paper: Paper, summarised: Entry | None) -> Entry:
    from digestbot.quality.extracts import extract_summary  # noqa: PLC0415  # late: few answers need it

    return replace(summarised, is_updated=False) if summarised else Entry(paper, extract_summary(paper, "abstract"))
