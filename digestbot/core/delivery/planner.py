"""The outbox's rows: planned when deliveries are due, and deleted when they are old."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.metrics import DeliveryMetrics
from digestbot.core.ports import Clock
from digestbot.core.schedule import find_occurrences
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.deliveries.outbox import PlanningPolicy

_PRUNE_INTERVAL_SECONDS = 3600.0
_PRUNE_BATCH_SIZE = 5_000
"""Old rows deleted in one transaction: what is due must not wait for them."""
_log = structlog.get_logger(__name__)


class OutboxPlanner:
    """Puts what is due into the outbox, and deletes what ended longer than ``retention`` ago."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        policy: PlanningPolicy,
        *,
        retention: timedelta,
        metrics: DeliveryMetrics,
        alerts: AdminAlerts,
    ) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._retention = retention
        self._metrics = metrics
        self._alerts = alerts

    async def plan_due(self) -> int:
        """Plan what is due now; how many deliveries. Raises :class:`~digestbot.errors.StoreError`."""
        return await plan_deliveries(self._store, self._clock.now(), self._policy)

    async def run(self, poll_seconds: float) -> None:
        """Plan what is due, every so many seconds, until cancelled."""
        while True:
            try:
                planned = await self.plan_due()
            except StoreError as error:
                _log.error("planning_failed", reason=str(error), again_in_seconds=poll_seconds)
                await self._alerts.open("database", str(error), "planning")
            except Exception:  # noqa: BLE001  # ours: it must not stop what is planned already
                _log.exception("planning_failed", again_in_seconds=poll_seconds)
            else:
                await self._alerts.resolve("database", "planning")
                if planned:
                    self._metrics.count_planned(planned)
                    _log.info("planned", deliveries=planned)
            await asyncio.sleep(poll_seconds)

    async def run_pruning(self) -> None:
        """Delete what ended long ago, every hour, until cancelled."""
        while True:
            try:
                if dropped := await self._store.outbox.drop_orphans(self._clock.now()):
                    _log.warning("deliveries_replanned", deliveries=dropped)
                await self._delete_expired(self._clock.now())
                while await self._prune():  # noqa: ASYNC110
                    await asyncio.sleep(0)  # what is due takes its turn
            except StoreError as error:
                _log.info("old_deliveries_not_deleted", reason=str(error))
            await asyncio.sleep(_PRUNE_INTERVAL_SECONDS)

    async def _delete_expired(self, now: datetime) -> None:
        """Delete what people asked, sent and were shown of single papers, once its time is over."""
        await self._store.sent_pdfs.delete_expired(now)
        await self._store.paper_questions.delete_expired(now)
        await self._store.paper_texts.delete_expired(now)
        await self._store.failed_works.delete_expired(now)
        await self._store.shown_lists.delete_expired(now)
        await self._store.quotas.delete_expired(now.astimezone(UTC).date())

    async def _prune(self) -> int:
        now = self._clock.now()
        return await self._store.outbox.prune(now - self._retention, _PRUNE_BATCH_SIZE, now)


async def plan_deliveries(store: Store, now: datetime, policy: PlanningPolicy) -> int:
    """Put what is due into the outbox and move the schedules on; how many deliveries were planned.

    However many due times passed while nothing ran, a subscription gets one delivery, with every digest that it missed.
    """
    return await store.outbox.plan(now, find_occurrences, policy)
