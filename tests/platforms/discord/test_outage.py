"""The gateway on a bad day, with the real discord.py: what the connection does, and what is said of it.

Time is the connection's own (``QuickPace``): an outage of hours is over in a moment.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import signal
import traceback
from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import shard
from discord.gateway import DiscordWebSocket

from digestbot.app import App
from digestbot.platforms.discord.gateway.timing import Backoff, GatewayPace, GatewayTimes
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild
from tests.platforms.discord.conftest import Starts
from tests.platforms.discord.listening import Incidents, open_listener
from tests.platforms.discord.pace import QuickPace
from tests.platforms.machine import BotMachine
from tests.waiting import HANG_SECONDS

_DAY_SECONDS = 86_400.0


@pytest.fixture
def papers(lab: Guild) -> Channel:
    return lab.create_channel("papers")


@pytest.fixture
def pace() -> QuickPace:
    return QuickPace()


@pytest.fixture
def incidents() -> Incidents:
    return Incidents()


def switch(api: DiscordApi, **to: object) -> Callable[[], None]:
    """What turns switches of the gateway over."""

    def turn() -> None:
        for name, value in to.items():
            setattr(api.gateway, name, value)

    return turn


async def is_answered(api: DiscordApi, ada: Person, papers: Channel) -> bool:
    await api.wait_until(lambda: api.gateway.is_heard)
    return "Protein Design" in (await ada.slash(papers, "topics")).text


async def pass_stable(api: DiscordApi, pace: QuickPace, incidents: Incidents) -> None:
    """Let the connection last, and be looked at."""
    pace.advance_to(pace.seconds + pace.times.stable)
    await api.gateway.request_heartbeat()
    await api.gateway.broadcast_event("UNHEARD_OF", {})
    await api.wait_until(lambda: not incidents.open_components)


# -- how long it takes ------------------------------------------------------------------------------------------


def test_a_connection_is_back_a_minute_after_an_outage_at_most() -> None:
    times = GatewayTimes()
    assert times.open + times.greeting + times.longest_pause + times.begin_interval <= 60


def test_pauses_grow_to_the_longest_and_are_spread() -> None:
    times, pauses = GatewayTimes(), dict[int, list[float]]()
    for failures in (0, 1, 3, 6, 10_000):
        backoff = Backoff(times)
        backoff.failures = failures
        pauses[failures] = [backoff.next_pause() for _ in range(50)]
    assert set(pauses[0]) == {0.0}
    for failures, longest in ((1, 1.0), (3, 4.0), (6, 19.5), (10_000, 19.5)):
        assert longest / 2 <= min(pauses[failures]) < max(pauses[failures]) <= longest


async def test_after_twenty_minutes_it_is_back_within_one_and_has_missed_nothing(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace, incidents: Incidents, capsys
) -> None:
    async with open_listener(app, api, pace=pace, incidents=incidents):
        gateway, begun = api.gateway, pace.seconds
        over = begun + 1200
        pace.call_at(over, switch(api, refuses_with=0))
        gateway.refuses_with = 503
        await gateway.abort_connections()
        asked = await ada.slash(papers, "topics")  # during the outage; the bot is told when it is over
        assert "Protein Design" in asked.text
        assert over <= pace.seconds <= over + 60
        assert gateway.attempts > 30
        assert len(gateway.identified) == 1
        (told,) = incidents.told
        assert "5 minutes (WSServerHandshakeError)" in told
        await pass_stable(api, pace, incidents)
        assert incidents.told == [told, "resolved"]
    said = capsys.readouterr().out
    assert said.count("reason=WSServerHandshakeError") == 1
    assert said.count("discord_shard_disconnected") == 2  # that it was cut, and that nobody answers
    assert said.count("discord_shard_resumed") == 1


async def test_a_gateway_that_is_down_at_the_start_is_waited_for_as_long_as_it_takes(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace
) -> None:
    over, depths = 78 * 60.0, list[int]()

    def measure_depth() -> None:
        depths.append(sum(1 for _ in traceback.walk_stack(None)))

    api.gateway.refuses_with = 502
    pace.call_at(120, measure_depth)
    pace.call_at(over - 60, measure_depth)
    pace.call_at(over, switch(api, refuses_with=0))
    async with open_listener(app, api, pace=pace):
        assert over <= pace.seconds <= over + 60
        assert api.gateway.attempts > 200
        assert depths[0] == depths[1]  # no attempt is made within the one before
        assert await is_answered(api, ada, papers)


# -- sessions that may be begun ---------------------------------------------------------------------------------


async def test_a_session_that_may_not_be_begun_is_waited_for_and_the_admin_told(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace, incidents: Incidents, capsys
) -> None:
    async with open_listener(app, api, pace=pace, incidents=incidents):
        gateway = api.gateway
        gateway.starts_left, gateway.starts_again_in = 0, 1800.0
        pace.call_at(pace.seconds + 1800, switch(api, starts_left=1000))
        await gateway.invalidate_sessions(resumable=False)
        await api.wait_until(lambda: len(gateway.identified) == 2)
        assert pace.seconds >= 1800
        assert await is_answered(api, ada, papers)
    (told,) = incidents.told
    assert "1000 times a day" in told
    assert "30 minutes" in told
    assert capsys.readouterr().out.count("discord_sessions_used_up") == 1


async def test_sessions_that_always_end_at_once_never_use_up_a_day(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace, capsys
) -> None:
    gateway = api.gateway
    gateway.starts_left, gateway.starts_again_in, gateway.invalidates = 40, _DAY_SECONDS / 2, True
    pace.call_at(_DAY_SECONDS, switch(api, invalidates=False, starts_left=1000))
    async with open_listener(app, api, pace=pace):
        assert 10 < gateway.refused < 200
        assert gateway.violations == []  # none too many
        assert await is_answered(api, ada, papers)
    assert capsys.readouterr().out.count("reason='Discord ended the session (op 9)'") <= 200


async def test_every_start_counts_while_all_that_begins_ends(app: App, api: DiscordApi, pace: QuickPace) -> None:
    """Of a thousand sessions half may be begun quickly; the other half lasts until there are new ones."""
    gateway = api.gateway
    gateway.starts_left, gateway.starts_again_in, gateway.invalidates = 510, _DAY_SECONDS, True
    async with open_listener(app, api, pace=pace, is_heard=False):
        await api.wait_until(lambda: gateway.refused >= 10)
        quick = pace.seconds
        await api.wait_until(lambda: gateway.refused >= 20)
        assert pace.seconds - quick > 5 * _DAY_SECONDS / 510


@pytest.mark.parametrize("ending", [4000, 7])
async def test_a_connection_that_always_ends_at_once_is_made_less_and_less_often(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace, incidents: Incidents, ending: int, capsys
) -> None:
    async with open_listener(app, api, pace=pace, incidents=incidents):
        gateway = api.gateway
        pace.call_at(pace.seconds + 600, switch(api, ends_greeted_with=None))
        gateway.ends_greeted_with = ending
        await gateway.close_connections()
        await api.wait_until(lambda: gateway.ends_greeted_with is None)
        assert gateway.attempts < 80
        assert 1 < len(gateway.identified) < 30  # a session that only ends is not resumed for ever
        assert await is_answered(api, ada, papers)
        assert len(incidents.told) == 1
    assert capsys.readouterr().out.count("discord_shard_disconnected") <= 3


async def test_shards_begin_as_many_at_a_time_as_discord_allows(app: App, api: DiscordApi) -> None:
    gateway = api.gateway
    api.shards, gateway.max_concurrency, gateway.concurrency_seconds = 6, 2, 0.1
    async with open_listener(app, api, pace=GatewayPace(GatewayTimes(begin_interval=0.3))):
        await api.wait_until(lambda: len(gateway.sessions) == 6)
        assert gateway.refused == 0
        await gateway.close_connections()
        await api.wait_until(lambda: gateway.resumed == 6)
        assert len(gateway.identified) == 6


# -- what else goes wrong ---------------------------------------------------------------------------------------


async def test_where_sessions_are_resumed_nobody_listens(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace
) -> None:
    api.gateway.resume_url = "ws://127.0.0.1:9"
    async with open_listener(app, api, pace=pace):
        await api.gateway.close_connections()
        assert await is_answered(api, ada, papers)
        assert (api.gateway.resumed, len(api.gateway.identified)) == (1, 1)


@pytest.mark.parametrize("silence", [{"is_mute": True}, {"greets": False}])
async def test_a_gateway_that_takes_connections_and_says_nothing_is_left(
    app: App, api: DiscordApi, papers: Channel, ada: Person, silence: dict[str, bool]
) -> None:
    pace = QuickPace(GatewayTimes(open=0.1, greeting=0.1, close=0.1))
    for name, value in silence.items():
        setattr(api.gateway, name, value)
    async with open_listener(app, api, pace=pace, is_heard=False):
        await api.wait_until(lambda: api.gateway.attempts >= 3)
        switch(api, is_mute=False, greets=True)()
        assert await is_answered(api, ada, papers)


async def test_a_session_that_cannot_be_resumed_is_given_up(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace
) -> None:
    """As in discord-api-docs issue 1619: each attempt to resume is cut off, and a new session works at once."""
    async with open_listener(app, api, pace=pace):
        switch(api, greets=False, ends_greeted_with=4000)()
        await api.gateway.close_connections()
        await api.wait_until(lambda: len(api.gateway.identified) >= 2)
        assert api.gateway.resumed == 3
        switch(api, greets=True, ends_greeted_with=None)()
        assert await is_answered(api, ada, papers)


async def test_a_dead_connection_is_left_though_nobody_answers_its_close(
    app: App, api: DiscordApi, papers: Channel, ada: Person
) -> None:
    switch(api, answers_close=False)()
    pace = QuickPace(GatewayTimes(silence=0.3, close=0.05))
    async with open_listener(app, api, pace=pace, heartbeat=600):  # with no heartbeat within the test
        switch(api, answers_close=True)()
        assert await is_answered(api, ada, papers)
        await api.wait_until(lambda: api.gateway.resumed)
        assert len(api.gateway.identified) == 1


async def test_what_is_no_answer_of_discords_is_not_taken_for_one(
    app: App, api: DiscordApi, papers: Channel, ada: Person, start_bot: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.common.connecting._FIRST_RETRY_SECONDS", 0.01)
    for path in ("/users/@me", "/gateway/bot", "/oauth2/applications/@me"):
        api.fail_next("GET", path, 200, by="page")
    async with start_bot(app, api):
        api.fail_next("GET", "/gateway/bot", 200, by="empty")
        api.fail_next("GET", "/gateway/bot", 403, times=2)
        await api.gateway.invalidate_sessions(resumable=False)
        assert await is_answered(api, ada, papers)


async def test_an_event_that_cannot_be_read_is_not_the_last(
    app: App, api: DiscordApi, papers: Channel, ada: Person, pace: QuickPace
) -> None:
    async with open_listener(app, api, pace=pace):
        await api.gateway.broadcast_event("CHANNEL_CREATE", {"guild_id": "no number"})
        assert await is_answered(api, ada, papers)
        assert len(api.gateway.identified) == 1


async def test_what_happened_while_a_session_was_lost_is_noticed(
    app: App, api: DiscordApi, lab: Guild, papers: Channel, mod: Person, pace: QuickPace
) -> None:
    async with open_listener(app, api, pace=pace):
        await mod.slash(papers, "subscribe", topic="protein-design")
        lab.channels.remove(papers)  # and nobody tells
        await api.gateway.invalidate_sessions(resumable=False)
        await api.wait_until(lambda: message_view.list_cards(api.get_private_channel(mod.user).messages))
    (told,) = api.get_private_channel(mod.user).messages
    assert "the channel was deleted" in message_view.get_text(told)


# -- the end ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        {"invalidates": True},
        {"is_mute": True},
        {"greets": False},
        {"refuses_with": 503},
        {"ends_greeted_with": 4000},
        {"starts_left": 0, "starts_again_in": 60.0},
    ],
    ids=str,
)
async def test_one_cancellation_ends_it_whatever_the_gateway_does(
    app: App, api: DiscordApi, trouble: dict[str, object]
) -> None:
    pace = QuickPace(GatewayTimes(open=0.1, greeting=0.1, close=0.1))
    async with open_listener(app, api, pace=pace) as (_, task):
        asked = len(api.list_bodies("GET", "/gateway/bot"))
        switch(api, **trouble)()
        await api.gateway.invalidate_sessions(resumable=False)
        await api.wait_until(
            lambda: api.gateway.attempts >= 3 or len(api.list_bodies("GET", "/gateway/bot")) > asked + 2
        )
        task.cancel()
        await asyncio.wait([task], timeout=HANG_SECONDS)
        assert task.cancelled()


@pytest.mark.parametrize("trouble", [{"invalidates": True}, {"is_mute": True}, {"answers_close": False}], ids=str)
async def test_a_process_ends_in_order_whatever_the_gateway_does(
    machine: BotMachine, api: DiscordApi, trouble: dict[str, object]
) -> None:
    switch(api, **trouble)()
    process = await machine.start_process("run")
    await api.wait_until(
        lambda: api.gateway.refused or (api.gateway.attempts and (api.gateway.is_mute or api.gateway.beats))
    )
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0, machine.log.read_text()


async def test_the_admin_is_told_by_message_of_sessions_that_are_used_up(
    machine: BotMachine, api: DiscordApi, ada: Person
) -> None:
    machine.env |= {"DIGESTBOT_ADMIN_CHAT": f"discord:{ada.user.id}", "DIGESTBOT_LANGUAGE": "zh"}
    api.gateway.starts_left, api.gateway.starts_again_in = 0, 7200.0
    async with machine.run_bot("2026-11-24T12:00:00"):
        await api.wait_until(lambda: message_view.list_cards(api.get_private_channel(ada.user).messages))
    (told,) = api.get_private_channel(ada.user).messages
    assert "120 分钟" in message_view.get_text(told)
    assert api.gateway.identified == []


# -- the library ------------------------------------------------------------------------------------------------


_READ_INTERNALS = "2e4115304abc7b8d"
"""What digestbot/platforms/discord/gateway stands in for, or relies on, as it was when that was written."""


def test_discord_py_connects_as_it_did_when_its_loop_was_replaced() -> None:
    """If not: read these again, and what their history says of them; then gateway/ and this value."""
    parts: list[Any] = [
        shard.AutoShardedClient.launch_shards,
        shard.AutoShardedClient.connect,
        shard.Shard,
        DiscordWebSocket.from_client,
        DiscordWebSocket.received_message,
        DiscordWebSocket.poll_event,
        DiscordWebSocket.wait_for,
        DiscordWebSocket.close,
        discord.state.AutoShardedConnectionState.parse_ready,
        discord.state.ConnectionState._remove_guild,
    ]
    source = "".join(inspect.getsource(part) for part in parts)
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == _READ_INTERNALS
