"""Background tasks and their shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def run_beside(coroutine: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Run a coroutine beside the block, and cancel it when the block ends."""
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def finish_tasks(tasks: Collection[asyncio.Task[None]], timeout_seconds: float) -> None:
    """Wait for tasks to finish, and cancel those that take longer."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
