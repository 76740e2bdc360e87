"""Workers of a platform that only notes titles, and what they work on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from digestbot.app import App
from digestbot.cards.card import Card, Heading, to_plain_text
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.metrics import NullMetrics
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.delivery.service import DeliveryService
from digestbot.core.delivery.worker import DeliveryWorker
from digestbot.core.ports import Platform
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Address, CardStyle, Schedule, Subscriber
from digestbot.domain.topic import Topic
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox
from tests.core.scripted_platform import ScriptedPlatform
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock

AT_ONCE = PlanningPolicy(timedelta(0))
EVERY = 0.01


class TitlePlatform(ScriptedPlatform):
    """Sends the titles of cards, each in so many messages."""

    of = 1

    def render(self, card: Card, card_style: CardStyle) -> list[Any]:
        heading = next((block for block in card.blocks if isinstance(block, Heading)), None)
        title = to_plain_text(heading.line).removesuffix(" · 1 paper") if heading else "works again"
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
