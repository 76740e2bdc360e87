"""The digest catalog: latest digests, paper lookup, search, and saved papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from digestbot.core.clock import Clock
from digestbot.core.papers.requested_summaries import add_requested, add_requested_to_digest
from digestbot.core.papers.saved_library import MAX_SAVED_PAPERS, SavedLibrary
from digestbot.core.topic_names import name_topic
from digestbot.domain.calendar import find_today
from digestbot.domain.subscription import Subscriber
from digestbot.domain.topic import Topic, TopicMatch, find_topic, normalize_name
from digestbot.errors import CommandError, LimitReachedError
from digestbot.store import Store
from digestbot.store.digests.digests import StoredDigest, StoredEntry

if TYPE_CHECKING:
    from digestbot.store.search.related_papers import RelatedPaper

_MIN_TITLE_LENGTH, _COMPARED_TITLES = 3, 20
"""Letters that the beginning of a title needs at least, and how many titles are compared with it."""


class TopicSummary(NamedTuple):
    """A topic with the date of its latest digest and its number of digests; those from before a date are not shown."""

    topic: Topic
    latest_date: date | None
    digest_count: int
    shown_from: date | None = None


class SearchResults(NamedTuple):
    """One page of search results; ``total`` is counted up to 1,000, and ``is_partial``: none has all of the words."""

    entries: tuple[StoredEntry, ...]
    total: int
    is_partial: bool = False


class DigestCatalog:
    """Access to all stored digests. The newest is the newest up to today: see :func:`find_today`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def saved_library(self) -> SavedLibrary:
        """The papers that people saved, with what they wrote beside them."""
        return SavedLibrary(self._store, self._clock)

    async def list_stored(self, ids: Sequence[int]) -> list[StoredEntry]:
        """The papers with these ids in the store, in their order, without those that are not shown."""
        return await self._list_by_ids(ids)

    async def get_submission_dates(self, ids: Sequence[int]) -> dict[int, datetime]:
        """When papers were submitted, by their ids in the store, as far as that is known."""
        return await self._store.submission_dates.get_dates(ids)

    async def find_related(self, entry: StoredEntry) -> tuple[RelatedPaper, ...]:
        """The papers that are nearest to one, the nearest first, as their ids in the store."""
        return await self._store.related_papers.find(entry.paper_id, entry.entry.paper)

    async def pick_random(self, place: float, slug: str = "") -> StoredEntry | None:
        """The paper at a place between 0 and 1 of all papers, or of a topic's by its slug; ``None`` without any."""
        picked = self._store.random_papers
        paper_id = await (picked.pick_of_topic(slug, place) if slug else picked.pick_paper(place))
        found = await self._list_by_ids([paper_id]) if paper_id is not None else []
        return found[0] if found else None

    def for_one_answer(self, subscriber: Subscriber | None = None, language: str = "en") -> DigestCatalog:
        """The same catalog, to answer one message from: its topics are read once.

        What the ``subscriber`` follows is among them, under the names that it has there.
        """
        return _RememberingCatalog(self, self._store, self._clock, subscriber, language)

    async def list_followed(self, subscriber: Subscriber, language: str) -> list[TopicSummary]:
        """The topics that a chat alone knows, since it follows them."""
        return [
            TopicSummary(name_topic(one.topic, language, one.label), one.latest_date, one.digest_count, one.shown_from)
            for one in await self._store.followed_topics.list_followed(subscriber.id, self._today)
        ]

    async def list_topics(self) -> list[TopicSummary]:
        """All topics."""
        return [
            TopicSummary(topic, latest_date, digest_count)
            for topic, latest_date, digest_count in await self._store.digests.list_topics(self._today)
        ]

    async def find_topic(self, name: str) -> TopicMatch:
        """Find the topic with this name, or similar ones."""
        return find_topic(name, [summary.topic for summary in await self.list_topics()])

    async def get_latest(self, topic: Topic) -> StoredDigest | None:
        """The topic's newest digest."""
        dates = await self.list_dates(topic, 1)
        return await self._store.digests.get_by_date(topic.slug, dates[0]) if dates else None

    async def get_by_date(self, topic: Topic, day: date) -> StoredDigest | None:
        """The topic's digest for a date."""
        is_shown = day >= await self._find_shown_date(topic)
        return await self._store.digests.get_by_date(topic.slug, day) if is_shown else None

    async def list_dates(self, topic: Topic, limit: int = 10) -> list[date]:
        """The topic's latest dates up to today, newest first."""
        dates = await self._store.digests.list_dates(topic.slug, limit, self._today)
        first = await self._find_shown_date(topic)
        return [day for day in dates if day >= first]

    async def _find_shown_date(self, topic: Topic) -> date:
        """The first date of the topic's digests that is shown: of a follow, none from before the chat had it."""
        if not topic.expression:
            return date.min
        found = (one.shown_from for one in await self.list_topics() if one.topic.slug == topic.slug)
        return next(found, None) or date.min

    async def add_requested(self, stored: StoredDigest) -> StoredDigest:
        """A digest as it is stored: who answers a reader adds the summaries that were asked for."""
        return stored

    async def get_paper(self, arxiv_id: str) -> StoredEntry | None:
        """A paper by its arXiv ID without version."""
        return await self._store.digests.get_paper(arxiv_id, self._today)

    async def list_papers(self, arxiv_ids: Sequence[str]) -> list[StoredEntry]:
        """Papers by their arXiv IDs without version, in their order; without those that are not known."""
        return await self._store.digests.list_papers(arxiv_ids, self._today)

    async def list_newest_papers(self, limit: int, offset: int = 0) -> list[StoredEntry]:
        """The papers of the newest digests, newest first."""
        return await self._list_by_ids(await self._store.digests.list_newest_papers(limit, self._today, offset))

    async def search(self, query: str, limit: int = 10, offset: int = 0) -> SearchResults:
        """Search papers by words, best match first."""
        results = await self._store.search.find(query, limit, offset)
        return SearchResults(tuple(await self._list_by_ids(results.ids)), results.total, results.is_partial)

    async def has_all_words(self, query: str) -> bool:
        """Whether a paper has all the words."""
        return await self._store.search.has_all(query)

    async def is_most(self, count: int) -> bool:
        """Whether as many papers are more than half of all."""
        return await self._store.search.is_most(count)

    async def find_by_title(self, title: str) -> StoredEntry | None:
        """The paper with this title, or the only one whose title begins with it, whatever its case and punctuation."""
        wanted = normalize_name(title)
        if len(wanted) < _MIN_TITLE_LENGTH:
            return None
        found = (await self.search(title, _COMPARED_TITLES)).entries
        titles = [(normalize_name(entry.entry.paper.title), entry) for entry in found]
        exact = [entry for name, entry in titles if name == wanted]
        longer = [entry for name, entry in titles if name.startswith(wanted)]
        return exact[0] if exact else longer[0] if len(longer) == 1 else None

    async def save_paper(self, subscriber: Subscriber, entry: StoredEntry) -> bool:
        """Save a paper for a chat; false if it was already saved. Raises :class:`CommandError` if too many are."""
        try:
            now = self._clock.now()
            return await self._store.saved_papers.save_paper(subscriber.id, entry.paper_id, now, MAX_SAVED_PAPERS)
        except LimitReachedError as error:
            raise CommandError("too_many_saved", "saved", limit=f"{error.limit:,}") from None

    async def unsave_paper(self, subscriber: Subscriber, entry: StoredEntry) -> bool:
        """Unsave a paper; false if it was not saved."""
        return await self._store.saved_papers.unsave_paper(subscriber.id, entry.paper_id)

    async def is_saved(self, subscriber: Subscriber, entry: StoredEntry) -> bool:
        """Whether a chat saved a paper."""
        return await self._store.saved_papers.is_saved(subscriber.id, entry.paper_id)

    async def count_saved(self, subscriber: Subscriber) -> int:
        """The number of papers that a chat saved and that can still be shown."""
        return await self._store.saved_papers.count_papers(subscriber.id)

    async def list_saved(self, subscriber: Subscriber, limit: int = 10, offset: int = 0) -> list[StoredEntry]:
        """The chat's saved papers, newest first."""
        return await self._list_by_ids(await self._store.saved_papers.list_paper_ids(subscriber.id, limit, offset))

    async def list_saved_titles(self, subscriber: Subscriber) -> list[tuple[str, str]]:
        """The arXiv IDs and titles of the chat's saved papers, newest first."""
        return await self._store.saved_papers.list_titles(subscriber.id)

    async def _list_by_ids(self, ids: Sequence[int]) -> list[StoredEntry]:
        return await self._store.digests.list_papers_by_id(ids, self._today)

    @property
    def _today(self) -> date:
        return find_today(self._clock.now())


class _RememberingCatalog(DigestCatalog):
    """A catalog that reads its topics once, those that one chat follows with them, and knows the reader's language."""

    def __init__(
        self, catalog: DigestCatalog, store: Store, clock: Clock, subscriber: Subscriber | None, language: str
    ) -> None:
        super().__init__(store, clock)
        self._catalog = catalog
        self._subscriber, self._language = subscriber, language
        self._topics: list[TopicSummary] | None = None

    async def get_latest(self, topic: Topic) -> StoredDigest | None:
        """The topic's newest digest, with the summaries that were asked for."""
        return await self._add_to_digest(await super().get_latest(topic))

    async def get_by_date(self, topic: Topic, day: date) -> StoredDigest | None:
        """The topic's digest for a date, with the summaries that were asked for."""
        return await self._add_to_digest(await super().get_by_date(topic, day))

    async def get_paper(self, arxiv_id: str) -> StoredEntry | None:
        """A paper by its arXiv ID without version, with its summary if one was asked for."""
        found = await super().get_paper(arxiv_id)
        return (await self._add_to_papers([found]))[0] if found else None

    async def add_requested(self, stored: StoredDigest) -> StoredDigest:
        """A digest with the summaries that were asked for, where its own are extracts."""
        return await add_requested_to_digest(self._store.paper_summaries, stored, self._language)

    async def _add_to_digest(self, stored: StoredDigest | None) -> StoredDigest | None:
        return await self.add_requested(stored) if stored else None

    async def _add_to_papers(self, found: Sequence[StoredEntry]) -> list[StoredEntry]:
        return await add_requested(self._store.paper_summaries, found, self._language)

    async def _list_by_ids(self, ids: Sequence[int]) -> list[StoredEntry]:
        return await self._add_to_papers(await super()._list_by_ids(ids))

    async def list_topics(self) -> list[TopicSummary]:
        """All topics that the chat knows; those that everybody does first."""
        if self._topics is None:
            own = await self.list_followed(self._subscriber, self._language) if self._subscriber else []
            self._topics = [*await self._catalog.list_topics(), *own]
        return self._topics
