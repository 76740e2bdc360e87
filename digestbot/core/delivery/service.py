"""The daily delivery: what is due is planned as outbox rows, and every platform sends its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome, NullMetrics
from digestbot.core.delivery.worker import DeliveryWorker
from digestbot.core.leader import LeaderElection, SingleProcess
from digestbot.core.ports import Clock, Platform
from digestbot.core.schedule import find_occurrences
from digestbot.domain.subscription import Address
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.outbox import PlanningPolicy

_PRUNE_INTERVAL_SECONDS = 3600.0
_PRUNE_BATCH_SIZE = 5_000
"""Old rows deleted in one transaction: what is due must not wait for them."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CycleResult:
    """What one cycle of delivery did: ``not_sent`` is all that did not go out, tried again later or not."""

    planned: int
    sent: int
    not_sent: int


class DeliveryService:
    """What is due is sent once, and a restart neither repeats nor forgets.

    The ``election`` decides which of several processes sends for a platform; ``admin`` hears of trouble.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platforms: Sequence[Platform],
        *,
        planning: PlanningPolicy | None = None,
        policy: DeliveryPolicy | None = None,
        election: LeaderElection | None = None,
        metrics: DeliveryMetrics | None = None,
        admin: Address | None = None,
        language: str = "en",
    ) -> None:
        self._store, self._clock = store, clock
        self._planning, self._policy = planning or PlanningPolicy(), policy or DeliveryPolicy()
        self._election = election or SingleProcess()
        self._metrics = metrics or NullMetrics()
        self._platforms: dict[str, Platform] = {}
        self._workers: dict[str, DeliveryWorker] = {}
        self.alerts = AdminAlerts(store.key_values, self._platforms, admin, language)
        self._added: asyncio.Queue[str] = asyncio.Queue()
        for platform in platforms:
            self.add_platform(platform)

    def add_platform(self, platform: Platform) -> None:
        """Deliver to another platform from now on."""
        self._platforms[platform.name] = platform
        self._workers[platform.name] = DeliveryWorker(
            self._store, self._clock, platform, self._policy, metrics=self._metrics, alerts=self.alerts
        )
        self._added.put_nowait(platform.name)

    async def run(self, poll_seconds: float) -> None:
        """Plan and deliver what is due, looking every so many seconds, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._run_planner(poll_seconds))
                tasks.create_task(self._run_pruner())
                while True:
                    name = await self._added.get()
                    run_worker = partial(self._run_worker, name, poll_seconds)
                    tasks.create_task(self._election.lead(f"sender {name}", run_worker))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            for worker in self._workers.values():
                await worker.close()

    async def run_cycle(self) -> CycleResult:
        """Plan and deliver what is due now."""
        planned, sent, not_sent = await plan_deliveries(self._store, self._clock.now(), self._planning), 0, 0
        for worker in self._workers.values():
            tally = await worker.drain()
            sent += tally[DeliveryOutcome.SENT]
            not_sent += tally.total() - tally[DeliveryOutcome.SENT]
        return CycleResult(planned, sent, not_sent)

    async def _run_planner(self, poll_seconds: float) -> None:
        while True:
            try:
                planned = await plan_deliveries(self._store, self._clock.now(), self._planning)
            except StoreError as error:
                _log.error("planning_stopped", reason=str(error), again_in_seconds=poll_seconds)
                await self.alerts.open("database", str(error), "planning")
            else:
                await self.alerts.resolve("database", "planning")
                if planned:
                    self._metrics.count_planned(planned)
                    _log.info("planned", deliveries=planned)
            await asyncio.sleep(poll_seconds)

    async def _run_pruner(self) -> None:
        """Delete what was delivered long ago, now and then."""
        while True:
            try:
                while await self._store.outbox.prune(self._clock.now() - self._policy.retention, _PRUNE_BATCH_SIZE):  # noqa: ASYNC110
                    await asyncio.sleep(0)  # what is due takes its turn
            except StoreError as error:
                _log.info("old_deliveries_not_deleted", reason=str(error))
            await asyncio.sleep(_PRUNE_INTERVAL_SECONDS)

    async def _run_worker(self, name: str, poll_seconds: float) -> None:
        """Send for a platform: first what the sender before left half-done, whose leases nobody renews."""
        while True:
            try:
                await self._store.outbox.reclaim(name, self._clock.now())
                break
            except StoreError as error:
                _log.error("delivery_stopped", platform=name, reason=str(error))
                await asyncio.sleep(poll_seconds)
        await self._workers[name].run(poll_seconds)


async def plan_deliveries(store: Store, now: datetime, policy: PlanningPolicy) -> int:
    """Put what is due into the outbox and move the schedules on; how many deliveries were planned.

    However many due times passed while nothing ran, a subscription is planned once, for the newest digest.
    """
    return await store.outbox.plan(now, find_occurrences, policy)
