"""How people write days of digests, and pages: pure functions, each at its edges. Times are in test_options.py."""

from __future__ import annotations

from datetime import date

import pytest

from digestbot.core.lines import page_numbers
from digestbot.core.times.days import DayError, read_day, says_day, split_day
from tests.patterns import find_mismatches, load_samples

TODAY = date(2026, 11, 24)


def read_days(written: str) -> str:
    """The days that a text says from Tuesday on, or why it says none, and what is near."""
    try:
        return " ".join(day.isoformat() for day in read_day(written, TODAY))
    except DayError as error:
        return f"{error.key} {error.near or ''}".strip()


def test_the_day_of_a_digest_is_read_as_people_say_it() -> None:
    table = load_samples("days")
    assert len(table) > 120
    assert not find_mismatches(read_days, table)
    assert all(says_day(written) == bool(days) for written, days in table)
    assert not any(read_days("1 " * count) or read_days("昨天" * count + "的") for count in (2, 40, 2_000))


def test_a_day_is_split_from_what_stands_before_or_after_it() -> None:
    for line, rest, day in (
        ("protein design 23 nov", "protein design", "23 nov"),
        ("yesterday protein design", "protein design", "yesterday"),
        ("语音翻译 上周五", "语音翻译", "上周五"),
        ("a b monday the 23rd of november 2026", "a b", "monday the 23rd of november 2026"),
        ("protein design", "protein design", ""),
        ("yesterday", "yesterday", ""),
    ):
        assert split_day(line.split(), TODAY) == (tuple(rest.split()), day)


@pytest.mark.parametrize(
    ("written", "page"),
    [("p1", 1), ("P2", 2), ("p10", 10), ("p9999", 9999), ("p0", None), ("p01", None), ("p10000", None), ("p", None),
     ("2", None), ("pp2", None), ("page2", None)],
)  # fmt: skip
def test_a_page_is_a_p_and_a_number_of_at_most_four_digits(written: str, page: int | None) -> None:
    assert page_numbers.parse_page_number(written) == page
    if page:
        assert page_numbers.split_page_number(("nerf", written)) == (("nerf",), page)
        assert page_numbers.split_page_number((written, "nerf")) == ((written, "nerf"), 1)
    else:
        assert page_numbers.split_page_number(("nerf", written)) == (("nerf", written), 1)


def test_no_words_are_the_first_page_of_nothing() -> None:
    assert page_numbers.split_page_number(()) == ((), 1)
    assert page_numbers.split_page_number(("p3",)) == ((), 3)
