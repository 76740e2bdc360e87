"""When arXiv announces: Sunday to Thursday at 20:00 in New York (https://info.arxiv.org/help/availability.html).

The announcement of an evening is dated the next day, so there is one for each day from Monday to Friday. On some
holidays of the United States there is none, and arXiv names them late or only in its blog: they are known here to tell
a holiday from a delay, and arXiv is asked all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from digestbot.domain.timezones import get_timezone

_ZONE = "America/New_York"
_ANNOUNCED_AT = time(20)
_SETTLED_AFTER = timedelta(minutes=30)
"""How long after its time an announcement is asked for first: it takes arXiv a while, and all others ask at once."""
_ONE_DAY = timedelta(days=1)
_FIRST_FREE_WEEKDAY = 5
_MONDAY, _THURSDAY = 0, 3


def find_newest_day(now: datetime) -> date:
    """The date of the newest announcement that there should be by now."""
    day = now.astimezone(get_timezone(_ZONE)).date() + _ONE_DAY
    while not is_announcement_day(day) or now < find_due_time(day):
        day -= _ONE_DAY
    return day


def find_next_day(day: date) -> date:
    """The date of the announcement after that of a day."""
    day += _ONE_DAY
    while not is_announcement_day(day):
        day += _ONE_DAY
    return day


def find_due_time(day: date) -> datetime:
    """When the announcement of a day is asked for first, in UTC."""
    evening = datetime.combine(day - _ONE_DAY, _ANNOUNCED_AT, get_timezone(_ZONE))
    return evening.astimezone(UTC) + _SETTLED_AFTER


def is_announcement_day(day: date) -> bool:
    """Whether there is an announcement of this date, unless it is put off."""
    return day.weekday() < _FIRST_FREE_WEEKDAY


def list_days(first: date, last: date) -> list[date]:
    """The days of announcements from the first to the last, newest first."""
    span = (last - first).days
    return [day for number in range(span + 1) if is_announcement_day(day := last - timedelta(days=number))]


def is_likely_free(day: date) -> bool:
    """Whether the evening before a day is a holiday in the United States: arXiv often announces nothing then."""
    evening = day - _ONE_DAY
    return evening in _iter_holidays(evening.year)


def _iter_holidays(year: int) -> Iterator[date]:
    yield from (date(year, 1, 1), date(year, 6, 19), date(year, 7, 4))
    yield from (date(year, 12, number) for number in (*range(24, 29), 31))
    yield _find_weekday(date(year, 1, 15), _MONDAY)  # Martin Luther King's day: the third Monday
    yield _find_weekday(date(year, 5, 25), _MONDAY)  # Memorial Day: the last one
    yield _find_weekday(date(year, 9, 1), _MONDAY)  # Labor Day: the first one
    yield _find_weekday(date(year, 11, 22), _THURSDAY)  # Thanksgiving: the fourth Thursday


def _find_weekday(start: date, weekday: int) -> date:
    """The first such weekday that is not before a date."""
    return start + timedelta(days=(weekday - start.weekday()) % 7)
