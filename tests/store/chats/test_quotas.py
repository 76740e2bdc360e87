"""Daily uses are counted together by all processes, and never more than there may be."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date

import pytest
from sqlalchemy import func, select

from digestbot.store import Database, Store
from digestbot.store.chats.quotas import QuotaHolder, QuotaUsedUpError
from digestbot.store.tables import quota_uses

DAY, NEXT_DAY = date(2026, 11, 24), date(2026, 11, 25)
PERSON, GROUP = QuotaHolder("telegram", "7", 3), QuotaHolder("telegram", "-100", 5)


async def count(store: Store, holder: QuotaHolder, day: date = DAY) -> int:
    return await store.quotas.count_uses(day, holder.platform, holder.chat)


async def test_uses_are_counted_until_there_are_no_more_and_given_back(store: Store) -> None:
    for _ in range(3):
        await store.quotas.take(DAY, (PERSON, GROUP))
    with pytest.raises(QuotaUsedUpError) as caught:
        await store.quotas.take(DAY, (PERSON, GROUP))
    assert caught.value.holder == PERSON
    assert (await count(store, PERSON), await count(store, GROUP)) == (3, 3)
    await store.quotas.give_back(DAY, (PERSON, GROUP))
    await store.quotas.take(DAY, (PERSON, GROUP))
    assert (await count(store, PERSON), await count(store, GROUP)) == (3, 3)


async def test_what_the_chat_refuses_counts_for_nobody(store: Store) -> None:
    full = QuotaHolder("telegram", "-100", 1)
    await store.quotas.take(DAY, (PERSON, full))
    other = QuotaHolder("telegram", "8", 3)
    with pytest.raises(QuotaUsedUpError) as caught:
        await store.quotas.take(DAY, (other, full))
    assert caught.value.holder == full
    assert await count(store, other) == 0


async def test_nothing_is_to_be_had_where_the_limit_is_zero(store: Store) -> None:
    with pytest.raises(QuotaUsedUpError):
        await store.quotas.take(DAY, (QuotaHolder("telegram", "7", 0),))
    assert await count(store, PERSON) == 0


async def test_a_use_given_back_twice_makes_no_more_of_them(store: Store) -> None:
    await store.quotas.take(DAY, (PERSON,))
    for _ in range(3):
        await store.quotas.give_back(DAY, (PERSON,))
    assert await count(store, PERSON) == 0


async def test_a_new_day_begins_anew_and_old_days_are_forgotten(store: Store) -> None:
    await store.quotas.take(DAY, (PERSON,))
    await store.quotas.take(NEXT_DAY, (PERSON,))
    assert (await count(store, PERSON), await count(store, PERSON, NEXT_DAY)) == (1, 1)
    await store.quotas.take(date(2026, 11, 26), (PERSON,))
    assert await count(store, PERSON) == 0


async def test_many_at_once_in_two_processes_get_as_many_as_there_are(store: Store, database_url: str) -> None:
    other = Store(Database(database_url))

    async def take(taken_from: Store, number: int) -> bool:
        person = QuotaHolder("telegram", str(number), 3)
        with suppress(QuotaUsedUpError):
            await taken_from.quotas.take(DAY, (person, GROUP))
            return True
        return False

    taken = await asyncio.gather(*(take((store, other)[i % 2], i) for i in range(20)))
    await other.close()
    assert sum(taken) == GROUP.limit
    assert await count(store, GROUP) == GROUP.limit
    async with store.database.read() as connection:  # who was refused has nothing counted
        rows = select(func.count()).select_from(quota_uses).where(quota_uses.c.chat != GROUP.chat)
        assert await connection.scalar(rows) == GROUP.limit


async def test_the_uses_of_a_chat_move_with_it(store: Store) -> None:
    new = QuotaHolder("telegram", "-200", 5)
    for holder in (GROUP, GROUP, new):
        await store.quotas.take(DAY, (holder,))
    await store.subscribers.migrate_chat("telegram", GROUP.chat, new.chat)
    assert (await count(store, GROUP), await count(store, new)) == (0, 3)
