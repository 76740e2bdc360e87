"""Metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.store.delivery_report import PlatformBacklog

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

    def render_text(self, waiting: Sequence[PlatformBacklog]) -> bytes:
        """The metrics in Prometheus's text format, including the number of deliveries due now."""
        self._due.clear()
        for platform in waiting:
            self._due.labels(platform.platform).set(platform.count)
        return generate_latest(self._registry)
