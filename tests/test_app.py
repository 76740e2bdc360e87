"""How settings reach what they are about."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digestbot.app import App, open_app
from digestbot.domain.delivery import mark_sent
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import AmbiguousDeliveryError
from digestbot.settings import Settings, load_settings
from digestbot.store.tables import outbox
from tests.fakes import ManualClock, RecordingPlatform
from tests.platforms.mornings import load_digest, read_rows
from tests.waiting import HANG_SECONDS

ADA = Address("telegram", "1")


def make_settings(url: str, **more: Any) -> Settings:
    return load_settings(database_url=url, **more)


async def plan_due(app: App, *chats: str) -> None:
    """A delivery to Ada, or to each of these chats, due now."""
    await load_digest(app)
    topic = (await app.catalog.find_topic("topic-a")).topic
    assert topic
    for chat in chats or (ADA.chat,):
        who = await app.store.subscribers.get_or_create(Address("telegram", chat), Preferences())
        await app.subscriptions.subscribe(who, topic, None)
        assert await app.store.outbox.plan_now(who.id, app.clock.now()) == 1


@pytest.mark.parametrize(("seconds", "state"), [(7200, "sent"), (7201, "dropped")])
async def test_a_delivery_is_late_after_the_hours_that_are_set(
    database_url: str, clock: ManualClock, seconds: int, state: str
) -> None:
    async with open_app(make_settings(database_url, max_delivery_age_hours=2, delivery_jitter_seconds=0), clock) as app:
        await plan_due(app)
        clock.advance(seconds=seconds)
        await app.build_delivery_service([RecordingPlatform("telegram")]).run_cycle()
        [(found, reason)] = await read_rows(app)
        assert (found, "within 2 hours" in reason) == (state, state == "dropped")


@pytest.mark.parametrize(("ambiguous", "state"), [("skip", "failed"), ("resend", "due")])
async def test_what_may_have_arrived_is_sent_again_or_not_as_it_is_set(
    database_url: str, clock: ManualClock, ambiguous: str, state: str
) -> None:
    async with open_app(
        make_settings(database_url, delivery_jitter_seconds=0, telegram={"ambiguous_policy": ambiguous}), clock
    ) as app:
        await plan_due(app)
        lost = AmbiguousDeliveryError("the answer was lost")
        await app.build_delivery_service([RecordingPlatform("telegram", [lost])]).run_cycle()
        assert [found for found, _ in await read_rows(app)] == [state]


async def count_kept(app: App) -> int:
    """How many deliveries that are out are still kept."""
    return (await read_rows(app)).count(("sent", ""))


async def test_what_was_delivered_is_kept_for_the_days_that_are_set(database_url: str, clock: ManualClock) -> None:
    async with open_app(
        make_settings(database_url, delivery_retention_days=2, delivery_jitter_seconds=0), clock
    ) as app:
        await plan_due(app, "1", "2")
        for ended in ("2026-12-10 10:00", "2026-12-10 12:00"):
            clock.set(ended)
            [delivery] = await app.store.outbox.claim("telegram", clock.now(), timedelta(seconds=30), 1)
            await app.store.outbox.apply_updates([mark_sent(delivery, clock.now())])
        await load_digest(app, day="2026-12-10")  # what is newest, or of the last 14 days, is kept in any case
        clock.set("2026-12-12 11:00")
        delivering = asyncio.create_task(app.build_delivery_service([]).run(3600))
        try:
            async with asyncio.timeout(HANG_SECONDS):
                while await count_kept(app) == 2:  # the database tells nobody
                    await asyncio.sleep(0.01)
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
        assert await count_kept(app) == 1


async def test_the_admins_chat_hears_of_trouble_in_the_language_that_is_set(database_url: str) -> None:
    async with open_app(make_settings(database_url, admin_chat="telegram:4242", language="zh")) as app:
        platform = RecordingPlatform("telegram")
        await app.build_delivery_service([platform]).alerts.open("database", "the disk is full", "planning")
        [(address, card)] = platform.sent
        assert address == Address("telegram", "4242")
        assert "需要处理" in str(card)


async def test_a_morning_is_spread_over_the_seconds_that_are_set(database_url: str, clock: ManualClock) -> None:
    async with open_app(make_settings(database_url, delivery_jitter_seconds=20), clock) as app:
        await load_digest(app, day="2026-11-23")
        topic = (await app.catalog.find_topic("topic-a")).topic
        assert topic
        for chat in range(1, 40):
            who = await app.store.subscribers.get_or_create(Address("telegram", str(chat)), Preferences())
            await app.subscriptions.subscribe(who, topic, None)
        clock.set("2026-11-25 08:00")
        await load_digest(app, day="2026-11-25")
        await app.build_delivery_service([]).run_cycle()
        async with app.store.database.read() as connection:
            times = list((await connection.scalars(select(outbox.c.due_at))).all())
        assert len(times) == 39
        assert timedelta(seconds=5) < max(times) - min(times) <= timedelta(seconds=20)


async def test_a_chat_that_chose_nothing_has_what_is_set(database_url: str) -> None:
    own = make_settings(database_url, timezone="Asia/Shanghai", time="07:30", language="zh")
    async with open_app(own) as app:
        preferences = await app.subscriptions.preferences_for(ADA, "")
        assert (preferences.timezone, f"{preferences.time:%H:%M}", preferences.language) == (
            "Asia/Shanghai",
            "07:30",
            "zh",
        )


async def test_a_topic_that_is_only_named_is_found_by_its_aliases(database_url: str) -> None:
    named = [{"title": "Gaussian Splatting", "slug": "3dgs", "aliases": ["高斯泼溅"]}]
    async with open_app(make_settings(database_url, topics=named)) as app:
        found = (await app.catalog.find_topic("高斯泼溅")).topic
        assert found
        assert (found.slug, found.title) == ("3dgs", "Gaussian Splatting")
        commands = await app.list_completions()
        assert {"/latest 3dgs", "/subscribe 3dgs", "/topics"} <= set(commands)
        assert "/topics 3dgs" not in commands
