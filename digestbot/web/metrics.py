"""Metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.domain.arxiv.announcement import AnnouncementDay, DayState
from digestbot.store.deliveries.delivery_report import PlatformBacklog

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LAG_BUCKETS_SECONDS = (1, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_WAIT_BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)


class PrometheusMetrics:
    """Counts deliveries; a :class:`~digestbot.core.delivery.metrics.DeliveryMetrics`.

    Labels are words of our own only.
    """

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        labels = ["platform"]
        self._planned = Counter("digestbot_deliveries_planned", "Deliveries planned", registry=registry)
        self._sent = Counter("digestbot_deliveries_sent", "Deliveries sent", labels, registry=registry)
        self._later = Counter("digestbot_deliveries_retried", "Attempts to be made again", labels, registry=registry)
        self._failed = Counter(
            "digestbot_deliveries_failed", "Deliveries given up", [*labels, "reason"], registry=registry
        )
        self._due = Gauge("digestbot_deliveries_due", "Deliveries due and not out", labels, registry=registry)
        lag, wait = "From due to sent", "Waiting for a platform's limits"
        self._lag = Histogram(
            "digestbot_delivery_lag_seconds", lag, labels, buckets=_LAG_BUCKETS_SECONDS, registry=registry
        )
        self._wait = Histogram(
            "digestbot_limiter_wait_seconds", wait, labels, buckets=_WAIT_BUCKETS_SECONDS, registry=registry
        )

        self._days = Gauge(
            "digestbot_announcement_days", "Days of arXiv's announcements, of the last 14", ["state"], registry=registry
        )
        self._expected = Gauge(
            "digestbot_announcements_expected", "Papers that the newest day's listings count", registry=registry
        )
        self._stored = Gauge(
            "digestbot_announcements_stored", "Papers of the newest day that are there", registry=registry
        )

    def count_planned(self, count: int) -> None:
        """Count planned deliveries."""
        self._planned.inc(count)

    def record_outcome(self, platform: str, outcome: DeliveryOutcome, lag_seconds: float) -> None:
        """Record an attempt's outcome and its lag in seconds."""
        if outcome is DeliveryOutcome.SENT:
            self._sent.labels(platform).inc()
            self._lag.labels(platform).observe(max(lag_seconds, 0.0))
        elif outcome is DeliveryOutcome.LATER:
            self._later.labels(platform).inc()
        elif outcome.is_failure:
            self._failed.labels(platform, outcome.value).inc()

    def record_limiter_wait(self, platform: str, seconds: float) -> None:
        """Record how long a message waited for the rate limiter, in seconds."""
        self._wait.labels(platform).observe(seconds)

    def render_text(self, waiting: Sequence[PlatformBacklog], days: Sequence[AnnouncementDay] = ()) -> bytes:
        """The metrics in Prometheus's text format, including the number of deliveries due now.

        ``days`` are those of the last announcements, newest first.
        """
        self._set_days(days)
        self._due.clear()
        for platform in waiting:
            self._due.labels(platform.platform).set(platform.count)
        return generate_latest(self._registry)

    def _set_days(self, days: Sequence[AnnouncementDay]) -> None:
        states = [day.state for day in days]
        for state in DayState:
            self._days.labels(state.value).set(states.count(state))
        counts = days[0].archives.values() if days else ()
        self._expected.set(sum(count.expected for count in counts))
        self._stored.set(sum(count.stored for count in counts))
