"""The composition root: settings to wired parts, and one orderly end. The only room that sees all."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from digestbot.core.commands.registry import COMMANDS, Dispatcher
from digestbot.core.delivery.delivering import Delivering
from digestbot.core.delivery.election import Elected, Election, Sole
from digestbot.core.delivery.sending import Terms
from digestbot.core.delivery.watch import Watch
from digestbot.core.library import Library
from digestbot.core.ports import Clock, Network, Platform, SystemClock
from digestbot.core.subscriptions import Subscriptions
from digestbot.domain.subscription import Preferences
from digestbot.errors import SettingsError
from digestbot.platforms.console import ADDRESS, ConsolePlatform
from digestbot.roles import Role
from digestbot.settings import Settings
from digestbot.store import Database, Store
from digestbot.store.migrate import migrate
from digestbot.store.outbox import Pace
from digestbot.store.owner import owned

if TYPE_CHECKING:
    from starlette.routing import Route

    from digestbot.builder.build import Builder
    from digestbot.builder.publish import Publisher
    from digestbot.platforms.discord import DiscordPlatform
    from digestbot.platforms.telegram import TelegramPlatform
    from digestbot.web.metrics import Metrics

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

    def election(self) -> Election:
        """Which of several processes does a thing: a database file has only one."""
        if not self.store.database.server:
            return Sole()
        return Elected(self.store.leases, secrets.token_hex(8), f"{socket.gethostname()}, process {os.getpid()}")

    def delivering(
        self, platforms: Sequence[Platform], election: Election | None = None, watch: Watch | None = None
    ) -> Delivering:
        """The daily delivery to these platforms."""
        settings = self.settings
        late = timedelta(hours=settings.late_hours)
        return Delivering(
            self.store,
            self.clock,
            platforms,
            pace=Pace(timedelta(seconds=settings.spread_seconds), late),
            terms=Terms(late, settings.skipping, timedelta(days=settings.keep_days)),
            election=election,
            watch=watch,
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
        yield wired(settings, store, clock)
    finally:
        await store.close()


def wired(settings: Settings, store: Store, clock: Clock | None = None) -> App:
    """The app over a store."""
    clock = clock or SystemClock()
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


async def run(app: App, roles: frozenset[Role] = frozenset((Role.ALL,))) -> None:
    """Do what the roles are, until SIGTERM or SIGINT.

    Raises :class:`~digestbot.errors.StoreError` where another bot runs on the same database file.
    """
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
        with owned(app.store.database):
            await _Running(app, roles).work()
    except asyncio.CancelledError:
        if not stopped:
            raise


def calm_collector() -> None:
    """Spare the garbage collector what never goes: the modules and their objects, which are most of what there is.

    It went through them after every few messages and took a third of the time of a delivery (benchmarks/delivery.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class _Running:
    """One process's part of the bot."""

    def __init__(self, app: App, roles: frozenset[Role]) -> None:
        self._app = app
        self._roles = frozenset(Role) if Role.ALL in roles else roles
        self._election = app.election()
        self._metrics = _metrics() if self._serves else None

    @property
    def _serves(self) -> bool:
        """Whether there is HTTP to serve: where it was asked for, or Telegram brings its updates."""
        settings = self._app.settings
        asked = settings.metrics or settings.archive or settings.public_url
        return Role.WEB in self._roles and bool(asked or Role.ALL not in self._roles)

    async def work(self) -> None:
        """Deliver, and answer on every platform that can be reached: one that cannot holds up no other."""
        app = self._app
        calm_collector()
        async with AsyncExitStack() as stack:  # closed last: what has left is finished before
            networks = [network async for network in self._networks(stack)]
            delivering = app.delivering([] if networks else [ConsolePlatform()], self._election, self._metrics)
            try:
                async with asyncio.TaskGroup() as tasks:
                    if Role.SENDER in self._roles:
                        tasks.create_task(delivering.run(app.settings.poll_seconds))
                    for network in networks:
                        tasks.create_task(self._serve(network, delivering))
                    if self._builds:
                        tasks.create_task(self._election.lead("builder", partial(self._build, delivering)))
                    tasks.create_task(self._wait())
                    names = [network.name for network in networks] or ["console"]
                    idle = {Role.ALL} if self._builds else {Role.ALL, Role.BUILDER}
                    roles = sorted(role.value for role in self._roles - idle)
                    _log.info("running", database=app.store.database.place, platforms=names, roles=roles)
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None

    @property
    def _builds(self) -> bool:
        """Whether there is a topic to make digests of, and this process is the one for it."""
        return Role.BUILDER in self._roles and bool(self._app.settings.briefs)

    async def _build(self, delivering: Delivering) -> None:
        """Make digests, every day at their topics' hours."""
        from digestbot.builder.daily import Daily

        app = self._app
        async with building(app) as (builder, publisher):
            zone, alarm = app.settings.timezone, delivering.alarm
            daily = Daily(builder, publisher, app.store.builds, app.clock, timezone=zone, alarm=alarm)
            await daily.run(app.settings.briefs)

    async def _wait(self) -> None:
        """Keep the process, whatever else there is to do."""
        await asyncio.Event().wait()

    async def _serve(self, network: Network, delivering: Delivering) -> None:
        """Reach a platform, deliver to it from then on, and answer there."""
        await network.connect()
        if Role.SENDER in self._roles:
            delivering.add(network)
        listen = partial(network.listen, self._app.dispatcher.reply)
        if network.shared:
            if Role.WEB in self._roles:
                await listen()
        elif Role.GATEWAY in self._roles:
            await self._election.lead(f"gateway {network.listens_for}", listen)

    async def _networks(self, stack: AsyncExitStack) -> AsyncIterator[Network]:
        """The platforms that are set up; the stack closes them, and what listens for them."""
        app, settings = self._app, self._app.settings
        reached = not self._roles <= {Role.WEB} or bool(settings.public_url)
        telegram = _telegram(app) if settings.telegram.token and reached else None
        if telegram:
            stack.push_async_callback(telegram.close)
        if self._metrics:
            from digestbot.web.server import application, serving

            hook = telegram.webhook if telegram and settings.public_url else None
            served = application(app.store, app.clock, self._metrics, hook, _archive(app))
            await stack.enter_async_context(serving(served, settings.host, settings.port))
        if telegram:
            yield telegram
        if settings.discord.token and reached:
            discord = _discord(app)
            stack.push_async_callback(discord.close)
            yield discord


def _archive(app: App) -> list[Route]:
    """What everybody may see: pictures that cards show, and all digests where the operator wants that."""
    from digestbot.builder.figures import is_figure_name
    from digestbot.web import archive

    settings = app.settings
    own = archive.Archive(app.library, settings.language, settings.public_url).routes() if settings.archive else []
    return [archive.figures(settings.figures, is_figure_name), *own]


def _metrics() -> Metrics:
    from digestbot.web.metrics import Metrics

    return Metrics()


@asynccontextmanager
async def building(app: App) -> AsyncIterator[tuple[Builder, Publisher]]:
    """The builder and what publishes its digests, with their connections.

    Raises :class:`~digestbot.errors.SettingsError` where the extra that they need is not installed.
    """
    try:
        from digestbot.builder.build import Builder, NoModel, Writer
        from digestbot.builder.collect import Collector
        from digestbot.builder.reading import Reader
    except ImportError as error:
        raise SettingsError(
            f"making digests needs the extra “build” ({error.name} is not installed): "
            "uv pip install --require-hashes -r requirements-build.lock"
        ) from None
    from digestbot.builder.budget import Caps
    from digestbot.builder.figures import FigureFolder
    from digestbot.builder.polite import Polite
    from digestbot.builder.publish import Publisher
    from digestbot.sources.pages import write_page

    settings, own = app.settings, app.settings.builder
    writer: Writer = NoModel()
    if models := own.usable():
        from digestbot.builder.model import ModelWriter

        writer = ModelWriter(own, models)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(writer.close)
        polite = await stack.enter_async_context(Polite(own.arxiv_seconds))
        builder = Builder(
            app.store.builds,
            app.clock,
            collector=Collector(polite, own.arxiv_api, app.store.builds),
            reader=Reader(polite, own.arxiv_pages, full=own.full_text),
            writer=writer,
            figures=FigureFolder(settings.figures, settings.public_url),
            caps=Caps(own.tokens_a_day, own.dollars_a_day),
            concurrency=own.concurrency,
            full_text=own.full_text,
        )
        yield builder, Publisher(app.store, app.clock, write_page, own.pages)


@asynccontextmanager
async def connected(network: Network_) -> AsyncIterator[Network_]:
    """One platform alone, reached and closed at the end: for scripts and tests."""
    try:
        await network.connect()
        yield network
    finally:
        await network.close()


def networks(app: App) -> list[Network]:
    """The platforms that have a token, not reached yet."""
    settings = app.settings
    made = ((settings.telegram.token, _telegram), (settings.discord.token, _discord))
    return [make(app) for token, make in made if token]


def _discord(app: App) -> DiscordPlatform:
    from digestbot.platforms.discord import DiscordPlatform

    return DiscordPlatform(app.settings.discord, app.store, app.library, app.subscriptions, app.clock)


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
