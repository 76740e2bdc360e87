"""A delivery's ways from one state to the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digestbot.domain.delivery import (
    Delivery,
    DeliveryState,
    OutboxUpdate,
    mark_dropped,
    mark_failed,
    mark_sending,
    mark_sent,
    release,
    schedule_retry,
)
from digestbot.domain.subscription import Address, Preferences, Subscriber

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
READER = Subscriber(1, Address("x", "1"), Preferences())
TRIED = Delivery(7, READER, 3, 2, NOW, parts_sent=1, thread="t", reason="busy", claim_number=3)
"""In its second attempt, with one message out and a thread opened."""


@pytest.mark.parametrize(
    ("mark", "stands"),
    [
        (mark_sending(TRIED, SOON), OutboxUpdate(7, 3, DeliveryState.SENDING, SOON, 2, 1, "t")),
        (mark_sent(TRIED, NOW), OutboxUpdate(7, 3, DeliveryState.SENT, None, 2, 1, "t", ended_at=NOW)),
        (mark_failed(TRIED, NOW, "no"), OutboxUpdate(7, 3, DeliveryState.FAILED, None, 2, 1, "t", "no", NOW)),
        (mark_dropped(TRIED, NOW, "no"), OutboxUpdate(7, 3, DeliveryState.DROPPED, None, 2, 1, "t", "no", NOW)),
        (schedule_retry(TRIED, SOON, "flood"), OutboxUpdate(7, 3, DeliveryState.DUE, SOON, 2, 1, "t", "flood")),
        (release(TRIED, SOON, "flood"), OutboxUpdate(7, 3, DeliveryState.DUE, SOON, 1, 1, "t", "flood")),
        (release(TRIED, SOON), OutboxUpdate(7, 3, DeliveryState.DUE, SOON, 1, 1, "t", "busy")),
    ],
)
def test_every_way_on_keeps_what_is_out_and_counts_what_was_tried(mark: OutboxUpdate, stands: OutboxUpdate) -> None:
    assert mark == stands
