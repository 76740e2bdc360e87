"""How people write times, timezones, weekdays, dates and pages: pure functions, each at its edges."""

from __future__ import annotations

from datetime import date, time

import pytest

from digestbot.core.commands import parsing
from digestbot.domain.subscription import EVERY_DAY
from digestbot.errors import CommandError

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("00:00", "00:00"), ("0:05", "00:05"), ("23:59", "23:59"), ("7:05", "07:05"), ("7：05", "07:05"),
        ("7.30", "07:30"), ("19h45", "19:45"), (" 08:00 ", "08:00"),
        ("12am", "00:00"), ("12:30am", "00:30"), ("12pm", "12:00"), ("12:30 PM", "12:30"),
        ("1am", "01:00"), ("1pm", "13:00"), ("11am", "11:00"), ("11:59pm", "23:59"), ("8 AM", "08:00"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_on_both_clocks(written: str, means: str) -> None:
    assert parsing.parse_time(written) == time.fromisoformat(means)


@pytest.mark.parametrize(
    "written",
    ["", "8", "12", "24:00", "23:60", "8:5", "0am", "0pm", "13am", "13:00pm", "99pm", "8:000", "108:00", "noon"],
)
def test_what_is_no_time_of_day_is_refused_with_the_word_and_an_example(written: str) -> None:
    with pytest.raises(CommandError) as refused:
        parsing.parse_time(written)
    assert (refused.value.key, refused.value.values["text"]) == ("not_a_time", written)
    assert parsing.parse_time(refused.value.examples[0].split()[-1]) == time(8)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("8:00", True), ("25:00", True), ("8：5", True), ("10:00am", True), ("8am", True), ("12PM", True),
        ("8", False), ("3dgs", False), ("2026-11-24", False), ("amber", False), ("123:00", False), ("", False),
    ],
)  # fmt: skip
def test_a_word_that_is_meant_as_a_time_is_told_from_a_topics_name(word: str, meant: bool) -> None:
    assert parsing.looks_like_time(word) is meant


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("UTC", "UTC"), ("utc", "UTC"), ("Europe/Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"),
        ("tokyo", "Asia/Tokyo"), ("New York", "America/New_York"), ("shanghai", "Asia/Shanghai"),
        # POSIX writes the zones east of Greenwich with a minus
        ("UTC+8", "Etc/GMT-8"), ("gmt -3", "Etc/GMT+3"), ("utc + 0", "Etc/GMT-0"), ("UTC+14", "Etc/GMT-14"),
        ("UTC-12", "Etc/GMT+12"),
        # the name of a zone goes before a city's
        ("Singapore", "Singapore"), ("Jamaica", "Jamaica"), ("EST", "EST"),
    ],
)  # fmt: skip
def test_a_timezone_is_read_by_name_city_or_offset(written: str, means: str) -> None:
    assert parsing.parse_timezone(written) == means
    assert parsing.is_timezone(written)


@pytest.mark.parametrize("written", ["", "Mars/Base", "UTC+15", "UTC-13", "UTC+100", "mon-fri", "Etc"])
def test_what_is_no_timezone_is_refused_with_the_word_and_one_that_is(written: str) -> None:
    with pytest.raises(CommandError) as refused:
        parsing.parse_timezone(written)
    assert (refused.value.key, refused.value.values["text"]) == ("not_a_timezone", written)
    for example in refused.value.examples:
        assert parsing.is_timezone(example.removeprefix("settings timezone "))


def test_a_mistyped_timezone_is_answered_with_the_likely_ones() -> None:
    with pytest.raises(CommandError) as refused:
        parsing.parse_timezone("Europe/Berln")
    assert refused.value.examples[0] == "settings timezone Europe/Berlin"
    assert len(refused.value.examples) <= 2


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("daily", range(7)), ("everyday", range(7)), ("all", range(7)), ("每天", range(7)),
        ("weekdays", range(5)), ("workdays", range(5)), ("工作日", range(5)),
        ("weekend", (5, 6)), ("weekends", (5, 6)), ("周末", (5, 6)),
        ("mon", [0]), ("Tuesday", [1]), ("wed", [2]), ("thurs", [3]), ("fri", [4]), ("saturday", [5]), ("sun", [6]),
        ("周一", [0]), ("星期二", [1]), ("周三", [2]), ("星期四", [3]), ("周五", [4]), ("周六", [5]), ("周天", [6]),
        ("星期天", [6]), ("周日", [6]),
        ("mon-fri", range(5)), ("fri-mon", [4, 5, 6, 0]), ("sun-sat", range(7)), ("mon-mon", [0]),
        ("周一至周三", [0, 1, 2]), ("周五到周日", [4, 5, 6]), ("mon~wed", [0, 1, 2]), ("sat–sun", [5, 6]),
        ("mon,wed", [0, 2]), ("mon+wed", [0, 2]), ("周一、周三", [0, 2]), ("mon，fri", [0, 4]),
        ("tue,weekend", [1, 5, 6]), ("weekend,tue", [1, 5, 6]), ("mon-tue,thu-fri", [0, 1, 3, 4]),
    ],
)  # fmt: skip
def test_weekdays_are_read_one_by_one_as_runs_and_as_groups(written: str, days: range | list[int]) -> None:
    assert parsing.parse_weekdays(written) == frozenset(days)
    assert parsing.is_weekdays(written)


@pytest.mark.parametrize("written", ["", "never", "mon,", "mon-", "mon-wed-fri", "mo", "8", "mon wed"])
def test_what_names_no_weekdays_is_refused(written: str) -> None:
    with pytest.raises(CommandError) as refused:
        parsing.parse_weekdays(written)
    assert (refused.value.key, refused.value.values["text"]) == ("not_days", written)
    assert all(parsing.parse_weekdays(example.split()[-1]) < EVERY_DAY for example in refused.value.examples)
    assert not parsing.is_weekdays(written)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("today", date(2026, 11, 24)), ("今天", date(2026, 11, 24)), ("Today", date(2026, 11, 24)),
        ("yesterday", date(2026, 11, 23)), ("昨天", date(2026, 11, 23)),
        ("2024-10-27", date(2024, 10, 27)), ("2024/1/2", date(2024, 1, 2)), ("2024.10.27", date(2024, 10, 27)),
        ("2024年10月27日", date(2024, 10, 27)), ("2024-02-29", date(2024, 2, 29)),
        ("tomorrow", None), ("24-10-27", None), ("2024-10", None), ("2024-10-271", None), ("nerf", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_is_read_and_any_other_word_is_none(written: str, day: date | None) -> None:
    assert parsing.parse_date(written, TODAY) == day


@pytest.mark.parametrize("written", ["2026-02-29", "2026-13-01", "2026-00-10", "2026-11-31"])
def test_a_date_that_no_calendar_has_is_refused(written: str) -> None:
    with pytest.raises(CommandError) as refused:
        parsing.parse_date(written, TODAY)
    assert (refused.value.key, refused.value.values["text"]) == ("not_a_date", written)


@pytest.mark.parametrize(
    ("written", "page"),
    [("p1", 1), ("P2", 2), ("p10", 10), ("p9999", 9999), ("p0", None), ("p01", None), ("p10000", None), ("p", None),
     ("2", None), ("pp2", None), ("page2", None)],
)  # fmt: skip
def test_a_page_is_a_p_and_a_number_of_at_most_four_digits(written: str, page: int | None) -> None:
    assert parsing.parse_page_number(written) == page
    if page:
        assert parsing.split_page_number(("nerf", written)) == (("nerf",), page)
        assert parsing.split_page_number((written, "nerf")) == ((written, "nerf"), 1)
    else:
        assert parsing.split_page_number(("nerf", written)) == (("nerf", written), 1)


def test_no_words_are_the_first_page_of_nothing() -> None:
    assert parsing.split_page_number(()) == ((), 1)
    assert parsing.split_page_number(("p3",)) == ((), 3)
