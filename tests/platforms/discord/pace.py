"""Time for the gateway connection, as tests let it pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from digestbot.platforms.discord.gateway.timing import GatewayPace, GatewayTimes


class QuickPace(GatewayPace):
    """A clock on which only the connection's own waits take time.

    What a test plans with :meth:`call_at` is done when that much of it has passed.
    """

    def __init__(self, times: GatewayTimes = GatewayTimes()) -> None:  # noqa: B008  # it is frozen
        super().__init__(times)
        self.seconds = 0.0
        self._planned: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        end = self.seconds + seconds
        await asyncio.sleep(0)
        self.advance_to(end)

    def advance_to(self, moment: float) -> None:
        """Let time pass."""
        for planned in [one for one in self._planned if one[0] <= moment]:
            self._planned.remove(planned)
            planned[1]()
        self.seconds = max(self.seconds, moment)

    def call_at(self, moment: float, act: Callable[[], object]) -> None:
        """Do something once so much time has passed."""
        self._planned.append((moment, act))
