"""Local time, weekdays and daylight saving."""

import time as clock_tools
from datetime import UTC, datetime, time, timedelta

import pytest

from digestbot.core.ports import SystemClock
from digestbot.core.schedule import find_next_due, find_occurrences
from digestbot.domain.subscription import EVERY_DAY, Occurrences, Schedule


def parse_utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "after", "due"),
    [
        ("UTC", "08:00", "2026-11-24 07:59", "2026-11-24 08:00"),
        ("UTC", "08:00", "2026-11-24 08:00", "2026-11-25 08:00"),
        ("Asia/Shanghai", "08:00", "2026-11-24 01:00", "2026-11-25 00:00"),
        ("Pacific/Kiritimati", "08:00", "2026-11-24 09:00", "2026-11-24 18:00"),
        ("Pacific/Pago_Pago", "08:00", "2026-11-24 18:30", "2026-11-24 19:00"),
        ("Asia/Kathmandu", "08:00", "2026-11-24 00:00", "2026-11-24 02:15"),
    ],
)
def test_the_local_time_decides(zone: str, local: str, after: str, due: str) -> None:
    assert find_next_due(Schedule(time.fromisoformat(local), zone), parse_utc(after)) == parse_utc(due)


# In spring the night has no 02:30 (or 00:30, 02:15): it is met as many minutes later as the clock jumps.
# In autumn the night has it twice: it is met once, the first time.
@pytest.mark.parametrize(
    ("zone", "local", "after", "dues"),
    [
        ("Europe/Berlin", "02:30", "2026-03-28 12:00", ["2026-03-29 01:30", "2026-03-30 00:30"]),
        ("Europe/Berlin", "02:30", "2026-10-24 12:00", ["2026-10-25 00:30", "2026-10-26 01:30"]),
        ("America/New_York", "02:30", "2026-03-07 12:00", ["2026-03-08 07:30", "2026-03-09 06:30"]),
        ("America/New_York", "01:30", "2026-10-31 12:00", ["2026-11-01 05:30", "2026-11-02 06:30"]),
        ("Australia/Lord_Howe", "02:15", "2026-10-03 12:00", ["2026-10-03 15:45", "2026-10-04 15:15"]),
        ("Australia/Lord_Howe", "01:45", "2026-04-04 12:00", ["2026-04-04 14:45", "2026-04-05 15:15"]),
        ("Europe/Berlin", "08:00", "2026-03-28 12:00", ["2026-03-29 06:00", "2026-03-30 06:00"]),
    ],
)
def test_the_two_nights_a_year_bring_one_digest_each(zone: str, local: str, after: str, dues: list[str]) -> None:
    moment = parse_utc(after)
    for due in dues:
        moment = find_next_due(Schedule(time.fromisoformat(local), zone), moment)
        assert moment == parse_utc(due)


def test_only_the_chosen_weekdays_count_and_they_are_local_ones() -> None:
    weekdays = Schedule(time(8), "Asia/Tokyo", frozenset(range(5)))
    friday_evening_in_utc = parse_utc("2026-11-27 12:00")
    assert find_next_due(weekdays, friday_evening_in_utc) == parse_utc("2026-11-29 23:00")  # Monday, 08:00 in Tokyo


def test_a_single_weekday_is_a_week_away() -> None:
    assert find_next_due(Schedule(time(8), "UTC", frozenset((1,))), parse_utc("2026-11-24 08:00")) == parse_utc(
        "2026-12-01 08:00"
    )


def test_a_schedule_without_days_is_refused() -> None:
    with pytest.raises(ValueError, match="weekday"):
        find_next_due(Schedule(time(8), "UTC", frozenset()), parse_utc("2026-11-24 08:00"))


def test_every_day_of_a_year_is_met_once_in_every_kind_of_zone() -> None:
    for zone in ("Europe/London", "America/St_Johns", "Africa/Casablanca", "Pacific/Chatham"):
        schedule, moment = Schedule(time(2, 30), zone, EVERY_DAY), parse_utc("2026-01-01 00:00")
        days = 0
        while (moment := find_next_due(schedule, moment)) < parse_utc("2027-01-01 00:00"):
            days += 1
        assert days in (364, 365, 366), zone


@pytest.mark.parametrize(
    ("zone", "days", "now", "last", "coming"),
    [
        ("UTC", EVERY_DAY, "2026-11-24 07:59", "2026-11-23 08:00", "2026-11-24 08:00"),
        ("UTC", EVERY_DAY, "2026-11-24 08:00", "2026-11-24 08:00", "2026-11-25 08:00"),
        ("UTC", EVERY_DAY, "2026-11-24 08:01", "2026-11-24 08:00", "2026-11-25 08:00"),
        ("UTC", {1}, "2026-11-24 07:59", "2026-11-17 08:00", "2026-11-24 08:00"),
        ("UTC", {1}, "2026-11-24 08:00", "2026-11-24 08:00", "2026-12-01 08:00"),
        ("UTC", {0, 4}, "2026-11-25 12:00", "2026-11-23 08:00", "2026-11-27 08:00"),
        ("Asia/Tokyo", {1}, "2026-11-23 22:00", "2026-11-16 23:00", "2026-11-23 23:00"),
        ("Pacific/Kiritimati", {1}, "2026-11-23 18:00", "2026-11-23 18:00", "2026-11-30 18:00"),
        ("Pacific/Pago_Pago", {1}, "2026-11-24 18:00", "2026-11-17 19:00", "2026-11-24 19:00"),
    ],
)
def test_the_last_moment_up_to_now_and_the_first_after_it(
    zone: str, days: set[int], now: str, last: str, coming: str
) -> None:
    assert find_occurrences(Schedule(time(8), zone, frozenset(days)), parse_utc(now)) == Occurrences(
        parse_utc(last), parse_utc(coming)
    )


@pytest.mark.parametrize("weekday", range(7))
def test_each_weekday_is_its_own(weekday: int) -> None:
    schedule, after = Schedule(time(8), "UTC", frozenset((weekday,))), parse_utc("2026-11-22 12:00")  # a Sunday
    assert find_next_due(schedule, after) == parse_utc(f"2026-11-{23 + weekday} 08:00")


def test_the_machines_clock_is_in_utc_whatever_the_machines_timezone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    clock_tools.tzset()
    try:
        now = SystemClock().now()
        assert now.tzinfo is UTC
        assert abs(now.timestamp() - clock_tools.time()) < timedelta(hours=1).total_seconds()  # not nine hours off
    finally:
        monkeypatch.undo()
        clock_tools.tzset()
