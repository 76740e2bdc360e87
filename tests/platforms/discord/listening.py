"""The platform, listening, where a test looks at the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from digestbot.app import App, open_platform
from digestbot.core.ports import LeaderCheck, always_lead
from digestbot.platforms.discord import DiscordPlatform
from digestbot.platforms.discord.gateway.timing import GatewayPace
from digestbot.settings import DiscordSettings
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.pace import QuickPace


class Incidents:
    """Keeps what the admin is told."""

    language = "en"

    def __init__(self) -> None:
        self.told: list[str] = []
        self.open_components = set[str]()

    async def open(self, kind: str, reason: str, component: str = "") -> None:
        if not self.open_components:
            self.told.append(reason)
        self.open_components.add(component)

    async def resolve(self, kind: str, component: str = "") -> None:
        if component in self.open_components:
            self.open_components.discard(component)
            self.told.append("resolved")


def make_platform(app: App, api: DiscordApi, pace: GatewayPace | None = None, **chosen: Any) -> DiscordPlatform:
    settings = DiscordSettings(token=TOKEN, api_url=api.url, **chosen)
    return DiscordPlatform(
        settings,
        app.store,
        app.catalog,
        app.subscriptions,
        app.clock,
        allow_private_hosts=True,
        pace=pace or QuickPace(),
    )


@asynccontextmanager
async def open_listener(
    app: App,
    api: DiscordApi,
    heartbeat: float = 60,
    is_leading: LeaderCheck = always_lead,
    pace: GatewayPace | None = None,
    incidents: Incidents | None = None,
    is_heard: bool = True,
    **chosen: Any,
) -> AsyncIterator[tuple[DiscordPlatform, asyncio.Task[None]]]:
    """The platform, and the task that listens, where a test looks at how that ends."""
    platform = make_platform(app, api, pace, **chosen)
    platform.report_incidents_to(incidents or Incidents())
    api.gateway.beat_every = heartbeat / 5
    async with open_platform(platform):
        platform.client._connection.heartbeat_timeout = heartbeat
        platform.client._connection.guild_ready_timeout = 0.1
        task = asyncio.create_task(platform.listen(app.dispatcher.handle_message, is_leading))
        try:
            if is_heard:
                await api.wait_until(lambda: task.done() or (api.commands and api.gateway.is_heard))
            yield platform, task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
