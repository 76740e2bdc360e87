"""What became of one platform's deliveries, as told to the log, the metrics and the admin."""

from __future__ import annotations

from collections import Counter

import structlog

from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.metrics import DeliveryMetrics, DeliveryOutcome
from digestbot.core.ports import Clock
from digestbot.domain.delivery import Delivery
from digestbot.errors import StoreError

_SILENCE_THRESHOLD = 20
"""Deliveries that a platform put off while it took none: by then, more than a chat or two is affected."""
_log = structlog.get_logger(__name__)


class OutcomeReporter:
    """Counts the outcomes of one platform, and reports those that are new."""

    def __init__(self, platform: str, clock: Clock, metrics: DeliveryMetrics, alerts: AdminAlerts) -> None:
        self._platform = platform
        self._clock = clock
        self._metrics = metrics
        self._alerts = alerts
        self.outcomes: Counter[DeliveryOutcome] = Counter()
        self._logged_outcomes: Counter[DeliveryOutcome] = Counter()

    def record_outcome(self, delivery: Delivery, outcome: DeliveryOutcome) -> None:
        """Count the outcome of an attempt."""
        self.outcomes[outcome] += 1
        lag = (self._clock.now() - delivery.due_at).total_seconds()
        self._metrics.record_outcome(self._platform, outcome, lag)

    def log_new_outcomes(self) -> Counter[DeliveryOutcome]:
        """Log the outcomes that were not logged yet, and return them."""
        new_outcomes = self.outcomes - self._logged_outcomes
        self._logged_outcomes = self.outcomes.copy()
        if new_outcomes:
            counts = {outcome.name.lower(): count for outcome, count in sorted(new_outcomes.items())}
            _log.info("delivered", platform=self._platform, **counts)
        return new_outcomes

    async def report_new_outcomes(self) -> None:
        """Log the new outcomes; alert the admin of a platform that takes nothing, and of dropped deliveries."""
        new_outcomes = self.log_new_outcomes()
        if new_outcomes:
            await self._update_silence_alert(new_outcomes)
            await self._update_lateness_alert(new_outcomes)

    async def report_database_error(self, error: StoreError) -> None:
        """Nothing can be claimed."""
        _log.error("claiming_failed", platform=self._platform, reason=str(error))
        await self._alerts.open("database", str(error), self._platform)

    async def report_database_working(self) -> None:
        """The database answers."""
        await self._alerts.resolve("database", self._platform)

    async def _update_silence_alert(self, new_outcomes: Counter[DeliveryOutcome]) -> None:
        name, count = self._platform, new_outcomes[DeliveryOutcome.LATER]
        if new_outcomes[DeliveryOutcome.SENT]:
            await self._alerts.resolve(f"{name} silent")
        elif count >= _SILENCE_THRESHOLD:
            await self._alerts.open(f"{name} silent", f"{name} took none of the last {count} messages.")

    async def _update_lateness_alert(self, new_outcomes: Counter[DeliveryOutcome]) -> None:
        name, count = self._platform, new_outcomes[DeliveryOutcome.TOO_LATE]
        if count:
            which = "1 delivery" if count == 1 else f"{count} deliveries"
            reason = f"{which} on {name} did not get out in time and {'was' if count == 1 else 'were'} dropped."
            await self._alerts.open(f"{name} late", reason)
        elif new_outcomes[DeliveryOutcome.SENT]:
            await self._alerts.resolve(f"{name} late")
