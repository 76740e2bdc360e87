"""The real adapter, discord.py and all, in a simulated Discord (simcord) where members type, tap and choose."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from digestbot.app import App, open_platform
from digestbot.core.answers.answer_limiter import AnswerLimits
from digestbot.core.delivery.service import CycleResult
from digestbot.core.ports import IncomingMessage, Reply
from digestbot.domain.subscription import Address
from digestbot.domain.topic import Topic
from digestbot.platforms.discord import DiscordPlatform
from digestbot.platforms.discord.gateway.timing import GatewayPace
from digestbot.settings import DiscordSettings
from tests.fakes import UNLIMITED
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import MODERATES, Person
from tests.platforms.discord.api.rules import is_modal
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.api.world import Guild, User
from tests.platforms.discord.pace import QuickPace
from tests.platforms.discord.spec import find_violations
from tests.platforms.discord.translated_commands import share_translated_commands
from tests.platforms.machine import BotMachine
from tests.waiting import wait_until

share_translated_commands()


@dataclass
class SimulatedServer:
    """A server with the bot in it: Mod looks after it, Ada is a member."""

    env: simcord.Env
    app: App
    platform: DiscordPlatform
    guild: GuildHandle
    papers: ChannelHandle
    mod: MemberActor
    ada: MemberActor

    async def deliver(self) -> CycleResult:
        """One round of delivery, on the machine's own clock: simcord's stands still between what members do."""
        round_ = self.app.build_delivery_service([self.platform]).run_cycle()
        done = await asyncio.create_task(round_, context=contextvars.Context())
        await self.env.settle()
        return done

    async def open_thread(self, channel: Any, name: str) -> None:
        """A thread in a channel."""
        there = self.platform.client.get_channel(channel.id)
        assert isinstance(there, discord.TextChannel)
        await there.create_thread(name=name, type=discord.ChannelType.public_thread)
        await self.env.settle()

    async def wait_until(self, holds: Callable[[], object]) -> None:
        """Wait for what is done beside a delivery."""
        await asyncio.create_task(wait_until(holds), context=contextvars.Context())

    async def make_answers_public(self) -> None:
        """Let everybody in the channel see what one of them asks for."""
        await make_answers_public(self.app, self.get_address(self.papers))

    def delay_answers(self, seconds: float) -> None:
        """Answers take so long from now on, on simcord's clock."""

        async def answer_slowly(message: IncomingMessage) -> Reply:
            await asyncio.sleep(seconds)
            return await self.app.dispatcher.handle_message(message)

        self.platform.set_reply_handler(answer_slowly)

    def restart_client(self) -> discord.Client:
        """The bot as a new process starts it."""
        self.platform = make_platform(self.app)
        return self.platform.client

    async def list_topics(self, channel: Any) -> list[str]:
        """What a channel is subscribed to."""
        subscriber = await self.app.subscriptions.find(self.get_address(channel))
        return [one.topic.slug for one in await self.app.subscriptions.list_for(subscriber)] if subscriber else []

    def get_address(self, channel: Any) -> Address:
        return Address("discord", str(self.guild.id), str(channel.id))

    async def get_topic(self, name: str = "protein-design") -> Topic:
        match = await self.app.catalog.find_topic(name)
        assert match.topic
        return match.topic

    async def tap(self, who: Any, message: Any, label: str, which: int = 0) -> Any:
        """Somebody taps a button."""
        return await who.click(message, custom_id=message_view.find_button_id(message, label, which))

    async def open_paper(self, who: Any, message: Any, which: int = 0) -> Any:
        """Somebody chooses one of a list's papers."""
        (menu,) = message_view.list_paper_menus(message)
        return await who.select(message, [menu["options"][which]["value"]], custom_id=menu["custom_id"])

    def list_bodies(self, ending: str) -> list[Any]:
        """What was sent to paths that end so."""
        return [one.json for one in self.env.http_requests if one.path.endswith(ending)]


async def make_answers_public(app: App, address: Address) -> None:
    """Let everybody in a channel see what one of them asks for, as a moderator may choose."""
    subscriber = await app.subscriptions.get_or_create(address, "en")
    await app.subscriptions.update_preferences(subscriber, public_answers=True)


@pytest.fixture
async def platform(app: App) -> DiscordPlatform:
    return make_platform(app)


def make_platform(app: App, answer_limits: AnswerLimits = UNLIMITED) -> DiscordPlatform:
    """The platform over an app, answering."""
    settings = DiscordSettings(token=TOKEN, shard_count=1, requests_per_second=10_000)
    platform = DiscordPlatform(
        settings,
        app.store,
        app.catalog,
        app.subscriptions,
        app.clock,
        allow_private_hosts=True,
        answer_limits=answer_limits,
    )
    platform.set_reply_handler(app.dispatcher.handle_message)
    return platform


@pytest.fixture
async def simcord_bot(platform: DiscordPlatform) -> discord.Client:
    return platform.client


@pytest.fixture
async def server(simcord_env: simcord.Env, app: App, platform: DiscordPlatform) -> AsyncIterator[SimulatedServer]:
    guild = simcord_env.create_guild("Fold Lab")
    moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_channels=True))
    papers = guild.create_text_channel("papers")
    mod = guild.add_member(simcord_env.create_user("mod"), roles=[moderators])
    ada = guild.add_member(simcord_env.create_user("ada"))
    yield SimulatedServer(simcord_env, app, platform, guild, papers, mod, ada)
    wrong = [
        violation for one in simcord_env.http_requests for violation in find_violations(one.method, one.path, one.json)
    ]
    assert wrong == []
    for request in simcord_env.http_requests:
        if not is_modal(request.json):
            _check_mentions(request.json)


def _check_mentions(body: Any) -> None:
    """No message may call anybody."""
    data = (body or {}).get("data", body) if isinstance(body, dict) else None
    message = data.get("message", data) if isinstance(data, dict) else None
    if isinstance(message, dict) and message.get("components"):
        assert message["allowed_mentions"] == {"parse": []}, message


# -- the same adapter over HTTP and a websocket, for what simcord has not: limits, faults, a gateway that is cut -----


class RunningBot:
    """A bot that is connected to the loopback server, and whose deliveries a test starts."""

    def __init__(self, app: App, platform: DiscordPlatform) -> None:
        self.app = app
        self.platform = platform

    async def deliver(self) -> CycleResult:
        return await self.app.build_delivery_service([self.platform]).run_cycle()


Starts = Callable[..., AbstractAsyncContextManager[RunningBot]]


@pytest.fixture
async def api() -> AsyncIterator[DiscordApi]:
    async with DiscordApi() as server:
        yield server
    assert server.violations == []


@pytest.fixture
def start_bot() -> Starts:
    """Starts the bot over an app, connected to a loopback server."""

    @asynccontextmanager
    async def start(
        app: App,
        api: DiscordApi,
        answer_limits: AnswerLimits = UNLIMITED,
        pace: GatewayPace | None = None,
        allow_private_hosts: bool = True,
        **chosen: Any,
    ) -> AsyncIterator[RunningBot]:
        settings = DiscordSettings(token=TOKEN, api_url=api.url, **{"requests_per_second": 10_000} | chosen)
        platform = DiscordPlatform(
            settings,
            app.store,
            app.catalog,
            app.subscriptions,
            app.clock,
            allow_private_hosts=allow_private_hosts,
            answer_limits=answer_limits,
            pace=pace or QuickPace(),
        )
        platform.client._connection.guild_ready_timeout = 0.1  # how long no server is told of before it is ready
        async with open_platform(platform):
            listening = asyncio.create_task(platform.listen(app.dispatcher.handle_message))
            try:
                await api.wait_until_connected()
                yield RunningBot(app, platform)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    return start


@pytest.fixture
def mod(api: DiscordApi) -> Person:
    return Person(api, "mod", MODERATES)


@pytest.fixture
def ada(api: DiscordApi) -> Person:
    return Person(api, "ada")


@pytest.fixture
async def lab(api: DiscordApi) -> Guild:
    return await api.add_guild("Fold Lab", User("owner"))


@pytest.fixture
async def machine(tmp_path: Path, api: DiscordApi) -> AsyncIterator[BotMachine]:
    machine = BotMachine(tmp_path, {"DIGESTBOT_DISCORD__TOKEN": TOKEN, "DIGESTBOT_DISCORD__API_URL": api.url})
    yield machine
    await machine.stop_processes()
