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
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome, NullMetrics
from digestbot.core.delivery.outbox_writer import OutboxWriter
from digestbot.core.ports import Clock, Platform, SendContext
from digestbot.domain.delivery import (
    Delivery,
    mark_dropped,
    mark_failed,
    mark_sending,
    mark_sent,
    release,
    schedule_retry,
)
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import (
    AmbiguousDeliveryError,
    ChatMovedError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    StoreError,
    TemporaryDeliveryError,
)
from digestbot.store import Store

LEASE_DURATION = timedelta(seconds=30)
"""How long a claimed row is kept from others; it is renewed while it is worked on."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How deliveries are treated.

    ``max_age`` is the age at which one is no longer useful and is dropped; ``skip_ambiguous`` names the platforms on
    which a message that may have arrived is given up, not sent again. ``retention`` is how long what became of them is
    remembered.
    """

    max_age: timedelta = timedelta(hours=24)
    skip_ambiguous: frozenset[str] = frozenset()
    retention: timedelta = timedelta(days=180)


class DeliveryExecutor:
    """Sends the parts of one platform's deliveries, and marks what became of each.

    Those who deliver are ended by :meth:`stop_tasks`, never otherwise: what waits for the platform's limits then has
    not begun, and what left is finished and marked all the same. ``lease_valid`` tells whether a delivery's lease still
    runs: nothing is sent on one that ran out. ``on_progress`` hears how far each got. ``database_id`` is the database's
    own, and ``in_flight`` are the deliveries of which something has left, or a mark is being written.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platform: Platform,
        policy: DeliveryPolicy,
        *,
        database_id: str = "",
        metrics: DeliveryMetrics | None = None,
        lease_valid: Callable[[int], bool] = lambda _: True,
        on_progress: Callable[[int, Delivery | DeliveryOutcome], None] = lambda _, __: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._platform = platform
        self._max_age, self._skips_ambiguous = policy.max_age, platform.name in policy.skip_ambiguous
        self.database_id = database_id
        self._metrics = metrics or NullMetrics()
        self._lease_valid, self._on_progress = lease_valid, on_progress
        self._writer = OutboxWriter(store.outbox)
        self._busy_tasks: set[asyncio.Task[Any]] = set()
        self._stopping_tasks: set[asyncio.Task[Any]] = set()
        self.in_flight: set[int] = set()

    async def deliver(self, delivery: Delivery, parts: Sequence[Any] | None) -> DeliveryOutcome | None:
        """Send the parts that are not out yet; what became of it, or ``None`` where its lease ran out meanwhile.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        step = self._finish_without_sending(delivery, parts)
        if step:
            return self._record_outcome(delivery, await self._run_to_completion(delivery, step))
        assert parts is not None, "settled otherwise"  # noqa: S101  # for the type checker
        progress: Delivery | DeliveryOutcome | None = delivery
        for part_number, part in enumerate(parts[delivery.parts_sent :], delivery.parts_sent + 1):
            assert isinstance(progress, Delivery), "the loop ends otherwise"  # noqa: S101
            limit_error = await self._wait_for_limits(delivery)
            if not self._lease_valid(delivery.id):
                return None
            is_last = part_number == len(parts)
            step = (
                self._release(progress, limit_error)
                if limit_error
                else self._send_and_mark(progress, part, part_number, is_last=is_last)
            )
            progress = await self._run_to_completion(delivery, step)
            if not isinstance(progress, Delivery):
                break
        return self._record_outcome(delivery, progress)

    def _finish_without_sending(
        self, delivery: Delivery, parts: Sequence[Any] | None
    ) -> Coroutine[Any, Any, Delivery | DeliveryOutcome | None] | None:
        """The end of a delivery that needs no more sending, if it is one."""
        if parts is None:
            return self._mark_failed(delivery, DeliveryOutcome.GONE, "the digest is no longer there")
        if delivery.parts_sent >= len(parts):  # all were out, and the process died before the mark
            return self._mark_sent(delivery)
        if delivery.subscriber.pause_reason:
            return self._mark_dropped(
                delivery, DeliveryOutcome.PAUSED, f"the chat is paused: {delivery.subscriber.pause_reason}"
            )
        if self._clock.now() - delivery.due_at > self._max_age:
            due, hours = delivery.due_at.strftime("%Y-%m-%d %H:%M"), self._max_age.total_seconds() / 3600
            last = f"; the last time: {delivery.reason}" if delivery.reason else ""
            reason = f"too late: it was due at {due} UTC and did not get out within {hours:g} hours{last}"
            return self._mark_dropped(delivery, DeliveryOutcome.TOO_LATE, reason)
        return None

    def _record_outcome(self, delivery: Delivery, outcome: Delivery | DeliveryOutcome | None) -> DeliveryOutcome | None:
        if isinstance(outcome, DeliveryOutcome):
            lag = (self._clock.now() - delivery.due_at).total_seconds()
            self._metrics.record_outcome(self._platform.name, outcome, lag)
            return outcome
        return None

    async def stop_tasks(self, tasks: Collection[asyncio.Task[Any]], seconds: float) -> set[int]:
        """End the tasks that deliver, each when what has left is marked; the deliveries that were not in time.

        Those go on till :meth:`close`.
        """
        for task in tasks:
            if task in self._busy_tasks:
                self._stopping_tasks.add(task)
            else:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        return set(self.in_flight)

    async def close(self) -> None:
        """Leave what is not finished."""
        late = list(self._busy_tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self._writer.close()

    async def _wait_for_limits(self, delivery: Delivery) -> DeliveryError | None:
        """Wait for the platform's limits; the error where they put the delivery off."""
        start = time.monotonic()
        try:
            await asyncio.sleep(0)  # who is to end does so here, also where the limits let everything pass at once
            await self._platform.acquire(delivery.subscriber.address)
        except DeliveryError as error:
            return error
        finally:
            self._metrics.record_limiter_wait(self._platform.name, time.monotonic() - start)
        return None

    async def _run_to_completion(
        self, delivery: Delivery, step: Coroutine[Any, Any, Delivery | DeliveryOutcome | None]
    ) -> Delivery | DeliveryOutcome | None:
        """Take a step, which is not cut off when the deliveries are to end.

        Every step gives the delivery as it stands then, or how it came to an end.
        """
        task = asyncio.current_task()
        assert task, "a coroutine runs in a task"  # noqa: S101  # for the type checker
        self._busy_tasks.add(task)
        self.in_flight.add(delivery.id)
        try:
            progress = await step
            if progress:
                self._on_progress(delivery.id, progress)
        finally:
            self._busy_tasks.discard(task)
            self.in_flight.discard(delivery.id)
        if task in self._stopping_tasks:
            self._stopping_tasks.discard(task)
            task.cancel()  # at the next wait, which is for the limits or another delivery
        return progress

    async def _send_and_mark(
        self,
        delivery: Delivery,
        part: Any,  # noqa: ANN401
        part_number: int,
        *,
        is_last: bool,
    ) -> Delivery | DeliveryOutcome:
        """Send a part and note it."""
        try:
            if self._skips_ambiguous:  # what was only claimed when a process died must not be taken for sent
                await self._writer.write(mark_sending(delivery, self._clock.now() + LEASE_DURATION))
            thread = await self._send_part(delivery, part, part_number)
        except DeliveryError as error:
            return await self._handle_error(delivery, error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # one adapter's bug must not stop the deliveries of all
            name = self._platform.name
            _log.exception("delivery_failed", platform=name, delivery=delivery.id)
            return await self._handle_error(
                delivery, TemporaryDeliveryError(f"a bug in the {name} adapter: {type(error).__name__}")
            )
        if is_last:
            return await self._mark_sent(delivery)
        progress = replace(delivery, parts_sent=part_number, thread=thread or delivery.thread)
        await self._writer.write(mark_sending(progress, self._clock.now() + LEASE_DURATION))
        return progress

    async def _send_part(self, delivery: Delivery, part: Any, part_number: int) -> str:  # noqa: ANN401
        """Send a part, to where the chat is now; the thread for those after it."""
        address = delivery.subscriber.address
        context = SendContext(self._idempotency_key(delivery, part_number), delivery.thread, delivery.attempt > 1)
        try:
            return await self._platform.send(address, part, context)
        except ChatMovedError as error:
            await self._store.subscribers.migrate_chat(address.platform, address.chat, error.new_chat)
            return await self._platform.send(Address(address.platform, error.new_chat, address.thread), part, context)

    def _idempotency_key(self, delivery: Delivery, part_number: int) -> str:
        """The same 24 characters whenever the same part of the same delivery of this database is sent."""
        return hashlib.sha256(f"{self.database_id} {delivery.id} {part_number}".encode()).hexdigest()[:24]

    async def _mark_sent(self, delivery: Delivery) -> DeliveryOutcome:
        now = self._clock.now().replace(microsecond=0)  # those of a second share a statement
        await self._writer.write(mark_sent(delivery, now))
        return DeliveryOutcome.SENT

    async def _mark_failed(self, delivery: Delivery, outcome: DeliveryOutcome, reason: str) -> DeliveryOutcome:
        await self._writer.write(mark_failed(delivery, self._clock.now(), reason))
        return outcome

    async def _mark_dropped(self, delivery: Delivery, outcome: DeliveryOutcome, reason: str) -> DeliveryOutcome:
        await self._writer.write(mark_dropped(delivery, self._clock.now(), reason))
        return outcome

    async def _release(self, delivery: Delivery, error: DeliveryError) -> DeliveryOutcome:
        """Nothing left, since the platform asked before for no messages to this chat."""
        seconds = (error.retry_after if isinstance(error, RateLimitedError) else 0) or 1
        retry_time = self._clock.now() + timedelta(seconds=seconds)
        await self._writer.write(release(delivery, retry_time, error.reason))
        return DeliveryOutcome.LATER

    async def _handle_error(self, delivery: Delivery, error: DeliveryError) -> DeliveryOutcome:
        """Try again later, or give up; and where the chat takes nothing any more, pause it."""
        if isinstance(error, AmbiguousDeliveryError) and self._skips_ambiguous:
            return await self._mark_failed(
                delivery, DeliveryOutcome.AMBIGUOUS, f"{error.reason}; by setting, it is not sent again"
            )
        retry_time = retry_at(error, delivery.attempt, self._clock.now(), random.random())  # noqa: S311  # no secret
        if retry_time:
            await self._writer.write(schedule_retry(delivery, retry_time, error.reason))
            return DeliveryOutcome.LATER
        is_permanent = isinstance(error, PermanentDeliveryError)
        outcome = await self._mark_failed(
            delivery, DeliveryOutcome.UNREACHABLE if is_permanent else DeliveryOutcome.REFUSED, error.reason
        )
        if is_permanent and await self._store.subscribers.pause(delivery.subscriber.id, error.reason):
            _log.warning("subscriber_paused", platform=self._platform.name, reason=error.reason)
            await self._notify_moderator(delivery.subscriber, error.reason)
        return outcome

    async def _notify_moderator(self, subscriber: Subscriber, reason: str) -> None:
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
