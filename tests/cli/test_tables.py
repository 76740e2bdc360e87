"""What builds are shown as, which topics and which day a command means, and what scripts are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.table import Table

from digestbot.builder.build_digest import BuildResult
from digestbot.builder.candidates import Candidate
from digestbot.builder.entry_builder import EntryResult
from digestbot.builder.selection import Rejected, Selected, Selection
from digestbot.cli import build, tables
from digestbot.errors import DigestbotError, SettingsError
from digestbot.settings import Settings, TopicSettings, load_settings
from digestbot.store.digests.builds import Usage
from tests.factories import make_entry

LOOPS = TopicSettings(title="Loops", aliases=["antibody loops"], queries=["abs:loops"])
BRIEF = LOOPS.to_build_spec("en", time(6))
DAY = date(2026, 11, 24)
EVIL = "words \x1b[31m\u202e[red]"


def make_candidate(number: str, title: str = "A title", version: int = 1) -> Candidate:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    return Candidate(make_entry(number, title=title, version=version).paper, moment, moment, ("cs.CV", "cs.GR"))


def list_cells(table: Table) -> list[list[str]]:
    """The table's rows as they were given."""
    return [list(row) for row in zip(*(list(column.cells) for column in table.columns), strict=True)]


CHOICE = Selection(
    (
        Selected(make_candidate("2611.00001", EVIL), is_pinned=True),
        Selected(make_candidate("2611.00002", version=3), is_update=True),
        Selected(make_candidate("2611.00003")),
    ),
    (
        Rejected(make_candidate("2611.00004"), "refused: survey"),
        Rejected(make_candidate("2611.00005"), "refused: review"),
        Rejected(make_candidate("2611.00006"), "too old"),
    ),
)
MADE = (
    EntryResult(
        make_entry("2611.00001", headline=EVIL, flags=("links",)), Usage(2, 1000, 200, 30_000), problem="none answered"
    ),
    EntryResult(replace(make_entry("2611.00002", version=3), is_updated=True), Usage(1, 2000, 100, 5_000)),
    EntryResult(make_entry("2611.00003"), Usage(), from_draft=True),
)
BUILT = BuildResult(BRIEF, DAY, CHOICE, MADE)


def test_a_choice_is_shown_with_why_each_paper_is_taken_or_left() -> None:
    rows = list_cells(tables.build_selection_table("Loops", CHOICE))
    assert [[row[0], row[1], row[4]] for row in rows] == [
        ["+", "2611.00001v1", "pinned"],
        ["+", "2611.00002v3", "new version"],
        ["+", "2611.00003v1", ""],
        ["-", "2611.00004v1", "refused: survey"],
        ["-", "2611.00005v1", "refused: review"],
        ["-", "2611.00006v1", "too old"],
    ]
    assert "\x1b" not in rows[0][2]
    assert {row[3] for row in rows} == {"cs.CV cs.GR"}
    assert tables.format_selection(CHOICE) == "3 papers would be selected; rejected: 2 refused, 1 too old"
    told = tables.selection_to_json(BRIEF, CHOICE)
    assert told["topic"] == "loops"
    assert [(one["paper"], one["updated"]) for one in told["selected"]] == [
        ("2611.00001v1", False),
        ("2611.00002v3", True),
        ("2611.00003v1", False),
    ]
    assert told["rejected"] == [
        {"paper": "2611.00004v1", "reason": "refused: survey"},
        {"paper": "2611.00005v1", "reason": "refused: review"},
        {"paper": "2611.00006v1", "reason": "too old"},
    ]


def test_a_build_is_summed_with_what_it_cost_a_paper_that_was_written() -> None:
    assert tables.format_result(BUILT) == (
        "3 papers, 1 of them from an earlier run; 3 requests, 3,000 tokens in and 300 out (1,650 a paper), $0.0350; "
        "rejected: 2 refused, 1 too old"
    )
    one = BuildResult(BRIEF, DAY, Selection(()), (MADE[1],))
    assert tables.format_result(one).startswith(
        "1 paper; 1 request, 2,000 tokens in and 100 out (2,100 a paper), $0.0050;"
    )
    kept = BuildResult(BRIEF, DAY, Selection(()), (MADE[2],))
    assert tables.format_result(kept) == (
        "1 paper, 1 of them from an earlier run; 0 requests, 0 tokens in and 0 out, $0.0000; rejected: none"
    )
    assert (
        tables.format_result(BuildResult(BRIEF, DAY, CHOICE))
        == "nothing new, so no digest; rejected: 2 refused, 1 too old"
    )


@pytest.mark.parametrize(("number", "words"), [(0, "0 papers"), (1, "1 paper"), (2, "2 papers")])
def test_papers_are_counted_in_words(number: int, words: str) -> None:
    assert tables.format_paper_count([None] * number) == words


def test_a_build_is_shown_paper_by_paper() -> None:
    rows = list_cells(tables.build_result_table(BUILT))
    assert [[row[0], *row[4:]] for row in rows] == [
        ["2611.00001v1", "links", "1,200", "0.0300"],
        ["2611.00002v3 (new version)", "", "2,100", "0.0050"],
        ["2611.00003v1", "", "kept", ""],
    ]
    assert "\x1b" not in rows[0][1]
    assert "\u202e" not in rows[0][1]
    assert "[red]" in rows[0][1]


def test_scripts_are_told_the_same() -> None:
    told = tables.result_to_json(BUILT)
    papers = told.pop("papers")
    assert told == {
        "topic": "loops",
        "date": "2026-11-24",
        "calls": 3,
        "tokens_in": 3000,
        "tokens_out": 300,
        "dollars": 0.035,
        "rejected": {"refused": 2, "too old": 1},
    }
    shown = ("arxiv_id", "version", "flags", "from_draft", "tokens", "problem")
    assert [tuple(paper[name] for name in shown) for paper in papers] == [
        ("2611.00001", 1, ["links"], False, 1200, "none answered"),
        ("2611.00002", 3, [], False, 2100, ""),
        ("2611.00003", 1, [], True, 0, ""),
    ]


def test_a_dry_run_adds_up_what_would_be_read() -> None:
    read = (("2611.00001", "html", 6_600), ("2611.00002", "pdf", 400))
    papers = [tables.DryRunPaper(make_candidate(number).paper, basis, tokens) for number, basis, tokens in read]
    assert list_cells(tables.build_dry_run_table("Loops", papers))[0][2:] == ["html", "6,600"]
    told = tables.dry_run_to_json(BRIEF, DAY, papers)
    assert (told["topic"], told["date"], told["tokens"]) == ("loops", "2026-11-24", 7_000)
    assert told["papers"][1] | {"title": ""} == {"paper": "2611.00002v1", "title": "", "basis": "pdf", "tokens": 400}


# Which topics, and which day


def make_settings() -> Settings:
    others = [TopicSettings(title="Folds", queries=["abs:folds"]), TopicSettings(title="Only named")]
    return load_settings(topics=[LOOPS, *others])


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (None, ["Loops", "Folds"]),
        ([], ["Loops", "Folds"]),
        (["folds"], ["Folds"]),
        (["folds", "loops"], ["Folds", "Loops"]),
        (["antibody loops", "Loops", "loops"], ["Loops"]),
    ],
)
def test_topics_are_named_by_slug_title_or_alias_once_each_or_all_are_meant(
    names: list[str] | None, titles: list[str]
) -> None:
    assert [brief.topic.title for brief in build._find_specs(make_settings(), names)] == titles


def test_a_topic_that_is_not_made_here_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match=r"“Only named” with queries or feeds .* topics: loops, folds"):
        build._find_specs(make_settings(), ["loops", "Only named"])
    with pytest.raises(SettingsError, match="no topic has queries or feeds"):
        build._find_specs(load_settings(topics=[{"title": "Only named"}]), None)


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_is_the_bots_and_is_made_as_of_its_end(timezone: str) -> None:
    settings, zone = load_settings(timezone=timezone), ZoneInfo(timezone)
    before = datetime.now(UTC)
    day, moment = build._parse_build_time(settings, None)
    after = datetime.now(UTC)
    assert before <= moment <= after
    assert day in {before.astimezone(zone).date(), after.astimezone(zone).date()}
    today, moment = build._parse_build_time(settings, day.isoformat())
    assert (today, after <= moment <= datetime.now(UTC)) == (day, True)
    earlier = day - timedelta(days=3)
    end = datetime.combine(earlier + timedelta(days=1), datetime.min.time(), zone)
    assert build._parse_build_time(settings, earlier.isoformat()) == (earlier, end)
    for wrong, says in (
        ((day + timedelta(days=2)).isoformat(), "is in the future: today is"),
        ("2026-99-99", "is not a date"),
    ):
        with pytest.raises(DigestbotError, match=says):
            build._parse_build_time(settings, wrong)


def test_in_a_pipe_a_row_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    title = "A title " * 40 + "that ends"
    tables.print_table(
        tables.build_dry_run_table(
            "Loops", [tables.DryRunPaper(make_candidate("2611.00001", title).paper, "abstract", 12)]
        )
    )
    assert title in capsys.readouterr().out


def test_a_topic_to_leave_out_that_there_is_not_is_named() -> None:
    spec = TopicSettings(title="Loops", queries=["abs:loops"], exclude_topics=["nerf", "nerv"]).to_build_spec(
        "en", time(6)
    )
    assert build.find_unknown_topics(spec, {"loops", "nerf"}) == [
        "topic “Loops”: exclude_topics: there is no topic “nerv”; other topics: nerf"
    ]
