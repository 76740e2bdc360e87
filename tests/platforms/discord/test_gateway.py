"""The connection and what is told over it: shards, cuts, commands; and what comes from versions of before."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from discord import Permissions

from digestbot.app import App, open_platform
from digestbot.core.delivery.rate_limiter import Rate
from digestbot.domain.subscription import Address
from digestbot.errors import SettingsError
from digestbot.platforms.discord import DiscordPlatform
from digestbot.platforms.discord.adapter import build_rate_limits
from digestbot.platforms.discord.incoming.command_sync import _HASH_KEY
from digestbot.platforms.discord.incoming.guild_events import get_shard_id
from digestbot.settings import DiscordSettings, load_settings
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.api.world import APPLICATION, GROUP, Channel, Guild, Message, User
from tests.platforms.discord.conftest import Starts, make_answers_public
from tests.platforms.discord.listening import Incidents, make_platform, open_listener
from tests.platforms.discord.pace import QuickPace


@pytest.fixture
async def papers(app: App, lab: Guild) -> Channel:
    """A channel where everybody sees what one of them asks for."""
    channel = lab.create_channel("papers")
    await make_answers_public(app, Address("discord", str(lab.id), str(channel.id)))
    return channel


async def test_commands_are_answered_over_the_real_connection(
    app: App, api: DiscordApi, papers: Channel, ada: Person, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        digest = await ada.slash(papers, "latest", topic="protein-design")
        assert message_view.get_heading(digest.message).startswith("Protein Design · Mon 23 Nov · ")
        assert not digest.ephemeral
        details = await ada.open_paper(digest.message)
        assert message_view.get_heading(details.message).startswith("[LoopSmith")
        assert (await ada.look_up(papers, "https://arxiv.org/abs/2611.90088")).ephemeral


async def test_a_connection_that_is_cut_is_resumed_and_misses_nothing(
    app: App, api: DiscordApi, papers: Channel, ada: Person, start_bot: Starts, capsys
) -> None:
    async with start_bot(app, api):
        gateway = api.gateway
        for number, cuts in enumerate(
            (
                gateway.close_connections,
                lambda: gateway.close_connections(1001),
                gateway.abort_connections,
                gateway.request_reconnect,
                lambda: gateway.invalidate_sessions(resumable=True),
            ),
            1,
        ):
            await cuts()
            assert "Protein Design" in (await ada.slash(papers, "topics")).text
            await until_resumed(api, number)
            await gateway.request_heartbeat()
        assert len(gateway.identified) == 1
    assert "discord_shard_resumed" in capsys.readouterr().out


async def until_resumed(api: DiscordApi, number: int) -> None:
    await api.wait_until(lambda: api.gateway.resumed == number)


async def until_identified(api: DiscordApi, number: int) -> None:
    await api.wait_until(lambda: len(api.gateway.identified) == number)


async def test_a_session_that_is_no_more_is_begun_anew(
    app: App, api: DiscordApi, papers: Channel, ada: Person, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        for session in list(api.gateway.sessions.values()):
            del api.gateway.sessions[session.id]
            await session.socket.close(code=4009)
        await until_identified(api, 2)
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        await api.gateway.invalidate_sessions(resumable=False)
        await until_identified(api, 3)
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        api.gateway.refused_resumes = 1
        await api.gateway.close_connections()
        await until_identified(api, 4)
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        assert api.gateway.resumed == 0


async def test_a_connection_on_which_heartbeats_are_not_answered_is_begun_again(
    app: App, api: DiscordApi, papers: Channel, ada: Person
) -> None:
    async with open_listener(app, api, heartbeat=0.5):
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        await api.wait_until(lambda: api.gateway.beats > 2)
        api.gateway.acknowledges = False
        await api.wait_until(lambda: api.gateway.resumed)
        api.gateway.acknowledges = True
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        assert len(api.gateway.identified) == 1


async def test_a_process_that_was_paused_leaves_people_to_its_successor(
    app: App, api: DiscordApi, papers: Channel, ada: Person
) -> None:
    is_paused, asked = asyncio.Event(), list[bool]()

    def is_leading() -> bool:
        asked.append(is_paused.is_set())
        return not is_paused.is_set()

    async with open_listener(app, api, is_leading=is_leading):
        shown = (await ada.slash(papers, "topics")).message
        answers = len(api.list_bodies("POST", "/callback$"))
        is_paused.set()
        acts = (
            ada.slash(papers, "topics"),
            ada.type_option(papers, "latest", "topic", "prot"),
            ada.tap(shown, "Subscribe"),
            ada.send_text("/topics"),
        )
        waiting = [asyncio.create_task(act) for act in acts]
        await api.wait_until(lambda: asked.count(True) >= 7)  # of interactions, two handlers hear
        assert not any(task.done() for task in waiting)
        assert len(api.list_bodies("POST", "/callback$")) == answers
        assert not api.get_private_channel(ada.user).messages
        for task in waiting:
            task.cancel()


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        (4010, "DIGESTBOT_DISCORD__SHARD_COUNT: .*4010.*leave it"),
        (4011, "DIGESTBOT_DISCORD__SHARD_COUNT: .*4011.*leave it"),
        (4012, "4012.*update digestbot"),
        (4013, "4013.*update digestbot"),
        (4014, "4014.*update it"),
    ],
)
async def test_a_connection_that_discord_ends_for_good_is_said_with_a_way_out(
    app: App, api: DiscordApi, code: int, way_out: str
) -> None:
    incidents = Incidents()
    async with open_listener(app, api, incidents=incidents, shard_count=1) as (_, task):
        await api.gateway.close_connections(code)
        with pytest.raises(SettingsError, match=way_out) as ended:
            await task
    assert incidents.told == [str(ended.value)]


async def test_a_token_that_the_gateway_alone_refuses_is_not_given_up(
    app: App, api: DiscordApi, papers: Channel, ada: Person
) -> None:
    async with open_listener(app, api) as (_, task):
        await api.gateway.close_connections(4004)
        await until_resumed(api, 1)
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        api.gateway.token = "another"
        await api.gateway.close_connections(4004)
        with pytest.raises(SettingsError, match=r"DIGESTBOT_DISCORD__TOKEN: .*makes a new one"):
            await task


async def test_a_bot_that_has_outgrown_its_shards_takes_more(app: App, api: DiscordApi, start_bot: Starts) -> None:
    async with start_bot(app, api):
        api.shards = 2
        await api.gateway.close_connections(4011)
        await api.wait_until(lambda: [one["shard"] for one in api.gateway.identified] == [[0, 1], [0, 2], [1, 2]])
        await api.wait_until(lambda: api.gateway.is_heard)


async def test_no_session_is_begun_where_none_is_left_today(
    app: App, api: DiscordApi, papers: Channel, ada: Person, capsys
) -> None:
    api.gateway.starts_left, api.gateway.starts_again_in = 0, 0.5
    app_log = ""
    platform = make_platform(app, api)
    async with open_platform(platform):
        task = asyncio.create_task(platform.listen(app.dispatcher.handle_message))

        def is_logged() -> bool:
            nonlocal app_log
            app_log += capsys.readouterr().out
            return "discord_sessions_used_up" in app_log

        await api.wait_until(is_logged)
        assert api.gateway.identified == []
        api.gateway.starts_left = 1000
        await api.wait_until_connected()
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_sessions_that_are_begun_too_soon_after_each_other_are_begun_again(
    app: App, api: DiscordApi, papers: Channel, ada: Person, start_bot: Starts
) -> None:
    pace = QuickPace()
    api.gateway.concurrency_seconds, api.gateway.now = 5, pace.now
    for number in (1, 2):  # the second within the seconds of the first
        async with start_bot(app, api, pace=pace):
            await until_identified(api, number)
            await api.wait_until(lambda: api.gateway.is_heard)
            assert "Protein Design" in (await ada.slash(papers, "topics")).text
    assert api.gateway.refused > 0


async def test_what_the_gateway_tells_twice_is_done_once(
    app: App, api: DiscordApi, lab: Guild, papers: Channel, mod: Person, ada: Person, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        api.gateway.times = 2
        assert message_view.get_heading((await ada.slash(papers, "latest", topic="protein-design")).message).startswith(
            "Protein"
        )
        assert "Subscribed" in (await mod.slash(papers, "subscribe", topic="protein-design")).text
        assert message_view.get_heading(await ada.send_text("2611.90112")).startswith("[LoopSmith")
        assert "papers found" in message_view.get_text(await ada.send_text("a design"))
        lab.channels.remove(papers)
        await api.gateway.broadcast_event("CHANNEL_DELETE", papers.to_json())
        await api.wait_until(lambda: api.get_private_channel(mod.user).messages)
        api.gateway.times = 1
        api.gateway.told_again = 20  # from the middle of it all
        await api.gateway.close_connections()
        assert message_view.get_heading(await ada.send_text("2611.90088")).startswith("[Thermo")
    assert len(papers.messages) == 1
    assert len(api.get_private_channel(ada.user).messages) == 3
    assert len(api.get_private_channel(mod.user).messages) == 1


@pytest.mark.parametrize(
    ("guild", "shard"), [(0 << 22, 0), (1 << 22, 1), (2 << 22, 2), (3 << 22, 3), (4 << 22 | 1, 0), (5 << 22 | 3, 1)]
)
def test_the_shard_of_a_guild_is_told_by_the_time_it_was_made(
    app: App, api: DiscordApi, guild: int, shard: int
) -> None:
    assert get_shard_id(make_platform(app, api, shard_count=4).client, guild) == shard
    assert get_shard_id(make_platform(app, api).client, guild) == 0


async def test_a_process_takes_the_shards_it_is_given(app: App, api: DiscordApi, start_bot: Starts) -> None:
    async with start_bot(app, api, shard_count=4, shard_ids="1-2"):
        await api.wait_until(lambda: [one.greeted for one in api.gateway.sessions.values()] == [True, True])
        assert [one["shard"] for one in api.gateway.identified] == [[1, 4], [2, 4]]


async def test_a_guild_of_another_processes_shard_is_not_taken_for_left(
    app: App, api: DiscordApi, lab: Guild, mod: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        await mod.slash(papers, "subscribe", topic="protein-design")
    mine = (lab.id >> 22) % 2
    for shard in (1 - mine, mine):
        async with start_bot(app, api, shard_count=2, shard_ids=str(shard)):
            assert await app.store.subscribers.list_chats_with_threads("discord") == {str(lab.id): True}


async def test_commands_are_told_once_and_again_when_they_change(app: App, api: DiscordApi, start_bot: Starts) -> None:
    for _ in range(2):
        async with start_bot(app, api):
            pass
    assert len(api.list_bodies("PUT", "/commands$")) == 1
    await app.store.key_values.set(_HASH_KEY.format(application=APPLICATION, guild=""), "of another version")
    async with start_bot(app, api):
        await api.wait_until(lambda: len(api.list_bodies("PUT", "/commands$")) == 2)


async def test_a_test_server_has_the_commands_at_once_and_alone_until_it_is_set_no_more(
    app: App, api: DiscordApi, lab: Guild, ada: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api, test_guild=lab.id):
        assert (await ada.slash(papers, "topics")).text
    assert list(api.commands) == [lab.id]
    async with start_bot(app, api):
        await api.wait_until(lambda: 0 in api.commands)
    assert api.commands[lab.id] == []
    assert len(api.commands[0]) == 34


@pytest.mark.parametrize("fault", [400, 403, "cut-after"])
async def test_commands_that_discord_does_not_take_are_said_and_nothing_stops(
    app: App, api: DiscordApi, start_bot: Starts, capsys, fault: int | str
) -> None:
    api.commands[0] = []
    api.fail_next("PUT", "/commands$", fault)
    async with start_bot(app, api):
        await api.wait_until(lambda: "discord_commands_not_registered" in capsys.readouterr().out)
        await api.wait_until(lambda: len(api.commands[0]) == 34)  # told again once it is connected


async def test_an_option_or_a_command_of_a_version_before_is_answered(
    app: App, api: DiscordApi, ada: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        (latest,) = [one for one in api.commands[0] if one["name"] == "latest"]
        latest["options"].append({"name": "colour", "type": 3, "description": "of before"})
        assert (
            "Protein Design · Mon 23" in (await ada.slash(papers, "latest", topic="protein-design", colour="red")).text
        )
        assert (
            "comes from an older version" in (await ada.slash(papers, "digest")).text
        )  # its topic was not needed before
        api.commands[0].append({**latest, "name": "forecast", "options": []})
        done = await ada.slash(papers, "forecast")
        assert "comes from an older version" in done.text
        assert done.ephemeral


@pytest.mark.parametrize("data", ["0>latest", "paper_2611.90112", "1#0123456789abcdef", "x" * 100])
async def test_a_button_of_a_version_before_is_answered(
    app: App, api: DiscordApi, ada: Person, papers: Channel, start_bot: Starts, data: str
) -> None:
    button = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Old", "custom_id": data}]}
    old = Message(papers, {"components": [button], "flags": 1 << 15}, api.bot)
    papers.messages.append(old)
    async with start_bot(app, api):
        assert "comes from an older version" in (await ada.tap(old, "Old")).text


async def test_a_form_of_a_version_before_is_answered_however_often(
    app: App, api: DiscordApi, ada: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        for _ in range(2):
            assert "comes from an older version" in (await ada.submit_form(papers, "settings")).text


async def test_a_button_of_a_message_that_is_gone_is_answered_beside_it(
    app: App, api: DiscordApi, ada: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        digest = await ada.slash(papers, "latest", topic="protein-design")
        papers.messages.remove(digest.message)
        details = await ada.open_paper(digest.message)
        assert details.ephemeral
        assert message_view.get_heading(details.message).startswith("[LoopSmith")


async def test_so_is_one_whose_answer_takes_long(
    app: App, api: DiscordApi, ada: Person, papers: Channel, start_bot: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.discord.outgoing.responder._DEFER_AFTER_SECONDS", 0)
    async with start_bot(app, api):
        digest = await ada.slash(papers, "latest", topic="protein-design")
        papers.messages.remove(digest.message)
        details = await ada.open_paper(digest.message)
        await api.wait_until(lambda: details.messages)
        assert details.ephemeral
        assert message_view.get_heading(details.message).startswith("[LoopSmith")


async def test_the_same_tap_twice_is_one(
    app: App, api: DiscordApi, ada: Person, mod: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        digest = await ada.slash(papers, "latest", topic="protein-design")
        details = await mod.open_paper(digest.message)
        first, second = await asyncio.gather(mod.tap(details.message, "Share"), mod.tap(details.message, "Share"))
        assert sorted(len(one.messages) for one in (first, second)) == [0, 1]
        assert len(papers.messages) == 2


async def test_as_an_app_of_ones_own_it_answers_anywhere_and_subscribes_the_person(
    app: App, api: DiscordApi, ada: Person, clock, start_bot: Starts
) -> None:
    elsewhere = Guild("Not ours", User("owner"))
    general = elsewhere.create_channel("general")
    async with start_bot(app, api) as bot:
        ada.installed = True
        digest = await ada.slash(general, "latest", topic="protein-design")
        assert message_view.get_heading(digest.message).startswith("Protein Design · Mon 23 Nov · ")
        done = await ada.slash(general, "subscribe", topic="protein-design", time="10:00")
        assert done.ephemeral
        assert "Subscribed" in done.text
        clock.set("2026-11-24 10:00")
        assert (await bot.deliver()).sent == 1
    assert message_view.get_heading(api.get_private_channel(ada.user).messages[0]).startswith(
        "Protein Design · Mon 23 Nov · "
    )
    assert digest.ephemeral  # the bot is not in the server: nobody there can choose


async def test_an_answer_is_in_the_language_of_the_app(
    app: App, api: DiscordApi, lab: Guild, ada: Person, start_bot: Starts
) -> None:
    ada.language = "zh-CN"
    async with start_bot(app, api):
        for channel in (api.get_private_channel(ada.user), lab.create_channel("papers")):
            assert "订阅" in (await ada.slash(channel, "help")).text


async def test_in_a_group_what_is_ones_own_is_for_ones_own_eyes(
    app: App, api: DiscordApi, ada: Person, start_bot: Starts
) -> None:
    group = Channel("", GROUP, owner=User("owner"))
    async with start_bot(app, api):
        assert (await ada.slash(group, "saved")).ephemeral
        assert not (await ada.slash(group, "latest", topic="protein-design")).ephemeral
        assert not (await ada.slash(api.get_private_channel(ada.user), "saved")).ephemeral


async def test_who_may_not_write_shares_with_nobody(
    app: App, api: DiscordApi, ada: Person, mod: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        digest = await ada.slash(papers, "latest", topic="protein-design")
        mod.permissions = Permissions(view_channel=True, read_message_history=True)
        details = await mod.open_paper(digest.message)
        assert (await mod.tap(details.message, "Share")).ephemeral
        assert len(papers.messages) == 1


async def test_a_private_message_is_answered_there(
    app: App, api: DiscordApi, ada: Person, papers: Channel, start_bot: Starts
) -> None:
    async with start_bot(app, api):
        private = api.get_private_channel(ada.user)
        own, theirs = Message(private, {"content": "2611.90112"}, api.bot), Message(private, {"content": ""}, ada.user)
        for said in (own, theirs):  # what the bot wrote itself, and a picture, say
            await api.gateway.broadcast_event("MESSAGE_CREATE", said.to_json() | {"channel_type": 1})
        in_public = Message(papers, {"content": "2611.90112"}, ada.user).to_json() | {"guild_id": str(papers.guild_id)}
        await api.gateway.broadcast_event("MESSAGE_CREATE", in_public)
        assert message_view.get_heading(await ada.send_text("2611.90112")).startswith("[LoopSmith")
        assert "papers found" in message_view.get_text(await ada.send_text("a design"))
    assert len({body["nonce"] for body in api.list_bodies("POST", "/messages$")}) == 2
    assert len(private.messages) == 2


async def test_a_token_that_discord_refuses_is_a_sentence_without_it(app: App, api: DiscordApi) -> None:
    wrong = TOKEN.replace("not-a", "yes-a")
    settings = DiscordSettings(token=wrong, api_url=api.url)
    platform = DiscordPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock)
    with pytest.raises(SettingsError, match="the developer portal makes a new one") as refused:
        async with open_platform(platform):
            pass
    assert wrong not in str(refused.value)


async def test_a_bot_that_never_tried_to_reach_discord_can_be_closed(app: App) -> None:
    settings = DiscordSettings(token=TOKEN)
    await DiscordPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock).close()


async def test_a_server_that_is_not_there_yet_is_waited_for(
    app: App, api: DiscordApi, start_bot: Starts, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.common.connecting._FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr("digestbot.platforms.common.connecting._LONGEST_RETRY_SECONDS", 0.04)
    api.fail_next("GET", "/users/@me", 403)
    api.fail_next("GET", "/users/@me", 429, by="page")
    api.fail_next("GET", "/gateway/bot", 503, by="page")
    api.fail_next("GET", "/users/@me", "cut-after")
    async with start_bot(app, api):
        assert api.commands
    waits = re.findall(r"discord_not_reached +again_in_seconds=(\S+)", capsys.readouterr().out)
    assert [float(wait) for wait in waits] == [0.01, 0.02, 0.04, 0.04]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"token": "no.token"}, "DIGESTBOT_DISCORD__TOKEN: not a bot token"),
        ({"shard_ids": "0-1"}, "DIGESTBOT_DISCORD: shard_ids needs shard_count"),
        ({"shard_ids": "0-4", "shard_count": 4}, "DIGESTBOT_DISCORD: shard_ids are 0 to 3"),
        ({"shard_ids": "all"}, "DIGESTBOT_DISCORD__SHARD_IDS: "),
        ({"api_url": "discord.com"}, "DIGESTBOT_DISCORD__API_URL: "),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(discord=wrong)
    assert sentence in str(refused.value)
    assert "no.token" not in str(refused.value)


def test_processes_with_other_shards_listen_for_something_else(app: App) -> None:
    def get_listener_key(**chosen: Any) -> str:
        settings = DiscordSettings(token=TOKEN, **chosen)
        return DiscordPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock).listener_key

    shards = [{}, {"shard_count": 4, "shard_ids": "0-1"}, {"shard_count": 4, "shard_ids": "2-3"}]
    assert len({get_listener_key(**chosen) for chosen in shards}) == 3
    assert get_listener_key(shard_count=4, shard_ids="0-1") == get_listener_key(shard_count=4, shard_ids="0-1")


def test_the_rates_are_discords() -> None:
    assert DiscordSettings().requests_per_second == 50
    kept = build_rate_limits(DiscordSettings(requests_per_second=40))
    assert kept.token == Rate(40, 1.0)
    assert (kept.chat, kept.burst, kept.group) == (Rate(5, 5.0),) * 3


def test_shards_are_numbers_and_ranges() -> None:
    assert DiscordSettings(shard_count=8, shard_ids="0-2,5").shard_list == [0, 1, 2, 5]
    assert DiscordSettings().shard_list is None


async def test_a_gateway_that_lost_its_lease_listens_again_when_it_has_it(
    app: App, api: DiscordApi, lab: Guild, ada: Person
) -> None:
    platform = make_platform(app, api, requests_per_second=10_000)
    papers = lab.create_channel("papers")
    async with open_platform(platform):
        for _ in range(2):
            listening = asyncio.create_task(platform.listen(app.dispatcher.handle_message))
            await api.wait_until_connected()
            assert "Protein Design" in (await ada.slash(papers, "topics")).text
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
