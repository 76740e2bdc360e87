"""One platform's deliveries: claimed, limited, sent and marked, many chats at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.executor import LEASE_DURATION, DeliveryExecutor, DeliveryPolicy
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome
from digestbot.core.delivery.rendered_digests import RenderedDigestCache
from digestbot.core.ports import Clock, Platform
from digestbot.domain.delivery import Delivery, DeliveryState, release
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.delivery_history import PriorDelivery

_BATCH_SIZE = 256
_MAX_IN_FLIGHT = 400
"""Deliveries in work at once: 2,000 a second where a message and its mark take 200 ms."""
_SHUTDOWN_TIMEOUT_SECONDS = 10.0
"""Seconds that messages on their way have when the process is to end."""
_SILENCE_THRESHOLD = 20
"""Messages of a batch that a platform put off, taking none: then it is not about a chat or two."""
_LOG_INTERVAL_SECONDS = 30.0
"""Seconds after which a batch that goes on and on is logged."""
_AMBIGUOUS_REASON = "it may have arrived before the process stopped; by setting, it is not sent again"
_log = structlog.get_logger(__name__)

SubscriberBatch = list[tuple[Delivery, Mapping[str, PriorDelivery]]]
"""One subscriber's deliveries, each with what was received before."""


class DeliveryWorker:
    """Keeps so many chats in work until nothing is due.

    What one subscriber has due goes out one after the other, so that a paper is shown in full only once.
    """

    def __init__(
        self, store: Store, clock: Clock, platform: Platform, policy: DeliveryPolicy, metrics: DeliveryMetrics
    ) -> None:
        self._store, self._clock, self._platform = store, clock, platform
        self._skips_ambiguous = platform.name in policy.skip_ambiguous
        self._leases: dict[int, datetime] = {}
        self._claimed: dict[int, Delivery] = {}
        self._batches: dict[int, SubscriberBatch] = {}
        self._queue: asyncio.Queue[SubscriberBatch] = asyncio.Queue(_MAX_IN_FLIGHT)
        self._digests = RenderedDigestCache(store, platform)
        self._executor = DeliveryExecutor(
            store,
            clock,
            platform,
            policy,
            metrics=metrics,
            lease_valid=self._has_lease,
            on_progress=self._record_progress,
        )
        self.outcomes: Counter[DeliveryOutcome] = Counter()
        self._logged_outcomes: Counter[DeliveryOutcome] = Counter()
        self._alerts: AdminAlerts | None = None

    async def run(self, poll_seconds: float, alerts: AdminAlerts) -> None:
        """Deliver what is due, looking again every so many seconds, until cancelled."""
        name, self._alerts = self._platform.name, alerts
        async with self._run_tasks():
            while True:
                try:
                    has_claimed = await self._claim_batch()
                    await alerts.resolve("database", name)
                except StoreError as error:
                    _log.error("delivery_stopped", platform=name, reason=str(error))
                    await alerts.open("database", str(error), name)
                    has_claimed = False
                if not has_claimed:
                    if not self._claimed:
                        self._digests.clear()
                    await asyncio.sleep(poll_seconds)

    async def drain(self) -> Counter[DeliveryOutcome]:
        """Deliver what is due now; what became of it."""
        before = self.outcomes.copy()
        async with self._run_tasks():
            while await self._claim_batch():
                pass
            await self._queue.join()
        await self.close()
        return self.outcomes - before

    async def close(self) -> None:
        """Leave what is not finished."""
        await self._executor.close()

    @asynccontextmanager
    async def _run_tasks(self) -> AsyncIterator[None]:
        """Work on the queue; at the end, finish what has left and hand back the rest."""
        self._digests.clear()
        workers = [asyncio.create_task(self._process_batches()) for _ in range(_MAX_IN_FLIGHT)]
        try:
            async with asyncio.TaskGroup() as group:
                background = [
                    group.create_task(work)
                    for work in (self._renew_leases(), self._report_progress(), _raise_first_failure(workers))
                ]
                try:
                    yield
                finally:
                    for task in background:
                        task.cancel()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._release_claims(await self._executor.stop_tasks(workers, _SHUTDOWN_TIMEOUT_SECONDS))
            self._log_outcomes()

    async def _release_claims(self, unfinished: set[int]) -> None:
        now = self._clock.now()
        updates = [release(delivery, now) for delivery in self._claimed.values() if delivery.id not in unfinished]
        self._queue = asyncio.Queue(_MAX_IN_FLIGHT)
        self._batches.clear()
        for update in updates:
            self._drop_claim(update.id)
        try:
            if updates:
                await self._store.outbox.apply_updates(updates)
        except StoreError as error:  # their leases run out
            _log.error("not_handed_back", platform=self._platform.name, reason=str(error))

    # -- claiming ---------------------------------------------------------------------------------------------

    async def _claim_batch(self) -> bool:
        """Claim a batch and queue it, waiting for room; whether there was one."""
        now, name = self._clock.now(), self._platform.name
        self._executor.database_id = self._executor.database_id or await self._store.key_values.get_database_id()
        if self._skips_ambiguous:
            await self._store.outbox.fail_ambiguous(name, now, _AMBIGUOUS_REASON)
        state = DeliveryState.DUE if self._skips_ambiguous else DeliveryState.SENDING
        in_progress = self._in_progress_ids()
        claimed = await self._store.outbox.claim(name, now, LEASE_DURATION, _BATCH_SIZE, state)
        fresh = [delivery for delivery in claimed if delivery.id not in in_progress]
        for delivery in fresh:
            self._claimed[delivery.id] = delivery
        for delivery in claimed:
            if delivery.id in self._claimed:
                self._leases[delivery.id] = now + LEASE_DURATION
        if fresh:
            for batch in self._group_by_subscriber(fresh, await self._digests.find_prior_deliveries(fresh)):
                await self._queue.put(batch)
        return bool(claimed)

    def _in_progress_ids(self) -> set[int]:
        """What a claim may bring that is in work here already: its lease ran out, and its mark waits.

        It is asked for before the claim: what is marked while the claim is under way was read as it stood before.
        """
        in_flight = self._executor.in_flight
        claimed = self._claimed.values()
        return {
            delivery.id for delivery in claimed if delivery.subscriber.id in self._batches or delivery.id in in_flight
        }

    def _group_by_subscriber(
        self, claimed: Sequence[Delivery], prior_deliveries: Mapping[int, Mapping[str, PriorDelivery]]
    ) -> list[SubscriberBatch]:
        """One batch for each subscriber; one that is at work gets more to do."""
        new = []
        for delivery in claimed:
            batch = self._batches.get(delivery.subscriber.id)
            if batch is None:
                batch = self._batches[delivery.subscriber.id] = []
                new.append(batch)
            batch.append((delivery, prior_deliveries.get(delivery.id, {})))
        return new

    def _has_lease(self, delivery_id: int) -> bool:
        """Whether a delivery is still ours alone."""
        until = self._leases.get(delivery_id)
        return until is not None and self._clock.now() < until

    def _drop_claim(self, delivery_id: int) -> None:
        self._claimed.pop(delivery_id, None)
        self._leases.pop(delivery_id, None)

    async def _renew_leases(self) -> None:
        """Renew the leases of what waits for the platform's limits, so that nobody takes it meanwhile."""
        while True:
            await asyncio.sleep(LEASE_DURATION.total_seconds() / 4)
            held, until = sorted(self._leases), self._clock.now() + LEASE_DURATION
            try:
                if held:
                    await self._store.outbox.renew_leases(held, until)
            except StoreError as error:
                _log.error("leases_not_renewed", platform=self._platform.name, reason=str(error))
                continue
            self._leases.update((delivery_id, until) for delivery_id in held if delivery_id in self._leases)

    # -- working ----------------------------------------------------------------------------------------------

    async def _process_batches(self) -> None:
        while True:
            batch = await self._queue.get()
            for index, (delivery, prior_deliveries) in enumerate(batch):  # it may grow meanwhile
                await self._deliver(delivery, prior_deliveries if index == 0 else None)
            self._batches.pop(batch[0][0].subscriber.id, None)
            self._queue.task_done()

    async def _deliver(self, delivery: Delivery, prior_deliveries: Mapping[str, PriorDelivery] | None) -> None:
        """Deliver one. Without ``prior_deliveries``, they are looked up, those of the same morning included."""
        try:
            if prior_deliveries is None:
                prior_deliveries = (await self._digests.find_prior_deliveries([delivery])).get(delivery.id, {})
            if (
                await self._executor.deliver(delivery, await self._digests.render_delivery(delivery, prior_deliveries))
                is None
            ):
                self._drop_claim(delivery.id)
        except StoreError as error:  # its lease runs out, and it is claimed again
            _log.error("delivery_interrupted", platform=self._platform.name, reason=str(error))
            self._drop_claim(delivery.id)

    def _record_progress(self, delivery_id: int, progress: Delivery | DeliveryOutcome) -> None:
        """A delivery got on, or came to an end."""
        if isinstance(progress, DeliveryOutcome):
            self.outcomes[progress] += 1
            self._drop_claim(delivery_id)
        else:
            self._claimed[delivery_id] = progress

    # -- telling ----------------------------------------------------------------------------------------------

    async def _report_progress(self) -> None:
        """Log a line when a batch is through, or goes on and on."""
        seconds_since_log = 0.0
        while True:
            await asyncio.sleep(1)
            seconds_since_log += 1
            if self._claimed and seconds_since_log < _LOG_INTERVAL_SECONDS:
                continue
            seconds_since_log = 0.0
            new_outcomes = self._log_outcomes()
            if new_outcomes and self._alerts:
                await self._update_alerts(new_outcomes, self._alerts)

    def _log_outcomes(self) -> Counter[DeliveryOutcome]:
        new_outcomes = self.outcomes - self._logged_outcomes
        self._logged_outcomes = self.outcomes.copy()
        if new_outcomes:
            counts = {end.name.lower(): number for end, number in sorted(new_outcomes.items())}
            _log.info("delivered", platform=self._platform.name, **counts)
        return new_outcomes

    async def _update_alerts(self, new_outcomes: Counter[DeliveryOutcome], alerts: AdminAlerts) -> None:
        """Tell the operator of a platform that takes nothing, and of deliveries that were dropped."""
        name = self._platform.name
        if new_outcomes[DeliveryOutcome.SENT]:
            await alerts.resolve(f"{name} silent")
        elif new_outcomes[DeliveryOutcome.LATER] >= _SILENCE_THRESHOLD:
            await alerts.open(
                f"{name} silent", f"{name} took none of the last {new_outcomes[DeliveryOutcome.LATER]} messages."
            )
        if new_outcomes[DeliveryOutcome.TOO_LATE]:
            count = new_outcomes[DeliveryOutcome.TOO_LATE]
            await alerts.open(f"{name} late", f"{count} deliveries on {name} did not get out in time and were dropped.")
        elif new_outcomes[DeliveryOutcome.SENT]:
            await alerts.resolve(f"{name} late")


async def _raise_first_failure(workers: Collection[asyncio.Task[None]]) -> None:
    """Raise what a worker raises: none ends by itself."""
    finished, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
    for worker in finished:
        worker.result()
