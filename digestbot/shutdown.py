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
_ALARM_SECONDS = 1.0
"""How long after these the system's alarm ends the process."""
_GRACE_SECONDS = 4.0
"""How long a part may finish what it has begun before it is cancelled again."""
_CANCEL_AGAIN_SECONDS = 0.5
_LEFTOVER_GRACE_SECONDS = 3.0
"""How long what goes on beside the parts may end what it does, such as a transaction."""
_log = structlog.get_logger(__name__)


async def run_until_signal(work: Coroutine[Any, Any, None], interrupt: Callable[[], None]) -> None:
    """Run the work until it ends, or until SIGTERM or SIGINT cancels it.

    A second signal calls ``interrupt``. If the work has not ended ten seconds after the first signal, or two after the
    second, the process ends all the same, with code 1; a second later, where the event loop is blocked, by SIGALRM.
    """
    task = asyncio.create_task(work)
    stop = _SignalStop(task, interrupt)
    former = {number: signal.signal(number, stop.receive) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.wait([task])
        if stop.is_requested:
            await _end_leftovers()
        stop.finish()
        for number, handler in former.items():
            signal.signal(number, handler)
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
            _log.error("part_not_stopped", part=name)


async def _end_leftovers() -> None:
    """Cancel what goes on after the work has ended, and what waits even then a second time.

    discord.py waits until a rate limit's end when a request is cancelled, and the loop would wait for that. The first
    time there is time to roll back: a database connection that is cancelled in the middle of that holds up the process.
    """
    for seconds in (_LEFTOVER_GRACE_SECONDS, _CANCEL_AGAIN_SECONDS):
        leftovers = asyncio.all_tasks() - {asyncio.current_task()}
        for leftover in leftovers:
            leftover.cancel()
        if leftovers:
            await asyncio.wait(leftovers, timeout=seconds)


class _SignalStop:
    """What signals ask for: first an orderly stop, then a hurried one, and in the end the end by force."""

    def __init__(self, task: asyncio.Task[None], interrupt: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = task
        self._interrupt = interrupt
        self._timer: threading.Timer | None = None
        self._is_received = False

    @property
    def is_requested(self) -> bool:
        """Whether a signal came."""
        return self._timer is not None

    def receive(self, *_: object) -> None:
        """Take a signal at once, and act on it in the event loop; the system ends a process whose loop is blocked."""
        seconds = _HURRIED_STOP_SECONDS if self._is_received else STOP_SECONDS
        self._is_received = True
        signal.setitimer(signal.ITIMER_REAL, seconds + _ALARM_SECONDS)
        self._loop.call_soon_threadsafe(self._request)

    def _request(self) -> None:
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
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _limit(self, seconds: float) -> None:
        """Let the process end by force in so many seconds, from a thread: what the loop waits for may never end."""
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, _exit_by_force)
        self._timer.daemon = True
        self._timer.start()


def _exit_by_force() -> None:
    _log.error("stop_forced", reason="something did not end in time; what was in flight is marked as being sent")
    sys.stdout.flush()
    os._exit(1)
