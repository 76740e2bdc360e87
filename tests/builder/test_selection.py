"""Which papers are taken, at each edge of each rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from digestbot.builder.candidates import Candidate
from digestbot.builder.selection import select_papers
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.paper import Paper
from digestbot.domain.topic import Topic

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def make_candidate(
    number: str = "2611.00001",
    version: int = 1,
    *,
    age: timedelta = DAY,
    changed: timedelta | None = None,
    title: str = "Splats",
    abstract: str = "",
    comment: str = "",
    authors: tuple[str, ...] = ("Ada Moreno",),
    categories: tuple[str, ...] = ("cs.CV",),
) -> Candidate:
    paper = Paper(number, version, title, authors, abstract, comment)
    return Candidate(paper, NOW - age, NOW - (age if changed is None else changed), categories)


def make_spec(**changes: object) -> BuildSpec:
    return BuildSpec(Topic("loops", "Loops"), **changes)  # type: ignore[arg-type]


def select_ids(found: list[Candidate], shown: dict[str, int] | None = None, **changes: object) -> list[tuple[str, int]]:
    choice = select_papers(found, make_spec(**changes), shown or {}, NOW)
    return [(chosen.candidate.paper.arxiv_id, chosen.candidate.paper.version) for chosen in choice.selected]


def find_rejection(found: Candidate, shown: dict[str, int] | None = None, **changes: Any) -> str:
    choice = select_papers([found], make_spec(**changes), shown or {}, NOW)
    return choice.rejected[0].reason if choice.rejected else ""


def test_of_versions_of_a_paper_the_newest_is_taken_in_whatever_order_they_are_found() -> None:
    versions = [make_candidate(version=version) for version in (1, 2, 10)]
    for order in permutations(versions):
        assert select_ids(list(order)) == [("2611.00001", 10)]


@pytest.mark.parametrize(("shown", "reason"), [(1, ""), (2, "shown before"), (3, "shown before"), (None, "")])
def test_a_version_comes_where_only_older_ones_were_shown(shown: int | None, reason: str) -> None:
    known = {} if shown is None else {"2611.00001": shown}
    assert find_rejection(make_candidate(version=2), known) == reason
    choice = select_papers([make_candidate(version=2)], make_spec(), known, NOW)
    assert [chosen.is_update for chosen in choice.selected] == ([] if reason else [shown is not None])


@pytest.mark.parametrize(
    ("age", "changed", "shown", "old"),
    [
        (7 * DAY - SECOND, DAY, None, False),
        (7 * DAY, DAY, None, False),
        (7 * DAY + SECOND, DAY, None, True),  # what nobody saw is as old as its first version
        (300 * DAY, 7 * DAY - SECOND, 1, False),  # what somebody saw, as its newest
        (300 * DAY, 7 * DAY, 1, False),
        (300 * DAY, 7 * DAY + SECOND, 1, True),
    ],
)
def test_a_paper_may_be_as_old_as_the_topic_says(
    age: timedelta, changed: timedelta, shown: int | None, old: bool
) -> None:
    known = {} if shown is None else {"2611.00001": shown}
    assert find_rejection(make_candidate(version=2, age=age, changed=changed), known) == (
        "older than 7 days" if old else ""
    )
    assert find_rejection(make_candidate(version=2, age=age, changed=changed), known, max_age_days=8) == ""


def test_a_paper_from_after_the_digest_waits_for_the_next() -> None:
    assert find_rejection(make_candidate(age=timedelta())) == ""
    assert find_rejection(make_candidate(age=-SECOND)) == "newer than the digest"


def test_the_best_come_first() -> None:
    pinned = make_candidate("p", authors=("Bernhard Kerbl",), age=6 * DAY)
    accepted = make_candidate("a", comment="CVPR 2026", age=5 * DAY)
    newer, older = make_candidate("n", age=DAY), make_candidate("o", age=2 * DAY)
    same_b, same_a = make_candidate("sb", age=3 * DAY), make_candidate("sa", age=3 * DAY)
    again_accepted = make_candidate("ua", 2, comment="CVPR 2026", age=DAY, changed=SECOND)
    again = make_candidate("u", 2, age=DAY, changed=SECOND)
    everything = [again, same_b, older, again_accepted, newer, accepted, same_a, pinned]
    wanted = {"authors": ("Bernhard Kerbl",)}
    order = ["p", "a", "n", "o", "sa", "sb", "ua", "u"]
    assert [number for number, _ in select_ids(everything, {"u": 1, "ua": 1}, **wanted)] == order
    for most in (1, 7, 8, 9):
        choice = select_papers(everything, make_spec(max_papers=most, **wanted), {"u": 1, "ua": 1}, NOW)
        assert [chosen.candidate.paper.arxiv_id for chosen in choice.selected] == order[:most]
        assert [left.candidate.paper.arxiv_id for left in choice.rejected] == order[most:]


def test_a_pinned_author_passes_the_words_and_not_what_is_old_or_was_shown() -> None:
    fit: dict[str, Any] = {
        "include_keywords": ("loop",),
        "exclude_keywords": ("splat",),
        "categories": ("hep",),
        "accepted_only": True,
    }
    for author in ("Bernhard Kerbl", "Kerbl Bernhard", "bernhard kerbl", "Kerbl, Bernhard"):
        assert find_rejection(make_candidate(authors=("Ada Moreno", author)), authors=("Bernhard Kerbl",), **fit) == ""
    for author in ("Bernhard Kerber", "B. Kerbl", "Kerbl"):
        assert find_rejection(make_candidate(authors=(author,)), authors=("Bernhard Kerbl",), **fit) != ""
    pinned: Any = {"authors": ("Ada Moreno",)}
    assert find_rejection(make_candidate(age=8 * DAY), **pinned) == "older than 7 days"
    assert find_rejection(make_candidate(), {"2611.00001": 1}, **pinned) == "shown before"
    assert select_papers([make_candidate()], make_spec(**pinned), {}, NOW).selected[0].is_pinned
    assert not select_papers([make_candidate()], make_spec(), {}, NOW).selected[0].is_pinned


@pytest.mark.parametrize(
    ("own", "wanted", "fits"),
    [
        (("cs.CV",), "cs", True),
        (("cs.CV",), "cs.*", True),
        (("cs.CV",), "CS.cv", True),
        (("cs.CV",), "cs.C", False),
        (("cs.CV",), "cs.CL", False),
        (("csx.CV",), "cs", False),
        (("math.CO", "cs.CV"), "cs", True),
        ((), "cs", False),
    ],
)
def test_a_category_stands_for_all_that_is_in_it(own: tuple[str, ...], wanted: str, fits: bool) -> None:
    assert (find_rejection(make_candidate(categories=own), categories=(wanted,)) == "") is fits
    assert find_rejection(make_candidate(categories=own), categories=(wanted, *own)) == (
        "" if own else find_rejection(make_candidate(categories=own), categories=("cs",))
    )


@pytest.mark.parametrize("place", ["title", "abstract", "comment"])
def test_words_are_looked_for_in_all_that_is_known(place: str) -> None:
    found = make_candidate(**{"title": "x", place: "A survey of it"})  # type: ignore[arg-type]
    assert find_rejection(found, exclude_keywords=("never", "survey")) == "an excluded keyword: survey"
    assert find_rejection(found, include_keywords=("never", "survey")) == ""
    assert find_rejection(found, include_keywords=("never",)) == "none of the required words"
    assert (
        find_rejection(found, include_keywords=("survey",), exclude_keywords=("survey",))
        == "an excluded keyword: survey"
    )


def test_only_what_is_accepted_comes_where_that_is_wanted() -> None:
    assert find_rejection(make_candidate(comment="CVPR 2026"), accepted_only=True) == ""
    assert (
        find_rejection(make_candidate(comment="9 pages"), accepted_only=True)
        == "not accepted anywhere yet, by its comment"
    )
    assert find_rejection(make_candidate(comment="9 pages")) == ""
