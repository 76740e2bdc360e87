"""Every command of the table, as a person types it, over the sample pages."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards.capabilities import COMMON, Capabilities
from digestbot.cards.card import Card
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import Said
from digestbot.domain.subscription import Address, Format, Posts, Preferences
from digestbot.platforms.console.adapter import card_json
from tests.fakes import KeepingPlatform

ADDRESS = Address("console", "local")


CHOICES = Capabilities(formats=tuple(Format), posts=(Posts.PAGES, Posts.THREADS), publishes=True)


async def say(app: App, text: str, language: str = "en", can: Capabilities = COMMON) -> tuple[Card, str]:
    card = (await app.dispatcher.reply(Said(ADDRESS, text, language, shows=lambda _: can))).card
    words = str(card_json(card)["text"])
    return card, " ".join(words.replace("│", " ").split())


def test_the_table_has_every_command() -> None:
    names = {command.name for command in COMMANDS}
    asked = "start help topics subscribe subscriptions unsubscribe settings pause resume latest digest paper"
    asked += " search save saved forgetme"
    assert set(asked.split()) <= names
    assert len(names) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_command_answers_in_both_languages_with_and_without_data(app: App, command, language: str) -> None:
    for text in (
        f"/{command.name}",
        f"/{command.name} protein-design",
        f"/{command.name} 2611.90112",
        f"/{command.name} \u202e\x00$",
    ):
        card, words = await say(app, text, language)
        assert words
        assert card.blocks


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_every_command_answers_over_an_empty_store(empty_app: App, command) -> None:
    _, words = await say(empty_app, f"/{command.name}")
    assert "Something went wrong" not in words
    _, words = await say(empty_app, f"/{command.example}")
    assert "Something went wrong" not in words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/start", ["Protein Design", "/subscribe protein-design", "08:00"]),
        ("/topics", ["语音翻译", "4 digests, newest 2026-11-23"]),
        ("/latest", ["Pick one", "/latest protein-design"]),
        ("/latest protein design", ["Protein Design · 2026-11-23", "3 papers", "NeurIPS 2026", "and 3 more"]),
        ("/LATEST@some_bot 语音翻译", ["语音翻译 · 2026-11-23"]),
        ("/digest protein-design 2026-11-20", ["Protein Design · 2026-11-20", "How Designable"]),
        ("/digest protein-design 2026-11-19", ["has no digest of 2026-11-19", "2026-11-23", "This works: /digest"]),
        ("/paper 2611.90112", ["LoopSmith", "0.71", "Abstract",
         "Code: https://github.com/example/loopsmith", "figures.example.org"]),
        ("/paper https://arxiv.org/abs/2611.90112v1", ["LoopSmith"]),
        ("arXiv:2611.90112", ["LoopSmith"]),
        ("/paper 2611.90112 full", ["Antibody design needs loops", "Conclusion"]),
        ("/paper 2611.90031", ["Part of the machine-written text was left out"]),
        ("/search antibody loops", ["LoopSmith"]),
        ("/search 装配", ["从字幕到动作"]),
        ("/search 触觉 定位", ["TactileAnchor"]),
        ("/search Oduya", ["LoopSmith"]),
        ("antibody", ["1 paper found", "LoopSmith"]),
        ("/help", ["/subscribe TOPIC [TIME] [TIMEZONE] [DAYS]", "Example: /digest nerf 2024-06-29"]),
    ],
)  # fmt: skip
async def test_reading(app: App, text: str, says: list[str]) -> None:
    _, words = await say(app, text)
    for part in says:
        assert part in words
    assert "XXXX" not in words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/subscribe protein-design", "Every digest at 08:00 (UTC), every day. Next: 2026-11-25 08:00."),
        ("/subscribe Protein Design 7:30pm", "Every digest at 19:30 (UTC), every day. Next: 2026-11-24 19:30."),
        (
            "/subscribe protein design 08:00 Asia/Shanghai mon-fri",
            "at 08:00 (Asia/Shanghai), Monday to Friday. Next: 2026-11-25 08:00.",
        ),
        ("/subscribe protein-design tokyo 周一,周三 7:15", "at 07:15 (Asia/Tokyo), Mon, Wed. Next: 2026-11-25 07:15."),
        ("/subscribe protein-design UTC+8", "at 08:00 (Etc/GMT-8)"),
        ("/subscribe 具身智能 instant", "as soon as it is loaded"),
    ],
)
async def test_subscribing(app: App, text: str, says: str) -> None:
    card, words = await say(app, text)
    assert card.ok
    assert says in words


@pytest.mark.parametrize(
    ("text", "wrong", "works"),
    [
        ("/lates", "There is no command “/lates”. Did you mean: /latest", "/latest"),
        (
            "/latest protien design",
            "no topic “protien design”. Did you mean: Protein Design?",
            "/latest protein-design",
        ),
        ("/latest qqq", "There is no topic “qqq”", "/latest climate-emulation"),
        ("/subscribe", "Name a topic", "/subscribe climate-emulation"),
        (
            "/subscribe protein-design 25:00",
            "“25:00” is no time of day",
            "/subscribe protein-design 08:00 Europe/Berlin mon-fri",
        ),
        ("/subscribe protein-design Mars/Base", "“Mars/Base” is no timezone", "/subscribe protein-design 08:00"),
        ("/subscribe protein-design sometimes", "I do not understand “sometimes”", "/subscribe protein-design"),
        ("/digest protein-design 2026-02-30", "“2026-02-30” is no date", "/digest protein-design 2026-11-23"),
        (
            "/digest protein-design 2026-11-23 p9",
            "There is no page 9; the last one is 1",
            "/digest protein-design 2026-11-23 p1",
        ),
        ("/paper", "Name a paper", "/paper 2410.18974"),
        ("/paper hello", "“hello” is no arXiv number", "/paper 2410.18974"),
        ("/paper 1706.03762", "No digest here shows the paper 1706.03762", "/paper 2611."),
        ("/search", "Say what to look for", "/search"),
        ("/settings colour red", "“colour” is no setting", "/settings timezone Europe/Berlin"),
        ("/settings time noon", "“noon” is no time of day", "/settings time 08:00"),
        ("/settings timezone Berln", "“Berln” is no timezone", "/settings timezone Europe/Berlin"),
        ("/settings days never", "“never” names no weekdays", "/settings days mon-fri"),
        ("/settings language fr", "“fr” is no language", "/settings language zh"),
        ("/settings layout huge", "“huge” is no layout", "/settings layout headlines"),
        ("/" + "x" * 2000, "too long", "/help"),
    ],
)
async def test_bad_input_is_answered_with_what_was_wrong_and_an_example(
    app: App, text: str, wrong: str, works: str
) -> None:
    card, words = await say(app, text)
    assert not card.ok
    assert wrong in words
    assert works in words


async def test_every_example_in_an_answer_to_bad_input_works(app: App) -> None:
    for text in (
        "/latest protien design",
        "/subscribe",
        "/digest protein-design 2026-02-30",
        "/settings time",
        "/paper 1706.03762",
    ):
        card, _ = await say(app, text)
        shown = str(card.blocks[-1])
        examples = [part.strip(" '\",)") for part in shown.split("/")[1:]]
        for example in examples:
            answer, words = await say(app, "/" + example.split(", style")[0].strip(" '\""))
            assert answer.ok, (example, words)


async def test_undo_brings_back_what_was(app: App) -> None:
    await say(app, "/subscribe protein-design 07:15 Asia/Tokyo sat,sun")
    _, before = await say(app, "/subscriptions")
    gone, _ = await say(app, "/unsubscribe protein-design")
    await say(app, "/" + gone.buttons[0].command)
    assert (await say(app, "/subscriptions"))[1] == before
    for change in ("timezone Asia/Tokyo", "time 06:00", "days weekend", "language zh", "layout full"):
        before_card, _ = await say(app, "/settings")
        done, _ = await say(app, f"/settings {change}")
        await say(app, "/" + done.buttons[0].command)
        assert (await say(app, "/settings"))[0] == before_card


@pytest.mark.parametrize("name", ["timezone", "time", "days", "language", "layout", "format", "posts", "publish"])
async def test_a_setting_without_a_value_offers_some_to_choose_from(app: App, name: str) -> None:
    card, _ = await say(app, f"/settings {name}", can=CHOICES)
    switches = [button for button in card.buttons if button.on is not None]
    assert [button.on for button in switches].count(True) == 1
    other = next(button for button in switches if not button.on)
    assert (await say(app, f"/{other.command}", can=CHOICES))[0].ok
    after, _ = await say(app, f"/{card.command}", can=CHOICES)
    assert [button.command for button in after.buttons if button.on] == [other.command]


@pytest.mark.parametrize("line", ["format classic", "posts threads", "publish on"])
async def test_a_setting_that_makes_no_difference_here_is_refused(app: App, line: str) -> None:
    card, words = await say(app, f"/settings {line}")
    assert not card.ok
    assert "makes no difference here" in words
    assert await app.subscriptions.who(ADDRESS) is None


async def test_what_a_setting_cannot_be_is_named(app: App) -> None:
    for line, said in (
        ("posts piles", "pages or threads"),
        ("posts forum", "pages or threads"),
        ("publish maybe", "neither on nor off"),
    ):
        card, words = await say(app, f"/settings {line}", can=CHOICES)
        assert not card.ok
        assert said in words


async def test_where_the_bot_may_not_post_nothing_is_subscribed_and_what_is_missing_is_named(app: App) -> None:
    async def lacking(wants: Preferences) -> list[str]:
        return ["view_channel", "send_messages"]

    said = Said(ADDRESS, "/subscribe protein-design", "en", title="papers", lacking=lacking)
    card = (await app.dispatcher.reply(said)).card
    assert not card.ok
    assert "papers yet. Allow me “View Channel”, “Send Messages”" in str(card_json(card)["text"]).replace("│", " ")
    assert await app.subscriptions.who(ADDRESS) is None


async def test_every_button_is_a_command_that_works_and_fits_a_platform(app: App) -> None:
    await say(app, "/subscribe protein-design")
    await say(app, "/save 2611.90112")
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
        card, _ = await say(app, text)
        items = [block.button for block in card.blocks if getattr(block, "button", None)]
        pressed |= {button.command for button in (*card.buttons, *items) if button.command}
    assert len(pressed) > 12
    for command in sorted(pressed - {"forgetme yes"}):
        assert len(command.encode()) < 64
        answer, words = await say(app, f"/{command}")
        assert answer.ok, words


async def test_kept_papers_are_listed_newest_first_and_let_go(app: App, clock) -> None:
    await say(app, "/save 2611.90112")
    clock.forward(minutes=1)
    await say(app, "/save arXiv:2611.90127v1")
    assert "kept it already" in (await say(app, "/save 2611.90127"))[1]
    _, words = await say(app, "/saved")
    assert words.index("Does a Fold") < words.index("LoopSmith")
    await say(app, "/unsave 2611.90127")
    assert "Does a Fold" not in (await say(app, "/saved"))[1]


async def test_asking_stores_nothing_about_whoever_asks(app: App) -> None:
    for text in ("/start", "/topics", "/latest", "/search x", "/settings", "/saved", "/subscriptions"):
        await say(app, text)
    assert await app.subscriptions.who(ADDRESS) is None


async def test_our_own_error_is_answered_with_a_sentence(
    app: App, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(app.library, "shelves", broken)
    card, words = await say(app, "/topics")
    assert not card.ok
    assert "Something went wrong here" in words
    assert "a bug" not in words


async def test_another_setting_puts_off_nothing_that_is_due(app: App, clock) -> None:
    await say(app, "/subscribe protein-design 10:00")
    clock.set("2026-11-24 10:00")
    await say(app, "/settings language zh")
    platform = KeepingPlatform()
    assert (await app.delivering([platform]).round()).sent == 1
