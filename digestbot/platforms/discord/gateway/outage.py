"""What is said of a connection that is lost: one log line a cause, and one alert an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from digestbot.core.ports import IncidentReporter
from digestbot.i18n import translate
from digestbot.platforms.discord.gateway.timing import GatewayPace

_INCIDENT = "discord gateway"
_SAME_CAUSE_SECONDS = 600.0
"""A cause that was logged less than so long ago, or has recurred ever since, is not logged again."""
_log = structlog.get_logger(__name__)


class ConnectionLog:
    """Tells the log and the admin how the shards' connections fare."""

    def __init__(self, pace: GatewayPace, incidents: IncidentReporter) -> None:
        self._pace = pace
        self._incidents = incidents
        self._last_seen: dict[str, float] = {}
        self._lost_shards: set[int] = set()
        self._down_since: dict[int, float] = {}
        self._telling: asyncio.Task[None] | None = None

    def record_loss(self, shard_id: int, cause: str) -> None:
        """A connection ended or could not be made; the admin is told of an outage that lasts."""
        if self._is_news(cause):
            self._lost_shards.add(shard_id)
            _log.warning("discord_shard_disconnected", shard=shard_id, reason=cause)
        down_seconds = self._pace.now() - self._down_since.setdefault(shard_id, self._pace.now())
        if down_seconds >= self._pace.times.alert_after:
            self._open_incident(shard_id, "alert.discord_gateway", minutes=round(down_seconds / 60), cause=cause)

    def record_exhaustion(self, shard_id: int, total: int, seconds: float) -> None:
        """No session may be begun any more for so many seconds."""
        if self._is_news("sessions used up"):
            _log.error("discord_sessions_used_up", again_in_seconds=seconds)
        self._down_since.setdefault(shard_id, self._pace.now())
        self._open_incident(shard_id, "alert.discord_sessions", total=total, minutes=max(1, round(seconds / 60)))

    def record_greeting(self, shard_id: int, *, is_resumed: bool) -> None:
        """A connection is there, resumed without a missed event or begun anew; that does not end an outage yet."""
        if shard_id in self._lost_shards:
            self._lost_shards.discard(shard_id)
            _log.info("discord_shard_resumed" if is_resumed else "discord_session_restarted", shard=shard_id)

    def record_stability(self, shard_id: int) -> None:
        """A connection lasts."""
        self._down_since.pop(shard_id, None)
        self._tell(partial(self._incidents.resolve, _INCIDENT, _name_component(shard_id)))

    async def record_refusal(self, shard_id: int, reason: str) -> None:
        """Discord refuses the connection for good: the admin hears it before the process ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.times.open):
                await self._incidents.open(_INCIDENT, reason, _name_component(shard_id))

    async def close(self) -> None:
        """Tell the admin nothing more."""
        if self._telling:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    def _open_incident(self, shard_id: int, key: str, **values: object) -> None:
        if self._telling is None or self._telling.done():  # else the next failure tells
            reason = translate(self._incidents.language, key, **values)
            self._tell(partial(self._incidents.open, _INCIDENT, reason, _name_component(shard_id)))

    def _tell(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Tell the admin beside the work: no connection waits for a message, which may not get out for a while.

        One after the other: an incident that is over was open before.
        """
        before = self._telling

        async def tell_next() -> None:
            if before:
                await asyncio.wait([before])
            await tell()

        self._telling = asyncio.create_task(tell_next())

    def _is_news(self, cause: str) -> bool:
        now = self._pace.now()
        last_seen, self._last_seen[cause] = self._last_seen.get(cause), now
        return last_seen is None or now - last_seen > _SAME_CAUSE_SECONDS


def _name_component(shard_id: int) -> str:
    return f"shard {shard_id}"
