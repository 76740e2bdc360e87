"""Ends the process in order when a signal asks for it, and by force when that takes too long."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

STOP_SECONDS = 10.0
"""How long an orderly stop may take, as operators and their supervisors expect it."""
_HURRIED_STOP_SECONDS = 2.0
"""How long the stop may still take after a second signal."""
_GRACE_SECONDS = 4.0
"""How long a part may finish what it has begun before it is cancelled again."""
_CANCEL_AGAIN_SECONDS = 0.5
_log = structlog.get_logger(__name__)


async def run_until_signal(work: Coroutine[Any, Any, None], interrupt: Callable[[], None]) -> None:
    """Run the work until it ends, or until SIGTERM or SIGINT cancels it.

    A second signal calls ``interrupt``. If the work has not ended ten seconds after the first signal, or two after the
    second, the process ends all the same, with code 1.
    """
    task = asyncio.create_task(work)
    stop = _SignalStop(task, interrupt)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.request)
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.wait([task])
        stop.finish()
    if not (stop.is_requested and task.cancelled()):
        task.result()


async def run_stubborn(work: Coroutine[Any, Any, None], name: str) -> None:
    """Run work that may swallow a cancellation, as libraries do while they connect.

    It may finish what it has begun, and is then cancelled again until it ends, or left behind.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=_GRACE_SECONDS)
        for _ in range(int(_GRACE_SECONDS / _CANCEL_AGAIN_SECONDS)):
            if task.done():
                break
            task.cancel()
            await asyncio.wait([task], timeout=_CANCEL_AGAIN_SECONDS)
        else:
            _log.error("part_left_behind", part=name)


class _SignalStop:
    """What signals ask for: first an orderly stop, then a hurried one, and in the end the end by force."""

    def __init__(self, task: asyncio.Task[None], interrupt: Callable[[], None]) -> None:
        self._task = task
        self._interrupt = interrupt
        self._timer: threading.Timer | None = None

    @property
    def is_requested(self) -> bool:
        """Whether a signal came."""
        return self._timer is not None

    def request(self) -> None:
        """A signal came."""
        if self._timer is None:
            _log.info("service_stopping")
            self._limit(STOP_SECONDS)
            self._task.cancel()
        else:
            self._limit(_HURRIED_STOP_SECONDS)
            self._interrupt()

    def finish(self) -> None:
        """The work has ended: nothing is forced, unless some of its tasks go on and would hold up the process."""
        if self._timer and asyncio.all_tasks() == {asyncio.current_task()}:
            self._timer.cancel()

    def _limit(self, seconds: float) -> None:
        """Let the process end by force in so many seconds, from a thread: the event loop itself may hang."""
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, _exit_by_force)
        self._timer.daemon = True
        self._timer.start()


def _exit_by_force() -> None:
    _log.error("stop_forced", reason="something did not end in time; what was in flight is marked as being sent")
    sys.stdout.flush()
    os._exit(1)
