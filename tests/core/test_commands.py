"""Every command of the table, as a person types it, over the sample pages."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from digestbot.app import App
from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.cards.card import Button, Card, ListItem
from digestbot.core.commands.base import Audience
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, CardStyle, PostMode, Preferences
from digestbot.errors import SourceError, StoreError
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.platforms.console.adapter import card_to_json
from digestbot.store.digest_writer import PageKey
from tests.factories import make_digest, make_entry, make_page, make_page_entry
from tests.fakes import RecordingPlatform

ADDRESS = Address("console", "local")


STYLES = (CardStyle.CLASSIC, CardStyle.RICH)
CHOICES = Capabilities(card_styles=STYLES, post_modes=(PostMode.PAGES, PostMode.THREADS), can_publish=True)


def text_of(card: Card) -> str:
    return " ".join(re.sub(r"[╭╮╰╯│─•]", " ", str(card_to_json(card)["text"])).split())


async def send_text(
    app: App, text: str, language: str = "en", can: Capabilities = DEFAULT_CAPABILITIES
) -> tuple[Card, str]:
    return await send_message(app, IncomingMessage(ADDRESS, text, language, capabilities_for=lambda _: can))


async def send_message(app: App, message: IncomingMessage) -> tuple[Card, str]:
    card = (await app.dispatcher.handle_message(message)).card
    return card, text_of(card)


def list_commands(card: Card) -> list[str]:
    """What a card's buttons do, those beside its items first."""
    items = [block.button for block in card.blocks if isinstance(block, ListItem) and block.button]
    return [button.command for button in (*items, *card.buttons) if button.command]


# Who may use each command in a group, whether the bot must be able to post for it, and whether its answer is for the
# person alone.
TABLE = {
    "start": ("everyone", False, True),
    "help": ("everyone", False, True),
    "topics": ("everyone", False, True),
    "subscribe": ("moderators", True, True),
    "subscriptions": ("everyone", False, True),
    "unsubscribe": ("moderators", False, True),
    "settings": ("moderators", False, True),
    "pause": ("moderators", False, True),
    "resume": ("moderators", True, True),
    "latest": ("everyone", False, False),
    "digest": ("everyone", False, False),
    "paper": ("everyone", False, False),
    "search": ("everyone", False, False),
    "save": ("personal", False, True),
    "unsave": ("personal", False, True),
    "saved": ("personal", False, True),
    "forgetme": ("moderators", False, True),
}


def test_the_table_has_every_command_once() -> None:
    assert [command.name for command in COMMANDS] == list(TABLE)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_for_whom_it_should_be_and_asks_first_whether_the_bot_may_post(command) -> None:
    assert (command.audience.value, command.needs_post_permission, command.ephemeral) == TABLE[command.name]


def test_every_commands_usage_tells_what_may_follow_its_name() -> None:
    usages = {command.name: command.usage for command in COMMANDS if command.usage}
    assert usages == {
        "subscribe": "TOPIC [TIME] [TIMEZONE] [DAYS]",
        "unsubscribe": "TOPIC",
        "settings": "[NAME] [VALUE]",
        "latest": "[TOPIC]",
        "digest": "TOPIC [DATE]",
        "paper": "ID",
        "search": "WORDS",
        "save": "ID",
        "unsave": "ID",
    }


# -- in a group: who may, and what the bot lacks ------------------------------------------------------------------

GROUP = Address("console", "group")
MEMBER, OTHER = Address("console", "member"), Address("console", "other")
LINES = {  # every command as it would change something
    "start": "/start",
    "subscribe": "/subscribe climate-emulation 09:30",
    "unsubscribe": "/unsubscribe protein-design",
    "settings": "/settings language zh",
    "latest": "/latest protein-design",
    "digest": "/digest protein-design 2026-11-23",
    "paper": "/paper 2611.90112",
    "search": "/search antibody",
    "save": "/save 2611.90112",
    "unsave": "/unsave 2611.90112",
    "forgetme": "/forgetme yes",
}


async def deny_moderator() -> bool:
    return False


async def read_state(app: App) -> object:
    """All that a group's moderators decide."""
    group = await app.subscriptions.find(GROUP)
    return group, await app.subscriptions.list_for(group) if group else []


async def test_a_member_of_a_group_changes_nothing_of_what_it_receives(app: App) -> None:
    await send_message(app, IncomingMessage(GROUP, "/subscribe protein-design", "en"))
    await send_message(app, IncomingMessage(GROUP, "/pause", "en"))
    before = await read_state(app)
    for name, (audience, _, _) in TABLE.items():
        message = IncomingMessage(
            GROUP, LINES.get(name, f"/{name}"), "en", user=MEMBER, is_moderator=deny_moderator, title="Reading club"
        )
        card, words = await send_message(app, message)
        refused = "Only administrators of this chat can change what it receives" in words
        assert refused is (audience == "moderators"), name
        assert card.ok is not refused, name
        assert await read_state(app) == before, name
    for line in ("/start topic_climate-emulation", "/settings", "/forgetme", "forgetme", "/RESUME@the_bot"):
        card, words = await send_message(
            app, IncomingMessage(GROUP, line, "en", user=MEMBER, is_moderator=deny_moderator)
        )
        assert "Only administrators" in words, line
        assert await read_state(app) == before, line


async def test_a_refusal_is_the_sentence_of_its_platform_and_comes_before_what_the_bot_lacks(app: App) -> None:
    async def fail_if_asked(wants: Preferences) -> list[str]:
        raise AssertionError("nobody asks what a member's command would need")

    denial_key = "discord_moderators_only"
    message = IncomingMessage(
        GROUP,
        "/subscribe nerf",
        is_moderator=deny_moderator,
        title="Reading club",
        denial_key=denial_key,
        missing_permissions=fail_if_asked,
        language="en",
    )
    assert (
        "Only members with “Manage Channels” or “Manage Server” can change what Reading club receives"
        in (await send_message(app, message))[1]
    )


async def test_whether_somebody_moderates_is_asked_for_what_only_moderators_may(app: App) -> None:
    asked: list[str] = []
    for name in TABLE:

        async def allow_and_note(name: str = name) -> bool:
            asked.append(name)
            return True

        await send_message(
            app, IncomingMessage(GROUP, LINES.get(name, f"/{name}"), "en", user=MEMBER, is_moderator=allow_and_note)
        )
    assert asked == [name for name, (audience, _, _) in TABLE.items() if audience == Audience.MODERATORS]


async def test_where_the_bot_may_not_post_nothing_begins_to_be_delivered(app: App) -> None:
    await send_message(app, IncomingMessage(GROUP, "/subscribe protein-design", "en"))
    await send_message(app, IncomingMessage(GROUP, "/pause", "en"))
    before = await read_state(app)
    wanted: list[Preferences] = []

    async def list_missing(wants: Preferences) -> list[str]:
        wanted.append(wants)
        return ["send_messages"]

    for line in (
        "/resume", "/subscribe climate-emulation", "/start topic_climate-emulation", "/settings posts threads",
    ):  # fmt: skip
        message = IncomingMessage(
            GROUP, line, "en", title="papers", missing_permissions=list_missing, capabilities_for=lambda _: CHOICES
        )
        card, words = await send_message(app, message)
        assert not card.ok, line
        assert "I cannot post in papers yet. Allow me “Send Messages”" in words, line
        assert await read_state(app) == before, line
    assert [wants.post_mode for wants in wanted] == [PostMode.PAGES, PostMode.PAGES, PostMode.PAGES, PostMode.THREADS]
    wanted.clear()
    for line in ("/unsubscribe protein-design", "/settings language zh", "/settings", "/pause", "/forgetme yes"):
        card, _ = await send_message(app, IncomingMessage(GROUP, line, "en", missing_permissions=list_missing))
        assert card.ok, line
    assert wanted == []


async def test_what_somebody_keeps_in_a_group_is_their_own(app: App) -> None:
    def make_message(text: str, person: Address, **more: bool) -> IncomingMessage:
        return IncomingMessage(GROUP, text, "en", user=person, is_moderator=deny_moderator, **more)  # type: ignore[arg-type]

    await send_message(app, make_message("/save 2611.90112", MEMBER))
    assert await app.subscriptions.find(GROUP) is None
    assert "LoopSmith" in (await send_message(app, make_message("/saved", MEMBER)))[1]
    assert "LoopSmith" in (await send_message(app, IncomingMessage(MEMBER, "/saved", "en")))[1]
    assert "You have no saved papers yet" in (await send_message(app, make_message("/saved", OTHER)))[1]
    assert "Not in your saved papers" in (await send_message(app, make_message("/unsave 2611.90112", OTHER)))[1]
    assert await app.subscriptions.find(OTHER) is None
    shown = {
        "mine": make_message("/paper 2611.90112", MEMBER),
        "another's": make_message("/paper 2611.90112", OTHER),
        "for all to see": make_message("/paper 2611.90112", MEMBER, is_public=True),
    }
    offered = {name: list_commands((await send_message(app, line))[0])[0] for name, line in shown.items()}
    assert offered == {
        "mine": "unsave 2611.90112",
        "another's": "save 2611.90112",
        "for all to see": "save 2611.90112",
    }
    assert "Unsave" in (await send_message(app, make_message("/unsave 2611.90112", MEMBER)))[1]
    assert "You have no saved papers yet" in (await send_message(app, IncomingMessage(MEMBER, "/saved", "en")))[1]


async def test_a_group_is_known_by_its_title_by_who_set_it_up_and_by_how_it_wants_digests(app: App) -> None:
    message = IncomingMessage(
        GROUP,
        "/subscribe protein-design",
        "zh-hans",
        MEMBER,
        title="Club",
        moderator_chat="member",
        default_post_mode=PostMode.THREADS,
    )
    await send_message(app, message)
    group = await app.subscriptions.find(GROUP)
    assert group is not None
    assert (group.title, group.moderator_chat) == ("Club", "member")
    assert (group.preferences.language, group.preferences.post_mode) == ("zh", PostMode.THREADS)


@pytest.mark.parametrize(
    ("spoken", "answered"),
    [("en", "Topics"), ("EN-GB", "Topics"), ("fr", "Topics"), ("zh", "主题"), ("zh-CN", "主题"), ("ZH-hant", "主题"),
     ("", "主题")],
)  # fmt: skip
async def test_whoever_set_no_language_is_answered_in_their_own_or_the_operators(
    empty_app: App, spoken: str, answered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = Preferences(language="zh")
    monkeypatch.setattr(empty_app.subscriptions, "_defaults", defaults)
    assert answered in (await send_text(empty_app, "/topics", spoken))[1]
    preferences = await empty_app.subscriptions.preferences_for(ADDRESS, spoken)
    assert preferences == Preferences(language="en" if answered == "Topics" else "zh")


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
    _, words = await send_text(empty_app, f"/{command.example}")
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
        ("/digest protein-design 2026-11-19", ["has no digest for 2026-11-19", "2026-11-23", "Try this: /digest"]),
        ("/paper 2611.90112", ["LoopSmith", "0.71", "Abstract",
         "Code: https://github.com/example/loopsmith", "figures.example.org"]),
        ("/paper https://arxiv.org/abs/2611.90112v1", ["LoopSmith"]),
        ("arXiv:2611.90112", ["LoopSmith"]),
        ("/paper 2611.90112 full", ["Antibody design needs loops", "Conclusion"]),
        ("/paper 2611.90031", ["Part of the generated text was left out"]),
        ("/search antibody loops", ["LoopSmith"]),
        ("/search 装配", ["从字幕到动作"]),
        ("/search 触觉 定位", ["TactileAnchor"]),
        ("/search Oduya", ["LoopSmith"]),
        ("antibody", ["1 paper found", "LoopSmith"]),
        ("/help", ["/subscribe TOPIC [TIME] [TIMEZONE] [DAYS]", "Example: /digest nerf 2024-06-29"]),
    ],
)  # fmt: skip
async def test_reading(app: App, text: str, says: list[str]) -> None:
    _, words = await send_text(app, text)
    for part in says:
        assert part in words
    assert "XXXX" not in words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/subscribe protein-design", "You get each digest at 08:00 (UTC), every day. Next: 2026-11-25 08:00."),
        ("/subscribe Protein Design 7:30pm", "You get each digest at 19:30 (UTC), every day. Next: 2026-11-24 19:30."),
        (
            "/subscribe protein design 08:00 Asia/Shanghai mon-fri",
            "at 08:00 (Asia/Shanghai), Monday to Friday. Next: 2026-11-25 08:00.",
        ),
        ("/subscribe protein-design tokyo 周一,周三 7:15", "at 07:15 (Asia/Tokyo), Mon, Wed. Next: 2026-11-25 07:15."),
        ("/subscribe protein-design UTC+8", "at 08:00 (Etc/GMT-8)"),
        ("/subscribe 具身智能 instant", "as soon as it is available"),
    ],
)
async def test_subscribing(app: App, text: str, says: str) -> None:
    card, words = await send_text(app, text)
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
        ("/subscribe", "Please name a topic", "/subscribe climate-emulation"),
        (
            "/subscribe protein-design 25:00",
            "“25:00” is not a time of day",
            "/subscribe protein-design 08:00 Europe/Berlin mon-fri",
        ),
        ("/subscribe protein-design Mars/Base", "“Mars/Base” is not a timezone", "/subscribe protein-design 08:00"),
        ("/subscribe protein-design sometimes", "I do not understand “sometimes”", "/subscribe protein-design"),
        ("/digest protein-design 2026-02-30", "“2026-02-30” is not a date", "/digest protein-design 2026-11-23"),
        (
            "/digest protein-design 2026-11-23 p9",
            "There is no page 9; the last one is 1",
            "/digest protein-design 2026-11-23 p1",
        ),
        ("/paper", "Please give a paper's arXiv ID", "/paper 2410.18974"),
        ("/paper hello", "“hello” is not an arXiv ID", "/paper 2410.18974"),
        ("/paper 1706.03762", "Paper 1706.03762 is not in any digest here", "/paper 2611."),
        ("/search", "Please say what to search for", "/search"),
        ("/settings colour red", "“colour” is not a setting", "/settings timezone Europe/Berlin"),
        ("/settings time noon", "“noon” is not a time of day", "/settings time 08:00"),
        ("/settings timezone Berln", "“Berln” is not a timezone", "/settings timezone Europe/Berlin"),
        ("/settings days never", "“never” does not name any weekdays", "/settings days mon-fri"),
        ("/settings language fr", "“fr” is not a language", "/settings language zh"),
        ("/settings layout huge", "“huge” is not a layout", "/settings layout headlines"),
        ("/" + "x" * 2000, "too long", "/help"),
        ("/" + "x" * 1000, "too long", "/help"),
        ("/" + "x" * 999, f"There is no command “/{'x' * 40}”.", "/help"),
        ("/paper " + "x" * 90, f"“{'x' * 80}” is not an arXiv ID", "/paper 2410.18974"),
        ("/latest protein-design p2", "There is no page 2; the last one is 1", "/digest protein-design 2026-11-23 p1"),
        ("/search antibody p2", "There is no page 2; the last one is 1", "/search antibody p1"),
        ("/settings posts", "“Posts” has no effect here", "/settings time 07:30"),
        ("/digest protein-design 2026-13-01", "“2026-13-01” is not a date", "/digest protein-design 2026-11-23"),
        ("/subscribe protein-design 13pm", "“13pm” is not a time of day", "/subscribe protein-design 08:00"),
        ("/subscribe protein-design UTC+99", "I do not understand “UTC+99”", "/subscribe protein-design 08:00"),
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
        "/latest protien design",
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
        await send_text(app, "/" + done.buttons[0].command)
        assert (await send_text(app, "/settings"))[0] == before_card
        assert (await send_text(app, "/subscriptions"))[1] == before


@pytest.mark.parametrize("name", ["timezone", "time", "days", "language", "layout", "format", "posts", "publish"])
async def test_a_setting_without_a_value_offers_some_to_choose_from(app: App, name: str) -> None:
    card, _ = await send_text(app, f"/settings {name}", can=CHOICES)
    switches = [button for button in card.buttons if button.is_on is not None]
    assert [button.is_on for button in switches].count(True) == 1
    other = next(button for button in switches if not button.is_on)
    assert (await send_text(app, f"/{other.command}", can=CHOICES))[0].ok
    after, _ = await send_text(app, f"/{card.command}", can=CHOICES)
    assert [button.command for button in after.buttons if button.is_on] == [other.command]


@pytest.mark.parametrize("line", ["format classic", "posts threads", "publish on"])
async def test_a_setting_that_makes_no_difference_here_is_refused(app: App, line: str) -> None:
    card, words = await send_text(app, f"/settings {line}")
    assert not card.ok
    assert "has no effect here" in words
    assert await app.subscriptions.find(ADDRESS) is None


async def test_what_a_setting_cannot_be_is_named(app: App) -> None:
    for line, expected in (
        ("posts piles", "pages or threads"),
        ("posts forum", "pages or threads"),
        ("publish maybe", "neither on nor off"),
    ):
        card, words = await send_text(app, f"/settings {line}", can=CHOICES)
        assert not card.ok
        assert expected in words


async def test_where_the_bot_may_not_post_nothing_is_subscribed_and_what_is_missing_is_named(app: App) -> None:
    async def list_missing(wants: Preferences) -> list[str]:
        return ["view_channel", "send_messages"]

    message = IncomingMessage(
        ADDRESS, "/subscribe protein-design", "en", title="papers", missing_permissions=list_missing
    )
    card = (await app.dispatcher.handle_message(message)).card
    assert not card.ok
    assert "papers yet. Allow me “View Channel”, “Send Messages”" in str(card_to_json(card)["text"]).replace("│", " ")
    assert await app.subscriptions.find(ADDRESS) is None


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


async def test_kept_papers_are_listed_newest_first_and_let_go(app: App, clock) -> None:
    await send_text(app, "/save 2611.90112")
    clock.advance(minutes=1)
    await send_text(app, "/save arXiv:2611.90127v1")
    assert "Already saved: " in (await send_text(app, "/save 2611.90127"))[1]
    _, words = await send_text(app, "/saved")
    assert words.index("Does a Fold") < words.index("LoopSmith")
    await send_text(app, "/unsave 2611.90127")
    assert "Does a Fold" not in (await send_text(app, "/saved"))[1]


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


async def test_another_setting_puts_off_nothing_that_is_due(app: App, clock) -> None:
    await send_text(app, "/subscribe protein-design 10:00")
    clock.set("2026-11-24 10:00")
    await send_text(app, "/settings language zh")
    platform = RecordingPlatform()
    assert (await app.build_delivery_service([platform]).run_cycle()).sent == 1


# -- what was understood ------------------------------------------------------------------------------------------


async def test_a_line_without_a_slash_is_a_command_alone_a_paper_or_words_to_search_for(app: App) -> None:
    for line, says in (
        ("topics", "Topics"),
        ("latest antibody loops", "“latest antibody loops”"),
        ("what about https://arxiv.org/abs/2611.90112v1 ?", "LoopSmith: Designing"),
        ("2611.90112", "LoopSmith: Designing"),
        ("2611.90112 loops", "“2611.90112 loops”"),
        ("  /latest   protein-design ", "Protein Design · 2026-11-23"),
        ("/start paper_2611-90112", "LoopSmith: Designing"),
        ("/start latest_protein-design", "Protein Design · 2026-11-23"),
        ("/start nonsense", "Good morning"),
        ("", "Commands"),
        ("antibody " * 111, "antibody"),  # 999 characters
    ):
        assert says in (await send_text(app, line))[1], line


async def test_a_topics_name_is_the_longest_run_of_words_that_is_one(empty_app: App, tmp_path: Path) -> None:
    for topic in ("Daily", "Daily Light", "Daily Light Transport"):
        (tmp_path / f"{topic}.md").write_text(make_page(make_page_entry(), title=topic), "utf-8")
    await load_page(empty_app, tmp_path)
    for line, title in (
        ("/subscribe daily", "Daily"),
        ("/subscribe daily daily", "Daily"),
        ("/subscribe daily light", "Daily Light"),
        ("/subscribe daily light transport 7:00", "Daily Light Transport"),
    ):
        assert f"Subscribed: {title} You get" in (await send_text(empty_app, line))[1], line
    assert "07:00 (UTC)" in (await send_text(empty_app, "/subscriptions"))[1]


async def load_page(app: App, folder: Path) -> None:
    async with PageFetcher(20_000_000) as fetcher:
        assert (await PageLoader(app.store, app.clock, fetcher).load(find_pages([str(folder)]), lambda _: None)).is_ok


# -- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2])
async def test_pages_follow_each_other_to_the_last_and_there_is_none_after_it(app: App, clock, size: int) -> None:
    for number in ("2611.90112", "2611.90127", "2611.90417"):
        await send_text(app, f"/save {number}")
        clock.advance(minutes=1)
    few = Capabilities(page_size=size)
    for first, line in (
        ("/latest protein-design", "digest protein-design 2026-11-23"),
        ("/digest protein-design 2026-11-23", "digest protein-design 2026-11-23"),
        ("/search of", "search of"),
        ("/saved", "saved"),
    ):
        whole, _ = await send_text(app, first, can=Capabilities(page_size=100))
        wanted = [block.url for block in whole.blocks if isinstance(block, ListItem)]
        assert len(wanted) > 2, first
        assert whole.buttons == ()
        last = -(-len(wanted) // size)
        found: list[str] = []
        for shown in range(1, last + 1):
            card, _ = await send_text(app, f"/{line} p{shown}" if shown > 1 else first, can=few)
            items = [block for block in card.blocks if isinstance(block, ListItem)]
            assert [item.position for item in items] == list(range(len(found) + 1, len(found) + len(items) + 1))
            assert len(items) == size or shown == last
            found += [item.url for item in items]
            around = ([shown - 1] if shown > 1 else []) + ([shown + 1] if shown < last else [])
            assert [button.command for button in card.buttons] == [f"{line} p{number}" for number in around]
            assert card.command == (f"{line} p{shown}" if shown > 1 else line)
        assert found == wanted
        card, words = await send_text(app, f"/{line} p{last + 1}", can=few)
        assert not card.ok
        assert f"There is no page {last + 1}; the last one is {last}." in words
        assert f"/{line} p{last}" in words


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # what is said of the count is the same on both
async def test_a_thousand_papers_found_are_more_than_a_thousand(empty_app: App, clock) -> None:
    many = [make_entry(f"2611.{number:05}", title="Zebras", sections=(), takeaways=()) for number in range(1000)]
    for count, says in ((999, "999 papers found"), (1000, "More than 1,000 papers found")):
        pages = [(PageKey("a", str(count), {}), [make_digest(entries=many[:count])])]
        await empty_app.store.digests.save_pages(pages, clock.now())
        assert says in (await send_text(empty_app, "/search zebras"))[1]


async def test_of_several_topics_the_newest_digest_is_a_choice_and_of_one_it_is_shown(app: App) -> None:
    everything, words = await send_text(app, "/latest")
    assert len(list_commands(everything)) == 4
    assert "You are not subscribed to any topic yet. Pick one" in words
    await send_text(app, "/subscribe climate-emulation")
    assert "Climate Emulation · 2026-11-2" in (await send_text(app, "/latest"))[1]
    await send_text(app, "/subscribe protein-design")
    mine, words = await send_text(app, "/latest")
    assert set(list_commands(mine)) == {"latest climate-emulation", "latest protein-design"}
    assert "Pick one" not in words
    newest = [str(line) for block in mine.blocks if isinstance(block, ListItem) for line in block.lines]
    assert newest == sorted(newest, reverse=True)


async def test_the_only_topic_there_is_is_shown_and_of_more_the_newest_comes_first(
    empty_app: App, tmp_path: Path
) -> None:
    assert "No digests are loaded yet" in (await send_text(empty_app, "/latest"))[1]
    for topic, day in (("Middle", "2026-11-22"), ("Newest", "2026-11-23"), ("Oldest", "2026-11-20")):
        (tmp_path / f"{topic}.md").write_text(make_page(make_page_entry(), title=topic, date=day, update=day), "utf-8")
        await load_page(empty_app, tmp_path)
        if topic == "Middle":
            assert (await send_text(empty_app, "/latest"))[1].startswith("Middle · 2026-11-22 1 paper")
    for line, order in (
        ("/help", ["newest", "middle", "oldest"]),
        ("/subscribe oldest", []),  # of one topic its digest is shown
        ("/subscribe middle", ["middle", "oldest"]),
    ):
        await send_text(empty_app, line)
        card, _ = await send_text(empty_app, "/latest")
        assert [command.split()[1] for command in list_commands(card) if command.startswith("latest")] == order


async def test_a_day_is_named_by_its_date_or_by_a_word(app: App, clock) -> None:
    clock.set("2026-11-24 01:00")
    for day, shown in (("2026-11-23", "2026-11-23"), ("yesterday", "2026-11-23"), ("2026/11/20", "2026-11-20")):
        assert f"Protein Design · {shown}" in (await send_text(app, f"/digest protein design {day}"))[1]
    card, words = await send_text(app, "/digest protein-design today")
    assert not card.ok
    assert "has no digest for 2026-11-24" in words
    dates = [button.command.split()[-1] for button in card.buttons]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == "2026-11-23"
    assert len(dates) == 4


# -- subscriptions ------------------------------------------------------------------------------------------------


async def test_each_option_of_a_subscription_is_its_own_and_the_rest_follows_the_chat(app: App) -> None:
    await send_text(app, "/settings timezone Europe/Berlin")
    await send_text(app, "/settings time 07:00")
    for options, says in (
        ("", "07:00 (Europe/Berlin), every day; next 2026-11-25 07:00"),
        ("9:30", "09:30 (Europe/Berlin), every day; next 2026-11-25 09:30"),
        ("sat,sun", "07:00 (Europe/Berlin), Saturday and Sunday; next 2026-11-28 07:00"),
        ("Asia/Tokyo", "07:00 (Asia/Tokyo), every day; next 2026-11-25 07:00"),
        ("12am", "00:00 (Europe/Berlin), every day; next 2026-11-25 00:00"),
        ("12pm mon,tue", "12:00 (Europe/Berlin), Mon, Tue; next 2026-11-24 12:00"),
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
    await send_text(app, "/subscribe protein-design 9:30")
    await send_text(app, "/subscribe climate-emulation")
    await send_text(app, "/settings time 06:00")
    _, words = await send_text(app, "/subscriptions")
    assert "/unsubscribe climate-emulation 06:00 (Europe/Berlin)" in words
    assert "/unsubscribe protein-design 09:30 (Europe/Berlin)" in words


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
    await send_text(app, "/subscribe 语音翻译 10:45 instant")
    card, words = await send_text(app, "/pause")
    assert ("Paused." in words, list_commands(card)) == (True, ["resume"])
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
    assert words == "Deliveries have resumed. Next: Protein Design, 2026-11-24 11:00 (UTC)."
    assert "are not paused" in (await send_text(app, "/resume"))[1]
    assert "paused" not in (await send_text(app, "/subscriptions"))[1]


async def test_what_a_setting_does_not_change_is_told_and_each_time_has_its_zone(app: App) -> None:
    await send_text(app, "/subscribe protein-design 08:00 Asia/Shanghai")
    assert "Next: Protein Design, 2026-11-25 08:00 (Asia/Shanghai)." in (await send_text(app, "/settings"))[1]
    for line in ("/settings time 07:30", "/settings days weekdays"):
        assert "1 of your topics has a time of its own and keeps it: /subscriptions" in (await send_text(app, line))[1]
    await send_text(app, "/subscribe climate-emulation 09:00")
    assert "2 of your topics have a time of their own and keep it" in (await send_text(app, "/settings time 07:30"))[1]
    assert "of your topics" not in (await send_text(app, "/settings layout full"))[1]
    await send_text(app, "/settings language zh")
    await send_text(app, "/pause")
    assert "推送已暂停。用 /resume 恢复。" in (await send_text(app, "/subscriptions"))[1]


async def test_nothing_is_forgotten_until_yes(app: App) -> None:
    assert "Nothing is stored about you" in (await send_text(app, "/forgetme yes"))[1]
    await send_text(app, "/subscribe protein-design")
    await send_text(app, "/save 2611.90112")
    for line in ("/forgetme", "/forgetme no", "/forgetme yes please"):
        card, words = await send_text(app, line)
        assert "1 subscriptions, 0 deliveries, 1 saved papers" in words
        assert list_commands(card) == ["forgetme yes", "subscriptions"]
        assert await app.subscriptions.find(ADDRESS) is not None
    assert "has been deleted" in (await send_text(app, "/forgetme YES"))[1]
    assert await app.subscriptions.find(ADDRESS) is None


async def test_a_setting_is_understood_however_it_is_called_and_undone_where_it_changed(app: App) -> None:
    for line, says in (
        ("tz tokyo", "Timezone: Asia/Tokyo."),
        ("时间 12pm", "Time: 12:00."),
        ("days mon wed", "Days: Mon, Wed."),
        ("days weekdays", "Days: Monday to Friday."),
        ("days fri,sat", "Days: Fri, Sat."),
        ("days weekend", "Days: Saturday and Sunday."),
        ("days daily", "Days: every day."),
        ("layout FULL", "Layout: full."),
        ("format classic", "Card style: classic."),
        ("posts threads", "Posts: with a discussion thread"),
        ("publish yes", "Publish: on."),
        ("publish no", "Publish: off."),
        ("publish 开", "Publish: on."),
        ("publish 关", "Publish: off."),
        ("lang chinese", "语言"),
        ("语言 english", "Language: English."),
        ("language 中文", "语言"),
        ("language en", "Language: English."),
    ):
        before = await app.subscriptions.preferences_for(ADDRESS, "en")
        card, words = await send_text(app, f"/settings {line}", can=CHOICES)
        assert says in words, line
        assert len(card.buttons) == 1
        again, _ = await send_text(app, f"/settings {line}", can=CHOICES)
        assert again.buttons == (), line
        after = await app.subscriptions.preferences_for(ADDRESS, "en")
        await send_text(app, f"/{card.buttons[0].command}", can=CHOICES)
        assert await app.subscriptions.preferences_for(ADDRESS, "en") == before, line
        subscriber = await app.subscriptions.find(ADDRESS)
        assert subscriber
        await app.subscriptions.update_preferences(subscriber, **asdict(after))


@pytest.mark.parametrize(
    ("can", "here"),
    [
        (Capabilities(card_styles=STYLES), "format classic"),
        (Capabilities(post_modes=(PostMode.PAGES, PostMode.THREADS)), "posts threads"),
        (Capabilities(can_publish=True), "publish on"),
    ],
    ids=["format", "posts", "publish"],
)
async def test_a_setting_is_there_where_the_platform_can_do_it(app: App, can: Capabilities, here: str) -> None:
    shown, _ = await send_text(app, "/settings", can=can)
    assert [command.split()[1] for command in list_commands(shown)][5:] == [here.split(maxsplit=1)[0]]
    for line in ("format classic", "posts threads", "publish on"):
        assert (await send_text(app, f"/settings {line}", can=can))[0].ok is (line == here)


async def test_a_change_shows_at_once_in_the_language_and_form_that_it_chose(app: App) -> None:
    answer = await app.dispatcher.handle_message(IncomingMessage(ADDRESS, "/settings language zh", "en"))
    assert answer.preferences.language == "zh"
    answer = await app.dispatcher.handle_message(
        IncomingMessage(ADDRESS, "/settings format classic", "en", capabilities_for=lambda _: CHOICES)
    )
    assert answer.preferences.card_style is CardStyle.CLASSIC
    answer = await app.dispatcher.handle_message(
        IncomingMessage(ADDRESS, "/nonsense", "en")
    )  # the chat's language goes before a person's
    assert answer.preferences.language == "zh"
    assert "没有" in text_of(answer.card)


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


async def test_a_topic_that_is_called_as_a_page_would_be_is_read(app: App) -> None:
    pages = [(PageKey("P53", "", {}), [make_digest("P53")])]
    await app.store.digests.save_pages(pages, app.clock.now())
    for line in ("/latest p53", "/digest p53", "/latest P53 p1"):
        card, words = await send_text(app, line)
        assert (card.ok, "P53" in words) == (True, True), words
    assert "53" in (await send_text(app, "/search p53"))[1]
    assert "p2" not in (await send_text(app, "/latest"))[1]
