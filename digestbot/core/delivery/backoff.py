"""When to try again after an error. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from digestbot.errors import DeliveryError, PermanentDeliveryError, RateLimitedError, RejectedMessageError

_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)
_MAX_DOUBLINGS = 20
"""By then the ceiling is reached; more would only make large numbers."""


def retry_at(error: DeliveryError, attempt: int, now: datetime, jitter: float) -> datetime | None:
    """When to try again after the ``attempt``-th failure, counted from 1; ``None`` where that cannot help.

    A wait that the platform asks for is kept, plus up to a second. ``jitter``, from 0 to 1, spreads retries that
    failed at the same moment. There is no last attempt: a delivery that is too late to be useful is dropped for its
    age.
    """
    match error:
        case PermanentDeliveryError() | RejectedMessageError():
            return None
        case RateLimitedError():
            return now + timedelta(seconds=error.retry_after + jitter)
        case _:
            wait: timedelta = min(_FIRST_WAIT * 2 ** min(attempt - 1, _MAX_DOUBLINGS), _LONGEST_WAIT)
            return now + wait * (0.5 + jitter / 2)
