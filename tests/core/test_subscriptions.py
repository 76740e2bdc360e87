"""When a chat's subscriptions are due: after a change of settings, in the past, and after a pause."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from digestbot.app import App
from digestbot.domain.subscription import EVERY_DAY, Address, Layout, PostMode, Preferences, Schedule, Subscriber
from digestbot.domain.topic import Topic
from tests.fakes import ManualClock, RecordingPlatform

ADDRESS = Address("console", "local")
WEEKEND = frozenset((5, 6))


def parse_utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


async def list_topics(app: App) -> dict[str, Topic]:
    return {summary.topic.slug: summary.topic for summary in await app.catalog.list_topics()}


async def list_due_times(app: App, who: Subscriber) -> dict[str, tuple[Schedule, datetime]]:
    return {s.topic.slug: (s.schedule, s.next_due) for s in await app.subscriptions.list_for(who)}


async def get_subscriber(app: App) -> Subscriber:
    return await app.subscriptions.get_or_create(ADDRESS, "en")


def test_a_chat_that_set_nothing_gets_every_digest_as_cards_at_eight() -> None:
    assert Preferences() == Preferences(
        timezone="UTC",
        time=time(8),
        days=frozenset(range(7)),
        language="en",
        layout=Layout.CARDS,
        post_mode=PostMode.PAGES,
    )
    assert not Preferences().publish
    assert Schedule(time(8), "UTC").days == EVERY_DAY == frozenset(range(7))


async def test_settings_move_what_follows_them_and_what_is_a_topics_own_stays_but_for_the_chats_timezone(
    app: App,
) -> None:
    found = await list_topics(app)
    who = await get_subscriber(app)
    own = {
        "protein-design": Schedule(time(10), "UTC", WEEKEND),  # its own days and time, in the chat's timezone
        "climate-emulation": Schedule(time(10), "Asia/Tokyo"),  # a timezone of its own
    }
    for slug, schedule in own.items():
        await app.subscriptions.subscribe(who, found[slug], schedule, has_own_timezone=slug == "climate-emulation")
    await app.subscriptions.subscribe(who, found["语音翻译"], None)

    async def change_preferences(**settings: Any) -> dict[str, tuple[Schedule, datetime]]:
        now = await get_subscriber(app)
        await app.subscriptions.update_preferences(now, **settings)
        return await list_due_times(app, now)

    follows = Schedule(time(8), "UTC")
    assert await list_due_times(app, who) == {
        "protein-design": (own["protein-design"], parse_utc("2026-11-28 10:00")),
        "climate-emulation": (own["climate-emulation"], parse_utc("2026-11-25 01:00")),
        "语音翻译": (follows, parse_utc("2026-11-25 08:00")),
    }
    assert await change_preferences(timezone="America/New_York") == {
        "protein-design": (Schedule(time(10), "America/New_York", WEEKEND), parse_utc("2026-11-28 15:00")),
        "climate-emulation": (own["climate-emulation"], parse_utc("2026-11-25 01:00")),
        "语音翻译": (Schedule(time(8), "America/New_York"), parse_utc("2026-11-24 13:00")),
    }
    moved = await change_preferences(time=time(6), days=frozenset((2,)))
    assert moved == {
        "protein-design": (Schedule(time(10), "America/New_York", WEEKEND), parse_utc("2026-11-28 15:00")),
        "climate-emulation": (own["climate-emulation"], parse_utc("2026-11-25 01:00")),
        "语音翻译": (Schedule(time(6), "America/New_York", frozenset((2,))), parse_utc("2026-11-25 11:00")),
    }
    assert await change_preferences(language="zh", layout=Layout.FULL) == moved
    # and back, also from the same timezone: the topic with one of its own never took the chat's
    await change_preferences(timezone="Asia/Tokyo")
    back = await change_preferences(timezone="UTC")
    assert back["protein-design"] == (own["protein-design"], parse_utc("2026-11-28 10:00"))
    assert back["climate-emulation"][0] == own["climate-emulation"]


async def test_the_next_time_is_never_in_the_past(app: App, clock: ManualClock) -> None:
    who = await get_subscriber(app)
    await app.subscriptions.subscribe(
        who, (await list_topics(app))["protein-design"], Schedule(time(8), "Europe/Berlin")
    )
    for now, due in (
        ("2026-11-24 09:00", "2026-11-25 07:00"),
        ("2026-11-25 06:59", "2026-11-25 07:00"),
        ("2026-11-25 07:00", "2026-11-26 07:00"),  # the bot was not running: nothing was delivered
        ("2026-12-03 12:00", "2026-12-04 07:00"),
    ):
        clock.set(now)
        assert [found[1] for found in (await list_due_times(app, who)).values()] == [parse_utc(due)], now


@pytest.mark.parametrize("instant", [False, True])
async def test_a_time_of_today_that_is_past_waits_for_tomorrow(app: App, clock: ManualClock, instant: bool) -> None:
    platform = RecordingPlatform()
    delivering = app.build_delivery_service([platform])
    topic = (await list_topics(app))["protein-design"]
    who = await get_subscriber(app)
    made = await app.subscriptions.subscribe(who, topic, Schedule(time(8), "UTC"), instant=instant)
    assert (made.topic, made.instant, made.has_own_schedule, made.next_due) == (
        topic,
        instant,
        True,
        parse_utc("2026-11-25 08:00"),
    )
    await delivering.run_cycle()
    assert platform.sent == []
    if not instant:
        clock.set("2026-11-25 08:00")
        assert (await delivering.run_cycle()).sent == 1


@pytest.mark.parametrize("running", [True, False], ids=["running meanwhile", "not running meanwhile"])
async def test_what_was_due_in_a_pause_is_not_made_up_for(app: App, clock: ManualClock, running: bool) -> None:
    platform = RecordingPlatform()
    delivering = app.build_delivery_service([platform])
    who = await get_subscriber(app)
    await app.subscriptions.subscribe(who, (await list_topics(app))["protein-design"], Schedule(time(10), "UTC"))
    await app.subscriptions.pause(who)
    assert (await get_subscriber(app)).pause_reason == "by request"
    clock.set("2026-11-24 10:30")
    if running:
        await delivering.run_cycle()
    await app.subscriptions.resume(who)
    assert (await get_subscriber(app)).pause_reason == ""
    await delivering.run_cycle()
    assert platform.sent == []
    clock.set("2026-11-25 10:00")
    assert (await delivering.run_cycle()).sent == 1


async def test_who_is_known_is_stored_once_and_keeps_what_it_chose(app: App) -> None:
    assert await app.subscriptions.find(ADDRESS) is None
    first = await app.subscriptions.get_or_create(ADDRESS, "zh-TW", "Club", "ada", PostMode.THREADS)
    assert (first.title, first.moderator_chat) == ("Club", "ada")
    assert first.preferences == Preferences(language="zh", post_mode=PostMode.THREADS)
    await app.subscriptions.update_preferences(first, layout=Layout.FULL)
    again = await app.subscriptions.get_or_create(ADDRESS, "en")
    assert again.id == first.id
    assert again.preferences == replace(first.preferences, layout=Layout.FULL)
    assert await app.subscriptions.preferences_for(ADDRESS, "en") == again.preferences
    assert await app.subscriptions.preferences_for(replace(ADDRESS, thread="7"), "en") == Preferences()


async def test_a_paper_kept_by_one_is_not_anothers(app: App, clock: ManualClock) -> None:
    ada, bo = await get_subscriber(app), await app.subscriptions.get_or_create(Address("console", "bo"), "en")
    entry = await app.catalog.get_paper("2611.90112")
    other = await app.catalog.get_paper("2611.90127")
    assert entry is not None
    assert other is not None
    assert await app.catalog.save_paper(ada, entry)
    assert not await app.catalog.save_paper(ada, entry)
    assert await app.catalog.is_saved(ada, entry)
    assert not await app.catalog.is_saved(ada, other)
    assert not await app.catalog.is_saved(bo, entry)
    assert not await app.catalog.unsave_paper(bo, entry)
    clock.advance(seconds=1)
    assert await app.catalog.save_paper(ada, other)
    assert [kept.paper_id for kept in await app.catalog.list_saved(ada)] == [other.paper_id, entry.paper_id]
    assert await app.catalog.unsave_paper(ada, entry)
    assert [kept.paper_id for kept in await app.catalog.list_saved(ada)] == [other.paper_id]


async def test_what_two_moderators_change_at_a_time_stands_both(app: App) -> None:
    """Each knows the chat as it was before the other's change."""
    who = await app.subscriptions.get_or_create(ADDRESS, "en")
    topic = (await app.catalog.list_topics())[0].topic
    changes: list[dict[str, Any]] = [
        {"layout": Layout.HEADLINES},
        {"language": "zh"},
        {"time": time(6, 30)},
        {"timezone": "Asia/Shanghai"},
        {"days": frozenset((0, 2))},
        {"post_mode": PostMode.THREADS},
    ]
    made = asyncio.create_task(app.subscriptions.subscribe(who, topic, None))
    await asyncio.gather(*(app.subscriptions.update_preferences(who, **one) for one in changes), made)
    now = await get_subscriber(app)
    assert now.preferences == Preferences(
        "Asia/Shanghai", time(6, 30), frozenset((0, 2)), "zh", Layout.HEADLINES, post_mode=PostMode.THREADS
    )
    (subscription,) = await app.subscriptions.list_for(now)
    assert subscription.schedule == Schedule(time(6, 30), "Asia/Shanghai", frozenset((0, 2)))
    await asyncio.gather(
        app.subscriptions.update_preferences(who, layout=Layout.CARDS),
        app.subscriptions.subscribe(who, topic, Schedule(time(9), "UTC")),
    )
    (subscription,) = await app.subscriptions.list_for(now)
    assert subscription.schedule == Schedule(time(9), "Asia/Shanghai")
