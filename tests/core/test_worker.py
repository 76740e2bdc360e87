"""One platform's deliveries in a bot that runs: claimed, kept from others, handed back, and never sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from digestbot.app import App
from digestbot.cards.card import Card, Heading, to_plain_text
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.claims import LEASE_DURATION, ClaimTable
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.metrics import DeliveryOutcome, NullMetrics
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.delivery.rendered_digests import RenderedDigestCache
from digestbot.core.delivery.reporter import _SILENCE_THRESHOLD, OutcomeReporter
from digestbot.core.delivery.service import CycleResult, DeliveryService
from digestbot.core.delivery.worker import DeliveryWorker
from digestbot.core.leader import Work
from digestbot.core.ports import Platform, always_lead
from digestbot.domain.delivery import Delivery, DeliveryState, mark_sending, mark_sent
from digestbot.domain.subscription import Address, CardStyle, Layout, PostMode, Preferences, Schedule, Subscriber
from digestbot.domain.topic import Topic
from digestbot.errors import StoreError
from digestbot.store.digest_writer import PageKey
from digestbot.store.outbox import PlanningPolicy
from digestbot.store.tables import outbox
from tests.core.scripted_platform import ScriptedPlatform
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
AT_ONCE = PlanningPolicy(timedelta(0))
EVERY = 0.01


class TitlePlatform(ScriptedPlatform):
    """Sends the titles of cards, each in so many messages."""

    of = 1

    def render(self, card: Card, card_style: CardStyle) -> list[Any]:
        heading = next((block for block in card.blocks if isinstance(block, Heading)), None)
        title = to_plain_text(heading.line) if heading else "works again"
        return [title] if self.of == 1 else [f"{title}, {n}" for n in range(1, self.of + 1)]


async def load_digest(
    app: App, topic: str, *numbers: str, day: str = "2026-11-24", headline: str = "It measures."
) -> None:
    entries = [make_entry(number, headline=headline) for number in numbers or ("2611.00001",)]
    key = PageKey(f"{topic}/{day}", headline, {})
    await app.store.digests.save_pages([(key, [make_digest(topic, day, entries)])], app.clock.now())


async def add_reader(app: App, chat: str, *topics: str, platform: str = "telegram", hour: int = 10) -> Subscriber:
    """A chat that gets these topics at an hour."""
    known = await app.subscriptions.get_or_create(Address(platform, chat), "en")
    for topic in topics:
        schedule = Schedule(app.clock.now().time().replace(hour=hour), "UTC")
        await app.subscriptions.subscribe(known, Topic(topic.lower().replace(" ", "-"), topic), schedule)
    return known


async def plan_due(app: App, clock: ManualClock, hour: int = 10) -> int:
    clock.set(f"2026-11-24 {hour}:00")
    return await plan_deliveries(app.store, clock.now(), AT_ONCE)


async def read_rows(app: App) -> dict[int, Row[Any]]:
    async with app.store.database.read() as connection:
        return {row.subscriber_id: row for row in await connection.execute(select(outbox))}


def make_worker(app: App, wire: Platform, *skips: str, alerts: AdminAlerts | None = None) -> DeliveryWorker:
    policy = DeliveryPolicy(skip_ambiguous=frozenset(skips))
    alerts = alerts or AdminAlerts(app.store.key_values, {}, None, "en")
    return DeliveryWorker(app.store, app.clock, wire, policy, metrics=NullMetrics(), alerts=alerts)


def record_claims(monkeypatch: pytest.MonkeyPatch, app: App) -> list[int]:
    """How many deliveries each claim brings, from now on."""
    claim, numbers = app.store.outbox.claim, list[int]()

    async def claim_and_record(*given: Any, **more: Any) -> list[Delivery]:
        found = await claim(*given, **more)
        numbers.append(len(found))
        return found

    monkeypatch.setattr(app.store.outbox, "claim", claim_and_record)
    return numbers


@asynccontextmanager
async def run_in_background(what: DeliveryWorker | DeliveryService) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(what.run(EVERY))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def wire() -> TitlePlatform:
    return TitlePlatform()


@pytest.fixture
def alerts(empty_app: App, wire: TitlePlatform) -> AdminAlerts:
    return AdminAlerts(empty_app.store.key_values, {"telegram": wire}, Address("telegram", "admin"), "en")


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
        await wait_until(lambda: wire.list_parts() == ["Topic A · 2026-11-24"])


async def test_at_the_end_what_has_not_begun_is_handed_back_as_it_was_and_goes_on_at_the_next_start(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts
) -> None:
    await load_digest(empty_app, "Topic A")
    waiting, leaving, half = [await add_reader(empty_app, chat, "Topic A") for chat in ("waiting", "leaving", "half")]
    assert await plan_due(empty_app, clock) == 3
    wire.of, wire.answers = 2, {"Topic A · 2026-11-24, 1": "t1"}
    title = "Topic A · 2026-11-24"
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
    wire.held["Topic A · 2026-11-24"] = asyncio.Event()
    async with run_in_background(make_worker(empty_app, wire, alerts=alerts)):
        await wait_until(lambda: wire.sent)
    (row,) = (await read_rows(empty_app)).values()
    assert (row.state, row.available_at, row.attempts) == ("sending", clock.now() + LEASE_DURATION, 1)


async def test_what_had_no_answer_at_the_end_is_sent_again_by_the_next_run(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.worker._SHUTDOWN_TIMEOUT_SECONDS", 0)
    title = "Topic A · 2026-11-24"
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
        await wait_until(lambda: "Topic B · 2026-11-24" in wire.list_parts())
    assert wire.list_parts() == ["Topic A · 2026-11-24", "Topic B · 2026-11-24"]


async def test_what_outlives_its_lease_on_its_way_is_not_given_up_by_its_own_process(
    empty_app: App, clock: ManualClock, wire: TitlePlatform, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A")
    await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    claims, wire.held["Topic A · 2026-11-24"] = record_claims(monkeypatch, empty_app), asyncio.Event()
    worker = make_worker(empty_app, wire, "telegram", alerts=alerts)
    async with run_in_background(worker):
        await wait_until(lambda: wire.sent)
        clock.moment += LEASE_DURATION
        rounds = len(claims)
        await wait_until(lambda: len(claims) > rounds + 1)
        wire.held["Topic A · 2026-11-24"].set()
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
        await wait_until(lambda: "Topic A · 2026-11-24" in wire.list_parts())


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


async def test_a_page_that_is_corrected_is_delivered_so_from_then_on(
    empty_app: App, clock: ManualClock, alerts: AdminAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_digest(empty_app, "Topic A", headline="It measures wrongly.")
    await add_reader(empty_app, "ada", "Topic A")
    await add_reader(empty_app, "bo", "Topic A", hour=11)
    await plan_due(empty_app, clock)
    cards, claims = RecordingPlatform("telegram"), record_claims(monkeypatch, empty_app)
    one = make_worker(empty_app, cards, alerts=alerts)
    async with run_in_background(one):
        await wait_until(lambda: one.reporter.outcomes[DeliveryOutcome.SENT])
        key = PageKey("Topic A/2026-11-24", "corrected", {})
        right = make_digest("Topic A", "2026-11-24", [make_entry(headline="It measures rightly.")])
        await empty_app.store.digests.save_pages([(key, [right])], clock.now())
        through = len(claims)
        await wait_until(lambda: len(claims) > through + 2)  # it has looked, and has nothing to do
        await plan_due(empty_app, clock, hour=11)
        await wait_until(lambda: len(cards.sent) == 2)
    assert ["rightly" in str(card) for _, card in cards.sent] == [False, True]


async def test_a_paper_is_pointed_to_for_those_only_who_received_it_from_another_topic(
    empty_app: App, clock: ManualClock
) -> None:
    await load_digest(empty_app, "Topic A")
    await load_digest(empty_app, "Topic B")
    await load_digest(empty_app, "Topic C", "2611.00009")
    await add_reader(empty_app, "both", "Topic A", "Topic B")  # of one morning, one after the other
    await add_reader(empty_app, "earlier", "Topic A")
    await add_reader(empty_app, "earlier", "Topic B", hour=11)
    await add_reader(empty_app, "another", "Topic B", "Topic C", hour=11)
    cards = RecordingPlatform("telegram")
    one = make_worker(empty_app, cards)
    for hour in (10, 11):
        await plan_due(empty_app, clock, hour)
        await one.drain()
    told = {
        (address.chat, to_plain_text(block.line)): "Already sent in" in str(card)
        for address, card in cards.sent
        if isinstance(block := card.blocks[0], Heading)
    }
    day = "2026-11-24"
    assert told == {
        ("both", f"Topic A · {day}"): False,
        ("both", f"Topic B · {day}"): True,
        ("earlier", f"Topic A · {day}"): False,
        ("earlier", f"Topic B · {day}"): True,
        ("another", f"Topic B · {day}"): False,
        ("another", f"Topic C · {day}"): False,
    }


WISHES = [
    Preferences(),
    Preferences(language="zh"),
    Preferences(layout=Layout.HEADLINES),
    Preferences(layout=Layout.FULL),
    Preferences(card_style=CardStyle.CLASSIC),
    Preferences(post_mode=PostMode.THREADS),
    Preferences(post_mode=PostMode.FORUM),
    Preferences(publish=True),
]


class StylePlatform(RecordingPlatform):
    """Sends cards with the form they were asked for."""

    def render(self, card: Card, card_style: CardStyle) -> list[Any]:
        return [(card_style, card)]


async def test_everybody_gets_a_digest_as_they_want_it_whoever_had_it_before(empty_app: App) -> None:
    await load_digest(empty_app, "Topic A")
    await load_digest(empty_app, "Topic B")
    platform = StylePlatform("telegram")

    def make_delivery(digest_id: int, wants: Preferences) -> Delivery:
        return Delivery(1, Subscriber(1, Address("telegram", "1"), wants), digest_id, 1, empty_app.clock.now())

    cache = RenderedDigestCache(empty_app.store, platform)
    shown = [await cache.render_delivery(make_delivery(number, wants), {}) for number in (1, 2) for wants in WISHES]
    alone = [
        await RenderedDigestCache(empty_app.store, platform).render_delivery(make_delivery(number, wants), {})
        for number in (1, 2)
        for wants in WISHES
    ]
    assert shown == alone
    assert all(one not in shown[:number] for number, one in enumerate(shown))  # each differs from all others
    assert await cache.render_delivery(make_delivery(1, WISHES[0]), {}) is shown[0]  # and is rendered once
    assert await cache.render_delivery(make_delivery(99, WISHES[0]), {}) is None


async def test_of_many_digests_those_used_last_are_kept_and_all_are_right(
    empty_app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.rendered_digests._MAX_CACHED_ENTRIES", 9)
    for number in range(1, 6):
        await load_digest(empty_app, topic=f"Topic {number}")  # two papers each
    cache = RenderedDigestCache(empty_app.store, StylePlatform("telegram"))
    deliveries = [
        Delivery(number, Subscriber(1, Address("telegram", "1"), WISHES[0]), number, 1, empty_app.clock.now())
        for number in range(1, 6)
    ]
    assert await cache.find_prior_deliveries(deliveries) == {}  # more at once than it keeps
    shown = await asyncio.gather(*(cache.render_delivery(delivery, {}) for delivery in deliveries))
    again = [await cache.render_delivery(delivery, {}) for delivery in deliveries]
    assert again == shown
    assert [f"Topic {number}" in str(messages) for number, messages in enumerate(shown, 1)] == [True] * 5
    kept = await cache.render_delivery(deliveries[4], {})
    assert kept is again[4]
    assert await cache.render_delivery(deliveries[0], {}) is not again[0]


@pytest.mark.parametrize(
    ("news", "telling"),
    [
        ({DeliveryOutcome.LATER: _SILENCE_THRESHOLD - 1}, []),
        ({DeliveryOutcome.LATER: _SILENCE_THRESHOLD}, ["took none"]),
        ({DeliveryOutcome.LATER: 5 * _SILENCE_THRESHOLD, DeliveryOutcome.SENT: 1}, []),
        ({DeliveryOutcome.LATER: 5, DeliveryOutcome.UNREACHABLE: 5 * _SILENCE_THRESHOLD}, []),
        ({DeliveryOutcome.TOO_LATE: 1}, ["1 deliveries"]),
        ({DeliveryOutcome.TOO_LATE: 1, DeliveryOutcome.SENT: 9}, ["1 deliveries"]),
        ({DeliveryOutcome.PAUSED: 9, DeliveryOutcome.GONE: 9, DeliveryOutcome.REFUSED: 9}, []),
    ],
)
async def test_an_operator_hears_only_of_what_is_not_about_a_chat_or_two(
    empty_app: App, clock: ManualClock, news: dict[DeliveryOutcome, int], telling: list[str]
) -> None:
    told = RecordingPlatform()
    alerts = AdminAlerts(empty_app.store.key_values, {"console": told}, Address("console", "admin"), "en")
    reporter = OutcomeReporter("telegram", clock, NullMetrics(), alerts)
    reporter.outcomes.update(news)
    await reporter.report_new_outcomes()
    assert [words in str(card) for (_, card), words in zip(told.sent, telling, strict=True)] == [True] * len(telling)


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
        await wait_until(lambda: not away and "Topic A · 2026-11-24" in wire.list_parts())
        told = [sent.part for sent in wire.sent if sent.address.chat == "admin"]
    assert [sent.part for sent in wire.sent if sent.address.chat == "ada"] == ["Topic A · 2026-11-24"]
    assert told
    assert "works again" not in told[0]


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
    wires[1].answers["Topic A · 2026-11-24"] = KeyError("a bug")
    delivering = DeliveryService(empty_app.store, clock, wires, planning=AT_ONCE)
    assert await delivering.run_cycle() == CycleResult(planned=4, sent=3, not_sent=1)
