"""The delivery state machine: the states of a digest on its way to a subscriber, and all transitions.

::

    due ──claimed──> sending ──> sent
     ^                 │   ├───> failed
     ├──────later──────┘   └───> dropped
     └─────────────planned again────┘

A row becomes ``sending``, with a lease, before the request is sent, and is updated afterwards. While the lease is valid
no other process claims the row; a row whose lease expired may have been delivered. Each claim has a number, and an
update holds only while the row still has it: a process that was paused cannot undo what its successor did. Deliveries
that were given up are ``failed``. Deliveries that are too late, or for a paused chat, are ``dropped``; they become due
again at the next scheduled time. The functions here are all the transitions of a claimed row; claiming a free row takes
a single statement in the store (``store/deliveries/outbox.py``).

All digests that a chat receives at one time are delivered together: the row of one of them, the lead, passes through
these states, and the others' rows are ``bundled`` until it ends, and then end as it did (``store/bundles.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from digestbot.domain.subscription import Subscriber


class DeliveryState(StrEnum):
    """The state of a delivery."""

    DUE = "due"
    BUNDLED = "bundled"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


ENDED_STATES = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed outbox row. ``attempt`` counts from 1, ``parts_sent`` is the number of messages already sent.

    ``due_at`` is when the subscriber should receive it, ``thread`` the thread opened by one of its messages for the
    following ones, or empty, and ``reason`` why it is not sent yet, in the platform's words. ``claim_number`` counts
    the claims of the row, and grows with each. ``bundled_digest_ids`` are other digests that come with it, and
    ``older_counts`` have, by a digest of each topic that has any, the number of its digests that are too old to.
    ``narrowings`` is what the chat left out when the first message was sent, as the store writes it; empty for nothing.
    """

    id: int
    subscriber: Subscriber
    digest_id: int
    attempt: int
    due_at: datetime
    parts_sent: int = 0
    thread: str = ""
    reason: str = ""
    claim_number: int = 0
    bundled_digest_ids: tuple[int, ...] = ()
    older_counts: tuple[tuple[int, int], ...] = ()
    narrowings: str = ""


@dataclass(frozen=True, slots=True)
class OutboxUpdate:
    """The new state of an outbox row, for as long as the row has this ``claim_number``.

    ``available_at`` is when it may be claimed again, ``ended_at`` when it reached a final state. ``has_bundle``: other
    digests come with it and end with it. ``splits_bundle``: they become deliveries of their own. ``narrowings`` are
    written where there are any and a message is out.
    """

    id: int
    claim_number: int
    state: DeliveryState
    available_at: datetime | None
    attempts: int
    parts_sent: int
    thread: str
    reason: str = ""
    ended_at: datetime | None = None
    has_bundle: bool = False
    splits_bundle: bool = False
    narrowings: str = ""


def mark_sending(delivery: Delivery, lease_until: datetime) -> OutboxUpdate:
    """Sending, with the number of messages sent so far: after a crash, delivery resumes from there."""
    return _build_update(delivery, DeliveryState.SENDING, available_at=lease_until)


def mark_sent(delivery: Delivery, now: datetime) -> OutboxUpdate:
    """All messages are sent."""
    return _build_update(delivery, DeliveryState.SENT, ended_at=now)


def mark_failed(delivery: Delivery, now: datetime, reason: str) -> OutboxUpdate:
    """Given up, with the reason."""
    return _build_update(delivery, DeliveryState.FAILED, reason=reason, ended_at=now)


def mark_dropped(delivery: Delivery, now: datetime, reason: str) -> OutboxUpdate:
    """Not worth sending now, with the reason."""
    return _build_update(delivery, DeliveryState.DROPPED, reason=reason, ended_at=now)


def schedule_retry(delivery: Delivery, at: datetime, reason: str) -> OutboxUpdate:
    """Try again at a given time."""
    return _build_update(delivery, DeliveryState.DUE, available_at=at, reason=reason)


def release(delivery: Delivery, at: datetime, reason: str = "") -> OutboxUpdate:
    """Return the claim; nothing was sent, so this does not count as an attempt."""
    attempts_before = delivery.attempt - 1
    return _build_update(
        delivery, DeliveryState.DUE, available_at=at, reason=reason or delivery.reason, attempts=attempts_before
    )


def _build_update(
    delivery: Delivery,
    state: DeliveryState,
    *,
    available_at: datetime | None = None,
    reason: str = "",
    ended_at: datetime | None = None,
    attempts: int | None = None,
) -> OutboxUpdate:
    attempts_made = delivery.attempt if attempts is None else attempts
    return OutboxUpdate(
        delivery.id,
        delivery.claim_number,
        state,
        available_at,
        attempts_made,
        delivery.parts_sent,
        delivery.thread,
        reason,
        ended_at,
        has_bundle=bool(delivery.bundled_digest_ids),
        narrowings=delivery.narrowings if delivery.parts_sent or state is DeliveryState.SENT else "",
    )


def split_bundle(update: OutboxUpdate) -> OutboxUpdate:
    """The same, and what comes with it becomes deliveries of its own."""
    return replace(update, splits_bundle=update.has_bundle)
