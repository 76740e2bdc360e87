"""What a notification says: a line that is posted first and becomes the card, once, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from digestbot.app import App
from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import COMPONENTS_V2, FORUM, NEWS, Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts
from tests.platforms.discord.test_faults import make_due, make_known, set_short_timeout
from tests.platforms.discord.test_threads import set_permissions
from tests.platforms.mornings import load_digest, read_rows
from tests.waiting import HANG_SECONDS

LINE = "Topic A · Tue 24 Nov · 2 papers · A paper 2611.00001"
POST, EDIT = r"/channels/\d+/messages$", r"/channels/\d+/messages/\d+$"
EMBED_LINKS = 1 << 14


@pytest.fixture
async def bot(empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts) -> AsyncIterator[RunningBot]:
    """The bot, with a digest of today."""
    await load_digest(empty_app)
    async with start_bot(empty_app, api, timeout_seconds=HANG_SECONDS) as running:
        yield running


@pytest.fixture
async def papers(bot: RunningBot, lab: Guild, mod: Person, clock: ManualClock) -> Channel:
    """A channel whose digest is due."""
    papers = lab.create_channel("papers")
    await make_due(bot, mod, clock, papers)
    return papers


def list_requests(api: DiscordApi, channel: Channel) -> list[tuple[str, Any]]:
    """What was asked for in a channel, in order."""
    return [(method, body) for method, path, body in api.requests if path.startswith(f"/channels/{channel.id}/")]


def check_card(channel: Channel) -> None:
    """There is one message, and it is the card: nothing is left of its line."""
    (message,) = channel.messages
    assert message.flags & COMPONENTS_V2
    assert message.content == ""
    assert message_view.get_heading(message).startswith("Topic A · Tue 24 Nov · ")


async def test_a_mornings_first_message_is_a_line_that_becomes_the_card(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person, lab: Guild
) -> None:
    await mod.slash(papers, "settings", name="posts", value="threads")
    assert (await bot.deliver()).sent == 1
    (posted, line), (edited, card), *others = list_requests(api, papers)
    assert (posted, line["content"], line["enforce_nonce"]) == ("POST", LINE, True)
    assert line["components"] == []
    assert (edited, card["content"], card["embeds"], card["flags"]) == ("PATCH", None, [], COMPONENTS_V2)
    assert [method for method, _ in others] == ["POST"], "the thread, under the message that has its number"
    check_card(papers)
    (thread,) = lab.list_threads()
    assert [(message.edits, message.content) for message in thread.messages] == [(0, ""), (0, "")]


@pytest.mark.parametrize(
    "fault", ["timeout-before", "timeout-after", "reset-before", "reset-after", "cut-after", 503, 429]
)
async def test_a_line_whose_edit_was_interrupted_is_edited_again_and_not_posted_again(
    bot: RunningBot, api: DiscordApi, papers: Channel, clock: ManualClock, fault: int | str
) -> None:
    api.hang_seconds = HANG_SECONDS
    api.fail_next("PATCH", EDIT, fault, times=5, retry_after=0.05)  # discord.py asks five times
    with set_short_timeout(bot):
        assert (await bot.deliver()).sent == 0
    ((state, _),) = await read_rows(bot.app)
    assert state == "due"
    assert len(papers.messages) == 1
    api._faults.clear()
    clock.advance(minutes=3)
    assert (await bot.deliver()).sent == 1
    check_card(papers)
    assert len({body["nonce"] for body in api.list_bodies("POST", POST)}) == 1


async def test_a_card_that_discord_refuses_leaves_no_line_behind(
    bot: RunningBot, api: DiscordApi, papers: Channel
) -> None:
    api.fail_next("PATCH", EDIT, 400, code=50035)
    assert (await bot.deliver()).not_sent == 1
    ((state, reason),) = await read_rows(bot.app)
    assert (state, "50035" in reason) == ("failed", True)
    assert papers.messages == []


async def test_a_line_that_somebody_deleted_is_no_reason_to_lose_the_card(
    bot: RunningBot, api: DiscordApi, papers: Channel, clock: ManualClock
) -> None:
    """Discord remembers its key all the same, and answers that the message is unknown."""
    api.fail_next("PATCH", EDIT, 503)
    assert (await bot.deliver()).sent == 0
    papers.messages.clear()
    clock.advance(minutes=1)
    assert (await bot.deliver()).sent == 1
    check_card(papers)
    line, again, card = api.list_bodies("POST", POST)
    assert line["nonce"] == again["nonce"] != card["nonce"]
    assert len(card["nonce"]) <= 25


async def test_where_many_wait_no_second_request_is_spent_on_a_line(
    empty_app: App, api: DiscordApi, lab: Guild, mod: Person, start_bot: Starts, clock: ManualClock
) -> None:
    await load_digest(empty_app)
    async with start_bot(empty_app, api, requests_per_second=8) as bot:
        channels = [lab.create_channel(f"papers-{n}") for n in range(14)]
        await make_due(bot, mod, clock, *channels)
        assert (await bot.deliver()).sent == 14
        for channel in channels:
            check_card(channel)
        edits = len(api.list_bodies("PATCH", EDIT))
        assert 0 < edits < 10, "those that left when less than a second's worth of others waited"


async def test_the_line_can_be_turned_off(
    empty_app: App, api: DiscordApi, lab: Guild, mod: Person, start_bot: Starts, clock: ManualClock
) -> None:
    await load_digest(empty_app)
    papers, classic = lab.create_channel("papers"), lab.create_channel("classic")
    async with start_bot(empty_app, api, push_previews=False) as bot:
        await make_due(bot, mod, clock, papers, classic)
        await mod.slash(classic, "settings", name="format", value="classic")
        assert (await bot.deliver()).sent == 2
    assert [method for method, _ in list_requests(api, papers)] == ["POST"]
    check_card(papers)
    assert (classic.messages[0].content, len(classic.messages[0].embeds)) == ("", 1)


async def test_a_notice_to_a_moderator_says_in_a_notification_what_it_is_about(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person
) -> None:
    papers.refuses = (403, 50013, "Missing Permissions")
    assert (await bot.deliver()).not_sent == 1
    private = api.get_private_channel(mod.user)
    (line,) = [body["content"] for _, body in list_requests(api, private) if body.get("content")]
    assert "#papers" in line
    (notice,) = private.messages
    assert notice.flags & COMPONENTS_V2


# -- the classic form --------------------------------------------------------------------------------------------


async def test_a_classic_digest_keeps_its_line_and_needs_no_second_request(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person
) -> None:
    await mod.slash(papers, "settings", name="format", value="classic")
    assert (await bot.deliver()).sent == 1
    ((_, body),) = list_requests(api, papers)
    assert body["content"] == LINE
    assert not any("title" in embed for embed in body["embeds"])  # its line says it
    details = await mod.choose(papers.messages[0], "1 A paper 2611.00001")
    assert details.ephemeral
    assert details.message.embeds[0]["title"] == "A paper 2611.00001"
    assert not details.message.flags & COMPONENTS_V2


async def test_classic_cards_need_a_permission_which_is_named(papers: Channel, api: DiscordApi, mod: Person) -> None:
    set_permissions(api, papers, deny=EMBED_LINKS)
    await make_known(mod, papers)
    done = await mod.slash(papers, "settings", name="format", value="classic")
    assert "Allow me “Embed Links”" in done.text
    done = await mod.slash(papers, "settings", name="format", value="rich")
    assert "Allow me" not in done.text


@pytest.mark.parametrize("told", [True, False], ids=["told", "not-told"])
async def test_where_embeds_are_not_allowed_any_more_the_digest_comes_in_the_other_form(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person, told: bool
) -> None:
    """Discord drops the embeds of a message that has content too, and says nothing."""
    await mod.slash(papers, "settings", name="format", value="classic")
    set_permissions(api, papers, deny=EMBED_LINKS)
    if told:
        await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
        channel = bot.platform.client.get_channel(papers.id)
        await api.wait_until(lambda: not channel.permissions_for(channel.guild.me).embed_links)  # type: ignore[union-attr]
    assert (await bot.deliver()).sent == 1
    check_card(papers)


async def test_a_forum_post_of_a_classic_channel_has_its_line_and_its_papers_as_embeds(
    bot: RunningBot, mod: Person, lab: Guild, papers: Channel, clock: ManualClock
) -> None:
    forum = lab.create_channel("forum", FORUM)
    clock.set("2026-11-24 09:00")
    await make_due(bot, mod, clock, forum)
    await mod.slash(papers, "settings", name="format", value="classic", channel=forum)
    assert (await bot.deliver()).sent == 2
    (post,) = lab.list_threads()
    first, *others = post.messages
    assert first.content == LINE
    assert [len(message.embeds) for message in (first, *others)] == [1, 1, 1]


async def test_what_is_published_are_embeds_with_links_whatever_the_channels_form(
    bot: RunningBot, api: DiscordApi, mod: Person, lab: Guild, papers: Channel, clock: ManualClock
) -> None:
    news = lab.create_channel("news", NEWS)
    clock.set("2026-11-24 09:00")
    await make_due(bot, mod, clock, news)
    asked = await mod.slash(papers, "settings", name="publish", channel=news)
    assert "classic cards" in asked.text
    await mod.slash(papers, "settings", name="publish", value="on", channel=news)
    assert (await bot.deliver()).sent == 2
    (message,) = news.messages
    await api.wait_until(lambda: message.published)
    assert message.content == LINE
    assert "](https://arxiv.org/abs/2611.00001v1)" in message.embeds[0]["description"]
    check_card(papers)


# -- from one form to the other ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [("rich", "classic"), ("classic", "rich")])
async def test_a_message_keeps_its_form_and_goes_on_working_after_the_other_was_chosen(
    bot: RunningBot, papers: Channel, mod: Person, before: str, after: str
) -> None:
    await mod.slash(papers, "settings", name="answers", value="public")
    await mod.slash(papers, "settings", name="format", value=before)
    digest = await mod.slash(papers, "latest", topic="topic-a")
    await mod.slash(papers, "settings", name="format", value=after)
    opened = await mod.choose(digest.message, "1 A paper 2611.00001")
    assert opened.message is digest.message
    assert "A paper 2611.00001" in message_view.get_heading(digest.message)
    await mod.tap(digest.message, "Back")
    assert message_view.get_heading(digest.message).startswith("Topic A · Tue 24 Nov · ")
    assert bool(digest.message.flags & COMPONENTS_V2) is (before == "rich")
    again = await mod.slash(papers, "latest", topic="topic-a")
    assert bool(again.message.flags & COMPONENTS_V2) is (after == "rich")


# -- an answer that is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, 30046, "Use the command again"),
        (403, 50001, "“View Channel”"),
        (403, 50013, "“Send Messages”"),
        (400, 50035, "/settings format"),
        (403, 50083, "open it"),
        (403, 160005, "open it"),
        (400, 200000, "AutoMod"),
        (403, 0, "try again in a minute"),
    ],
)
async def test_a_refused_answer_is_followed_by_what_to_do(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person, status: int, code: int, remedy: str
) -> None:
    await mod.slash(papers, "settings", name="answers", value="public")
    digest = await mod.slash(papers, "latest", topic="topic-a")
    api.fail_next("POST", "/callback$", status, code=code)
    refused = await mod.open_paper(digest.message)
    assert refused.message is not digest.message
    assert refused.ephemeral
    assert remedy in refused.message.content


async def test_where_an_answer_was_announced_the_announcement_goes_and_only_who_asked_is_told(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.discord.outgoing.responder._DEFER_AFTER_SECONDS", 0)
    api.fail_next("PATCH", "@original$", 400, code=50035)
    refused = await mod.slash(papers, "latest", topic="topic-a")
    assert refused.ephemeral
    assert "/settings format" in refused.message.content
    assert api.list_bodies("DELETE", "@original$") == [None]
    assert papers.messages == []


async def test_an_interaction_that_is_over_is_not_answered_again(
    bot: RunningBot, api: DiscordApi, papers: Channel, mod: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    await mod.slash(papers, "settings", name="answers", value="public")
    digest = await mod.slash(papers, "latest", topic="topic-a")
    api.fail_next("POST", "/callback$", 404, code=10062)
    answers = len(api.list_bodies("POST", "/callback$"))
    tapping = asyncio.create_task(mod.open_paper(digest.message))
    await api.wait_until(lambda: "discord_answer_failed" in capsys.readouterr().out)
    assert len(api.list_bodies("POST", "/callback$")) == answers + 1
    tapping.cancel()
    await asyncio.gather(tapping, return_exceptions=True)
