"""The outbox as itself, on both engines: planned by one statement, claimed by one process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from benchmarks.mornings import filled
from digestbot.app import App
from digestbot.core.delivery.plan import plan
from digestbot.domain.delivery import DeliveryState, failed, later, put_off, sending, sent
from digestbot.domain.subscription import Address
from digestbot.store.digests import PageKey
from digestbot.store.outbox import Pace
from digestbot.store.tables import outbox, schedules, subscribers, subscriptions
from tests.factories import digest
from tests.fakes import SetClock

LEASE = timedelta(seconds=30)
AT_ONCE = Pace(timedelta(0))


async def due(app: App, count: int) -> None:
    """So many chats whose digest is due now; every fifth is a group."""
    await filled(app, count, 1, lambda number: Address("telegram", str(number)))
    async with app.store.database.write() as connection:
        await connection.execute(update(subscribers).where(subscribers.c.id % 5 == 0).values(title="A group"))


async def moments(app: App) -> dict[int, datetime]:
    async with app.store.database.read() as connection:
        rows = await connection.execute(select(outbox.c.subscriber_id, outbox.c.due_at))
        return {row.subscriber_id: row.due_at for row in rows}


async def test_a_morning_is_spread_private_chats_first(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 200)
    assert await plan(empty_app.store, clock.now(), Pace()) == 200
    at = await moments(empty_app)
    start = datetime(2026, 11, 24, tzinfo=UTC)
    private = [moment for subscriber, moment in at.items() if subscriber % 5]
    groups = [moment for subscriber, moment in at.items() if not subscriber % 5]
    assert start <= min(private) <= max(private) <= start + timedelta(seconds=10)
    assert start + timedelta(seconds=10) <= min(groups) <= max(groups) <= start + timedelta(seconds=20)
    assert len(set(private)) > 100
    assert await plan(empty_app.store, clock.now(), Pace()) == 0


async def test_nobody_is_the_last_one_every_day(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 100)
    order = []
    for _ in range(2):
        await plan(empty_app.store, clock.now(), Pace())
        at = await moments(empty_app)
        order.append(sorted(at, key=at.__getitem__))
        clock.forward(days=1)
        async with empty_app.store.database.write() as connection:
            await connection.execute(outbox.delete())
    assert order[0] != order[1]
    assert order[0][-1] != order[1][-1]


async def test_however_many_follow_a_schedule_it_is_one_row(empty_app: App) -> None:
    await due(empty_app, 50)
    async with empty_app.store.database.read() as connection:
        assert len((await connection.execute(select(schedules))).all()) == 1
        assert len((await connection.execute(select(subscriptions))).all()) == 50


async def test_processes_that_plan_at_once_plan_once(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 100)
    planned = await asyncio.gather(*(plan(empty_app.store, clock.now(), AT_ONCE) for _ in range(4)))
    assert sorted(planned) == [0, 0, 0, 100]


async def test_processes_that_claim_at_once_claim_different_rows(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 100)
    await plan(empty_app.store, clock.now(), AT_ONCE)
    claims = [empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 30) for _ in range(4)]
    ids = [delivery.id for claimed in await asyncio.gather(*claims) for delivery in claimed]
    assert len(ids) == len(set(ids)) == 100
    assert await empty_app.store.outbox.claim("discord", clock.now() + 2 * LEASE, LEASE, 30) == []


async def test_every_mark_leaves_the_row_as_it_says(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 5)
    now, store = clock.now(), empty_app.store.outbox
    await plan(empty_app.store, now, AT_ONCE)
    a, b, c, d, e = await store.claim("telegram", now, LEASE, 10)
    soon = now + timedelta(minutes=1)
    await store.mark([sent(a, now), failed(b, now, "no"), later(c, soon, "busy"), put_off(d, now), sending(e, soon)])
    async with empty_app.store.database.read() as connection:
        rows = {row.id: row for row in await connection.execute(select(outbox))}
    stand = [(rows[x.id].state, rows[x.id].free_at, rows[x.id].attempts, rows[x.id].reason) for x in (a, b, c, d, e)]
    assert stand == [
        ("sent", None, 1, ""),
        ("failed", None, 1, "no"),
        ("due", soon, 1, "busy"),
        ("due", now, 0, ""),
        ("sending", soon, 1, ""),
    ]
    (again,) = await store.claim("telegram", now, LEASE, 10)
    assert (again.id, again.attempt) == (d.id, 1)
    assert await store.take_over("telegram", now) == 2
    freed = await store.claim("telegram", now, LEASE, 10)
    assert {delivery.id for delivery in freed} == {d.id, e.id}


async def test_what_is_only_claimed_is_not_taken_for_sent(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 2)
    now, store = clock.now(), empty_app.store.outbox
    await plan(empty_app.store, now, AT_ONCE)
    begun, claimed = await store.claim("telegram", now, LEASE, 10, DeliveryState.DUE)
    await store.mark([sending(begun, now + LEASE)])
    assert await store.fail_ambiguous("telegram", now + 2 * LEASE, "it may have arrived") == 1
    (left,) = await store.claim("telegram", now + 2 * LEASE, LEASE, 10)
    assert left.id == claimed.id


async def test_what_was_delivered_long_ago_is_forgotten_but_never_the_newest(empty_app: App, clock: SetClock) -> None:
    await due(empty_app, 3)
    await plan(empty_app.store, clock.now(), AT_ONCE)
    claimed = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 10)
    await empty_app.store.outbox.mark([sent(delivery, clock.now()) for delivery in claimed])
    clock.forward(days=400)
    long_ago = clock.now() - timedelta(days=180)
    assert await empty_app.store.outbox.forget(long_ago, 100) == 0  # its topic had nothing since: it would come again
    later_on = PageKey("later", "", {})
    await empty_app.store.digests.save_pages([(later_on, [digest("Benchmark", "2027-11-24")])], clock.now())
    assert [await empty_app.store.outbox.forget(long_ago, 2) for _ in range(3)] == [2, 1, 0]
