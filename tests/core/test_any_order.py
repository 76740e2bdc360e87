"""Whatever happens to deliveries, in any order: none is lost, and none comes twice. On the real store."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Row, select

from digestbot.app import App, open_app
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.answers.shown_lists import list_numbered_papers
from digestbot.core.delivery.claims import Claim
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import STANDALONE, ReplyHandler, SendContext
from digestbot.domain.calendar import find_today
from digestbot.domain.delivery import Delivery, DeliveryState, mark_sending, release
from digestbot.domain.subscription import Address, CardStyle, Schedule, Subscriber
from digestbot.domain.topic import Topic
from digestbot.errors import AmbiguousDeliveryError, RateLimitedError, TemporaryDeliveryError
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.deliveries.planning_queries import find_first_date
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock
from tests.places import TIMES

READERS = ("ada", "bo", "lab")
TOPICS = ("Topic A", "Topic B")
HOURS = (6, 8, 20)
LEASE = timedelta(minutes=1)


def name_paper(topic: str, day: date) -> str:
    """The only paper of a topic's digest."""
    return f"{day:%y%m}.{TOPICS.index(topic)}00{day:%d}"


def read_paper(number: str) -> tuple[str, str]:
    """The topic and the date of the digest that has this paper."""
    return TOPICS[int(number[5])], f"20{number[:2]}-{number[2:4]}-{number[8:]}"


class DeduplicatingPlatform:
    """A platform that drops what it was sent under the same key, as Discord does; each card is two messages."""

    name = "console"

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.received: Counter[tuple[str, str, str, int]] = Counter()
        self.coming: list[str] = []
        self.calls_until_stop = 0
        self.stop: Callable[[], object] = bool
        self.settled: set[str] = set()
        """Keys of messages that arrived and whose sender was stopped in order: they are marked."""
        self.sent_again: list[str] = []

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        return Capabilities(page_size=None)

    def render(self, card: Card, card_style: CardStyle) -> list[str]:
        papers = list_numbered_papers(card).values()
        return [f"{part}|{' '.join(papers)}" for part in (1, 2)]

    async def acquire(self, address: Address) -> None:
        """Everything at once."""

    async def send(self, address: Address, message: str, context: SendContext = STANDALONE) -> str:
        if context.idempotency_key in self.settled:
            self.sent_again.append(message)
        self.calls_until_stop -= 1
        if self.calls_until_stop == 0:
            self.stop()
        fate = self.coming.pop(0) if self.coming else "arrives"
        if fate in ("arrives", "arrives unheard") and context.idempotency_key not in self.keys:
            self.keys.add(context.idempotency_key)
            part, papers = message.split("|")
            self.received.update((address.chat, *read_paper(number), int(part)) for number in papers.split())
        if fate == "flood":
            raise RateLimitedError("too many", 30)
        if fate == "fails":
            raise TemporaryDeliveryError("out of order")
        if fate in ("arrives unheard", "lost unheard"):
            raise AmbiguousDeliveryError("no answer")
        return ""

    async def listen(self, reply: ReplyHandler) -> None:
        """Nobody speaks here."""


class AnyOrder(RuleBasedStateMachine):
    """Readers, topics and a bot; what it does to them is left to chance."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.clock = ManualClock("2026-11-24 05:00")
        self.inbox = DeduplicatingPlatform()
        self.loaded_at: dict[tuple[str, date], datetime] = {}
        self.since: dict[tuple[str, str], datetime] = {}
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.frozen: list[list[Delivery]] = []

    @initialize(hours=st.lists(st.sampled_from((*HOURS, None)), min_size=3, max_size=3))
    def start(self, hours: list[int | None]) -> None:
        self.app = self.runner.run(self._open_app())
        for topic in TOPICS:
            self.load(topic, 0)
        for reader, hour in zip(READERS, hours, strict=True):
            self.subscribe(reader, TOPICS[0], hour)

    async def _open_app(self) -> App:
        own = load_settings(database_url=self.url, delivery_jitter_seconds=0, topics=[])
        return await self.stack.enter_async_context(open_app(own, self.clock))

    # -- what happens -----------------------------------------------------------------------------------------

    @rule(reader=st.sampled_from(READERS), topic=st.sampled_from(TOPICS), hour=st.sampled_from((*HOURS, None)))
    def subscribe(self, reader: str, topic: str, hour: int | None) -> None:
        """Subscribe or change the subscription; without an hour, to what is loaded at once."""
        self.clock.advance(seconds=1)
        self.since.setdefault((reader, topic), self.clock.now())
        self.runner.run(self._subscribe(reader, topic, hour))

    async def _subscribe(self, reader: str, topic: str, hour: int | None) -> None:
        known = await self._get_reader(reader)
        schedule = Schedule(time(hour), "UTC") if hour else None
        await self.app.subscriptions.subscribe(known, Topic(_make_slug(topic), topic), schedule, instant=not hour)

    async def _get_reader(self, reader: str) -> Subscriber:
        return await self.app.subscriptions.get_or_create(Address("console", reader), "en")

    @rule(reader=st.sampled_from(READERS), topic=st.sampled_from(TOPICS))
    def unsubscribe(self, reader: str, topic: str) -> None:
        self.since.pop((reader, topic), None)

        async def run() -> None:
            await self.app.subscriptions.unsubscribe(await self._get_reader(reader), Topic(_make_slug(topic), topic))

        self.runner.run(run())

    @rule(reader=st.sampled_from(READERS))
    def forget(self, reader: str) -> None:
        """A reader has everything deleted, and is new when it comes again."""
        for topic in TOPICS:
            self.since.pop((reader, topic), None)
        self.inbox.received = Counter({key: count for key, count in self.inbox.received.items() if key[0] != reader})

        async def run() -> None:
            await self.app.subscriptions.delete_subscriber(await self._get_reader(reader))

        self.runner.run(run())

    @rule(topic=st.sampled_from(TOPICS), days=st.sampled_from((-20, -13, -3, -1, 0, 0, 0, 1, 2, 30)))
    def load(self, topic: str, days: int) -> None:
        """Load a digest of today, or one that is late or of the future."""
        self.clock.advance(seconds=1)
        day = self.clock.now().date() + timedelta(days=days)
        if (topic, day) not in self.loaded_at:
            self.loaded_at[topic, day] = self.clock.now()
            entries = [make_entry(name_paper(topic, day))]
            pages = [(PageKey(f"{topic}/{day}", "", {}), [make_digest(topic, day.isoformat(), entries)])]
            self.runner.run(self.app.store.digests.save_pages(pages, self.clock.now()))

    @rule(minutes=st.sampled_from((1, 30, 120, 600, 1440, 4000)))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule()
    def plan(self) -> None:
        self.runner.run(plan_deliveries(self.app.store, self.clock.now(), PlanningPolicy(timedelta(0))))

    @rule(
        fates=st.lists(
            st.sampled_from(("arrives", "arrives unheard", "lost unheard", "fails", "flood")), min_size=1, max_size=6
        )
    )
    def send(self, fates: list[str]) -> None:
        self.inbox.coming = fates
        self.runner.run(self.app.build_delivery_service([self.inbox]).run_cycle())
        self.inbox.coming = []

    @rule(parts=st.integers(0, 2), most=st.integers(1, 3))
    def crash(self, parts: int, most: int) -> None:
        """A process claims, sends some parts of the first delivery, marks none of them, and dies."""
        self.runner.run(self._send_unmarked(parts, most))

    async def _send_unmarked(self, parts: int, most: int) -> list[Delivery]:
        """Claim, and send some parts of the first delivery; what was claimed, and how far the first has got."""
        claimed = await self.app.store.outbox.claim("console", self.clock.now(), LEASE, most)
        if claimed and not claimed[0].subscriber.pause_reason:
            dying = self.app.build_delivery_service([self.inbox])._workers["console"]
            identity = await self.app.store.key_values.get_database_id()
            messages = await dying._digests.render_delivery(claimed[0], {}) or ()
            for number in range(claimed[0].parts_sent, min(parts, len(messages))):
                claim = Claim(replace(claimed[0], parts_sent=number), self.clock.now() + LEASE, identity)
                await dying._executor._send_part(claim, messages[number])
                claimed[0] = replace(claimed[0], parts_sent=number + 1)
        return claimed

    @rule(after=st.integers(1, 4))
    def stop(self, after: int) -> None:
        """A process is told to stop while its so-manieth message leaves: all that have left are marked."""
        self.runner.run(self._stop_while_sending(after))

    async def _stop_while_sending(self, after: int) -> None:
        await self.app.store.outbox.reclaim("console", self.clock.now())
        worker = self.app.build_delivery_service([self.inbox])._workers["console"]
        task = asyncio.create_task(worker.drain())
        before = set(self.inbox.keys)
        self.inbox.calls_until_stop, self.inbox.stop = after, task.cancel
        await asyncio.gather(task, return_exceptions=True)
        self.inbox.calls_until_stop = 0
        self.inbox.settled |= self.inbox.keys - before
        assert not [row for row in await self._read_rows() if row.state == DeliveryState.SENDING.value]

    @rule(parts=st.integers(0, 2), most=st.integers(1, 3))
    def freeze(self, parts: int, most: int) -> None:
        """A process claims, and perhaps sends some parts, and is paused before it marks them."""
        self.frozen.append(self.runner.run(self._send_unmarked(parts, most)))

    @rule()
    def wake(self) -> None:
        """It wakes, marks what it sent, and hands back the rest: nothing that others did meanwhile is undone."""
        for claimed in self.frozen:
            self.runner.run(self._wake(claimed))
        self.frozen.clear()

    async def _wake(self, claimed: list[Delivery]) -> None:
        numbers = {delivery.id: delivery.claim_number for delivery in claimed}
        before = await self._read_rows()
        now = self.clock.now()
        changes = [release(delivery, now) for delivery in claimed]
        if claimed and claimed[0].parts_sent:
            changes[0] = mark_sending(claimed[0], now + LEASE)
        await self.app.store.outbox.renew_leases(list(numbers.items()), now + LEASE)
        await self.app.store.outbox.apply_updates(changes)
        for old, new in zip(before, await self._read_rows(), strict=True):
            is_own = old.claim_number == numbers.get(old.id) and old.available_at is not None
            assert is_own or old == new, (old, new)

    async def _read_rows(self) -> Sequence[Row[Any]]:
        async with self.app.store.database.read() as connection:
            return (await connection.execute(select(outbox).order_by(outbox.c.id))).all()

    @rule()
    def restart(self) -> None:
        """The process comes again, and takes over what the one before had claimed."""
        self.runner.run(self.stack.aclose())
        self.app = self.runner.run(self._open_app())
        self.runner.run(self.app.store.outbox.reclaim("console", self.clock.now()))

    @rule(reader=st.sampled_from(READERS), zone=st.sampled_from(("UTC", "Asia/Shanghai", "America/New_York")))
    def reschedule(self, reader: str, zone: str) -> None:
        async def run() -> None:
            known = await self._get_reader(reader)
            await self.app.subscriptions.update_preferences(known, timezone=zone)

        self.runner.run(run())

    @rule(reader=st.sampled_from(READERS), paused=st.booleans())
    def pause(self, reader: str, paused: bool) -> None:
        async def run() -> None:
            known = await self._get_reader(reader)
            await (self.app.subscriptions.pause(known) if paused else self.app.subscriptions.resume(known))

        self.runner.run(run())

    # -- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def nothing_came_twice(self) -> None:
        twice = {what: number for what, number in self.inbox.received.items() if number > 1}
        assert not twice, twice
        assert not self.inbox.sent_again

    def teardown(self) -> None:
        """Two good days later, everybody has everything since they subscribed, within the bound, whole, and once."""
        try:
            if hasattr(self, "app"):
                last_new_day = find_today(self.clock.now() + timedelta(hours=20))  # those after may have no time yet
                for _ in range(2):
                    for topic in TOPICS:  # what was missed or given up comes with the next digest
                        self._load_next(topic)
                    self.runner.run(self._spend_good_day())
                self.runner.run(self._check_all(last_new_day))
                self.nothing_came_twice()
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()

    def _load_next(self, topic: str) -> None:
        """Load a digest of the first day from today on that has none."""
        today = self.clock.now().date()
        days = (days for days in range(3) if (topic, today + timedelta(days=days)) not in self.loaded_at)
        self.load(topic, next(days, 0))

    async def _spend_good_day(self) -> None:
        for _ in range(6):  # what failed is tried again within an hour, and schedules are hours apart
            self.clock.advance(hours=4)
            await self.app.build_delivery_service([self.inbox]).run_cycle()

    async def _check_all(self, last_new_day: date) -> None:
        first_day = find_first_date(find_today(self.clock.now()))
        for reader in READERS:
            known = await self._get_reader(reader)
            topics = {found.topic.title for found in await self.app.subscriptions.list_for(known)}
            assert topics == {topic for name, topic in self.since if name == reader}
            for (topic, day), loaded_at in self.loaded_at.items():
                if topic in topics and first_day <= day <= last_new_day and loaded_at > self.since[reader, topic]:
                    got = [self.inbox.received[reader, topic, day.isoformat(), part] for part in (1, 2)]
                    assert got == [1, 1] or known.pause_reason, (reader, topic, day, got)
        open_ = await self.app.store.report.list_records(self.clock.now() - timedelta(days=900), _OPEN, 10)
        assert not open_, open_


_OPEN = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.BUNDLED)


def _make_slug(topic: str) -> str:
    return topic.lower().replace(" ", "-")


@contextmanager
def open_databases(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Gives addresses of new databases."""
    with ExitStack() as stack:
        if engine == "sqlite":
            template = request.getfixturevalue("migrated_file")
            numbers = iter(range(1_000_000))

            def create_database() -> str:
                file = folder / f"{next(numbers)}.db"
                shutil.copy(template, file)
                return build_sqlite_url(file)

            yield create_database
        else:
            server = request.getfixturevalue("postgresql")
            yield lambda: stack.enter_context(server.open_database())


@pytest.mark.parametrize(("engine", "examples"), [("sqlite", 8), ("postgresql", 3)], indirect=["engine"])
def test_no_delivery_is_lost_and_none_doubled(
    engine: str, examples: int, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.worker._MAX_IN_FLIGHT", 4)  # as many are enough for three readers
    for room in ("domain.bundle", "cards.bundles"):  # what is behind a button counts as not received here
        monkeypatch.setattr(f"digestbot.{room}.MAX_SHOWN_PAPERS", 1000)
    profile = settings(
        max_examples=examples * TIMES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    with open_databases(engine, tmp_path, request) as fresh:

        class OnFresh(AnyOrder):
            def __init__(self) -> None:
                super().__init__(fresh())

        run_state_machine_as_test(OnFresh, settings=profile)
