"""How long commands take through the whole command path: by the clock, and of the processors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from tests.postgresql import PostgreSql

_NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True)
class CommandTimes:
    """Milliseconds that 99% stay under: by the clock, and of the processors. The clock goes on while others compute."""

    waited: float
    worked: float


async def time_commands(
    app: App, lines: Sequence[str], read_cpu: Callable[[], float], *, is_first: bool = False
) -> CommandTimes:
    """From a message to its card; ``read_cpu`` tells the seconds that all who take part have computed so far.

    A first message is not counted, since what answers is imported then, unless it is what ``is_first`` asks for.
    """
    waits, works = [], []
    for line in lines if is_first else (lines[0], *lines):
        message = IncomingMessage(Address("bench", "1"), line, "en")
        start, begun = time.perf_counter(), read_cpu()
        card = (await app.dispatcher.handle_message(message)).card
        waits.append(time.perf_counter() - start)
        works.append(read_cpu() - begun)
        assert card.ok, line
    counted = slice(0 if is_first else 1, None)
    return CommandTimes(compute_percentile_99(waits[counted]), compute_percentile_99(works[counted]))


def compute_percentile_99(times: list[float]) -> float:
    """The time in milliseconds that 99% stay under."""
    return sorted(times)[int(len(times) * 0.99)] * 1000


def read_cpu_with_server(server: PostgreSql) -> float:
    """Seconds of the processors of this process, and of the processes that serve the database's connections now."""
    return time.process_time() + sum(map(_read_cpu_seconds, server.list_processes()))


def _read_cpu_seconds(process_id: int) -> float:
    """As Linux counts them, in nanoseconds; none of a process that has ended."""
    try:
        return int(Path(f"/proc/{process_id}/schedstat").read_text("ascii").split()[0]) / _NANOSECONDS
    except (OSError, ValueError):
        return 0.0
