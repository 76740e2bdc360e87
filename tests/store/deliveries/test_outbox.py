"""The outbox as itself, on both engines: planned by one statement, claimed by one process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select, update

from benchmarks.mornings import fill_store
from digestbot.app import App
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.domain.delivery import (
    DeliveryState,
    mark_dropped,
    mark_failed,
    mark_sending,
    mark_sent,
    release,
    schedule_retry,
)
from digestbot.domain.subscription import (
    EVERY_DAY,
    Address,
    CardStyle,
    Layout,
    PostMode,
    Preferences,
    Schedule,
    Subscriber,
)
from digestbot.domain.topic import Topic
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox, schedules, subscribers, subscriptions
from tests.factories import make_digest
from tests.fakes import ManualClock

LEASE = timedelta(seconds=30)
AT_ONCE = PlanningPolicy(timedelta(0))


async def subscribe_due(app: App, count: int) -> None:
    """So many chats whose digest is due now; every fifth is a group."""
    await fill_store(app, count, 1, lambda number: Address("telegram", str(number)))
    async with app.store.database.write() as connection:
        await connection.execute(update(subscribers).where(subscribers.c.id % 5 == 0).values(title="A group"))


async def read_due_times(app: App) -> dict[int, datetime]:
    async with app.store.database.read() as connection:
        rows = await connection.execute(select(outbox.c.subscriber_id, outbox.c.due_at))
        return {row.subscriber_id: row.due_at for row in rows}


async def test_a_morning_is_spread_private_chats_first(empty_app: App, clock: ManualClock) -> None:
    await subscribe_due(empty_app, 200)
    assert await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy()) == 200
    at = await read_due_times(empty_app)
    start = datetime(2026, 11, 24, tzinfo=UTC)
    private = [moment for subscriber, moment in at.items() if subscriber % 5]
    groups = [moment for subscriber, moment in at.items() if not subscriber % 5]
    assert start <= min(private) <= max(private) <= start + timedelta(seconds=10)
    assert start + timedelta(seconds=10) <= min(groups) <= max(groups) <= start + timedelta(seconds=20)
    assert len(set(private)) > 100
    assert await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy()) == 0


async def test_nobody_is_the_last_one_every_day(empty_app: App, clock: ManualClock) -> None:
    await subscribe_due(empty_app, 100)
    order = []
    for _ in range(2):
        await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy())
        at = await read_due_times(empty_app)
        order.append(sorted(at, key=at.__getitem__))
        clock.advance(days=1)
        async with empty_app.store.database.write() as connection:
            await connection.execute(outbox.delete())
    assert order[0] != order[1]
    assert order[0][-1] != order[1][-1]


async def test_however_many_follow_a_schedule_it_is_one_row(empty_app: App) -> None:
    await subscribe_due(empty_app, 50)
    async with empty_app.store.database.read() as connection:
        assert len((await connection.execute(select(schedules))).all()) == 1
        assert len((await connection.execute(select(subscriptions))).all()) == 50


async def test_processes_that_plan_at_once_plan_once(empty_app: App, clock: ManualClock) -> None:
    await subscribe_due(empty_app, 100)
    planned = await asyncio.gather(*(plan_deliveries(empty_app.store, clock.now(), AT_ONCE) for _ in range(4)))
    assert sorted(planned) == [0, 0, 0, 100]


async def test_the_id_of_a_deleted_row_is_never_given_again(empty_app: App, clock: ManualClock) -> None:
    ids: list[int] = []
    for day, name in ((24, "ada"), (25, "bo"), (26, "ada")):
        clock.set(f"2026-11-{day} 09:00")
        await load_digest(empty_app, f"2026-11-{day}")
        chat = await add_chat(empty_app, name)
        clock.set(f"2026-11-{day} 10:00")
        await plan_chats(empty_app)
        async with empty_app.store.database.read() as connection:
            ids.extend((await connection.scalars(select(outbox.c.id))).all())
        await empty_app.subscriptions.delete_subscriber(chat)
    assert (len(ids), ids) == (3, sorted(set(ids)))


async def test_processes_that_claim_at_once_claim_different_rows(empty_app: App, clock: ManualClock) -> None:
    await subscribe_due(empty_app, 100)
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    claims = [empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 30) for _ in range(4)]
    ids = [delivery.id for claimed in await asyncio.gather(*claims) for delivery in claimed]
    assert len(ids) == len(set(ids)) == 100
    assert await empty_app.store.outbox.claim("discord", clock.now() + 2 * LEASE, LEASE, 30) == []


async def test_every_mark_leaves_the_row_as_it_says(empty_app: App, clock: ManualClock) -> None:
    await subscribe_due(empty_app, 5)
    now, store = clock.now(), empty_app.store.outbox
    await plan_deliveries(empty_app.store, now, AT_ONCE)
    a, b, c, d, e = await store.claim("telegram", now, LEASE, 10)
    soon = now + timedelta(minutes=1)
    await store.apply_updates(
        [
            mark_sent(a, now),
            mark_failed(b, now, "no"),
            schedule_retry(c, soon, "busy"),
            release(d, now),
            mark_sending(e, soon),
        ]
    )
    async with empty_app.store.database.read() as connection:
        rows = {row.id: row for row in await connection.execute(select(outbox))}
    stand = [
        (rows[x.id].state, rows[x.id].available_at, rows[x.id].attempts, rows[x.id].reason) for x in (a, b, c, d, e)
    ]
    assert stand == [
        ("sent", None, 1, ""),
        ("failed", None, 1, "no"),
        ("due", soon, 1, "busy"),
        ("due", now, 0, ""),
        ("sending", soon, 1, ""),
    ]
    (again,) = await store.claim("telegram", now, LEASE, 10)
    assert (again.id, again.attempt) == (d.id, 1)
    assert await store.reclaim("telegram", now) == 2
    freed = await store.claim("telegram", now, LEASE, 10)
    assert {delivery.id for delivery in freed} == {d.id, e.id}


async def test_what_is_only_claimed_is_not_taken_for_sent(empty_app: App, clock: ManualClock) -> None:
    await subscribe_due(empty_app, 2)
    now, store = clock.now(), empty_app.store.outbox
    await plan_deliveries(empty_app.store, now, AT_ONCE)
    begun, claimed = await store.claim("telegram", now, LEASE, 10, DeliveryState.DUE)
    await store.apply_updates([mark_sending(begun, now + LEASE)])
    assert await store.fail_ambiguous("telegram", now + 2 * LEASE, "it may have arrived") == 1
    (left,) = await store.claim("telegram", now + 2 * LEASE, LEASE, 10)
    assert left.id == claimed.id


async def test_what_was_delivered_long_ago_is_forgotten_but_never_the_newest(
    empty_app: App, clock: ManualClock
) -> None:
    await subscribe_due(empty_app, 6)
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    first, second, third, late, later_on, in_flight = await empty_app.store.outbox.claim(
        "telegram", clock.now(), LEASE, 10
    )
    now, long_ago = clock.now(), clock.now() + timedelta(days=220)
    await empty_app.store.outbox.apply_updates(
        [
            *(
                mark_sent(first, now),
                mark_failed(second, now, "no"),
                mark_dropped(third, long_ago - timedelta(seconds=1), "too late"),
            ),
            *(mark_sent(late, long_ago), schedule_retry(later_on, now, "out of order"), mark_sending(in_flight, now)),
        ]
    )
    clock.advance(days=400)
    kept = await empty_app.store.outbox.prune(long_ago, 100, clock.now())
    assert kept == 0  # its topic had nothing since: it would come again
    key = PageKey("later", "", {})
    await empty_app.store.digests.save_pages([(key, [make_digest("Benchmark", "2027-11-24")])], clock.now())
    assert [await empty_app.store.outbox.prune(long_ago, 2, clock.now()) for _ in range(3)] == [2, 1, 0]
    async with empty_app.store.database.read() as connection:
        left = set(await connection.scalars(select(outbox.c.id)))
    assert left == {late.id, later_on.id, in_flight.id}


async def add_chat(app: App, name: str, hour: int = 10, *, topic: str = "topic-a", instant: bool = False) -> Subscriber:
    """A chat that gets a topic at an hour, from now on."""
    known = await app.subscriptions.get_or_create(Address("telegram", name), "en")
    await app.subscriptions.subscribe(known, Topic(topic, topic), make_schedule(hour), instant=instant)
    return known


def make_schedule(hour: int) -> Schedule:
    return Schedule(time(hour), "UTC")


async def load_digest(app: App, day: str, topic: str = "Topic A") -> None:
    await app.store.digests.save_pages(
        [(PageKey(f"{topic} {day}", "", {}), [make_digest(topic, day)])], app.clock.now()
    )


async def plan_chats(app: App, pace: PlanningPolicy = AT_ONCE) -> list[str]:
    """The chats that are planned for at this moment."""
    await plan_deliveries(app.store, app.clock.now(), pace)
    claimed = await app.store.outbox.claim("telegram", app.clock.now(), LEASE, 99)
    await app.store.outbox.apply_updates([mark_sent(one, app.clock.now()) for one in claimed])
    return sorted(one.subscriber.address.chat for one in claimed)


async def test_a_time_that_was_past_already_is_not_delivered(empty_app: App, clock: ManualClock) -> None:
    """Nothing planned since 10:00, when the process was down, say: the schedule's time is still to be planned."""
    await load_digest(empty_app, "2026-11-24")
    for name in ("there", "paused", "stays paused", "other hour", "own again", "own hour"):
        await add_chat(empty_app, name, 8 if name in ("other hour", "own hour") else 10)
    resumes, paused, moves = [
        await empty_app.subscriptions.get_or_create(Address("telegram", name), "en")
        for name in ("paused", "stays paused", "other hour")
    ]
    for subscriber in (resumes, paused):
        await empty_app.subscriptions.pause(subscriber)
    clock.set("2026-11-24 10:00")
    await add_chat(empty_app, "in this moment")
    clock.set("2026-11-24 10:30")
    await add_chat(empty_app, "late")
    await add_chat(empty_app, "own again")  # as it was: nothing of it changes
    await add_chat(empty_app, "own hour")
    await empty_app.subscriptions.resume(resumes)
    (subscription,) = await empty_app.store.subscribers.list_subscriptions(moves.id)
    ten = [(subscription.id, make_schedule(10), clock.now())]
    await empty_app.store.subscribers.update_preferences(moves.id, {"language": "en"}, lambda *_: ten, clock.now())
    assert await plan_chats(empty_app) == ["own again", "there"]
    await load_digest(empty_app, "2026-11-25")
    clock.set("2026-11-25 10:00")
    everybody = ["in this moment", "late", "other hour", "own again", "own hour", "paused", "there"]
    assert await plan_chats(empty_app) == everybody


async def test_an_instant_subscription_gets_what_is_loaded_after_it_and_nothing_at_an_hour(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-23")
    await load_digest(empty_app, "2026-11-23", "Topic B")
    await add_chat(empty_app, "instant", instant=True)
    await add_chat(empty_app, "daily")
    await add_chat(empty_app, "another", topic="topic-b", instant=True)
    assert await plan_chats(empty_app) == []
    clock.set("2026-11-24 09:30")
    await load_digest(empty_app, "2026-11-24")
    assert await plan_chats(empty_app) == ["instant"]
    await load_digest(empty_app, "2026-11-22")  # older than the newest, and news all the same
    assert await plan_chats(empty_app) == ["instant"]
    await load_digest(empty_app, "2026-11-09")  # too old to be news
    assert await plan_chats(empty_app) == []
    await load_digest(empty_app, "2026-11-25")
    clock.set("2026-11-24 10:00")
    await add_chat(empty_app, "too late", instant=True)
    assert await plan_chats(empty_app) == ["daily", "instant"]
    clock.set("2026-11-25 10:00")
    assert await plan_chats(empty_app) == []


async def test_a_digest_of_the_future_is_planned_when_its_day_comes(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await add_chat(empty_app, "daily")
    await add_chat(empty_app, "instant", instant=True)
    clock.set("2026-11-24 09:30")
    await load_digest(empty_app, "2026-11-26")
    clock.set("2026-11-24 10:00")
    assert await plan_chats(empty_app) == ["daily"]
    clock.set("2026-11-25 09:59")
    assert await plan_chats(empty_app) == []
    clock.set("2026-11-25 10:00")  # in Kiribati it is the day after
    assert await plan_chats(empty_app) == ["daily", "instant"]


async def test_what_was_missed_long_ago_counts_from_now_and_else_from_its_time(
    empty_app: App, clock: ManualClock
) -> None:
    pace = PlanningPolicy(timedelta(0), timedelta(hours=24))
    for day, hour, counts_from in (
        (26, 12, "2026-11-26T10:00"),  # two days late, and the last of its times two hours
        (27, 9, "2026-11-26T10:00"),
        (28, 10, "2026-11-28T10:00"),
    ):
        await load_digest(empty_app, f"2026-11-{day}")
        await add_chat(empty_app, f"chat {day}")
        clock.set(f"2026-11-{day} {hour:02}:00")
        await plan_deliveries(empty_app.store, clock.now(), pace)
        due_at = (await read_due_times(empty_app)).values()
        assert max(due_at) == datetime.fromisoformat(counts_from).replace(tzinfo=UTC), day
    weekly = await empty_app.subscriptions.get_or_create(Address("telegram", "weekly"), "en")
    monday = Schedule(time(10), "UTC", frozenset((0,)))
    await empty_app.subscriptions.subscribe(weekly, Topic("topic-a", "Topic A"), monday)
    for hours, seconds in ((24, 0), (24, 1)):
        clock.moment = datetime(2026, 11, 30, 10, tzinfo=UTC) + timedelta(hours=hours, seconds=seconds)
        async with empty_app.store.database.write() as connection:
            await connection.execute(outbox.delete())
            await connection.execute(update(schedules).values(next_due=datetime(2026, 11, 30, 10, tzinfo=UTC)))
        await plan_deliveries(empty_app.store, clock.now(), pace)
        from_now = clock.now() if seconds else datetime(2026, 11, 30, 10, tzinfo=UTC)
        assert (await read_due_times(empty_app))[weekly.id] == from_now


async def test_what_waits_longest_is_claimed_first_with_all_that_is_needed_of_its_chat(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24", "Topic B")
    await load_digest(empty_app, "2026-11-24")
    wants = Preferences("UTC", time(8), EVERY_DAY, "zh", Layout.FULL, CardStyle.CLASSIC, PostMode.FORUM, publish=True)
    address = Address("telegram", "-100", "7")
    lab = await empty_app.store.subscribers.get_or_create(address, wants, "The Lab", "ada")
    for slug in ("topic-a", "topic-b"):
        await empty_app.subscriptions.subscribe(lab, Topic(slug, slug), make_schedule(12))
    early = await add_chat(empty_app, "early", 11)
    clock.set("2026-11-24 11:00")
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    clock.set("2026-11-24 12:00")
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    (first,) = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 1)
    assert first.subscriber.id == early.id
    rest = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 9)
    assert [one.digest_id for one in rest] == [1, 2]  # in the order in which they were loaded
    assert {one.subscriber for one in rest} == {lab}
    assert (await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 9)) == []


async def test_a_successor_takes_over_only_what_its_platform_was_sending(empty_app: App, clock: ManualClock) -> None:
    await fill_store(empty_app, 6, 1, lambda number: Address("telegram" if number % 2 else "discord", str(number)))
    store, now = empty_app.store.outbox, clock.now()
    await plan_deliveries(empty_app.store, now, AT_ONCE)
    begun, refused, put_back = await store.claim("telegram", now, LEASE, 9)
    await store.claim("discord", now, LEASE, 9)
    hour = now + timedelta(hours=1)
    await store.apply_updates([schedule_retry(refused, hour, "flood"), mark_failed(put_back, now, "no")])
    assert await store.reclaim("telegram", now) == 1
    assert [one.id for one in await store.claim("telegram", now, LEASE, 9)] == [begun.id]
    assert await store.claim("discord", now, LEASE, 9) == []
    assert await store.fail_ambiguous("telegram", now + LEASE, "doubtful") == 1
    assert await store.fail_ambiguous("discord", now + LEASE - timedelta(seconds=1), "doubtful") == 0
    assert len(await store.claim("discord", now + LEASE, LEASE, 9)) == 3


async def test_what_is_still_on_its_way_at_its_next_time_counts_from_then(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await add_chat(empty_app, "ada")
    clock.set("2026-11-24 10:00")
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    (one,) = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 9)
    again = datetime(2026, 11, 25, 11, tzinfo=UTC)
    await empty_app.store.outbox.apply_updates([schedule_retry(one, again, "out of order")])
    clock.set("2026-11-25 10:00")
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    assert await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 9) == []
    (tried,) = await empty_app.store.outbox.claim("telegram", again, LEASE, 9)
    assert (tried.due_at, tried.attempt, tried.reason) == (clock.now(), 2, "out of order")


async def test_who_asks_for_the_newest_now_gets_it_alone(empty_app: App) -> None:
    await load_digest(empty_app, "2026-11-24")
    ada, _ = await add_chat(empty_app, "ada"), await add_chat(empty_app, "bo")
    assert await empty_app.store.outbox.plan_now(ada.id, empty_app.clock.now()) == 1
    assert await plan_chats(empty_app) == ["ada"]


async def test_only_another_topics_digest_that_arrived_is_known_as_received(empty_app: App, clock: ManualClock) -> None:
    for topic, day in (("Topic A", "2026-11-23"), ("Topic A", "2026-11-24"), ("Topic B", "2026-11-24")):
        await load_digest(empty_app, day, topic)
    received = empty_app.store.history
    assert set((await received.find_shared_papers([3]))[3]) == {1, 2}
    assert set((await received.find_shared_papers([2]))[2]) == {3}  # not its own topic's of the day before
    chats = [await add_chat(empty_app, name) for name in ("sent", "failed", "on its way", "due")]
    clock.set("2026-11-24 10:00")
    await plan_deliveries(empty_app.store, clock.now(), AT_ONCE)
    claimed = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE, 9)
    its = {one.subscriber.id: one for one in claimed}
    ways = [
        mark_sent(its[chats[0].id], clock.now()),
        mark_failed(its[chats[1].id], clock.now(), "x"),
        release(its[chats[3].id], clock.now()),
    ]
    await empty_app.store.outbox.apply_updates(ways)
    assert await received.find_received([one.id for one in chats], [1, 2, 3]) == {(chats[0].id, 2)}
    assert await received.find_received([one.id for one in chats], [1, 3]) == set()
