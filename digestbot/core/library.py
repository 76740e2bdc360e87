"""Load the latest digest, look up papers, search, and keep some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digestbot.core.ports import Clock
from digestbot.domain.subscription import Subscriber
from digestbot.domain.topic import Topic, TopicMatch, find_topic
from digestbot.store import Store
from digestbot.store.digests import StoredDigest, StoredEntry


@dataclass(frozen=True, slots=True)
class Shelf:
    """A topic with its newest date and how many digests it has."""

    topic: Topic
    newest: date | None
    digests: int


@dataclass(frozen=True, slots=True)
class Results:
    """One page of papers found; ``total`` is counted up to 1,000."""

    entries: tuple[StoredEntry, ...]
    total: int


class Library:
    """All digests that were loaded."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def shelves(self) -> list[Shelf]:
        """Every topic."""
        return [Shelf(topic, newest, number) for topic, newest, number in await self._store.digests.topics()]

    async def topic(self, name: str) -> TopicMatch:
        """The topic that a name means, or the likely ones."""
        return find_topic(name, [shelf.topic for shelf in await self.shelves()])

    async def latest(self, topic: Topic) -> StoredDigest | None:
        """The topic's newest digest."""
        return await self._store.digests.latest(topic.slug)

    async def on(self, topic: Topic, day: date) -> StoredDigest | None:
        """The topic's digest of a date."""
        return await self._store.digests.on(topic.slug, day)

    async def dates(self, topic: Topic, most: int = 10) -> list[date]:
        """The topic's latest dates, newest first."""
        return await self._store.digests.dates(topic.slug, most)

    async def paper(self, arxiv_id: str) -> StoredEntry | None:
        """A paper, by its arXiv number without version."""
        return await self._store.digests.paper(arxiv_id)

    async def newest(self, most: int) -> list[StoredEntry]:
        """The papers of the newest digests, newest first."""
        return await self._papers(await self._store.digests.newest(most))

    async def search(self, words: str, most: int = 10, skip: int = 0) -> Results:
        """Papers by words, best first."""
        found = await self._store.search.find(words, most, skip)
        return Results(tuple(await self._papers(found.ids)), found.total)

    async def save(self, subscriber: Subscriber, entry: StoredEntry) -> bool:
        """Keep a paper for a chat; false when it was kept already."""
        return await self._store.subscribers.save(subscriber.id, entry.paper_id, self._clock.now())

    async def unsave(self, subscriber: Subscriber, entry: StoredEntry) -> bool:
        """Let a kept paper go; false when it was not kept."""
        return await self._store.subscribers.unsave(subscriber.id, entry.paper_id)

    async def keeps(self, subscriber: Subscriber, entry: StoredEntry) -> bool:
        """Whether a chat kept a paper."""
        return entry.paper_id in await self._store.subscribers.saved(subscriber.id)

    async def saved(self, subscriber: Subscriber) -> list[StoredEntry]:
        """The papers that a chat kept, newest first."""
        return await self._papers(await self._store.subscribers.saved(subscriber.id))

    async def _papers(self, ids: Sequence[int]) -> list[StoredEntry]:
        return await self._store.digests.papers_by_id(ids)
