"""How long a pause is to be: days of no month that is named, and months without a day."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from digestbot.core.times.pauses import read_pause

NOW = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("until the 10th", "2026-12-10"),
        ("until the 25th", "2026-11-25"),
        ("until the 24th", "2026-12-24"),
        ("till 31st", "2026-12-31"),
        ("到10号", "2026-12-10"),
        ("到30日", "2026-11-30"),
        ("until january", "2027-01-01"),
        ("until dec", "2026-12-01"),
        ("until november", "2027-11-01"),
        ("到一月", "2027-01-01"),
        ("到十二月份", "2026-12-01"),
        ("until 3 january", "2027-01-03"),
        ("until jan 3rd", "2027-01-03"),
    ],
)
def test_a_pause_ends_at_the_next_such_day(text: str, day: str) -> None:
    end = read_pause(text, NOW)
    assert end
    assert f"{end:%Y-%m-%d %H:%M}" == f"{day} 00:00"


def test_a_day_that_no_month_has_is_no_end() -> None:
    with pytest.raises(ValueError, match="40"):
        read_pause("until the 40th", NOW)
    assert read_pause("until marching", NOW) is None
