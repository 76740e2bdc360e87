"""What can be seen of deliveries from outside: counted, and told to an operator."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class End(StrEnum):
    """What became of an attempt; all but ``sent`` and ``later`` are failures."""

    SENT = "sent"
    LATER = "later"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"
    TOO_LATE = "too late"
    PAUSED = "paused"
    GONE = "gone"

    @property
    def failed(self) -> bool:
        """Whether it is given up."""
        return self not in (End.SENT, End.LATER)


class Watch(Protocol):
    """Counts what happens."""

    def planned(self, number: int) -> None:
        """So many deliveries were planned."""

    def ended(self, platform: str, end: End, lag: float) -> None:
        """An attempt came to an end, so many seconds after it was due."""

    def waited(self, platform: str, seconds: float) -> None:
        """A message waited so long for the platform's limits."""


class Unwatched:
    """Nobody counts."""

    def planned(self, number: int) -> None:
        """Nothing is kept."""

    def ended(self, platform: str, end: End, lag: float) -> None:
        """Nothing is kept."""

    def waited(self, platform: str, seconds: float) -> None:
        """Nothing is kept."""
