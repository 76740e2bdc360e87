"""What a day may cost: counted in the store, and held to before a model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digestbot.store.builds import BuildStore, Usage


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """The most tokens and dollars of a day; 0 tokens is no model at all."""

    tokens: int
    dollars: float


class Budget:
    """One day's money. What is on its way is counted as spent until it is known: many ask at once."""

    def __init__(self, builds: BuildStore, limits: BudgetLimits, day: date) -> None:
        self._builds, self._limits, self._day = builds, limits, day
        self._reserved = Usage()

    async def reserve(self, expected: Usage) -> bool:
        """Set so much aside; false where the day has not got it."""
        self._reserved += expected
        usage = await self._builds.get_usage(self._day) + self._reserved
        if usage.tokens <= self._limits.tokens and usage.dollars <= self._limits.dollars:
            return True
        self.release(expected)
        return False

    def release(self, expected: Usage) -> None:
        """Give back what was set aside."""
        reserved = self._reserved
        self._reserved = Usage(
            reserved.calls - expected.calls,
            reserved.tokens_in - expected.tokens_in,
            reserved.tokens_out - expected.tokens_out,
            reserved.microdollars - expected.microdollars,
        )

    async def record_usage(self, model: str, usage: Usage) -> None:
        """Write down what was spent, whatever came of it."""
        if usage.calls:
            await self._builds.add_usage(self._day, model, usage)
