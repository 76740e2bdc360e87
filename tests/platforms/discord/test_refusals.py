"""What Discord refuses beside messages: threads, tags, titles and words; and what the moderator is told, once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from digestbot.app import App
from digestbot.domain.subscription import Address, PostMode
from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import FORUM, MEDIA, VOICE, Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts
from tests.platforms.discord.test_faults import make_due
from tests.platforms.mornings import load_digest, read_rows

MANAGE_CHANNELS, REQUIRES_TAG = 1 << 4, 1 << 4
NEW_THREADS, UNDER_MESSAGES, MESSAGES = r"/channels/\d+/threads$", r"/messages/\d+/threads$", r"/channels/\d+/messages$"
WITHOUT_THREAD = "the digest is there, but without its thread, because "


@pytest.fixture
async def bot(empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts) -> AsyncIterator[RunningBot]:
    await load_digest(empty_app)
    async with start_bot(empty_app, api) as running:
        yield running


async def open_channel(api: DiscordApi, lab: Guild, name: str, kind: int = 0, **more: object) -> Channel:
    channel = lab.create_channel(name, kind, **more)
    await api.gateway.broadcast_event("CHANNEL_CREATE", channel.to_json())
    return channel


async def next_day(bot: RunningBot, clock: ManualClock) -> int:
    day = f"2026-11-{clock.now().day + 1}"
    await load_digest(bot.app, day=day)
    clock.set(f"{day} 10:00")
    return (await bot.deliver()).sent


async def read_pause_reason(bot: RunningBot, channel: Channel) -> str:
    found = await bot.app.subscriptions.find(Address("discord", str(channel.guild_id), str(channel.id)))
    assert found
    return found.pause_reason


def list_told(api: DiscordApi, mod: Person) -> list[str]:
    """What the moderator was told in private."""
    return [message_view.get_text(message) for message in api.get_private_channel(mod.user).messages]


# -- a digest without its thread ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("full", "as many active threads as Discord allows: archive or delete some"),
        ("title", "AutoMod blocked the title: exempt the bot's role"),
        ("kind", "no threads can be opened in a channel of this kind"),
        ("unknown", "Discord says: fault 400 (error code: 160999)"),
    ],
)
async def test_a_thread_that_cannot_be_opened_leaves_the_digest_without_it_and_is_told_of_once(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock, why: str, words: str
) -> None:
    papers = await open_channel(api, lab, "papers")
    await make_due(bot, mod, clock, papers)
    await mod.slash(papers, "settings", name="posts", value="threads")
    lab.max_threads = 0 if why == "full" else 1000
    code = {"title": 200001, "kind": 50024}.get(why, 160999)
    if why != "full":
        api.fail_next("POST", UNDER_MESSAGES, 400, code=code, times=2)
    assert (await bot.deliver()).sent == 1
    assert (len(papers.messages), lab.list_threads()) == (1, [])
    assert await next_day(bot, clock) == 1
    (told,) = list_told(api, mod)
    assert "#papers" in told
    assert WITHOUT_THREAD in told
    assert words in told
    assert await read_pause_reason(bot, papers) == ""
    clock.set("2026-12-02 10:00")
    if why != "full":
        api.fail_next("POST", UNDER_MESSAGES, 400, code=code)
    await load_digest(bot.app, day="2026-12-02")
    assert (await bot.deliver()).sent == 1
    assert len(list_told(api, mod)) == 2, "it still is so after a week"


async def test_a_thread_for_which_discord_asks_to_wait_long_brings_no_digest_twice(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    papers = await open_channel(api, lab, "papers")
    await make_due(bot, mod, clock, papers)
    await mod.slash(papers, "settings", name="posts", value="threads")
    api.fail_next("POST", UNDER_MESSAGES, 429, retry_after=600)
    assert (await bot.deliver()).sent == 1
    assert len(papers.messages) == 1
    assert list_told(api, mod) == []


async def test_a_forum_in_a_server_full_of_threads_gets_its_post_when_there_is_room(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    forum = await open_channel(api, lab, "forum", FORUM)
    await make_due(bot, mod, clock, forum)
    lab.max_threads = 0
    for _ in range(2):
        assert (await bot.deliver()).sent == 0
        clock.advance(minutes=1)
    (told,) = list_told(api, mod)
    assert "archive or delete some" in told
    lab.max_threads = 1
    assert (await bot.deliver()).sent == 1
    assert len(lab.list_threads()) == 1


# -- words -------------------------------------------------------------------------------------------------------


async def test_a_digest_that_automod_blocks_is_given_up_and_the_moderator_told_what_to_do(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    papers = await open_channel(api, lab, "papers")
    await make_due(bot, mod, clock, papers)
    lab.blocked_words = ("Topic A",)
    mod.language = "zh-CN"
    await mod.slash(papers, "settings", name="language", value="zh")
    assert (await bot.deliver()).not_sent == 1
    (told,) = list_told(api, mod)
    assert "请在规则中豁免机器人的身份组" in told
    assert await read_pause_reason(bot, papers) == ""
    lab.blocked_words = ()
    assert await next_day(bot, clock) == 1


async def test_a_paper_that_automod_blocks_is_left_out_of_the_thread_and_the_others_are_there(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    papers = await open_channel(api, lab, "papers")
    await load_digest(bot.app, count=3)
    await make_due(bot, mod, clock, papers)
    await mod.slash(papers, "settings", name="posts", value="threads")
    api.fail_next("POST", MESSAGES, 400, code=200000, skip=1)  # the first paper, after the page
    assert (await bot.deliver()).sent == 1
    (thread,) = lab.list_threads()
    assert len(thread.messages) == 2
    assert len(list_told(api, mod)) == 1


@pytest.mark.parametrize(("code", "words"), [(50009, "lower the level"), (160006, "archive or delete some")])
async def test_what_a_moderator_can_mend_is_told_once_and_comes_as_soon_as_it_is(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock, code: int, words: str
) -> None:
    papers = await open_channel(api, lab, "papers")
    await make_due(bot, mod, clock, papers)
    api.fail_next("POST", f"/channels/{papers.id}/messages$", 403, code=code, times=3)
    for _ in range(3):
        assert (await bot.deliver()).sent == 0
        clock.advance(minutes=1)
    assert [words in told for told in list_told(api, mod)] == [True]
    assert (await bot.deliver()).sent == 1


# -- tags --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ((), "add one called “Topic A”, or allow the bot “Manage Channels”"),
        (tuple(f"tag {number}" for number in range(20)), "has 20 already: rename one to “Topic A”"),
        (("Topic A",), "its tag “Topic A” is for moderators only"),
    ],
    ids=["missing", "full", "moderated"],
)
async def test_a_forum_that_demands_a_tag_is_said_when_it_is_subscribed_and_not_again(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock, tags: tuple[str, ...], words: str
) -> None:
    moderated = [{"id": str(n + 70), "name": name, "moderated": True, "emoji_id": None, "emoji_name": None}
                 for n, name in enumerate(tags)]  # fmt: skip
    forbidden = [{"id": str(api.bot.id), "type": 1, "allow": "0", "deny": str(MANAGE_CHANNELS)}]
    forum = await open_channel(api, lab, "forum", FORUM, flags=REQUIRES_TAG, tags=moderated, overwrites=forbidden)
    forum.bot_may.update(manage_channels=False)
    said = await mod.slash(forum, "subscribe", topic="topic-a", time="10:00")
    assert "Subscribed" in said.text
    assert "But mind this: the forum demands a tag" in said.text
    assert words in said.text
    clock.set("2026-11-24 10:00")
    for _ in range(3):
        assert (await bot.deliver()).sent == 0
        await api.gateway.broadcast_event("CHANNEL_UPDATE", forum.to_json())
        clock.advance(minutes=2)
    assert await read_pause_reason(bot, forum) == ""
    assert list_told(api, mod) == []
    ((state, why),) = await read_rows(bot.app)
    assert (state, words in why) == ("due", True)
    await api.replace_tags(forum, "Topic A")
    forum.tags[0]["moderated"] = False
    assert (await bot.deliver()).sent == 1
    assert [thread.applied_tags for thread in lab.list_threads()] == [[forum.tags[0]["id"]]]


async def test_nothing_is_said_where_the_tag_can_be_made_or_is_not_demanded(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person
) -> None:
    for number, flags in enumerate((REQUIRES_TAG, 0)):
        forum = await open_channel(api, lab, f"forum-{number}", FORUM, flags=flags)
        assert "mind this" not in (await mod.slash(forum, "subscribe", topic="topic-a", time="10:00")).text


async def test_long_topics_have_tags_of_their_own_and_posts_whose_names_keep_the_date(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    beginning, end = (
        "Large Language Models and the Many Uses They Have Been Put to ",
        " in Medicine and the Law of Nations",
    )
    titles = [f"{beginning}{middle}{end}" for middle in ("for Speech", "for Vision", "for Touch")]
    for title in titles:
        await load_digest(bot.app, topic=title)
    forum = await open_channel(api, lab, "forum", FORUM)
    offered = {one["value"] for one in (await mod.type_option(forum, "subscribe", "topic", "Large")).choices}
    assert len(offered) == 3
    assert max(map(len, offered)) == 100
    for name in offered:
        assert "Subscribed" in (await mod.slash(forum, "subscribe", topic=name, time="10:00")).text
    dates = await mod.type_option(forum, "digest", "date", "", topic=min(offered))
    assert [one["value"] for one in dates.choices] == ["2026-11-24"]
    clock.set("2026-11-24 10:00")
    api.fail_next("POST", NEW_THREADS, "reset-after")
    await bot.deliver()
    clock.advance(minutes=1)
    await bot.deliver()
    names = [thread.name for thread in lab.list_threads()]
    assert len(names) == 3
    assert all(len(name) <= 100 and name.endswith(" · 2026-11-24") for name in names)
    assert len({tag["name"] for tag in forum.tags}) == 3
    assert all(len(tag["name"]) <= 20 for tag in forum.tags)
    assert len({thread.applied_tags[0] for thread in lab.list_threads()}) == 3
    for title in titles:
        await load_digest(bot.app, topic=title, day="2026-11-25")
    clock.set("2026-11-25 10:00")
    api.fail_next("POST", NEW_THREADS, "reset-after", times=3)
    await bot.deliver()
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 3
    assert len(lab.list_threads()) == 6
    for thread in lab.list_threads():
        first, *others = map(message_view.get_heading, thread.messages)
        assert f" {thread.name[-2:]} Nov · 2 papers" in first
        assert not [heading for heading in others if " Nov · " in heading], "another digest's contents"


# -- where, and in which language --------------------------------------------------------------------------------


async def test_every_channel_that_can_be_posted_in_is_offered_and_posted_in(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, clock: ManualClock
) -> None:
    papers = await open_channel(api, lab, "papers")
    (command,) = [one for one in api.commands[0] if one["name"] == "subscribe"]
    (option,) = [one for one in command["options"] if one["name"] == "channel"]
    assert set(option["channel_types"]) == {0, 2, 5, 10, 11, 12, 13, 15, 16}
    media, voice = await open_channel(api, lab, "media", MEDIA), await open_channel(api, lab, "voice", VOICE)
    for channel in (media, voice):
        assert "Subscribed" in (await mod.slash(papers, "subscribe", topic="topic-a", channel=channel)).text
    found = await bot.app.subscriptions.find(Address("discord", str(lab.id), str(media.id)))
    assert found
    assert found.preferences.post_mode is PostMode.FORUM
    clock.set("2026-11-25 08:00")
    assert (await bot.deliver()).sent == 2
    assert [thread.parent for thread in lab.list_threads()] == [media]
    assert len(voice.messages) == 1


@pytest.mark.parametrize(
    ("server", "features", "person", "expected"),
    [
        ("zh-CN", ["COMMUNITY"], "en-US", "zh"),
        ("zh-TW", [], "de", "zh"),
        ("en-US", ["COMMUNITY"], "zh-CN", "en"),
        ("en-US", [], "zh-CN", "zh"),  # it could not choose
        ("de", ["COMMUNITY"], "zh-CN", "en"),
    ],
)
async def test_a_digest_speaks_the_servers_language_until_the_moderator_chooses_one(
    empty_app: App, api: DiscordApi, lab: Guild, mod: Person, start_bot: Starts,
    server: str, features: list[str], person: str, expected: str,
) -> None:  # fmt: skip
    await load_digest(empty_app)
    lab.locale, lab.features, mod.language = server, features, person
    papers, chosen = lab.create_channel("papers"), lab.create_channel("chosen")
    async with start_bot(empty_app, api):
        await mod.slash(papers, "subscribe", topic="topic-a")
        await mod.slash(chosen, "settings", name="language", value="en" if expected == "zh" else "zh")
        await mod.slash(chosen, "subscribe", topic="topic-a")
    languages = []
    for channel in (papers, chosen):
        found = await empty_app.subscriptions.find(Address("discord", str(lab.id), str(channel.id)))
        assert found
        languages.append(found.preferences.language)
    assert languages == [expected, "en" if expected == "zh" else "zh"]
