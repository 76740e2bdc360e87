"""What Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from digestbot.core.delivery.watch import End
from digestbot.store.ledger import Waiting

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LAG = (1, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_WAIT = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)


class Metrics:
    """Counts deliveries; a :class:`~digestbot.core.delivery.watch.Watch`. Labels are words of our own only."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        by = ["platform"]
        self._planned = Counter("digestbot_deliveries_planned", "Deliveries planned", registry=own)
        self._sent = Counter("digestbot_deliveries_sent", "Deliveries sent", by, registry=own)
        self._later = Counter("digestbot_deliveries_retried", "Attempts to be made again", by, registry=own)
        self._failed = Counter("digestbot_deliveries_failed", "Deliveries given up", [*by, "reason"], registry=own)
        self._due = Gauge("digestbot_deliveries_due", "Deliveries due and not out", by, registry=own)
        lag, wait = "From due to sent", "Waiting for a platform's limits"
        self._lag = Histogram("digestbot_delivery_lag_seconds", lag, by, buckets=_LAG, registry=own)
        self._wait = Histogram("digestbot_limiter_wait_seconds", wait, by, buckets=_WAIT, registry=own)

    def planned(self, number: int) -> None:
        """So many deliveries were planned."""
        self._planned.inc(number)

    def ended(self, platform: str, end: End, lag: float) -> None:
        """An attempt came to an end, so many seconds after it was due."""
        if end is End.SENT:
            self._sent.labels(platform).inc()
            self._lag.labels(platform).observe(max(lag, 0.0))
        elif end is End.LATER:
            self._later.labels(platform).inc()
        else:
            self._failed.labels(platform, end.value).inc()

    def waited(self, platform: str, seconds: float) -> None:
        """A message waited so long for the platform's limits."""
        self._wait.labels(platform).observe(seconds)

    def text(self, waiting: Sequence[Waiting]) -> bytes:
        """All of it as Prometheus reads it, with what is due by now."""
        self._due.clear()
        for platform in waiting:
            self._due.labels(platform.platform).set(platform.number)
        return generate_latest(self._registry)
