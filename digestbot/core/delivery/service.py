"""The daily delivery: what is due is planned as outbox rows, and each platform's worker sends its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome, NullMetrics
from digestbot.core.delivery.planner import OutboxPlanner
from digestbot.core.delivery.worker import DeliveryWorker
from digestbot.core.leader import LeaderElection, SingleProcess
from digestbot.core.ports import Clock, Platform
from digestbot.store import Store
from digestbot.store.deliveries.outbox import PlanningPolicy


@dataclass(frozen=True, slots=True)
class CycleResult:
    """What one cycle of delivery did: ``not_sent`` is all that did not go out, tried again later or not."""

    planned: int
    sent: int
    not_sent: int


class DeliveryService:
    """Delivers what is due once: a restart neither repeats nor forgets a delivery.

    The ``election`` decides which of several processes sends for a platform.
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
        alerts: AdminAlerts | None = None,
    ) -> None:
        policy, metrics = policy or DeliveryPolicy(), metrics or NullMetrics()
        self.alerts = alerts or AdminAlerts(store.key_values, {}, None, "en")
        self._election = election or SingleProcess()
        self._planner = OutboxPlanner(
            store,
            clock,
            planning or PlanningPolicy(),
            retention=policy.retention,
            metrics=metrics,
            alerts=self.alerts,
        )
        self._build_worker = partial(DeliveryWorker, store, clock, policy=policy, metrics=metrics, alerts=self.alerts)
        self._workers: dict[str, DeliveryWorker] = {}
        self._added: asyncio.Queue[str] = asyncio.Queue()
        for platform in platforms:
            self.add_platform(platform)

    def add_platform(self, platform: Platform) -> None:
        """Deliver to another platform from now on."""
        self.alerts.add_platform(platform)
        self._workers[platform.name] = self._build_worker(platform)
        self._added.put_nowait(platform.name)

    async def run(self, poll_seconds: float) -> None:
        """Plan and deliver what is due, looking every so many seconds, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._planner.run(poll_seconds))
                tasks.create_task(self._planner.run_pruning())
                while True:
                    name = await self._added.get()
                    run_worker = partial(self._workers[name].run, poll_seconds)
                    tasks.create_task(self._election.lead(f"sender {name}", run_worker))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    def interrupt(self) -> None:
        """Wait for no answer any more: what is in flight stays marked as being sent."""
        for worker in self._workers.values():
            worker.interrupt()

    async def run_cycle(self) -> CycleResult:
        """Plan and deliver what is due now."""
        planned, sent, not_sent = await self._planner.plan_due(), 0, 0
        for worker in self._workers.values():
            outcomes = await worker.drain()
            sent += outcomes[DeliveryOutcome.SENT]
            not_sent += outcomes.total() - outcomes[DeliveryOutcome.SENT] - outcomes[DeliveryOutcome.EMPTY]
        return CycleResult(planned, sent, not_sent)
