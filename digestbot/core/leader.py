"""Leader election: of several processes, the one that holds a lease in the database does the work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import structlog

from digestbot.core.ports import LeaderCheck, always_lead
from digestbot.errors import StoreError
from digestbot.store.leases import LeaseStore

Work = Callable[[LeaderCheck], Awaitable[None]]
Sleep = Callable[[float], Coroutine[Any, Any, None]]
LEASE_SECONDS = 15.0
"""Duration of a lease in seconds. If its holder dies, another process takes over within 4/3 of that time."""
_SAFETY_MARGIN = 2 / 15
"""The part of the lease, two seconds of it, for which its holder stops before it ends: two processes never overlap."""
_TAKEOVER_DELAY_SECONDS = 1.0
"""Seconds that a new holder waits, since the previous one may have worked in this very second."""
_log = structlog.get_logger(__name__)


def read_boot_clock() -> float:
    """Seconds on a clock that goes on while the machine is suspended, where the system has one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class LeaderElection(Protocol):
    """Decides which process does the work."""

    async def lead(self, name: str, work: Work) -> None:
        """Do the work whenever this process is the leader, until cancelled or until the work ends by itself.

        The work is given a check whether the process still leads: one that was paused learns it from the check before
        it is cancelled.
        """


class SingleProcess:
    """No election: only one process uses a database file."""

    async def lead(self, name: str, work: Work) -> None:  # noqa: ARG002
        """Do the work."""
        await work(always_lead)


class LeaseElection:
    """Does the work of a name while holding its lease; other processes wait for the lease to expire.

    ``now`` is a clock in seconds that pauses of the process do not stop, and ``sleep`` waits for a number of seconds.
    """

    def __init__(
        self,
        leases: LeaseStore,
        holder: str,
        location: str,
        lease_seconds: float | None = None,
        *,
        now: Callable[[], float] = read_boot_clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._leases = leases
        self._holder, self._location = holder, location
        self._lease_seconds = lease_seconds or LEASE_SECONDS
        self._now, self._sleep = now, sleep

    async def lead(self, name: str, work: Work) -> None:
        """Do the work while holding the lease, then release it."""
        while True:
            deadline = await self._acquire_lease(name, self._lease_seconds)
            if deadline is None:
                await self._sleep(self._lease_seconds / 3)
                continue
            _log.info("lease_acquired", lease=name)
            if await self._work_while_leading(name, work, deadline):
                return

    async def _work_while_leading(self, name: str, work: Work, deadline: float) -> bool:
        """Work while renewing the lease; true if the work ended by itself. Cancels it cleanly if renewal fails."""

        def is_leading() -> bool:
            return self._now() < deadline

        working = asyncio.create_task(self._start_after_takeover(work, is_leading))
        try:
            while not working.done() and (left := deadline - self._now()) > 0:
                if not await self._wait_for(working, min(self._lease_seconds / 3, left)):
                    deadline = await self._acquire_lease(name, deadline - self._now()) or deadline
            if working.done():
                await working
                return True
            _log.error("lease_lost", lease=name)
        finally:
            working.cancel()
            await asyncio.wait([working])
            await self._release_lease(name)
        return False

    async def _acquire_lease(self, name: str, seconds: float) -> float | None:
        """Acquire or renew the lease within ``seconds``; the time until which the work may continue, or ``None``."""
        requested_at = self._now()
        taking = asyncio.create_task(self._leases.acquire(name, self._holder, self._location, self._lease_seconds))
        try:
            if not await self._wait_for(taking, seconds):
                raise TimeoutError
            is_acquired = await taking
        except (StoreError, TimeoutError) as error:
            _log.error("lease_not_acquired", lease=name, reason=str(error) or "no answer from the database in time")
            return None
        finally:
            taking.cancel()  # not awaited: an unresponsive database may not answer the cancellation either
        return requested_at + self._lease_seconds * (1 - _SAFETY_MARGIN) if is_acquired else None

    async def _release_lease(self, name: str) -> None:
        try:
            await self._leases.release(name, self._holder)
        except StoreError as error:  # it expires
            _log.info("lease_not_released", lease=name, reason=str(error))

    async def _start_after_takeover(self, work: Work, is_leading: LeaderCheck) -> None:
        await self._sleep(_TAKEOVER_DELAY_SECONDS)
        await work(is_leading)

    async def _wait_for(self, task: asyncio.Task[Any], seconds: float) -> bool:
        """Wait for a task, up to ``seconds``; true if it is done."""
        asleep = asyncio.create_task(self._sleep(seconds))
        try:
            await asyncio.wait([task, asleep], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asleep.cancel()
        return task.done()
