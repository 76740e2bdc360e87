"""arXiv announces Sunday to Thursday at 20:00 in New York; the date is the next day's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from digestbot.domain.arxiv.announcement_calendar import find_due_time, find_newest_day, is_likely_free, list_days


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-24 01:29", "2026-11-23"),  # not yet out
        ("2026-11-24 01:30", "2026-11-24"),
        ("2026-07-08 00:30", "2026-07-08"),  # an hour earlier in summer
        ("2026-11-27 23:00", "2026-11-27"),
        ("2026-11-28 03:00", "2026-11-27"),  # nothing on Friday evening
        ("2026-11-29 23:00", "2026-11-27"),
        ("2026-11-30 01:30", "2026-11-30"),
    ],
)
def test_the_newest_day_is_the_last_that_was_to_be_announced(now: str, day: str) -> None:
    assert find_newest_day(datetime.fromisoformat(now).replace(tzinfo=UTC)) == date.fromisoformat(day)


def test_a_day_is_asked_for_from_half_an_hour_after_its_time() -> None:
    assert find_due_time(date(2026, 11, 2)) == datetime(2026, 11, 2, 1, 30, tzinfo=UTC)  # the clocks went back at night
    assert find_due_time(date(2026, 10, 30)) == datetime(2026, 10, 30, 0, 30, tzinfo=UTC)


def test_days_are_listed_newest_first_without_weekends() -> None:
    days = list_days(date(2026, 11, 19), date(2026, 11, 24))
    assert [day.day for day in days] == [24, 23, 20, 19]


@pytest.mark.parametrize(
    ("day", "is_free"),
    [
        ("2026-09-08", True),  # Labor Day's evening
        ("2026-11-27", True),  # Thanksgiving's
        ("2026-01-20", True),  # Martin Luther King's day
        ("2026-05-26", True),  # Memorial Day's
        ("2026-12-25", True),
        ("2027-01-01", True),  # New Year's Eve
        ("2026-11-26", False),
        ("2026-09-15", False),
    ],
)
def test_evenings_of_holidays_are_known(day: str, is_free: bool) -> None:
    assert is_likely_free(date.fromisoformat(day)) is is_free
