"""What one chat follows: topics that it knows alone, and arXiv's categories."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digestbot.core.clock import Clock
from digestbot.core.recent_papers import RecentPaperCache, RecentPapers
from digestbot.domain.announcement import AnnouncedPaper
from digestbot.domain.arxiv_categories import get_category_of
from digestbot.domain.subscription import Subscriber
from digestbot.domain.topic import Topic
from digestbot.store import Store
from digestbot.store.digests import StoredDigest
from digestbot.store.followed_topics import NO_NARROWINGS, Narrowing, choose_narrowing

if TYPE_CHECKING:
    from digestbot.core.suggestions import Suggestion
    from digestbot.domain.queries import Query

MAX_PAPERS_PER_DAY = 50
"""What brings more than that is too wide to be read."""
_SHOWN_PAPERS = 3


@dataclass(frozen=True, slots=True)
class FollowPreview:
    """What an expression would have brought on the last days, and narrower and wider ones.

    ``papers`` are the newest of ``count``; ``day_count`` is on how many days anything was announced, 0 where nothing is
    known yet. ``name_count``: how many authors of different names its author can be, if it has one. ``others``:
    the author and the category that plain words are the name of, too.
    """

    papers: tuple[AnnouncedPaper, ...]
    count: int
    day_count: int
    narrower: tuple[Suggestion, ...] = ()
    wider: tuple[Suggestion, ...] = ()
    name_count: int = 0
    others: tuple[Suggestion, ...] = ()

    @property
    def count_per_day(self) -> float:
        """Papers on a day with announcements."""
        return self.count / max(1, self.day_count)

    @property
    def is_too_wide(self) -> bool:
        """Whether it brings more papers a day than anybody reads."""
        return self.count_per_day > MAX_PAPERS_PER_DAY


def name_topic(topic: Topic, language: str, label: str = "") -> Topic:
    """A topic under the name that a chat gave it, or else, of a category, under its name in the chat's language.

    A follow is found by its expression too, however it is called.
    """
    if not topic.expression:
        return replace(topic, title=label) if label else topic
    category = get_category_of(topic.expression)
    named = category.to_topic(language) if category else topic
    aliases = (topic.expression, *named.aliases)
    return Topic(topic.slug, label or named.title, tuple(dict.fromkeys(aliases)), topic.expression)


class FollowService:
    """Makes the topics that chats follow, and shows beforehand what they would bring."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._recent = RecentPaperCache(store.recent, clock)

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
        recent = await self._recent.get()
        return await asyncio.to_thread(_try_query, text, query, recent)

    async def prepare_previews(self) -> None:
        """Read the last days' papers, so that nobody waits for that."""
        await self._recent.get()

    async def count_found(self, queries: Sequence[Query]) -> list[int]:
        """How many papers each query would have brought on the last seven days."""
        recent = await self._recent.get()
        return await asyncio.to_thread(lambda: [recent.count(query) for query in queries])

    async def find_narrowing(self, subscriber: Subscriber | None, topic: Topic) -> Narrowing:
        """What a chat leaves out of a topic's digests."""
        if subscriber is None:
            return Narrowing()
        found = await self._store.followed.find_narrowings([subscriber.id])
        return choose_narrowing(found.get(subscriber.id, NO_NARROWINGS), topic.slug)

    async def find_categories(self, stored: StoredDigest) -> dict[int, tuple[str, ...]]:
        """The categories of a digest's papers by the papers' ids."""
        return await self._store.followed.find_categories(stored.paper_ids)

    async def get_mutes(self, subscriber_id: int) -> tuple[str, ...]:
        """The expressions of what a chat hides everywhere."""
        return await self._store.followed.get_mutes(subscriber_id)

    async def set_mutes(self, subscriber_id: int, mutes: Sequence[str]) -> None:
        """Set what a chat hides everywhere."""
        await self._store.followed.set_mutes(subscriber_id, mutes)

    async def rename(self, subscriber_id: int, topic: Topic, label: str) -> None:
        """Set what a chat calls a topic; an empty ``label`` is the topic's own title."""
        await self._store.followed.rename(subscriber_id, topic.slug, label)

    async def set_filter(self, subscriber_id: int, topic: Topic, expression: str) -> None:
        """Set what a topic's papers have to match too; with an empty ``expression`` all of them come."""
        await self._store.followed.set_filter(subscriber_id, topic.slug, expression)


def _try_query(text: str, query: Query, recent: RecentPapers) -> FollowPreview:
    from digestbot.core.suggestions import suggest_narrower, suggest_others, suggest_wider  # noqa: PLC0415  # late
    from digestbot.domain.queries import Field  # noqa: PLC0415

    found = recent.find(query)
    authors = [term for term in query.terms if term.field is Field.AUTHOR]
    return FollowPreview(
        tuple(recent.papers[place] for place in found[:_SHOWN_PAPERS]),
        len(found),
        recent.day_count,
        tuple(suggest_narrower(text, query, recent, found)) if found else (),
        tuple(suggest_wider(query, recent, found)),
        max(map(recent.count_names, authors), default=0),
        tuple(suggest_others(text, query, recent)),
    )
