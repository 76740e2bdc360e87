"""The composition root: settings to wired parts, and one orderly end. The only room that sees all."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from digestbot.core.commands.registry import COMMANDS, Dispatcher
from digestbot.core.delivery.delivering import Delivering
from digestbot.core.delivery.sending import Terms
from digestbot.core.library import Library
from digestbot.core.ports import Clock, Network, Platform, SystemClock
from digestbot.core.subscriptions import Subscriptions
from digestbot.domain.subscription import Preferences
from digestbot.platforms.console import ADDRESS, ConsolePlatform
from digestbot.settings import Settings
from digestbot.store import Database, Store
from digestbot.store.migrate import migrate
from digestbot.store.outbox import Pace

if TYPE_CHECKING:
    from digestbot.platforms.telegram import TelegramPlatform

Network_ = TypeVar("Network_", bound=Network)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """The wired parts."""

    settings: Settings
    store: Store
    clock: Clock
    library: Library
    subscriptions: Subscriptions
    dispatcher: Dispatcher

    def delivering(self, platforms: Sequence[Platform]) -> Delivering:
        """The daily delivery to these platforms."""
        settings = self.settings
        late = timedelta(hours=settings.late_hours)
        return Delivering(
            self.store,
            self.clock,
            platforms,
            pace=Pace(timedelta(seconds=settings.spread_seconds), late),
            terms=Terms(late, settings.skipping),
            admin=settings.admin,
            language=settings.language,
        )

    async def completions(self) -> list[str]:
        """What a person may type: every command, and those that take a topic with each topic."""
        slugs = [shelf.topic.slug for shelf in await self.library.shelves()]
        taking = [f"/{command.name}" for command in COMMANDS if "TOPIC" in command.usage]
        names = [f"/{command.name}" for command in COMMANDS]
        return [*names, *(f"{name} {slug}" for name in taking for slug in slugs)]


@asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None) -> AsyncIterator[App]:
    """The app over its migrated database, closed at the end."""
    store = Store(Database(settings.database))
    try:
        await migrate(store.database)
        if settings.topics:
            await store.digests.define_topics(topic.topic() for topic in settings.topics)
        yield _wired(settings, store, clock or SystemClock())
    finally:
        await store.close()


def _wired(settings: Settings, store: Store, clock: Clock) -> App:
    defaults = Preferences(settings.timezone, settings.time, language=settings.language)
    library, subscriptions = Library(store, clock), Subscriptions(store, clock, defaults)
    return App(settings, store, clock, library, subscriptions, Dispatcher(library, subscriptions, clock))


async def chat(app: App, platform: Platform) -> None:
    """Talk until the input ends; what is due meanwhile is delivered into the chat."""
    delivering = asyncio.create_task(app.delivering([platform]).run(app.settings.poll_seconds))
    try:
        await platform.listen(app.dispatcher.reply)
    finally:
        delivering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await delivering


async def run(app: App) -> None:
    """Deliver what is due, and answer on every platform that is set up, until SIGTERM or SIGINT."""
    working = asyncio.current_task()
    assert working is not None, "a coroutine runs in a task"  # noqa: S101  # for the type checker
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        working.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await _work(app)
    except asyncio.CancelledError:
        if not stopped:
            raise


async def _work(app: App) -> None:
    """Deliver, and answer on every platform that can be reached: one that cannot holds up no other."""
    async with AsyncExitStack() as stack:  # closed last: what has left is finished before
        networks = [network async for network in _networks(app, stack)]
        delivering = app.delivering([] if networks else [ConsolePlatform()])
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(delivering.run(app.settings.poll_seconds))
                for network in networks:
                    tasks.create_task(_serve(network, delivering, app.dispatcher))
                names = [network.name for network in networks] or ["console"]
                _log.info("running", database=app.store.database.place, platforms=names)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def _serve(network: Network, delivering: Delivering, dispatcher: Dispatcher) -> None:
    """Reach a platform, deliver to it from then on, and answer there."""
    await network.connect()
    delivering.add(network)
    await network.listen(dispatcher.reply)


@asynccontextmanager
async def connected(network: Network_) -> AsyncIterator[Network_]:
    """One platform alone, reached and closed at the end: for scripts and tests."""
    try:
        await network.connect()
        yield network
    finally:
        await network.close()


async def _networks(app: App, stack: AsyncExitStack) -> AsyncIterator[Network]:
    """The platforms that are set up; the stack closes them, and what listens for them."""
    settings = app.settings
    if settings.telegram.token:
        telegram = _telegram(app)
        stack.push_async_callback(telegram.close)
        if settings.public_url:
            from digestbot.web.server import application, serving

            await stack.enter_async_context(serving(application(telegram.webhook), settings.host, settings.port))
        yield telegram
    if settings.discord.token:
        from digestbot.platforms.discord import DiscordPlatform

        discord = DiscordPlatform(settings.discord, app.store, app.library, app.subscriptions, app.clock)
        stack.push_async_callback(discord.close)
        yield discord


def _telegram(app: App) -> TelegramPlatform:
    from digestbot.platforms.telegram import TelegramPlatform

    settings = app.settings
    return TelegramPlatform(
        settings.telegram,
        app.store,
        app.library,
        app.subscriptions,
        app.clock,
        webhook_url=f"{settings.public_url.rstrip('/')}/telegram" if settings.public_url else "",
    )


async def greet(app: App, platform: Platform, topics: Sequence[str]) -> None:
    """Subscribe the terminal to topics and let the first digests come, due now, the way they always come."""
    subscriber = await app.subscriptions.known(ADDRESS, app.settings.language)
    for name in topics:
        match = await app.library.topic(name)
        if match.topic:
            await app.subscriptions.subscribe(subscriber, match.topic, None)
    await app.store.outbox.plan_now(subscriber.id, app.clock.now())
    await app.delivering([platform]).round()
