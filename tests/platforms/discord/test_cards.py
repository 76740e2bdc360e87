"""Cards as components: within Discord's limits, whatever is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digestbot.cards import replies
from digestbot.cards.callback_data import ButtonAction, NavigationHistory, restore_commands
from digestbot.cards.card import Button, Card, Figures, Heading, Paragraph, Text, parse_inline
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import delivery_cards, digest_cards
from digestbot.cards.papers import paper_card
from digestbot.domain.bundle import OlderDigests
from digestbot.domain.digest import Digest, Entry, Figure
from digestbot.domain.subscription import Layout, PostMode, Preferences
from digestbot.domain.topic import Topic, slugify
from digestbot.figures.downloads import FigureAvailability, FigureDownloader
from digestbot.pages.markdown import parse_page
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES
from digestbot.platforms.discord.outgoing import markup
from digestbot.platforms.discord.outgoing.message import OutgoingMessage, build_messages
from tests.factories import make_digest, make_entry
from tests.pages import test_shared_pages
from tests.places import SAMPLES, SHARED, TIMES
from tests.platforms.discord import message_view
from tests.platforms.discord.api.rules import find_broken_rules
from tests.platforms.discord.spec import find_violations

SHOWN = FigureAvailability(FigureDownloader())
HOSTILE = "@everyone <@&1> <@2> `code` ||secret|| *bold* # heading [text](https://evil.example) <t:1:R> \x1b[31m\u202e"


def render_messages(card: Card, **how: Any) -> list[dict[str, Any]]:
    """The card's messages as they are sent, every figure in its place; each is checked."""
    made = [build_message(part) for part in build_messages(card, SHOWN, **how)]
    for body in made:
        assert find_broken_rules("/channels/1/messages", body) == []
        assert find_violations("POST", "/channels/1/messages", body) == []
    return made


def build_message(part: OutgoingMessage) -> dict[str, Any]:
    view = part.build_view({figure.url: figure.url for figure in part.figures})
    return {"components": view.to_components(), "flags": 1 << 15, "allowed_mentions": {"parse": []}}


def parse_digests(folder: Path) -> Sequence[Digest]:
    if folder == SHARED:
        return test_shared_pages.parse_digests()[0]
    return [digest for path in sorted(folder.rglob("*.md")) for digest in parse_page(path.read_text("utf-8")).digests]


@pytest.mark.parametrize("folder", [SAMPLES, SHARED], ids=["samples", "shared"])
def test_every_page_is_within_the_limits_however_it_is_posted(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip("the real pages (../shared/digests) are not beside the checkout")
    found, ways = parse_digests(folder), cycle(product(Layout, PostMode))
    assert len(found) >= (117 if folder is SHARED else 16)
    for one in found:
        topic = Topic(slugify(one.topic), one.topic)
        for layout, mode in islice(ways, min(TIMES, 9)):  # in the short form each page one way, each way many pages
            context = RenderContext(layout=layout, capabilities=COMMON_CAPABILITIES)
            cards = delivery_cards(topic, one, context, Preferences(post_mode=mode))
            shown = "\n".join(message_view.get_text(body) for card in cards for body in render_messages(card))
            for item in one.entries:
                assert item.paper.arxiv_id in shown


def test_every_real_paper_is_within_the_limits_folded_and_whole() -> None:
    if not SHARED.is_dir():
        pytest.skip("the real pages (../shared/digests) are not beside the checkout")
    for one in parse_digests(SHARED)[::4]:
        topic = Topic(slugify(one.topic), one.topic)
        for item in one.entries:
            for full in (False, True):
                card = paper_card(
                    item, topic, one.date, RenderContext(capabilities=COMMON_CAPABILITIES), is_expanded=full
                )
                made = render_messages(card, with_share_button=True)
                assert len(made) == 1 or full
                _check_whole(item, "\n".join(map(message_view.get_text, made))) if full else None


def _check_whole(item: Entry, shown: str) -> None:
    """Nothing of a takeaway is lost where a card is cut."""
    bare = _strip_punctuation(shown)
    for takeaway in item.summary.takeaways:
        assert _strip_punctuation(markup.render_inlines(parse_inline(takeaway)))[:60] in bare


def _strip_punctuation(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def test_a_digest_of_ten_is_one_message_and_fourteen_are_two_pages() -> None:
    fourteen = make_digest(entries=[make_entry(f"2611.{n:05}") for n in range(14)])
    cards = digest_cards(Topic("topic-a", "Topic A"), fourteen, RenderContext(capabilities=COMMON_CAPABILITIES))
    assert [len(render_messages(card)) for card in cards] == [1, 1]
    assert [len(message_view.list_papers(render_messages(card)[0])) for card in cards] == [7, 7]
    assert not any(message_view.list_buttons(render_messages(card)[0]) for card in cards)


@pytest.mark.parametrize("papers", [1, 4])
def test_digests_that_come_together_are_valid_messages_each_with_its_date(papers: int) -> None:
    """A date before every section is what takes the most components."""
    days = [date(2026, 11, 24) - timedelta(days=n) for n in range(15)]
    newest, *earlier = [
        make_digest("Topic A", day.isoformat(), [make_entry(f"2611.{n:02}{day.day:03}") for n in range(papers)])
        for day in days
    ]
    context = RenderContext(capabilities=COMMON_CAPABILITIES)
    older = OlderDigests(3, date(2026, 11, 9))
    topic = Topic("topic-a", "Topic A")
    cards = delivery_cards(topic, newest, context, Preferences(), earlier=earlier, older=older)
    texts = [message_view.get_text(message) for card in cards for message in render_messages(card)]
    assert all(f"### {context.format_day(day)}" in "\n".join(texts) for day in days)
    assert "## Topic A · Tue 10 Nov – Tue 24 Nov" in texts[0]
    assert [index for index, text in enumerate(texts) if "3 older digests" in text] == [len(texts) - 1]


def test_what_does_not_fit_is_split_between_papers() -> None:
    long = [make_entry(f"2611.{n:05}", title="A title of many words " * 13, headline="x" * 158) for n in range(10)]
    (card,) = digest_cards(
        Topic("topic-a", "Topic A"), make_digest(entries=long), RenderContext(capabilities=COMMON_CAPABILITIES)
    )
    made = render_messages(card)
    assert len(made) == 2
    assert "Topic A" not in message_view.get_text(made[1])
    assert [len(message_view.list_papers(body)) for body in made] == [7, 3]
    assert [f"**{n}. " in message_view.get_text(made[0]) + message_view.get_text(made[1]) for n in range(1, 11)] == [
        True
    ] * 10


def test_nothing_of_a_paper_is_markup_or_a_mention() -> None:
    item = make_entry(title=HOSTILE, headline=HOSTILE, takeaways=(HOSTILE,), authors=(HOSTILE,), abstract=HOSTILE)
    (body,) = render_messages(
        paper_card(item, Topic("topic-a", HOSTILE), make_digest().date, RenderContext(capabilities=COMMON_CAPABILITIES))
    )
    shown = message_view.get_text(body)
    for dangerous in ("@everyone", "<@&1>", "<@2>", "||secret||", "[text](https", "<t:1", "\x1b", "\u202e"):
        assert dangerous not in re.sub(r"\\.", "", shown)


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_any_text_is_text(text: str) -> None:
    line = markup.render_line((Text(text),))
    bare = line.replace("\\\\", "")
    for special in "*_~`|<>[]":
        assert bare.count(special) == bare.count("\\" + special)
    assert not bare.startswith(("# ", "- ", "+ ", "> ", "-# "))
    assert "\n" not in line


@pytest.mark.parametrize("begins", ["# one", "> two", "- three", "12. four", "1) five", "-# six", "+ seven"])
def test_a_line_is_no_heading_list_or_quotation_by_what_it_begins_with(begins: str) -> None:
    assert "\\" in markup.render_line((Text(begins),))[: len(begins) + 1]


def test_links_have_no_preview_and_no_way_out() -> None:
    assert markup.render_link("PDF", "https://arxiv.org/pdf/1") == "[PDF](<https://arxiv.org/pdf/1>)"
    assert markup.render_link("https://a.example", "https://a.example") == "<https://a.example>"
    assert markup.render_link("x](<https://evil.example>)", "https://a.example") == (
        "[x\\](\\<https://evil.example\\>)](<https://a.example>)"
    )
    for wrong in ("javascript:alert(1)", "https://a.example/> b", "https://a.example/\n", "ftp://a.example"):
        assert "(<" not in markup.render_link("x", wrong)


def test_figures_are_galleries_of_ten_with_their_labels() -> None:
    figures = tuple(Figure(f"https://figures.example.org/{n}.png") for n in range(13))
    card = Card((Heading((Text("t"),)), Figures(figures, tuple(f"Figure {n}" for n in range(13)))))
    (body,) = render_messages(card)
    assert len(message_view.list_pictures(body)) == 13
    galleries = [
        part for part in message_view.walk_components(body["components"]) if part["type"] == message_view.GALLERY
    ]
    assert [len(part["items"]) for part in galleries] == [10, 3]
    assert galleries[1]["items"][2]["description"] == "Figure 12"


def test_a_full_digest_shows_a_figure_beside_each_paper_and_a_menu_below() -> None:
    two = make_digest(entries=[make_entry("2611.00001"), make_entry("2611.00002", figures=())])
    (card,) = digest_cards(
        Topic("topic-a", "Topic A"), two, RenderContext(layout=Layout.FULL, capabilities=COMMON_CAPABILITIES)
    )
    (body,) = render_messages(card)
    assert message_view.list_pictures(body) == ["https://figures.example.org/2611.00001.png"]
    assert [one["label"] for one in message_view.list_papers(body)] == ["1 A paper 2611.00001", "2 A paper 2611.00002"]
    assert message_view.get_text(body).count("- One thing.") == 2


def test_a_figure_that_is_nowhere_is_left_out_and_the_card_goes_out() -> None:
    (part,) = build_messages(
        paper_card(make_entry(), Topic("a", "A"), make_digest().date, RenderContext(capabilities=COMMON_CAPABILITIES)),
        SHOWN,
    )
    shown = {"components": part.build_view({}).to_components()}
    assert message_view.list_pictures(shown) == []
    assert "A paper 2611.00001" in message_view.get_text(shown)


def test_a_topic_has_its_own_colour_and_an_error_is_red() -> None:
    def get_colour(card: Card) -> int:
        found: int = render_messages(card)[0]["components"][0]["accent_color"]
        return found

    first, again, other = (
        get_colour(digest_cards(Topic(slug, "T"), make_digest(), RenderContext(capabilities=COMMON_CAPABILITIES))[0])
        for slug in ("a", "a", "b")
    )
    assert first == again != other
    assert get_colour(replies.error_card("no", "no", "", ())) == 0xD6336C


def test_what_a_button_says_comes_back_however_long() -> None:
    card = Card((Paragraph((Text("x"),)),), tuple(Button(f"b{n}", "search " + "高斯 " * n) for n in (1, 60)))
    (part,) = build_messages(card, SHOWN, NavigationHistory(("topics",), "in 123"))
    body = build_message(part)
    short, long = (one["custom_id"] for one in message_view.list_buttons(body))
    assert ButtonAction.decode(short) == ButtonAction("in 123 search 高斯 ", history=("topics",))
    action = ButtonAction.decode(long)
    assert action
    restored = restore_commands(action, part.long_callbacks)
    assert restored == ButtonAction("in 123 search " + "高斯 " * 60, history=("topics",))


def test_buttons_that_do_the_same_are_still_two() -> None:
    card = Card((Paragraph((Text("x"),)),), (Button("a", "help"), Button("b", "help"), Button("c", "help")))
    ids = [one["custom_id"] for one in message_view.list_buttons(render_messages(card)[0])]
    assert len(set(ids)) == 3
    assert {ButtonAction.decode(one) for one in ids} == {ButtonAction("help")}


def test_an_address_that_is_no_address_is_no_button() -> None:
    buttons = (Button("a", url="https://a.example"), Button("b", url="https://a.example/" + "x" * 600))
    card = Card((Paragraph((Text("x"),)),), (*buttons, Button("c", url="javascript:1")))
    assert message_view.list_labels(render_messages(card)[0]) == ["a"]


def test_very_many_buttons_and_lines_are_still_messages() -> None:
    rows = [
        (f"Topic {n}", "about it", Button("Subscribe", f"subscribe topic-{n}", keeps_card=True)) for n in range(140)
    ]
    made = render_messages(replies.list_card("Topics", rows))
    assert sum(len(menu["options"]) for body in made for menu in message_view.list_menus(body)) == 125
    assert "Topic 139" in "\n".join(map(message_view.get_text, made))
    assert len(render_messages(replies.message_card("t", "word " * 5000))) > 4


@pytest.mark.parametrize("start", ["# head", "### head", "- item", "> quote", "1. one", "  # head", "-# small"])
def test_a_list_item_is_never_a_heading_a_quotation_or_a_list_of_its_own(start: str) -> None:
    assert markup.render_list([(Text(start),)]) == "- " + re.sub(r"^(\s*)(\d*)", r"\1\2\\", start)


@pytest.mark.parametrize("text", ["@$everyone$", "@\x00everyone", "@\u202ehere"])
def test_no_mention_is_made_of_what_is_dropped_or_of_two_runs(text: str) -> None:
    assert not re.search("@(?:everyone|here)", markup.render_plain_line(parse_inline(text)))
