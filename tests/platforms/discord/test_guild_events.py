"""Servers that change while the bot is there, or while it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from digestbot.app import App
from digestbot.domain.subscription import Address
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts
from tests.platforms.mornings import load_digest
from tests.waiting import HANG_SECONDS


@pytest.fixture
async def bot(
    empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[RunningBot]:
    """The bot, when it has looked at all servers by itself: what it does then is for what it is told."""
    await load_digest(empty_app)
    async with start_bot(empty_app, api) as running:
        await api.wait_until(lambda: "discord_listening" in capsys.readouterr().out)
        yield running


@pytest.fixture
async def papers(bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person) -> Channel:
    """A channel that is subscribed."""
    papers = lab.create_channel("papers")
    await api.gateway.broadcast_event("CHANNEL_CREATE", papers.to_json())
    assert "Subscribed" in (await mod.slash(papers, "subscribe", topic="topic-a", time="10:00")).text
    return papers


async def read_pause_reason(bot: RunningBot, papers: Channel) -> str:
    """Why the channel is paused; “gone” when nothing is stored about it."""
    assert papers.guild
    found = await bot.app.subscriptions.find(Address("discord", str(papers.guild.id), str(papers.id)))
    return found.pause_reason if found else "gone"


async def until_reason(bot: RunningBot, api: DiscordApi, papers: Channel, expected: str) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while await read_pause_reason(bot, papers) != expected:
            await asyncio.sleep(0.01)


async def test_kicked_it_tells_the_moderator_once_and_forgets_after_a_month(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock, start_bot: Starts, capsys
) -> None:
    await api.gateway.broadcast_event("GUILD_DELETE", {"id": str(lab.id)})
    await until_reason(bot, api, papers, "the bot was removed from the server")
    await api.wait_until(lambda: message_view.list_cards(api.get_private_channel(mod.user).messages))
    assert "the bot was removed from the server" in message_view.get_text(api.get_private_channel(mod.user).messages[0])
    api.guilds.remove(lab)
    clock.advance(days=29, hours=23)
    capsys.readouterr()
    async with start_bot(bot.app, api):
        await api.wait_until(lambda: "discord_listening" in capsys.readouterr().out)  # it has looked at all servers
        assert await read_pause_reason(bot, papers) == "the bot was removed from the server"
    clock.advance(days=2)
    async with start_bot(bot.app, api):
        await until_reason(bot, api, papers, "gone")
    assert len(api.get_private_channel(mod.user).messages) == 1


async def test_let_back_in_it_goes_on(bot: RunningBot, api: DiscordApi, lab: Guild, papers: Channel, clock) -> None:
    await api.gateway.broadcast_event("GUILD_DELETE", {"id": str(lab.id)})
    await until_reason(bot, api, papers, "the bot was removed from the server")
    clock.advance(days=3)
    await api.gateway.broadcast_event("GUILD_CREATE", lab.to_json(api.bot))
    await until_reason(bot, api, papers, "")
    clock.advance(days=40)
    assert await bot.app.store.subscribers.prune_left("discord", clock.now()) == 0


async def test_an_outage_of_the_server_is_no_removal(
    bot: RunningBot, api: DiscordApi, lab: Guild, papers: Channel, mod: Person
) -> None:
    await api.gateway.broadcast_event("GUILD_DELETE", {"id": str(lab.id), "unavailable": True})
    await api.gateway.broadcast_event("GUILD_CREATE", lab.to_json(api.bot) | {"unavailable": False})
    assert (await mod.slash(papers, "subscriptions")).text
    assert await read_pause_reason(bot, papers) == ""


async def test_what_happened_while_nothing_ran_is_found_out_at_the_next_start(
    empty_app: App, api: DiscordApi, lab: Guild, mod: Person, start_bot: Starts
) -> None:
    await load_digest(empty_app)
    gone, other = lab.create_channel("gone"), await api.add_guild("Other Lab", mod.user)
    there = other.create_channel("there")
    async with start_bot(empty_app, api) as bot:
        for channel in (gone, there):
            await mod.slash(channel, "subscribe", topic="topic-a")
    lab.channels.remove(gone)
    api.guilds.remove(other)
    async with start_bot(empty_app, api) as bot:
        await until_reason(bot, api, gone, "the channel was deleted")
        await until_reason(bot, api, there, "the bot was removed from the server")


async def test_a_server_that_the_gateway_leaves_out_is_left_only_if_discord_says_so(
    bot: RunningBot, api: DiscordApi, lab: Guild, papers: Channel
) -> None:
    client: Any = bot.platform.client
    client._connection._guilds.pop(lab.id)
    await client.on_shard_ready(0)
    assert await read_pause_reason(bot, papers) == ""
    api.guilds.remove(lab)
    await client.on_shard_ready(0)
    assert await read_pause_reason(bot, papers) == "the bot was removed from the server"


async def test_a_deleted_channel_of_a_server_that_the_gateway_leaves_out_is_noticed(
    bot: RunningBot, lab: Guild, papers: Channel
) -> None:
    client: Any = bot.platform.client
    client._connection._guilds.pop(lab.id)
    lab.channels.remove(papers)
    await client.on_shard_ready(0)
    assert await read_pause_reason(bot, papers) == "the channel was deleted"


async def test_a_deleted_channel_is_forgotten_after_a_month_however_often_the_bot_is_started(
    bot: RunningBot, api: DiscordApi, lab: Guild, papers: Channel, clock, start_bot: Starts, capsys
) -> None:
    lab.channels.remove(papers)
    await api.gateway.broadcast_event("CHANNEL_DELETE", papers.to_json())
    await until_reason(bot, api, papers, "the channel was deleted")
    for days in (20, 9):
        clock.advance(days=days)
        capsys.readouterr()
        async with start_bot(bot.app, api):
            await api.wait_until(lambda: "discord_listening" in capsys.readouterr().out)  # it has looked at all servers
        assert await read_pause_reason(bot, papers) == "the channel was deleted"
    clock.advance(days=2)
    async with start_bot(bot.app, api):
        await until_reason(bot, api, papers, "gone")


async def test_a_deleted_channel_is_paused_and_the_others_are_not(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel
) -> None:
    other = lab.create_channel("other")
    await api.gateway.broadcast_event("CHANNEL_CREATE", other.to_json())
    await mod.slash(other, "subscribe", topic="topic-a")
    await api.gateway.broadcast_event("CHANNEL_DELETE", papers.to_json())
    await until_reason(bot, api, papers, "the channel was deleted")
    assert await read_pause_reason(bot, other) == ""
    assert len(api.get_private_channel(mod.user).messages) == 1


def list_told(api: DiscordApi, mod: Person) -> list[str]:
    """What the moderator was told, as far as it is a card already."""
    texts = map(message_view.get_text, api.get_private_channel(mod.user).messages)
    return [text for text in texts if text]


async def test_nobody_is_told_of_what_was_paused_before_nor_of_what_is_still_there(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel
) -> None:
    quiet, other = lab.create_channel("quiet"), lab.create_channel("other")
    for channel in (quiet, other):
        await api.gateway.broadcast_event("CHANNEL_CREATE", channel.to_json())
        await mod.slash(channel, "subscribe", topic="topic-a")
    await mod.slash(quiet, "pause")
    await api.gateway.broadcast_event("CHANNEL_DELETE", papers.to_json())
    await api.wait_until(lambda: len(list_told(api, mod)) == 1)
    await api.gateway.broadcast_event("GUILD_DELETE", {"id": str(lab.id)})
    await api.wait_until(lambda: len(list_told(api, mod)) == 2)
    assert [[name for name in ("#papers", "#quiet", "#other") if name in text] for text in list_told(api, mod)] == [
        ["#papers"],
        ["#other"],
    ]


async def test_permissions_given_back_start_it_again_but_not_what_was_paused_by_request(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, clock
) -> None:
    papers.refuses = (403, 50013, "Missing Permissions")
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1
    assert "lacks a permission" in await read_pause_reason(bot, papers)
    quiet = lab.create_channel("quiet")
    await api.gateway.broadcast_event("CHANNEL_CREATE", quiet.to_json())
    await mod.slash(quiet, "subscribe", topic="topic-a")
    await mod.slash(quiet, "pause")
    await api.gateway.broadcast_event("CHANNEL_UPDATE", papers.to_json())
    await until_reason(bot, api, papers, "")
    assert await read_pause_reason(bot, quiet) == "by request"


async def test_a_channel_that_a_member_cannot_see_is_not_there_for_them(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, ada: Person, papers: Channel
) -> None:
    hidden = discord.Permissions(view_channel=True).value
    overwrites = [
        {"id": str(lab.id), "type": 0, "allow": "0", "deny": str(hidden)},
        {"id": str(api.bot.id), "type": 1, "allow": str(hidden), "deny": "0"},
        {"id": str(mod.user.id), "type": 1, "allow": str(hidden), "deny": "0"},
    ]
    secret = lab.create_channel("secret", overwrites=overwrites)
    await api.gateway.broadcast_event("CHANNEL_CREATE", secret.to_json())
    assert "Subscribed" in (await mod.slash(papers, "subscribe", topic="topic-a", channel=secret)).text
    ada.blind.append(secret)
    for command, options in (("subscriptions", {}), ("topics", {}), ("unsubscribe", {"topic": "topic-a"})):
        done = await ada.slash(papers, command, channel=secret, **options)
        assert done.ephemeral
        assert "This channel does not exist" in done.text
        assert "secret" not in done.text
    assert (await ada.type_option(papers, "unsubscribe", "topic", "", channel=secret)).choices[0]["value"] == "topic-a"
    assert "Topic A" in (await mod.slash(papers, "subscriptions", channel=secret)).text


async def test_to_unsubscribe_what_the_chosen_channel_receives_is_offered_and_nothing_of_one_that_is_hidden(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, ada: Person, papers: Channel
) -> None:
    for topic in ("Topic B", "Topic C"):
        await load_digest(bot.app, topic=topic)
    denied = str(discord.Permissions(view_channel=True).value)
    secret = lab.create_channel("secret", overwrites=[{"id": str(lab.id), "type": 0, "allow": "0", "deny": denied}])
    other = lab.create_channel("other")
    for channel in (secret, other):
        await api.gateway.broadcast_event("CHANNEL_CREATE", channel.to_json())
    await mod.slash(other, "subscribe", topic="topic-b")
    private = api.get_private_channel(ada.user)
    await ada.slash(private, "subscribe", topic="topic-c")

    async def list_offered(place: Channel, **chosen: Channel) -> list[str]:
        typed = await ada.type_option(place, "unsubscribe", "topic", "", **chosen)
        return sorted(choice["value"] for choice in typed.choices)

    assert await list_offered(papers) == ["topic-a"]
    assert await list_offered(papers, channel=other) == ["topic-b"]
    assert await list_offered(private) == ["topic-c"]
    assert await list_offered(papers, channel=secret) == [
        "topic-a",
        "topic-b",
        "topic-c",
    ]  # as of one that is not there


@pytest.mark.parametrize("what", ["deleted", "hidden"])
async def test_a_button_about_a_channel_that_is_there_no_more_changes_nothing_instead(
    bot: RunningBot, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, what: str
) -> None:
    other = lab.create_channel("other")
    await api.gateway.broadcast_event("CHANNEL_CREATE", other.to_json())
    shown = await mod.slash(papers, "topics", channel=other)
    if what == "deleted":
        lab.channels.remove(other)
        await api.gateway.broadcast_event("CHANNEL_DELETE", other.to_json())
    else:
        denied = str(discord.Permissions(view_channel=True).value)
        other.overwrites = [{"id": str(lab.id), "type": 0, "allow": "0", "deny": denied}]
        await api.gateway.broadcast_event("CHANNEL_UPDATE", other.to_json())
    tapped = await mod.tap(shown.message, "Subscribe")
    assert "This channel does not exist, or you cannot see it" in tapped.text
    for address in (Address("discord", str(mod.user.id)), Address("discord", str(lab.id), str(other.id))):
        assert await bot.app.subscriptions.find(address) is None
