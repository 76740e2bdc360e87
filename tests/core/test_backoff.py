"""When what failed is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digestbot.core.delivery.backoff import retry_at
from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIMEOUT = AmbiguousDeliveryError("timeout")


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (11, 3600), (100_000, 3600)]
)
def test_backoff_doubles_to_a_ceiling_and_never_ends(attempt: int, seconds: int) -> None:
    assert retry_at(TIMEOUT, attempt, NOW, 1.0) == NOW + timedelta(seconds=seconds)
    # what failed together does not come back together
    assert retry_at(TIMEOUT, attempt, NOW, 0.5) == NOW + timedelta(seconds=seconds * 0.75)
    assert retry_at(TIMEOUT, attempt, NOW, 0.0) == NOW + timedelta(seconds=seconds * 0.5)


@pytest.mark.parametrize("named", [0.0, 0.3, 30.0, 86_400.0])
@pytest.mark.parametrize("attempt", [1, 5])
def test_what_a_platform_asks_for_is_obeyed_and_up_to_a_second_more(named: float, attempt: int) -> None:
    error = RateLimitedError("flood", named)
    assert retry_at(error, attempt, NOW, 0.0) == NOW + timedelta(seconds=named)
    assert retry_at(error, attempt, NOW, 1.0) == NOW + timedelta(seconds=named + 1)


@pytest.mark.parametrize("error", [PermanentDeliveryError("no"), RejectedMessageError("no")])
def test_what_cannot_help_is_not_tried_again(error: DeliveryError) -> None:
    assert retry_at(error, 1, NOW, 0.5) is None
