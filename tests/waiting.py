"""How long tests wait: until something is true, or until it hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

HANG_SECONDS = 120.0
"""When a wait is given up. It only ends a hang: nothing is expected to be quick, so that busy machines pass too."""
_POLL_SECONDS = 0.01

Value = TypeVar("Value")


async def wait_until(find: Callable[[], Value]) -> Value:
    """Wait until what ``find`` gives is true, and give it. Raises :class:`TimeoutError` at a hang."""
    async with asyncio.timeout(HANG_SECONDS):
        while not (value := find()):
            await asyncio.sleep(_POLL_SECONDS)
        return value


def block_until(find: Callable[[], Value]) -> Value:
    """The same where no loop runs: the thread waits."""
    end = time.monotonic() + HANG_SECONDS
    while not (value := find()):
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(_POLL_SECONDS)
    return value
