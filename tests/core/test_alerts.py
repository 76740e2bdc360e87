"""Alerts to the admin chat: one for an incident, and one when it is over."""

from __future__ import annotations

from digestbot.app import App
from digestbot.cards.card import to_plain_text
from digestbot.core.alerts import AdminAlerts
from digestbot.domain.subscription import Address
from digestbot.errors import (
    AmbiguousDeliveryError,
    TemporaryDeliveryError,
)
from tests.fakes import RecordingPlatform


async def test_trouble_is_told_once_and_its_end_too(empty_app: App) -> None:
    platform = RecordingPlatform()
    admin = Address("console", "admin")
    alerts = AdminAlerts(empty_app.store.key_values, {"console": platform}, admin, "en")
    for _ in range(3):
        await alerts.open("database", "no room left on the disk")
    again = AdminAlerts(empty_app.store.key_values, {"console": platform}, admin, "en")  # a restart
    await again.open("database", "no room left on the disk")
    await again.resolve("database")
    await again.resolve("database")
    words = [" ".join(to_plain_text(getattr(block, "line", ())) for block in card.blocks) for _, card in platform.sent]
    assert len(words) == 2
    assert "no room left on the disk" in words[0]
    assert "works again" in words[1]
    assert {address for address, _ in platform.sent} == {admin}


async def test_without_an_admin_nobody_is_told(empty_app: App) -> None:
    alerts = AdminAlerts(empty_app.store.key_values, {}, None, "en")
    await alerts.open("database", "x")
    assert await empty_app.store.key_values.get("alerts database") == ""


async def test_trouble_is_over_when_all_who_met_it_get_on_again(empty_app: App) -> None:
    platform = RecordingPlatform()
    alerts = AdminAlerts(empty_app.store.key_values, {"console": platform}, Address("console", "admin"), "en")
    for by in ("planning", "telegram"):
        await alerts.open("database", "no room left on the disk", by)
    for _ in range(3):  # with nothing to claim, nothing is written: it works though the disk is full
        await alerts.resolve("database", "telegram")
        await alerts.open("database", "no room left on the disk", "planning")
    assert len(platform.sent) == 1
    await alerts.resolve("database", "planning")
    assert len(platform.sent) == 2


async def test_trouble_that_could_not_be_told_is_told_when_it_can(empty_app: App) -> None:
    platform = RecordingPlatform(errors=[TemporaryDeliveryError("out of order"), AmbiguousDeliveryError("no answer")])
    alerts = AdminAlerts(empty_app.store.key_values, {"console": platform}, Address("console", "admin"), "en")
    for _ in range(3):
        await alerts.open("late", "some were dropped")
    assert platform.errors == []
    assert platform.sent == []  # the second may have arrived: it is not told twice
