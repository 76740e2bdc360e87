"""Of several processes one sends, and another goes on where it dies."""

from __future__ import annotations

import asyncio

from digestbot.core.delivery.election import Elected
from digestbot.errors import StoreError
from digestbot.store import Store


class Worker:
    """Somebody who wants to lead."""

    def __init__(self, store: Store, name: str, term: float = 1.5) -> None:
        self.election = Elected(store.leases, name, "here", term)
        self.working = 0
        self.began = asyncio.Event()
        self.task = asyncio.create_task(self.election.lead("sender x", self._work))

    async def _work(self) -> None:
        self.working += 1
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.working -= 1

    async def stops(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_one_works_and_the_other_goes_on_when_it_stops(store: Store) -> None:
    first = Worker(store, "a")
    await first.began.wait()
    second = Worker(store, "b")
    await asyncio.sleep(2)  # longer than a term: it is renewed
    assert (first.working, second.working) == (1, 0)
    await first.stops()
    async with asyncio.timeout(10):
        await second.began.wait()
    assert (first.working, second.working) == (0, 1)
    await second.stops()
    assert await store.leases.all() == []


async def test_who_cannot_renew_stops_by_itself_before_another_begins(store: Store, monkeypatch) -> None:
    first = Worker(store, "a")
    await first.began.wait()

    async def away(*_: object) -> bool:
        raise StoreError("the database is away")

    monkeypatch.setattr(first.election._leases, "take", away)
    async with asyncio.timeout(10):
        while first.working:
            await asyncio.sleep(0.02)
    await first.stops()


async def test_work_that_ends_by_itself_ends_the_election(store: Store) -> None:
    async def nothing() -> None:
        """Done."""

    async with asyncio.timeout(10):
        await Elected(store.leases, "a", "here").lead("sender x", nothing)
    assert await store.leases.all() == []
