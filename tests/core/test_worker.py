"""One platform's deliveries in a bot that runs: claimed, kept from others, handed back, and never sent twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from digestbot.app import App
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.claims import LEASE_DURATION
from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.core.delivery.service import DeliveryService
from digestbot.errors import StoreError
from tests.core.workers import (
    AT_ONCE,
    EVERY,
    TitlePlatform,
    add_reader,
    load_digest,
    make_worker,
    plan_due,
    read_rows,
    record_claims,
    run_in_background,
)
from tests.fakes import ManualClock
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def test_at_the_end_what_has_not_begun_is_handed_back_as_it_was_and_goes_on_at_the_next_start(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts
) -> None:
    await load_digest(empty_app, "Topic A")
    waiting, leaving, half = [await add_reader(empty_app, chat, "Topic A") for chat in ("waiting", "leaving", "half")]
    assert await plan_due(empty_app, clock) == 3
    wire.of, wire.answers = 2, {"Topic A · Tue 24 Nov, 1": "t1"}
    title = "Topic A · Tue 24 Nov"
    wire.held = {"limit waiting": asyncio.Event(), "limit leaving": asyncio.Event(), "limit half": asyncio.Event()}
    one = make_worker(empty_app, wire, alerts=alerts)
    async with run_in_background(one) as task:
        wire.held["limit half"].set()
        await wait_until(lambda: len(wire.sent) == 2)
        del wire.held["limit half"]
        wire.held[f"{title}, 1"] = asyncio.Event()
        wire.held["limit leaving"].set()
        await wait_until(lambda: len(wire.sent) == 3)
        task.cancel()
        await asyncio.wait([task], timeout=0)
        wire.held[f"{title}, 1"].set()
    stand = {
        subscriber: (row.state, row.available_at, row.attempts, row.parts_sent)
        for subscriber, row in (await read_rows(empty_app)).items()
    }
    assert stand == {
        waiting.id: ("due", clock.now(), 0, 0),
        leaving.id: ("due", clock.now(), 0, 1),  # what had left was finished, and what is left of it not begun
        half.id: ("sent", None, 1, 1),
    }
    wire.sent.clear()
    wire.held.clear()
    assert (await one.drain())[DeliveryOutcome.SENT] == 2  # the same bot may be the one that sends again
    given = sorted((sent.address.chat, sent.part) for sent in wire.sent)
    assert given == [("leaving", f"{title}, 2"), ("waiting", f"{title}, 1"), ("waiting", f"{title}, 2")]


async def test_what_is_not_finished_in_time_at_the_end_keeps_its_lease(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.worker._SHUTDOWN_TIMEOUT_SECONDS", 0)
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    wire.held["Topic A · Tue 24 Nov"] = asyncio.Event()
    async with run_in_background(make_worker(empty_app, wire, alerts=alerts)):
        await wait_until(lambda: wire.sent)
    (row,) = (await read_rows(empty_app)).values()
    assert (row.state, row.available_at, row.attempts) == ("sending", clock.now() + LEASE_DURATION, 1)


async def test_what_had_no_answer_at_the_end_is_sent_again_by_the_next_run(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.worker._SHUTDOWN_TIMEOUT_SECONDS", 0)
    title = "Topic A · Tue 24 Nov"
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await add_reader(empty_app, "bo", "Topic A", hour=11)
    await plan_due(empty_app, clock)
    wire.held[title] = asyncio.Event()
    one = make_worker(empty_app, wire, alerts=alerts)
    first = asyncio.create_task(one.run(EVERY))
    await wait_until(lambda: wire.sent)
    first.cancel()
    await asyncio.wait([first])
    async with run_in_background(one):  # this process sends again
        await plan_due(empty_app, clock, hour=11)
        await wait_until(lambda: len(wire.sent) == 3)
        wire.held[title].set()
        await wait_until(lambda: one.reporter.outcomes[DeliveryOutcome.SENT] == 2)
    assert sorted(sent.address.chat for sent in wire.sent) == ["ada", "ada", "bo"]
    first_ada, again = [sent for sent in wire.sent if sent.address.chat == "ada"]
    assert (again.context.idempotency_key, again.context.is_retry) == (first_ada.context.idempotency_key, True)
    assert {row.state for row in (await read_rows(empty_app)).values()} == {"sent"}


async def test_a_process_that_no_longer_leads_sends_nothing_of_what_it_claims(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    claims = record_claims(monkeypatch, empty_app)
    task = asyncio.create_task(make_worker(empty_app, wire, alerts=alerts).run(EVERY, lambda: False))
    await wait_until(lambda: task.done() or (sum(claims) == 1 and len(claims) > claims.index(1) + 2))
    task.cancel()
    await asyncio.wait([task])
    assert (sum(claims), wire.sent) == (1, [])


async def test_a_database_that_is_away_stops_nothing_for_good(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    clock.set("2026-11-24 10:00")
    store, away = empty_app.store.outbox, ["plan", "plan", "reclaim", "claim", "claim"]

    def make_failing(name: str) -> Any:
        real = getattr(store, name)

        async def call(*given: Any, **more: Any) -> Any:
            if name in away:
                away.remove(name)
                raise StoreError("the database is away")
            return await real(*given, **more)

        return call

    for name in set(away):
        monkeypatch.setattr(store, name, make_failing(name))
    delivering = DeliveryService(empty_app.store, clock, [wire], planning=AT_ONCE, alerts=alerts)
    async with run_in_background(delivering):
        await wait_until(lambda: not away and "Topic A · Tue 24 Nov" in wire.list_parts())
        told = [sent.part for sent in wire.sent if sent.address.chat == "admin"]
    assert [sent.part for sent in wire.sent if sent.address.chat == "ada"] == ["Topic A · Tue 24 Nov"]
    assert told
    assert "works again" not in told[0]
