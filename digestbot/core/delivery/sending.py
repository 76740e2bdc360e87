"""Limit, send, mark: one delivery after it was claimed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from digestbot.cards import replies
from digestbot.core.delivery.backoff import retry_at
from digestbot.core.delivery.marks import Marks
from digestbot.core.ports import Clock, Platform, Step
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import DeliveryError, StoreError
from digestbot.store import Store

_PART_LEASE = timedelta(minutes=2)
_log = structlog.get_logger(__name__)


class Sending:
    """Sends the parts of deliveries, and notes what became of each.

    Whoever waits for a delivery may be cancelled: what waits for the platform's limits then has not begun, and what
    left is finished and marked all the same (:meth:`finish`). ``settled`` are the deliveries that have come to an
    end, well or not. ``identity`` is the database's own.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platforms: Mapping[str, Platform],
        skip_ambiguous: frozenset[str],
        identity: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._platforms = platforms
        self._skip_ambiguous = skip_ambiguous
        self._marks = Marks(store.outbox, clock)
        self._under_way: dict[asyncio.Task[Delivery | None], int] = {}
        self.settled: set[int] = set()
        self._identity = identity

    async def deliver(self, delivery: Delivery, parts: Sequence[Any] | None) -> bool:
        """Send the parts that are not out yet; whether all are now. Raises :class:`~digestbot.errors.StoreError`."""
        if parts is None:
            await self._given_up(delivery, "the digest is no longer there")
            return False
        if delivery.parts >= len(parts):  # all were out, and the process died before the mark
            return bool(await self._through(delivery, self._done(delivery)))
        going = delivery
        for number, part in enumerate(parts[delivery.parts :], delivery.parts + 1):
            refused = await self._limited(delivery)
            last = number == len(parts)
            step = self._refused(going, refused) if refused else self._step(going, part, number, last=last)
            after = await self._through(delivery, step)
            if after is None:
                return False
            going = after
        return True

    async def finish(self, seconds: float) -> set[int]:
        """Wait for what has left; the deliveries that did not come to an end in time."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        late = dict(self._under_way)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return set(late.values())

    async def _limited(self, delivery: Delivery) -> DeliveryError | None:
        """Wait for the platform's limits; the error where they put the delivery off."""
        address = delivery.subscriber.address
        try:
            await self._platforms[address.platform].limit(address)
        except DeliveryError as error:
            return error
        return None

    async def _through(self, delivery: Delivery, step: Coroutine[Any, Any, Delivery | None]) -> Delivery | None:
        """Take a step that is finished even when whoever waits for it is cancelled.

        Every step gives the delivery as it stands then, or ``None`` where it does not go on.
        """
        task = asyncio.create_task(step)
        self._under_way[task] = delivery.id
        task.add_done_callback(lambda ended: self._under_way.pop(ended, None))
        return await asyncio.shield(task)

    async def _step(self, delivery: Delivery, part: Any, number: int, *, last: bool) -> Delivery | None:  # noqa: ANN401
        """Send a part and note it."""
        try:
            thread = await self._sent(delivery, part, number)
        except DeliveryError as error:
            await self._refused(delivery, error)
            return None
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # one adapter's bug must not stop the deliveries of all
            platform = delivery.subscriber.address.platform
            _log.exception("delivery_failed", platform=platform, delivery=delivery.id)
            await self._refused(delivery, DeliveryError(f"a bug in the {platform} adapter: {type(error).__name__}"))
            return None
        if last:
            return await self._done(delivery)
        going = replace(delivery, parts=number, thread=thread or delivery.thread)
        await self._store.outbox.part_sent(delivery.id, number, going.thread, self._clock.now() + _PART_LEASE)
        return going

    async def _done(self, delivery: Delivery) -> Delivery:
        await self._marks.sent(delivery.id)
        self.settled.add(delivery.id)
        return delivery

    async def _sent(self, delivery: Delivery, part: Any, number: int) -> str:  # noqa: ANN401
        """Send a part, to where the chat is now; the thread for those after it."""
        address = delivery.subscriber.address
        platform = self._platforms[address.platform]
        step = Step(self._key(delivery, number), delivery.thread, delivery.attempt > 1)
        try:
            return await platform.send(address, part, step)
        except DeliveryError as error:
            if not error.moved_to:
                raise
            await self._store.subscribers.move(platform.name, address.chat, error.moved_to)
            return await platform.send(Address(address.platform, error.moved_to, address.thread), part, step)

    def _key(self, delivery: Delivery, number: int) -> str:
        """The same 24 characters whenever the same part of the same delivery of this database is sent."""
        return hashlib.sha256(f"{self._identity} {delivery.id} {number}".encode()).hexdigest()[:24]

    async def _given_up(self, delivery: Delivery, reason: str) -> None:
        await self._store.outbox.failed(delivery.id, reason)
        self.settled.add(delivery.id)

    async def _refused(self, delivery: Delivery, error: DeliveryError) -> None:
        """Try again later, or give up; and where the chat takes nothing any more, pause it."""
        skipped = error.ambiguous and delivery.subscriber.address.platform in self._skip_ambiguous
        again = None if skipped else retry_at(error, delivery.attempt, self._clock.now())
        if again:
            await self._store.outbox.again(delivery.id, again, error.reason)
            self.settled.add(delivery.id)
            return
        await self._given_up(delivery, error.reason)
        if error.permanent and await self._store.subscribers.pause(delivery.subscriber.id, error.reason):
            _log.warning("subscriber_paused", platform=delivery.subscriber.address.platform, reason=error.reason)
            await self._report(delivery.subscriber, error.reason)

    async def _report(self, subscriber: Subscriber, reason: str) -> None:
        """Tell whoever set the chat up, once: a paused chat is not delivered to again."""
        address, preferences = subscriber.address, subscriber.preferences
        if not subscriber.moderator or subscriber.moderator == address.chat:
            return
        platform = self._platforms[address.platform]
        card = replies.trouble(preferences.language, subscriber.title or address.chat, reason)
        moderator = Address(address.platform, subscriber.moderator)
        try:
            for part in platform.parts(card, preferences.format):
                await platform.limit(moderator)
                await platform.send(moderator, part)
        except DeliveryError as error:
            _log.info("trouble_not_reported", platform=address.platform, reason=error.reason)
