"""Every command of the table, as a person types it, over the sample pages."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.commands.base import Command
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.errors import SourceError, StoreError
from tests.core.commands.asking import (
    ADDRESS,
    list_commands,
    send_message,
    send_text,
    text_of,
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_command_answers_in_both_languages_with_and_without_data(app: App, command, language: str) -> None:
    for text in (
        f"/{command.name}",
        f"/{command.name} protein-design",
        f"/{command.name} 2611.90112",
        f"/{command.name} \u202e\x00$",
    ):
        card, words = await send_text(app, text, language)
        assert words
        assert card.blocks


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_every_command_answers_over_an_empty_store(empty_app: App, command) -> None:
    _, words = await send_text(empty_app, f"/{command.name}")
    assert "Something went wrong" not in words
    example = command.example.format(
        topic="nerf", own="nerf", date="2024-06-29", paper="2410.18974", words="gaussian", question="why?", note="read"
    )
    _, words = await send_text(empty_app, f"/{example}")
    assert "Something went wrong" not in words


@pytest.mark.parametrize(
    ("text", "wrong", "works"),
    [
        ("/lates", "There is no command “/lates”. Did you mean: /latest", "/latest"),
        (
            "/latest 3d protein design",
            "no topic “3d protein design”. Did you mean: Protein Design?",
            "/latest protein-design",
        ),
        ("/latest qqq", "There is no topic “qqq”", "/latest climate-emulation"),
        ("/subscribe", "Please name a topic", "/subscribe climate-emulation"),
        (
            "/subscribe protein-design 25:00",
            "“25:00” is not a time of day",
            "/subscribe protein-design 08:00",
        ),
        ("/subscribe protein-design Mars/Base", "“Mars/Base” is not a timezone", "/subscribe protein-design UTC"),
        ("/subscribe protein-design sometimes", "I do not understand “sometimes”", "/subscribe protein-design"),
        ("/digest protein-design 2026-02-30", "“2026-02-30” is not a date", "/digest protein-design 2026-11-23"),
        (
            "/digest protein-design 2026-11-23 p9",
            "There is no page 9; the last one is 1",
            "/digest protein-design 2026-11-23 p1",
        ),
        ("/paper", "Please say which paper", "/paper 2611."),
        ("/paper hello", "“hello” is no paper's number, link or title", "/paper 2611."),
        (
            "/paper 1706.03762",
            "Paper 1706.03762 is not stored here, and looking papers up is turned off",
            "/paper 2611.",
        ),
        ("/search", "Please say what to search for", "/search"),
        ("/settings colour red", "“colour” is not a setting", "/settings timezone Berlin"),
        ("/settings time soon", "“soon” is not a time of day", "/settings time 08:00"),
        ("/settings timezone Berln", "“Berln” is not a timezone", "/settings timezone Europe/Berlin"),
        ("/settings days never", "“never” does not name any weekdays", "/settings days mon-fri"),
        ("/settings language fr", "“fr” is not a language", "/settings language zh"),
        ("/settings layout huge", "“huge” is not a layout", "/settings layout headlines"),
        ("/" + "x" * 2000, "too long", "/help"),
        ("/" + "x" * 1000, "too long", "/help"),
        ("/" + "x" * 999, f"There is no command “/{'x' * 40}”.", "/help"),
        ("/paper " + "x" * 90, f"“{'x' * 80}” is no paper's number", "/paper 2611."),
        ("/latest protein-design p2", "There is no page 2; the last one is 1", "/digest protein-design 2026-11-23 p1"),
        ("/search antibody p2", "There is no page 2; the last one is 1", "/search antibody p1"),
        ("/settings posts", "“Posts” has no effect here", "/settings"),
        ("/digest protein-design 2026-13-01", "“2026-13-01” is not a date", "/digest protein-design 2026-11-23"),
        ("/subscribe protein-design 13pm", "“13pm” is not a time of day", "/subscribe protein-design 08:00"),
        ("/subscribe protein-design UTC+99", "“UTC+99” is not a timezone", "/subscribe protein-design UTC"),
    ],
)
async def test_bad_input_is_answered_with_what_was_wrong_and_an_example(
    app: App, text: str, wrong: str, works: str
) -> None:
    card, words = await send_text(app, text)
    assert not card.ok
    assert wrong in words
    assert works in words


async def test_every_example_in_an_answer_to_bad_input_works(app: App) -> None:
    for text in (
        "/latest 3d protein design",
        "/subscribe",
        "/digest protein-design 2026-02-30",
        "/settings time",
        "/paper 1706.03762",
    ):
        card, _ = await send_text(app, text)
        shown = str(card.blocks[-1])
        examples = [part.strip(" '\",)") for part in shown.split("/")[1:]]
        for example in examples:
            answer, words = await send_text(app, "/" + example.split(", style")[0].strip(" '\""))
            assert answer.ok, (example, words)


async def test_undo_brings_back_what_was(app: App) -> None:
    await send_text(app, "/subscribe protein-design 07:15 Asia/Tokyo sat,sun")
    _, before = await send_text(app, "/subscriptions")
    gone, _ = await send_text(app, "/unsubscribe protein-design")
    await send_text(app, "/" + gone.buttons[0].command)
    assert (await send_text(app, "/subscriptions"))[1] == before
    changes = (
        "timezone Asia/Tokyo",
        "timezone Europe/Berlin",
        "time 06:00",
        "days weekend",
        "language zh",
        "layout full",
    )
    for change in changes:
        before_card, _ = await send_text(app, "/settings")
        done, _ = await send_text(app, f"/settings {change}")
        await send_text(app, "/" + done.buttons[-1].command)
        assert (await send_text(app, "/settings"))[0] == before_card
        assert (await send_text(app, "/subscriptions"))[1] == before


async def test_every_button_is_a_command_that_works_and_fits_a_platform(app: App) -> None:
    await send_text(app, "/subscribe protein-design")
    await send_text(app, "/save 2611.90112")
    pressed: set[str] = set()
    for text in (
        "/start",
        "/topics",
        "/settings",
        "/paper 2611.90112",
        "/saved",
        "/latest",
        "/subscriptions",
        "/forgetme",
    ):
        card, _ = await send_text(app, text)
        pressed |= set(list_commands(card))
    assert len(pressed) > 12
    for command in sorted(pressed - {"forgetme yes"}):
        assert len(command.encode()) < 64
        answer, words = await send_text(app, f"/{command}")
        assert answer.ok, words


async def test_asking_stores_nothing_about_whoever_asks(app: App) -> None:
    for text in ("/start", "/topics", "/latest", "/search x", "/settings", "/saved", "/subscriptions"):
        await send_text(app, text)
    assert await app.subscriptions.find(ADDRESS) is None


async def test_our_own_error_is_answered_with_a_sentence(
    app: App, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def raise_bug(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(app.catalog, "list_topics", raise_bug)
    card, words = await send_text(app, "/topics")
    assert not card.ok
    assert "Something went wrong" in words
    assert "a bug" not in words


@pytest.mark.parametrize(
    ("error", "told", "logged"),
    [
        (StoreError("the server of db.internal/papers: FATAL: no room"), "The database does not answer", "db.internal"),
        (SourceError("the page is gone"), "the page is gone", "the page is gone"),
    ],
)
async def test_what_is_wrong_with_the_database_is_told_to_the_operator_alone(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    told: str,
    logged: str,
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(app.catalog, "list_topics", fail)
    card, words = await send_text(app, "/topics")
    assert not card.ok
    assert told in words
    assert logged in capfd.readouterr().out
    assert "FATAL" not in words
    assert "db.internal" not in words


async def test_who_alone_sees_an_answer_reads_it_in_their_own_language(app: App) -> None:
    chat, ada, bob = Address("discord", "1", "2"), Address("discord", "ada"), Address("discord", "bob")

    async def ask(text: str, user: Address, language: str, *, alone: bool = True) -> str:
        message = IncomingMessage(
            chat, text, language, user=user, is_ephemeral=alone, is_public=not alone, hides_errors=True
        )
        reply = await app.dispatcher.handle_message(message)
        return f"{reply.preferences.language}: {text_of(reply.card)}"

    assert "en: Language: 中文" in await ask("/settings language zh", ada, "en-US")  # the channel's, not hers
    assert "Settings" in (shown := await ask("/settings", ada, "en-US"))
    assert "中文" in shown
    assert "Saved papers" in await ask("/saved", ada, "en-US")
    assert "zh: 收藏的论文" in await ask("/saved", bob, "zh-TW")
    assert "设置" in await ask("/settings", bob, "fr")  # a language that is not spoken: as the channel
    assert "3 篇论文" in await ask("/latest protein-design", ada, "en-US", alone=False)  # for all to see
    assert "en: That did not work There is no topic" in await ask("/latest nonsense", ada, "en-US", alone=False)
    await send_message(app, IncomingMessage(bob, "/settings language en", "zh-CN"))
    assert "Saved papers" in await ask("/saved", bob, "zh-CN")  # what they set themselves
    assert (await app.subscriptions.preferences_for(chat, "")).language == "zh"


NEEDED = {"topic": "protein-design", "paper": "2611.90112", "words": "antibody", "question": "why?", "note": "read"}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_superfluous_word_is_named_by_every_command_whatever_stands_before_it(app: App) -> None:
    """With nothing subscribed and saved, and with something."""
    known = [command for command in COMMANDS if command.name != "test"]  # which is refused here whatever follows it
    lines = [f"/{command.name} {_list_needed(command)} banana" for command in known]
    lines += ["/subscribe protein-design 8am banana", "/unsubscribe protein-design banana", "/unsubscribe all banana"]
    lines += ["/pause protein-design banana", "/pause 1 week banana", "/pause protein-design 1 week banana"]
    lines += ["/resume protein-design banana", "/resume all banana", "/stop all banana", "/help all banana"]
    lines += ["/help subscribe banana", "/settings language en banana", "/settings time 8 banana", "/latest all banana"]
    lines += ["/settings layout full banana", "/digest protein-design yesterday banana", "/topics p1 banana"]
    lines += ["/latest protein-design p1 banana", "/undo 12345678 banana", "/forgetme yes banana", "/saved p1 banana"]
    for language, state in (("en", ""), ("zh", "/subscribe protein-design")):
        if state:
            await send_text(app, state)
        unsaid = [line for line in lines if "banana" not in (await send_text(app, line, language))[1]]
        assert not unsaid, state
    assert len(await app.subscriptions.list_for(await app.subscriptions.find(ADDRESS))) == 1  # type: ignore[arg-type]


def _list_needed(command: Command) -> str:
    return " ".join(NEEDED[param.name] for param in command.params if param.required)
