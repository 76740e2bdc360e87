"""When a subscription is due next: local time, weekdays and daylight saving, as pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from digestbot.domain.subscription import Schedule

_LONGEST = 8
"""Days from any moment to the next chosen weekday's time: seven, and one for the far side of the date line."""


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first moment in UTC after ``after`` at which the local time is the schedule's, on one of its days.

    A local time that a spring night skips is met as many minutes later as the clock jumps (02:30 becomes
    03:30); one that an autumn night has twice is met the first time, once (PEP 495, ``fold=0``).
    """
    zone = ZoneInfo(schedule.timezone)
    today = after.astimezone(zone).date()
    for ahead in range(-1, _LONGEST + 1):
        day = today + timedelta(days=ahead)
        moment = datetime.combine(day, schedule.time, zone).astimezone(UTC)
        if moment > after and day.weekday() in schedule.days:
            return moment
    raise ValueError(f"a schedule needs at least one weekday: {schedule}")
