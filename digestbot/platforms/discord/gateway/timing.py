"""How long the connection waits, and by which clock."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

_MAX_DOUBLINGS = 20
"""By then the longest pause is reached; more would only make large numbers."""

_FAILURES_WHEN_SHORTENED = 3
"""Two to four seconds: Discord asks for one to five before a new session."""


@dataclass(frozen=True, slots=True)
class GatewayTimes:
    """How long the connection waits for what, in seconds.

    An attempt that began just before an outage was over fails after ``open`` and ``greeting``, and the next follows
    after ``longest_pause`` and ``begin_interval``: together a minute.
    """

    open: float = 10.0
    """For the connection, and for Discord's HELLO."""
    greeting: float = 25.0
    """For READY or RESUMED, from the last event on."""
    silence: float = 65.0
    """Without anything, heartbeats' answers (every 41 seconds) among it; discord.py looks after 60 by itself."""
    stable: float = 30.0
    """A connection that lasted so long had nothing wrong with it."""
    first_pause: float = 1.0
    longest_pause: float = 19.5
    begin_interval: float = 5.1
    """Between two sessions of the same share of ``max_concurrency``: five seconds by Discord's clock."""
    alert_after: float = 300.0
    """An outage that lasts so long is the admin's business."""
    close: float = 1.0
    """For Discord's answer to a close: at the end of the process there is no time for more."""


class GatewayPace:
    """The connection's waits, by the event loop's own seconds. Tests let time pass as they like."""

    def __init__(self, times: GatewayTimes = GatewayTimes()) -> None:  # it is frozen
        self.times = times

    def now(self) -> float:
        """Seconds since some moment."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Backoff:
    """Pauses that grow with each failure in a row, up to a longest one, half of each by chance."""

    def __init__(self, times: GatewayTimes) -> None:
        self._times = times
        self.failures = 0

    def next_pause(self) -> float:
        """Seconds to wait before the next attempt: none after a connection that lasted."""
        if not self.failures:
            return 0.0
        doublings = min(self.failures - 1, _MAX_DOUBLINGS)
        ceiling = min(self._times.first_pause * 2**doublings, self._times.longest_pause)
        return float(ceiling * random.uniform(0.5, 1.0))  # noqa: S311  # it keeps no secret

    def shorten(self) -> None:
        """Pause for some seconds at most: what failed was not the server."""
        self.failures = min(self.failures, _FAILURES_WHEN_SHORTENED)
