"""Commands that subscribe, pause, resume and forget."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards.card import Button, Card, ListItem
from tests.core.commands.asking import (
    ADDRESS,
    list_commands,
    send_text,
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/subscribe protein-design", "Each digest comes at 08:00 (UTC), every day. Next: 2026-11-25 08:00."),
        ("/subscribe Protein Design 7:30pm", "Each digest comes at 19:30 (UTC), every day. Next: 2026-11-24 19:30."),
        (
            "/subscribe protein design 08:00 Asia/Shanghai mon-fri",
            "at 08:00 (Shanghai), Monday to Friday. Next: 2026-11-25 08:00.",
        ),
        ("/subscribe protein-design tokyo 周一,周三 7:15", "at 07:15 (Tokyo), Mon, Wed. Next: 2026-11-25 07:15."),
        ("/subscribe protein-design UTC+8", "at 08:00 (UTC+8)"),
        ("/subscribe 具身智能 instant", "as soon as it is available"),
    ],
)
async def test_subscribing(app: App, text: str, says: str) -> None:
    card, words = await send_text(app, text)
    assert card.ok
    assert says in words


async def test_each_option_of_a_subscription_is_its_own_and_the_rest_follows_the_chat(app: App) -> None:
    await send_text(app, "/settings timezone Europe/Berlin")
    await send_text(app, "/settings time 07:00")
    for options, says in (
        ("", "07:00 (Berlin), every day; next 2026-11-25 07:00"),
        ("9:30", "09:30 (Berlin), every day; next 2026-11-25 09:30"),
        ("sat,sun", "07:00 (Berlin), Saturday and Sunday; next 2026-11-28 07:00"),
        ("Asia/Tokyo", "07:00 (Tokyo), every day; next 2026-11-25 07:00"),
        ("12am", "00:00 (Berlin), every day; next 2026-11-25 00:00"),
        ("12pm mon,tue", "12:00 (Berlin), Mon, Tue; next 2026-11-24 12:00"),
        ("instant", "as soon as it is available"),
        ("立即", "as soon as it is available"),
    ):
        await send_text(app, f"/subscribe protein-design {options}")
        _, words = await send_text(app, "/subscriptions")
        assert f"/unsubscribe protein-design {says}" in words, options
        gone, _ = await send_text(app, "/unsubscribe protein-design")
        assert "You are not subscribed to any topic yet" in (await send_text(app, "/subscriptions"))[1]
        await send_text(app, f"/{gone.buttons[0].command}")
        assert (await send_text(app, "/subscriptions"))[1] == words, options
        await send_text(app, "/unsubscribe protein-design")
    await send_text(app, "/subscribe protein-design 9:30")
    await send_text(app, "/subscribe climate-emulation")
    await send_text(app, "/settings time 06:00")
    _, words = await send_text(app, "/subscriptions")
    assert "/unsubscribe climate-emulation 06:00 (Berlin)" in words
    assert "/unsubscribe protein-design 09:30 (Berlin)" in words


async def test_the_switch_of_a_topic_turns_to_and_fro(app: App) -> None:
    def find_switch(card: Card) -> Button:
        return next(
            b.button for b in card.blocks if isinstance(b, ListItem) and b.button and "protein" in b.button.command
        )

    card, words = await send_text(app, "/topics")
    assert (find_switch(card).command, find_switch(card).is_on) == ("subscribe protein-design", False)
    assert "subscribed" not in words
    await send_text(app, "/subscribe protein-design")
    card, words = await send_text(app, "/topics")
    assert (find_switch(card).command, find_switch(card).is_on) == ("unsubscribe protein-design", True)
    assert words.count("subscribed") == 1
    await send_text(app, "/unsubscribe protein-design")
    assert find_switch((await send_text(app, "/topics"))[0]).is_on is False
    card, words = await send_text(app, "/unsubscribe protein-design")
    assert "You are not subscribed to “Protein Design”" in words
    assert list_commands(card) == ["subscribe protein-design"]


async def test_a_pause_is_told_once_and_resuming_tells_what_comes_first(app: App, clock) -> None:
    assert "Deliveries are not paused" in (await send_text(app, "/resume"))[1]
    assert await app.subscriptions.find(ADDRESS) is None
    await send_text(app, "/subscribe protein-design 11:00")
    await send_text(app, "/subscribe climate-emulation 10:00")
    await send_text(app, "/subscribe 语音翻译 instant")
    card, words = await send_text(app, "/pause")
    assert ("Paused." in words, list_commands(card)) == (True, ["resume", card.buttons[-1].command])
    assert "already paused" in (await send_text(app, "/pause"))[1]
    for line in ("/settings", "/settings time 11:30"):
        words = (await send_text(app, line))[1]
        assert ("Deliveries are paused. Use /resume" in words, "Next:" in words) == (True, False)
    for line in ("/topics", "/subscriptions"):
        card, words = await send_text(app, line)
        assert "Deliveries are paused. Use /resume to restart them." in words
        assert list_commands(card)[-1] == "resume"
    clock.set("2026-11-24 10:30")
    _, words = await send_text(app, "/resume")
    assert words.startswith("Deliveries have resumed. Next: Protein Design, 2026-11-24 11:00 (UTC).")
    assert "are not paused" in (await send_text(app, "/resume"))[1]
    assert "paused" not in (await send_text(app, "/subscriptions"))[1]


async def test_nothing_is_forgotten_until_yes(app: App) -> None:
    assert "Nothing is stored about you" in (await send_text(app, "/forgetme yes"))[1]
    await send_text(app, "/subscribe protein-design")
    await send_text(app, "/save 2611.90112")
    for line in ("/forgetme", "/forgetme yes please"):
        card, words = await send_text(app, line)
        assert "1 subscription, 0 deliveries, 1 saved paper and" in words
        assert list_commands(card) == ["forgetme yes", "forgetme no"]
        assert await app.subscriptions.find(ADDRESS) is not None
    assert (await send_text(app, "/forgetme no"))[1] == "Nothing was deleted."
    assert await app.subscriptions.find(ADDRESS) is not None
    assert "has been deleted" in (await send_text(app, "/forgetme YES"))[1]
    assert await app.subscriptions.find(ADDRESS) is None
