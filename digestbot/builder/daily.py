"""Every day at each topic's hour, its digest is made; what a crash or a dead network interrupts goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from digestbot.builder.build import Builder
from digestbot.builder.publish import Publisher
from digestbot.core.alerts import AdminAlerts
from digestbot.core.ports import Clock
from digestbot.domain.build_spec import BuildSpec
from digestbot.errors import DigestbotError, StoreError
from digestbot.store.builds import BuildStore

AGAIN = timedelta(minutes=15)
"""After a failure: arXiv's bad hours are longer than its bad minutes."""
_LOOKS_EVERY = 30.0
_log = structlog.get_logger(__name__)


class Daily:
    """Looks which topics are due, and makes their digests one after the other."""

    def __init__(
        self,
        builder: Builder,
        publisher: Publisher,
        builds: BuildStore,
        clock: Clock,
        *,
        timezone: str = "UTC",
        alarm: AdminAlerts | None = None,
    ) -> None:
        self._builder, self._publisher = builder, publisher
        self._builds, self._clock, self._zone = builds, clock, ZoneInfo(timezone)
        self._alarm = alarm
        self._not_before: dict[str, datetime] = {}

    async def run(self, briefs: Sequence[BuildSpec], every: float = _LOOKS_EVERY) -> None:
        """Go on until cancelled."""
        while True:
            try:
                await self.round(briefs)
            except StoreError as error:
                _log.error("building_stopped", reason=str(error), again_in_seconds=every)
            await asyncio.sleep(every)

    async def round(self, briefs: Sequence[BuildSpec]) -> int:
        """Make what is due now; how many digests are done by it."""
        done = 0
        for brief in briefs:
            day = self._clock.now().astimezone(self._zone).date()
            if await self._is_due(brief, day):
                done += await self._one(brief, day)
        return done

    async def _is_due(self, brief: BuildSpec, day: date) -> bool:
        now = self._clock.now()
        due = datetime.combine(day, brief.build_at, self._zone).astimezone(UTC)
        waits = self._not_before.get(brief.topic.slug, due)
        return now >= max(due, waits) and not await self._builds.is_finished(brief.topic.slug, day)

    async def _one(self, brief: BuildSpec, day: date) -> bool:
        slug = brief.topic.slug
        try:
            built = await self._builder.build(brief, day, self._clock.now(), _say_nothing)
            await self._publisher.publish(built)
        except DigestbotError as error:
            return await self._later(slug, str(error))
        except Exception as error:  # noqa: BLE001  # ours: it must stop neither other topics nor what is delivered
            _log.exception("build_failed", topic=slug)
            return await self._later(slug, f"a bug ({type(error).__name__}): please report it, the log has the rest")
        spent = built.spent
        troubles = list(dict.fromkeys(made.trouble for made in built.made if made.trouble))
        cost = {"calls": spent.calls, "tokens": spent.tokens, "dollars": round(spent.dollars, 4)}
        _log.info("topic_built", topic=slug, papers=len(built.made), left=len(built.choice.left), **cost)
        for trouble in (*built.troubles, *troubles):
            _log.warning("digest_built_with_trouble", topic=slug, reason=trouble)
        await self._tell("building", slug)
        await self._tell("models", slug, "; ".join(troubles))
        return True

    async def _later(self, slug: str, reason: str) -> bool:
        self._not_before[slug] = self._clock.now() + AGAIN
        _log.error("digest_not_built", topic=slug, reason=reason, again_in_seconds=int(AGAIN.total_seconds()))
        await self._tell("building", slug, reason)
        return False

    async def _tell(self, kind: str, slug: str, trouble: str = "") -> None:
        """Let the admin's chat know of trouble, once, and of its end."""
        if self._alarm and trouble:
            await self._alarm.open(kind, trouble, slug)
        elif self._alarm:
            await self._alarm.resolve(kind, slug)


def _say_nothing(done: int, number: int, title: str) -> None:
    """The log has a line for the whole."""
