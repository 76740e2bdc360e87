"""Servers that change while the bot is there, or while it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from digestbot.app import App
from digestbot.domain.subscription import Address
from tests.platforms.discord import seen
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild
from tests.platforms.discord.conftest import Running, Starts
from tests.platforms.mornings import load
from tests.waiting import HANG_SECONDS


@pytest.fixture
async def bot(
    empty_app: App, api: DiscordApi, lab: Guild, starts: Starts, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Running]:
    """The bot, when it has looked at all servers by itself: what it does then is for what it is told."""
    await load(empty_app)
    async with starts(empty_app, api) as running:
        await api.until(lambda: "discord_listening" in capsys.readouterr().out)
        yield running


@pytest.fixture
async def papers(bot: Running, api: DiscordApi, lab: Guild, mod: Person) -> Channel:
    """A channel that is subscribed."""
    papers = lab.makes("papers")
    await api.gateway.tell("CHANNEL_CREATE", papers.json())
    assert "Subscribed" in (await mod.slash(papers, "subscribe", topic="topic-a", time="10:00")).text
    return papers


async def reason(bot: Running, papers: Channel) -> str:
    """Why the channel is paused; “gone” when nothing is stored about it."""
    assert papers.guild
    found = await bot.app.subscriptions.find(Address("discord", str(papers.guild.id), str(papers.id)))
    return found.pause_reason if found else "gone"


async def until_reason(bot: Running, api: DiscordApi, papers: Channel, expected: str) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while await reason(bot, papers) != expected:
            await asyncio.sleep(0.01)


async def test_kicked_it_tells_the_moderator_once_and_forgets_after_a_month(
    bot: Running, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock, starts: Starts, capsys
) -> None:
    await api.gateway.tell("GUILD_DELETE", {"id": str(lab.id)})
    await until_reason(bot, api, papers, "the bot was removed from the server")
    await api.until(lambda: api.private(mod.user).messages)
    assert "the bot was removed from the server" in seen.text(api.private(mod.user).messages[0])
    api.guilds.remove(lab)
    clock.forward(days=29, hours=23)
    capsys.readouterr()
    async with starts(bot.app, api):
        await api.until(lambda: "discord_listening" in capsys.readouterr().out)  # it has looked at all servers
        assert await reason(bot, papers) == "the bot was removed from the server"
    clock.forward(days=2)
    async with starts(bot.app, api):
        await until_reason(bot, api, papers, "gone")
    assert len(api.private(mod.user).messages) == 1


async def test_let_back_in_it_goes_on(bot: Running, api: DiscordApi, lab: Guild, papers: Channel, clock) -> None:
    await api.gateway.tell("GUILD_DELETE", {"id": str(lab.id)})
    await until_reason(bot, api, papers, "the bot was removed from the server")
    clock.forward(days=3)
    await api.gateway.tell("GUILD_CREATE", lab.json(api.bot))
    await until_reason(bot, api, papers, "")
    clock.forward(days=40)
    assert await bot.app.store.subscribers.prune_left("discord", clock.now()) == 0


async def test_an_outage_of_the_server_is_no_removal(
    bot: Running, api: DiscordApi, lab: Guild, papers: Channel, mod: Person
) -> None:
    await api.gateway.tell("GUILD_DELETE", {"id": str(lab.id), "unavailable": True})
    await api.gateway.tell("GUILD_CREATE", lab.json(api.bot) | {"unavailable": False})
    assert (await mod.slash(papers, "subscriptions")).text
    assert await reason(bot, papers) == ""


async def test_what_happened_while_nothing_ran_is_found_out_at_the_next_start(
    empty_app: App, api: DiscordApi, lab: Guild, mod: Person, starts: Starts
) -> None:
    await load(empty_app)
    gone, other = lab.makes("gone"), await api.guild("Other Lab", mod.user)
    there = other.makes("there")
    async with starts(empty_app, api) as bot:
        for channel in (gone, there):
            await mod.slash(channel, "subscribe", topic="topic-a")
    lab.channels.remove(gone)
    api.guilds.remove(other)
    async with starts(empty_app, api) as bot:
        await until_reason(bot, api, gone, "the channel was deleted")
        await until_reason(bot, api, there, "the bot was removed from the server")


async def test_a_deleted_channel_is_forgotten_after_a_month_however_often_the_bot_is_started(
    bot: Running, api: DiscordApi, lab: Guild, papers: Channel, clock, starts: Starts, capsys
) -> None:
    lab.channels.remove(papers)
    await api.gateway.tell("CHANNEL_DELETE", papers.json())
    await until_reason(bot, api, papers, "the channel was deleted")
    for days in (20, 9):
        clock.forward(days=days)
        capsys.readouterr()
        async with starts(bot.app, api):
            await api.until(lambda: "discord_listening" in capsys.readouterr().out)  # it has looked at all servers
        assert await reason(bot, papers) == "the channel was deleted"
    clock.forward(days=2)
    async with starts(bot.app, api):
        await until_reason(bot, api, papers, "gone")


async def test_a_deleted_channel_is_paused_and_the_others_are_not(
    bot: Running, api: DiscordApi, lab: Guild, mod: Person, papers: Channel
) -> None:
    other = lab.makes("other")
    await api.gateway.tell("CHANNEL_CREATE", other.json())
    await mod.slash(other, "subscribe", topic="topic-a")
    await api.gateway.tell("CHANNEL_DELETE", papers.json())
    await until_reason(bot, api, papers, "the channel was deleted")
    assert await reason(bot, other) == ""
    assert len(api.private(mod.user).messages) == 1


async def test_nobody_is_told_of_what_was_paused_before_nor_of_what_is_still_there(
    bot: Running, api: DiscordApi, lab: Guild, mod: Person, papers: Channel
) -> None:
    quiet, other = lab.makes("quiet"), lab.makes("other")
    for channel in (quiet, other):
        await api.gateway.tell("CHANNEL_CREATE", channel.json())
        await mod.slash(channel, "subscribe", topic="topic-a")
    await mod.slash(quiet, "pause")
    await api.gateway.tell("CHANNEL_DELETE", papers.json())
    await api.until(lambda: len(api.private(mod.user).messages) == 1)
    await api.gateway.tell("GUILD_DELETE", {"id": str(lab.id)})
    await api.until(lambda: len(api.private(mod.user).messages) == 2)
    told = [seen.text(message) for message in api.private(mod.user).messages]
    assert [[name for name in ("#papers", "#quiet", "#other") if name in text] for text in told] == [
        ["#papers"],
        ["#other"],
    ]


async def test_permissions_given_back_start_it_again_but_not_what_was_paused_by_request(
    bot: Running, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock
) -> None:
    papers.refuses = (403, 50013, "Missing Permissions")
    clock.set("2026-11-24 10:00")
    assert (await bot.delivers()).not_sent == 1
    assert "lacks a permission" in await reason(bot, papers)
    quiet = lab.makes("quiet")
    await api.gateway.tell("CHANNEL_CREATE", quiet.json())
    await mod.slash(quiet, "subscribe", topic="topic-a")
    await mod.slash(quiet, "pause")
    await api.gateway.tell("CHANNEL_UPDATE", papers.json())
    await until_reason(bot, api, papers, "")
    assert await reason(bot, quiet) == "by request"


async def test_a_channel_that_a_member_cannot_see_is_not_there_for_them(
    bot: Running, api: DiscordApi, lab: Guild, mod: Person, ada: Person, papers: Channel
) -> None:
    hidden = discord.Permissions(view_channel=True).value
    overwrites = [
        {"id": str(lab.id), "type": 0, "allow": "0", "deny": str(hidden)},
        {"id": str(api.bot.id), "type": 1, "allow": str(hidden), "deny": "0"},
        {"id": str(mod.user.id), "type": 1, "allow": str(hidden), "deny": "0"},
    ]
    secret = lab.makes("secret", overwrites=overwrites)
    await api.gateway.tell("CHANNEL_CREATE", secret.json())
    assert "Subscribed" in (await mod.slash(papers, "subscribe", topic="topic-a", channel=secret)).text
    ada.blind.append(secret)
    for command, options in (("subscriptions", {}), ("topics", {}), ("unsubscribe", {"topic": "topic-a"})):
        done = await ada.slash(papers, command, channel=secret, **options)
        assert done.ephemeral
        assert "no such channel here that you can see" in done.text
        assert "secret" not in done.text
    assert (await ada.types(papers, "unsubscribe", "topic", "", channel=secret)).choices[0]["value"] == "topic-a"
    assert "Topic A" in (await mod.slash(papers, "subscriptions", channel=secret)).text
