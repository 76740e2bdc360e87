"""``digestbot run``: one process's part of the bot, until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import structlog

from digestbot.app import App, building, discord, telegram
from digestbot.core.delivery.service import DeliveryService
from digestbot.core.ports import RemotePlatform
from digestbot.platforms.console import ConsolePlatform
from digestbot.roles import Role
from digestbot.store.process_lock import hold_process_lock

if TYPE_CHECKING:
    from starlette.routing import Route

    from digestbot.web.metrics import PrometheusMetrics

_log = structlog.get_logger(__name__)


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
        with hold_process_lock(app.store.database):
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
                    _log.info("running", database=app.store.database.location, platforms=names, roles=roles)
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None

    @property
    def _builds(self) -> bool:
        """Whether there is a topic to make digests of, and this process is the one for it."""
        return Role.BUILDER in self._roles and bool(self._app.settings.briefs)

    async def _build(self, delivering: DeliveryService) -> None:
        """Make digests, every day at their topics' hours."""
        from digestbot.builder.daily_builds import DailyBuilds

        app = self._app
        async with building(app) as (builder, publisher):
            zone, alarm = app.settings.timezone, delivering.alerts
            daily = DailyBuilds(builder, publisher, app.store.builds, app.clock, timezone=zone, alerts=alarm)
            await daily.run(app.settings.briefs)

    async def _wait(self) -> None:
        """Keep the process, whatever else there is to do."""
        await asyncio.Event().wait()

    async def _serve(self, network: RemotePlatform, delivering: DeliveryService) -> None:
        """Reach a platform, deliver to it from then on, and answer there."""
        await network.connect()
        if Role.SENDER in self._roles:
            delivering.add_platform(network)
        listen = partial(network.listen, self._app.dispatcher.handle_message)
        if network.can_share_listening:
            if Role.WEB in self._roles:
                await listen()
        elif Role.GATEWAY in self._roles:
            await self._election.lead(f"gateway {network.listener_key}", listen)

    async def _networks(self, stack: AsyncExitStack) -> AsyncIterator[RemotePlatform]:
        """The platforms that are set up; the stack closes them, and what listens for them."""
        app, settings = self._app, self._app.settings
        reached = bool(self._roles & {Role.SENDER, Role.GATEWAY}) or (self._serves and bool(settings.public_url))
        reached_telegram = telegram(app) if settings.telegram.token and reached else None
        if reached_telegram:
            stack.push_async_callback(reached_telegram.close)
        if self._metrics:
            from digestbot.web.server import application, serving

            hook = reached_telegram.handle_webhook if reached_telegram and settings.public_url else None
            served = application(app.store, app.clock, self._metrics, hook, _archive(app))
            await stack.enter_async_context(serving(served, settings.host, settings.port))
        if reached_telegram:
            yield reached_telegram
        if settings.discord.token and reached:
            reached_discord = discord(app)
            stack.push_async_callback(reached_discord.close)
            yield reached_discord


def _archive(app: App) -> list[Route]:
    """What everybody may see: pictures that cards show, and all digests where the operator wants that."""
    from digestbot.builder.figure_folder import is_figure_name
    from digestbot.web import archive

    settings = app.settings
    own = archive.Archive(app.library, settings.language, settings.public_url).routes() if settings.archive else []
    return [archive.figures(settings.figures, is_figure_name), *own]


def _metrics() -> PrometheusMetrics:
    from digestbot.web.metrics import PrometheusMetrics

    return PrometheusMetrics()
