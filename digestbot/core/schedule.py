"""When a subscription is due next: local time, weekdays and daylight saving, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from digestbot.domain.subscription import Occurrences, Schedule

_SEARCH_DAYS = 8
"""Days from any moment to the next chosen weekday's time: seven, and one for the far side of the date line."""


def find_next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first moment in UTC after ``after`` at which the local time is the schedule's, on one of its days.

    A local time that a spring night skips is met as many minutes later as the clock jumps (02:30 becomes
    03:30); one that an autumn night has twice is met the first time, once (PEP 495, ``fold=0``).
    """
    return next(timestamp for timestamp in _iter_occurrences(schedule, after) if timestamp > after)


def find_occurrences(schedule: Schedule, now: datetime) -> Occurrences:
    """The last moment up to ``now`` that was the schedule's, and the first after it, in UTC."""
    occurrences = list(_iter_occurrences(schedule, now))
    return Occurrences(
        max(timestamp for timestamp in occurrences if timestamp <= now),
        min(timestamp for timestamp in occurrences if timestamp > now),
    )


def _iter_occurrences(schedule: Schedule, around: datetime) -> Iterator[datetime]:
    """The schedule's moments around another, earlier ones first."""
    if not schedule.days:
        raise ValueError(f"a schedule needs at least one weekday: {schedule}")
    timezone = ZoneInfo(schedule.timezone)
    today = around.astimezone(timezone).date()
    for offset in range(-_SEARCH_DAYS, _SEARCH_DAYS + 1):
        day = today + timedelta(days=offset)
        if day.weekday() in schedule.days:
            yield datetime.combine(day, schedule.time, timezone).astimezone(UTC)
