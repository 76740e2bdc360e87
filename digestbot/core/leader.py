"""Of several processes, one does a thing: it holds a lease in the database for as long as it lives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import structlog

from digestbot.errors import StoreError
from digestbot.store.leases import LeaseStore

Work = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Coroutine[Any, Any, None]]
LEASE_SECONDS = 15.0
"""Seconds that a lease runs. What its holder no longer does, another does within a term and a third of it."""
_SAFETY_MARGIN_SECONDS = 2.0
"""Seconds before a lease's end at which its holder stops by itself: no two ever work in the same second."""
_TAKEOVER_DELAY_SECONDS = 1.0
"""Seconds that a new holder waits: the one before may have done its part of this very second."""
_log = structlog.get_logger(__name__)


class LeaderElection(Protocol):
    """Decides which process does a thing."""

    async def lead(self, name: str, work: Work) -> None:
        """Do the work whenever it is ours to do, until cancelled or until the work ends by itself."""


class SingleProcess:
    """There is no other process: a database file is one process's."""

    async def lead(self, name: str, work: Work) -> None:  # noqa: ARG002
        """Do it."""
        await work()


class LeaseElection:
    """Whoever holds the lease of a name does its work; the others wait for it to run out.

    ``now`` tells a moment in seconds, and ``sleep`` waits so many.
    """

    def __init__(
        self,
        leases: LeaseStore,
        holder: str,
        location: str,
        lease_seconds: float = LEASE_SECONDS,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._leases = leases
        self._holder, self._location = holder, location
        self._lease_seconds = lease_seconds
        self._now, self._sleep = now, sleep

    async def lead(self, name: str, work: Work) -> None:
        """Do the work for as long as the lease is held; and give it back."""
        while True:
            deadline = await self._acquire_lease(name, self._lease_seconds)
            if deadline is None:
                await self._sleep(self._lease_seconds / 3)
                continue
            _log.info("lease_taken", lease=name)
            if await self._work_while_leading(name, work, deadline):
                return

    async def _work_while_leading(self, name: str, work: Work, deadline: float) -> bool:
        """Work and renew; whether the work ended by itself. Not renewed in time, it is stopped in order."""
        working = asyncio.create_task(self._start_after_takeover(work))
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
        """Take or renew the lease, waiting so long for an answer; the moment until which the work may go on."""
        requested_at = self._now()
        taking = asyncio.create_task(self._leases.acquire(name, self._holder, self._location, self._lease_seconds))
        try:
            if not await self._wait_for(taking, seconds):
                raise TimeoutError
            is_acquired = await taking
        except (StoreError, TimeoutError) as error:
            _log.error("lease_not_taken", lease=name, reason=str(error) or "no answer from the database in time")
            return None
        finally:
            taking.cancel()  # and not waited for: a database that is silent may be so to this too
        return (
            requested_at + self._lease_seconds * (1 - _SAFETY_MARGIN_SECONDS / LEASE_SECONDS) if is_acquired else None
        )

    async def _release_lease(self, name: str) -> None:
        try:
            await self._leases.release(name, self._holder)
        except StoreError as error:  # it runs out
            _log.info("lease_not_given_back", lease=name, reason=str(error))

    async def _start_after_takeover(self, work: Work) -> None:
        await self._sleep(_TAKEOVER_DELAY_SECONDS)
        await work()

    async def _wait_for(self, task: asyncio.Task[Any], seconds: float) -> bool:
        """Wait for a task, for so long; whether it is done."""
        asleep = asyncio.create_task(self._sleep(seconds))
        try:
            await asyncio.wait([task, asleep], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asleep.cancel()
        return task.done()
