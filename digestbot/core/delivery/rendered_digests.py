"""Digests as the platform's messages, rendered once for all subscribers with the same preferences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from digestbot.cards.bundles import bundle_cards
from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.core.answers.bundle_commands import format_bundle_command
from digestbot.core.answers.delivered_bundles import gather_bundle
from digestbot.core.delivery.bounded_cache import BoundedCache
from digestbot.core.follows.narrowing import Categories, explain_entries, find_hidden, name_stored, narrow_digest
from digestbot.core.papers.requested_summaries import RequestedSummaries, put_into_digest
from digestbot.core.ports import Platform
from digestbot.domain.bundle import Bundle, OlderDigests
from digestbot.domain.calendar import find_today
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Preferences
from digestbot.store import Store
from digestbot.store.announcements.followed_topics import NO_NARROWINGS, Narrowing, Narrowings, choose_narrowing
from digestbot.store.deliveries.delivery_history import PriorDelivery, ReceivedPaper, SharedPapers
from digestbot.store.deliveries.planning_queries import find_first_date
from digestbot.store.digests.digests import StoredDigest

_MAX_CACHED_ENTRIES = 2_000
"""How many papers of digests are kept at once, and how many of rendered ones: about 6 and 14 KB each."""


@dataclass(frozen=True, slots=True)
class _LoadedDigest:
    """A digest, if it is still there, its papers' versions, and what other public topics' digests share with it."""

    stored: StoredDigest | None
    shared_papers: SharedPapers
    versions: Mapping[int, int] = field(default_factory=dict)
    categories: Categories = field(default_factory=dict)
    requested: RequestedSummaries = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """The number of its papers, and one for itself."""
        return 1 + (len(self.stored.digest.entries) if self.stored else 0)


_LoadedDigests = Mapping[int, _LoadedDigest]
_PriorPaper = tuple[str, PriorDelivery]


class RenderedDigestCache:
    """The digests to be delivered on one platform, as its messages."""

    def __init__(self, store: Store, platform: Platform) -> None:
        self._store = store
        self._platform = platform
        self._digests = BoundedCache[int, _LoadedDigest](_MAX_CACHED_ENTRIES)
        self._messages = BoundedCache[tuple[object, ...], Sequence[Any]](_MAX_CACHED_ENTRIES)

    def clear(self) -> None:
        """Forget the digests, so that corrected pages are read again."""
        self._digests.clear()
        self._messages.clear()

    async def _load_digests(self, digest_ids: Collection[int]) -> _LoadedDigests:
        """All of these digests, whatever the cache forgets meanwhile."""
        loaded = {digest_id: cached for digest_id in digest_ids if (cached := self._digests.get(digest_id))}
        if missing := set(digest_ids) - loaded.keys():
            shared_papers = await self._store.history.find_shared_papers(missing)
            versions = await self._store.history.find_versions(missing)
            for digest_id in missing:
                stored = await self._store.digests.get_by_id(digest_id)
                categories = await self._store.followed_topics.find_categories(stored.paper_ids) if stored else {}
                requested = await self._store.paper_summaries.list_for_papers(stored.paper_ids) if stored else {}
                loaded[digest_id] = _LoadedDigest(
                    stored, shared_papers[digest_id], versions[digest_id], categories, requested
                )
                self._digests.put(digest_id, loaded[digest_id], loaded[digest_id].weight)
        return loaded

    async def find_narrowings(self, deliveries: Sequence[Delivery]) -> Mapping[int, Narrowings]:
        """What the subscribers of these deliveries leave out, by their ids."""
        return await self._store.followed_topics.find_narrowings({delivery.subscriber.id for delivery in deliveries})

    async def find_prior_deliveries(
        self, deliveries: Sequence[Delivery], narrowings: Mapping[int, Narrowings] | None = None
    ) -> dict[int, dict[str, PriorDelivery]]:
        """What each delivery's subscriber already received under another topic: by delivery, by arXiv number.

        What the subscriber's ``narrowings`` left out there was not received.
        """
        loaded = await self._load_digests({digest_id for one in deliveries for digest_id in _list_digests(one)})
        subscriber_ids = {delivery.subscriber.id for delivery in deliveries}
        others = {other for digest in loaded.values() for other in digest.shared_papers}
        received = await self._store.history.find_received(subscriber_ids, others)
        paper_ids = {paper_id for digest in loaded.values() for paper_id in digest.versions}
        followed = await self._store.history.find_received_in_follows(subscriber_ids, paper_ids)
        found: dict[int, dict[str, PriorDelivery]] = {}
        for delivery in deliveries:
            own = (narrowings or {}).get(delivery.subscriber.id, NO_NARROWINGS)
            all_prior = [
                *_iter_shared_papers(delivery, loaded, received),
                *_iter_followed_papers(delivery, loaded, followed.get(delivery.subscriber.id, ())),
            ]
            if own:
                all_prior = _drop_hidden(all_prior, delivery, loaded, own)
            if all_prior:  # of several, the one that came first is told
                found[delivery.id] = dict(sorted(all_prior, key=lambda one: one[1].date, reverse=True))
        return found

    async def render_delivery(
        self,
        delivery: Delivery,
        prior_deliveries: Mapping[str, PriorDelivery],
        narrowings: Narrowings = NO_NARROWINGS,
    ) -> Sequence[Any] | None:
        """The messages of a delivery to one who has these papers, and leaves out others: none if nothing is left.

        ``None`` when its digest is no longer there.
        """
        digest_ids = _list_digests(delivery)
        preferences = delivery.subscriber.preferences
        loaded = await self._load_digests(digest_ids)
        summarised = _list_summarised(loaded, delivery.due_at)
        # how a digest is announced is no part of it: chats that differ in nothing else share its messages
        shared = replace(preferences, quiet=False, mention_role="")
        key = (digest_ids, delivery.older_counts, shared, _choose_narrowings(loaded, narrowings), summarised)
        if not prior_deliveries and (messages := self._messages.get(key)) is not None:
            return messages
        if loaded[delivery.digest_id].stored is None:
            return None
        if summarised:
            loaded = {id_: _put_summaries(one, preferences.language, delivery.due_at) for id_, one in loaded.items()}
        loaded = {id_: _narrow(digest, narrowings, preferences.language) for id_, digest in loaded.items()}
        bundle = gather_bundle(_iter_stored(delivery, loaded), await self._find_older(delivery, loaded))
        if narrowings and not bundle.has_papers:
            return ()
        context = self._build_context(preferences, prior_deliveries, _explain(loaded, preferences.language))
        messages = self._render_bundle(bundle, format_bundle_command(delivery.digest_id), preferences, context)
        if not prior_deliveries:
            self._messages.put(key, messages, sum(digest.weight for digest in loaded.values()))
        return messages

    async def _find_older(self, delivery: Delivery, loaded: _LoadedDigests) -> dict[str, OlderDigests]:
        """The digests too old to come with the delivery, by their topics' slugs; those of when it was planned."""
        found: dict[str, OlderDigests] = {}
        until = find_first_date(find_today(delivery.due_at)) - timedelta(days=1)
        for digest_id, count in delivery.older_counts:
            if stored := loaded[digest_id].stored:
                slug = stored.topic.slug
                if dates := await self._store.digests.list_dates(slug, 1, until):
                    found[slug] = OlderDigests(count, dates[0])
        return found

    def _build_context(
        self, preferences: Preferences, prior_deliveries: Mapping[str, PriorDelivery], reasons: Mapping[str, str]
    ) -> RenderContext:
        seen = {number: PriorDigest(where.title, where.date) for number, where in prior_deliveries.items()}
        can = self._platform.capabilities_for(preferences.card_style)
        return RenderContext(preferences.language, preferences.layout, seen, can, reasons=reasons)

    def _render_bundle(
        self,
        bundle: Bundle,
        command: str,
        preferences: Preferences,
        context: RenderContext,
    ) -> Sequence[Any]:
        cards = bundle_cards(bundle, command, context, preferences)
        return [part for card in cards for part in self._platform.render(card, preferences.card_style)]


def _narrow(loaded: _LoadedDigest, narrowings: Narrowings, language: str) -> _LoadedDigest:
    """A digest as a chat sees it."""
    if loaded.stored is None:
        return loaded
    narrowing = choose_narrowing(narrowings, loaded.stored.topic.slug)
    narrowed = narrow_digest(loaded.stored, narrowing, loaded.categories)
    return replace(loaded, stored=name_stored(narrowed, narrowing, language))


def _list_summarised(loaded: _LoadedDigests, due_at: datetime) -> tuple[int, ...]:
    """The papers with a summary that somebody asked for by the time that a delivery was due.

    Those that came later are left out: a delivery that is interrupted goes on with the message after those it sent.
    """
    return tuple(
        sorted(
            id_
            for one in loaded.values()
            for id_, summaries in one.requested.items()
            if any(summary.made_at <= due_at for summary in summaries)
        )
    )


def _put_summaries(loaded: _LoadedDigest, language: str, due_at: datetime) -> _LoadedDigest:
    """A digest with the summaries that were asked for by then, where its own are extracts."""
    if loaded.stored is None or not loaded.requested:
        return loaded
    return replace(loaded, stored=put_into_digest(loaded.stored, loaded.requested, language, due_at))


def _choose_narrowings(loaded: _LoadedDigests, narrowings: Narrowings) -> tuple[Narrowing, ...]:
    """What of a chat's narrowings matters for these digests."""
    return tuple(choose_narrowing(narrowings, one.stored.topic.slug) for one in loaded.values() if one.stored)


def _explain(loaded: _LoadedDigests, language: str) -> dict[str, str]:
    """Why each paper of these digests came, by arXiv number."""
    reasons: dict[str, str] = {}
    for one in loaded.values():
        if one.stored and one.stored.topic.expression:
            reasons |= explain_entries(one.stored, one.stored.topic, language, one.categories)
    return reasons


def _drop_hidden(
    all_prior: Iterable[_PriorPaper], delivery: Delivery, loaded: _LoadedDigests, narrowings: Narrowings
) -> list[_PriorPaper]:
    """What a chat received in other digests, without what it leaves out there."""
    digests = [loaded[digest_id] for digest_id in _list_digests(delivery)]
    hidden: dict[Narrowing, set[str]] = {}
    kept = []
    for number, prior in all_prior:
        narrowing = choose_narrowing(narrowings, prior.slug)
        if narrowing not in hidden:
            hidden[narrowing] = {one for digest in digests for one in _iter_hidden(digest, narrowing)}
        if number not in hidden[narrowing]:
            kept.append((number, prior))
    return kept


def _iter_hidden(loaded: _LoadedDigest, narrowing: Narrowing) -> Iterator[str]:
    """The arXiv numbers of a digest's papers that a chat would leave out in another topic."""
    if stored := loaded.stored:
        for place in find_hidden(stored, narrowing, loaded.categories):
            yield stored.digest.entries[place].paper.arxiv_id


def _list_digests(delivery: Delivery) -> tuple[int, ...]:
    return (delivery.digest_id, *delivery.bundled_digest_ids)


def _iter_shared_papers(
    delivery: Delivery, loaded: _LoadedDigests, received: Collection[tuple[int, int]]
) -> Iterator[_PriorPaper]:
    """What a delivery's subscriber received under other public topics."""
    for digest_id in _list_digests(delivery):
        for other, by_arxiv_id in loaded[digest_id].shared_papers.items():
            if (delivery.subscriber.id, other) in received:
                yield from by_arxiv_id.items()


def _iter_followed_papers(
    delivery: Delivery, loaded: _LoadedDigests, received: Iterable[ReceivedPaper]
) -> Iterator[_PriorPaper]:
    """What a delivery's subscriber received under other topics that it follows; older versions do not count."""
    digests = [loaded[digest_id] for digest_id in _list_digests(delivery)]
    for one in received:
        for digest in digests:
            is_other = digest.stored is not None and digest.stored.topic.slug != one.prior.slug
            if is_other and one.paper_id in digest.versions and digest.versions[one.paper_id] <= one.version:
                yield one.arxiv_id, one.prior


def _iter_stored(delivery: Delivery, loaded: _LoadedDigests) -> Iterator[StoredDigest]:
    """The digests that come in one message, those that are still there."""
    for digest_id in _list_digests(delivery):
        if stored := loaded[digest_id].stored:
            yield stored
