"""Who may use each command in a group, and what the bot has to be able to do for it."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.commands.base import Audience
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, PostMode, Preferences
from digestbot.platforms.console.adapter import card_to_json
from tests.core.commands.asking import (
    ADDRESS,
    CHOICES,
    list_commands,
    send_message,
)

# Who may use each command in a group, whether the bot must be able to post for it, and whether its answer is for the
# person alone.
TABLE = {
    "start": ("everyone", False, True),
    "help": ("everyone", False, True),
    "topics": ("everyone", False, True),
    "subscribe": ("moderators", True, True),
    "follow": ("moderators", True, True),
    "follows": ("moderators", False, True),
    "subscriptions": ("everyone", False, True),
    "test": ("moderators", True, True),
    "unsubscribe": ("moderators", False, True),
    "settings": ("moderators", False, True),
    "filter": ("moderators", False, True),
    "mute": ("moderators", False, True),
    "rename": ("moderators", False, True),
    "import": ("moderators", True, True),
    "pause": ("moderators", False, True),
    "resume": ("moderators", True, True),
    "stop": ("moderators", False, True),
    "undo": ("moderators", False, True),
    "latest": ("everyone", False, False),
    "digest": ("everyone", False, False),
    "paper": ("everyone", False, False),
    "summarize": ("everyone", False, False),
    "ask": ("everyone", False, False),
    "search": ("everyone", False, False),
    "save": ("personal", False, True),
    "unsave": ("personal", False, True),
    "saved": ("personal", False, True),
    "note": ("personal", False, True),
    "cite": ("everyone", False, False),
    "export": ("personal", False, True),
    "related": ("everyone", False, False),
    "random": ("everyone", False, False),
    "forgetme": ("personal", False, True),
    "forget_channel": ("moderators", False, True),
}


def test_the_table_has_every_command_once() -> None:
    assert [command.name for command in COMMANDS] == list(TABLE)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_for_whom_it_should_be_and_asks_first_whether_the_bot_may_post(command) -> None:
    assert (command.audience.value, command.needs_post_permission, command.ephemeral) == TABLE[command.name]


def test_every_commands_usage_tells_what_may_follow_its_name() -> None:
    usages = {command.name: command.usage for command in COMMANDS if command.usage}
    assert usages == {
        "help": "[COMMAND]",
        "subscribe": "TOPIC [TIME] [TIMEZONE] [DAYS]",
        "follow": "[WORDS]",
        "follows": "[TOPIC]",
        "test": "[TOPIC]",
        "unsubscribe": "[TOPIC]",
        "settings": "[NAME] [VALUE]",
        "filter": "[TOPIC] [WORDS]",
        "mute": "[WORDS]",
        "rename": "TOPIC [NAME]",
        "import": "[LINES]",
        "pause": "[TOPIC] [UNTIL]",
        "resume": "[TOPIC]",
        "latest": "[TOPIC]",
        "digest": "TOPIC [DATE]",
        "paper": "PAPER",
        "summarize": "PAPER",
        "ask": "[PAPER] QUESTION",
        "search": "WORDS",
        "save": "PAPER [TAGS]",
        "unsave": "PAPER",
        "saved": "[TAG]",
        "note": "PAPER [NOTE]",
        "cite": "PAPER [FORMAT]",
        "export": "[FORMAT] [TAG]",
        "related": "PAPER",
        "random": "[WORDS]",
    }


GROUP = Address("console", "group")


MEMBER, OTHER = Address("console", "member"), Address("console", "other")


LINES = {  # every command as it would change something
    "start": "/start",
    "subscribe": "/subscribe climate-emulation 09:30",
    "follow": "/follow nerf",
    "follows": "/follows add nerf",
    "filter": "/filter protein-design antibody",
    "mute": "/mute antibody",
    "rename": "/rename protein-design Proteins",
    "import": "/import all; nerf",
    "unsubscribe": "/unsubscribe protein-design",
    "settings": "/settings language zh",
    "latest": "/latest protein-design",
    "digest": "/digest protein-design 2026-11-23",
    "paper": "/paper 2611.90112",
    "summarize": "/summarize 2611.90112",
    "ask": "/ask 2611.90112 how many designs bind?",
    "search": "/search antibody",
    "save": "/save 2611.90112",
    "unsave": "/unsave 2611.90112",
    "related": "/related 2611.90112",
    "cite": "/cite 2611.90112",
    "note": "/note 2611.90112 compare with ours",
    "forgetme": "/forgetme yes",
    "forget_channel": "/forget-channel yes",
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
    for line in ("/start topic_climate-emulation", "/settings", "/forget-channel", "/忘记频道", "/RESUME@the_bot"):
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
