"""The real adapter, python-telegram-bot and all, talking to the Bot API server of tests over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from digestbot.app import App, open_platform
from digestbot.core.answers.answer_limiter import AnswerLimits
from digestbot.core.delivery.service import CycleResult
from digestbot.core.ports import Webhook
from digestbot.platforms.telegram import TelegramPlatform
from digestbot.settings import TelegramSettings
from tests.fakes import UNLIMITED
from tests.platforms.machine import BotMachine
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.mornings import subscribe


class RunningBot:
    """A bot that listens, and whose deliveries a test starts."""

    def __init__(self, app: App, platform: TelegramPlatform) -> None:
        self.app = app
        self.platform = platform

    async def deliver(self) -> CycleResult:
        """One round of delivery."""
        return await self.app.build_delivery_service([self.platform]).run_cycle()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        """Answer what is typed and tapped."""
        task = asyncio.create_task(self.platform.listen(self.app.dispatcher.handle_message))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


Starts = Callable[..., AbstractAsyncContextManager[RunningBot]]


def get_webhook(bot: RunningBot) -> Webhook:
    """Where updates are brought to a bot that was started with a public address."""
    assert bot.platform.webhook
    return bot.platform.webhook


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server
    assert server.violations == []


@pytest.fixture
def start_bot(api: BotApi) -> Starts:
    """Starts the bot over an app, with some settings."""

    @asynccontextmanager
    async def start(
        app: App,
        *,
        listening: bool = True,
        public_url: str = "",
        answer_limits: AnswerLimits = UNLIMITED,
        **chosen: Any,
    ) -> AsyncIterator[RunningBot]:
        settings = TelegramSettings(token=TOKEN, api_url=api.url, **chosen)
        platform = TelegramPlatform(
            settings,
            app.store,
            app.catalog,
            app.subscriptions,
            app.clock,
            public_url=public_url,
            allow_private_hosts=True,
            answer_limits=answer_limits,
        )
        async with open_platform(platform):
            running = RunningBot(app, platform)
            if not listening:
                yield running
                return
            async with running.listen():
                yield running

    return start


@pytest.fixture
async def bot(app: App, start_bot: Starts) -> AsyncIterator[RunningBot]:
    """The bot over the sample pages."""
    async with start_bot(app) as running:
        yield running


@pytest.fixture
def ada(api: BotApi) -> Person:
    return Person(api)


@pytest.fixture
async def machine(tmp_path: Path, api: BotApi) -> AsyncIterator[BotMachine]:
    machine = BotMachine(tmp_path, {"DIGESTBOT_TELEGRAM__TOKEN": TOKEN, "DIGESTBOT_TELEGRAM__API_URL": api.url})
    yield machine
    await machine.stop_processes()


@pytest.fixture
async def due(empty_app: App, ada: Person, clock) -> App:
    """An app in which Ada's digest is due now."""
    await load_digest(empty_app)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    return empty_app
