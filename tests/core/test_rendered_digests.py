"""Digests as messages, made once for many and right for each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from digestbot.app import App
from digestbot.cards.card import Card, Heading, to_plain_text
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.core.delivery.rendered_digests import RenderedDigestCache
from digestbot.domain.delivery import Delivery
from digestbot.domain.subscription import Address, CardStyle, Layout, PostMode, Preferences, Subscriber
from digestbot.store.digests.digest_writer import PageKey
from tests.core.workers import (
    add_reader,
    load_digest,
    make_worker,
    plan_due,
    record_claims,
    run_in_background,
)
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


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
    await add_reader(empty_app, "both", "Topic A", "Topic B")  # of one morning, in one message
    apart = await add_reader(empty_app, "apart", "Topic A", "Topic B")  # one after the other
    await empty_app.subscriptions.update_preferences(apart, bundle=False)
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
    day = "Tue 24 Nov · 1 paper"
    assert told == {
        ("both", "Tue 24 Nov · 2 topics · 1 paper"): False,
        ("apart", f"Topic A · {day}"): False,
        ("apart", f"Topic B · {day}"): True,
        ("earlier", f"Topic A · {day}"): False,
        ("earlier", f"Topic B · {day}"): True,
        ("another", "Tue 24 Nov · 2 topics · 2 papers"): False,
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
