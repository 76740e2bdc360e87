"""Due times of subscriptions: local time, weekdays and daylight saving, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digestbot.domain.arxiv.announcement_calendar import find_newest_day
from digestbot.domain.subscription import EVERY_DAY, Occurrences, Schedule
from digestbot.domain.timezones import get_timezone

_SEARCH_DAYS = 8
"""Days to search for the next scheduled weekday: seven, and one for the other side of the date line."""


def find_next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first scheduled time strictly after ``after``, in UTC. Raises :class:`ValueError` for no such schedule.

    A local time skipped by a spring clock change is shifted by the length of the gap (02:30 becomes 03:30); one
    repeated by an autumn clock change counts once, the first time (PEP 495, ``fold=0``).
    """
    return next(timestamp for timestamp in _iter_occurrences(schedule, after) if timestamp > after)


def find_next_announced(schedule: Schedule, now: datetime, since: datetime) -> datetime:
    """The first scheduled time that can bring what arXiv announces: not before it announces anything more.

    What was the newest announcement at the last scheduled time came then or never; so did what was the newest at that
    time of day before a follow began, whatever the weekday.
    """
    brought = find_newest_day(max(find_occurrences(schedule, now).last, find_last_daily(schedule, since)))
    return next(
        one for one in _iter_occurrences(schedule, now, weeks=2) if one > now and find_newest_day(one) > brought
    )


def find_occurrences(schedule: Schedule, now: datetime) -> Occurrences:
    """The last scheduled time up to ``now`` and the first one after it, in UTC."""
    occurrences = list(_iter_occurrences(schedule, now))
    return Occurrences(
        max(timestamp for timestamp in occurrences if timestamp <= now),
        min(timestamp for timestamp in occurrences if timestamp > now),
    )


def find_last_daily(schedule: Schedule, now: datetime) -> datetime:
    """The last time up to ``now`` that the schedule had if it were of every day, in UTC."""
    return find_occurrences(replace(schedule, days=EVERY_DAY), now).last


def _iter_occurrences(schedule: Schedule, around: datetime, weeks: int = 1) -> Iterator[datetime]:
    """The scheduled times around a moment, in order."""
    if not schedule.days:
        raise ValueError(f"a schedule needs at least one weekday: {schedule}")
    timezone = get_timezone(schedule.timezone)
    today = around.astimezone(timezone).date()
    for offset in range(-_SEARCH_DAYS, weeks * _SEARCH_DAYS + 1):
        day = today + timedelta(days=offset)
        if day.weekday() in schedule.days:
            yield datetime.combine(day, schedule.time, timezone).astimezone(UTC)
