"""``digestbot run``: run one process of the bot until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from digestbot.app import App, build_platforms, open_builder, open_harvester
from digestbot.core.delivery.service import DeliveryService
from digestbot.core.lines.whole_lines import load_phrases
from digestbot.core.ports import IncidentSource, LeaderCheck, RemotePlatform, always_lead
from digestbot.core.times.places import load_places
from digestbot.errors import StoreError
from digestbot.platforms.console import ConsolePlatform
from digestbot.service_roles import Role
from digestbot.shutdown import run_stubborn, run_until_signal
from digestbot.store.database.process_lock import hold_process_lock
from digestbot.store.database.silent_transactions import end_silent_transactions

if TYPE_CHECKING:
    from starlette.routing import Route

    from digestbot.settings import Settings
    from digestbot.web.archive import ArchiveEndpoints
    from digestbot.web.metrics import PrometheusMetrics

_PREVIEW_CHECK_SECONDS = 600.0
"""How often it is looked whether arXiv announced more."""
_SILENCE_CHECK_SECONDS = 5.0
_log = structlog.get_logger(__name__)


async def run_service(app: App, roles: frozenset[Role] = frozenset((Role.ALL,))) -> None:
    """Run the given roles until SIGTERM or SIGINT.

    Raises :class:`~digestbot.errors.StoreError` where another bot runs on the same database file.
    """
    with hold_process_lock(app.store.database):
        process = _ServiceProcess(app, roles)
        await run_until_signal(process.run(), process.interrupt)


def tune_garbage_collector() -> None:
    """Spare the garbage collector what never goes: the modules and their objects, which are most of what there is.

    It went through them after every few messages and took a third of the time of a delivery (benchmarks/delivery.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class _ServiceProcess:
    """The part of the bot that one process runs."""

    def __init__(self, app: App, roles: frozenset[Role]) -> None:
        self._app = app
        self._roles = frozenset(Role) if Role.ALL in roles else roles
        self._election = app.build_election()
        self._metrics = _build_metrics() if self._should_serve_http and app.settings.metrics else None
        self._delivery_service: DeliveryService | None = None

    @property
    def _should_serve_http(self) -> bool:
        """Whether HTTP is served: because it was requested, or for a platform's webhook."""
        settings = self._app.settings
        is_requested = settings.metrics or settings.archive or settings.public_url
        return Role.WEB in self._roles and bool(is_requested or Role.ALL not in self._roles)

    async def run(self) -> None:
        """Deliver and reply on every platform; one that cannot be reached does not hold up the others."""
        app = self._app
        tune_garbage_collector()
        async with AsyncExitStack() as stack:  # closed last: what has left is finished before
            platforms = await self._open_platforms(stack)
            delivery_service = app.build_delivery_service(
                [] if platforms else [ConsolePlatform()], self._election, self._metrics
            )
            self._delivery_service = delivery_service
            try:
                async with asyncio.TaskGroup() as tasks:
                    if Role.SENDER in self._roles:
                        tasks.create_task(delivery_service.run(app.settings.poll_seconds))
                    for platform in platforms:
                        tasks.create_task(self._run_platform(platform, delivery_service))
                    if self._should_build:
                        tasks.create_task(self._election.lead("builder", partial(self._run_builds, delivery_service)))
                    if Role.GATEWAY in self._roles or Role.WEB in self._roles:
                        tasks.create_task(self._prepare_previews())
                    if self._should_harvest:
                        harvest = partial(self._run_harvest, delivery_service)
                        tasks.create_task(self._election.lead("harvester", harvest))
                    if self._should_summarise:
                        summarise = self._run_popular_summaries
                        tasks.create_task(self._election.lead("popular summaries", summarise))
                    tasks.create_task(asyncio.to_thread(load_places))
                    tasks.create_task(asyncio.to_thread(load_phrases))
                    tasks.create_task(self._wait_forever())
                    if app.store.database.is_server:
                        tasks.create_task(self._end_silent_transactions())
                    names = [platform.name for platform in platforms] or ["console"]
                    does_builders_work = self._should_build or self._should_harvest
                    hidden_roles = {Role.ALL} if does_builders_work else {Role.ALL, Role.BUILDER}
                    roles = sorted(role.value for role in self._roles - hidden_roles)
                    _log.info("service_started", database=app.store.database.location, platforms=names, roles=roles)
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None

    def interrupt(self) -> None:
        """Hurry while stopping: no answer to what is in flight is waited for."""
        if self._delivery_service:
            self._delivery_service.interrupt()

    @property
    def _should_build(self) -> bool:
        """Whether this process builds digests and any topic has sources."""
        return Role.BUILDER in self._roles and bool(self._app.settings.build_specs)

    @property
    def _should_harvest(self) -> bool:
        """Whether this process harvests arXiv's announcements."""
        return Role.BUILDER in self._roles and self._app.settings.announcements.enabled

    @property
    def _should_summarise(self) -> bool:
        """Whether this process has papers summarised that most chats receive."""
        summarizer = self._app.papers.summaries
        is_wanted = self._app.settings.announcements.summaries > 0
        return self._should_harvest and is_wanted and summarizer is not None and summarizer.can_summarize

    async def _run_popular_summaries(self, is_leading: LeaderCheck) -> None:  # noqa: ARG002
        """Have the papers of each day summarised that most chats receive."""
        from digestbot.announcements.popular_summaries import PopularSummaries
        from digestbot.builder.models.budget import BudgetLimits

        app = self._app
        own = app.settings.builder
        budget = BudgetLimits(own.daily_token_limit, own.daily_cost_limit_usd)
        limit = app.settings.announcements.summaries
        if summarizer := app.papers.summaries:
            await PopularSummaries(app.store, app.clock, summarizer, budget=budget, limit=limit).run()

    async def _run_harvest(self, delivery_service: DeliveryService, is_leading: LeaderCheck) -> None:  # noqa: ARG002
        """Harvest each day's announcements, and match them against what chats follow."""
        async with open_harvester(self._app, delivery_service.alerts) as harvester:
            await harvester.run()

    async def _run_builds(self, delivery_service: DeliveryService, is_leading: LeaderCheck) -> None:  # noqa: ARG002
        """Build digests every day at their topics' times. A digest that is there is not built again."""
        from digestbot.builder.daily_builds import DailyBuilds

        app = self._app
        async with open_builder(app) as (builder, publisher):
            timezone, alerts = app.settings.timezone, delivery_service.alerts
            daily_builds = DailyBuilds(
                builder,
                publisher,
                app.store.builds,
                app.clock,
                timezone=timezone,
                patience=timedelta(hours=app.settings.builder.arxiv_patience_hours),
                alerts=alerts,
            )
            await daily_builds.run(app.settings.build_specs)

    async def _prepare_previews(self) -> None:
        """Keep the last days' papers at hand for who tries what to follow, until cancelled."""
        while True:
            try:
                await self._app.follows.prepare_previews()
            except StoreError as error:  # others say that it cannot be reached
                _log.debug("previews_not_prepared", reason=str(error))
            await asyncio.sleep(_PREVIEW_CHECK_SECONDS)

    async def _wait_forever(self) -> None:
        """Keep the process alive until it is told to stop."""
        await asyncio.Event().wait()

    async def _end_silent_transactions(self) -> None:
        """End what other processes left in the middle while they were paused, until cancelled."""
        while True:
            try:
                await end_silent_transactions(self._app.store.database)
            except StoreError as error:  # others say that it cannot be reached
                _log.debug("idle_transactions_not_terminated", reason=str(error))
            await asyncio.sleep(_SILENCE_CHECK_SECONDS)

    async def _run_platform(self, platform: RemotePlatform, delivery_service: DeliveryService) -> None:
        """Connect to a platform, then deliver to it and listen."""
        if isinstance(platform, IncidentSource):
            platform.report_incidents_to(delivery_service.alerts)
        await run_stubborn(platform.connect(), platform.name)
        if Role.SENDER in self._roles:
            delivery_service.add_platform(platform)
        else:
            delivery_service.alerts.add_platform(platform)
        if platform.webhook:
            if Role.WEB in self._roles:
                await self._listen(platform, always_lead)
        elif Role.GATEWAY in self._roles:
            await self._election.lead(f"gateway {platform.listener_key}", partial(self._listen, platform))

    async def _listen(self, platform: RemotePlatform, is_leading: LeaderCheck) -> None:
        await run_stubborn(platform.listen(self._app.dispatcher.handle_message, is_leading), platform.name)

    async def _open_platforms(self, stack: AsyncExitStack) -> list[RemotePlatform]:
        """Open the configured platforms and the HTTP server for their webhooks; the stack closes both."""
        platforms = build_platforms(self._app) if self._needs_platforms else []
        for platform in platforms:
            stack.push_async_callback(platform.close)
        if self._should_serve_http:
            await self._open_server(stack, platforms)
        return platforms

    @property
    def _needs_platforms(self) -> bool:
        takes_updates = self._should_serve_http and bool(self._app.settings.public_url)
        return bool(self._roles & {Role.SENDER, Role.GATEWAY}) or takes_updates

    async def _open_server(self, stack: AsyncExitStack, platforms: Sequence[RemotePlatform]) -> None:
        from digestbot.web.server import build_web_app, open_server

        app, settings = self._app, self._app.settings
        webhooks = [platform.webhook for platform in platforms if platform.webhook]
        pages = _build_archive(app) if settings.archive else None
        routes = [_build_figures_route(settings), *(pages.build_routes() if pages else ())]
        not_found = pages.serve_not_found if pages else None
        web_app = build_web_app(app.store, app.clock, self._metrics, webhooks, routes, serve_not_found=not_found)
        await stack.enter_async_context(open_server(web_app, settings.host, settings.port))


def _build_archive(app: App) -> ArchiveEndpoints:
    from digestbot.web.archive import ArchiveEndpoints

    return ArchiveEndpoints(app.catalog, app.settings.language, app.settings.public_url)


def _build_figures_route(settings: Settings) -> Route:
    """The figures that cards show."""
    from digestbot.web.archive import build_figures_route

    return build_figures_route(settings.effective_figures_dir)


def _build_metrics() -> PrometheusMetrics:
    from digestbot.web.metrics import PrometheusMetrics

    return PrometheusMetrics()
