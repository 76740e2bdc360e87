"""Posts that are still to be published: kept until they are, and worked on by one process at a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from digestbot.domain.subscription import Address, Preferences
from digestbot.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEASE = timedelta(minutes=1)
NEWS = Address("discord", "1", "2")


async def test_one_that_is_kept_is_worked_on_by_one_at_a_time_until_it_is_removed(store: Store) -> None:
    for _ in range(2):
        await store.publications.add(NEWS, "7", NOW)
    await store.publications.add(Address("elsewhere", "1", "2"), "7", NOW)
    claims = await asyncio.gather(*(store.publications.claim("discord", NOW, LEASE, 5) for _ in range(3)))
    (first,) = [one for claim in claims for one in claim]
    assert (first.address, first.message, first.created_at, first.attempt) == (NEWS, "7", NOW, 1)
    assert await store.publications.has_any("discord")
    (again,) = await store.publications.claim("discord", NOW + LEASE, LEASE, 5)
    assert again.attempt == 2
    await store.publications.remove(again)
    assert not await store.publications.has_any("discord")
    assert await store.publications.has_any("elsewhere")


async def test_what_is_put_off_waits_and_the_longest_waiting_goes_first(store: Store) -> None:
    for number in range(4):
        await store.publications.add(NEWS, str(number), NOW + timedelta(seconds=number))
    later = NOW + timedelta(seconds=10)
    claimed = await store.publications.claim("discord", later, LEASE, 3)
    assert [one.message for one in claimed] == ["0", "1", "2"]
    for one in claimed:
        await store.publications.postpone(one, NOW + timedelta(hours=1))
    assert [one.message for one in await store.publications.claim("discord", later + LEASE, LEASE, 9)] == ["3"]
    assert len(await store.publications.claim("discord", NOW + timedelta(hours=1), LEASE, 9)) == 4


async def test_a_problem_is_told_of_again_when_the_time_is_over_and_forgotten_with_the_chat(store: Store) -> None:
    chat = await store.subscribers.get_or_create(NEWS, Preferences())
    other = await store.subscribers.get_or_create(Address("discord", "1", "3"), Preferences())
    week = timedelta(days=7)
    told = [
        await store.told_problems.record(chat.id, "no tag", NOW + timedelta(days=day), week) for day in (0, 6, 7, 8)
    ]
    assert told == [True, False, True, False]
    assert await store.told_problems.record(chat.id, "no room", NOW, week)
    assert await store.told_problems.record(other.id, "no tag", NOW, week)
    await store.subscribers.delete(chat.id)
    again = await store.subscribers.get_or_create(NEWS, Preferences())
    assert await store.told_problems.record(again.id, "no tag", NOW, week)


async def test_earlier_threads_are_those_of_the_same_address(store: Store) -> None:
    assert await store.history.find_threads(NEWS, ["1", "2"]) == set()
