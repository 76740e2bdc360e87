"""Fields that are too long are cut at a word, wherever a page is parsed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digestbot.domain.digest import Section
from digestbot.domain.text import lengths
from digestbot.pages.markdown import format_page, parse_page
from tests.factories import make_digest, make_entry


@pytest.mark.parametrize("limit", [10, 50, 1_000])
@pytest.mark.parametrize("text", ["word " * 300, "字" * 1_001, "a" * 1_001])
def test_what_is_too_long_is_cut_with_an_ellipsis_at_a_word(text: str, limit: int) -> None:
    cut = lengths.shorten_text(text, limit)
    assert cut.endswith("…")
    assert limit - 41 <= len(cut) <= limit
    assert text.startswith(cut[:-1])
    assert text[0] != "w" or cut[:-1].split()[-1] == "word"[: len(cut[:-1].split()[-1])]


def test_what_is_not_too_long_is_kept() -> None:
    assert lengths.shorten_text("a word", 6) == "a word"


def test_a_page_with_long_fields_is_read_and_each_is_cut() -> None:
    long = "We fold loops until they bind. " * 3_500
    made = make_entry(
        title=long, abstract=long, comment=long, headline=long, takeaways=[f"{i} {long}" for i in range(3)]
    )
    made = replace(made, summary=replace(made.summary, sections=(Section("Methods", long),)))
    (digest,) = parse_page(format_page(make_digest("Very " * 20_000, entries=[made]))).digests
    (read,) = digest.entries
    assert len(digest.topic) <= lengths.MAX_TOPIC_TITLE
    assert len(read.paper.title) <= lengths.MAX_TITLE
    assert len(read.paper.abstract) <= lengths.MAX_ABSTRACT
    assert len(read.paper.comment) <= lengths.MAX_COMMENT
    assert len(read.summary.headline) <= lengths.MAX_HEADLINE
    assert len(read.summary.takeaways[0]) <= lengths.MAX_TAKEAWAY
    assert len(read.summary.sections[0].body) <= lengths.MAX_SECTION


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Short", 5, "Short"),
        ("Large Language Models for Speech", 20, "Large Langua…Speech"),
        ("Large Language Models for Vision", 20, "Large Langua…Vision"),
        ("扩散模型" * 10, 6, "扩散模…模型"),
        ("abcdef", 1, "…"),
    ],
)
def test_a_name_is_shortened_inside_since_its_end_tells_it_apart(text: str, limit: int, shown: str) -> None:
    assert lengths.shorten_inside(text, limit) == shown
    assert len(shown) <= limit
