"""How digests make themselves heard: the role that they call, and nobody else; silence; tests of a delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digestbot.app import App
from digestbot.domain.subscription import Address
from digestbot.platforms.discord.outgoing.announcement import Announcement
from digestbot.platforms.discord.outgoing.markup import escape, make_notification_text
from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import (
    FORUM,
    NEWS,
    SILENT,
    TEXT,
    Channel,
    Guild,
    Message,
    User,
    find_called,
    list_shown_mentions,
)
from tests.platforms.discord.conftest import RunningBot, Starts
from tests.platforms.discord.test_faults import make_due, make_known
from tests.platforms.mornings import load_digest, read_rows
from tests.waiting import HANG_SECONDS

HOSTILE = "Calling @everyone, @here, <@&{role}> and <@{person}>"
"""What a paper's title may say to call people."""


@pytest.fixture
async def bot(empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts) -> AsyncIterator[RunningBot]:
    """The bot, with a digest of today whose titles try to call everybody; and it may mention everyone."""
    lab.calls_all = True
    other = lab.create_role("Moderators")
    title = HOSTILE.format(role=other.strip("<@&>"), person=lab.owner.id)
    await load_digest(empty_app, count=3, title=title)
    async with start_bot(empty_app, api, timeout_seconds=HANG_SECONDS) as running:
        yield running


@pytest.fixture
async def readers(api: DiscordApi, lab: Guild, bot: RunningBot) -> str:
    return await api.add_role(lab, "Paper Readers")


def list_sent(lab: Guild) -> list[Message]:
    return [message for channel in lab.channels for message in channel.messages]


async def choose(mod: Person, channel: Channel, **settings: str) -> None:
    for name, value in settings.items():
        done = await mod.slash(channel, "settings", name=name, value=value)
        assert value in done.text or name == "mention" or value in ("classic", "threads", "on"), done.text


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        (TEXT, {}),
        (TEXT, {"format": "classic"}),
        (TEXT, {"posts": "threads"}),
        (TEXT, {"posts": "threads", "format": "classic", "layout": "full"}),
        (FORUM, {}),
        (FORUM, {"format": "classic"}),
        (NEWS, {"publish": "on"}),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else str(value),
)
async def test_a_digest_calls_its_role_once_and_nothing_that_a_title_says(
    bot: RunningBot,
    api: DiscordApi,
    lab: Guild,
    mod: Person,
    clock: ManualClock,
    readers: str,
    kind: int,
    chosen: dict[str, str],
) -> None:
    papers = lab.create_channel("papers", kind)
    await make_due(bot, mod, clock, papers)
    await choose(mod, papers, **chosen, mention="@Paper Readers")
    assert (await bot.deliver()).sent == 1
    sent = list_sent(lab)
    assert [message.called for message in sent] == [{readers}, *[frozenset()] * (len(sent) - 1)]
    assert [bool(message.flags & SILENT) for message in sent] == [False, *[True] * (len(sent) - 1)]
    shown = [list_shown_mentions(message.body) for message in sent]
    assert shown == [{readers}, *[set()] * (len(sent) - 1)], "the mention stays when the line becomes the card"
    number = readers.strip("<@&>")
    for body in list_message_bodies(api):
        assert {*map(str, body["allowed_mentions"].get("roles", []))} <= {number}
        assert body["allowed_mentions"]["parse"] == []


def list_message_bodies(api: DiscordApi) -> list[dict[str, Any]]:
    """Everything that was sent as a message, or as what it was edited to, whatever the path."""
    bodies = []
    for method, path, body in api.requests:
        data = body.get("data", body) if isinstance(body, dict) else {}
        message = data.get("message", data) if isinstance(data, dict) else {}
        is_message = isinstance(message, dict) and any(
            message.get(name) for name in ("content", "components", "embeds")
        )
        if method in ("POST", "PATCH") and is_message and "/commands" not in path:
            bodies.append(message)
    return bodies


@pytest.mark.parametrize("format_", ["rich", "classic"])
async def test_without_lines_for_notifications_the_role_is_called_all_the_same(
    empty_app: App, api: DiscordApi, lab: Guild, mod: Person, start_bot: Starts, clock: ManualClock, format_: str
) -> None:
    readers = lab.create_role("Readers")
    await load_digest(empty_app)
    async with start_bot(empty_app, api, push_previews=False) as bot:
        papers = lab.create_channel("papers")
        await make_due(bot, mod, clock, papers)
        await choose(mod, papers, format=format_, mention=readers)
        assert (await bot.deliver()).sent == 1
    (message,) = papers.messages
    assert message.called == {readers}


async def test_a_role_that_is_gone_is_left_out_and_stops_nothing(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock, readers: str
) -> None:
    papers = lab.create_channel("papers")
    await make_due(bot, mod, clock, papers)
    await choose(mod, papers, mention=readers)
    await api.delete_role(lab, readers)
    guild = bot.platform.client.get_guild(lab.id)
    await api.wait_until(lambda: guild and guild.get_role(int(readers.strip("<@&>"))) is None)
    assert "a deleted role" in (await mod.slash(papers, "settings")).text
    assert (await bot.deliver()).sent == 1
    assert [list_shown_mentions(message.body) for message in list_sent(lab)] == [set()]


async def test_what_a_role_cannot_be_is_said_and_a_role_that_may_not_be_called_is_kept(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, ada: Person, clock: ManualClock, readers: str
) -> None:
    papers = lab.create_channel("papers")
    await make_due(bot, mod, clock, papers)
    for value, says in (
        ("@everyone", "I never mention @"),
        ("@here", "I never mention @"),
        ("everyone", "I never mention @"),
        (f"<@&{lab.id}>", "has no role"),
        (f"<@{ada.user.id}>", "has no role"),
        ("@Paper Raeders", "has no role"),
    ):
        answer = await mod.slash(papers, "settings", name="mention", value=value)
        assert says in answer.text.replace("\u2060", "").replace("\\", ""), answer.text
    assert "Paper Readers" in "".join(message_view.list_labels(answer.message)), "the likely one is offered"
    assert "Only members with" in (await ada.slash(papers, "settings", name="mention", value=readers)).text
    subscriber = await bot.app.subscriptions.find(Address("discord", str(lab.id), str(papers.id)))
    assert subscriber
    assert subscriber.preferences.mention_role == ""
    lab.calls_all = False
    quiet_role = await api.add_role(lab, "Committee", mentionable=False)
    answer = await mod.slash(papers, "settings", name="mention", value="committee")
    assert "I may not mention" in answer.text
    assert "Mention: @" in answer.text
    assert (await bot.deliver()).sent == 1
    assert [message.called for message in papers.messages] == [frozenset()]
    assert list_shown_mentions(papers.messages[0].body) == {quiet_role}


async def test_the_role_is_chosen_from_a_list_and_undone(
    bot: RunningBot, lab: Guild, mod: Person, readers: str
) -> None:
    papers = lab.create_channel("papers")
    await make_known(mod, papers)
    offered = await mod.type_option(papers, "settings", "value", "read", name="mention")
    assert [(choice["name"], choice["value"]) for choice in offered.choices] == [
        ("@Paper Readers", readers.strip("<@&>"))
    ]
    card = await mod.slash(papers, "settings", name="mention")
    assert "@Paper Readers" in message_view.list_labels(card.message)
    done = await mod.tap(card.message, "@Paper Readers")
    assert "Mention: @" in message_view.get_text(card.message) or "Mention: @" in done.text
    changed = await mod.slash(papers, "settings", name="mention", value="off")
    assert "Mention: nobody" in changed.text
    assert "Mention: @" in (await mod.tap(changed.message, "Undo")).text


async def test_a_quiet_channel_gets_every_message_silently_and_answers_as_always(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    papers, forum = lab.create_channel("papers"), lab.create_channel("forum", FORUM)
    await make_due(bot, mod, clock, papers, forum)
    await choose(mod, papers, posts="threads")
    for channel in (papers, forum):
        answer = await mod.slash(channel, "settings", name="quiet", value="on")
        assert "Quiet: on" in answer.text
        assert not answer.message.flags & SILENT
    assert (await bot.deliver()).sent == 2
    sent = list_sent(lab)
    assert len(sent) == 8
    assert all(message.flags & SILENT for message in sent)


async def test_a_test_comes_as_the_delivery_would_calls_nobody_and_is_not_counted(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, ada: Person, clock: ManualClock, readers: str
) -> None:
    papers = lab.create_channel("papers", NEWS)
    await make_known(mod, papers)
    subscribed = await mod.slash(papers, "subscribe", topic="topic-a", time="10:00")
    await choose(mod, papers, publish="on", mention=readers, quiet="on")
    answer = await mod.tap(subscribed.message, "Send a test here")
    assert "It is not counted" in answer.text
    assert answer.ephemeral
    (test,) = papers.messages
    assert "Test: this is how digests will come here." in message_view.get_text(test)
    assert test.content.startswith(f"{readers} Test · Topic A")
    assert (test.called, bool(test.flags & SILENT), test.published) == (frozenset(), True, False)
    assert await read_rows(bot.app) == []
    assert "Only members with" in (await ada.slash(papers, "test")).text
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1
    assert papers.messages[-1].called == {readers}
    assert "Test" not in papers.messages[-1].content


async def test_a_test_in_a_forum_is_described_and_leaves_no_post(
    bot: RunningBot, lab: Guild, mod: Person, readers: str
) -> None:
    forum = lab.create_channel("forum", FORUM)
    await make_known(mod, forum)
    await mod.slash(forum, "subscribe", topic="topic-a")
    await choose(mod, forum, mention=readers)
    answer = await mod.slash(forum, "test")
    assert "such as “Topic A · 2026-11-24”, with a message for each of its 3 papers" in answer.text
    assert "Mention: @" in answer.text
    assert answer.ephemeral
    assert lab.list_threads() == []


async def test_a_test_in_threads_opens_one_that_is_marked(bot: RunningBot, lab: Guild, mod: Person) -> None:
    papers = lab.create_channel("papers")
    await make_known(mod, papers)
    await choose(mod, papers, posts="threads")
    assert "It is not counted" in (await mod.slash(papers, "test", topic="topic-a")).text
    (thread,) = lab.list_threads()
    assert thread.name == "Test · Topic A · 2026-11-24"
    assert (len(papers.messages), len(thread.messages)) == (1, 3)


async def test_where_the_bot_may_not_post_a_test_names_what_it_lacks_and_is_not_counted(
    bot: RunningBot, lab: Guild, mod: Person
) -> None:
    papers = lab.create_channel("papers")
    await make_known(mod, papers)
    papers.bot_may.send_messages = False
    assert "Allow me “Send Messages”" in (await mod.slash(papers, "test")).text
    papers.bot_may.send_messages = True
    papers.refuses = (403, 50013, "Missing Permissions")
    for _ in range(4):
        assert "The test could not be posted here" in (await mod.slash(papers, "test")).text
    papers.refuses = None
    assert "It is not counted" in (await mod.slash(papers, "test")).text


WORDS = st.lists(
    st.one_of(
        st.sampled_from(["@everyone", "@here", "<@&", "<@", "<@!", "<#", "12345678901234567", ">", "@", "&"]),
        st.text(max_size=3),
    ),
    max_size=12,
)


@given(words=WORDS, role=st.integers(0, 1 << 60), calls=st.booleans())
def test_whatever_a_title_says_a_message_shows_and_calls_its_role_alone(
    words: list[str], role: int, calls: bool
) -> None:
    title, announcement = "".join(words), Announcement(role, calls=calls)
    guild = Guild("Fold Lab", User("owner"), calls_all=True)
    body: dict[str, Any] = {
        "content": announcement.write_line(make_notification_text(title)),
        "components": [{"type": message_view.TEXT, "content": escape(title)}],
        "allowed_mentions": announcement.allowed_mentions.to_dict(),
    }
    own = {announcement.mention} - {""}
    assert list_shown_mentions(body) == own
    assert find_called(body, guild) == (own if calls else set())
    assert body["allowed_mentions"]["parse"] == []
    careless = {**body, "content": title, "components": []}
    assert find_called(careless, guild) <= own, "the allow-list holds where nothing was escaped"
