"""Daily builds: builds each topic's digest at its time, and resumes after a crash or network failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import structlog

from digestbot.builder.build_digest import DigestBuilder
from digestbot.builder.publisher import DigestPublisher
from digestbot.core.alerts import AdminAlerts
from digestbot.core.ports import Clock
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.timezones import get_timezone
from digestbot.errors import DigestbotError, StoreError
from digestbot.store.digests.builds import BuildStore

RETRY_AFTER = timedelta(minutes=15)
"""Delay after a failure: arXiv's outages usually last longer than minutes."""
_POLL_SECONDS = 30.0
_log = structlog.get_logger(__name__)


class DailyBuilds:
    """Checks which topics are due and builds their digests one after another.

    ``patience`` is how long after its time a digest waits for arXiv's API before arXiv's other door is asked.
    """

    def __init__(
        self,
        builder: DigestBuilder,
        publisher: DigestPublisher,
        builds: BuildStore,
        clock: Clock,
        *,
        timezone: str = "UTC",
        patience: timedelta = timedelta(0),
        alerts: AdminAlerts | None = None,
    ) -> None:
        self._builder, self._publisher = builder, publisher
        self._builds, self._clock, self._zone = builds, clock, get_timezone(timezone)
        self._patience, self._alerts = patience, alerts
        self._not_before: dict[str, datetime] = {}

    async def run(self, specs: Sequence[BuildSpec], poll_seconds: float = _POLL_SECONDS) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.build_due(specs)
            except StoreError as error:
                _log.error("daily_builds_failed", reason=str(error), again_in_seconds=poll_seconds)
            await asyncio.sleep(poll_seconds)

    async def build_due(self, specs: Sequence[BuildSpec]) -> int:
        """Build what is due; the number of finished digests."""
        count = 0
        for spec in specs:
            day = self._clock.now().astimezone(self._zone).date()
            if await self._is_due(spec, day):
                count += await self._build_topic(spec, day)
        return count

    async def _is_due(self, spec: BuildSpec, day: date) -> bool:
        now, due = self._clock.now(), self._find_due(spec, day)
        not_before = self._not_before.get(spec.topic.slug, due)
        return now >= max(due, not_before) and not await self._builds.is_finished(spec.topic.slug, day)

    def _find_due(self, spec: BuildSpec, day: date) -> datetime:
        return datetime.combine(day, spec.build_at, self._zone).astimezone(UTC)

    async def _build_topic(self, spec: BuildSpec, day: date) -> bool:
        slug, now = spec.topic.slug, self._clock.now()
        patient_until = self._find_due(spec, day) + self._patience
        try:
            result = await self._builder.build(spec, day, now, _ignore_progress, is_patient=now < patient_until)
            await self._publisher.publish(result)
        except DigestbotError as error:
            return await self._schedule_retry(spec, day, str(error))
        except Exception as error:  # noqa: BLE001  # ours: it must stop neither other topics nor what is delivered
            _log.exception("build_failed", topic=slug)
            return await self._schedule_retry(
                spec, day, f"a bug ({type(error).__name__}): please report it, the log has the rest"
            )
        usage = result.usage
        problems = list(dict.fromkeys(entry.problem for entry in result.entries if entry.problem))
        cost = {"calls": usage.calls, "tokens": usage.tokens, "dollars": round(usage.dollars, 4)}
        _log.info("topic_built", topic=slug, papers=len(result.entries), left=len(result.selection.rejected), **cost)
        for problem in (*result.problems, *problems):
            _log.warning("digest_built_with_problems", topic=slug, reason=problem)
        await self._update_alert("building", slug)
        await self._update_alert("models", slug, "; ".join(problems))
        return True

    async def _schedule_retry(self, spec: BuildSpec, day: date, reason: str) -> bool:
        slug, now = spec.topic.slug, self._clock.now()
        patience_left = self._find_due(spec, day) + self._patience - now
        wait = min(RETRY_AFTER, patience_left) if patience_left > timedelta(0) else RETRY_AFTER
        self._not_before[slug] = now + wait
        _log.error("digest_not_built", topic=slug, reason=reason, again_in_seconds=int(wait.total_seconds()))
        await self._update_alert("building", slug, reason)
        return False

    async def _update_alert(self, kind: str, slug: str, problem: str = "") -> None:
        """Open an alert in the admin chat for a problem, or resolve it."""
        if self._alerts and problem:
            await self._alerts.open(kind, problem, slug)
        elif self._alerts:
            await self._alerts.resolve(kind, slug)


def _ignore_progress(done: int, number: int, title: str) -> None:
    """Ignore progress: the log has one line for the whole build."""
