"""The same paper twice in a digest: nothing that one of the two has is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.digest import Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.topic import Topic
from tests.factories import make_entry

ONE, TWO, THREE, FOUR = (f"https://{host}.example/1.png" for host in ("one", "two", "three", "four"))


def test_a_figure_is_also_at_the_other_ones_addresses_each_once_and_in_order() -> None:
    figure = Figure(ONE, (TWO,), "A caption").merge_mirrors(Figure(THREE, (ONE, TWO, FOUR), "Another"))
    assert figure == Figure(ONE, (TWO, THREE, FOUR), "A caption")
    assert Figure(ONE).merge_mirrors(Figure(ONE)) == Figure(ONE)
    assert Figure(ONE).merge_mirrors(Figure(ONE, (TWO,))) == Figure(ONE, (TWO,))


def test_each_figure_meets_its_own_counterpart_and_the_rest_is_kept() -> None:
    def merge_figures(mine: tuple[str, ...], its: tuple[str, ...]) -> tuple[Figure, ...]:
        first, again = (make_entry(figures=tuple(map(Figure, urls))) for urls in (mine, its))
        return first.merge_with(again).figures

    assert merge_figures((ONE, TWO), (THREE, FOUR)) == (Figure(ONE, (THREE,)), Figure(TWO, (FOUR,)))
    assert merge_figures((ONE, TWO), (THREE,)) == (Figure(ONE, (THREE,)), Figure(TWO))
    assert merge_figures((ONE,), (THREE, FOUR)) == (Figure(ONE, (THREE,)), Figure(FOUR))
    assert merge_figures((), (THREE, FOUR)) == (Figure(THREE), Figure(FOUR))
    assert merge_figures((ONE,), ()) == (Figure(ONE),)


FIRST = Summary("First.", ("A first takeaway.",), (Section("Methods", "First."),), ("chatter",), "html", "a-model")
AGAIN = Summary("Again.", ("Another takeaway.",), (Section("Methods", "Again."),))


@pytest.mark.parametrize("missing", ["headline", "takeaways", "sections"])
def test_what_a_summary_lacks_is_taken_from_the_second_and_what_it_has_is_kept(missing: str) -> None:
    empty = "" if missing == "headline" else ()
    first = replace(make_entry(), summary=replace(FIRST, **{missing: empty}))  # type: ignore[arg-type]
    merged = first.merge_with(replace(make_entry(), summary=AGAIN))
    assert merged.summary == replace(FIRST, **{missing: getattr(AGAIN, missing)})
    assert replace(make_entry(), summary=FIRST).merge_with(replace(make_entry(), summary=AGAIN)).summary == FIRST


@pytest.mark.parametrize(("first", "again", "kept"), [(1, 2, "again"), (2, 1, "first"), (1, 1, "first")])
def test_of_two_versions_in_one_digest_the_later_is_kept(first: int, again: int, kept: str) -> None:
    def make_version(number: int, title: str) -> Entry:
        return make_entry(version=number, title=title)

    assert make_version(first, "first").merge_with(make_version(again, "again")).paper.title == kept


@pytest.mark.parametrize(("first", "again", "kept"), [(1, 2, "again"), (2, 1, "first"), (1, 1, "again")])
def test_of_two_readings_the_later_version_counts_and_of_the_same_one_the_later_reading(
    first: int, again: int, kept: str
) -> None:
    def make_paper(version: int, title: str) -> Paper:
        return Paper("2611.00001", version, title, (), "")

    assert make_paper(first, "first").choose_newer(make_paper(again, "again")).title == kept


def test_a_topics_brief_takes_a_weeks_papers_twenty_a_day_made_at_six() -> None:
    brief = BuildSpec(Topic("nerf", "NeRF"))
    assert (brief.max_age_days, brief.max_papers, brief.language, brief.build_at) == (7, 20, "en", time(6))
    assert not brief.accepted_only
