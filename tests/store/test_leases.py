"""Leases between processes, by the database's clock."""

from __future__ import annotations

from sqlalchemy import update

from digestbot.store import Store
from digestbot.store.database.sql_datetime import add_milliseconds, database_now
from digestbot.store.tables import leases


async def test_one_holds_it_and_renews_it(store: Store) -> None:
    assert await store.leases.acquire("sender", "a", "here", 60)
    assert not await store.leases.acquire("sender", "b", "there", 60)
    assert await store.leases.acquire("sender", "a", "here", 60)
    (lease,) = await store.leases.list_all()
    assert (lease.holder, lease.location, lease.is_active) == ("a", "here", True)


async def test_another_takes_what_was_given_back_or_ran_out(store: Store) -> None:
    assert await store.leases.acquire("sender", "a", "here", 60)
    await store.leases.release("sender", "b")
    assert not await store.leases.acquire("sender", "b", "there", 60)
    await store.leases.release("sender", "a")
    assert await store.leases.acquire("sender", "b", "there", 60)
    await shift_leases(store, -61_000)
    assert [lease.is_active for lease in await store.leases.list_all()] == [False]
    assert await store.leases.acquire("sender", "a", "here", 60)


async def test_a_clock_that_was_set_back_blocks_nobody(store: Store) -> None:
    assert await store.leases.acquire("sender", "a", "here", 60)
    await shift_leases(store, 3_600_000)
    assert await store.leases.acquire("sender", "b", "there", 60)
    (lease,) = await store.leases.list_all()
    assert (lease.holder, lease.is_active) == ("b", True)


async def shift_leases(store: Store, milliseconds: int) -> None:
    async with store.database.write() as connection:
        await connection.execute(update(leases).values(until=add_milliseconds(database_now(), milliseconds + 60_000)))
