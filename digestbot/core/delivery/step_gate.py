"""Steps that begin only while their gate is open, and are then not interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

_INTERRUPTION_SECONDS = 1.0
"""How long an interrupted task may take to end."""


class StepGate:
    """Lets steps begin until it is closed, and waits for those that have begun.

    A step is a block within :meth:`begin_step`. It asks at its beginning whether the gate is open, and nothing is
    awaited in between: once the gate is closed no step begins, whatever its task waited for before.
    """

    def __init__(self) -> None:
        self._is_open = True
        self._in_step: set[asyncio.Task[Any]] = set()

    @contextmanager
    def begin_step(self) -> Iterator[None]:
        """A block that closing does not interrupt. Raises :class:`asyncio.CancelledError` if the gate is closed."""
        if not self._is_open:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task, "a coroutine runs in a task"  # noqa: S101  # for the type checker
        self._in_step.add(task)
        try:
            yield
        finally:
            self._in_step.discard(task)
            if not self._is_open:
                task.cancel()  # whatever it would wait for next

    async def close(self, tasks: Collection[asyncio.Task[Any]], timeout_seconds: float) -> None:
        """Let no step begin any more and end the tasks, each when its step is done, the late ones within theirs."""
        self._is_open = False
        for task in tasks:
            if task not in self._in_step:
                task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
            self.interrupt()
            if late:
                await asyncio.wait(late, timeout=_INTERRUPTION_SECONDS)

    def interrupt(self) -> None:
        """Cancel the tasks that are within a step."""
        for task in self._in_step:
            task.cancel()
