"""The real adapter, python-telegram-bot and all, talking to the Bot API server of tests over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from digestbot.app import App, open_platform
from digestbot.core.delivery.service import CycleResult
from digestbot.platforms.telegram import TelegramPlatform
from digestbot.settings import TelegramSettings
from tests.platforms.machine import Machine
from tests.platforms.mornings import load
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.mornings import subscribe


class Running:
    """A bot that listens, and whose deliveries a test starts."""

    def __init__(self, app: App, platform: TelegramPlatform) -> None:
        self.app = app
        self.platform = platform

    async def delivers(self) -> CycleResult:
        """One round of delivery."""
        return await self.app.build_delivery_service([self.platform]).run_cycle()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer what is typed and tapped."""
        task = asyncio.create_task(self.platform.listen(self.app.dispatcher.handle_message))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


Starts = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server
    assert server.violations == []


@pytest.fixture
def starts(api: BotApi) -> Starts:
    """Starts the bot over an app, with some settings."""

    @asynccontextmanager
    async def start(
        app: App, *, listening: bool = True, webhook_url: str = "", **chosen: Any
    ) -> AsyncIterator[Running]:
        settings = TelegramSettings(token=TOKEN, api_url=api.url, **chosen)
        platform = TelegramPlatform(
            settings,
            app.store,
            app.catalog,
            app.subscriptions,
            app.clock,
            webhook_url=webhook_url,
            allow_private_hosts=True,
        )
        async with open_platform(platform):
            running = Running(app, platform)
            if not listening:
                yield running
                return
            async with running.listening():
                yield running

    return start


@pytest.fixture
async def bot(app: App, starts: Starts) -> AsyncIterator[Running]:
    """The bot over the sample pages."""
    async with starts(app) as running:
        yield running


@pytest.fixture
def ada(api: BotApi) -> Person:
    return Person(api)


@pytest.fixture
async def machine(tmp_path: Path, api: BotApi) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path, {"DIGESTBOT_TELEGRAM__TOKEN": TOKEN, "DIGESTBOT_TELEGRAM__API_URL": api.url})
    yield machine
    await machine.ends()


@pytest.fixture
async def due(empty_app: App, ada: Person, clock) -> App:
    """An app in which Ada's digest is due now."""
    await load(empty_app)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    return empty_app
