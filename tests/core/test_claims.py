"""Claims and their leases: held while their deliveries last, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from digestbot.app import App
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.claims import LEASE_DURATION, ClaimTable
from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.domain.delivery import Delivery, DeliveryState, mark_sending
from digestbot.domain.subscription import Address
from digestbot.errors import StoreError
from tests.core.workers import (
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


async def test_what_waits_for_the_limits_is_kept_from_others_for_as_long_as_it_waits(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    wire.held["limit ada"] = asyncio.Event()
    sleep, taken = asyncio.sleep, list[Sequence[Delivery]]()

    async def sleep_with_clock(seconds: float) -> None:
        """Long sleeps are over when the clock is moved on by them, and others have looked for rows that are free."""
        if seconds < 5 or len(taken) == 20:
            await sleep(min(seconds, EVERY) if seconds < 5 else 3600)
        else:
            await wait_until(lambda: wire.limited)
            clock.advance(seconds=seconds)
            taken.append(await empty_app.store.outbox.claim("telegram", clock.now(), LEASE_DURATION, 1))

    monkeypatch.setattr(asyncio, "sleep", sleep_with_clock)
    async with run_in_background(make_worker(empty_app, wire, alerts=alerts)):
        await wait_until(lambda: len(taken) == 20)
        assert not any(taken)
        wire.held["limit ada"].set()
        await wait_until(lambda: wire.list_parts() == ["Topic A · Tue 24 Nov"])


SKIPS = pytest.mark.parametrize(("skips", "is_skipped"), [((), False), (("discord",), False), (("telegram",), True)])


@SKIPS
async def test_only_where_doubtful_messages_are_skipped_a_claim_is_not_yet_the_beginning(
    empty_app: App,
    clock: ManualClock,
    wire: TitlePlatform,
    alerts: AdminAlerts,
    skips: tuple[str, ...],
    is_skipped: bool,
) -> None:
    await load_digest(empty_app, "Topic A")
    ada = await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    wire.held["limit ada"] = asyncio.Event()
    async with run_in_background(make_worker(empty_app, wire, *skips, alerts=alerts)):
        await wait_until(lambda: wire.limited)
        row = (await read_rows(empty_app))[ada.id]
    assert (row.state, row.available_at) == ("due" if is_skipped else "sending", clock.now() + LEASE_DURATION)


@SKIPS
async def test_what_a_dead_process_had_begun_is_given_up_only_where_doubtful_messages_are_skipped(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, skips: tuple[str, ...], is_skipped: bool
) -> None:
    await load_digest(empty_app, "Topic A")
    for chat in ("ada", "bo"):
        await add_reader(empty_app, chat, "Topic A")
    await plan_due(empty_app, clock)
    claimed, begun = await empty_app.store.outbox.claim("telegram", clock.now(), LEASE_DURATION, 2, DeliveryState.DUE)
    await empty_app.store.outbox.apply_updates([mark_sending(begun, clock.now() + LEASE_DURATION)])
    clock.moment += LEASE_DURATION - timedelta(seconds=1)
    assert not await make_worker(empty_app, wire, *skips).drain()  # it may be alive
    clock.advance(seconds=1)
    await make_worker(empty_app, wire, *skips).drain()
    row = (await read_rows(empty_app))[begun.subscriber.id]
    assert (await read_rows(empty_app))[claimed.subscriber.id].state == "sent"
    assert row.state == ("failed" if is_skipped else "sent")
    assert ("may have arrived" in row.reason) == is_skipped
    assert len(wire.sent) == (1 if is_skipped else 2)


async def test_what_outlives_its_lease_while_its_mark_waits_is_not_claimed_or_sent_again(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.outbox_writer._RETRY_SECONDS", EVERY)
    await load_digest(empty_app, "Topic A")
    await load_digest(empty_app, "Topic B")
    await add_reader(empty_app, "ada", "Topic A")
    await add_reader(empty_app, "ada", "Topic B", hour=11)
    await plan_due(empty_app, clock)
    store, full, claims = empty_app.store.outbox, [True], record_claims(monkeypatch, empty_app)
    mark = store.apply_updates

    async def refuse_updates(given: Any) -> set[int]:
        if full:
            raise StoreError("no room left")
        return await mark(given)

    monkeypatch.setattr(store, "apply_updates", refuse_updates)
    async with run_in_background(make_worker(empty_app, wire, alerts=alerts)):
        await wait_until(lambda: wire.sent)
        clock.moment += LEASE_DURATION
        rounds = len(claims)
        await wait_until(lambda: len(claims) > rounds + 1)
        assert sum(claims) == 1
        full.clear()
        await plan_due(empty_app, clock, hour=11)
        await wait_until(lambda: "Topic B · Tue 24 Nov" in wire.list_parts())
    assert wire.list_parts() == ["Topic A · Tue 24 Nov", "Topic B · Tue 24 Nov"]


async def test_what_outlives_its_lease_on_its_way_is_not_given_up_by_its_own_process(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    claims, wire.held["Topic A · Tue 24 Nov"] = record_claims(monkeypatch, empty_app), asyncio.Event()
    worker = make_worker(empty_app, wire, "telegram", alerts=alerts)
    async with run_in_background(worker):
        await wait_until(lambda: wire.sent)
        clock.moment += LEASE_DURATION
        rounds = len(claims)
        await wait_until(lambda: len(claims) > rounds + 1)
        wire.held["Topic A · Tue 24 Nov"].set()
        await wait_until(lambda: worker.reporter.outcomes[DeliveryOutcome.SENT])
    assert {row.state for row in (await read_rows(empty_app)).values()} == {"sent"}


async def test_only_a_claim_whose_row_was_renewed_is_held_for_longer(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, "Topic A")
    for chat in ("ada", "bo"):
        await add_reader(empty_app, chat, "Topic A")
    await plan_due(empty_app, clock)
    table = ClaimTable(empty_app.store, clock, "telegram", skips_ambiguous=False)
    batches = await table.claim_due()
    assert batches
    (lost,), (kept,) = batches
    end = clock.now() + LEASE_DURATION
    await empty_app.store.outbox.claim("telegram", end, LEASE_DURATION, 1, except_ids=[kept.delivery.id])
    clock.advance(seconds=10)
    await table._renew_leases()
    assert (lost.lease_until, kept.lease_until) == (end, end + timedelta(seconds=10))


async def test_what_cannot_be_prepared_after_its_claim_is_claimed_again(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    history, claims, away = empty_app.store.history, record_claims(monkeypatch, empty_app), [True]
    find = history.find_shared_papers

    async def failing(ids: Any) -> Any:
        if away:
            away.clear()
            raise StoreError("the database is away")
        return await find(ids)

    monkeypatch.setattr(history, "find_shared_papers", failing)
    async with run_in_background(make_worker(empty_app, wire, alerts=alerts)):
        await wait_until(lambda: claims[1:] and not any(claims[1:]))  # its lease is left to run out
        clock.moment += LEASE_DURATION
        await wait_until(lambda: "Topic A · Tue 24 Nov" in wire.list_parts())


@pytest.mark.parametrize(("seconds", "sends"), [(29, 1), (30, 0)])
async def test_a_lease_is_held_to_its_end_and_no_longer(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, seconds: int, sends: int
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)

    async def wait_with_clock(address: Address) -> None:
        clock.advance(seconds=seconds if not wire.limited else 0)
        wire.limited.append(address.chat)

    wire.acquire = wait_with_clock  # type: ignore[method-assign]
    one = make_worker(empty_app, wire)
    tallies = [await one.drain() for _ in range(2)]
    assert sum(tally[DeliveryOutcome.SENT] for tally in tallies) == 1
    assert len(wire.sent) == 1
    assert len(wire.limited) == 2 - sends  # with the lease gone, it was claimed anew


async def test_a_claim_that_is_under_way_at_a_stop_is_handed_back(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    ada = await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    claim, is_claimed, may_return = empty_app.store.outbox.claim, asyncio.Event(), asyncio.Event()

    async def claim_slowly(*given: Any, **more: Any) -> list[Delivery]:
        """The database has claimed the rows, and its answer is late."""
        found = await claim(*given, **more)
        is_claimed.set()
        await may_return.wait()
        return found

    monkeypatch.setattr(empty_app.store.outbox, "claim", claim_slowly)
    async with run_in_background(make_worker(empty_app, wire)) as task:
        await is_claimed.wait()
        assert (await read_rows(empty_app))[ada.id].state == DeliveryState.SENDING.value
        task.cancel()
        await asyncio.sleep(0)  # the cancellation arrives before the answer
        may_return.set()
    row = (await read_rows(empty_app))[ada.id]
    assert (row.state, row.attempts, wire.list_parts()) == (DeliveryState.DUE.value, 0, [])
