"""When a subscription is due next: local time, weekdays and daylight saving, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from digestbot.domain.subscription import Schedule, Times

_LONGEST = 8
"""Days from any moment to the next chosen weekday's time: seven, and one for the far side of the date line."""


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first moment in UTC after ``after`` at which the local time is the schedule's, on one of its days.

    A local time that a spring night skips is met as many minutes later as the clock jumps (02:30 becomes
    03:30); one that an autumn night has twice is met the first time, once (PEP 495, ``fold=0``).
    """
    return next(moment for moment in _moments(schedule, after) if moment > after)


def times(schedule: Schedule, now: datetime) -> Times:
    """The last moment up to ``now`` that was the schedule's, and the first after it, in UTC."""
    moments = list(_moments(schedule, now))
    return Times(max(m for m in moments if m <= now), min(m for m in moments if m > now))


def _moments(schedule: Schedule, near: datetime) -> Iterator[datetime]:
    """The schedule's moments around another, earlier ones first."""
    if not schedule.days:
        raise ValueError(f"a schedule needs at least one weekday: {schedule}")
    zone = ZoneInfo(schedule.timezone)
    today = near.astimezone(zone).date()
    for ahead in range(-_LONGEST, _LONGEST + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() in schedule.days:
            yield datetime.combine(day, schedule.time, zone).astimezone(UTC)
