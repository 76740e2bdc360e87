"""The digests that deliveries show, each rendered once for everybody who wants it the same way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from digestbot.cards.papers import Seen, View, digest_post
from digestbot.core.ports import Platform
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import EVERY_DAY, Preferences
from digestbot.store.digests import DigestStore, StoredDigest
from digestbot.store.outbox import Earlier

_MOST = 256
"""Digests kept at once. A morning has one a topic; a long life has many mornings."""


class Shelf:
    """One platform's messages of digests."""

    def __init__(self, digests: DigestStore, platform: Platform) -> None:
        self._digests = digests
        self._platform = platform
        self._stored: dict[int, StoredDigest | None] = {}
        self._parts: dict[tuple[object, ...], Sequence[Any]] = {}

    def clear(self) -> None:
        """Read the digests anew: a page may have been corrected."""
        self._stored.clear()
        self._parts.clear()

    async def fetch(self, digest_ids: Collection[int]) -> None:
        """Have these digests at hand."""
        if len(self._stored) > _MOST:
            self.clear()
        for digest_id in digest_ids - self._stored.keys():
            self._stored[digest_id] = await self._digests.by_id(digest_id)

    async def parts(self, delivery: Delivery, earlier: Mapping[str, Earlier]) -> Sequence[Any] | None:
        """The messages of a delivery to one who has these papers; ``None`` when its digest is no longer there."""
        await self.fetch({delivery.digest_id})
        stored = self._stored[delivery.digest_id]
        if stored is None:
            return None
        wants = delivery.subscriber.preferences
        if earlier:
            return self._rendered(stored, wants, earlier)
        key = (delivery.digest_id, replace(wants, timezone="", time=time.min, days=EVERY_DAY))
        if key not in self._parts:
            self._parts[key] = self._rendered(stored, wants, {})
        return self._parts[key]

    def _rendered(self, stored: StoredDigest, wants: Preferences, earlier: Mapping[str, Earlier]) -> Sequence[Any]:
        seen = {number: Seen(where.title, where.date) for number, where in earlier.items()}
        view = View(wants.language, wants.layout, seen, self._platform.shows(wants.format))
        cards = digest_post(stored.topic, stored.digest, view, wants)
        return [part for card in cards for part in self._platform.parts(card, wants.format)]
