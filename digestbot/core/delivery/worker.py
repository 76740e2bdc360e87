"""Delivers what is due on one platform, to many chats at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.claims import Claim, ClaimTable, SubscriberBatch
from digestbot.core.delivery.decisions import DeliveryPolicy
from digestbot.core.delivery.executor import DeliveryExecutor
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome
from digestbot.core.delivery.rendered_digests import RenderedDigestCache
from digestbot.core.delivery.reporter import OutcomeReporter
from digestbot.core.ports import Clock, LeaderCheck, Platform, always_lead
from digestbot.domain.delivery import Delivery
from digestbot.errors import StoreError
from digestbot.store import Store
from digestbot.store.announcements.followed_topics import NO_NARROWINGS, Narrowings, read_narrowings, write_narrowings

_MAX_IN_FLIGHT = 400
"""Deliveries in work at once: 2,000 a second if sending a message and marking it takes 200 ms."""
_SHUTDOWN_TIMEOUT_SECONDS = 6.0
"""How long messages in flight have to arrive when the process stops: of ten seconds, this part's share."""
_CLAIM_SECONDS = 1.0
"""How long a claim may take that is under way when the process stops: rows claimed unnoticed would wait for long."""
_REPORT_INTERVAL_SECONDS = 30.0
"""How often outcomes are reported while deliveries go on and on."""
T = TypeVar("T")
_log = structlog.get_logger(__name__)


class DeliveryWorker:
    """Claims what is due, hands each delivery to the executor, and reports the outcome.

    Deliveries to one subscriber go out one after the other, so that a paper is shown in full only once.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        platform: Platform,
        policy: DeliveryPolicy,
        *,
        metrics: DeliveryMetrics,
        alerts: AdminAlerts,
    ) -> None:
        name = platform.name
        self._name = name
        self._claims = ClaimTable(store, clock, name, skips_ambiguous=policy.should_skip_ambiguous(name))
        self._digests = RenderedDigestCache(store, platform)
        self._build_executor = partial(DeliveryExecutor, store, clock, platform, policy, metrics, alerts=alerts)
        self._executor = self._build_executor()
        self.reporter = OutcomeReporter(name, clock, metrics, alerts)

    async def run(self, poll_seconds: float, is_leading: LeaderCheck = always_lead) -> None:
        """Deliver what is due while leading, looking again every so many seconds, until cancelled."""
        await self._reclaim_deliveries(poll_seconds)
        self._executor = self._build_executor(is_leading=is_leading)
        async with self._run_tasks(self._run_reports()) as queue:
            while True:
                if not await self._try_to_claim(queue):
                    if self._claims.is_empty:
                        self._digests.clear()
                    await asyncio.sleep(poll_seconds)

    async def drain(self) -> Counter[DeliveryOutcome]:
        """Deliver what is due now; the outcomes."""
        before = self.reporter.outcomes.copy()
        self._executor = self._build_executor()
        async with self._run_tasks() as queue:
            while await self._claim_batch(queue):
                pass
            await queue.join()
        return self.reporter.outcomes - before

    def interrupt(self) -> None:
        """Wait for no answer any more: what is in flight stays marked as being sent."""
        self._executor.interrupt()

    @asynccontextmanager
    async def _run_tasks(self, *background: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Queue[SubscriberBatch]]:
        """Work on a queue of batches; at the end, finish what is in flight and hand back the rest."""
        self._digests.clear()
        queue: asyncio.Queue[SubscriberBatch] = asyncio.Queue(_MAX_IN_FLIGHT)
        workers = [asyncio.create_task(self._process_batches(queue)) for _ in range(_MAX_IN_FLIGHT)]
        try:
            async with _run_beside(self._claims.run_renewals(), _raise_first_failure(workers), *background):
                yield queue
        finally:
            await self._executor.stop(workers, _SHUTDOWN_TIMEOUT_SECONDS)
            await self._claims.release_idle()
            await self._executor.close()
            self._claims.clear()
            self.reporter.log_new_outcomes()

    # -- claiming ---------------------------------------------------------------------------------------------

    async def _reclaim_deliveries(self, poll_seconds: float) -> None:
        """Free what the previous sender left half-done: nobody renews its leases."""
        while True:
            try:
                await self._claims.reclaim()
            except StoreError as error:
                _log.error("claiming_failed", platform=self._name, reason=str(error))
                await asyncio.sleep(poll_seconds)
            else:
                return

    async def _try_to_claim(self, queue: asyncio.Queue[SubscriberBatch]) -> bool:
        try:
            has_claimed = await self._claim_batch(queue)
        except StoreError as error:
            await self.reporter.report_database_error(error)
            return False
        await self.reporter.report_database_working()
        return has_claimed

    async def _claim_batch(self, queue: asyncio.Queue[SubscriberBatch]) -> bool:
        """Claim what is due and queue it, waiting for room; whether anything was due."""
        batches = await _finish_despite_cancellation(self._claims.claim_due(), _CLAIM_SECONDS)
        if batches is None:
            return False
        try:
            await self._load_prior_deliveries([batch[0] for batch in batches])
        except StoreError:  # nobody works on them: their leases must run out, so that they are claimed again
            self._claims.drop_batches(batches)
            raise
        for batch in batches:
            await queue.put(batch)
        return True

    async def _load_prior_deliveries(self, claims: Sequence[Claim]) -> None:
        """Look up what the subscribers of these claims have already received."""
        if claims:
            deliveries = [claim.delivery for claim in claims]
            narrowings = await self._find_narrowings(deliveries)
            prior_deliveries = await self._digests.find_prior_deliveries(deliveries, narrowings)
            for claim in claims:
                claim.prior_deliveries = prior_deliveries.get(claim.delivery.id, {})
                claim.narrowings = narrowings.get(claim.delivery.subscriber.id, NO_NARROWINGS)
                claim.delivery = replace(claim.delivery, narrowings=write_narrowings(claim.narrowings))

    async def _find_narrowings(self, deliveries: Sequence[Delivery]) -> Mapping[int, Narrowings]:
        """What the subscribers leave out now; of a delivery that has begun, what its first message left out.

        Else a paper could move from a message that is to come into one that is out.
        """
        begun = {one.subscriber.id: read_narrowings(one.narrowings) for one in deliveries if one.parts_sent}
        return {**await self._digests.find_narrowings(deliveries), **begun}

    # -- delivering -------------------------------------------------------------------------------------------

    async def _process_batches(self, queue: asyncio.Queue[SubscriberBatch]) -> None:
        while True:
            batch = await queue.get()
            for claim in batch:  # it may grow meanwhile
                await self._deliver(claim)
            self._claims.finish_batch(batch)
            queue.task_done()

    async def _deliver(self, claim: Claim) -> None:
        outcome = None
        try:
            outcome = await self._deliver_or_give_up(claim)
        except StoreError as error:  # its lease runs out, and it is claimed again
            _log.error("delivery_interrupted", platform=self._name, reason=str(error))
        self._claims.drop_claim(claim)
        if outcome:
            self.reporter.record_outcome(claim.delivery, outcome)

    async def _deliver_or_give_up(self, claim: Claim) -> DeliveryOutcome | None:
        try:
            return await self._executor.deliver(claim, await self._render(claim))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # what its row or its digest holds must not stop the others
            return await self._executor.give_up(claim, error)

    async def _render(self, claim: Claim) -> Sequence[Any] | None:
        """The messages of a delivery, none if the chat hides all of it; ``None`` when its digest no longer exists."""
        if claim.prior_deliveries is None:  # not the first of its batch: those before it count as received
            await self._load_prior_deliveries([claim])
        return await self._digests.render_delivery(claim.delivery, claim.prior_deliveries or {}, claim.narrowings)

    async def _run_reports(self) -> None:
        """Report when a batch is through, or goes on and on."""
        seconds_since_report = 0.0
        while True:
            await asyncio.sleep(1)
            seconds_since_report += 1
            if self._claims.is_empty or seconds_since_report >= _REPORT_INTERVAL_SECONDS:
                seconds_since_report = 0.0
                await self.reporter.report_new_outcomes()


async def _finish_despite_cancellation(coroutine: Coroutine[Any, Any, T], timeout_seconds: float) -> T:
    """Await a coroutine, and if cancelled meanwhile let it finish first."""
    task = asyncio.create_task(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=timeout_seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


@asynccontextmanager
async def _run_beside(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run coroutines beside the block, and cancel them at its end; the first failure ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _raise_first_failure(workers: Collection[asyncio.Task[None]]) -> None:
    """Raise what a worker raises: none ends by itself."""
    finished, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
    for worker in finished:
        worker.result()
