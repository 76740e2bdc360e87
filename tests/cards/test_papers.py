"""Cards survive what papers bring: section 5 of the design."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from digestbot.cards.capabilities import Capabilities, Collapsing
from digestbot.cards.card import Card, Details, Link, ListItem, Math, Notice, Text, parse_inline, to_plain_text
from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.cards.digests import digest_card, results_card
from digestbot.cards.paper_blocks import format_authors, truncate_text
from digestbot.cards.papers import paper_card
from digestbot.domain.digest import EXTRACT_WRITER, Summary
from digestbot.domain.subscription import Layout
from digestbot.domain.topic import Topic
from tests.factories import make_digest, make_entry

TOPIC = Topic("topic-a", "Topic A")
DAY = date(2026, 11, 23)


def test_ten_papers_a_page_at_most_as_many_on_each_with_buttons_to_the_others() -> None:
    many = make_digest(entries=[make_entry(f"2611.{i:05}") for i in range(1, 24)])
    counts = []
    for number in (1, 2, 3):
        card = digest_card(TOPIC, many, RenderContext(), number)
        counts.append(sum(isinstance(block, ListItem) for block in card.blocks))
    assert counts == [8, 8, 7]
    buttons = [button.command for button in digest_card(TOPIC, many, RenderContext(), 2).buttons]
    assert buttons == ["digest topic-a 2026-11-23 p1", "digest topic-a 2026-11-23 p3"]


def test_authors_are_shortened_past_six_with_a_count() -> None:
    names = [f"A{i}" for i in range(60)]
    assert format_authors(names, RenderContext()) == "A0, A1, A2, A3, A4, A5 and 54 more"
    assert format_authors(names[:6], RenderContext()) == "A0, A1, A2, A3, A4, A5"


@pytest.mark.parametrize("layout", list(Layout))
def test_every_layout_says_that_summaries_are_machine_written(layout: Layout) -> None:
    card = digest_card(TOPIC, make_digest(), RenderContext(layout=layout))
    assert any(isinstance(block, Notice) and block.text == "AI summary" for block in card.blocks)


def test_the_layouts_show_more_and_more() -> None:
    def count_lines(layout: Layout) -> int:
        (item,) = (
            b for b in digest_card(TOPIC, make_digest(), RenderContext(layout=layout)).blocks if isinstance(b, ListItem)
        )
        return len(item.lines) + len(item.blocks)

    sizes = [count_lines(layout) for layout in (Layout.HEADLINES, Layout.CARDS, Layout.FULL)]
    assert all(less < more for less, more in pairwise(sizes))


def test_a_paper_seen_under_another_topic_is_one_line() -> None:
    card = digest_card(TOPIC, make_digest(), RenderContext(prior_digests={"2611.00001": PriorDigest("Topic B", DAY)}))
    (item,) = (block for block in card.blocks if isinstance(block, ListItem))
    assert [to_plain_text(line) for line in item.lines] == ["Already sent in Topic B, Mon 23 Nov: /paper 2611.00001"]


def test_an_entry_with_nothing_but_a_title_is_still_a_card() -> None:
    bare = make_entry(authors=(), abstract="", headline="", takeaways=(), sections=(), figures=())
    card = paper_card(bare, TOPIC, DAY, RenderContext())
    assert "No summary is available" in str(card)


def test_abstract_and_analysis_are_folded_and_unfolded_on_request() -> None:
    folded = paper_card(make_entry(), TOPIC, DAY, RenderContext())
    assert [block.summary for block in folded.blocks if isinstance(block, Details)] == ["Abstract", "Analysis"]
    assert not any(
        isinstance(block, Details)
        for block in paper_card(make_entry(), TOPIC, DAY, RenderContext(), is_expanded=True).blocks
    )


@pytest.mark.parametrize(("flags", "told"), [((), False), (("chatter",), False), (("chatter", "placeholder"), True)])
def test_a_reader_is_told_when_a_form_was_left_out_but_not_of_small_talk(flags: tuple[str, ...], told: bool) -> None:
    card = paper_card(make_entry(flags=flags), TOPIC, DAY, RenderContext())
    assert ("left out" in str(card)) is told


def test_a_link_with_a_text_is_one_and_an_escaped_dollar_sign_is_plain() -> None:
    line = parse_inline(r"See \href{https://a.example}{our page}: \$5-\$9, $20/month (US$) and 0.3$\pm$0.1")
    assert line == (
        Text("See "), Link("our page", "https://a.example"), Text(": $5-$9, $20/month (US$) and 0.3"),
        Math(r"\pm"), Text("0.1"),
    )  # fmt: skip


def test_latex_and_links_in_text_are_told_apart_from_money() -> None:
    line = parse_inline(r"ID$^3$ costs $5 and $6, see \url{https://a.example/x} or https://b.example.")
    assert [type(part) for part in line] == [Text, Math, Text, Link, Text, Link, Text]
    assert to_plain_text(line) == "ID^3 costs $5 and $6, see https://a.example/x or https://b.example."


def test_a_long_headline_is_cut_at_a_sentence_and_a_long_sentence_at_a_word() -> None:
    assert truncate_text("第一句。" + "长" * 200 + "。") == "第一句。"
    cut = truncate_text("word " * 100)
    assert cut.endswith("word…")
    assert len(cut) <= 161
    assert truncate_text("短句。") == "短句。"
    assert "$" not in truncate_text("a " * 78 + "$x + y + z + w + v$ b")


def test_a_card_tells_what_its_summary_was_written_from_and_by_whom() -> None:
    written = make_entry()
    written = replace(written, summary=replace(written.summary, basis="html", writer="small-model"), is_updated=True)
    shown = repr(paper_card(written, TOPIC, DAY, RenderContext()))
    assert "Summary of the full text (HTML)" in shown
    assert "written by small-model" in shown
    assert "new version" in shown
    assert "AI summary" in shown
    extract = replace(written, summary=replace(written.summary, writer=EXTRACT_WRITER))
    shown = repr(paper_card(extract, TOPIC, DAY, RenderContext()))
    assert "From the abstract" in shown
    assert "written by" not in shown


def get_notice(card: Card) -> str:
    assert isinstance(card.blocks[-1], Notice)
    return card.blocks[-1].text


def test_a_digest_of_extracts_does_not_claim_a_model() -> None:
    extract = replace(make_entry(), summary=Summary("We measure.", basis="abstract", writer=EXTRACT_WRITER))
    whole = digest_card(TOPIC, make_digest(entries=[extract]), RenderContext())
    assert get_notice(whole) == "From the abstract"
    mixed = digest_card(TOPIC, make_digest(entries=[extract, make_entry("2611.00002")]), RenderContext())
    assert get_notice(mixed) == "AI summaries; some are from the abstract"
    found = results_card("Found", "2 papers", [extract, make_entry("2611.00002")], RenderContext(), ("search x", 1, 1))
    assert found.blocks[-1] == mixed.blocks[-1]


def test_a_digest_that_holds_papers_whole_tells_of_each_who_wrote_it() -> None:
    extract = replace(make_entry(), summary=Summary("We measure.", basis="abstract", writer=EXTRACT_WRITER))
    written = replace(make_entry("2611.00002"), summary=Summary("Measured.", basis="pdf", writer="small-model"))
    card = digest_card(
        TOPIC,
        make_digest(entries=[extract, written]),
        RenderContext(capabilities=Capabilities(collapsing=Collapsing.ALL)),
    )
    first, second = (item for item in card.blocks if isinstance(item, ListItem))
    assert "From the abstract" in repr(first)
    assert "written by small-model" in repr(second)


def test_a_doi_is_not_called_a_pdf() -> None:
    elsewhere = replace(make_entry(), paper=replace(make_entry().paper, arxiv_id="10.1101/2026.11.20.123456"))
    card = paper_card(elsewhere, TOPIC, DAY, RenderContext())
    assert Link("Paper", "https://doi.org/10.1101/2026.11.20.123456") in card.blocks[-2].line  # type: ignore[union-attr]
    assert "PDF" not in repr(card)


def test_a_paper_says_where_it_is_from_and_its_categories_where_they_are_known() -> None:
    def tell_origin(topic: Topic | None, *categories: str) -> str:
        return str(paper_card(make_entry(), topic, DAY, RenderContext(), categories=categories))

    day = RenderContext().format_day(DAY)
    assert f"In {TOPIC.title}, {day}'" in tell_origin(TOPIC)
    assert f"In {TOPIC.title}, {day} · cs.CV cs.GR'" in tell_origin(TOPIC, "cs.CV", "cs.GR")
    assert f"Announced {day} · math.AG'" in tell_origin(None, "math.AG")
    assert f"Announced {day} · a b c d e'" in tell_origin(None, *"abcdefgh")
