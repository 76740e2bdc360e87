"""One platform's deliveries: claimed, limited, sent and marked, many chats at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from digestbot.core.delivery.alarm import Alarm
from digestbot.core.delivery.sending import LEASE, Sending, Terms
from digestbot.core.delivery.shelf import Shelf
from digestbot.core.delivery.watch import End, Watch
from digestbot.core.ports import Clock, Platform
from digestbot.domain.delivery import Delivery, DeliveryState, put_off
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.received import Earlier

_BATCH = 256
_IN_FLIGHT = 400
"""Deliveries in work at once: 2,000 a second where a message and its mark take 200 ms."""
_FINISHED_IN = 10.0
"""Seconds that messages on their way have when the process is to end."""
_SILENT = 20
"""Messages of a batch that a platform put off, taking none: then it is not about a chat or two."""
_TOLD_EVERY = 30.0
"""Seconds after which a batch that goes on and on is logged."""
_MAY_HAVE_ARRIVED = "it may have arrived before the process stopped; by setting, it is not sent again"
_log = structlog.get_logger(__name__)

_Errand = list[tuple[Delivery, Mapping[str, Earlier]]]
"""One subscriber's deliveries, each with what was received before."""


class Dispatch:
    """Keeps so many chats in work until nothing is due.

    What one subscriber has due goes out one after the other, so that a paper is shown in full only once.
    """

    def __init__(self, store: Store, clock: Clock, platform: Platform, terms: Terms, watch: Watch) -> None:
        self._store, self._clock, self._platform = store, clock, platform
        self._skips = platform.name in terms.skip
        self._leases: dict[int, datetime] = {}
        self._claimed: dict[int, Delivery] = {}
        self._errands: dict[int, _Errand] = {}
        self._queue: asyncio.Queue[_Errand] = asyncio.Queue(_IN_FLIGHT)
        self._shelf = Shelf(store, platform)
        self._sending = Sending(store, clock, platform, terms, watch=watch, holds=self._holds, went=self._went)
        self.tally: Counter[End] = Counter()
        self._told: Counter[End] = Counter()
        self._alarm: Alarm | None = None

    async def run(self, every: float, alarm: Alarm) -> None:
        """Deliver what is due, looking again every so many seconds, until cancelled."""
        name, self._alarm = self._platform.name, alarm
        async with self._working():
            while True:
                try:
                    found = await self._claim()
                    await alarm.over("database", name)
                except StoreError as error:
                    _log.error("delivery_stopped", platform=name, reason=str(error))
                    await alarm.raised("database", str(error), name)
                    found = False
                if not found:
                    if not self._claimed:
                        self._shelf.clear()
                    await asyncio.sleep(every)

    async def drain(self) -> Counter[End]:
        """Deliver what is due now; what became of it."""
        before = self.tally.copy()
        async with self._working():
            while await self._claim():
                pass
            await self._queue.join()
        await self.close()
        return self.tally - before

    async def close(self) -> None:
        """Leave what is not finished."""
        await self._sending.close()

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        """Work on the queue; at the end, finish what has left and hand back the rest."""
        self._shelf.clear()
        workers = [asyncio.create_task(self._work()) for _ in range(_IN_FLIGHT)]
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(work) for work in (self._renew(), self._tell(), _first_to_fail(workers))]
                try:
                    yield
                finally:
                    for task in beside:
                        task.cancel()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._hand_back(await self._sending.finish(workers, _FINISHED_IN))
            self._log_tally()

    async def _hand_back(self, unfinished: set[int]) -> None:
        now = self._clock.now()
        back = [put_off(delivery, now) for delivery in self._claimed.values() if delivery.id not in unfinished]
        self._queue = asyncio.Queue(_IN_FLIGHT)
        self._errands.clear()
        for mark in back:
            self._forget(mark.id)
        try:
            if back:
                await self._store.outbox.mark(back)
        except StoreError as error:  # their leases run out
            _log.error("not_handed_back", platform=self._platform.name, reason=str(error))

    # -- claiming ---------------------------------------------------------------------------------------------

    async def _claim(self) -> bool:
        """Claim a batch and queue it, waiting for room; whether there was one."""
        now, name = self._clock.now(), self._platform.name
        self._sending.identity = self._sending.identity or await self._store.memory.identity()
        if self._skips:
            await self._store.outbox.fail_ambiguous(name, now, _MAY_HAVE_ARRIVED)
        state = DeliveryState.DUE if self._skips else DeliveryState.SENDING
        in_work = self._in_work()
        claimed = await self._store.outbox.claim(name, now, LEASE, _BATCH, state)
        fresh = [delivery for delivery in claimed if delivery.id not in in_work]
        for delivery in fresh:
            self._claimed[delivery.id] = delivery
        for delivery in claimed:
            if delivery.id in self._claimed:
                self._leases[delivery.id] = now + LEASE
        if fresh:
            for errand in self._sorted(fresh, await self._shelf.earlier(fresh)):
                await self._queue.put(errand)
        return bool(claimed)

    def _in_work(self) -> set[int]:
        """What a claim may bring that is in work here already: its lease ran out, and its mark waits.

        It is asked for before the claim: what is marked while the claim is under way was read as it stood before.
        """
        under_way = self._sending.under_way
        claimed = self._claimed.values()
        return {one.id for one in claimed if one.subscriber.id in self._errands or one.id in under_way}

    def _sorted(self, claimed: Sequence[Delivery], earlier: Mapping[int, Mapping[str, Earlier]]) -> list[_Errand]:
        """One errand a subscriber; who is in work gets more to do."""
        new = []
        for delivery in claimed:
            errand = self._errands.get(delivery.subscriber.id)
            if errand is None:
                errand = self._errands[delivery.subscriber.id] = []
                new.append(errand)
            errand.append((delivery, earlier.get(delivery.id, {})))
        return new

    def _holds(self, delivery_id: int) -> bool:
        """Whether a delivery is still ours alone."""
        until = self._leases.get(delivery_id)
        return until is not None and self._clock.now() < until

    def _forget(self, delivery_id: int) -> None:
        self._claimed.pop(delivery_id, None)
        self._leases.pop(delivery_id, None)

    async def _renew(self) -> None:
        """Renew the leases of what waits for the platform's limits, so that nobody takes it meanwhile."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            held, until = sorted(self._leases), self._clock.now() + LEASE
            try:
                if held:
                    await self._store.outbox.renew(held, until)
            except StoreError as error:
                _log.error("leases_not_renewed", platform=self._platform.name, reason=str(error))
                continue
            self._leases.update((delivery_id, until) for delivery_id in held if delivery_id in self._leases)

    # -- working ----------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            errand = await self._queue.get()
            for number, (delivery, earlier) in enumerate(errand):  # it may grow meanwhile
                await self._deliver(delivery, earlier if number == 0 else None)
            self._errands.pop(errand[0][0].subscriber.id, None)
            self._queue.task_done()

    async def _deliver(self, delivery: Delivery, earlier: Mapping[str, Earlier] | None) -> None:
        """Deliver one; without ``earlier``, what was received is looked up: another topic of the same morning too."""
        try:
            if earlier is None:
                earlier = (await self._shelf.earlier([delivery])).get(delivery.id, {})
            if await self._sending.deliver(delivery, await self._shelf.parts(delivery, earlier)) is None:
                self._forget(delivery.id)
        except StoreError as error:  # its lease runs out, and it is claimed again
            _log.error("delivery_interrupted", platform=self._platform.name, reason=str(error))
            self._forget(delivery.id)

    def _went(self, delivery_id: int, reached: Delivery | End) -> None:
        """A delivery got on, or came to an end."""
        if isinstance(reached, End):
            self.tally[reached] += 1
            self._forget(delivery_id)
        else:
            self._claimed[delivery_id] = reached

    # -- telling ----------------------------------------------------------------------------------------------

    async def _tell(self) -> None:
        """Log a line when a batch is through, or goes on and on."""
        quiet = 0.0
        while True:
            await asyncio.sleep(1)
            quiet += 1
            if self._claimed and quiet < _TOLD_EVERY:
                continue
            quiet = 0.0
            news = self._log_tally()
            if news and self._alarm:
                await self._judge(news, self._alarm)

    def _log_tally(self) -> Counter[End]:
        news = self.tally - self._told
        self._told = self.tally.copy()
        if news:
            counts = {end.name.lower(): number for end, number in sorted(news.items())}
            _log.info("delivered", platform=self._platform.name, **counts)
        return news

    async def _judge(self, news: Counter[End], alarm: Alarm) -> None:
        """Tell the operator of a platform that takes nothing, and of deliveries that were dropped."""
        name = self._platform.name
        if news[End.SENT]:
            await alarm.over(f"{name} silent")
        elif news[End.LATER] >= _SILENT:
            await alarm.raised(f"{name} silent", f"{name} took none of the last {news[End.LATER]} messages.")
        if news[End.TOO_LATE]:
            dropped = f"{news[End.TOO_LATE]} deliveries on {name} did not get out in time and were dropped."
            await alarm.raised(f"{name} late", dropped)
        elif news[End.SENT]:
            await alarm.over(f"{name} late")


async def _first_to_fail(workers: Collection[asyncio.Task[None]]) -> None:
    """Raise what a worker raises: none ends by itself."""
    ended, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
    for worker in ended:
        worker.result()
