"""What becomes of a delivery: pure decisions, each an outcome with the update of its row."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digestbot.core.delivery.backoff import retry_at
from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.domain.delivery import (
    Delivery,
    OutboxUpdate,
    mark_dropped,
    mark_failed,
    mark_sent,
    release,
    schedule_retry,
    split_bundle,
)
from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
)

NOTHING_LEFT = "the chat's filters and mutes left nothing of it"
"""Why a delivery ended without a message."""
_DEFAULT_LIMIT_SECONDS = 1.0
"""How long a delivery is put off where the platform's limits do not say."""


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How deliveries are treated.

    A delivery older than ``max_age`` is no longer useful and is dropped. On the platforms in ``skip_ambiguous``, a
    message that may have arrived is given up instead of sent again. Ended deliveries are kept for ``retention``.
    """

    max_age: timedelta = timedelta(hours=24)
    skip_ambiguous: frozenset[str] = frozenset()
    retention: timedelta = timedelta(days=180)

    def should_skip_ambiguous(self, platform: str) -> bool:
        """Whether a message that may have arrived is given up on this platform."""
        return platform in self.skip_ambiguous


@dataclass(frozen=True, slots=True)
class DeliveryDecision:
    """The outcome of an attempt, and what the delivery's row becomes."""

    outcome: DeliveryOutcome
    update: OutboxUpdate


def decide_without_sending(
    delivery: Delivery, part_count: int | None, policy: DeliveryPolicy, now: datetime
) -> DeliveryDecision | None:
    """How a delivery ends of which nothing needs to be sent; ``None`` if something does.

    ``part_count`` is the number of its messages, 0 if the chat hides all of it, or ``None`` when its digest no longer
    exists.
    """
    if part_count is None:
        gone = split_bundle(mark_failed(delivery, now, "the digest is no longer there"))
        return DeliveryDecision(DeliveryOutcome.GONE, gone)
    if part_count == 0:
        ended = decide_sent(delivery, now)
        return replace(ended, outcome=DeliveryOutcome.EMPTY, update=replace(ended.update, reason=NOTHING_LEFT))
    if delivery.parts_sent >= part_count:  # the process died after the last message, before it was marked
        return decide_sent(delivery, now)
    if delivery.subscriber.pause_reason:
        reason = f"the chat is paused: {delivery.subscriber.pause_reason}"
        return DeliveryDecision(DeliveryOutcome.PAUSED, mark_dropped(delivery, now, reason))
    if now - delivery.due_at > policy.max_age:
        reason = _describe_lateness(delivery, policy.max_age)
        return DeliveryDecision(DeliveryOutcome.TOO_LATE, mark_dropped(delivery, now, reason))
    return None


def decide_sent(delivery: Delivery, now: datetime) -> DeliveryDecision:
    """All its messages are out. Deliveries that end in the same second are updated by one statement."""
    return DeliveryDecision(DeliveryOutcome.SENT, mark_sent(delivery, now.replace(microsecond=0)))


def decide_unusable(delivery: Delivery, error: Exception, now: datetime) -> DeliveryDecision:
    """It cannot be made into messages: only one of what comes in it may be what cannot, so each is tried alone."""
    reason = f"its digest cannot be shown ({type(error).__name__}: {error})"
    if delivery.bundled_digest_ids and not delivery.parts_sent:
        return DeliveryDecision(DeliveryOutcome.LATER, split_bundle(schedule_retry(delivery, now, reason)))
    return DeliveryDecision(DeliveryOutcome.REFUSED, split_bundle(mark_failed(delivery, now, reason)))


def decide_after_limit(delivery: Delivery, error: DeliveryError, now: datetime) -> DeliveryDecision:
    """The limits did not let it pass. Nothing was sent, so this does not count as an attempt."""
    seconds = error.retry_after if isinstance(error, RateLimitedError) else 0.0
    retry_time = now + timedelta(seconds=seconds or _DEFAULT_LIMIT_SECONDS)
    return DeliveryDecision(DeliveryOutcome.LATER, release(delivery, retry_time, error.reason))


def decide_after_error(
    delivery: Delivery, error: DeliveryError, policy: DeliveryPolicy, now: datetime
) -> DeliveryDecision:
    """The platform did not take a message: try again later, or give up."""
    is_skipped = policy.should_skip_ambiguous(delivery.subscriber.address.platform)
    if isinstance(error, AmbiguousDeliveryError) and is_skipped:
        reason = f"{error.reason}; by setting, it is not sent again"
        return DeliveryDecision(DeliveryOutcome.AMBIGUOUS, mark_failed(delivery, now, reason))
    if isinstance(error, RejectedMessageError) and delivery.bundled_digest_ids and not delivery.parts_sent:
        alone = split_bundle(schedule_retry(delivery, now, error.reason))  # only one of them may be what is refused
        return DeliveryDecision(DeliveryOutcome.LATER, alone)
    retry_time = retry_at(error, delivery.attempt, now, random.random())  # noqa: S311  # no secret
    if retry_time:
        return DeliveryDecision(DeliveryOutcome.LATER, schedule_retry(delivery, retry_time, error.reason))
    is_permanent = isinstance(error, PermanentDeliveryError)
    outcome = DeliveryOutcome.UNREACHABLE if is_permanent else DeliveryOutcome.REFUSED
    failed = mark_failed(delivery, now, error.reason)
    return DeliveryDecision(outcome, failed if delivery.parts_sent else split_bundle(failed))


def _describe_lateness(delivery: Delivery, max_age: timedelta) -> str:
    due, hours = delivery.due_at.strftime("%Y-%m-%d %H:%M"), max_age.total_seconds() / 3600
    last = f"; the last time: {delivery.reason}" if delivery.reason else ""
    return f"too late: it was due at {due} UTC and did not get out within {hours:g} hours{last}"
