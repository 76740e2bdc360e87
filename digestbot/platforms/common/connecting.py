"""Connecting to a server that may be down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 1.0, 60.0
_log = structlog.get_logger(__name__)


class NotReachedError(Exception):
    """The attempt failed, and another may succeed, after ``retry_after`` seconds if the server asks for that."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


async def retry_until_reached(platform: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Retry while the attempt raises :class:`NotReachedError`, with growing pauses. Any other error is final."""
    wait = _FIRST_RETRY_SECONDS
    while True:
        try:
            await attempt()
        except NotReachedError as error:
            pause = max(wait, error.retry_after)
            _log.warning(f"{platform}_not_reached", reason=error.reason, again_in_seconds=pause)
            await asyncio.sleep(pause)
            wait = min(wait * 2, _LONGEST_RETRY_SECONDS)
        else:
            return
