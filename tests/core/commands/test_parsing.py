"""How people write dates and pages: pure functions, each at its edges. When and where is in test_options.py."""

from __future__ import annotations

from datetime import date

import pytest

from digestbot.core.commands import parsing
from digestbot.errors import CommandError

TODAY = date(2026, 11, 24)


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
