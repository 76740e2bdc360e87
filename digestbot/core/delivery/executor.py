"""Sends one claimed delivery, and writes what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.claims import LEASE_DURATION, Claim
from digestbot.core.delivery.decisions import (
    DeliveryDecision,
    DeliveryPolicy,
    decide_after_error,
    decide_after_limit,
    decide_sent,
    decide_unusable,
    decide_without_sending,
)
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome
from digestbot.core.delivery.outbox_writer import OutboxWriter
from digestbot.core.delivery.step_gate import StepGate
from digestbot.core.notices import notify_moderators, tell_of_problem
from digestbot.core.ports import Clock, LeaderCheck, Platform, always_lead
from digestbot.domain.delivery import OutboxUpdate, mark_sending
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import (
    ChatMovedError,
    CutShortError,
    DeliveryError,
    Informed,
    RefusedPartError,
    StoreError,
    TemporaryDeliveryError,
)
from digestbot.store import Store

_FLUSH_SECONDS = 1.5
"""How long the outbox may take to write what is left when the process stops."""
_log = structlog.get_logger(__name__)


class DeliveryExecutor:
    """Sends the messages of a delivery one by one, each written to the outbox before the next.

    It sends until :meth:`stop` is called, and only while ``is_leading``: no message leaves after that, and those that
    have left are still written.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platform: Platform,
        policy: DeliveryPolicy,
        metrics: DeliveryMetrics,
        *,
        alerts: AdminAlerts | None = None,
        is_leading: LeaderCheck = always_lead,
    ) -> None:
        self._store = store
        self._alerts = alerts
        self._clock = clock
        self._platform = platform
        self._policy = policy
        self._metrics = metrics
        self._subscribers = store.subscribers
        self._writer = OutboxWriter(store.outbox)
        self._gate = StepGate()
        self._is_leading = is_leading

    async def deliver(self, claim: Claim, parts: Sequence[Any] | None) -> DeliveryOutcome | None:
        """Send the parts that are not out yet; the outcome, or ``None`` if the claim was lost first.

        ``parts`` are all messages of the delivery, or ``None`` when its digest no longer exists. The claim is kept up
        to date. Raises :class:`~digestbot.errors.StoreError`, and :class:`asyncio.CancelledError` once stopped.
        """
        part_count = None if parts is None else len(parts)
        decision = decide_without_sending(claim.delivery, part_count, self._policy, self._clock.now())
        if decision:
            with self._begin_step(claim):
                return await self._write_decision(claim, decision)
        for part_number, part in enumerate(parts or (), 1):
            if part_number <= claim.delivery.parts_sent:
                continue
            limit_error = await self._wait_for_limits(claim.delivery.subscriber.address)
            if not self._may_send(claim):
                return None
            with self._begin_step(claim):
                if limit_error:
                    return await self._postpone_delivery(claim, limit_error)
                outcome = await self._send_and_mark(claim, part, is_last=part_number == part_count)
            if outcome:
                return outcome
        return None

    async def give_up(self, claim: Claim, error: Exception) -> DeliveryOutcome | None:
        """Fail a delivery that cannot be made into messages."""
        _log.error("delivery_given_up", platform=self._platform.name, delivery=claim.delivery.id, exc_info=error)
        with self._begin_step(claim):
            return await self._write_decision(claim, decide_unusable(claim.delivery, error, self._clock.now()))

    async def stop(self, tasks: Collection[asyncio.Task[Any]], timeout_seconds: float) -> None:
        """Send nothing more, and end the tasks that deliver, each when what has left is written.

        Those that take longer are interrupted: their messages may have arrived.
        """
        await self._gate.close(tasks, timeout_seconds)

    def interrupt(self) -> None:
        """Wait for no answer any more: what is in flight stays marked as being sent."""
        self._gate.interrupt()

    async def close(self) -> None:
        """Write what is pending."""
        await self._writer.close(_FLUSH_SECONDS)

    @contextmanager
    def _begin_step(self, claim: Claim) -> Iterator[None]:
        """A step is not interrupted by a stop; one that is all the same leaves its claim in flight."""
        with self._gate.begin_step():
            claim.is_in_flight = True
            yield
            claim.is_in_flight = False

    async def _wait_for_limits(self, address: Address) -> DeliveryError | None:
        """Wait for the platform's limits; the error if they put the delivery off."""
        start = time.monotonic()
        try:
            await self._platform.acquire(address)
        except DeliveryError as error:
            return error
        finally:
            self._metrics.record_limiter_wait(self._platform.name, time.monotonic() - start)
        return None

    # -- steps ------------------------------------------------------------------------------------------------

    def _may_send(self, claim: Claim) -> bool:
        """Whether the delivery is still ours alone. Both know it without asking the database."""
        return claim.is_valid(self._clock.now()) and self._is_leading()

    async def _send_and_mark(
        self,
        claim: Claim,
        part: Any,  # noqa: ANN401
        *,
        is_last: bool,
    ) -> DeliveryOutcome | None:
        """Send the next part and write that it is out; the outcome if the delivery ends with it."""
        if self._policy.should_skip_ambiguous(self._platform.name):
            await self._mark_sending(claim)  # a crash before this does not make it ambiguous
            if not self._may_send(claim):
                return None
        try:
            thread = await self._send_part(claim, part)
        except (CutShortError, RefusedPartError) as error:
            outcome = await self._mark_part(claim, "", is_last=is_last or isinstance(error, CutShortError))
            await self._inform(claim.delivery.subscriber, error)
            return outcome
        except DeliveryError as error:
            return await self._handle_error(claim, error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # a bug in one adapter must not stop all deliveries
            return await self._handle_bug(claim, error)
        return await self._mark_part(claim, thread, is_last=is_last)

    async def _mark_part(self, claim: Claim, thread: str, *, is_last: bool) -> DeliveryOutcome | None:
        """Write that the next part is done with; the outcome if the delivery ends with it."""
        if is_last:
            return await self._write_decision(claim, decide_sent(claim.delivery, self._clock.now()))
        delivery = claim.delivery
        claim.delivery = replace(delivery, parts_sent=delivery.parts_sent + 1, thread=thread or delivery.thread)
        await self._mark_sending(claim)
        return None

    async def _send_part(self, claim: Claim, part: Any) -> str:  # noqa: ANN401
        """Send a part to where the chat is now; the thread for the parts after it."""
        address, context = claim.delivery.subscriber.address, claim.build_context()
        try:
            return await self._platform.send(address, part, context)
        except ChatMovedError as error:
            await self._subscribers.migrate_chat(address.platform, address.chat, error.new_chat)
            return await self._platform.send(Address(address.platform, error.new_chat, address.thread), part, context)

    async def _postpone_delivery(self, claim: Claim, error: DeliveryError) -> DeliveryOutcome:
        return await self._write_decision(claim, decide_after_limit(claim.delivery, error, self._clock.now()))

    async def _handle_bug(self, claim: Claim, error: Exception) -> DeliveryOutcome:
        name = self._platform.name
        _log.error("delivery_failed", platform=name, delivery=claim.delivery.id, exc_info=error)
        reason = f"a bug in the {name} adapter: {type(error).__name__}"
        return await self._handle_error(claim, TemporaryDeliveryError(reason))

    async def _handle_error(self, claim: Claim, error: DeliveryError) -> DeliveryOutcome:
        """Try again later, or give up; a chat that takes no messages any more is paused."""
        decision = decide_after_error(claim.delivery, error, self._policy, self._clock.now())
        await self._write_decision(claim, decision)
        if decision.outcome is DeliveryOutcome.UNREACHABLE:
            await self._pause_subscriber(claim.delivery.subscriber, error.reason)
        else:
            await self._inform(claim.delivery.subscriber, error)
        return decision.outcome

    async def _mark_sending(self, claim: Claim) -> None:
        """Write how far the delivery has got. Rows that are marked in the same second share a statement."""
        now = self._clock.now()
        lease_until = now + timedelta(microseconds=-now.microsecond % 1_000_000) + LEASE_DURATION
        await self._write_update(claim, mark_sending(claim.delivery, lease_until))

    async def _write_decision(self, claim: Claim, decision: DeliveryDecision) -> DeliveryOutcome:
        await self._write_update(claim, decision.update)
        return decision.outcome

    async def _write_update(self, claim: Claim, update: OutboxUpdate) -> None:
        """Write an update of the claimed row; a row that is another's by now is left to it, and the claim is lost."""
        if not await self._writer.write(update):
            claim.lease_until = None
            _log.warning("claim_lost", platform=self._platform.name, delivery=update.id)

    # -- telling ----------------------------------------------------------------------------------------------

    async def _inform(self, subscriber: Subscriber, error: DeliveryError) -> None:
        """Tell who can mend what the platform refused: the moderator or the operator, each once a week."""
        if error.informed is Informed.MODERATOR:
            await tell_of_problem(self._platform, self._store, self._clock, subscriber, error.reason)
        elif error.informed is Informed.OPERATOR and self._alerts:
            year, week, _ = self._clock.now().isocalendar()
            await self._alerts.open(f"{self._platform.name} refuses {year}-{week}", error.reason)

    async def _pause_subscriber(self, subscriber: Subscriber, reason: str) -> None:
        if await self._subscribers.pause(subscriber.id, reason):
            _log.warning("subscriber_paused", platform=self._platform.name, reason=reason)
            await notify_moderators(self._platform, [subscriber], reason)
