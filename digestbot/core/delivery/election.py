"""Of several processes, one does a thing: it holds a lease in the database for as long as it lives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import structlog

from digestbot.errors import StoreError
from digestbot.store.leases import Leases

Work = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Coroutine[Any, Any, None]]
TERM = 15.0
"""Seconds that a lease runs. What its holder no longer does, another does within a term and a third of it."""
_MARGIN = 2.0
"""Seconds before a lease's end at which its holder stops by itself: no two ever work in the same second."""
_SETTLED_IN = 1.0
"""Seconds that a new holder waits: the one before may have done its part of this very second."""
_log = structlog.get_logger(__name__)


class Election(Protocol):
    """Decides which process does a thing."""

    async def lead(self, name: str, work: Work) -> None:
        """Do the work whenever it is ours to do, until cancelled or until the work ends by itself."""


class Sole:
    """There is no other process: a database file is one process's."""

    async def lead(self, name: str, work: Work) -> None:  # noqa: ARG002
        """Do it."""
        await work()


class Elected:
    """Whoever holds the lease of a name does its work; the others wait for it to run out.

    ``now`` tells a moment in seconds, and ``sleep`` waits so many.
    """

    def __init__(
        self,
        leases: Leases,
        holder: str,
        place: str,
        term: float = TERM,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._leases = leases
        self._holder, self._place = holder, place
        self._term = term
        self._now, self._sleep = now, sleep

    async def lead(self, name: str, work: Work) -> None:
        """Do the work for as long as the lease is held; and give it back."""
        while True:
            until = await self._take(name, self._term)
            if until is None:
                await self._sleep(self._term / 3)
                continue
            _log.info("lease_taken", lease=name)
            if await self._hold(name, work, until):
                return

    async def _hold(self, name: str, work: Work, until: float) -> bool:
        """Work and renew; whether the work ended by itself. Not renewed in time, it is stopped in order."""
        working = asyncio.create_task(self._start_after_takeover(work))
        try:
            while not working.done() and (left := until - self._now()) > 0:
                if not await self._wait_for(working, min(self._term / 3, left)):
                    until = await self._take(name, until - self._now()) or until
            if working.done():
                await working
                return True
            _log.error("lease_lost", lease=name)
        finally:
            working.cancel()
            await asyncio.wait([working])
            await self._give_back(name)
        return False

    async def _take(self, name: str, seconds: float) -> float | None:
        """Take or renew the lease, waiting so long for an answer; the moment until which the work may go on."""
        asked = self._now()
        taking = asyncio.create_task(self._leases.take(name, self._holder, self._place, self._term))
        try:
            if not await self._wait_for(taking, seconds):
                raise TimeoutError
            taken = await taking
        except (StoreError, TimeoutError) as error:
            _log.error("lease_not_taken", lease=name, reason=str(error) or "no answer from the database in time")
            return None
        finally:
            taking.cancel()  # and not waited for: a database that is silent may be so to this too
        return asked + self._term * (1 - _MARGIN / TERM) if taken else None

    async def _give_back(self, name: str) -> None:
        try:
            await self._leases.give_back(name, self._holder)
        except StoreError as error:  # it runs out
            _log.info("lease_not_given_back", lease=name, reason=str(error))

    async def _start_after_takeover(self, work: Work) -> None:
        await self._sleep(_SETTLED_IN)
        await work()

    async def _wait_for(self, task: asyncio.Task[Any], seconds: float) -> bool:
        """Wait for a task, for so long; whether it is done."""
        asleep = asyncio.create_task(self._sleep(seconds))
        try:
            await asyncio.wait([task, asleep], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asleep.cancel()
        return task.done()
