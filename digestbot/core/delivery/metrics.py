"""The outcomes of deliveries, and what counts them."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class DeliveryOutcome(StrEnum):
    """What became of an attempt to deliver; all but ``sent``, ``later`` and ``empty`` are failures.

    ``empty``: the chat's filters and mutes left nothing of it, so it ended without a message.
    """

    SENT = "sent"
    LATER = "later"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"
    TOO_LATE = "too late"
    PAUSED = "paused"
    GONE = "gone"
    EMPTY = "empty"

    @property
    def is_failure(self) -> bool:
        """Whether the delivery is given up."""
        return self not in (DeliveryOutcome.SENT, DeliveryOutcome.LATER, DeliveryOutcome.EMPTY)


class DeliveryMetrics(Protocol):
    """Counts what happens."""

    def count_planned(self, count: int) -> None:
        """So many deliveries were planned."""

    def record_outcome(self, platform: str, outcome: DeliveryOutcome, lag_seconds: float) -> None:
        """An attempt came to an end, so many seconds after it was due."""

    def record_limiter_wait(self, platform: str, seconds: float) -> None:
        """A message waited so long for the platform's limits."""


class NullMetrics:
    """Counts nothing."""

    def count_planned(self, count: int) -> None:
        """Nothing is kept."""

    def record_outcome(self, platform: str, outcome: DeliveryOutcome, lag_seconds: float) -> None:
        """Nothing is kept."""

    def record_limiter_wait(self, platform: str, seconds: float) -> None:
        """Nothing is kept."""
