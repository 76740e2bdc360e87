"""Sends one claimed delivery, and writes what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import structlog

from digestbot.cards import replies
from digestbot.core.delivery.claims import LEASE_DURATION, Claim
from digestbot.core.delivery.decisions import (
    DeliveryDecision,
    DeliveryPolicy,
    decide_after_error,
    decide_after_limit,
    decide_sent,
    decide_without_sending,
)
from digestbot.core.delivery.graceful_tasks import GracefulTasks
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome
from digestbot.core.delivery.outbox_writer import OutboxWriter
from digestbot.core.ports import Clock, Platform
from digestbot.domain.delivery import Delivery, mark_sending
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import ChatMovedError, DeliveryError, StoreError, TemporaryDeliveryError
from digestbot.store import Store

_log = structlog.get_logger(__name__)


class DeliveryExecutor:
    """Sends the messages of a delivery one by one, each written to the outbox before the next.

    Tasks that deliver are to be ended by :meth:`stop_tasks`: a message that has left is still written, and one that
    waits for the platform's limits is not sent.
    """

    def __init__(
        self, store: Store, clock: Clock, platform: Platform, policy: DeliveryPolicy, metrics: DeliveryMetrics
    ) -> None:
        self._clock = clock
        self._platform = platform
        self._policy = policy
        self._metrics = metrics
        self._subscribers = store.subscribers
        self._writer = OutboxWriter(store.outbox)
        self._tasks = GracefulTasks()

    async def deliver(self, claim: Claim, parts: Sequence[Any] | None) -> DeliveryOutcome | None:
        """Send the parts that are not out yet; the outcome, or ``None`` if the lease ran out first.

        ``parts`` are all messages of the delivery, or ``None`` when its digest no longer exists. The claim is kept up
        to date. Raises :class:`~digestbot.errors.StoreError`.
        """
        part_count = None if parts is None else len(parts)
        decision = decide_without_sending(claim.delivery, part_count, self._policy, self._clock.now())
        if decision:
            with self._begin_step(claim):
                return await self._write_decision(decision)
        for part_number, part in enumerate(parts or (), 1):
            if part_number <= claim.delivery.parts_sent:
                continue
            limit_error = await self._wait_for_limits(claim.delivery.subscriber.address)
            if not claim.is_valid(self._clock.now()):
                return None
            with self._begin_step(claim):
                if limit_error:
                    return await self._postpone_delivery(claim.delivery, limit_error)
                outcome = await self._send_and_mark(claim, part, is_last=part_number == part_count)
            if outcome:
                return outcome
        return None

    async def stop_tasks(self, tasks: Collection[asyncio.Task[Any]], timeout_seconds: float) -> None:
        """End the tasks that deliver, each when what has left is written. Those that take longer go on."""
        await self._tasks.stop(tasks, timeout_seconds)

    async def close(self) -> None:
        """Interrupt what is not finished."""
        await self._tasks.close()
        await self._writer.close()

    @contextmanager
    def _begin_step(self, claim: Claim) -> Iterator[None]:
        """A step is not interrupted when the tasks are to end."""
        with self._tasks.run_step():
            claim.is_in_flight = True
            try:
                yield
            finally:
                claim.is_in_flight = False

    async def _wait_for_limits(self, address: Address) -> DeliveryError | None:
        """Wait for the platform's limits; the error if they put the delivery off."""
        start = time.monotonic()
        try:
            await asyncio.sleep(0)  # a task that is to end does so here, even if the limits never make it wait
            await self._platform.acquire(address)
        except DeliveryError as error:
            return error
        finally:
            self._metrics.record_limiter_wait(self._platform.name, time.monotonic() - start)
        return None

    # -- steps ------------------------------------------------------------------------------------------------

    async def _send_and_mark(
        self,
        claim: Claim,
        part: Any,  # noqa: ANN401
        *,
        is_last: bool,
    ) -> DeliveryOutcome | None:
        """Send the next part and write that it is out; the outcome if the delivery ends with it."""
        try:
            if self._policy.should_skip_ambiguous(self._platform.name):
                await self._mark_sending(claim.delivery)  # a crash before this does not make it ambiguous
            thread = await self._send_part(claim, part)
        except DeliveryError as error:
            return await self._handle_error(claim.delivery, error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # a bug in one adapter must not stop all deliveries
            return await self._handle_bug(claim.delivery, error)
        if is_last:
            return await self._write_decision(decide_sent(claim.delivery, self._clock.now()))
        delivery = claim.delivery
        progress = replace(delivery, parts_sent=delivery.parts_sent + 1, thread=thread or delivery.thread)
        await self._mark_sending(progress)
        claim.delivery = progress
        return None

    async def _send_part(self, claim: Claim, part: Any) -> str:  # noqa: ANN401
        """Send a part to where the chat is now; the thread for the parts after it."""
        address, context = claim.delivery.subscriber.address, claim.build_context()
        try:
            return await self._platform.send(address, part, context)
        except ChatMovedError as error:
            await self._subscribers.migrate_chat(address.platform, address.chat, error.new_chat)
            return await self._platform.send(Address(address.platform, error.new_chat, address.thread), part, context)

    async def _postpone_delivery(self, delivery: Delivery, error: DeliveryError) -> DeliveryOutcome:
        return await self._write_decision(decide_after_limit(delivery, error, self._clock.now()))

    async def _handle_bug(self, delivery: Delivery, error: Exception) -> DeliveryOutcome:
        name = self._platform.name
        _log.error("delivery_failed", platform=name, delivery=delivery.id, exc_info=error)
        reason = f"a bug in the {name} adapter: {type(error).__name__}"
        return await self._handle_error(delivery, TemporaryDeliveryError(reason))

    async def _handle_error(self, delivery: Delivery, error: DeliveryError) -> DeliveryOutcome:
        """Try again later, or give up; a chat that takes no messages any more is paused."""
        decision = decide_after_error(delivery, error, self._policy, self._clock.now())
        await self._write_decision(decision)
        if decision.outcome is DeliveryOutcome.UNREACHABLE:
            await self._pause_subscriber(delivery.subscriber, error.reason)
        return decision.outcome

    async def _mark_sending(self, delivery: Delivery) -> None:
        await self._writer.write(mark_sending(delivery, self._clock.now() + LEASE_DURATION))

    async def _write_decision(self, decision: DeliveryDecision) -> DeliveryOutcome:
        await self._writer.write(decision.update)
        return decision.outcome

    # -- pausing ----------------------------------------------------------------------------------------------

    async def _pause_subscriber(self, subscriber: Subscriber, reason: str) -> None:
        if await self._subscribers.pause(subscriber.id, reason):
            _log.warning("subscriber_paused", platform=self._platform.name, reason=reason)
            await self._notify_moderator(subscriber, reason)

    async def _notify_moderator(self, subscriber: Subscriber, reason: str) -> None:
        """Tell the person who set the chat up, once: nothing more is delivered to a paused chat."""
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
