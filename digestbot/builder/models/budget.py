"""The daily budget: what a model may cost is stored before it is called, and corrected after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digestbot.store.digests.builds import BuildStore, Usage


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Maximum tokens and dollars per day; 0 tokens disables models."""

    tokens: int
    dollars: float


class Budget:
    """One day's budget. What is reserved is in the database before a request leaves, so that no kill can hide it."""

    def __init__(self, builds: BuildStore, limits: BudgetLimits, day: date) -> None:
        self._builds, self._limits, self._day = builds, limits, day
        self.is_billed = False
        """Whether a model gave an answer of any kind, which is paid for."""

    async def reserve(self, expected: Usage) -> bool:
        """Reserve expected usage; false if it exceeds what is left of the day's budget.

        It counts in full until it is settled, and for the whole day if that never happens.
        """
        return await self._builds.reserve_usage(self._day, expected, self._is_within_limits)

    async def settle(self, expected: Usage, costs: Sequence[tuple[str, Usage]]) -> None:
        """Replace a reservation by what the answers cost, each with its model's name."""
        self.is_billed = self.is_billed or bool(costs)
        await self._builds.settle_usage(self._day, expected, costs)

    def _is_within_limits(self, usage: Usage) -> bool:
        return usage.tokens <= self._limits.tokens and usage.dollars <= self._limits.dollars
