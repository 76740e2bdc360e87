"""A digest on its way to a subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digestbot.domain.subscription import Subscriber


class DeliveryState(StrEnum):
    """``due -> sending -> sent | failed``: a row is ``sending``, with a lease, before the request leaves."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed outbox row. ``attempt`` counts from 1, ``parts`` are the messages of it that are out.

    ``thread`` is the one that a message opened for those after it, or empty.
    """

    id: int
    subscriber: Subscriber
    digest_id: int
    attempt: int
    parts: int = 0
    thread: str = ""
