"""Digests as the platform's messages, rendered once for all subscribers with the same preferences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.cards.digests import delivery_cards
from digestbot.core.ports import Platform
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Preferences
from digestbot.store import Store
from digestbot.store.delivery_history import PriorDelivery, SharedPapers
from digestbot.store.digests import StoredDigest

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
        await self.load_digests({delivery.digest_id for delivery in deliveries})
        others = {other for delivery in deliveries for other in self._shared_papers[delivery.digest_id]}
        if not others:
            return {}
        received = await self._store.history.find_received({delivery.subscriber.id for delivery in deliveries}, others)
        found: dict[int, dict[str, PriorDelivery]] = {}
        for delivery in deliveries:
            for other, by_arxiv_id in self._shared_papers[delivery.digest_id].items():
                if (delivery.subscriber.id, other) in received:
                    found.setdefault(delivery.id, {}).update(by_arxiv_id)
        return found

    async def render_delivery(
        self, delivery: Delivery, prior_deliveries: Mapping[str, PriorDelivery]
    ) -> Sequence[Any] | None:
        """The messages of a delivery to one who has these papers; ``None`` when its digest is no longer there."""
        await self.load_digests({delivery.digest_id})
        stored = self._digests[delivery.digest_id]
        if stored is None:
            return None
        preferences = delivery.subscriber.preferences
        if prior_deliveries:
            return self._render_digest(stored, preferences, prior_deliveries)
        key = (delivery.digest_id, preferences)
        if key not in self._messages:
            self._messages[key] = self._render_digest(stored, preferences, {})
        return self._messages[key]

    def _render_digest(
        self, stored: StoredDigest, preferences: Preferences, prior_deliveries: Mapping[str, PriorDelivery]
    ) -> Sequence[Any]:
        seen = {number: PriorDigest(where.title, where.date) for number, where in prior_deliveries.items()}
        context = RenderContext(
            preferences.language, preferences.layout, seen, self._platform.capabilities_for(preferences.card_style)
        )
        cards = delivery_cards(stored.topic, stored.digest, context, preferences)
        return [part for card in cards for part in self._platform.render(card, preferences.card_style)]
