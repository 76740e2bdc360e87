"""One server's week, end to end: the real process, killed and started again, over real pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from digestbot.pages.markdown import parse_page
from tests.places import SAMPLES, SHARED, TIMES
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.api.world import APPLICATION, FORUM, NEWS, Channel, Guild, Message
from tests.platforms.machine import BotMachine
from tests.platforms.mornings import name_day
from tests.waiting import HANG_SECONDS

_WEEKS = {
    "shared": (SHARED, "Diffusion Models", ("2024-01-24", "2024-01-30", "2024-02-02")),
    "samples": (SAMPLES, "Protein Design", ("2026-11-20", "2026-11-21", "2026-11-22")),
}


@dataclass
class ScriptedWeek:
    """The people, the channels and the pages of the week."""

    machine: BotMachine
    api: DiscordApi
    guild: Guild
    mod: Person
    ada: Person
    papers: Channel
    news: Channel
    forum: Channel
    topic: str
    pages: dict[str, Path]

    @property
    def slug(self) -> str:
        return self.topic.lower().replace(" ", "-")

    def count_papers(self, day: str) -> int:
        """How many papers the day's page has."""
        (digest,) = parse_page(self.pages[day].read_text("utf-8")).digests
        return len(digest.entries)

    def find_threads(self, day: str, parent: Channel) -> list[Channel]:
        return [
            one for one in self.guild.list_threads() if one.parent is parent and one.name == f"{self.topic} · {day}"
        ]


@pytest.fixture(params=["shared" if SHARED.is_dir() and TIMES > 1 else "samples"])  # the same week over either's pages
def week(
    request: pytest.FixtureRequest, machine: BotMachine, api: DiscordApi, lab: Guild, mod: Person, ada: Person
) -> ScriptedWeek:
    folder, topic, days = _WEEKS[request.param]
    names = (topic.lower(), topic.lower().replace(" ", "-"))
    pages = {day: next(path for path in (folder / day).iterdir() if path.stem.lower() in names) for day in days}
    channels = (
        lab.create_channel("papers"),
        lab.create_channel("news", NEWS),
        lab.create_channel("reading-group", FORUM),
    )
    return ScriptedWeek(machine, api, lab, mod, ada, *channels, topic, pages)


INVITATION = f"oauth2/authorize?client_id={APPLICATION}&"


async def test_a_servers_week(week: ScriptedWeek) -> None:
    days = list(week.pages)
    await week.machine.load_page(week.pages[days[0]])
    await the_moderator_sets_up(week, days[0])
    await the_first_morning(week, days[0])
    await week.machine.load_page(week.pages[days[1]])
    await the_morning_of_the_kill(week, days[1])
    await week.machine.load_page(week.pages[days[2]])
    await a_channel_is_deleted_while_nothing_runs(week)
    await the_last_morning(week, days[2])
    assert len(week.api.list_bodies("PUT", "commands")) == 1  # told once, though the bot was started six times
    assert TOKEN not in week.machine.log.read_text()


async def the_moderator_sets_up(week: ScriptedWeek, day: str) -> None:
    """Two channels and a forum, from one of them; a member may not."""
    api, mod, here = week.api, week.mod, week.papers
    async with week.machine.run_bot(f"{day}T12:00:00"):
        await api.wait_until_connected()
        await api.wait_until(lambda: INVITATION in week.machine.log.read_text())  # the one that the README speaks of
        choices = await mod.type_option(here, "subscribe", "topic", week.topic[:4])
        assert {"name": week.topic, "value": week.slug} in choices.choices
        when = {"time": "08:00", "timezone": "Asia/Shanghai"}
        for channel in (week.papers, week.news, week.forum):
            done = await mod.slash(here, "subscribe", topic=week.slug, channel=channel, **when)
            assert "08:00 (Shanghai)" in done.text
            assert done.ephemeral
        assert "with a discussion thread" in (await mod.slash(here, "settings", name="posts", value="threads")).text
        assert "Publish: on" in (await mod.slash(here, "settings", name="publish", value="on", channel=week.news)).text
        refused = await week.ada.slash(here, "unsubscribe", topic=week.slug)
        assert "“Manage Channels”" in refused.text
        assert refused.ephemeral


async def the_first_morning(week: ScriptedWeek, day: str) -> None:
    """08:00 in Shanghai is midnight in UTC. A search, a look at details, a paper kept."""
    async with week.machine.run_bot(f"{day}T23:59:58"):
        await everything_of(week, day, week.papers, week.news, week.forum)
        await week.api.wait_until(lambda: of_day(week.news, day) and is_published(week, day))
        assert [tag["name"] for tag in week.forum.tags] == [week.topic]
        found = await week.ada.slash(week.papers, "search", words="design" if "Protein" in week.topic else "扩散模型")
        has_menu = bool(message_view.list_papers(found.message))  # where there is one paper only, it has a button
        details = await (week.mod.open_paper(found.message) if has_menu else week.mod.tap(found.message, "Details"))
        assert details.ephemeral
        await week.mod.tap(details.message, "Save")
        assert "Unsave" in message_view.list_labels(details.message)
        kept = await week.mod.slash(week.papers, "saved")
        assert message_view.get_heading(details.message).removeprefix("[")[:12] in kept.text
    nothing_came_twice(week, day, week.papers, week.news, week.forum)


async def the_morning_of_the_kill(week: ScriptedWeek, day: str) -> None:
    """The process is killed while a message and a post are on their way, and a line is about to become its card.

    The first two were taken, and their answers never read.

    All that while, from before the due hour, the gateway is down: digests do not need it, and nor does the restart.
    """
    api = week.api
    api.gateway.refuses_with = 503
    api.hang_seconds = HANG_SECONDS
    api.fail_next("POST", f"/channels/{week.news.id}/messages$", "timeout-after")
    api.fail_next("POST", f"/channels/{week.forum.id}/threads$", "timeout-after")
    edits = f"/channels/{week.papers.id}/messages/"
    before = len(api.list_bodies("PATCH", edits))
    api.fail_next("PATCH", edits, "timeout-before")
    api.fail_next("POST", "/crosspost$", 429, retry_after=1800)  # what is to be published is put off, and then killed
    async with week.machine.run_bot(f"{day}T23:59:58") as process:
        await api.wait_until(lambda: of_day(week.news, day) and week.find_threads(day, week.forum))
        await api.wait_until(lambda: len(api.list_bodies("PATCH", edits)) > before)
        process.kill()
        await process.wait()
    async with week.machine.run_bot(f"{next_day(day)}T00:03:00") as process:
        await everything_of(week, day, week.papers, week.news, week.forum)
        assert not api.gateway.is_heard
        api.gateway.refuses_with = 0
        await api.wait_until(lambda: api.gateway.is_heard)
        assert week.topic in (await week.ada.slash(week.papers, "topics")).text
        await api.wait_until(lambda: len(api.list_bodies("POST", "/crosspost$")) == 2)
        await week.machine.wait_for_publications(1)
        process.kill()
        await process.wait()
    assert not is_published(week, day)
    async with week.machine.run_bot(f"{next_day(day)}T00:40:00"):
        await api.wait_until(lambda: is_published(week, day))
        await week.machine.wait_for_publications(0)
    nothing_came_twice(week, day, week.papers, week.news, week.forum)
    assert "discord_shard_disconnected" in week.machine.log.read_text()


async def a_channel_is_deleted_while_nothing_runs(week: ScriptedWeek) -> None:
    week.guild.channels.remove(week.news)


async def the_last_morning(week: ScriptedWeek, day: str) -> None:
    """The moderator is told of the channel once, and the others have theirs."""
    async with week.machine.run_bot(f"{day}T23:59:58"):
        await everything_of(week, day, week.papers, week.forum)
        await week.api.wait_until(lambda: message_view.list_cards(week.api.get_private_channel(week.mod.user).messages))
    nothing_came_twice(week, day, week.papers, week.forum)
    told = week.api.get_private_channel(week.mod.user).messages
    assert ["#news" in message_view.get_text(message) for message in told] == [True]
    assert "the channel was deleted" in message_view.get_text(told[0])
    assert of_day(week.news, day) == []


async def everything_of(week: ScriptedWeek, day: str, *channels: Channel) -> None:
    """Wait until the day's digest is everywhere with all its papers."""
    count = week.count_papers(day)

    def all_papers(channel: Channel) -> bool:
        return len(list_papers(week, day, channel)) >= count

    for channel in channels:
        if channel is not week.forum:
            await week.api.wait_until(partial(of_day, channel, day))
        if channel is not week.news:
            await week.api.wait_until(partial(all_papers, channel))


def is_published(week: ScriptedWeek, day: str) -> bool:
    """Whether the day's digest is published to the channels that follow, all of it."""
    return all(message.published for message in of_day(week.news, day))


def nothing_came_twice(week: ScriptedWeek, day: str, *channels: Channel) -> None:
    """Nothing of the day's digest is there twice, now that the bot finished what it had begun and ended."""
    for channel in channels:
        headings = Counter(map(message_view.get_text, of_day(channel, day)))
        assert set(headings.values()) <= {1}, f"a page twice in {channel.name}"
        assert all(map(message_view.get_text, channel.messages)), f"a line in {channel.name} became no card"
        if channel is not week.news:
            assert len(week.find_threads(day, channel)) == 1
            assert len(list_papers(week, day, channel)) == week.count_papers(day)


def of_day(channel: Channel, day: str) -> list[Message]:
    """The pages of the day's digest in a channel."""
    return [
        message
        for message in channel.messages
        if message_view.get_text(message)  # it has become a card: until then it is its line alone
        and f"· {name_day(day)} ·" in f"{message.content} {message_view.get_heading(message)}"
    ]


def list_papers(week: ScriptedWeek, day: str, parent: Channel) -> list[object]:
    """The papers in the day's thread or post."""
    messages = [message for thread in week.find_threads(day, parent) for message in thread.messages]
    rest = (f"· {name_day(day)} ·", "(2)")  # the pages of a post, and a paper's second message
    return [message for message in messages if not any(words in message_view.get_heading(message) for words in rest)]


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
