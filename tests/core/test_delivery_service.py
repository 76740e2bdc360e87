"""All platforms' deliveries: each has its sender, and what ended is kept for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from digestbot.app import App
from digestbot.core.delivery.claims import LEASE_DURATION
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.service import CycleResult, DeliveryService
from digestbot.core.leader import Work
from digestbot.core.ports import always_lead
from digestbot.domain.delivery import mark_sent
from tests.core.workers import (
    AT_ONCE,
    TitlePlatform,
    add_reader,
    load_digest,
    plan_due,
    read_rows,
    run_in_background,
)
from tests.fakes import ManualClock
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


class RecordingElection:
    """Lets everybody lead, and notes what."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def lead(self, name: str, work: Work) -> None:
        self.names.append(name)
        await work(always_lead)


async def test_each_platform_is_sent_to_and_begins_with_what_its_sender_before_left_half_done(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "Topic A")
    for platform in ("telegram", "console", "discord"):
        await add_reader(empty_app, "ada", "Topic A", platform=platform)
        await add_reader(empty_app, "bo", "Topic A", platform=platform)
    assert await plan_due(empty_app, clock) == 6
    hour = timedelta(hours=1)
    for platform in ("telegram", "console", "discord"):
        await empty_app.store.outbox.claim(platform, clock.now(), hour, 1)  # by one that died
    wires = [TitlePlatform("telegram"), TitlePlatform("console"), TitlePlatform("discord")]
    elections = RecordingElection()
    delivering = DeliveryService(empty_app.store, clock, wires[:2], planning=AT_ONCE, election=elections)
    async with run_in_background(delivering):
        await wait_until(lambda: [len(wire.sent) for wire in wires] == [2, 2, 0])
        states = [
            (row.platform, row.state) for row in (await read_rows(empty_app)).values() if row.platform == "discord"
        ]
        assert states == [("discord", "sending"), ("discord", "due")]  # none of these senders'
        delivering.add_platform(wires[2])  # reached later
        await wait_until(lambda: len(wires[2].sent) == 2)
    assert elections.names == ["sender telegram", "sender console", "sender discord"]
    assert [sorted(sent.address.chat for sent in wire.sent) for wire in wires] == [["ada", "bo"]] * 3


async def test_what_became_of_deliveries_is_remembered_for_as_long_as_is_set(
    empty_app: App, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await load_digest(empty_app, "Topic B")
    now = clock.now()
    old = await add_reader(empty_app, "old", "Topic A")
    new = await add_reader(empty_app, "new", "Topic B")
    await plan_due(empty_app, clock)
    one, other = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE_DURATION, 2)
    await empty_app.store.outbox.apply_updates([mark_sent(one, now), mark_sent(other, now + timedelta(days=2))])
    for topic in ("Topic A", "Topic B"):
        await load_digest(empty_app, topic, day="2026-11-30")
    clock.advance(days=31)
    store, rounds = empty_app.store.outbox, list[int]()
    prune = store.prune

    async def prune_and_record(*given: Any) -> int:
        rounds.append(await prune(*given))
        return rounds[-1]

    monkeypatch.setattr(store, "prune", prune_and_record)
    delivering = DeliveryService(empty_app.store, clock, [], policy=DeliveryPolicy(retention=timedelta(days=30)))
    await empty_app.subscriptions.pause(old)
    await empty_app.subscriptions.pause(new)
    async with run_in_background(delivering):
        await wait_until(lambda: rounds[-1:] == [0])
    assert rounds == [1, 0]
    assert set(await read_rows(empty_app)) == {other.subscriber.id}


async def test_a_round_tells_what_was_planned_sent_and_failed(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "Topic A")
    wires = [TitlePlatform("telegram"), TitlePlatform("discord")]
    for platform in ("telegram", "discord"):
        await add_reader(empty_app, "ada", "Topic A", platform=platform)
        await add_reader(empty_app, "bo", "Topic A", platform=platform)
    clock.set("2026-11-24 10:00")
    wires[1].answers["Topic A · Tue 24 Nov"] = KeyError("a bug")
    delivering = DeliveryService(empty_app.store, clock, wires, planning=AT_ONCE)
    assert await delivering.run_cycle() == CycleResult(planned=4, sent=3, not_sent=1)
