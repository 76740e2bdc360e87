"""Classic cards: embeds within Discord's limits, whatever is in them, and the line that a notification shows."""

from __future__ import annotations

import re
from itertools import cycle, islice, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digestbot.cards import replies
from digestbot.cards.callback_data import ButtonAction
from digestbot.cards.card import Button, Card, Figures, Heading, Paragraph, Text
from digestbot.cards.context import PriorDigest, RenderContext
from digestbot.cards.digests import delivery_cards, digest_cards
from digestbot.cards.papers import figures_card, paper_card
from digestbot.domain.digest import Figure
from digestbot.domain.subscription import CardStyle, Layout, PostMode, Preferences
from digestbot.domain.topic import Topic, slugify
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES
from digestbot.platforms.discord.outgoing.markup import make_notification_text
from digestbot.platforms.discord.outgoing.message import build_messages
from tests.factories import make_digest, make_entry
from tests.places import SAMPLES, SHARED, TIMES
from tests.platforms.discord import message_view
from tests.platforms.discord.api.rules import find_broken_rules
from tests.platforms.discord.spec import find_violations
from tests.platforms.discord.test_cards import HOSTILE, SHOWN, parse_digests

CONTEXT = RenderContext(capabilities=COMMON_CAPABILITIES)
TOPIC = Topic("topic-a", "Topic A")


def render_classic(card: Card, *, in_both_forms: bool = True, **how: Any) -> list[dict[str, Any]]:
    """The card's messages as they are posted, every figure in its place; each is checked, in either form."""
    made = []
    for part in build_messages(card, SHOWN, style=CardStyle.CLASSIC, **how):
        addresses = {figure.url: figure.url for figure in part.figures}
        body = to_json(part.build_body(addresses).build_new(part.preview))
        assert find_broken_rules("/channels/1/messages", body) == []
        assert find_violations("POST", "/channels/1/messages", body) == []
        made.append(body)
        if in_both_forms:
            rich = to_json(part.build_body(addresses, CardStyle.RICH).build_new())
            assert find_broken_rules("/channels/1/messages", rich) == [], "it may have to be shown without embeds"
    return made


def to_json(new: dict[str, Any]) -> dict[str, Any]:
    """What discord.py sends of a new message."""
    view = new.get("view")
    body: dict[str, Any] = {"allowed_mentions": {"parse": []}}
    body |= {"embeds": [embed.to_dict() for embed in new["embeds"]]} if "embeds" in new else {}
    body |= {"content": new["content"]} if "content" in new else {}
    if view is None:
        return body
    return body | {"components": view.to_components(), "flags": (1 << 15) * view.has_components_v2()}


@pytest.mark.parametrize("folder", [SAMPLES, SHARED], ids=["samples", "shared"])
def test_every_page_is_within_the_limits_of_embeds_however_it_is_posted(folder: Any) -> None:
    if not folder.is_dir():
        pytest.skip("the real pages (../shared/digests) are not beside the checkout")
    found, ways = parse_digests(folder), cycle(product(Layout, PostMode, ("en", "zh")))
    assert len(found) >= (117 if folder is SHARED else 16)
    for one in found:
        topic = Topic(slugify(one.topic), one.topic)
        for layout, mode, language in islice(ways, min(TIMES, 9)):
            context = RenderContext(language, layout, capabilities=COMMON_CAPABILITIES)
            cards = delivery_cards(topic, one, context, Preferences(post_mode=mode))
            whole = TIMES > 1 or folder is SAMPLES
            first, *rest = [body for card in cards for body in render_classic(card, in_both_forms=whole)]
            assert first["content"].startswith(
                make_notification_text(f"{one.topic} · {context.format_day(one.date)} · ")
            )
            assert not any("content" in body for body in rest)
            shown = "\n".join(map(message_view.get_text, (first, *rest)))
            for item in one.entries:
                assert item.paper.arxiv_id in shown


def test_every_fourth_real_paper_is_an_embed_with_all_its_figures() -> None:
    if not SHARED.is_dir():
        pytest.skip("the real pages (../shared/digests) are not beside the checkout")
    for one in parse_digests(SHARED)[::12]:
        topic = Topic(slugify(one.topic), one.topic)
        for item in one.entries[::2]:
            made = render_classic(paper_card(item, topic, one.date, CONTEXT, is_expanded=True), with_share_button=True)
            assert sum(len(message_view.list_pictures(body)) for body in made) == len(item.figures)


def test_nothing_of_a_paper_is_markup_or_a_mention() -> None:
    item = make_entry(title=HOSTILE, headline=HOSTILE, takeaways=(HOSTILE,), authors=(HOSTILE,), abstract=HOSTILE)
    day = make_digest().date
    for card in (
        paper_card(item, Topic("topic-a", HOSTILE), day, CONTEXT, is_expanded=True),
        *delivery_cards(Topic("a", HOSTILE), make_digest(entries=[item]), CONTEXT, Preferences()),
    ):
        for body in render_classic(card):
            shown = re.sub(r"\\.", "", message_view.get_text(body)) + body.get("content", "")
            for dangerous in ("@everyone", "<@&1>", "<@2>", "||secret||", "[text](https", "<t:1", "\x1b", "\u202e"):
                assert dangerous not in shown


def test_a_title_of_any_length_is_shown_whole_and_linked() -> None:
    for length in (255, 256, 257, 900):
        (body,) = render_classic(Card((Heading((Text("x" * length),), "https://a.example"), Paragraph((Text("end"),)))))
        (embed,) = body["embeds"]
        assert ("title" in embed) is (length <= 256)
        assert "x" * length in message_view.get_text(body)
        assert embed.get("url") == "https://a.example" or "](https://a.example)**" in embed["description"]


def test_links_have_the_form_that_every_reader_of_markdown_knows() -> None:
    item = make_entry("10.1000/a(b)c")
    (card,) = digest_cards(TOPIC, make_digest(entries=[item]), CONTEXT)
    (body,) = render_classic(card)
    description = body["embeds"][0]["description"]
    assert re.search(r"\[A paper [^\]]*\]\(https://[^\s()<>]+\)", description)
    assert "(<" not in description


def test_figures_are_shown_four_together_and_all_of_them() -> None:
    figures = tuple(Figure(f"https://figures.example.org/{n}.png") for n in range(13))
    labels = tuple(f"Figure {n}" for n in range(13))
    card = Card((Heading((Text("t"),), "https://a.example"), Paragraph((Text("words"),)), Figures(figures, labels)))
    made = render_classic(card)
    assert [url for body in made for url in message_view.list_pictures(body)] == [figure.url for figure in figures]
    shared = [embed["url"] for embed in made[0]["embeds"]]
    assert max(shared.count(url) for url in shared) == 4


def test_a_card_of_figures_says_what_each_is() -> None:
    item = make_entry(figures=tuple(Figure(f"https://figures.example.org/{n}.png", (), f"Shows {n}") for n in range(3)))
    (body,) = render_classic(figures_card(item, CONTEXT))
    assert [embed["description"] for embed in body["embeds"]] == ["Shows 0", "Shows 1", "Shows 2"]
    assert all("image" in embed for embed in body["embeds"])


def test_a_full_digest_has_an_embed_for_each_paper_with_its_figure_beside_it() -> None:
    two = make_digest(entries=[make_entry("2611.00001"), make_entry("2611.00002", figures=())])
    (card,) = digest_cards(TOPIC, two, RenderContext(layout=Layout.FULL, capabilities=COMMON_CAPABILITIES))
    (body,) = render_classic(card)
    assert message_view.list_pictures(body) == ["https://figures.example.org/2611.00001.png"]
    assert [("thumbnail" in embed, "- One" in embed["description"]) for embed in body["embeds"][1:]] == [
        (True, False),
        (False, False),
    ]
    assert message_view.get_text(body).count("• One thing.") == 2


def test_papers_are_chosen_from_a_menu_by_name_and_one_alone_has_its_button() -> None:
    ten = make_digest(entries=[make_entry(f"2611.{n:05}") for n in range(10)])
    (card,) = digest_cards(TOPIC, ten, CONTEXT)
    (body,) = render_classic(card)
    (menu,) = message_view.list_menus(body)
    assert [option["label"] for option in menu["options"]][:2] == ["1 A paper 2611.00000", "2 A paper 2611.00001"]
    assert [ButtonAction.decode(option["value"]) for option in menu["options"]][3] == ButtonAction(
        "paper 2611.00003", history=("digest topic-a 2026-11-23",)
    )
    (card,) = digest_cards(TOPIC, make_digest(), CONTEXT)
    (body,) = render_classic(card)
    assert message_view.list_labels(body) == ["Details"]


@pytest.mark.parametrize(("rows", "menus"), [(1, []), (8, []), (9, [9]), (26, [25, 1]), (140, [25] * 5)])
def test_rows_have_buttons_that_name_them_or_menus(rows: int, menus: list[int]) -> None:
    listed = [(f"Topic {n}", "about it", Button("Subscribe", f"subscribe topic-{n}", is_on=False)) for n in range(rows)]
    made = render_classic(replies.list_card("Topics", listed))
    assert [len(menu["options"]) for body in made for menu in message_view.list_menus(body)] == menus
    labels = [label for body in made for label in message_view.list_labels(body)]
    assert labels == ([] if menus else [f"Topic {n}: Subscribe" for n in range(rows)])
    assert all(f"**Topic {n}**" in "\n".join(map(message_view.get_text, made)) for n in range(rows))


def test_more_buttons_than_there_are_rows_leave_the_cards_own() -> None:
    listed = [(f"Topic {n}", "", Button("Subscribe", f"subscribe topic-{n}")) for n in range(125)]
    own = [Button(f"b{n}", f"help {n}") for n in range(7)]
    *_, last = render_classic(replies.list_card("Topics", listed, buttons=own))
    assert len(last["components"]) == 5
    assert message_view.list_labels(last) == [f"b{n}" for n in range(7)]


def test_very_long_text_goes_on_in_further_messages_and_none_of_it_is_lost() -> None:
    words = [f"word{n}" for n in range(4000)]
    made = render_classic(replies.message_card("t", " ".join(words)))
    assert len(made) > 4
    assert [word for body in made for word in re.findall(r"word\d+", message_view.get_text(body))] == words


# -- what a notification says ------------------------------------------------------------------------------------


def test_the_line_says_topic_number_and_the_first_title_that_is_new() -> None:
    day = make_digest().date
    papers = [make_entry(f"2611.0000{n}", title=f"Title {n} of $x^2$") for n in (1, 2)]
    first, *rest = delivery_cards(TOPIC, make_digest(entries=papers), CONTEXT, Preferences(post_mode=PostMode.THREADS))
    assert make_notification_text(first.preview) == "Topic A · Mon 23 Nov · 2 papers · Title 1 of x²"
    assert [card.preview for card in rest] == [""] * len(rest)
    seen = RenderContext("zh", prior_digests={"2611.00001": PriorDigest("T", day)}, capabilities=COMMON_CAPABILITIES)
    first, *_ = delivery_cards(TOPIC, make_digest(entries=papers), seen, Preferences())
    assert make_notification_text(first.preview) == "Topic A · 11月23日 周一 · 2 篇论文 · Title 2 of x²"


@given(st.one_of(st.text(max_size=60), st.text("*_~`|<>[]()\\@#>-+ .:/ahtps\n$", max_size=40)))
@settings(max_examples=300)
def test_any_text_of_a_notification_is_text(text: str) -> None:
    line = make_notification_text(text)
    assert not set(line) & set("*~`|<>[]\\\n")
    assert not re.search(r"@\w|\w+://|(?<![^\W_])_|_(?![^\W_])", line)
    assert not line.startswith(("#", "-", "+", ">"))
    assert len(line) <= 200


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("pi_0 and _x_ and __y__", "pi_0 and x and y"),
        ("join discord.gg/abc now", "join discord.\u2060gg/abc now"),
        ("see https://evil.example", "see  evil.example"),
        ("@everyone <@&1>", "@\u2060everyone @&1"),
        ("# head", "head"),
    ],
)
def test_what_would_be_markup_in_a_notification_is_dropped(text: str, line: str) -> None:
    assert make_notification_text(text) == line
