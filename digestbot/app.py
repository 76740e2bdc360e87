"""Composition root: builds the app from its settings and shuts it down cleanly."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from digestbot.core.answers.shown_lists import ShownLists
from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands.dispatcher import CommandDispatcher
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.follows.follow_service import FollowService
from digestbot.core.papers.lookup_pace import LookupPace
from digestbot.core.papers.paper_services import NO_PAPER_SERVICES, PaperServices
from digestbot.core.papers.quotas import QuotaLimits, QuotaService
from digestbot.core.ports import Clock, Platform, RemotePlatform, SystemClock
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Preferences
from digestbot.errors import MissingExtraError
from digestbot.papers.asking import OnDemandQuestions
from digestbot.papers.connections import OnDemandLookup
from digestbot.papers.on_demand_summaries import OnDemandSummaries
from digestbot.platforms.console import CONSOLE_ADDRESS
from digestbot.settings import Settings
from digestbot.store import Store
from digestbot.store.open_store import open_store

if TYPE_CHECKING:
    from digestbot.announcements.harvester import AnnouncementHarvester
    from digestbot.builder.build_digest import DigestBuilder
    from digestbot.builder.publisher import DigestPublisher
    from digestbot.builder.sources.arxiv import ArxivClient
    from digestbot.builder.sources.polite_client import PoliteClient
    from digestbot.core.alerts import AdminAlerts
    from digestbot.core.delivery.metrics import DeliveryMetrics
    from digestbot.core.delivery.service import DeliveryService
    from digestbot.core.leader import LeaderElection

_LISTING_DELAY_FACTOR = 5
"""How much longer than between other requests the delay between arXiv's pages is: its robots.txt asks for 15 s."""
_CHAT_DELIVERY_DELAY_SECONDS = 1.0
"""After how long a chat begins to deliver: what was piped in is answered first, and often that is all."""
PlatformT = TypeVar("PlatformT", bound=RemotePlatform)
_log = structlog.get_logger(__name__)

_NOT_AT_TERMINALS = ("forget_channel", "test")


@dataclass(frozen=True, slots=True)
class App:
    """The application's services."""

    settings: Settings
    store: Store
    clock: Clock
    catalog: DigestCatalog
    subscriptions: SubscriptionService
    follows: FollowService
    dispatcher: CommandDispatcher
    papers: PaperServices = NO_PAPER_SERVICES

    async def close(self) -> None:
        """End what was begun for people, and close its connections; the store is closed by who opened it."""
        await self.papers.close()

    def build_election(self) -> LeaderElection:
        """The election between processes; a SQLite file belongs to a single one."""
        from digestbot.core.leader import LeaseElection, SingleProcess  # late: a command elects nobody

        if not self.store.database.is_server:
            return SingleProcess()
        return LeaseElection(self.store.leases, secrets.token_hex(8), f"{socket.gethostname()}, process {os.getpid()}")

    def build_delivery_service(
        self,
        platforms: Sequence[Platform],
        election: LeaderElection | None = None,
        metrics: DeliveryMetrics | None = None,
    ) -> DeliveryService:
        """Build the delivery service for these platforms."""
        from digestbot.core.alerts import AdminAlerts  # late: a command delivers nothing
        from digestbot.core.delivery.decisions import DeliveryPolicy
        from digestbot.core.delivery.service import DeliveryService
        from digestbot.store.deliveries.outbox import PlanningPolicy

        settings = self.settings
        max_age = timedelta(hours=settings.max_delivery_age_hours)
        return DeliveryService(
            self.store,
            self.clock,
            platforms,
            planning=PlanningPolicy(timedelta(seconds=settings.delivery_jitter_seconds), max_age),
            policy=DeliveryPolicy(
                max_age, settings.skip_ambiguous_platforms, timedelta(days=settings.delivery_retention_days)
            ),
            election=election,
            metrics=metrics,
            alerts=AdminAlerts(self.store.key_values, {}, settings.admin_address, settings.language),
        )

    async def list_completions(self) -> list[str]:
        """List what a person may type at a terminal: every command, and those that take a topic with each topic."""
        slugs = [summary.topic.slug for summary in await self.catalog.list_topics()]
        usable = [command for command in COMMANDS if command.name not in _NOT_AT_TERMINALS]
        topic_commands = [f"/{command.name}" for command in usable if "TOPIC" in command.usage]
        commands = [f"/{command.name}" for command in usable]
        return [*commands, *(f"{name} {slug}" for name in topic_commands for slug in slugs)]


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock | None = None) -> AsyncIterator[App]:
    """Open the app on its migrated database, and close it at the end."""
    async with open_store(settings.effective_database_url) as store:
        if settings.topics:
            slugs = await store.digests.define_topics(topic.to_topic() for topic in settings.topics)
            settings = settings.with_slugs(slugs)
        app = build_app(settings, store, clock)
        try:
            yield app
        finally:
            await app.close()


def build_app(settings: Settings, store: Store, clock: Clock | None = None) -> App:
    """Build the app on a store."""
    clock = clock or SystemClock()
    defaults = Preferences(settings.timezone, settings.time, language=settings.language)
    catalog = DigestCatalog(store, clock)
    follows = FollowService(store, clock)
    subscriptions = SubscriptionService(store, clock, defaults, follows, follow_limit=settings.max_follows)
    limits = QuotaLimits(settings.papers.person_limit, settings.papers.chat_limit)
    lookup = OnDemandLookup(settings, store, clock) if settings.papers.lookup else None
    summaries = OnDemandSummaries(settings, store, clock)
    questions = OnDemandQuestions(settings, store, clock)
    papers = PaperServices(
        lookup=lookup,
        lookup_pace=LookupPace(clock),
        quotas=QuotaService(store.quotas, clock, limits),
        summaries=summaries,
        questions=questions,
        closers=(summaries.close, questions.close, *((lookup.close,) if lookup else ())),
    )
    dispatcher = CommandDispatcher(catalog, subscriptions, follows, clock, ShownLists(store, clock), papers=papers)
    return App(settings, store, clock, catalog, subscriptions, follows, dispatcher, papers)


async def run_chat(app: App, platform: Platform) -> None:
    """Run a chat until the input ends, and deliver into it what becomes due."""
    delivery_task = asyncio.create_task(_deliver_into_chat(app, platform))
    try:
        await platform.listen(app.dispatcher.handle_message)
    finally:
        delivery_task.cancel()
        await asyncio.gather(delivery_task, return_exceptions=True)  # but hear of a Ctrl-C meanwhile


async def _deliver_into_chat(app: App, platform: Platform) -> None:
    await asyncio.sleep(_CHAT_DELIVERY_DELAY_SECONDS)
    await app.build_delivery_service([platform]).run(app.settings.poll_seconds)


@asynccontextmanager
async def open_builder(app: App) -> AsyncIterator[tuple[DigestBuilder, DigestPublisher]]:
    """The builder and what publishes its digests, with their connections.

    Raises :class:`~digestbot.errors.MissingExtraError` where the extra that they need is not.
    """
    try:
        from digestbot.builder.build_digest import DigestBuilder
        from digestbot.builder.sources.collector import Collector
        from digestbot.builder.workshop import open_workshop
    except ImportError:
        raise MissingExtraError("making digests", "build") from None
    from digestbot.builder.publisher import DigestPublisher
    from digestbot.pages.markdown import format_page

    own = app.settings.builder
    async with open_workshop(app.settings, app.store, app.clock) as workshop:
        builder = DigestBuilder(
            app.store.builds,
            app.clock,
            collector=Collector(workshop.http, own.arxiv_api, app.store.builds, own.arxiv_oai),
            entries=workshop.entries,
            limits=workshop.limits,
        )
        yield builder, DigestPublisher(app.store, app.clock, format_page, own.pages_dir)


@asynccontextmanager
async def open_harvester(app: App, alerts: AdminAlerts | None = None) -> AsyncIterator[AnnouncementHarvester]:
    """What harvests arXiv's announcements and matches them with the follows, with its connections."""
    from digestbot.announcements.day_matching import match_day
    from digestbot.announcements.harvester import AnnouncementHarvester, HarvestPolicy
    from digestbot.announcements.listing_client import ListingClient
    from digestbot.announcements.paper_source import PaperSource
    from digestbot.builder.sources.oai import OaiClient
    from digestbot.builder.sources.shared_client import build_shared_client

    settings, store = app.settings.announcements, app.store.announcements
    addresses = app.settings.builder
    pages_client = build_shared_client(app.settings, app.store, _LISTING_DELAY_FACTOR)
    async with pages_client as pages, build_shared_client(app.settings, app.store) as http:
        oai = OaiClient(http, addresses.arxiv_oai) if addresses.arxiv_oai else None
        yield AnnouncementHarvester(
            store,
            ListingClient(pages, addresses.arxiv_pages),
            PaperSource(store, oai, _build_arxiv_client(http, addresses.arxiv_api)),
            app.clock,
            HarvestPolicy(settings.archives, timedelta(days=settings.retention_days)),
            match_day=partial(match_day, app.store),
            alerts=alerts,
        )


def _build_arxiv_client(http: PoliteClient, address: str) -> ArxivClient | None:
    """The client of arXiv's API; ``None`` without the extra that reads its answers: OAI-PMH gives the same, slower."""
    try:
        from digestbot.builder.sources.arxiv import ArxivClient
    except ImportError:
        return None
    return ArxivClient(http, address)


@asynccontextmanager
async def open_platform(platform: PlatformT) -> AsyncIterator[PlatformT]:
    """Connect to one platform alone, and close it at the end: for scripts and tests."""
    try:
        await platform.connect()
        yield platform
    finally:
        await platform.close()


def build_platforms(app: App) -> list[RemotePlatform]:
    """Build the configured platforms, without connecting yet."""
    from digestbot.platforms.registry import PLATFORMS

    return [
        spec.build(app.settings, app.store, app.catalog, app.subscriptions, app.clock)
        for spec in PLATFORMS
        if spec.is_configured(app.settings)
    ]


async def seed_demo(app: App, platform: Platform, topics: Sequence[str], language: str = "") -> None:
    """Subscribe the terminal to topics and deliver their latest digests at once, as any delivery."""
    subscriber = await app.subscriptions.get_or_create(CONSOLE_ADDRESS, language or app.settings.language)
    for name in topics:
        match = await app.catalog.find_topic(name)
        if match.topic:
            await app.subscriptions.subscribe(subscriber, match.topic, None)
    await app.store.outbox.plan_now(subscriber.id, app.clock.now())
    await app.build_delivery_service([platform]).run_cycle()
