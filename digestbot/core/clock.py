"""The time: a port of its own, since it needs nothing of the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> datetime:
        """The current time in UTC."""


class SystemClock:
    """The system clock."""

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)
