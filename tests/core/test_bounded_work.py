"""What one person can ask for costs little, whatever they write: counted in work, with a thousand topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from digestbot.app import App
from digestbot.cards.callback_data import ButtonAction, restore_commands
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.commands.subscriptions.preferences import SETTING_NAMES
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.domain.topic import Topic, find_topic, match_first_words
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import saved_papers
from tests.factories import make_digest, make_entry
from tests.work import (
    HOSTILE_IDENTIFIERS,
    HOSTILE_LINES,
    HOSTILE_OPTIONS,
    SUBSCRIPTIONS,
    TOPICS,
    Work,
    WorkCounter,
    fill_app,
)

READER = Address("console", "reader")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAX_CARD_CHARACTERS = 50_000
BOUNDS = Work(150_000, 150, 20, 2 * TOPICS + 300)
"""100,000 calls are 30 to 50 ms in all, in several turns; no list of topics is read more than twice."""
BOUNDS_FOR_FILES = Work(300 * 2_000, 150, 40, 3 * 2_000)
"""A file of all saved papers takes as much as these are: 300 calls and three rows a paper, in a thread of its own."""
BOUNDS_FOR_ALL = BOUNDS._replace(statements=40)
"""What changes 200 subscriptions takes no more statements for more of them."""
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
WITH_OPTIONS = [
    "subscribe diffusion model 7",
    "digest diffusion model 7",
    *(f"settings {name}" for name in SETTING_NAMES),
]
WITH_IDENTIFIERS = ["start", "paper", "search", "save"]


def list_hostile_lines() -> Iterator[str]:
    """Every command with everything that may follow it; what leaves no data to read comes last."""
    for command in sorted(COMMANDS, key=lambda command: command.name.startswith("forget")):
        for line in list(HOSTILE_LINES.values()) if command.params else ["", "a " * 490]:
            yield f"/{command.name} {line}"[: 4_096 if len(line) > 1_000 else 1_000]
    yield from (line[:1_000] for line in HOSTILE_LINES.values())
    yield from (f"/{line} {more}"[:1_000] for line in WITH_OPTIONS for more in HOSTILE_OPTIONS.values())
    yield from (f"/{line} {more}"[:1_000] for line in WITH_IDENTIFIERS for more in HOSTILE_IDENTIFIERS.values())


@ON_SQLITE
async def test_no_command_and_no_option_costs_much_whatever_follows_it(empty_app: App) -> None:
    await fill_app(empty_app, READER)
    costly = {}
    for line in ("/start", "/settings timezone Berlinn", "/saved"):  # what is done once in a life
        await empty_app.dispatcher.handle_message(IncomingMessage(READER, line, "en"))
    for line in list_hostile_lines():
        with WorkCounter() as counter:
            reply = await empty_app.dispatcher.handle_message(IncomingMessage(READER, line, "en"))
        shown = replace(reply.card, attachment=None)  # a file has as many papers as were saved
        assert len(str(shown)) < MAX_CARD_CHARACTERS, line
        bounds = BOUNDS_FOR_FILES if line.startswith("/export") else BOUNDS
        if any(done > bound for done, bound in zip(counter.work, bounds, strict=True)):
            costly[line] = counter.work
    assert not {k[:30] + " ... " + str(len(k)): v for k, v in costly.items()}


@ON_SQLITE
async def test_what_changes_all_that_a_chat_has_costs_little(empty_app: App) -> None:
    await fill_app(empty_app, READER)
    costly = {}
    warm_up = IncomingMessage(READER, "/settings timezone Berlinn", "en")  # what is done once in a life
    await empty_app.dispatcher.handle_message(warm_up)
    for line in (
        "/settings 7am Tokyo", "/pause 1 week", "/resume all", "/unsubscribe", "/unsubscribe all", "/undo", "/stop",
        "/settings time 6 everywhere", "/undo",
    ):  # fmt: skip
        with WorkCounter() as counter:
            reply = await empty_app.dispatcher.handle_message(IncomingMessage(READER, line, "en"))
        assert reply.card.ok, line
        if any(done > bound for done, bound in zip(counter.work, BOUNDS_FOR_ALL, strict=True)):
            costly[line] = counter.work
    assert not {k[:30] + " ... " + str(len(k)): v for k, v in costly.items()}
    reader = await empty_app.subscriptions.find(READER)
    assert reader
    assert len(await empty_app.subscriptions.list_for(reader)) == SUBSCRIPTIONS


@ON_SQLITE
async def test_every_page_of_a_long_list_is_reached_by_its_buttons(empty_app: App) -> None:
    await fill_app(empty_app, READER)
    for command, expected in {"topics p18": 150, "latest": 200, "subscriptions": 200, "saved p198": 30}.items():
        line = command
        seen: set[str] = set()
        while line:
            card = (await empty_app.dispatcher.handle_message(IncomingMessage(READER, f"/{line}", "en"))).card
            seen |= {str(block.title) for block in card.blocks if hasattr(block, "title")}
            line = next((button.command for button in card.buttons if button.label.startswith("Next")), "")
        assert len(seen) == expected, command


def test_words_are_split_exactly_as_if_each_run_of_them_was_looked_up() -> None:
    topics = [Topic("ab", "A B"), Topic("abc", "A-B C"), Topic("b", "B", ("a",))]
    for words in (["a", "b", "c", "08:00"], ["A", "B", "x"], ["a", "x"], ["ab", "-", "c"], ["x"], [], ["-"]):
        runs = ((find_topic(" ".join(words[:end]), topics).topic, end) for end in range(len(words), 0, -1))
        assert match_first_words(words, topics) == next((run for run in runs if run[0]), (None, 0))


def test_a_name_is_compared_with_few_topics_and_the_likeliest_are_among_them() -> None:
    topics = [Topic(f"diffusion-model-{number}", f"Diffusion Model {number}") for number in range(TOPICS)]
    with WorkCounter() as counter:
        found = find_topic("difusion modell 777", topics).suggestions
    assert found[0].slug == "diffusion-model-777"
    assert 0 < counter.work.comparisons <= 150
    with WorkCounter() as counter:
        assert find_topic("diffusion model " * 600, topics).suggestions == ()
    assert counter.work.calls < 60_000


# -- what is kept of one person --------------------------------------------------------------------------------------


@ON_SQLITE
async def test_what_a_person_keeps_is_bounded_and_the_answer_says_how_to_go_on(empty_app: App) -> None:
    await fill_app(empty_app, READER)
    async with empty_app.store.database.write() as connection:
        await connection.execute(delete(saved_papers).where(saved_papers.c.paper_id == 2_000))

    async def ask(line: str) -> tuple[bool, str]:
        card = (await empty_app.dispatcher.handle_message(IncomingMessage(READER, line, "en"))).card
        return card.ok, str(card.blocks)

    assert (await ask("/save 2611.02000"))[0]
    await ask("/unsave 2611.00001")
    await ask("/save 2611.00001")
    for line, limit, remedy in (
        ("/save 2611.02001", "2,000", "/unsave"),
        ("/subscribe diffusion-model-900", "200", "/unsubscribe"),
    ):
        is_ok, answer = await ask(line)
        assert not is_ok
        assert limit in answer
        assert remedy in answer
    assert (await ask("/subscribe diffusion-model-5 09:30"))[0]  # it has this one
    assert (await ask("/save 2611.00007"))[0]
    assert (await ask("/unsubscribe diffusion-model-5"))[0]
    assert (await ask("/subscribe diffusion-model-900"))[0]


async def test_a_long_search_keeps_its_words_once(empty_app: App) -> None:
    entries = [make_entry(f"2611.{number:05}", title="Gaussian") for number in range(1, 31)]
    await empty_app.store.digests.save_pages([(PageKey("p", "", {}), [make_digest(entries=entries)])], NOW)
    words = "gaussian " * 100
    kept: dict[str, str] = {}
    for page in ("", " p2", " p3"):
        card = (await empty_app.dispatcher.handle_message(IncomingMessage(READER, f"/search {words}{page}", "en"))).card
        keyboard = Keyboard(card)
        rows = keyboard.build_rows()
        assert len([button for row in rows for button in row]) >= 11
        kept |= keyboard.long_callbacks
        for row in rows:
            for button in row:
                action = ButtonAction.decode(str(button["callback_data"]))
                restored = action and restore_commands(action, kept)
                assert restored
                assert "gaussian gaussian" in f"{restored.command}{restored.history}"
    assert list(kept.values()) == [f"search {words.strip()}"]


async def test_the_oldest_commands_of_one_chats_buttons_go_and_nobody_elses(empty_app: App) -> None:
    tokens = empty_app.store.callback_tokens
    await tokens.save({"ours": "search a", "delivered": "latest b"}, NOW, "telegram 1")
    await tokens.save({"delivered": "latest b"}, NOW)  # many chats are sent it
    await tokens.save({"theirs": "search c"}, NOW, "telegram 2")
    await tokens.save({f"{number}": f"search {number}" for number in range(600)}, NOW + timedelta(1), "telegram 2")
    found = [await tokens.get_command(name) for name in ("ours", "delivered", "theirs")]
    assert found == ["search a", "latest b", None]
    kept = [await tokens.get_command(f"{number}") for number in range(600)]
    assert len(list(filter(None, kept))) == 500
    await tokens.save({"599": "search 599"}, NOW + timedelta(2), "telegram 1")
    await tokens.save({f"new {number}": "search" for number in range(500)}, NOW + timedelta(3), "telegram 2")
    assert await tokens.get_command("599") == "search 599"  # it is of two chats: none can push the other's out
    await tokens.save({"shared": "search d"}, NOW + timedelta(4), "telegram 1")
    await tokens.save({"shared": "search d"}, NOW + timedelta(5), "telegram 3")
    await tokens.save({f"more {number}": "search" for number in range(500)}, NOW + timedelta(6), "telegram 3")
    assert await tokens.get_command("shared") == "search d"
