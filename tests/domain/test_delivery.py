"""A delivery's ways from one state to the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digestbot.domain.delivery import (
    Delivery,
    DeliveryState,
    Mark,
    dropped,
    failed,
    later,
    put_off,
    sending,
    sent,
)
from digestbot.domain.subscription import Address, Preferences, Subscriber

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
TRIED = Delivery(7, Subscriber(1, Address("x", "1"), Preferences()), 3, 2, NOW, parts=1, thread="t", reason="busy")
"""In its second attempt, with one message out and a thread opened."""


@pytest.mark.parametrize(
    ("mark", "stands"),
    [
        (sending(TRIED, SOON), Mark(7, DeliveryState.SENDING, SOON, 2, 1, "t")),
        (sent(TRIED, NOW), Mark(7, DeliveryState.SENT, None, 2, 1, "t", ended_at=NOW)),
        (failed(TRIED, NOW, "no"), Mark(7, DeliveryState.FAILED, None, 2, 1, "t", "no", NOW)),
        (dropped(TRIED, NOW, "no"), Mark(7, DeliveryState.DROPPED, None, 2, 1, "t", "no", NOW)),
        (later(TRIED, SOON, "flood"), Mark(7, DeliveryState.DUE, SOON, 2, 1, "t", "flood")),
        (put_off(TRIED, SOON, "flood"), Mark(7, DeliveryState.DUE, SOON, 1, 1, "t", "flood")),
        (put_off(TRIED, SOON), Mark(7, DeliveryState.DUE, SOON, 1, 1, "t", "busy")),
    ],
)
def test_every_way_on_keeps_what_is_out_and_counts_what_was_tried(mark: Mark, stands: Mark) -> None:
    assert mark == stands
