"""The daily delivery: what is due is planned as outbox rows, and every platform sends its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from digestbot.core.delivery.alarm import Alarm
from digestbot.core.delivery.dispatch import Dispatch
from digestbot.core.delivery.election import Election, Sole
from digestbot.core.delivery.plan import plan
from digestbot.core.delivery.sending import Terms
from digestbot.core.delivery.watch import End, Unwatched, Watch
from digestbot.core.ports import Clock, Platform
from digestbot.domain.subscription import Address
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.outbox import Pace

_FORGETS_EVERY = 3600.0
_FORGETS = 5_000
"""Old rows deleted in one transaction: what is due must not wait for them."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of delivery did: ``failed`` is all that did not go out, tried again later or not."""

    planned: int
    sent: int
    failed: int


class Delivering:
    """What is due is sent once, and a restart neither repeats nor forgets.

    The ``election`` decides which of several processes sends for a platform; ``admin`` hears of trouble.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platforms: Sequence[Platform],
        *,
        pace: Pace | None = None,
        terms: Terms | None = None,
        election: Election | None = None,
        watch: Watch | None = None,
        admin: Address | None = None,
        language: str = "en",
    ) -> None:
        self._store, self._clock = store, clock
        self._pace, self._terms = pace or Pace(), terms or Terms()
        self._election = election or Sole()
        self._watch = watch or Unwatched()
        self._platforms: dict[str, Platform] = {}
        self._dispatches: dict[str, Dispatch] = {}
        self.alarm = Alarm(store.memory, self._platforms, admin, language)
        self._added: asyncio.Queue[str] = asyncio.Queue()
        for platform in platforms:
            self.add(platform)

    def add(self, platform: Platform) -> None:
        """Deliver to another platform from now on."""
        self._platforms[platform.name] = platform
        self._dispatches[platform.name] = Dispatch(self._store, self._clock, platform, self._terms, self._watch)
        self._added.put_nowait(platform.name)

    async def run(self, every: float) -> None:
        """Plan and deliver what is due, looking every so many seconds, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._plan_always(every))
                tasks.create_task(self._forget_always())
                while True:
                    name = await self._added.get()
                    tasks.create_task(self._election.lead(f"sender {name}", lambda n=name: self._deliver(n, every)))  # type: ignore[misc]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            for dispatch in self._dispatches.values():
                await dispatch.close()

    async def round(self) -> Round:
        """Plan and deliver what is due now."""
        planned, sent, others = await plan(self._store, self._clock.now(), self._pace), 0, 0
        for dispatch in self._dispatches.values():
            tally = await dispatch.drain()
            sent += tally[End.SENT]
            others += tally.total() - tally[End.SENT]
        return Round(planned, sent, others)

    async def _plan_always(self, every: float) -> None:
        while True:
            try:
                planned = await plan(self._store, self._clock.now(), self._pace)
            except StoreError as error:
                _log.error("planning_stopped", reason=str(error), again_in_seconds=every)
                await self.alarm.raised("database", str(error), "planning")
            else:
                await self.alarm.over("database", "planning")
                if planned:
                    self._watch.planned(planned)
                    _log.info("planned", deliveries=planned)
            await asyncio.sleep(every)

    async def _forget_always(self) -> None:
        """Delete what was delivered long ago, now and then."""
        while True:
            try:
                while await self._store.outbox.forget(self._clock.now() - self._terms.kept, _FORGETS):  # noqa: ASYNC110
                    await asyncio.sleep(0)  # what is due takes its turn
            except StoreError as error:
                _log.info("old_deliveries_not_deleted", reason=str(error))
            await asyncio.sleep(_FORGETS_EVERY)

    async def _deliver(self, name: str, every: float) -> None:
        """Send for a platform: first what the sender before left half-done, whose leases nobody renews."""
        while True:
            try:
                await self._store.outbox.take_over(name, self._clock.now())
                break
            except StoreError as error:
                _log.error("delivery_stopped", platform=name, reason=str(error))
                await asyncio.sleep(every)
        await self._dispatches[name].run(every, self.alarm)
