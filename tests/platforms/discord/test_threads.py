"""Threads that are put away, locked, opened again and not told of; forums and their tags."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from digestbot.app import App, open_platform
from digestbot.domain.subscription import Address
from digestbot.platforms.discord import DiscordPlatform
from digestbot.settings import DiscordSettings
from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.api.world import FORUM, PRIVATE_THREAD, TEXT, THREAD, Channel, Guild, User
from tests.platforms.discord.conftest import RunningBot, Starts
from tests.platforms.discord.test_faults import make_due
from tests.platforms.mornings import load_digest, read_rows
from tests.waiting import HANG_SECONDS

POSTS = r"/channels/\d+/threads$"
MANAGE_THREADS, MANAGE_CHANNELS, THREADS_MADE = 1 << 34, 1 << 4, 1 << 35


@pytest.fixture
async def bot(
    empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[RunningBot]:
    """The bot, with a digest of today, when it has looked at all servers by itself."""
    await load_digest(empty_app)
    async with start_bot(empty_app, api) as running:
        await api.wait_until(lambda: "discord_listening" in capsys.readouterr().out)
        yield running


@pytest.fixture
async def papers(bot: RunningBot, api: DiscordApi, lab: Guild) -> Channel:
    papers = lab.create_channel("papers")
    await api.gateway.broadcast_event("CHANNEL_CREATE", papers.to_json())
    return papers


@pytest.fixture
async def thread(bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel) -> Channel:
    """A thread that is subscribed."""
    thread = lab.create_channel("reading", THREAD, parent=papers, owner=mod.user)
    await api.gateway.broadcast_event("THREAD_CREATE", thread.to_json())
    done = await mod.slash(thread, "subscribe", topic="topic-a", time="10:00")
    assert "Subscribed" in done.text, done.text
    return thread


def set_permissions(api: DiscordApi, channel: Channel, *, allow: int = 0, deny: int = 0) -> None:
    """What the bot may do in a channel, beside the usual."""
    channel.overwrites = [{"id": str(api.bot.id), "type": 1, "allow": str(allow), "deny": str(deny)}]
    channel.bot_may.value = channel.bot_may.value & ~deny | allow


async def read_pause_reason(bot: RunningBot, channel: Channel) -> str:
    """Why a channel is paused."""
    assert channel.guild
    found = await bot.app.subscriptions.find(Address("discord", str(channel.guild.id), str(channel.id)))
    assert found
    return found.pause_reason


async def until_paused(bot: RunningBot, channel: Channel, *, paused: bool) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while bool(await read_pause_reason(bot, channel)) is not paused:
            await asyncio.sleep(0.01)


async def next_day(bot: RunningBot, clock: ManualClock) -> int:
    """The next day's digest is there, and delivered; to how many."""
    await load_digest(bot.app, day="2026-11-25")
    clock.set("2026-11-25 10:00")
    return (await bot.deliver()).sent


# -- threads -----------------------------------------------------------------------------------------------------


async def test_a_thread_that_was_put_away_is_posted_in_and_so_opened(
    bot: RunningBot, api: DiscordApi, thread: Channel, clock: ManualClock
) -> None:
    await api.update_thread(thread, archived=True)
    await api.wait_until(
        lambda: bot.platform.client.get_channel(thread.id) is None
    )  # the gateway tells of open ones only
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1
    assert len(thread.messages) == 1
    assert not thread.archived
    await api.wait_until(lambda: bot.platform.client.get_channel(thread.id))
    assert await next_day(bot, clock) == 1


@pytest.mark.parametrize("archived", [True, False])
async def test_a_thread_that_is_locked_is_paused_and_goes_on_once_it_is_opened(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, thread: Channel, clock: ManualClock, archived: bool
) -> None:
    await make_due(bot, mod, clock, papers)
    papers.refuses = (403, 50013, "Missing Permissions")
    await api.update_thread(thread, archived=archived, locked=True)
    assert (await bot.deliver()).not_sent == 2
    assert "locked" in await read_pause_reason(bot, thread)
    told = [message_view.get_text(message) for message in api.get_private_channel(mod.user).messages]
    assert sum("locked" in text and "#reading" in text for text in told) == 1
    await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
    await until_paused(bot, papers, paused=False)
    assert await read_pause_reason(bot, thread), "it is locked as before"
    papers.refuses = None
    await api.update_thread(thread, archived=False, locked=False)
    await until_paused(bot, thread, paused=False)
    assert await next_day(bot, clock) == 2
    assert len(thread.messages) == 1


async def test_a_locked_thread_is_posted_in_where_the_bot_manages_threads(
    bot: RunningBot, api: DiscordApi, papers: Channel, thread: Channel, clock: ManualClock
) -> None:
    set_permissions(api, papers, allow=MANAGE_THREADS)
    await api.update_thread(thread, archived=True, locked=True)
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1


async def test_one_that_was_locked_goes_on_when_the_bot_manages_threads(
    bot: RunningBot, api: DiscordApi, papers: Channel, thread: Channel, clock: ManualClock
) -> None:
    await api.update_thread(thread, locked=True)
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1
    set_permissions(api, papers, allow=MANAGE_THREADS)
    await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
    await until_paused(bot, thread, paused=False)
    assert await next_day(bot, clock) == 1


@pytest.mark.parametrize("fault", [{}, {"kind": 403}, {"kind": 503, "by": "page"}, {"kind": "reset-before"}], ids=str)
async def test_a_thread_that_was_put_away_is_not_taken_for_deleted_at_the_next_start(
    bot: RunningBot,
    api: DiscordApi,
    mod: Person,
    papers: Channel,
    thread: Channel,
    start_bot: Starts,
    fault: dict[str, Any],
) -> None:
    gone = papers.guild.create_channel("gone") if papers.guild else papers
    await make_due(bot, mod, ManualClock("2026-11-24 09:00"), gone)
    assert gone.guild
    gone.guild.channels.remove(gone)
    thread.archived = True
    if fault:
        api.fail_next("GET", f"/channels/{thread.id}$", **fault)
    async with start_bot(bot.app, api):
        await until_paused(bot, gone, paused=True)  # after each that the gateway did not tell of was asked for
        assert await read_pause_reason(bot, gone) == "the channel was deleted"
        assert await read_pause_reason(bot, thread) == ""


async def test_a_private_thread_is_there_for_who_manages_threads(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, ada: Person, papers: Channel
) -> None:
    secret = lab.create_channel("secret", PRIVATE_THREAD, parent=papers, owner=mod.user)
    await api.gateway.broadcast_event("THREAD_CREATE", secret.to_json())
    for allow, is_there in ((0, False), (1 << 13, False), (MANAGE_THREADS, True)):  # 1 << 13 manages messages
        papers.overwrites = [{"id": str(ada.user.id), "type": 1, "allow": str(allow), "deny": "0"}]
        await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
        done = await ada.slash(papers, "subscriptions", channel=secret)
        assert ("This channel does not exist" in done.text) is not is_there


async def test_a_deleted_thread_is_paused_and_its_channel_is_not(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, thread: Channel, clock: ManualClock
) -> None:
    await make_due(bot, mod, clock, papers)
    lab.channels.remove(thread)
    gone = {"id": str(thread.id), "guild_id": str(lab.id), "parent_id": str(papers.id), "type": THREAD}
    await api.gateway.broadcast_event("THREAD_DELETE", gone)
    await until_paused(bot, thread, paused=True)
    assert await read_pause_reason(bot, thread) == "the channel was deleted"
    assert await read_pause_reason(bot, papers) == ""


async def test_a_digest_goes_on_in_its_thread_though_that_was_put_away_meanwhile(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock: ManualClock
) -> None:
    await make_due(bot, mod, clock, papers)
    await mod.slash(papers, "settings", name="posts", value="threads")
    api.fail_next("POST", r"/messages/\d+/threads$", "cut-after")  # the thread is there, and nobody heard of it
    assert (await bot.deliver()).sent == 0
    await api.update_thread(lab.list_threads()[0], archived=True)
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1
    (made,) = lab.list_threads()
    assert (len(papers.messages), len(made.messages), made.archived) == (1, 2, False)


@pytest.mark.parametrize("event", ["GUILD_ROLE_UPDATE", "GUILD_MEMBER_UPDATE", "CHANNEL_UPDATE", "THREAD_UPDATE"])
async def test_whatever_changes_that_may_let_the_bot_post_again_it_goes_on_where_it_may(
    bot: RunningBot,
    api: DiscordApi,
    lab: Guild,
    mod: Person,
    papers: Channel,
    thread: Channel,
    clock: ManualClock,
    event: str,
) -> None:
    shut, flat = lab.create_channel("shut"), lab.create_channel("flat")
    await make_due(bot, mod, clock, shut, flat, papers)
    await mod.slash(flat, "settings", name="posts", value="threads")
    for channel, permission in ((shut, 1 << 11), (flat, THREADS_MADE)):
        set_permissions(api, channel, deny=permission)
        await api.gateway.broadcast_event("CHANNEL_UPDATE", channel.to_json())
    papers.refuses = (403, 50013, "Missing Permissions")
    assert (await bot.deliver()).not_sent == 3
    everyone = lab.to_json(api.bot)["roles"][0]
    events = {
        "GUILD_ROLE_UPDATE": {"guild_id": str(lab.id), "role": everyone | {"color": 1}},
        "GUILD_MEMBER_UPDATE": lab.to_json(api.bot)["members"][0] | {"guild_id": str(lab.id), "nick": "Digest"},
        "CHANNEL_UPDATE": papers.to_json(),
        "THREAD_UPDATE": thread.to_json(),
    }
    await api.gateway.broadcast_event(event, events[event])
    await until_paused(bot, papers, paused=False)  # the last of them
    assert await read_pause_reason(bot, shut)
    assert await read_pause_reason(bot, flat)


@pytest.mark.parametrize("posts", ["pages", "threads"])
async def test_what_the_bot_may_not_do_there_is_named(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock: ManualClock, posts: str
) -> None:
    await make_due(bot, mod, clock, papers)
    if posts == "threads":
        await mod.slash(papers, "settings", name="posts", value="threads")
    set_permissions(api, papers, deny=THREADS_MADE if posts == "threads" else 1 << 11)
    await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
    name = "Create Public Threads" if posts == "threads" else "Send Messages"
    await api.wait_until(lambda: not _can_post(bot, papers, posts))
    assert (await bot.deliver()).not_sent == 1
    assert await read_pause_reason(bot, papers) == f"the bot lacks “{name}”"


def _can_post(bot: RunningBot, channel: Channel, posts: str) -> bool:
    there: Any = bot.platform.client.get_channel(channel.id)
    may = there.permissions_for(there.guild.me)
    return bool(may.create_public_threads if posts == "threads" else may.send_messages)


async def test_a_thread_that_is_unlocked_where_it_is_put_away_goes_on_though_the_gateway_shows_it_nowhere(
    bot: RunningBot, api: DiscordApi, thread: Channel, clock: ManualClock
) -> None:
    await api.update_thread(thread, archived=True, locked=True)
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1
    assert await read_pause_reason(bot, thread)
    await api.update_thread(thread, locked=False)
    await until_paused(bot, thread, paused=False)
    assert bot.platform.client.get_channel(thread.id) is None
    assert await next_day(bot, clock) == 1


async def test_what_was_unlocked_while_nothing_ran_goes_on_at_the_next_start(
    bot: RunningBot, api: DiscordApi, papers: Channel, thread: Channel, clock: ManualClock, start_bot: Starts
) -> None:
    await api.update_thread(thread, archived=True, locked=True)
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1
    await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
    await api.wait_until(lambda: ("GET", f"/channels/{thread.id}", None) in api.requests)  # it is as it was
    thread.locked = False
    assert await read_pause_reason(bot, thread)
    async with start_bot(bot.app, api):
        await until_paused(bot, thread, paused=False)


@pytest.mark.parametrize(("language", "words"), [("en-US", "mention it there to add it"), ("zh-CN", "请在子区里提及")])
async def test_a_private_thread_that_the_bot_is_not_in_is_refused_with_how_to_add_it(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, language: str, words: str
) -> None:
    secret = lab.create_channel("secret", PRIVATE_THREAD, parent=papers, owner=mod.user)
    mod.language = language
    refused = await mod.slash(secret, "subscribe", topic="topic-a", time="10:00")
    assert words in refused.text
    assert await bot.app.subscriptions.find(Address("discord", str(lab.id), str(secret.id))) is None
    secret.archived = secret.has_bot = True  # the gateway tells nothing of it, and it is in there
    assert "topic-a" in str((await mod.slash(secret, "subscribe", topic="topic-a", time="10:00")).message.body)


async def test_one_that_it_was_removed_from_says_so_and_goes_on_when_it_is_added_again(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock: ManualClock
) -> None:
    secret = lab.create_channel("secret", PRIVATE_THREAD, parent=papers, owner=mod.user)
    await api.add_bot(secret)
    await make_due(bot, mod, clock, secret)
    await api.remove_bot(secret)
    client = bot.platform.client
    await api.wait_until(lambda: getattr(client.get_channel(secret.id), "me", None) is None)
    assert (await bot.deliver()).not_sent == 1
    assert "not in this private thread: mention it there" in await read_pause_reason(bot, secret)
    await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
    await mod.slash(papers, "subscriptions")  # after that
    assert await read_pause_reason(bot, secret)
    await api.add_bot(secret)
    await until_paused(bot, secret, paused=False)
    assert await next_day(bot, clock) == 1


async def test_a_private_thread_that_the_gateway_never_told_of_is_not_taken_for_a_lack_of_permissions(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock: ManualClock
) -> None:
    secret = lab.create_channel("secret", PRIVATE_THREAD, parent=papers, owner=mod.user, archived=True, has_bot=True)
    await make_due(bot, mod, clock, secret)
    secret.has_bot = False
    assert (await bot.deliver()).not_sent == 1
    assert "mention it there, which adds it to a private thread" in await read_pause_reason(bot, secret)


@pytest.mark.parametrize("kind", ["thread", "post"])
@pytest.mark.parametrize("what", ["deleted", "locked"])
async def test_a_digest_whose_own_thread_is_taken_away_ends_there_and_the_channel_goes_on(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock: ManualClock, kind: str, what: str
) -> None:
    place = lab.create_channel("forum", FORUM) if kind == "post" else papers
    if kind == "post":
        await api.gateway.broadcast_event("CHANNEL_CREATE", place.to_json())
    await make_due(bot, mod, clock, place)
    await mod.slash(place, "settings", name="posts", value="threads")
    api.fail_next("POST", "/channels/[0-9]+/messages$", 503, by="page", skip=kind == "thread")
    assert (await bot.deliver()).sent == 0  # its thread is open, and none of its papers are there
    (own,) = lab.list_threads()
    if what == "deleted":
        await api.delete_thread(own)
    else:
        await api.update_thread(own, locked=True)
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1
    assert await read_pause_reason(bot, place) == ""
    assert api.direct == {}, "whoever took it away knows"
    assert await next_day(bot, clock) == 1


@pytest.mark.parametrize("named", ["channel", "thread"])
async def test_a_notice_has_the_name_that_the_channel_has_now(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, thread: Channel, clock: ManualClock, named: str
) -> None:
    await mod.slash(papers, "subscribe", topic="topic-a", time="10:00")
    place = papers if named == "channel" else thread
    await api.rename(place, "preprints")
    clock.set("2026-11-24 10:00")
    address = Address("discord", str(place.guild_id), str(place.id))
    async with asyncio.timeout(HANG_SECONDS):
        while (found := await bot.app.subscriptions.find(address)) and found.title != "#preprints":
            await asyncio.sleep(0.01)
    place.refuses = (403, 50013, "Missing Permissions")
    assert (await bot.deliver()).not_sent == 1
    (told,) = api.get_private_channel(mod.user).messages
    assert "#preprints" in message_view.get_text(told)


# -- forums ------------------------------------------------------------------------------------------------------


async def forum_of(
    bot: RunningBot, mod: Person, clock: ManualClock, lab: Guild, topic: str = "topic-a", **more: Any
) -> Channel:
    """A forum that is subscribed, and it is time."""
    forum = lab.create_channel("forum", FORUM, **more)
    await mod.api.gateway.broadcast_event("CHANNEL_CREATE", forum.to_json())
    done = await mod.slash(forum, "subscribe", topic=topic, time="10:00")
    assert "Subscribed" in done.text, done.text
    clock.set("2026-11-24 10:00")
    return forum


def make_tags(*names: str, moderated: bool = False) -> list[dict[str, Any]]:
    own = {"moderated": moderated, "emoji_id": None, "emoji_name": None}
    return [{"id": str(70 + n), "name": name, **own} for n, name in enumerate(names)]


def get_only_thread(lab: Guild) -> Channel:
    (made,) = lab.list_threads()
    return made


@pytest.mark.parametrize("demanded", [True, False])
async def test_a_tag_for_moderators_is_not_used_and_made_no_second_time(
    bot: RunningBot, mod: Person, lab: Guild, clock: ManualClock, demanded: bool
) -> None:
    known = make_tags("Topic A", moderated=True)
    forum = await forum_of(bot, mod, clock, lab, tags=known, flags=demanded << 4)
    assert (await bot.deliver()).sent == (not demanded)
    assert [tag["name"] for tag in forum.tags] == ["Topic A"]
    if demanded:
        ((state, why),) = await read_rows(bot.app)
        assert (state, await read_pause_reason(bot, forum)) == ("due", "")
        assert "its tag “Topic A” is for moderators only: allow the bot “Manage Threads”" in why
    else:
        assert get_only_thread(lab).applied_tags == []


async def test_it_is_used_where_the_bot_manages_threads(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    forum = await forum_of(bot, mod, clock, lab, tags=make_tags("Topic A", moderated=True))
    set_permissions(api, forum, allow=MANAGE_THREADS)
    await api.gateway.broadcast_event("CHANNEL_UPDATE", forum.to_json())
    await api.wait_until(lambda: _can_manage_tags(bot, forum, "manage_threads"))
    assert (await bot.deliver()).sent == 1
    assert get_only_thread(lab).applied_tags == ["70"]


def _can_manage_tags(bot: RunningBot, forum: Channel, name: str) -> bool:
    there: Any = bot.platform.client.get_channel(forum.id)
    return bool(getattr(there.permissions_for(there.guild.me), name))


@pytest.mark.parametrize("demanded", [True, False])
async def test_no_tag_is_made_where_the_bot_may_not(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock, demanded: bool
) -> None:
    forum = await forum_of(bot, mod, clock, lab, flags=demanded << 4)
    set_permissions(api, forum, allow=MANAGE_THREADS, deny=MANAGE_CHANNELS)
    await api.gateway.broadcast_event("CHANNEL_UPDATE", forum.to_json())
    await api.wait_until(lambda: not _can_manage_tags(bot, forum, "manage_channels"))
    assert (await bot.deliver()).sent == (not demanded)
    assert api.list_bodies("PATCH", f"/channels/{forum.id}$") == []
    if demanded:
        ((_, why),) = await read_rows(bot.app)
        assert "add one called “Topic A”, or allow the bot “Manage Channels”" in why


@pytest.mark.parametrize("there", [0, 18, 19])
async def test_a_tag_is_made_as_long_as_there_are_less_than_twenty(
    bot: RunningBot, mod: Person, lab: Guild, clock: ManualClock, there: int
) -> None:
    forum = await forum_of(bot, mod, clock, lab, tags=make_tags(*(f"tag {n}" for n in range(there))))
    assert (await bot.deliver()).sent == 1
    assert len(forum.tags) == there + 1
    assert get_only_thread(lab).applied_tags == [forum.tags[-1]["id"]]


async def test_names_are_cut_where_discord_cuts_them(
    bot: RunningBot, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    topic = "Topic with a long name " + "of many words " * 6
    await load_digest(bot.app, topic=topic.strip())
    topics = [one.topic for one in await bot.app.catalog.list_topics() if one.topic.title == topic.strip()]
    forum = await forum_of(bot, mod, clock, lab, topics[0].slug)
    papers = lab.create_channel("papers")
    await mod.api.gateway.broadcast_event("CHANNEL_CREATE", papers.to_json())
    clock.set("2026-11-24 09:00")
    await mod.slash(papers, "subscribe", topic=topics[0].slug, time="10:00")
    await mod.slash(papers, "settings", name="posts", value="threads")
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 2
    (name,) = {one.name for one in lab.list_threads()}
    assert len(lab.list_threads()) == 2
    assert len(name) <= 100
    assert name.startswith("Topic with a long name of many words")
    assert name.endswith("many words · 2026-11-24")
    assert [tag["name"] for tag in forum.tags] == ["Topic with a…y words"]
    assert [body["auto_archive_duration"] for body in mod.api.list_bodies("POST", "/threads$")] == [10_080] * 2
    await load_digest(bot.app, topic=topic.strip(), day="2026-11-25")
    clock.set("2026-11-25 10:00")
    assert (await bot.deliver()).sent == 2
    assert len(forum.tags) == 1, "its tag is known again by what is left of its name"


async def test_of_tags_that_mean_the_same_one_is_used(
    bot: RunningBot, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    await forum_of(bot, mod, clock, lab, tags=make_tags("other", "TOPIC A", "topic a"))
    assert (await bot.deliver()).sent == 1
    assert get_only_thread(lab).applied_tags == ["71"]


async def test_tags_are_those_that_the_forum_has_though_the_gateway_has_not_told_of_them(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    forum = await forum_of(bot, mod, clock, lab, tags=make_tags("Topic A"))
    await api.replace_tags(forum, "Questions", "Papers", told=False)  # and the topic's own is there no more
    questions, papers = forum.tags
    assert (await bot.deliver()).sent == 1
    assert forum.tags[:2] == [questions, papers], "moderators' tags are what they were"
    assert [tag["name"] for tag in forum.tags] == ["Questions", "Papers", "Topic A"]
    assert get_only_thread(lab).applied_tags == [forum.tags[2]["id"]]
    await api.replace_tags(forum, told=False)
    await load_digest(bot.app, topic="Topic B")
    await mod.slash(forum, "subscribe", topic="topic-b", time="10:00")
    assert await next_day(bot, clock) == 2, "the day's of one topic, and the first of the other"
    assert sorted(tag["name"] for tag in forum.tags) == ["Topic A", "Topic B"]


@pytest.mark.parametrize("fault", [{"kind": 403}, {"kind": "reset-after"}, {"kind": 503, "by": "page"}], ids=str)
async def test_a_tag_that_could_not_be_made_holds_no_post_up(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock, fault: dict[str, Any]
) -> None:
    forum = await forum_of(bot, mod, clock, lab)
    api.fail_next("PATCH", f"/channels/{forum.id}$", **fault)
    assert (await bot.deliver()).sent == 1
    assert get_only_thread(lab).applied_tags == []


async def test_a_post_whose_answer_was_lost_is_the_bots_newest_of_that_name_in_that_forum(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    forum = await forum_of(bot, mod, clock, lab)
    other = lab.create_channel("other", FORUM)
    before = {
        "older": lab.create_channel("Topic A · 2026-11-24", THREAD, parent=forum, owner=api.bot),
        "elsewhere": lab.create_channel("Topic A · 2026-11-24", THREAD, parent=other, owner=api.bot),
        "another's": lab.create_channel("Topic A · 2026-11-24", THREAD, parent=forum, owner=User("somebody")),
        "another day's": lab.create_channel("Topic A · 2026-11-25", THREAD, parent=forum, owner=api.bot),
    }
    for number, one in enumerate(before.values()):
        one.id = (1 << 60) * (number != 0) + one.id  # all but the older one are newer than what is made
    api.fail_next("POST", POSTS, "reset-after")
    assert (await bot.deliver()).sent == 0
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1
    assert {name: len(one.messages) for name, one in before.items()} == dict.fromkeys(before, 0)
    (made,) = [one for one in lab.list_threads() if one not in before.values()]
    assert len(made.messages) == 3


async def test_a_post_of_before_is_not_taken_for_one_that_was_never_tried(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    forum = await forum_of(bot, mod, clock, lab)
    older = lab.create_channel("Topic A · 2026-11-24", THREAD, parent=forum, owner=api.bot)
    assert (await bot.deliver()).sent == 1
    assert older.messages == []
    assert api.list_bodies("GET", "/threads/active$") == []


async def test_a_page_that_takes_two_messages_opens_a_post_with_the_first_and_a_thread_with_the_last(
    bot: RunningBot, mod: Person, lab: Guild, papers: Channel, clock: ManualClock
) -> None:
    await load_digest(bot.app, count=9, title="A paper on " + "loops and folds " * 30)
    await mod.slash(papers, "subscribe", topic="topic-a", time="10:00")
    await mod.slash(papers, "settings", name="posts", value="threads")
    forum = await forum_of(bot, mod, clock, lab)
    assert (await bot.deliver()).sent == 2
    made = {one.parent.name: one for one in lab.list_threads() if one.parent}
    assert forum.messages == []
    posted, thread = made["forum"].messages, made["papers"]
    contents = len(posted) - 9
    assert contents > 1
    assert message_view.get_heading(posted[0]).startswith("Topic A · Tue 24 Nov · ")
    assert "**9. " in message_view.get_text(posted[contents - 1])
    assert all(message_view.get_heading(one).startswith("[A paper") for one in posted[contents:])
    assert len(papers.messages) > 1
    assert thread.id == papers.messages[-1].id
    assert len(thread.messages) == 9


async def test_a_forum_that_is_none_any_more_is_paused(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock: ManualClock
) -> None:
    forum = await forum_of(bot, mod, clock, lab)
    forum.type = TEXT
    settings = DiscordSettings(token=TOKEN, api_url=api.url)
    platform = DiscordPlatform(settings, bot.app.store, bot.app.catalog, bot.app.subscriptions, clock)
    async with open_platform(platform):
        assert (await bot.app.build_delivery_service([platform]).run_cycle()).not_sent == 1
    assert await read_pause_reason(bot, forum) == "the channel is no forum any more"
