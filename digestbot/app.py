"""The composition root: settings to wired parts, and one orderly end. The only room that sees all."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

import structlog

from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands.registry import COMMANDS, CommandDispatcher
from digestbot.core.delivery.executor import DeliveryPolicy
from digestbot.core.delivery.metrics import DeliveryMetrics
from digestbot.core.delivery.service import DeliveryService
from digestbot.core.leader import LeaderElection, LeaseElection, SingleProcess
from digestbot.core.ports import Clock, Platform, RemotePlatform, SystemClock
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Preferences
from digestbot.errors import MissingExtraError
from digestbot.platforms.console import CONSOLE_ADDRESS
from digestbot.settings import Settings
from digestbot.store import Database, Store
from digestbot.store.migrate import migrate
from digestbot.store.outbox import PlanningPolicy

if TYPE_CHECKING:
    from digestbot.builder.build_digest import DigestBuilder
    from digestbot.builder.publisher import DigestPublisher
    from digestbot.platforms.discord import DiscordPlatform
    from digestbot.platforms.telegram import TelegramPlatform

Network_ = TypeVar("Network_", bound=RemotePlatform)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """The wired parts."""

    settings: Settings
    store: Store
    clock: Clock
    library: DigestCatalog
    subscriptions: SubscriptionService
    dispatcher: CommandDispatcher

    def election(self) -> LeaderElection:
        """Which of several processes does a thing: a database file has only one."""
        if not self.store.database.is_server:
            return SingleProcess()
        return LeaseElection(self.store.leases, secrets.token_hex(8), f"{socket.gethostname()}, process {os.getpid()}")

    def delivering(
        self,
        platforms: Sequence[Platform],
        election: LeaderElection | None = None,
        watch: DeliveryMetrics | None = None,
    ) -> DeliveryService:
        """The daily delivery to these platforms."""
        settings = self.settings
        late = timedelta(hours=settings.late_hours)
        return DeliveryService(
            self.store,
            self.clock,
            platforms,
            planning=PlanningPolicy(timedelta(seconds=settings.spread_seconds), late),
            policy=DeliveryPolicy(late, settings.skipping, timedelta(days=settings.keep_days)),
            election=election,
            metrics=watch,
            admin=settings.admin,
            language=settings.language,
        )

    async def completions(self) -> list[str]:
        """What a person may type: every command, and those that take a topic with each topic."""
        slugs = [shelf.topic.slug for shelf in await self.library.list_topics()]
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
            await store.digests.define_topics(topic.to_topic() for topic in settings.topics)
        yield wired(settings, store, clock)
    finally:
        await store.close()


def wired(settings: Settings, store: Store, clock: Clock | None = None) -> App:
    """The app over a store."""
    clock = clock or SystemClock()
    defaults = Preferences(settings.timezone, settings.time, language=settings.language)
    library, subscriptions = DigestCatalog(store, clock), SubscriptionService(store, clock, defaults)
    return App(settings, store, clock, library, subscriptions, CommandDispatcher(library, subscriptions, clock))


async def chat(app: App, platform: Platform) -> None:
    """Talk until the input ends; what is due meanwhile is delivered into the chat."""
    delivering = asyncio.create_task(app.delivering([platform]).run(app.settings.poll_seconds))
    try:
        await platform.listen(app.dispatcher.handle_message)
    finally:
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)  # but hear of a Ctrl-C meanwhile


@asynccontextmanager
async def building(app: App) -> AsyncIterator[tuple[DigestBuilder, DigestPublisher]]:
    """The builder and what publishes its digests, with their connections.

    Raises :class:`~digestbot.errors.MissingExtraError` where the extra that they need is not.
    """
    try:
        from digestbot.builder.build_digest import DigestBuilder, ExtractWriter, SummaryWriter
        from digestbot.builder.collector import Collector
        from digestbot.builder.paper_reader import PaperReader
    except ImportError:
        raise MissingExtraError("making digests", "build") from None
    from digestbot.builder.budget import BudgetLimits
    from digestbot.builder.figure_folder import FigureFolder
    from digestbot.builder.polite_client import PoliteClient
    from digestbot.builder.publisher import DigestPublisher
    from digestbot.sources.pages import write_page

    settings, own = app.settings, app.settings.builder
    writer: SummaryWriter = ExtractWriter()
    if models := own.list_usable_models():  # beside the loop: the clients take two seconds to load
        loaded = await asyncio.to_thread(import_module, "digestbot.builder.model_writer")
        writer = loaded.ModelWriter(own, models)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(writer.close)
        polite = await stack.enter_async_context(PoliteClient(own.arxiv_delay_seconds))
        builder = DigestBuilder(
            app.store.builds,
            app.clock,
            collector=Collector(polite, own.arxiv_api, app.store.builds),
            reader=PaperReader(polite, own.arxiv_pages, reads_full_text=own.full_text),
            writer=writer,
            figures=FigureFolder(settings.figures, settings.public_url),
            limits=BudgetLimits(own.daily_token_limit, own.daily_cost_limit_usd),
            concurrency=own.concurrency,
            full_text=own.full_text,
        )
        yield builder, DigestPublisher(app.store, app.clock, write_page, own.pages_dir)


@asynccontextmanager
async def connected(network: Network_) -> AsyncIterator[Network_]:
    """One platform alone, reached and closed at the end: for scripts and tests."""
    try:
        await network.connect()
        yield network
    finally:
        await network.close()


def networks(app: App) -> list[RemotePlatform]:
    """The platforms that have a token, not reached yet."""
    settings = app.settings
    made = ((settings.telegram.token, telegram), (settings.discord.token, discord))
    return [make(app) for token, make in made if token]


def discord(app: App) -> DiscordPlatform:
    """Discord, not reached yet."""
    from digestbot.platforms.discord import DiscordPlatform

    return DiscordPlatform(app.settings.discord, app.store, app.library, app.subscriptions, app.clock)


def telegram(app: App) -> TelegramPlatform:
    """Telegram, not reached yet."""
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
    subscriber = await app.subscriptions.get_or_create(CONSOLE_ADDRESS, app.settings.language)
    for name in topics:
        match = await app.library.find_topic(name)
        if match.topic:
            await app.subscriptions.subscribe(subscriber, match.topic, None)
    await app.store.outbox.plan_now(subscriber.id, app.clock.now())
    await app.delivering([platform]).run_cycle()
