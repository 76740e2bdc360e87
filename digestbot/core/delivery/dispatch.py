"""Claim, send, mark."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from digestbot.cards import replies
from digestbot.cards.papers import Seen, View, digest_pages
from digestbot.core.delivery.backoff import retry_at
from digestbot.core.delivery.marks import Marks
from digestbot.core.delivery.plan import plan
from digestbot.core.ports import Clock, Platform
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Address, Preferences, Subscriber
from digestbot.errors import DeliveryError, StoreError
from digestbot.locale import say
from digestbot.store import Store
from digestbot.store.digests import StoredDigest
from digestbot.store.outbox import Earlier

_LEASE = timedelta(minutes=2)
_BATCH = 256
_IN_FLIGHT = 400
"""Deliveries in work at once: 2,000 a second where a message and its mark take 200 ms."""
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
        self._marks = Marks(store.outbox, clock)

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
        """Keep so many chats in work until nothing is due."""
        queue: asyncio.Queue[_Errand] = asyncio.Queue(_IN_FLIGHT)
        shelf = _Shelf()
        try:
            async with asyncio.TaskGroup() as group:
                working = [group.create_task(self._work(queue, shelf, done)) for _ in range(_IN_FLIGHT)]
                working.append(group.create_task(self._keep(shelf)))
                await self._claim_into(queue, shelf)
                await queue.join()
                for task in working:
                    task.cancel()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._hand_back(queue)

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

    async def _hand_back(self, queue: asyncio.Queue[_Errand]) -> None:
        """What was claimed and not begun is anybody's again."""
        ids: list[int] = []
        while not queue.empty():
            ids.extend(delivery.id for delivery, _ in queue.get_nowait())
        if ids:
            await self._store.outbox.release(ids)

    async def _work(self, queue: asyncio.Queue[_Errand], shelf: _Shelf, done: Round) -> None:
        while True:
            errand = await queue.get()
            for number, (delivery, known) in enumerate(errand):
                seen = await self._seen_now(delivery) if number else known
                if await self._deliver(delivery, seen, shelf):
                    done.sent += 1
                else:
                    done.failed += 1
                shelf.held.discard(delivery.id)
            queue.task_done()

    async def _seen_now(self, delivery: Delivery) -> Mapping[str, Seen]:
        """What the subscriber has by now, another topic of the same morning included."""
        earlier = await self._store.outbox.received([delivery])
        return _seen(earlier.get(delivery.id, {}))

    async def _deliver(self, delivery: Delivery, seen: Mapping[str, Seen], shelf: _Shelf) -> bool:
        platform = self._platforms[delivery.subscriber.address.platform]
        parts = self._parts(platform, delivery, seen, shelf)
        if parts is None:
            await self._store.outbox.failed(delivery.id, "the digest is no longer there")
            return False
        try:
            await self._send(platform, delivery, parts)
        except DeliveryError as error:
            await self._refused(delivery, error)
            return False
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # one adapter's bug must not stop the deliveries of all
            _log.exception("delivery_failed", platform=platform.name, delivery=delivery.id)
            await self._refused(
                delivery, DeliveryError(f"a bug in the {platform.name} adapter: {type(error).__name__}")
            )
            return False
        await self._marks.sent(delivery.id)
        return True

    async def _send(self, platform: Platform, delivery: Delivery, parts: Sequence[Any]) -> None:
        """Send the parts that are not out yet, noting each but the last, which the mark is for."""
        address = delivery.subscriber.address
        for number, part in enumerate(parts[delivery.parts :], delivery.parts + 1):
            try:
                await platform.send(address, part)
            except DeliveryError as error:
                if not error.moved_to:
                    raise
                await self._store.subscribers.move(platform.name, address.chat, error.moved_to)
                address = Address(address.platform, error.moved_to, address.thread)
                await platform.send(address, part)
            if number < len(parts):
                await self._store.outbox.part_sent(delivery.id, number, self._clock.now() + _LEASE)

    async def _refused(self, delivery: Delivery, error: DeliveryError) -> None:
        skipped = error.ambiguous and delivery.subscriber.address.platform in self._skip_ambiguous
        again = None if skipped else retry_at(error, delivery.attempt, self._clock.now())
        if again:
            await self._store.outbox.again(delivery.id, again, error.reason)
            return
        await self._store.outbox.failed(delivery.id, error.reason)
        if error.permanent and await self._store.subscribers.pause(delivery.subscriber.id, error.reason):
            _log.warning("subscriber_paused", platform=delivery.subscriber.address.platform, reason=error.reason)
            await self._report(delivery.subscriber, error.reason)

    async def _report(self, subscriber: Subscriber, reason: str) -> None:
        """Tell whoever set the chat up, once: a paused chat is not delivered to again."""
        address, preferences = subscriber.address, subscriber.preferences
        if not subscriber.moderator or subscriber.moderator == address.chat:
            return
        platform = self._platforms[address.platform]
        told = {"title": subscriber.title or address.chat, "reason": reason}
        title, text = (say(preferences.language, f"trouble.{part}", **told) for part in ("title", "text"))
        try:
            for part in platform.parts(replies.said(title, text), preferences.format):
                await platform.send(Address(address.platform, subscriber.moderator), part)
        except DeliveryError as error:
            _log.info("trouble_not_reported", platform=address.platform, reason=error.reason)

    def _parts(
        self, platform: Platform, delivery: Delivery, seen: Mapping[str, Seen], shelf: _Shelf
    ) -> Sequence[Any] | None:
        stored = shelf.digests[delivery.digest_id]
        if stored is None:
            return None
        wants = delivery.subscriber.preferences
        if seen:
            return _rendered(platform, stored, wants, seen)
        key = (platform.name, delivery.digest_id, wants.language, wants.layout, wants.format)
        if key not in shelf.parts:
            shelf.parts[key] = _rendered(platform, stored, wants, seen)
        return shelf.parts[key]


def _rendered(platform: Platform, stored: StoredDigest, wants: Preferences, seen: Mapping[str, Seen]) -> Sequence[Any]:
    view = View(wants.language, wants.layout, seen, platform.shows(wants.format))
    cards = digest_pages(stored.topic, stored.digest, view)
    return [part for card in cards for part in platform.parts(card, wants.format)]


def _seen(earlier: Mapping[str, Earlier]) -> Mapping[str, Seen]:
    return {number: Seen(where.title, where.date) for number, where in earlier.items()}
