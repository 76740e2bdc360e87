"""What an operator asks about deliveries, and what is sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address, Preferences
from digestbot.store import Store
from digestbot.store.deliveries.delivery_report import GIVEN_UP_STATES
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox
from tests.factories import make_digest

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
async def rows(store: Store) -> dict[str, dict[str, Any]]:
    """Deliveries by name, in every state that matters: each of its own chat."""
    await store.digests.save_pages([(PageKey("a", "", {}), [make_digest("Topic A")])], NOW - timedelta(days=9))
    first = await store.digests.get_latest("topic-a")
    assert first
    made: dict[str, dict[str, Any]] = {
        "fresh": {"state": "due", "due_at": NOW - MINUTE, "available_at": NOW - MINUTE},
        "not stuck": {"state": "due", "due_at": NOW - HOUR, "available_at": NOW - 30 * MINUTE},
        "stuck": {"state": "due", "due_at": NOW - 2 * HOUR, "available_at": NOW - 30 * MINUTE - SECOND},
        "tried later": {
            "state": "due",
            "due_at": NOW - HOUR,
            "available_at": NOW + HOUR,
            "attempts": 3,
            "reason": "flood",
        },
        "on its way": {"state": "sending", "due_at": NOW - MINUTE, "available_at": NOW + MINUTE, "platform": "discord"},
        "not due yet": {"state": "due", "due_at": NOW + SECOND, "available_at": NOW + SECOND},
        "sent": {"state": "sent", "due_at": NOW - HOUR, "ended_at": NOW - HOUR},
        "sent long ago": {"state": "sent", "due_at": NOW - 50 * HOUR, "ended_at": NOW - 50 * HOUR},
        "failed": {"state": "failed", "due_at": NOW - 3 * HOUR, "ended_at": NOW - 2 * HOUR, "reason": "too long"},
        "failed too": {"state": "failed", "due_at": NOW - 3 * HOUR, "ended_at": NOW - HOUR, "reason": "too long"},
        "dropped": {"state": "dropped", "due_at": NOW - 26 * HOUR, "ended_at": NOW - HOUR, "reason": "too late"},
        "failed, paused": {"state": "failed", "due_at": NOW - HOUR, "ended_at": NOW - HOUR, "reason": "blocked"},
        "failed long ago": {"state": "failed", "due_at": NOW - 26 * HOUR, "ended_at": NOW - 25 * HOUR, "reason": "x"},
    }
    plain = {
        "digest_id": first.id,
        "available_at": None,
        "ended_at": None,
        "attempts": 1,
        "parts_sent": 0,
        "thread": "",
    }
    for number, (name, own) in enumerate(made.items()):
        platform = own.get("platform", "telegram")
        known = await store.subscribers.get_or_create(Address(platform, str(number)), Preferences(), f"{name}")
        if name == "failed, paused":
            await store.subscribers.pause(known.id, "blocked")
        async with store.database.write() as connection:
            its = {"subscriber_id": known.id, "platform": platform, "reason": ""}
            await connection.execute(insert(outbox).values(**(plain | its | own)))
    return made


async def test_what_waits_is_counted_with_how_long_and_how_much_nobody_takes(
    store: Store, rows: dict[str, dict[str, Any]]
) -> None:
    waiting = {
        one.platform: (one.count, one.oldest_due_at, one.stuck_count) for one in await store.report.list_backlogs(NOW)
    }
    assert waiting == {"telegram": (4, NOW - 2 * HOUR, 1), "discord": (1, NOW - MINUTE, 0)}
    later = {one.platform: one.stuck_count for one in await store.report.list_backlogs(NOW + 32 * MINUTE)}
    assert later == {"telegram": 4, "discord": 1}
    assert await store.report.list_backlogs(NOW - 3 * HOUR) == []


async def test_deliveries_are_counted_and_listed_since_a_moment(store: Store, rows: dict[str, dict[str, Any]]) -> None:
    since = NOW - 24 * HOUR
    assert await store.report.count_by_state(since) == {
        ("telegram", "due"): 5,
        ("discord", "sending"): 1,
        ("telegram", "sent"): 1,
        ("telegram", "failed"): 3,
    }
    found = await store.report.list_records(since, GIVEN_UP_STATES, 10)
    assert [record.title for record in found] == ["failed, paused", "failed too", "failed", "dropped"]
    assert [record.next_or_ended_at for record in found] == [rows[record.title]["ended_at"] for record in found]
    assert [record.title for record in await store.report.list_records(since, GIVEN_UP_STATES, 2)] == [
        "failed, paused",
        "failed too",
    ]
    (one,) = await store.report.list_records(since, [DeliveryState.SENDING], 10)
    assert (one.address, one.topic, one.date) == (Address("discord", "4"), "Topic A", "2026-11-23")
    assert (one.next_or_ended_at, one.attempts, one.due_at) == (NOW + MINUTE, 1, NOW - MINUTE)


async def test_reasons_come_with_how_often_the_most_frequent_first(
    store: Store, rows: dict[str, dict[str, Any]]
) -> None:
    reasons = await store.report.list_failure_reasons(NOW - 24 * HOUR)
    assert [(one.reason, one.state, one.count) for one in reasons][:1] == [("too long", "failed", 2)]
    assert {one.reason: one.count for one in reasons} == {"too long": 2, "too late": 1, "blocked": 1}
    assert {one.last_at for one in reasons} == {NOW - HOUR}
    assert {one.platform for one in reasons} == {"telegram"}


async def test_what_was_given_up_is_due_again_but_for_chats_that_are_paused(
    store: Store, rows: dict[str, dict[str, Any]]
) -> None:
    async def read_states() -> dict[str, tuple[Any, ...]]:
        async with store.database.read() as connection:
            found = await connection.execute(select(outbox).order_by(outbox.c.id))
            return {name: tuple(row)[4:] for name, row in zip(rows, found, strict=True)}

    before = await read_states()
    assert await store.report.retry_given_up(NOW - 24 * HOUR, NOW) == 3
    after = await read_states()
    assert {name for name in rows if before[name] != after[name]} == {"failed", "failed too", "dropped"}
    for name in ("failed", "failed too", "dropped"):
        assert after[name][:4] == ("due", NOW, NOW, 0), name
    claimed = await store.outbox.claim("telegram", NOW, MINUTE, 99)
    assert {one.subscriber.title for one in claimed} >= {"failed", "failed too", "dropped"}


async def test_chats_are_counted_and_those_that_are_paused_by_reason(
    store: Store, rows: dict[str, dict[str, Any]]
) -> None:
    assert await store.report.count_subscribers() == {"telegram": 12, "discord": 1}
    assert await store.report.count_paused() == {("telegram", "blocked"): 1}
