"""The authors of an entry: names, suffixes, and a comma that is missing."""

from __future__ import annotations

import pytest

from digestbot.pages.authors import separate_authors
from digestbot.pages.markdown import parse_page
from tests.factories import make_page, make_page_entry
from tests.worst_cases import WorstCase, explodes

TWO = "Renata Pajarova Michael Winter"
ONE = "Jeya Maria Jose Valandarasu"


@pytest.mark.parametrize(
    "text",
    [
        "作者：P. Erler、R. Pajarova、M. Winter",
        "Authors: Renata Pajarova, Michael Winter, Bo Lin",
        "Authors: R. A. Pajarova and M. Winter",
        "作者：Renata Pajarova，Michael Winter",
    ],
)
def test_two_names_without_a_comma_are_two_where_the_analysis_lists_them_so(text: str) -> None:
    assert separate_authors(("Bo Lin", TWO), text) == ("Bo Lin", "Renata Pajarova", "Michael Winter")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (TWO, ""),
        (TWO, "Renata Pajarova Michael Winter"),
        (TWO, "R. Pajarova works with others. M. Winter does, too."),
        (ONE, f"Authors: {ONE}, Bo Lin"),
        ("Ada Moreno", "Ada, Moreno"),
        ("a+ b( c[ d*", "aa b(, cc d"),
    ],
)
def test_a_long_name_stays_one_where_nothing_says_otherwise(name: str, text: str) -> None:
    assert separate_authors((name,), text) == (name,)


def test_the_names_of_a_page_are_separated_by_its_own_analysis() -> None:
    page = make_page(make_page_entry()).replace("**Authors:", f"**Authors:{TWO}, ", 1)
    start = page.index("<details>")
    [digest] = parse_page(page[:start] + "2. Authors: R. Pajarova, M. Winter\n\n" + page[start:]).digests
    assert digest.entries[0].paper.authors[:2] == ("Renata Pajarova", "Michael Winter")


def test_no_text_costs_more_than_its_length() -> None:
    for unit in ("Renata ", "R. ", "R. Pajarova ", "R. x Pajarova, "):
        assert not explodes(lambda text: separate_authors((TWO,), text), WorstCase("", unit, "!"))
