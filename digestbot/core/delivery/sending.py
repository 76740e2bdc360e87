"""Limit, send, mark: one delivery after it was claimed."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from digestbot.cards import replies
from digestbot.core.delivery.backoff import retry_at
from digestbot.core.delivery.marks import Marks
from digestbot.core.delivery.watch import End, Unwatched, Watch
from digestbot.core.ports import Clock, Platform, SendContext
from digestbot.domain.delivery import Delivery, dropped, failed, later, put_off, sending, sent
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import DeliveryError, StoreError
from digestbot.store import Store

LEASE = timedelta(seconds=30)
"""How long a claimed row is kept from others; it is renewed while it is worked on."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """How deliveries are treated.

    ``late`` is the age at which one is no longer useful and is dropped; ``skip`` names the platforms on which a message
    that may have arrived is given up, not sent again. ``kept`` is how long what became of them is remembered.
    """

    late: timedelta = timedelta(hours=24)
    skip: frozenset[str] = frozenset()
    kept: timedelta = timedelta(days=180)


class Sending:
    """Sends the parts of one platform's deliveries, and marks what became of each.

    Those who deliver are ended by :meth:`finish`, never otherwise: what waits for the platform's limits then has not
    begun, and what left is finished and marked all the same. ``holds`` tells whether a delivery's lease still runs:
    nothing is sent on one that ran out. ``went`` hears how far each got. ``identity`` is the database's own, and
    ``under_way`` are the deliveries of which something has left, or a mark is being written.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platform: Platform,
        terms: Terms,
        *,
        identity: str = "",
        watch: Watch | None = None,
        holds: Callable[[int], bool] = lambda _: True,
        went: Callable[[int, Delivery | End], None] = lambda _, __: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._platform = platform
        self._late, self._skips = terms.late, platform.name in terms.skip
        self.identity = identity
        self._watch = watch or Unwatched()
        self._holds, self._went = holds, went
        self._marks = Marks(store.outbox)
        self._busy: set[asyncio.Task[Any]] = set()
        self._leaving: set[asyncio.Task[Any]] = set()
        self.under_way: set[int] = set()

    async def deliver(self, delivery: Delivery, parts: Sequence[Any] | None) -> End | None:
        """Send the parts that are not out yet; what became of it, or ``None`` where its lease ran out meanwhile.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        step = self._settled(delivery, parts)
        if step:
            return self._told(delivery, await self._through(delivery, step))
        assert parts is not None, "settled otherwise"  # noqa: S101  # for the type checker
        going: Delivery | End | None = delivery
        for number, part in enumerate(parts[delivery.parts :], delivery.parts + 1):
            assert isinstance(going, Delivery), "the loop ends otherwise"  # noqa: S101
            put_off_by = await self._limited(delivery)
            if not self._holds(delivery.id):
                return None
            last = number == len(parts)
            step = self._put_off(going, put_off_by) if put_off_by else self._step(going, part, number, last=last)
            going = await self._through(delivery, step)
            if not isinstance(going, Delivery):
                break
        return self._told(delivery, going)

    def _settled(
        self, delivery: Delivery, parts: Sequence[Any] | None
    ) -> Coroutine[Any, Any, Delivery | End | None] | None:
        """The end of a delivery that needs no more sending, if it is one."""
        if parts is None:
            return self._given_up(delivery, End.GONE, "the digest is no longer there")
        if delivery.parts >= len(parts):  # all were out, and the process died before the mark
            return self._done(delivery)
        if delivery.subscriber.pause_reason:
            return self._dropped(delivery, End.PAUSED, f"the chat is paused: {delivery.subscriber.pause_reason}")
        if self._clock.now() - delivery.due_at > self._late:
            due, hours = delivery.due_at.strftime("%Y-%m-%d %H:%M"), self._late.total_seconds() / 3600
            last = f"; the last time: {delivery.reason}" if delivery.reason else ""
            reason = f"too late: it was due at {due} UTC and did not get out within {hours:g} hours{last}"
            return self._dropped(delivery, End.TOO_LATE, reason)
        return None

    def _told(self, delivery: Delivery, end: Delivery | End | None) -> End | None:
        if isinstance(end, End):
            lag = (self._clock.now() - delivery.due_at).total_seconds()
            self._watch.ended(self._platform.name, end, lag)
            return end
        return None

    async def finish(self, delivering: Collection[asyncio.Task[Any]], seconds: float) -> set[int]:
        """End the tasks that deliver, each when what has left is marked; the deliveries that were not in time.

        Those go on till :meth:`close`.
        """
        for task in delivering:
            if task in self._busy:
                self._leaving.add(task)
            else:
                task.cancel()
        if delivering:
            await asyncio.wait(delivering, timeout=seconds)
        return set(self.under_way)

    async def close(self) -> None:
        """Leave what is not finished."""
        late = list(self._busy)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self._marks.close()

    async def _limited(self, delivery: Delivery) -> DeliveryError | None:
        """Wait for the platform's limits; the error where they put the delivery off."""
        start = time.monotonic()
        try:
            await asyncio.sleep(0)  # who is to end does so here, also where the limits let everything pass at once
            await self._platform.acquire(delivery.subscriber.address)
        except DeliveryError as error:
            return error
        finally:
            self._watch.waited(self._platform.name, time.monotonic() - start)
        return None

    async def _through(
        self, delivery: Delivery, step: Coroutine[Any, Any, Delivery | End | None]
    ) -> Delivery | End | None:
        """Take a step, which is not cut off when the deliveries are to end.

        Every step gives the delivery as it stands then, or how it came to an end.
        """
        task = asyncio.current_task()
        assert task, "a coroutine runs in a task"  # noqa: S101  # for the type checker
        self._busy.add(task)
        self.under_way.add(delivery.id)
        try:
            reached = await step
            if reached:
                self._went(delivery.id, reached)
        finally:
            self._busy.discard(task)
            self.under_way.discard(delivery.id)
        if task in self._leaving:
            self._leaving.discard(task)
            task.cancel()  # at the next wait, which is for the limits or another delivery
        return reached

    async def _step(self, delivery: Delivery, part: Any, number: int, *, last: bool) -> Delivery | End:  # noqa: ANN401
        """Send a part and note it."""
        try:
            if self._skips:  # what was only claimed when a process died must not be taken for sent
                await self._marks.write(sending(delivery, self._clock.now() + LEASE))
            thread = await self._sent(delivery, part, number)
        except DeliveryError as error:
            return await self._refused(delivery, error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # one adapter's bug must not stop the deliveries of all
            name = self._platform.name
            _log.exception("delivery_failed", platform=name, delivery=delivery.id)
            return await self._refused(delivery, DeliveryError(f"a bug in the {name} adapter: {type(error).__name__}"))
        if last:
            return await self._done(delivery)
        going = replace(delivery, parts=number, thread=thread or delivery.thread)
        await self._marks.write(sending(going, self._clock.now() + LEASE))
        return going

    async def _sent(self, delivery: Delivery, part: Any, number: int) -> str:  # noqa: ANN401
        """Send a part, to where the chat is now; the thread for those after it."""
        address = delivery.subscriber.address
        step = SendContext(self._key(delivery, number), delivery.thread, delivery.attempt > 1)
        try:
            return await self._platform.send(address, part, step)
        except DeliveryError as error:
            if not error.moved_to:
                raise
            await self._store.subscribers.move(address.platform, address.chat, error.moved_to)
            return await self._platform.send(Address(address.platform, error.moved_to, address.thread), part, step)

    def _key(self, delivery: Delivery, number: int) -> str:
        """The same 24 characters whenever the same part of the same delivery of this database is sent."""
        return hashlib.sha256(f"{self.identity} {delivery.id} {number}".encode()).hexdigest()[:24]

    async def _done(self, delivery: Delivery) -> End:
        now = self._clock.now().replace(microsecond=0)  # those of a second share a statement
        await self._marks.write(sent(delivery, now))
        return End.SENT

    async def _given_up(self, delivery: Delivery, end: End, reason: str) -> End:
        await self._marks.write(failed(delivery, self._clock.now(), reason))
        return end

    async def _dropped(self, delivery: Delivery, end: End, reason: str) -> End:
        await self._marks.write(dropped(delivery, self._clock.now(), reason))
        return end

    async def _put_off(self, delivery: Delivery, error: DeliveryError) -> End:
        """Nothing left, since the platform asked before for no messages to this chat."""
        again = self._clock.now() + timedelta(seconds=error.retry_after or 1)
        await self._marks.write(put_off(delivery, again, error.reason))
        return End.LATER

    async def _refused(self, delivery: Delivery, error: DeliveryError) -> End:
        """Try again later, or give up; and where the chat takes nothing any more, pause it."""
        if error.ambiguous and self._skips:
            return await self._given_up(delivery, End.AMBIGUOUS, f"{error.reason}; by setting, it is not sent again")
        again = retry_at(error, delivery.attempt, self._clock.now(), random.random())  # noqa: S311  # no secret
        if again:
            await self._marks.write(later(delivery, again, error.reason))
            return End.LATER
        end = await self._given_up(delivery, End.UNREACHABLE if error.permanent else End.REFUSED, error.reason)
        if error.permanent and await self._store.subscribers.pause(delivery.subscriber.id, error.reason):
            _log.warning("subscriber_paused", platform=self._platform.name, reason=error.reason)
            await self._report(delivery.subscriber, error.reason)
        return end

    async def _report(self, subscriber: Subscriber, reason: str) -> None:
        """Tell whoever set the chat up, once: a paused chat is not delivered to again."""
        address, preferences = subscriber.address, subscriber.preferences
        if not subscriber.moderator_chat or subscriber.moderator_chat == address.chat:
            return
        card = replies.paused_card(preferences.language, subscriber.title or address.chat, reason)
        moderator = Address(address.platform, subscriber.moderator_chat)
        try:
            for part in self._platform.render(card, preferences.card_style):
                await self._platform.acquire(moderator)
                await self._platform.send(moderator, part)
        except DeliveryError as error:
            _log.info("trouble_not_reported", platform=address.platform, reason=error.reason)
