"""Pauses end when they should, topics pause alone, a first day is kept, and what is undone is delivered again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digestbot.app import App
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.digests.digest_writer import PageKey
from tests.core.test_catch_up import ADA, Morning
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock


async def load_other(morning: Morning, written: str) -> None:
    """Load a digest of another topic."""
    page = PageKey(f"b {written}", written, {})
    digest = make_digest("Topic B", written, [make_entry(f"2612.0{written[-2:]}01")])
    await morning.app.store.digests.save_pages([(page, [digest])], morning.clock.now())


@pytest.fixture
async def morning(empty_app: App, clock: ManualClock) -> Morning:
    clock.set("2026-11-22 12:00")
    begun = Morning(empty_app, clock)
    await begun.load(22)
    await begun.say("/subscribe topic-a 08:00")
    return begun


async def test_a_pause_ends_by_itself_and_what_was_missed_comes_with_the_next_digest(morning: Morning) -> None:
    assert "Paused until 2026-11-25 00:00 (UTC)" in await morning.say("/pause until wednesday")
    for line in ("/settings", "/subscriptions"):
        assert "Deliveries are paused until 2026-11-25 00:00 (UTC)" in await morning.say(line)
    await morning.load(23)
    assert await morning.deliver("11-23 08:01") == []
    await morning.load(24)
    assert await morning.deliver("11-24 08:01") == []
    assert await morning.deliver("11-25 00:01") == []
    assert "paused" not in await morning.say("/settings")
    await morning.load(25)
    assert await morning.deliver("11-25 08:01") == ["11-25", "11-24", "11-23"]


async def test_a_pause_that_ended_while_nothing_ran_delays_nothing_by_a_day(morning: Morning) -> None:
    await morning.say("/pause 2 days")
    await morning.load(23)
    await morning.load(24)
    await morning.load(25)
    assert await morning.deliver("11-25 09:30") == ["11-25", "11-24", "11-23"]


async def test_a_pause_without_an_end_lasts_and_another_end_replaces_one(morning: Morning) -> None:
    await morning.say("/pause 1 week")
    assert "2026-12-01 00:00" in await morning.say("/pause until 1 dec")
    assert "until 2026-12-01 00:00" in await morning.say("/pause")
    assert "Nothing is delivered until you resume" in await morning.say("/stop")
    assert "until 2026-12-01 00:00" in await morning.say("/undo")
    await morning.say("/resume")
    await morning.say("/pause")
    await morning.load(23)
    assert await morning.deliver("12-31 08:01") == []


async def test_one_topic_pauses_alone_and_catches_up(morning: Morning) -> None:
    await load_other(morning, "2026-11-22")
    await morning.say("/subscribe topic-b 08:00")
    assert "Paused: Topic A" in await morning.say("/pause topic a until wednesday")
    assert "Paused: Topic A. Use /resume" in await morning.say("/settings")
    await morning.load(23)
    await load_other(morning, "2026-11-23")
    assert await morning.deliver("11-23 08:01") == ["11-23"]
    assert morning.inbox.sent[-1][1].topic == "topic-b"
    assert await morning.deliver("11-25 08:01") == ["11-23"]
    assert morning.inbox.sent[-1][1].topic == "topic-a"
    await morning.say("/pause topic-b")
    await load_other(morning, "2026-11-26")
    assert await morning.deliver("11-26 08:01") == []
    assert "Resumed: Topic B" in await morning.say("/resume topic-b")
    assert await morning.deliver("11-27 08:01") == ["11-26"]


async def test_what_is_due_already_waits_until_the_topic_is_resumed(morning: Morning) -> None:
    await morning.load(23)
    morning.clock.set("2026-11-23 08:00")
    assert await plan_deliveries(morning.app.store, morning.clock.now(), PlanningPolicy()) == 1
    await morning.say("/pause topic-a")
    assert await morning.deliver("11-23 08:05") == []
    await morning.say("/resume topic-a")
    assert await morning.deliver("11-24 08:01") == ["11-23"]


async def test_what_is_to_begin_tomorrow_does_not_come_today(morning: Morning) -> None:
    await morning.load(23)
    morning.clock.set("2026-11-23 07:00")
    assert "Next: 2026-11-24 08:00" in await morning.say("/subscribe topic-a tomorrow at 8")
    assert await morning.deliver("11-23 08:01") == []
    assert await morning.deliver("11-24 08:01") == ["11-23"]


async def test_who_shares_the_schedule_of_a_later_beginning_waits_for_nobody(morning: Morning) -> None:
    bo = Address("console", "bo")
    await morning.app.dispatcher.handle_message(IncomingMessage(bo, "/subscribe topic-a 09:00 from wednesday", "en"))
    await morning.say("/subscribe topic-a 09:00")
    await morning.load(23)
    assert await morning.deliver("11-23 09:01") == ["11-23"]
    assert [address for address, _ in morning.inbox.sent] == [ADA]


async def test_undoing_an_end_loses_nothing_that_came_meanwhile(morning: Morning) -> None:
    await morning.load(23)
    await morning.say("/unsubscribe all")
    assert await morning.deliver("11-23 08:01") == []
    await morning.load(24)
    await morning.say("/undo")
    assert await morning.deliver("11-24 08:01") == ["11-24", "11-23"]


async def test_a_pause_that_is_undone_and_one_that_is_brought_back_hold(morning: Morning) -> None:
    await morning.say("/pause until wednesday")
    await morning.say("/resume")
    assert "paused until 2026-11-25 00:00" in await morning.say("/undo")
    await morning.load(23)
    assert await morning.deliver("11-23 08:01") == []
    await morning.say("/undo")
    assert await morning.deliver("11-24 08:01") == ["11-23"]
    subscriber = await morning.app.subscriptions.find(ADA)
    assert subscriber
    assert (subscriber.pause_reason, subscriber.resumes_at) == ("", None)
    await morning.app.subscriptions.pause(subscriber, datetime(2026, 12, 1, tzinfo=UTC))
    assert (await morning.app.subscriptions.find(ADA)) != subscriber
