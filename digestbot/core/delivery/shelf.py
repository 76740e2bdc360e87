"""The digests that deliveries show, each rendered once for everybody who wants it the same way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.cards.digests import delivery_cards
from digestbot.core.ports import Platform
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Preferences
from digestbot.store import Store
from digestbot.store.digests import StoredDigest
from digestbot.store.received import Earlier, Shared

_MOST = 256
"""Digests kept at once. A morning has one a topic; a long life has many mornings."""


class Shelf:
    """One platform's messages of digests."""

    def __init__(self, store: Store, platform: Platform) -> None:
        self._store = store
        self._platform = platform
        self._stored: dict[int, StoredDigest | None] = {}
        self._shared: dict[int, Shared] = {}
        self._parts: dict[tuple[object, ...], Sequence[Any]] = {}

    def clear(self) -> None:
        """Read the digests anew: a page may have been corrected."""
        self._stored.clear()
        self._shared.clear()
        self._parts.clear()

    async def fetch(self, digest_ids: Collection[int]) -> None:
        """Have these digests at hand."""
        if len(self._stored) > _MOST:
            self.clear()
        if missing := digest_ids - self._stored.keys():
            self._shared |= await self._store.received.shared(missing)
            for digest_id in missing:
                self._stored[digest_id] = await self._store.digests.by_id(digest_id)

    async def earlier(self, deliveries: Sequence[Delivery]) -> dict[int, dict[str, Earlier]]:
        """What each delivery's subscriber already received under another topic: by delivery, by arXiv number."""
        await self.fetch({delivery.digest_id for delivery in deliveries})
        others = {other for delivery in deliveries for other in self._shared[delivery.digest_id]}
        if not others:
            return {}
        theirs = await self._store.received.by({delivery.subscriber.id for delivery in deliveries}, others)
        found: dict[int, dict[str, Earlier]] = {}
        for delivery in deliveries:
            for other, by_number in self._shared[delivery.digest_id].items():
                if (delivery.subscriber.id, other) in theirs:
                    found.setdefault(delivery.id, {}).update(by_number)
        return found

    async def parts(self, delivery: Delivery, earlier: Mapping[str, Earlier]) -> Sequence[Any] | None:
        """The messages of a delivery to one who has these papers; ``None`` when its digest is no longer there."""
        await self.fetch({delivery.digest_id})
        stored = self._stored[delivery.digest_id]
        if stored is None:
            return None
        wants = delivery.subscriber.preferences
        if earlier:
            return self._rendered(stored, wants, earlier)
        key = (delivery.digest_id, wants)
        if key not in self._parts:
            self._parts[key] = self._rendered(stored, wants, {})
        return self._parts[key]

    def _rendered(self, stored: StoredDigest, wants: Preferences, earlier: Mapping[str, Earlier]) -> Sequence[Any]:
        seen = {number: PriorDigest(where.title, where.date) for number, where in earlier.items()}
        view = RenderContext(wants.language, wants.layout, seen, self._platform.capabilities_for(wants.card_style))
        cards = delivery_cards(stored.topic, stored.digest, view, wants)
        return [part for card in cards for part in self._platform.render(card, wants.card_style)]
