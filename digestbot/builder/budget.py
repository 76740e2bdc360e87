"""What a day may cost: counted in the store, and held to before a model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digestbot.store.builds import BuildStore, Usage


@dataclass(frozen=True, slots=True)
class Caps:
    """The most tokens and dollars of a day; 0 tokens is no model at all."""

    tokens: int
    dollars: float


class Budget:
    """One day's money. What is on its way is counted as spent until it is known: many ask at once."""

    def __init__(self, builds: BuildStore, caps: Caps, day: date) -> None:
        self._builds, self._caps, self._day = builds, caps, day
        self._reserved = Usage()

    async def reserve(self, expected: Usage) -> bool:
        """Set so much aside; false where the day has not got it."""
        self._reserved += expected
        spent = await self._builds.get_usage(self._day) + self._reserved
        if spent.tokens <= self._caps.tokens and spent.dollars <= self._caps.dollars:
            return True
        self.release(expected)
        return False

    def release(self, expected: Usage) -> None:
        """Give back what was set aside."""
        mine = self._reserved
        self._reserved = Usage(
            mine.calls - expected.calls,
            mine.tokens_in - expected.tokens_in,
            mine.tokens_out - expected.tokens_out,
            mine.microdollars - expected.microdollars,
        )

    async def spend(self, model: str, spent: Usage) -> None:
        """Write down what was spent, whatever came of it."""
        if spent.calls:
            await self._builds.add_usage(self._day, model, spent)
