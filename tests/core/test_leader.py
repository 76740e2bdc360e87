"""Of several processes one sends, and another goes on where it dies: in a time that tests move, on real leases."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator

import pytest

from digestbot.core.leader import LeaseElection
from digestbot.core.ports import LeaderCheck, always_lead
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.leases import LeaseStore
from tests.waiting import wait_until

TERM = 600.0
"""Longer than any test runs, since the leases run by the database's clock. A holder stops after 520 seconds of it."""


class ObservedLeases(LeaseStore):
    """The store's leases; a test sees when no question about them is open, and sets how the database is."""

    asked = 0
    state = "well"

    async def acquire(self, name: str, holder: str, location: str, seconds: float) -> bool:
        if self.state == "away":
            raise StoreError("the database is away")
        if self.state == "silent":
            await asyncio.Event().wait()
        self.asked += 1
        try:
            return await super().acquire(name, holder, location, seconds)
        finally:
            self.asked -= 1

    async def release(self, name: str, holder: str) -> None:
        self.asked += 1
        try:
            await super().release(name, holder)
        finally:
            self.asked -= 1


class ManualTime:
    """It stands until a test moves it on; whoever sleeps is woken in order, and has the database's answer then."""

    def __init__(self, leases: ObservedLeases) -> None:
        self._leases = leases
        self._now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, id(woken), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        end = self._now + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            moment, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._now = max(self._now, moment)
                woken.set_result(None)
                await self._settle()
        self._now = end

    def pause(self, seconds: float) -> None:
        """Let time pass while the process stands: nobody wakes."""
        self._now += seconds

    async def _settle(self) -> None:
        for _ in range(3):  # an answer leads to the next question
            for _ in range(10):
                await asyncio.sleep(0)
            await wait_until(lambda: not self._leases.asked)


class LeaderWorld:
    """A database, its time, and those who want to lead."""

    def __init__(self, store: Store) -> None:
        self.leases = ObservedLeases(store.database)
        self.time = ManualTime(self.leases)
        self.workers: list[LeadingWorker] = []

    def add_worker(self, name: str) -> LeadingWorker:
        self.workers.append(LeadingWorker(self, name))
        return self.workers[-1]

    async def list_working(self, after: float = 0.0) -> list[int]:
        await self.time.advance(after)
        return [worker.working for worker in self.workers]


class LeadingWorker:
    """Somebody who wants to lead; the work ends when ``ending`` allows it."""

    def __init__(self, world: LeaderWorld, name: str) -> None:
        time = world.time
        election = LeaseElection(world.leases, name, "here", TERM, now=time.now, sleep=time.sleep)
        self.working = 0
        self.is_leading: LeaderCheck = always_lead
        self.ending = asyncio.Event()
        self.ending.set()
        self.task = asyncio.create_task(election.lead("sender x", self._do_work))

    async def _do_work(self, is_leading: LeaderCheck) -> None:
        self.is_leading = is_leading
        self.working += 1
        try:
            await asyncio.Event().wait()
        finally:
            await self.ending.wait()
            self.working -= 1

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def world(store: Store) -> AsyncIterator[LeaderWorld]:
    world = LeaderWorld(store)
    yield world
    for worker in world.workers:
        worker.ending.set()
        await worker.stop()


async def test_one_works_and_the_other_goes_on_when_it_stops(world: LeaderWorld) -> None:
    first = world.add_worker("a")
    assert await world.list_working(after=0.9) == [0]  # the one before may have done its part of this very second
    assert await world.list_working(after=0.2) == [1]
    world.add_worker("b")
    for _ in range(10):
        assert await world.list_working(after=TERM / 3) == [1, 0]  # it is renewed
    await first.stop()
    assert await world.list_working(after=TERM / 3 + 1) == [0, 1]
    await world.workers[1].stop()
    assert await world.leases.list_all() == []


async def test_a_lease_is_not_given_back_before_its_work_has_ended(world: LeaderWorld) -> None:
    first = world.add_worker("a")
    assert await world.list_working(after=2) == [1]
    world.add_worker("b")
    first.ending.clear()
    first.task.cancel()
    assert await world.list_working(after=TERM / 2) == [1, 0]
    first.ending.set()
    assert await world.list_working(after=TERM / 3 + 1) == [0, 1]


@pytest.mark.parametrize("state", ["away", "silent"])
async def test_who_cannot_renew_stops_before_the_lease_ends_and_works_again_when_it_can(
    world: LeaderWorld, state: str
) -> None:
    world.add_worker("a")
    assert await world.list_working(after=2) == [1]
    world.leases.state = state
    assert await world.list_working(after=517) == [1]
    assert await world.list_working(after=2) == [0]  # 521 of 600 seconds
    assert await world.list_working(after=TERM) == [0]
    world.leases.state = "well"
    assert await world.list_working(after=2 * TERM) == [1]


async def test_who_was_paused_knows_before_it_is_told_that_it_no_longer_leads(world: LeaderWorld) -> None:
    first = world.add_worker("a")
    assert await world.list_working(after=2) == [1]
    assert first.is_leading()
    world.time.pause(517)
    assert first.is_leading()  # it was asked for at 0, and 520 of 600 seconds are its own
    world.time.pause(2)
    assert (first.is_leading(), first.working) == (False, 1)
    assert await world.list_working(after=2) == [1]  # nobody took its place meanwhile
    assert first.is_leading()


async def test_a_lease_runs_from_when_it_was_asked_for(world: LeaderWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    acquire_lease = world.leases.acquire

    async def acquire_slowly(name: str, holder: str, place: str, seconds: float) -> bool:
        await world.time.sleep(100)
        return await acquire_lease(name, holder, place, seconds)

    world.add_worker("a")
    assert await world.list_working(after=2) == [1]
    monkeypatch.setattr(world.leases, "acquire", acquire_slowly)
    await world.list_working(after=300)  # asked at 200, and answered at 300
    world.leases.state = "away"
    assert await world.list_working(after=417) == [1]
    assert await world.list_working(after=2) == [0]  # at 721, and not 821


async def test_where_the_database_is_away_at_first_it_is_asked_again(world: LeaderWorld) -> None:
    world.leases.state = "away"
    world.add_worker("a")
    assert await world.list_working(after=TERM) == [0]
    world.leases.state = "well"
    assert await world.list_working(after=TERM / 3 + 1) == [1]


async def test_work_that_ends_by_itself_ends_the_election(world: LeaderWorld) -> None:
    async def do_nothing(is_leading: LeaderCheck) -> None:
        """Done."""

    time = world.time
    leading = LeaseElection(world.leases, "a", "here", TERM, now=time.now, sleep=time.sleep).lead(
        "sender x", do_nothing
    )
    task = asyncio.create_task(leading)
    await time.advance(2)
    await wait_until(task.done)
    await task
    assert await world.leases.list_all() == []
