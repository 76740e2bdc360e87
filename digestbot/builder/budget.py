"""The daily budget: usage is stored, and checked before a model is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digestbot.store.builds import BuildStore, Usage


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Maximum tokens and dollars per day; 0 tokens disables models."""

    tokens: int
    dollars: float


class Budget:
    """One day's budget. Requests in flight count with their expected usage, since many run at once."""

    def __init__(self, builds: BuildStore, limits: BudgetLimits, day: date) -> None:
        self._builds, self._limits, self._day = builds, limits, day
        self._reserved = Usage()

    async def reserve(self, expected: Usage) -> bool:
        """Reserve expected usage; false if it exceeds what is left of the day's budget."""
        self._reserved += expected
        usage = await self._builds.get_usage(self._day) + self._reserved
        if usage.tokens <= self._limits.tokens and usage.dollars <= self._limits.dollars:
            return True
        self.release(expected)
        return False

    def release(self, expected: Usage) -> None:
        """Return a reservation."""
        reserved = self._reserved
        self._reserved = Usage(
            reserved.calls - expected.calls,
            reserved.tokens_in - expected.tokens_in,
            reserved.tokens_out - expected.tokens_out,
            reserved.microdollars - expected.microdollars,
        )

    async def record_usage(self, model: str, usage: Usage) -> None:
        """Record actual usage, whatever the outcome."""
        if usage.calls:
            await self._builds.add_usage(self._day, model, usage)
