"""A digest on its way to a subscriber: its states, and every way from one to the next.

::

    due ──claimed──> sending ──> sent
     ^                 │   ├───> failed
     ├──────later──────┘   └───> dropped
     └─────────────planned again────┘

A row is ``sending``, with a lease, before the request leaves, and marked after. While its lease runs nobody else takes
it; a row whose lease ran out may have arrived. What is given up has ``failed``; what was of no use at the moment, too
late or for a chat that is paused, is ``dropped``, and due again when its digest still is the newest at the next time.
The functions here are all the ways a claimed row goes on; that a free row is claimed, by one statement, is the store's
part (``store/outbox.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digestbot.domain.subscription import Subscriber


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed outbox row. ``attempt`` counts from 1, ``parts_sent`` are the messages of it that are out.

    ``due_at`` is when the subscriber should have it, ``thread`` the one that a message opened for those after it, or
    empty, and ``reason`` why it is not out yet, in the platform's words.
    """

    id: int
    subscriber: Subscriber
    digest_id: int
    attempt: int
    due_at: datetime
    parts_sent: int = 0
    thread: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OutboxUpdate:
    """What an outbox row becomes.

    ``available_at`` is when it may be claimed again, ``ended_at`` when it came to an end.
    """

    id: int
    state: DeliveryState
    available_at: datetime | None
    attempts: int
    parts_sent: int
    thread: str
    reason: str = ""
    ended_at: datetime | None = None


def mark_sending(delivery: Delivery, lease_until: datetime) -> OutboxUpdate:
    """It is on its way, with so many parts out: after a crash it goes on from there."""
    return _build_update(delivery, DeliveryState.SENDING, available_at=lease_until)


def mark_sent(delivery: Delivery, now: datetime) -> OutboxUpdate:
    """All its parts are out."""
    return _build_update(delivery, DeliveryState.SENT, ended_at=now)


def mark_failed(delivery: Delivery, now: datetime, reason: str) -> OutboxUpdate:
    """It is given up, with the reason."""
    return _build_update(delivery, DeliveryState.FAILED, reason=reason, ended_at=now)


def mark_dropped(delivery: Delivery, now: datetime, reason: str) -> OutboxUpdate:
    """It is of no use now, with the reason."""
    return _build_update(delivery, DeliveryState.DROPPED, reason=reason, ended_at=now)


def schedule_retry(delivery: Delivery, at: datetime, reason: str) -> OutboxUpdate:
    """It is tried again at a moment."""
    return _build_update(delivery, DeliveryState.DUE, available_at=at, reason=reason)


def release(delivery: Delivery, at: datetime, reason: str = "") -> OutboxUpdate:
    """Nothing of it left this time: the claim is taken back, and is no attempt."""
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
        delivery.id, state, available_at, attempts_made, delivery.parts_sent, delivery.thread, reason, ended_at
    )
