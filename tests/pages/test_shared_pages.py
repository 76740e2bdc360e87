"""The 118 real pages, where they are beside the checkout."""

from __future__ import annotations

from functools import cache

import pytest

from digestbot.domain.digest import Digest
from digestbot.errors import EmptyPageError
from digestbot.pages.markdown import decode_page, format_page, parse_page
from digestbot.quality.cleanup import may_match_rules, search_rules
from tests.conftest import SHARED

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real pages (../shared/digests) are not beside the checkout"
)


@cache
def parse_digests() -> tuple[tuple[Digest, ...], int]:
    found: list[Digest] = []
    empty = 0
    for path in sorted(SHARED.rglob("*.md")):
        try:
            page = parse_page(decode_page(path.read_bytes()))
        except EmptyPageError:
            empty += 1
        else:
            assert page.problems == ()
            found.extend(page.digests)
    return tuple(found), empty


def test_all_digests_entries_papers_and_authors_are_found() -> None:
    found, empty = parse_digests()
    entries = [entry for digest in found for entry in digest.entries]
    assert (len(found), empty) == (117, 1)
    assert len({digest.topic for digest in found}) == 8
    assert len(entries) == 861
    assert len({entry.paper.arxiv_id for entry in entries}) == 762
    assert sum(len(entry.paper.authors) for entry in entries) == 5034


@pytest.mark.parametrize("part", ["abstract", "takeaways", "figures"])
def test_every_entry_has_its_parts(part: str) -> None:
    for digest in parse_digests()[0]:
        for entry in digest.entries:
            holder = entry.paper if part == "abstract" else entry if part == "figures" else entry.summary
            assert getattr(holder, part), f"{digest.topic} {digest.date}: {entry.paper.title}"


def test_few_entries_lose_all_of_a_part_to_what_is_wrong_with_it() -> None:
    summaries = [entry.summary for digest in parse_digests()[0] for entry in digest.entries]
    assert sum(not summary.headline for summary in summaries) <= 0.01 * len(summaries)
    assert sum(not summary.sections for summary in summaries) <= 0.03 * len(summaries)


def test_both_figure_hosts_are_kept_where_a_page_has_two() -> None:
    hosts = {
        tuple(sorted({url.split("/")[2].split(".")[-2] for url in (figure.url, *figure.mirrors)}))
        for digest in parse_digests()[0]
        for entry in digest.entries
        for figure in entry.figures
        if figure.mirrors
    }
    assert ("biliimg", "zhimg") in hosts


def test_every_digest_is_written_and_read_back_the_same() -> None:
    for digest in parse_digests()[0]:
        assert parse_page(format_page(digest)).digests == (digest,)


def test_nothing_that_readers_see_is_an_unfilled_form() -> None:
    for digest in parse_digests()[0]:
        for entry in digest.entries:
            shown = [entry.summary.headline, *entry.summary.takeaways, *(s.body for s in entry.summary.sections)]
            for text in shown:
                assert "xxx；" not in text, entry.paper.title
                assert "XXXX" not in text or "ao.XX" in text, entry.paper.title
                assert "待补充" not in text, entry.paper.title


def test_the_quick_look_for_leftovers_misses_no_line_that_a_rule_would_find() -> None:
    lines = {line for path in SHARED.rglob("*.md") for line in path.read_text("utf-8").split("\n")}
    assert [line for line in lines if not may_match_rules(line) and search_rules(line)] == []
