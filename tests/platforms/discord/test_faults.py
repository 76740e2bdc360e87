"""What goes wrong while a digest is posted: over HTTP, with discord.py's own handling of limits in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from digestbot.app import App, open_platform
from digestbot.cards.callback_data import ButtonAction, list_references
from digestbot.cards.replies import message_card
from digestbot.core.ports import SendContext
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.discord import DiscordPlatform
from digestbot.settings import DiscordSettings
from digestbot.store.tables import publications
from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.api.answers import BEFORE_DISCORD
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.api.world import FORUM, NEWS, Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts
from tests.platforms.mornings import load_digest, read_rows
from tests.waiting import HANG_SECONDS

MESSAGES, THREADS = r"/messages$", r"/channels/\d+/threads$"


@pytest.fixture
async def bot(empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts) -> AsyncIterator[RunningBot]:
    """The bot, with a digest of today."""
    await load_digest(empty_app)
    async with start_bot(empty_app, api, timeout_seconds=HANG_SECONDS) as running:
        yield running


@contextmanager
def set_short_timeout(bot: RunningBot) -> Iterator[None]:
    """No request is waited for longer than two seconds, meanwhile."""
    bot.platform._messenger._timeout_seconds = 2
    yield
    bot.platform._messenger._timeout_seconds = HANG_SECONDS


async def another_day(bot: RunningBot, clock: ManualClock) -> None:
    """There is one more digest, and it is time."""
    day = f"2026-11-{clock.now().day + 1}"
    await load_digest(bot.app, day=day)
    clock.set(f"{day} 10:00")


@pytest.fixture
def papers(lab: Guild) -> Channel:
    return lab.create_channel("papers")


async def make_due(bot: RunningBot, mod: Person, clock, *channels: Channel) -> None:
    """The channels are subscribed, and it is time."""
    await make_known(mod, *channels)
    for channel in channels:
        done = await mod.slash(channels[0], "subscribe", topic="topic-a", time="10:00", channel=channel)
        assert "Subscribed" in done.text, done.text
    clock.set("2026-11-24 10:00")


async def make_known(mod: Person, *channels: Channel) -> None:
    for channel in channels:
        await mod.api.gateway.broadcast_event("CHANNEL_CREATE", channel.to_json())


async def test_what_may_have_arrived_is_sent_again_and_comes_once(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    api.hang_seconds = HANG_SECONDS
    faults = ("timeout-after", "late-after", "reset-after", "cut-after", "reset-before", "timeout-before")
    for fault in faults:
        api.fail_next("POST", MESSAGES, fault)
        with set_short_timeout(bot):
            assert (await bot.deliver()).sent == 0
        ((_, reason),) = await read_rows(bot.app)
        assert reason.startswith("no answer from Discord")
        clock.advance(minutes=10)
    assert (await bot.deliver()).sent == 1
    assert api.given_up == 3  # of those that take long, none was waited for
    assert len(api.list_bodies("POST", f"{papers.id}/messages")) == 1 + len(faults)
    assert len({body["nonce"] for body in api.list_bodies("POST", f"{papers.id}/messages")}) == 1
    assert all(body["enforce_nonce"] for body in api.list_bodies("POST", f"{papers.id}/messages"))
    assert len(papers.messages) == 1


@pytest.mark.parametrize(
    "fault", ["timeout-after", "late-after", "reset-after", "cut-after", "reset-before", "500-after", "502-page-after"]
)
async def test_a_post_that_may_be_there_is_looked_for_and_not_made_twice(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock, fault: str
) -> None:
    forum = lab.create_channel("forum", FORUM)
    await make_due(bot, mod, clock, forum)
    kind, by = ("500-after", "page") if fault == "502-page-after" else (fault, "discord")
    api.fail_next("POST", THREADS, kind, by=by)
    api.hang_seconds = HANG_SECONDS
    with set_short_timeout(bot):
        assert (await bot.deliver()).sent == 0
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1
    (post,) = lab.list_threads()
    assert [message_view.get_heading(message)[:9] for message in post.messages] == [
        "Topic A ·",
        "[A paper ",
        "[A paper ",
    ]


async def test_who_subscribes_a_forum_anew_gets_a_post_of_its_own(
    bot: RunningBot, mod: Person, lab: Guild, clock
) -> None:
    forum = lab.create_channel("forum", FORUM)
    for day in (24, 25):  # what was received is not received again
        clock.set(f"2026-11-{day} 09:00")
        await load_digest(bot.app, day=f"2026-11-{day}")
        await make_due(bot, mod, clock, forum)
        clock.set(f"2026-11-{day} 10:00")
        assert (await bot.deliver()).sent == 1
        await mod.slash(forum, "unsubscribe", topic="topic-a")
    assert [len(post.messages) for post in lab.list_threads()] == [3, 3]


async def test_a_thread_whose_answer_was_lost_is_gone_on_with(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    await mod.slash(papers, "settings", name="posts", value="threads")
    api.fail_next("POST", r"/messages/\d+/threads$", "reset-after")
    await bot.deliver()
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1
    (thread,) = lab.list_threads()
    assert len(papers.messages) == 1
    assert len(thread.messages) == 2


async def test_what_a_button_cannot_carry_is_kept_before_the_digest_is_out(
    bot: RunningBot, mod: Person, papers: Channel, clock
) -> None:
    await load_digest(bot.app, topic="A topic with " + "a very long name " * 8)
    (long,) = [one.topic for one in await bot.app.catalog.list_topics() if one.topic.title.startswith("A topic")]
    await make_known(mod, papers)
    await mod.slash(papers, "subscribe", topic=long.slug, time="10:00")
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1
    actions = [ButtonAction.decode(one["value"]) for one in message_view.list_papers(papers.messages[0])]
    kept = [word for action in actions if action for word in list_references(action)]
    assert kept
    assert all([await bot.app.store.callback_tokens.get_command(word) for word in kept])


async def test_a_failing_server_is_tried_again_by_discord_py_with_the_same_nonce(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    api.fail_next("POST", MESSAGES, "500-after")
    assert (await bot.deliver()).sent == 1
    assert len(papers.messages) == 1


async def test_a_short_wait_is_waited_for_and_a_long_one_puts_off_this_channel_alone(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, papers: Channel, clock
) -> None:
    other = lab.create_channel("other")
    await make_due(bot, mod, clock, papers, other)
    api.fail_next("POST", f"{other.id}{MESSAGES}", 429, retry_after=0.1)
    api.fail_next("POST", f"{papers.id}{MESSAGES}", 429, retry_after=300)
    done = await bot.deliver()
    assert (done.sent, done.not_sent) == (1, 1)
    assert len(other.messages) == 1
    assert ("due", "Discord asks to wait 300 s") in await read_rows(bot.app)
    before = len(api.requests)
    clock.advance(minutes=6)
    assert (await bot.deliver()).sent == 0  # not five minutes of the machine's clock: nothing is even asked
    assert len(api.requests) == before


async def test_the_bucket_of_a_channel_is_kept_without_a_429(
    empty_app: App, mod: Person, start_bot: Starts, clock
) -> None:
    await load_digest(empty_app, count=7)
    async with DiscordApi(bucket=(2, 0.4)) as api, start_bot(empty_app, api) as bot:
        guild = await api.add_guild("Fold Lab", mod.user)
        papers, mod.api = guild.create_channel("papers"), api
        await make_due(bot, mod, clock, papers)
        await mod.slash(papers, "settings", name="posts", value="threads")
        assert (await bot.deliver()).sent == 1
        assert len(guild.list_threads()[0].messages) == 7
        assert api.refused[429] == 0
        assert api.violations == []


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ((404, 10003, "Unknown Channel"), "the channel was deleted"),
        ((403, 50001, "Missing Access"), "may not see the channel"),
        ((403, 50013, "Missing Permissions"), "lacks a permission"),
        ((400, 50083, "Thread is archived"), "archived and locked"),
    ],
)
async def test_where_nothing_arrives_any_more_is_paused_and_the_moderator_told_once(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock, refusal: tuple[int, int, str], reason: str
) -> None:
    await make_due(bot, mod, clock, papers)
    papers.refuses = refusal
    assert (await bot.deliver()).not_sent == 1
    ((state, reason_text),) = await read_rows(bot.app)
    assert state == "failed"
    assert reason in reason_text
    (told,) = api.get_private_channel(mod.user).messages
    assert "No more digests for #papers" in message_view.get_text(told)
    assert reason in message_view.get_text(told)
    await load_digest(bot.app, day="2026-11-25")
    clock.set("2026-11-25 10:00")
    assert (await bot.deliver()).planned == 0
    assert len(api.get_private_channel(mod.user).messages) == 1


async def test_what_discord_will_never_take_is_given_up_and_the_channel_stays(
    bot: RunningBot, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    papers.refuses = (400, 50035, "Invalid Form Body")
    assert (await bot.deliver()).not_sent == 1
    ((state, reason),) = await read_rows(bot.app)
    assert (state, "50035" in reason) == ("failed", True)
    papers.refuses = None
    await load_digest(bot.app, day="2026-11-25")
    clock.set("2026-11-25 10:00")
    assert (await bot.deliver()).sent == 1


async def test_a_429_from_what_stands_before_discord_puts_off_for_a_minute_and_shows_nobody_its_page(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    for number, by in enumerate(BEFORE_DISCORD, 1):
        api.fail_next("POST", MESSAGES, 429, by=by)
        assert (await bot.deliver()).sent == 0
        assert (await read_rows(bot.app))[-1] == ("due", "HTTP 429")
        clock.advance(seconds=59)
        assert (await bot.deliver()).sent == 0
        clock.advance(seconds=3)
        assert (await bot.deliver()).sent == 1
        assert len(papers.messages) == number
        await another_day(bot, clock)


async def test_a_page_of_what_stands_before_discord_is_an_answer_that_did_not_come(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    for number, (status, by) in enumerate([(503, "page"), (520, "words"), (521, "empty"), (503, "discord")], 1):
        api.fail_next("POST", MESSAGES, status, by=by)
        assert (await bot.deliver()).sent == 0
        assert (await read_rows(bot.app))[-1] == ("due", f"HTTP {status}")
        clock.advance(minutes=1)
        assert (await bot.deliver()).sent == 1
        assert len(papers.messages) == number
        await another_day(bot, clock)


async def test_a_short_429_is_waited_for_whosever_limit_it_is(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    for number, scope in enumerate(("user", "shared", "global"), 1):
        api.fail_next("POST", MESSAGES, 429, retry_after=0.1, scope=scope, times=2)
        assert (await bot.deliver()).sent == 1
        assert len(papers.messages) == number
        await another_day(bot, clock)


async def test_a_wait_for_the_limit_of_all_that_is_given_up_holds_nothing_up_for_ever(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    api.fail_next("POST", MESSAGES, 429, retry_after=25, scope="global")  # longer than a request may take here
    with set_short_timeout(bot):
        assert (await bot.deliver()).sent == 0
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1


async def test_a_stop_while_a_message_is_on_its_way_brings_it_once(
    bot: RunningBot, api: DiscordApi, mod: Person, papers: Channel, clock
) -> None:
    await make_due(bot, mod, clock, papers)
    api.hang_seconds = HANG_SECONDS
    api.fail_next("POST", MESSAGES, "timeout-after")
    address, (part,) = address_of(papers), bot.platform.render(message_card("", "words"), CardStyle.RICH)
    stopped = asyncio.create_task(bot.platform.send(address, part, SendContext("a-key")))
    await api.wait_until(lambda: papers.messages)
    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)
    await bot.platform.send(address, part, SendContext("a-key"))
    assert len(papers.messages) == 1


def address_of(channel: Channel) -> Address:
    assert channel.guild
    return Address("discord", str(channel.guild.id), str(channel.id))


async def test_an_answer_to_a_person_that_gets_lost_stops_no_other(
    bot: RunningBot, api: DiscordApi, ada: Person, papers: Channel
) -> None:
    lost = []
    faults: list[tuple[int | str, str]] = [
        ("reset-after", "discord"),
        ("cut-after", "discord"),
        ("reset-before", "discord"),
        (503, "page"),
    ]
    for kind, by in (*faults, *((429, by) for by in BEFORE_DISCORD)):
        asked = len(api.list_bodies("POST", "/callback$"))
        api.fail_next("POST", "/callback$", kind, by=by)
        lost.append(asyncio.create_task(ada.slash(papers, "topics")))
        await until_more(api, "/callback$", asked)
        assert "Topic A" in (await ada.slash(papers, "topics")).text
    for task in lost:
        task.cancel()
    await asyncio.gather(*lost, return_exceptions=True)


async def until_more(api: DiscordApi, path: str, number: int) -> None:
    """Wait until more posts than these came."""
    await api.wait_until(lambda: len(api.list_bodies("POST", path)) > number)


@pytest.mark.parametrize(("demanded", "sent"), [(True, 0), (False, 1)])
async def test_a_forum_whose_tags_are_full_does_without_unless_it_demands_one(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock, demanded: bool, sent: int
) -> None:
    tags = [
        {"id": str(n), "name": f"tag {n}", "moderated": False, "emoji_id": None, "emoji_name": None} for n in range(20)
    ]
    forum = lab.create_channel("forum", FORUM, tags=tags, flags=(1 << 4) if demanded else 0)
    await make_due(bot, mod, clock, forum)
    assert (await bot.deliver()).sent == sent
    if demanded:
        ((_, reason),) = await read_rows(bot.app)
        assert reason == "the forum demands a tag and has 20 already: rename one to “Topic A”"
    else:
        assert lab.list_threads()[0].applied_tags == []


async def test_a_forum_is_posted_in_before_the_gateway_told_of_it(
    empty_app: App, api: DiscordApi, mod: Person, lab: Guild, start_bot: Starts, clock
) -> None:
    await load_digest(empty_app)
    forum = lab.create_channel("forum", FORUM)
    async with start_bot(empty_app, api) as bot:
        await make_due(bot, mod, clock, forum)
    settings = DiscordSettings(token=TOKEN, api_url=api.url)
    platform = DiscordPlatform(settings, empty_app.store, empty_app.catalog, empty_app.subscriptions, clock)
    async with open_platform(platform):
        assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 1
    assert len(lab.list_threads()[0].messages) == 3
    assert [tag["name"] for tag in forum.tags] == ["Topic A"]


async def test_a_forums_own_tag_is_used_whatever_its_case(bot: RunningBot, mod: Person, lab: Guild, clock) -> None:
    tags = [{"id": "77", "name": "TOPIC A", "moderated": False, "emoji_id": None, "emoji_name": None}]
    forum = lab.create_channel("forum", FORUM, tags=tags)
    await make_due(bot, mod, clock, forum)
    assert (await bot.deliver()).sent == 1
    assert lab.list_threads()[0].applied_tags == ["77"]
    assert len(forum.tags) == 1


async def test_an_announcement_that_cannot_be_published_now_is_out_all_the_same(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock
) -> None:
    news = lab.create_channel("news", NEWS)
    await make_due(bot, mod, clock, news)
    await mod.slash(news, "settings", name="publish", value="on")
    api.fail_next("POST", "/crosspost$", 429, retry_after=0.2)
    assert (await bot.deliver()).sent == 1
    await api.wait_until(lambda: news.messages[0].published)
    assert len(news.messages) == 1


async def make_news_due(bot: RunningBot, mod: Person, clock: ManualClock, lab: Guild) -> Channel:
    """An announcement channel whose digests are published, and it is time."""
    news = lab.create_channel("news", NEWS)
    await make_due(bot, mod, clock, news)
    await mod.slash(news, "settings", name="publish", value="on")
    return news


async def has_put_off(bot: RunningBot) -> None:
    """Wait until what was to be published is put off."""
    async with asyncio.timeout(HANG_SECONDS):
        while not await read_publications(bot.app, bot.app.clock.now()):
            await asyncio.sleep(0.01)


async def read_publications(app: App, after: datetime) -> list[str]:
    """The posts that are to be published after some time, by their channels: when the lease is over, at least."""
    kept = select(publications.c.thread).where(publications.c.available_at > after + timedelta(minutes=2))
    async with app.store.database.read() as connection:
        return list(await connection.scalars(kept))


async def test_one_that_discord_puts_off_for_long_is_published_then(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock, capsys
) -> None:
    news = await make_news_due(bot, mod, clock, lab)
    api.fail_next("POST", "/crosspost$", 429, retry_after=1800, times=2)
    assert (await bot.deliver()).sent == 1
    for tries in (1, 2):
        await api.wait_until(lambda: len(api.list_bodies("POST", "/crosspost$")) == tries)  # noqa: B023  # at once
        await has_put_off(bot)
        clock.advance(minutes=31)
    await api.wait_until(lambda: news.messages[0].published)
    assert len(api.list_bodies("POST", "/crosspost$")) == 3
    assert "discord_not_published" not in capsys.readouterr().out


async def test_one_that_was_published_though_the_answer_failed_is_no_trouble_and_a_refusal_is(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock, capsys
) -> None:
    news = await make_news_due(bot, mod, clock, lab)
    api.fail_next("POST", "/crosspost$", "500-after")
    assert (await bot.deliver()).sent == 1
    await api.wait_until(lambda: api.refused[40033])  # discord.py asks again
    await load_digest(bot.app, day="2026-11-25")
    clock.set("2026-11-25 10:00")
    assert "discord_not_published" not in capsys.readouterr().out
    api.fail_next("POST", "/crosspost$", 403)
    assert (await bot.deliver()).sent == 1
    await bot.platform._publisher.stop(HANG_SECONDS)
    assert "discord_not_published" in capsys.readouterr().out
    assert [message.published for message in news.messages] == [True, False]


async def test_what_was_put_off_is_published_by_the_next_process(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, start_bot: Starts, clock
) -> None:
    news = await make_news_due(bot, mod, clock, lab)
    api.fail_next("POST", "/crosspost$", 429, retry_after=3000)
    assert (await bot.deliver()).sent == 1
    await has_put_off(bot)
    await bot.platform._publisher.stop(0)
    assert not news.messages[0].published
    clock.advance(hours=1)
    async with start_bot(bot.app, api):
        await api.wait_until(lambda: news.messages[0].published)
    assert len(news.messages) == 1
    assert not await bot.app.store.publications.has_any("discord")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("no announcement channel", "no announcement channel any more (“/settings publish off” ends this)"),
        ("refused", "because the bot lacks a permission in the channel"),
        ("deleted", ""),
        ("never", "because Discord says: HTTP 503"),
    ],
)
async def test_a_post_that_cannot_be_published_is_given_up_and_the_moderator_told_why(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, clock, what: str, told: str
) -> None:
    news = await make_news_due(bot, mod, clock, lab)
    if what == "no announcement channel":
        news.type = 0
    elif what == "never":
        api.fail_next("POST", "/crosspost$", 503, times=2)
    else:
        status, code = (404, 10008) if what == "deleted" else (403, 50013)
        api.fail_next("POST", "/crosspost$", status, code=code)
    assert (await bot.deliver()).sent == 1
    if what == "never":
        await api.wait_until(lambda: len(api.list_bodies("POST", "/crosspost$")) == 1)
        clock.advance(hours=24)
    await bot.platform._publisher.stop(HANG_SECONDS)
    assert not await bot.app.store.publications.has_any("discord")
    said = [message_view.get_text(message) for message in api.get_private_channel(mod.user).messages]
    assert ["not published to the channels that follow it" in text for text in said] == [True] * bool(told)
    assert all(told in text for text in said)


async def test_what_is_being_published_is_finished_before_the_bot_ends(
    empty_app: App, api: DiscordApi, mod: Person, lab: Guild, start_bot: Starts, clock
) -> None:
    await load_digest(empty_app)
    async with start_bot(empty_app, api) as bot:
        news = await make_news_due(bot, mod, clock, lab)
        api.fail_next("POST", "/crosspost$", 429, retry_after=0.5)
        assert (await bot.deliver()).sent == 1
    assert news.messages[0].published


async def test_a_private_chat_is_opened_once_and_what_goes_beside_messages_is_counted(
    bot: RunningBot, api: DiscordApi, mod: Person, ada: Person, papers: Channel, lab: Guild, clock, monkeypatch
) -> None:
    limits, counted = bot.platform._messenger._rate_limiter, 0

    async def count_request() -> None:
        nonlocal counted
        counted += 1

    monkeypatch.setattr(limits, "acquire_token_slot", count_request)
    await ada.slash(api.get_private_channel(ada.user), "subscribe", topic="topic-a", time="10:00")
    await make_due(bot, mod, clock, papers, lab.create_channel("forum", FORUM))
    await mod.slash(papers, "settings", name="posts", value="threads")
    for day in (24, 25):
        await load_digest(bot.app, day=f"2026-11-{day}")
        clock.set(f"2026-11-{day} 10:00")
        assert (await bot.deliver()).sent == 3
    assert len(api.list_bodies("POST", "/users/@me/channels$")) == 1
    # the chat and the forum's tag once, the forum when it is subscribed and before the tag;
    # each day a thread, the forum, and two lines that become cards
    assert counted == 2 + 2 + 2 * 4


async def test_a_person_who_takes_no_messages_is_paused(bot: RunningBot, api: DiscordApi, ada: Person, clock) -> None:
    private = api.get_private_channel(ada.user)
    await ada.slash(private, "subscribe", topic="topic-a", time="10:00")
    private.refuses = (403, 50007, "Cannot send messages to this user")
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1
    ((_, reason),) = await read_rows(bot.app)
    assert reason == "the user takes no messages from the bot"


async def test_an_unknown_interaction_is_nothing_but_a_line_in_the_log(
    bot: RunningBot, api: DiscordApi, ada: Person, papers: Channel, capsys
) -> None:
    api.fail_next("POST", "/callback$", 404)
    unheard = asyncio.create_task(ada.slash(papers, "topics"))
    log = ""

    def is_logged() -> bool:
        nonlocal log
        log += capsys.readouterr().out
        return "discord_answer_failed" in log

    await api.wait_until(is_logged)
    unheard.cancel()
    assert (await ada.slash(papers, "topics")).text
