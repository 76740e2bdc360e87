"""Digests as the platform's messages, rendered once for all subscribers with the same preferences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.cards.digests import OlderDigests, delivery_cards
from digestbot.core.ports import Platform
from digestbot.domain.calendar import find_today
from digestbot.domain.delivery import Delivery
from digestbot.domain.digest import Digest
from digestbot.domain.subscription import Preferences
from digestbot.domain.topic import Topic
from digestbot.store import Store
from digestbot.store.delivery_history import PriorDelivery, SharedPapers
from digestbot.store.digests import StoredDigest
from digestbot.store.planning import find_first_date

_MAX_CACHED_DIGESTS = 256
"""How many digests are kept at once. A morning has one for each topic, but a process lives for many mornings."""


class RenderedDigestCache:
    """The digests to be delivered on one platform, as its messages."""

    def __init__(self, store: Store, platform: Platform) -> None:
        self._store = store
        self._platform = platform
        self._digests: dict[int, StoredDigest | None] = {}
        self._shared_papers: dict[int, SharedPapers] = {}
        self._messages: dict[tuple[object, ...], Sequence[Any]] = {}

    def clear(self) -> None:
        """Forget the digests, so that corrected pages are read again."""
        self._digests.clear()
        self._shared_papers.clear()
        self._messages.clear()

    async def load_digests(self, digest_ids: Collection[int]) -> None:
        """Load the digests that are not in the cache."""
        if len(self._digests) > _MAX_CACHED_DIGESTS:
            self.clear()
        if missing := digest_ids - self._digests.keys():
            self._shared_papers |= await self._store.history.find_shared_papers(missing)
            for digest_id in missing:
                self._digests[digest_id] = await self._store.digests.get_by_id(digest_id)

    async def find_prior_deliveries(self, deliveries: Sequence[Delivery]) -> dict[int, dict[str, PriorDelivery]]:
        """What each delivery's subscriber already received under another topic: by delivery, by arXiv number."""
        await self.load_digests({digest_id for delivery in deliveries for digest_id in _list_digests(delivery)})
        others = {other for delivery in deliveries for other, _ in self._iter_shared_papers(delivery)}
        if not others:
            return {}
        received = await self._store.history.find_received({delivery.subscriber.id for delivery in deliveries}, others)
        found: dict[int, dict[str, PriorDelivery]] = {}
        for delivery in deliveries:
            for other, by_arxiv_id in self._iter_shared_papers(delivery):
                if (delivery.subscriber.id, other) in received:
                    found.setdefault(delivery.id, {}).update(by_arxiv_id)
        return found

    def _iter_shared_papers(self, delivery: Delivery) -> Iterator[tuple[int, dict[str, PriorDelivery]]]:
        for digest_id in _list_digests(delivery):
            yield from self._shared_papers[digest_id].items()

    async def render_delivery(
        self, delivery: Delivery, prior_deliveries: Mapping[str, PriorDelivery]
    ) -> Sequence[Any] | None:
        """The messages of a delivery to one who has these papers; ``None`` when its digest is no longer there."""
        digest_ids = _list_digests(delivery)
        await self.load_digests(set(digest_ids))
        stored = self._digests[delivery.digest_id]
        if stored is None:
            return None
        preferences = delivery.subscriber.preferences
        key = (digest_ids, delivery.older_count, preferences)
        if not prior_deliveries and key in self._messages:
            return self._messages[key]
        others = [found.digest for digest_id in delivery.bundled_digest_ids if (found := self._digests[digest_id])]
        earlier = sorted(others, key=attrgetter("date"), reverse=True)
        older = await self._find_older(delivery, stored.topic)
        messages = self._render_digests(stored, earlier, older, preferences, prior_deliveries)
        if not prior_deliveries:
            self._messages[key] = messages
        return messages

    async def _find_older(self, delivery: Delivery, topic: Topic) -> OlderDigests | None:
        """The digests too old to come with the delivery; none if there were none when it was planned."""
        if not delivery.older_count:
            return None
        until = find_first_date(find_today(delivery.due_at)) - timedelta(days=1)
        dates = await self._store.digests.list_dates(topic.slug, 1, until)
        return OlderDigests(delivery.older_count, dates[0]) if dates else None

    def _render_digests(
        self,
        stored: StoredDigest,
        earlier: Sequence[Digest],
        older: OlderDigests | None,
        preferences: Preferences,
        prior_deliveries: Mapping[str, PriorDelivery],
    ) -> Sequence[Any]:
        seen = {number: PriorDigest(where.title, where.date) for number, where in prior_deliveries.items()}
        context = RenderContext(
            preferences.language, preferences.layout, seen, self._platform.capabilities_for(preferences.card_style)
        )
        cards = delivery_cards(stored.topic, stored.digest, context, preferences, earlier=earlier, older=older)
        return [part for card in cards for part in self._platform.render(card, preferences.card_style)]


def _list_digests(delivery: Delivery) -> tuple[int, ...]:
    return (delivery.digest_id, *delivery.bundled_digest_ids)
