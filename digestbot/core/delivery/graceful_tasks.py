"""Tasks that are stopped only between two steps."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any


class GracefulTasks:
    """Stops tasks without interrupting a step that has begun.

    A step is a block within :meth:`run_step`. Between steps, a task is cancelled like any other.
    """

    def __init__(self) -> None:
        self._busy: set[asyncio.Task[Any]] = set()
        self._stopping: set[asyncio.Task[Any]] = set()

    @contextmanager
    def run_step(self) -> Iterator[None]:
        """Keep the current task from being stopped before the block ends."""
        task = asyncio.current_task()
        assert task, "a coroutine runs in a task"  # noqa: S101  # for the type checker
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)
            if task in self._stopping:
                self._stopping.discard(task)
                task.cancel()  # takes effect at its next wait

    async def stop(self, tasks: Collection[asyncio.Task[Any]], timeout_seconds: float) -> None:
        """Stop the tasks, each when its step is done. Those that take longer go on until :meth:`close`."""
        for task in tasks:
            if task in self._busy:
                self._stopping.add(task)
            else:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_seconds)

    async def close(self) -> None:
        """Interrupt the steps that are not done."""
        unfinished = list(self._busy)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
