"""The daily delivery: once, in time, whatever stopped in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from digestbot.app import App, open_app
from digestbot.cards.card import ListItem, to_plain_text
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import IncomingMessage
from digestbot.domain.delivery import DeliveryState, schedule_retry
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import (
    PermanentDeliveryError,
    RateLimitedError,
    StoreError,
    TemporaryDeliveryError,
)
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox, schedules
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform

ADDRESS = Address("console", "local")


async def load_digest(app: App, day: str, *numbers: str, topic: str = "Topic A", version: int = 1) -> None:
    read = [make_entry(number) for number in numbers or ("2611.00001",)]
    entries = [replace(one, paper=replace(one.paper, version=version)) for one in read]
    key = PageKey(f"{topic}/{day}", day, {})
    await app.store.digests.save_pages([(key, [make_digest(topic, day, entries)])], app.clock.now())


async def send_command(app: App, text: str) -> None:
    card = (await app.dispatcher.handle_message(IncomingMessage(ADDRESS, text, "en"))).card
    assert card.ok, card


async def get_subscriber(app: App) -> Subscriber:
    found = await app.subscriptions.find(ADDRESS)
    assert found is not None
    return found


def list_titles(platform: RecordingPlatform) -> list[str]:
    headings = (to_plain_text(card.blocks[0].line) for _, card in platform.sent)  # type: ignore[union-attr]
    return [heading.rpartition(" · ")[0] for heading in headings]


async def test_a_digest_comes_once_at_its_time(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    platform = RecordingPlatform()
    delivering = empty_app.build_delivery_service([platform])
    await delivering.run_cycle()
    assert platform.sent == []
    clock.set("2026-11-24 10:00")
    await delivering.run_cycle()
    await delivering.run_cycle()
    clock.set("2026-11-25 10:00")
    await delivering.run_cycle()
    assert list_titles(platform) == ["Topic A · Tue 24 Nov"]


async def test_a_restart_neither_repeats_nor_forgets(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    first = RecordingPlatform()
    await empty_app.build_delivery_service([first]).run_cycle()
    async with open_app(empty_app.settings, clock) as restarted:
        second = RecordingPlatform()
        await restarted.build_delivery_service([second]).run_cycle()
        assert second.sent == []
        await load_digest(restarted, "2026-11-25")
        clock.set("2026-11-25 10:00")
        await restarted.build_delivery_service([second]).run_cycle()
    assert (list_titles(first), list_titles(second)) == (["Topic A · Tue 24 Nov"], ["Topic A · Wed 25 Nov"])


async def test_what_was_missed_comes_as_one_digest(empty_app: App, clock: ManualClock) -> None:
    await ask_subscribed(empty_app)
    for day in range(1, 8):
        clock.set(f"2026-12-0{day} 06:00")
        await load_digest(empty_app, f"2026-12-0{day}")
    clock.set("2026-12-08 12:00")
    platform = RecordingPlatform()
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert list_titles(platform) == ["Topic A · Tue 1 Dec – Mon 7 Dec"]


async def ask_subscribed(app: App) -> None:
    await load_digest(app, "2026-11-20")
    await send_command(app, "/subscribe topic-a 10:00")


async def test_a_process_that_died_while_sending_is_followed_by_one_that_sends(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    outbox_ = empty_app.store.outbox
    assert await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy(timedelta(0))) == 1
    assert len(await outbox_.claim("console", clock.now(), timedelta(minutes=2), 10)) == 1
    platform = RecordingPlatform()
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert platform.sent == []
    clock.advance(minutes=3)
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert len(platform.sent) == 1


async def test_an_instant_subscription_is_delivered_as_soon_as_a_digest_is_loaded(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-20")
    await send_command(empty_app, "/subscribe topic-a instant")
    platform = RecordingPlatform()
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert platform.sent == []  # what was there before is not news
    clock.advance(seconds=5)
    await load_digest(empty_app, "2026-11-24")
    await empty_app.build_delivery_service([platform]).run_cycle()
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert list_titles(platform) == ["Topic A · Tue 24 Nov"]


async def test_a_paper_already_received_under_another_topic_is_one_line_with_a_pointer(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24", "2611.00001", topic="Topic A")
    await load_digest(empty_app, "2026-11-24", "2611.00001", "2611.00002", topic="Topic B")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    await send_command(empty_app, "/subscribe topic-b 11:00")
    platform = RecordingPlatform()
    for hour in (10, 11):
        clock.set(f"2026-11-24 {hour}:00")
        await empty_app.build_delivery_service([platform]).run_cycle()
    again, fresh = (block for block in platform.sent[1][1].blocks if isinstance(block, ListItem))
    assert [to_plain_text(line) for line in again.lines] == ["Already sent in Topic A, Tue 24 Nov: /paper 2611.00001"]
    assert "measures" in to_plain_text(fresh.lead)


async def test_a_new_version_is_shown_whole_to_who_has_the_old_one_from_another_topic(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24", topic="Topic A")
    await load_digest(empty_app, "2026-11-23", topic="Topic B")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    await send_command(empty_app, "/subscribe topic-b 11:00")
    platform = RecordingPlatform()
    clock.set("2026-11-24 10:00")
    await empty_app.build_delivery_service([platform]).run_cycle()
    await load_digest(empty_app, "2026-11-25", topic="Topic B", version=2)
    clock.set("2026-11-25 11:00")
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert list_titles(platform)[-1] == "Topic B · Wed 25 Nov"
    (shown,) = (block for block in platform.sent[-1][1].blocks if isinstance(block, ListItem))
    assert "measures" in to_plain_text(shown.lead)


async def test_a_subscriber_who_changes_timezone_gets_the_next_digest_at_the_new_local_time(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a")
    await send_command(empty_app, "/settings timezone America/New_York")
    (subscription,) = await empty_app.subscriptions.list_for(await get_subscriber(empty_app))
    assert subscription.next_due == datetime(2026, 11, 24, 13, tzinfo=UTC)
    platform = RecordingPlatform()
    clock.set("2026-11-24 13:00")
    await empty_app.build_delivery_service([platform]).run_cycle()
    await send_command(empty_app, "/settings timezone America/Los_Angeles")  # 08:00 comes again, three hours later
    clock.set("2026-11-24 16:00")
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert len(platform.sent) == 1


async def test_paused_means_nothing_until_resumed(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    await send_command(empty_app, "/pause")
    platform = RecordingPlatform()
    clock.set("2026-11-24 10:00")
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert platform.sent == []
    await send_command(empty_app, "/resume")
    clock.set("2026-11-25 10:00")
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert len(platform.sent) == 1


async def test_a_passing_failure_is_tried_again_and_a_lasting_one_pauses_with_the_reason(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    platform = RecordingPlatform(errors=[RateLimitedError("flood", 30), PermanentDeliveryError("blocked by the user")])
    delivering = empty_app.build_delivery_service([platform])
    await delivering.run_cycle()
    clock.advance(seconds=29)
    await delivering.run_cycle()
    assert len(platform.errors) == 1
    clock.advance(seconds=2)
    await delivering.run_cycle()
    assert (await get_subscriber(empty_app)).pause_reason == "blocked by the user"
    async with empty_app.store.database.read() as connection:
        row = (await connection.execute(select(outbox.c.state, outbox.c.reason))).one()
    assert tuple(row) == ("failed", "blocked by the user")


async def test_a_bug_in_an_adapter_does_not_stop_the_deliveries(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    platform = RecordingPlatform(errors=[KeyError("a bug")])  # type: ignore[list-item]
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).not_sent == 1
    clock.advance(seconds=10)
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 1


async def test_nothing_is_left_of_a_subscriber_who_is_forgotten(empty_app: App, tmp_path: Path) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a instant")
    await send_command(empty_app, "/save 2611.00001")
    await send_command(empty_app, "/forgetme")
    assert await empty_app.subscriptions.find(ADDRESS) is not None  # asked first
    group = IncomingMessage(Address("console", "group"), "/subscribe topic-a", moderator_chat=ADDRESS.chat)
    await empty_app.dispatcher.handle_message(group)
    await send_command(empty_app, "/forgetme yes")
    left = await empty_app.subscriptions.find(group.address)
    assert left
    assert left.moderator_chat == ""
    await empty_app.subscriptions.delete_subscriber(left)
    async with empty_app.store.database.read() as connection:
        for table in ("subscribers", "subscriptions", "outbox", "saved_papers"):
            assert (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() == 0


async def test_what_is_too_late_is_dropped_with_the_reason_and_comes_with_the_next_time(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    platform = RecordingPlatform(errors=[TemporaryDeliveryError("out of order")])
    delivering = empty_app.build_delivery_service([platform])
    await delivering.run_cycle()
    clock.set("2026-11-25 09:59")
    assert (await delivering.run_cycle()).sent == 1  # a minute before it is too late
    await load_digest(empty_app, "2026-11-25")
    platform.errors = [TemporaryDeliveryError("out of order")]
    clock.set("2026-11-25 10:00")
    await delivering.run_cycle()
    tomorrow = datetime(2026, 11, 26, 10, 1, tzinfo=UTC)
    clock.moment = tomorrow - timedelta(minutes=1, seconds=-1)
    platform.errors = [TemporaryDeliveryError("out of order")]
    async with empty_app.store.database.write() as connection:  # nothing plans meanwhile
        await connection.execute(schedules.update().values(next_due=tomorrow + timedelta(days=9)))
    await delivering.run_cycle()
    (record,) = await empty_app.store.report.list_records(tomorrow - timedelta(days=2), [DeliveryState.DROPPED], 10)
    assert record.reason.startswith("too late: it was due at 2026-11-25 10:00 UTC and did not get out within 24 hours")
    assert record.reason.endswith("; the last time: out of order")
    async with empty_app.store.database.write() as connection:
        await connection.execute(schedules.update().values(next_due=tomorrow - timedelta(minutes=1)))
    platform.errors = []
    assert (await delivering.run_cycle()).sent == 1
    assert list_titles(platform) == ["Topic A · Tue 24 Nov", "Topic A · Wed 25 Nov"]


async def test_a_chat_that_is_paused_when_its_digest_is_due_gets_it_at_the_next_time(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy(timedelta(0)))
    await send_command(empty_app, "/pause")
    platform = RecordingPlatform()
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).not_sent == 1
    (reason,) = await empty_app.store.report.list_failure_reasons(clock.now() - timedelta(days=1))
    assert reason.reason == "the chat is paused: by request"
    await send_command(empty_app, "/resume")
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 0
    clock.set("2026-11-25 10:00")
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 1


async def test_a_topic_that_is_left_and_taken_again_does_not_bring_what_was_received(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "2026-11-24")
    platform = RecordingPlatform()
    for day in (24, 25):
        await send_command(empty_app, "/subscribe topic-a 10:00")
        clock.set(f"2026-11-{day} 10:00")
        await empty_app.build_delivery_service([platform]).run_cycle()
        await send_command(empty_app, "/unsubscribe topic-a")
    assert list_titles(platform) == ["Topic A · Tue 24 Nov"]


async def test_a_topic_that_is_left_is_not_delivered_though_it_was_due(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy(timedelta(0)))
    await send_command(empty_app, "/unsubscribe topic-a")
    platform = RecordingPlatform()
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 0


async def test_a_mark_that_the_database_does_not_take_is_tried_until_it_does(
    empty_app: App, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.outbox_writer._RETRY_SECONDS", 0.01)
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    outbox_, refusals = empty_app.store.outbox, [StoreError("no room left")] * 3
    mark = outbox_.apply_updates

    async def refuse_updates(marks) -> set[int]:
        if refusals:
            raise refusals.pop()
        return await mark(marks)

    monkeypatch.setattr(outbox_, "apply_updates", refuse_updates)
    platform = RecordingPlatform()
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 1
    clock.advance(hours=2)
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 0
    assert len(platform.sent) == 1


async def test_a_lease_that_is_renewed_does_not_bring_a_retry_forward(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "2026-11-24")
    await send_command(empty_app, "/subscribe topic-a 10:00")
    clock.set("2026-11-24 10:00")
    outbox_ = empty_app.store.outbox
    await plan_deliveries(empty_app.store, clock.now(), PlanningPolicy(timedelta(0)))
    (claimed,) = await outbox_.claim("console", clock.now(), timedelta(seconds=30), 1)
    in_an_hour = clock.now() + timedelta(hours=1)
    await outbox_.apply_updates([schedule_retry(claimed, in_an_hour, "flood")])
    row, half_a_minute = (claimed.id, claimed.claim_number), timedelta(seconds=30)
    await outbox_.renew_leases([row], clock.now() + half_a_minute)  # it was under way when the mark came
    assert await outbox_.claim("console", in_an_hour - timedelta(seconds=1), timedelta(seconds=30), 1) == []
