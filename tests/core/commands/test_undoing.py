"""Undoing a command, changing only what is named, and answers whose buttons and examples work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from digestbot.app import App
from digestbot.cards.card import Card, Paragraph, Text
from digestbot.core import subscriptions
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.store.tables import undo_steps
from tests.core.commands.asking import ADDRESS, CHOICES, list_commands, send_message, send_text
from tests.core.times.test_options import AMBIGUOUS, REFUSED
from tests.fakes import ManualClock

CHANGES = (
    "/subscribe protein-design", "/subscribe climate-emulation", "/subscribe protein-design 9:30",
    "/subscribe protein-design fri", "/subscribe protein-design Berlin", "/subscribe protein-design instant",
    "/subscribe protein-design default", "/subscribe climate-emulation default",
    "/subscribe protein-design 7am tomorrow",
    "/unsubscribe protein-design", "/unsubscribe climate-emulation", "/unsubscribe all", "/pause", "/pause 1 week",
    "/pause until friday", "/pause climate-emulation", "/pause protein-design 2 days", "/resume", "/stop",
    "/resume climate-emulation", "/resume all", "/settings time 7:15", "/settings time 7:15 everywhere",
    "/settings 8am weekdays Tokyo", "/settings timezone UTC+5:30 everywhere", "/settings days fri everywhere",
    "/settings language zh", "/settings layout full", "/settings format classic", "/settings posts threads",
    "/settings publish on", "/stop climate-emulation", "/settings days mon wed from monday",
    "/filter protein-design antibody", "/filter protein-design off", "/mute antibody", "/mute off antibody",
    "/rename protein-design Proteins", "/rename protein-design",
)  # fmt: skip
STATE = ("/subscribe climate-emulation 10:45 Tokyo fri", "/subscribe protein-design", "/settings 6am Shanghai",
         "/pause until friday", "/pause climate-emulation until monday")  # fmt: skip


async def read_all(app: App) -> object:
    """All that a chat's commands change."""
    subscriber = await app.subscriptions.find(ADDRESS)
    assert subscriber
    slugs = ["protein-design", "climate-emulation"]
    state = await app.subscriptions.read_state(subscriber, slugs=slugs, with_pause=True, with_mutes=True)
    for topic in filter(None, state["topics"].values()):
        del topic["starts_at"]  # a subscription that is back waits for its next time
    return subscriber.preferences, state


async def test_whatever_changed_is_as_it_was_when_it_is_undone(app: App) -> None:
    for line in STATE:
        assert (await send_text(app, line))[0].ok, line
    before = await read_all(app)
    for line in CHANGES:
        card, words = await send_text(app, line, can=CHOICES)
        assert card.ok, (line, words)
        undo = [button.command for button in card.buttons if button.command.startswith("undo ")]
        assert bool(undo) is (await read_all(app) != before), line
        if undo:
            assert (await send_text(app, f"/{undo[0]}", can=CHOICES))[0].ok, line
            assert await read_all(app) == before, line


async def test_undoing_goes_back_step_by_step_once_and_only_here(app: App) -> None:
    await send_text(app, "/subscribe protein-design 9:00")
    card, _ = await send_text(app, "/subscribe protein-design 10:00")
    other = IncomingMessage(Address("console", "another"), f"/{card.buttons[-1].command}", "en")
    assert "nothing to undo" in (await send_message(app, other))[1]
    assert "10:00" in (await send_text(app, "/subscriptions"))[1]
    assert "Protein Design: 09:00 (UTC), every day" in (await send_text(app, f"/{card.buttons[-1].command}"))[1]
    assert "nothing to undo" in (await send_text(app, f"/{card.buttons[-1].command}"))[1]
    assert "Protein Design: not subscribed" in (await send_text(app, "/undo"))[1]
    assert "nothing to undo" in (await send_text(app, "/undo"))[1]
    for minute in range(10, 32):  # two more than are kept
        await send_text(app, f"/settings time 8:{minute}")
    while "Undone" in (await send_text(app, "/undo"))[1]:
        pass
    assert "Time 08:11" in (await send_text(app, "/settings"))[1]


async def test_only_what_is_named_of_a_subscription_changes(app: App) -> None:
    for line, says in (
        ("9:30 Berlin mon,wed", "09:30 (Berlin), Mon, Wed"),
        ("", "09:30 (Berlin), Mon, Wed"),
        ("fri", "09:30 (Berlin), Fri"),
        ("Tokyo", "09:30 (Tokyo), Fri"),
        ("every day at 7", "07:00 (Tokyo), every day"),
        ("instant", "as soon as it is available"),
        ("", "as soon as it is available"),
        ("weekdays", "07:00 (Tokyo), Monday to Friday"),
        ("default", "08:00 (UTC), every day"),
        ("10am", "10:00 (UTC), every day"),
        ("default sat", "08:00 (UTC), Saturday"),
    ):
        _, words = await send_text(app, f"/subscribe protein-design {line}")
        assert says.replace("Saturday", "Sat") in words, line
    _, words = await send_text(app, "/subscribe climate-emulation PST")
    assert "I take PST as the time in Los Angeles, which is UTC-7 / UTC-8 over the year" in words


async def test_topics_with_a_time_of_their_own_are_asked_about_and_change_too(app: App) -> None:
    await send_text(app, "/subscribe protein-design 9:30 mon")
    card, words = await send_text(app, "/settings time 7:15")
    assert "1 topic keeps its own time. Change it too?" in words
    assert "09:30 (UTC), Mon" in (await send_text(app, "/subscriptions"))[1]
    changed, words = await send_text(app, f"/{card.buttons[0].command}")
    assert (changed.ok, "keeps its own" in words) == (True, False)
    assert "07:15 (UTC), Mon" in (await send_text(app, "/subscriptions"))[1]
    assert "keeps its own" not in (await send_text(app, "/settings time 7:15"))[1]
    await send_text(app, "/undo")
    assert "09:30 (UTC), Mon" in (await send_text(app, "/subscriptions"))[1]


async def test_what_a_place_can_be_is_asked_back_with_buttons_that_work(app: App) -> None:
    for prefix, suffix in (
        ("subscribe protein-design 8am", "mon"),
        ("settings timezone", ""),
        ("settings time 8am", ""),
    ):
        for text, zones in [*AMBIGUOUS.items()][:5]:
            card, words = await send_text(app, f"/{prefix} {text} {suffix}".strip())
            assert not card.ok
            assert f"“{text}” can be several timezones" in words
            offered = " ".join(list_commands(card)).split()
            assert zones <= {*offered}, text
        for command in list_commands(card)[:2]:
            answer, words = await send_text(app, f"/{command}")
            assert answer.ok, (command, words)
    card, _ = await send_text(app, "/settings timezone CST", "zh")
    assert [button.label for button in card.buttons][:2] == [
        "Chicago (UTC-6)",
        "Shanghai (UTC+8)",
    ]  # the chat's language
    await send_text(app, "/settings language zh")
    card, _ = await send_text(app, "/settings timezone CST")
    assert [button.label for button in card.buttons][:2] == ["芝加哥（UTC-6）", "上海（UTC+8）"]


WRONG_LINES = (
    *(f"/{prefix} {text}" for prefix in ("subscribe protein-design", "settings time") for text in [*REFUSED][::6]),
    *(f"/settings {name} Berlinn" for name in ("timezone", "time", "days")), "/settings days thirsday",
    "/subscribe protein-design Berlinn 8am", "/subscribe nonsense 8am", "/subscribe", "/pause until 2020-01-01",
    "/subscribe 3d protein design 8pm", "/subscribe protein-design 8am banana", "/pause banana",
    "/pause protein-design banana", "/unsubscribe banana", "/resume banana", "/topics banana", "/subscriptions banana",
    "/saved banana", "/undo a b", "/unsubscribe 3d protein design", "/pause new protein design", "/settings 25:00",
    "/settings banana", "/settings language fr", "/settings layout huge", "/settings posts", "/settings publish maybe",
    "/settings format huge", "/settings answers loud", "/help banana", "/help subscribe banana", "/forgetme banana",
    "/topics p9", "/saved p9", "/subscriptions p9", "/latest 3d protein design", "/latest antibody", "/latest nonsense",
    "/latest protein-design p9", "/digest", "/digest nonsense", "/digest protein-design 2026-02-30", "/paper",
    "/digest protein-design last week", "/digest protein-design 1 nov", "/digest protein-design banana", "/save 9",
    "/digest protein-design 2026-11-23 p9", "/paper hello", "/paper antibody loops", "/paper 1706.03762", "/paper 9",
    "/save", "/save hello", "/save 1706.03762", "/unsave", "/unsave hello", "/unsave 1706.03762", "/unsave 9",
    "/search", "/search antibody p9", "/lates", "/主题模型", "/banana",
)  # fmt: skip
SAME_PURPOSE = {
    "digest": "latest", "latest": "digest latest search", "subscribe": "topics follow", "save": "search latest topics",
    "unsave": "saved search latest topics", "paper": "search latest topics", "pause": "topics unsubscribe",
    "unsubscribe": "topics subscribe", "resume": "topics", "search": "topics", "saved": "topics",
}  # fmt: skip
"""What an answer to a command may offer beside the command itself."""


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_an_answer_says_would_work_does_for_this_person_in_this_chat(app: App) -> None:
    """With nothing, and with a topic and a saved paper; alone, and among others."""
    alone = IncomingMessage(ADDRESS, "", "en")
    others = IncomingMessage(Address("console", "club"), "", "zh", user=Address("console", "ada"), title="Club")
    for chat, states, lines in (
        (alone, (), WRONG_LINES[::2]),
        (alone, OWNING, WRONG_LINES),
        (others, OWNING, WRONG_LINES[::4]),
    ):
        for state in states:
            await send_message(app, replace(chat, text=state))
        checked: set[str] = set()
        refused = [line for line in lines if await _check_offers(app, chat, line, checked)]
        assert len(refused) > 0.9 * len(lines) - 2


OWNING = ("/subscribe protein-design", "/save 2611.90112")


async def _check_offers(app: App, chat: IncomingMessage, line: str, checked: set[str]) -> bool:
    """Whether a line is refused; then all that its answer offers is about it, and works."""
    card, words = await send_message(app, replace(chat, text=line))
    if card.ok:
        return False
    commands = {*list_commands(card), *_list_examples(card)}
    assert commands, (line, words)
    name = line[1:].split(" ", 1)[0]
    for command in commands:
        offered = command.split(" ", 1)[0]
        assert offered in (name, *SAME_PURPOSE.get(name, "").split()) or not is_command(name), (line, command)
    for command in commands - checked:
        answer, said = await send_message(app, replace(chat, text=f"/{command}"))
        assert answer.ok, (line, command, said)
        if command.startswith(_CHANGING):
            await send_message(app, replace(chat, text="/undo"))
    checked |= commands
    return True


_CHANGING = ("subscribe", "unsubscribe", "settings", "pause", "resume")


def is_command(name: str) -> bool:
    return any(command.name == name for command in COMMANDS)


def _list_examples(card: Card) -> list[str]:
    """The commands that an answer to bad input says would work."""
    told = [block.line[-1] for block in card.blocks if isinstance(block, Paragraph) and len(block.line) == 2]
    return [
        part.removeprefix("/")
        for text in told
        if isinstance(text, Text)
        for part in text.text.replace("、/", ", /").split(", /")
    ]


async def test_ending_offers_what_there_is_and_everything_at_once(app: App) -> None:
    assert "not subscribed to any topic" in (await send_text(app, "/unsubscribe"))[1]
    assert "not subscribed to any topic" in (await send_text(app, "/unsubscribe all"))[1]
    await send_text(app, "/subscribe protein-design")
    card, _ = await send_text(app, "/unsubscribe")
    assert list_commands(card) == ["unsubscribe protein-design"]
    await send_text(app, "/subscribe climate-emulation 9:00")
    card, _ = await send_text(app, "/unsubscribe")
    assert list_commands(card) == ["unsubscribe climate-emulation", "unsubscribe protein-design", "unsubscribe all"]
    for line, language in (("/unsubscribe all", "en"), ("/unsubscribe 全部", "zh"), ("/stop all", "en")):
        _, words = await send_text(app, line, language)
        assert "Unsubscribed from all 2 topics" in words
        assert "not subscribed to any topic" in (await send_text(app, "/subscriptions"))[1]
        await send_text(app, "/undo")
    card, words = await send_text(app, "/stop")
    assert "Paused" in words
    commands = list_commands(card)
    assert (commands[0], *commands[2:]) == ("resume", "unsubscribe all", "forgetme")


async def test_a_pause_that_would_be_over_does_not_come_back(app: App, clock: ManualClock) -> None:
    await send_text(app, "/subscribe protein-design")
    await send_text(app, "/subscribe climate-emulation")
    await send_text(app, "/pause 1 day")
    await send_text(app, "/pause climate-emulation 2 days")
    await send_text(app, "/resume all")
    clock.advance(days=6)
    texts = (await send_text(app, "/undo"))[1]
    assert "Paused" not in texts
    subscriber = await app.subscriptions.find(ADDRESS)
    assert subscriber
    assert subscriber.pause_reason == ""
    assert not any(one.is_paused for one in await app.subscriptions.list_for(subscriber))


async def test_undoing_does_not_go_past_the_limit(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_SUBSCRIPTIONS", 1)
    await send_text(app, "/subscribe protein-design")
    await send_text(app, "/unsubscribe all")
    await send_text(app, "/subscribe climate-emulation")
    subscriber = await app.subscriptions.find(ADDRESS)
    assert subscriber
    token = await find_token(app, lambda state: bool(state["topics"].get("protein-design")))
    for _ in range(2):  # what could not be undone can be when there is room
        assert "1 subscriptions, and I keep no more" in (await send_text(app, f"/undo {token}"))[1]
    await send_text(app, "/unsubscribe all")
    assert "Undone" in (await send_text(app, f"/undo {token}"))[1]


async def find_token(app: App, is_meant: Callable[[dict[str, Any]], bool]) -> str:
    """The token of the newest step that is meant."""
    async with app.store.database.read() as connection:
        rows = await connection.execute(select(undo_steps.c.token, undo_steps.c.state).order_by(undo_steps.c.id.desc()))
        return str(next(row.token for row in rows if is_meant(row.state)))
