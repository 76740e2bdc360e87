"""Claim, send, mark."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any

import structlog

from digestbot.cards.papers import Seen, View, digest_post
from digestbot.core.delivery.plan import plan
from digestbot.core.delivery.sending import Sending
from digestbot.core.ports import Clock, Platform
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import EVERY_DAY, Preferences
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.digests import StoredDigest
from digestbot.store.outbox import Earlier

_LEASE = timedelta(minutes=2)
_BATCH = 256
_IN_FLIGHT = 400
"""Deliveries in work at once: 2,000 a second where a message and its mark take 200 ms."""
_FINISHED_IN = 10.0
"""Seconds that messages on their way have when the process is to end."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Round:
    """What one round of delivery did."""

    planned: int = 0
    sent: int = 0
    failed: int = 0


_Errand = list[tuple[Delivery, Mapping[str, Seen]]]
"""One subscriber's deliveries, sent one after the other, each with what was received before."""


@dataclass(slots=True)
class _Shelf:
    """What one round works on: its digests, each rendered once for everybody who wants it the same way, and the
    claimed rows that it still holds.
    """

    digests: dict[int, StoredDigest | None] = field(default_factory=dict)
    parts: dict[tuple[object, ...], Sequence[Any]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)


class Delivering:
    """The daily delivery: what is due is sent once, and a restart neither repeats nor forgets.

    ``skip_ambiguous`` names the platforms on which a message that may have arrived is given up, not sent again.
    """

    def __init__(
        self, store: Store, clock: Clock, platforms: Sequence[Platform], skip_ambiguous: frozenset[str] = frozenset()
    ) -> None:
        self._store = store
        self._clock = clock
        self._platforms = {platform.name: platform for platform in platforms}
        self._skip_ambiguous = skip_ambiguous
        self._identity = ""

    def add(self, platform: Platform) -> None:
        """Deliver to another platform, from the next round on."""
        self._platforms[platform.name] = platform

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
        now = self._clock.now()
        done = Round(await plan(self._store, now))
        if self._skip_ambiguous:
            reason = "it may have arrived before the process stopped; by setting, it is not sent again"
            await self._store.outbox.fail_ambiguous(sorted(self._skip_ambiguous), now, reason)
        await self._send_all(done)
        if done.sent or done.failed:
            _log.info("delivered", planned=done.planned, sent=done.sent, failed=done.failed)
        return done

    async def _send_all(self, done: Round) -> None:
        """Keep so many chats in work until nothing is due; cancelled, finish what has left and hand back the rest."""
        queue: asyncio.Queue[_Errand] = asyncio.Queue(_IN_FLIGHT)
        shelf = _Shelf()
        self._identity = self._identity or await self._store.memory.identity()
        sending = Sending(self._store, self._clock, self._platforms, self._skip_ambiguous, self._identity)
        try:
            async with asyncio.TaskGroup() as group:
                working = [group.create_task(self._work(queue, shelf, sending, done)) for _ in range(_IN_FLIGHT)]
                working.append(group.create_task(self._keep(shelf)))
                await self._claim_into(queue, shelf)
                await queue.join()
                for task in working:
                    task.cancel()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            unfinished = await sending.finish(_FINISHED_IN)
            if back := shelf.held - sending.settled - unfinished:
                await self._store.outbox.release(sorted(back))

    async def _claim_into(self, queue: asyncio.Queue[_Errand], shelf: _Shelf) -> None:
        names, outbox = list(self._platforms), self._store.outbox
        while claimed := await outbox.claim(names, self._clock.now(), _LEASE, _BATCH):
            for digest_id in {delivery.digest_id for delivery in claimed} - shelf.digests.keys():
                shelf.digests[digest_id] = await self._store.digests.by_id(digest_id)
            earlier = await outbox.received(claimed)
            errands: dict[int, _Errand] = {}
            shelf.held.update(delivery.id for delivery in claimed)
            for delivery in claimed:
                errand = errands.setdefault(delivery.subscriber.id, [])
                errand.append((delivery, _seen(earlier.get(delivery.id, {}))))
            for errand in errands.values():
                await queue.put(errand)

    async def _keep(self, shelf: _Shelf) -> None:
        """Renew the leases of what waits for the platform's limits, so that nobody takes it meanwhile."""
        while True:
            await asyncio.sleep(_LEASE.total_seconds() / 4)
            if shelf.held:
                await self._store.outbox.renew(sorted(shelf.held), self._clock.now() + _LEASE)

    async def _work(self, queue: asyncio.Queue[_Errand], shelf: _Shelf, sending: Sending, done: Round) -> None:
        while True:
            errand = await queue.get()
            for number, (delivery, known) in enumerate(errand):
                seen = await self._seen_now(delivery) if number else known
                parts = self._parts(self._platforms[delivery.subscriber.address.platform], delivery, seen, shelf)
                if await sending.deliver(delivery, parts):
                    done.sent += 1
                else:
                    done.failed += 1
                shelf.held.discard(delivery.id)
            queue.task_done()

    async def _seen_now(self, delivery: Delivery) -> Mapping[str, Seen]:
        """What the subscriber has by now, another topic of the same morning included."""
        earlier = await self._store.outbox.received([delivery])
        return _seen(earlier.get(delivery.id, {}))

    def _parts(
        self, platform: Platform, delivery: Delivery, seen: Mapping[str, Seen], shelf: _Shelf
    ) -> Sequence[Any] | None:
        """The messages of a delivery; ``None`` when its digest is no longer there."""
        stored = shelf.digests[delivery.digest_id]
        if stored is None:
            return None
        wants = delivery.subscriber.preferences
        if seen:
            return _rendered(platform, stored, wants, seen)
        key = (platform.name, delivery.digest_id, replace(wants, timezone="", time=time.min, days=EVERY_DAY))
        if key not in shelf.parts:
            shelf.parts[key] = _rendered(platform, stored, wants, seen)
        return shelf.parts[key]


def _rendered(platform: Platform, stored: StoredDigest, wants: Preferences, seen: Mapping[str, Seen]) -> Sequence[Any]:
    view = View(wants.language, wants.layout, seen, platform.shows(wants.format))
    cards = digest_post(stored.topic, stored.digest, view, wants)
    return [part for card in cards for part in platform.parts(card, wants.format)]


def _seen(earlier: Mapping[str, Earlier]) -> Mapping[str, Seen]:
    return {number: Seen(where.title, where.date) for number, where in earlier.items()}
