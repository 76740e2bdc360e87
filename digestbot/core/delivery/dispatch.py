"""Claim, send, mark."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from digestbot.cards.card import Card
from digestbot.cards.papers import Seen, View, digest_card
from digestbot.core.delivery.backoff import retry_at
from digestbot.core.delivery.plan import plan
from digestbot.core.ports import Clock, Platform
from digestbot.domain.delivery import Delivery
from digestbot.errors import DeliveryError, StoreError
from digestbot.store import Store

_LEASE = timedelta(minutes=2)
_BATCH = 50
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of delivery did."""

    planned: int = 0
    sent: int = 0
    failed: int = 0


class Delivering:
    """The daily delivery: what is due is sent once, and a restart neither repeats nor forgets."""

    def __init__(self, store: Store, clock: Clock, platforms: Sequence[Platform]) -> None:
        self._store = store
        self._clock = clock
        self._platforms = {platform.name: platform for platform in platforms}

    async def run(self, every: float) -> None:
        """Deliver what is due, every so many seconds, until cancelled."""
        while True:
            try:
                await self.round()
            except StoreError as error:
                _log.error("delivery_stopped", reason=str(error), again_in_seconds=every)
            await asyncio.sleep(every)

    async def round(self) -> Round:
        """Plan and deliver what is due now."""
        planned = await plan(self._store, self._clock.now())
        sent = failed = 0
        while claimed := await self._store.outbox.claim(list(self._platforms), self._clock.now(), _LEASE, _BATCH):
            results = [await self._deliver(delivery) for delivery in claimed]
            sent += sum(results)
            failed += len(results) - sum(results)
            _log.info("delivered", claimed=len(results), sent=sum(results))
        return Round(planned, sent, failed)

    async def _deliver(self, delivery: Delivery) -> bool:
        platform = self._platforms[delivery.subscriber.address.platform]
        card = await self._card(delivery)
        if card is None:
            await self._store.outbox.failed(delivery.id, "the digest is no longer there")
            return False
        try:
            await platform.send(delivery.subscriber.address, card)
        except DeliveryError as error:
            await self._refused(delivery, error)
            return False
        except Exception as error:  # noqa: BLE001  # one adapter's bug must not stop the deliveries of all
            _log.exception("delivery_failed", platform=platform.name, delivery=delivery.id)
            await self._refused(
                delivery, DeliveryError(f"a bug in the {platform.name} adapter: {type(error).__name__}")
            )
            return False
        await self._store.outbox.sent([delivery.id], self._clock.now())
        return True

    async def _refused(self, delivery: Delivery, error: DeliveryError) -> None:
        again = retry_at(error, delivery.attempt, self._clock.now())
        if again:
            await self._store.outbox.again(delivery.id, again, error.reason)
            return
        await self._store.outbox.failed(delivery.id, error.reason)
        if error.permanent:
            await self._store.subscribers.pause(delivery.subscriber.id, error.reason)

    async def _card(self, delivery: Delivery) -> Card | None:
        stored = await self._store.digests.by_id(delivery.digest_id)
        if stored is None:
            return None
        earlier = await self._store.outbox.received(delivery.subscriber.id, delivery.digest_id)
        seen = {number: Seen(where.title, where.date) for number, where in earlier.items()}
        preferences = delivery.subscriber.preferences
        return digest_card(stored.topic, stored.digest, View(preferences.language, preferences.layout, seen))
