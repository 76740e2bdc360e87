"""After an error and so many attempts: when again, or never. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from digestbot.errors import DeliveryError

_FIRST = timedelta(seconds=10)
_CEILING = timedelta(hours=1)
_ATTEMPTS = 12
"""With the ceiling, half a day: later than that, a daily digest is no news."""


def retry_at(error: DeliveryError, attempt: int, now: datetime) -> datetime | None:
    """When to try again after the ``attempt``-th failure, counted from 1; ``None`` to give up.

    ``retry_after`` is obeyed as the platform named it.
    """
    if error.permanent or error.refused or attempt >= _ATTEMPTS:
        return None
    if error.retry_after is not None:
        return now + timedelta(seconds=error.retry_after)
    doubled: timedelta = _FIRST * 2 ** (attempt - 1)
    return now + min(doubled, _CEILING)
