"""Digests and lists of results: pages, what was seen before, layouts, and the ways to post them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities, Collapsing
from digestbot.cards.card import (
    Bullets,
    Button,
    Card,
    Details,
    Figures,
    Heading,
    ListItem,
    NewThread,
    Notice,
    Text,
    to_plain_text,
)
from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.cards.digests import delivery_cards, digest_card, digest_cards, entry_item, results_card
from digestbot.cards.navigation import count_pages
from digestbot.domain.digest import Entry
from digestbot.domain.subscription import Layout, PostMode, Preferences
from digestbot.domain.topic import Topic
from tests.factories import make_digest, make_entry

TOPIC = Topic("topic-a", "Topic A")
DAY = date(2026, 11, 23)


def make_entries(count: int) -> list[Entry]:
    return [make_entry(f"2611.{number:05}") for number in range(1, count + 1)]


def list_items(card: Card) -> list[ListItem]:
    return [block for block in card.blocks if isinstance(block, ListItem)]


def list_positions(*cards: Card) -> list[int | None]:
    return [item.position for card in cards for item in list_items(card)]


@pytest.mark.parametrize(
    ("count", "size", "pages"),
    [(0, 10, 1), (1, 10, 1), (9, 10, 1), (10, 10, 1), (11, 10, 2), (20, 10, 2), (21, 10, 3), (3, 1, 3), (99, None, 1)],
)
def test_so_many_papers_take_so_many_pages(count: int, size: int | None, pages: int) -> None:
    assert count_pages(count, size) == pages
    can = Capabilities(page_size=size)
    delivered = digest_cards(TOPIC, make_digest(entries=make_entries(count)), RenderContext(capabilities=can))
    assert list_positions(*delivered) == list(range(1, count + 1))
    assert len(delivered) == pages
    assert all(page.buttons == () for page in delivered)


def test_the_platforms_page_is_ten_papers_where_it_says_nothing() -> None:
    assert DEFAULT_CAPABILITIES.page_size == 10
    assert (
        DEFAULT_CAPABILITIES.buttons,
        DEFAULT_CAPABILITIES.details,
        DEFAULT_CAPABILITIES.figures,
        DEFAULT_CAPABILITIES.math,
    ) == (True, True, True, False)
    assert (
        DEFAULT_CAPABILITIES.collapsing,
        DEFAULT_CAPABILITIES.card_styles,
        DEFAULT_CAPABILITIES.post_modes,
        DEFAULT_CAPABILITIES.can_publish,
    ) == (Collapsing.NOTHING, (), (), False)
    assert RenderContext(capabilities=Capabilities(page_size=None)).results_per_page == 10
    assert RenderContext(capabilities=Capabilities(page_size=5)).results_per_page == 5


@pytest.mark.parametrize(
    ("page", "buttons", "command"),
    [
        (1, ["p2"], "digest topic-a 2026-11-23"),
        (2, ["p1", "p3"], "digest topic-a 2026-11-23 p2"),
        (3, ["p2"], "digest topic-a 2026-11-23 p3"),
    ],
)
def test_a_page_leads_to_those_beside_it_and_is_numbered_on(page: int, buttons: list[str], command: str) -> None:
    card = digest_card(TOPIC, make_digest(entries=make_entries(23)), RenderContext(), page)
    assert [button.command for button in card.buttons] == [f"digest topic-a 2026-11-23 {to}" for to in buttons]
    labels = {"p2": "Next page"} if page == 1 else {"p1": "Previous page"} if page == 2 else {"p2": "Previous page"}
    assert card.buttons[0].label == next(iter(labels.values()))
    assert (card.command, card.topic) == (command, "topic-a")
    assert list_positions(card) == list(range(page * 8 - 7, min(page * 8, 23) + 1))
    assert [to_plain_text(block.line) for block in card.blocks[:2]] == [  # type: ignore[union-attr]
        "Topic A · Mon 23 Nov · 23 papers",
        f"page {page} of 3",
    ]
    found = results_card(
        "Found", "23 papers", make_entries(23)[page * 10 - 10 : page * 10], RenderContext(), ("search x", page, 3)
    )
    assert [button.command for button in found.buttons] == [f"search x {to}" for to in buttons]
    assert list_positions(found) == list(range(page * 10 - 9, min(page * 10, 23) + 1))
    assert found.command == ("search x" if page == 1 else f"search x p{page}")


def test_one_page_has_no_number_and_no_buttons() -> None:
    card = digest_card(TOPIC, make_digest(), RenderContext())
    assert card.blocks[0] == Heading((Text("Topic A · Mon 23 Nov · 1 paper"),))
    assert isinstance(card.blocks[1], ListItem)
    assert card.buttons == ()
    card = digest_card(TOPIC, make_digest(entries=make_entries(2)), RenderContext("zh"))
    assert card.blocks[0] == Heading((Text("Topic A · 11月23日 周一 · 2 篇论文"),))


def test_the_year_is_said_where_it_is_not_clear() -> None:
    for today, heading in (
        (date(2026, 11, 24), "Topic A · Mon 23 Nov · 1 paper"),
        (date(2027, 1, 2), "Topic A · Mon 23 Nov · 1 paper"),
        (date(2027, 6, 1), "Topic A · Mon 23 Nov 2026 · 1 paper"),
    ):
        card = digest_card(TOPIC, make_digest(), RenderContext(today=today))
        assert card.blocks[0] == Heading((Text(heading),))


def test_a_digest_in_several_parts_repeats_nothing() -> None:
    first, second, last = digest_cards(TOPIC, make_digest(entries=make_entries(23)), RenderContext())
    assert first.blocks[0] == Heading((Text("Topic A · Mon 23 Nov · 23 papers"),))
    assert [
        type(block) for card in (first, second, last) for block in card.blocks if not isinstance(block, ListItem)
    ] == [
        Heading,
        Notice,
    ]
    assert last.blocks[-1] == Notice("AI summaries")


def test_a_paper_seen_before_is_pointed_to_and_the_others_are_whole() -> None:
    view = RenderContext(
        prior_digests={"2611.00002": PriorDigest("Topic B", DAY)}, capabilities=Capabilities(collapsing=Collapsing.ALL)
    )
    first, second, third = list_items(digest_card(TOPIC, make_digest(entries=make_entries(3)), view))
    assert [to_plain_text(line) for line in second.lines] == ["Already sent in Topic B, Mon 23 Nov: /paper 2611.00002"]
    assert (second.blocks, second.action_buttons, second.figure) == ((), (), None)
    assert second.button == Button("Details", "paper 2611.00002")
    for item in (first, third):
        assert item.blocks
        assert to_plain_text(item.lead) == "It measures what was only believed."


@pytest.mark.parametrize(
    ("layout", "folds", "blocks", "unfolded", "whole"),
    [
        (Layout.HEADLINES, Collapsing.NOTHING, [], False, False),
        (Layout.HEADLINES, Collapsing.ALL, [], False, False),
        (Layout.CARDS, Collapsing.NOTHING, [], False, False),
        (Layout.CARDS, Collapsing.TAKEAWAYS, [Bullets], False, False),
        (Layout.CARDS, Collapsing.ALL, [Bullets, Details, Details, Figures], False, True),
        (Layout.FULL, Collapsing.NOTHING, [Bullets, Details, Details], True, False),
        (Layout.FULL, Collapsing.TAKEAWAYS, [Bullets, Details, Details], True, False),
        (Layout.FULL, Collapsing.ALL, [Bullets, Details, Details, Figures], True, True),
    ],
)
def test_a_list_holds_of_a_paper_what_its_layout_and_the_platform_let_it(
    layout: Layout, folds: Collapsing, blocks: list[type], unfolded: bool, whole: bool
) -> None:
    item = entry_item(make_entry(), RenderContext(layout=layout, capabilities=Capabilities(collapsing=folds)), 7)
    assert [type(block) for block in item.blocks] == blocks
    assert (item.position, item.is_expanded) == (7, unfolded)
    assert to_plain_text(item.lead) == "It measures what was only believed."
    number = " · 2611.00001v1" if folds is Collapsing.ALL else ""  # where the title leads nowhere
    assert [to_plain_text(line) for line in item.lines] == (
        [f"Ada Moreno, Bo Lin{number}"] if layout is not Layout.HEADLINES else []
    )
    assert (item.button is None) is whole
    assert bool(item.action_buttons) is whole
    assert item.figure == make_entry().figures[0]


def test_a_list_of_results_folds_no_more_than_takeaways() -> None:
    view = RenderContext(capabilities=Capabilities(collapsing=Collapsing.ALL))
    (item,) = list_items(results_card("Found", "1 paper", [make_entry()], view, ("search x", 1, 1)))
    assert [type(block) for block in item.blocks] == [Bullets]
    assert item.button == Button("Details", "paper 2611.00001")


# -- as the chat wants it posted ----------------------------------------------------------------------------------

SEEN = {"2611.00001": PriorDigest("Topic B", DAY)}
TWO_PAGES = make_digest(entries=make_entries(11))


def test_pages_are_posted_as_they_are_and_handed_on_where_that_was_chosen() -> None:
    for publish in (False, True):
        cards = delivery_cards(TOPIC, TWO_PAGES, RenderContext(), Preferences(publish=publish))
        assert list_positions(*cards) == list(range(1, 12))
        assert [card.publish for card in cards] == [publish, publish]
        assert [card.new_thread for card in cards] == [None, None]


def test_a_thread_opens_under_the_last_page_with_each_new_paper_in_it() -> None:
    first, last, *papers = delivery_cards(
        TOPIC, TWO_PAGES, RenderContext(prior_digests=SEEN), Preferences(post_mode=PostMode.THREADS, publish=True)
    )
    assert list_positions(first, last) == list(range(1, 12))
    assert (first.new_thread, last.new_thread) == (None, NewThread("Topic A", "2026-11-23"))
    assert first.publish
    assert last.publish
    assert [card.command for card in papers] == [f"paper 2611.{number:05}" for number in range(2, 12)]
    assert not any(card.publish or card.new_thread for card in papers)


def test_no_thread_opens_where_every_paper_was_seen() -> None:
    (page,) = delivery_cards(
        TOPIC, make_digest(), RenderContext(prior_digests=SEEN), Preferences(post_mode=PostMode.THREADS)
    )
    assert page.new_thread is None


def test_a_forums_post_begins_with_the_headlines_and_goes_on_with_each_new_paper() -> None:
    view = RenderContext(layout=Layout.FULL, prior_digests=SEEN)
    first, rest, *papers = delivery_cards(TOPIC, TWO_PAGES, view, Preferences(post_mode=PostMode.FORUM, publish=True))
    assert first.new_thread == NewThread("Topic A", "2026-11-23", "Topic A", is_forum_post=True)
    assert rest.new_thread is None
    assert all(item.blocks == () for card in (first, rest) for item in list_items(card))
    buttons = [item.button.command for card in (first, rest) for item in list_items(card) if item.button]
    assert buttons == ["paper 2611.00001"]  # the others follow
    assert [card.command for card in papers] == [f"paper 2611.{number:05}" for number in range(2, 12)]
    assert not any(card.publish for card in (first, rest, *papers))


def test_results_tell_who_wrote_of_those_that_are_shown() -> None:
    written = make_entry()
    extract, page, person = (
        replace(written, summary=replace(written.summary, writer=writer)) for writer in ("abstract", "page", "human")
    )
    for shown, says in (
        ([written], "AI summary"),
        ([written, written], "AI summaries"),
        ([extract], "From the abstract"),
        ([extract, extract], "From the abstracts"),
        ([written, extract], "AI summaries; some are from the abstract"),
        ([], "AI summaries"),
        ([page], "Summary from the source page"),
        ([page, page], "Summaries from the source page"),
        ([person], "Summary written by a person"),
        ([person, person], "Summaries written by people"),
        ([person, page], "Summaries from the source page"),
        ([person, written], "Some of the summaries are by AI"),
    ):
        found = results_card("Found", "papers", shown, RenderContext(), ("search x", 1, 1))
        assert found.blocks[-1] == Notice(says)
