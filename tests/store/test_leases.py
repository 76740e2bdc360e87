"""Leases between processes, by the database's clock."""

from __future__ import annotations

from sqlalchemy import update

from digestbot.store import Store
from digestbot.store.moments import database_now, later
from digestbot.store.tables import leases


async def test_one_holds_it_and_renews_it(store: Store) -> None:
    assert await store.leases.take("sender", "a", "here", 60)
    assert not await store.leases.take("sender", "b", "there", 60)
    assert await store.leases.take("sender", "a", "here", 60)
    (lease,) = await store.leases.all()
    assert (lease.holder, lease.place, lease.running) == ("a", "here", True)


async def test_another_takes_what_was_given_back_or_ran_out(store: Store) -> None:
    assert await store.leases.take("sender", "a", "here", 60)
    await store.leases.give_back("sender", "b")
    assert not await store.leases.take("sender", "b", "there", 60)
    await store.leases.give_back("sender", "a")
    assert await store.leases.take("sender", "b", "there", 60)
    await shift(store, -61_000)
    assert [lease.running for lease in await store.leases.all()] == [False]
    assert await store.leases.take("sender", "a", "here", 60)


async def test_a_clock_that_was_set_back_blocks_nobody(store: Store) -> None:
    assert await store.leases.take("sender", "a", "here", 60)
    await shift(store, 3_600_000)
    assert await store.leases.take("sender", "b", "there", 60)
    (lease,) = await store.leases.all()
    assert (lease.holder, lease.running) == ("b", True)


async def shift(store: Store, milliseconds: int) -> None:
    async with store.database.write() as connection:
        await connection.execute(update(leases).values(until=later(database_now(), milliseconds + 60_000)))
