"""Cards in both forms: within every limit, whatever is in them, and nothing lost that fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digestbot.cards import replies
from digestbot.cards.card import (
    Block,
    Button,
    Card,
    Details,
    Figures,
    Heading,
    ListItem,
    Math,
    Paragraph,
    Text,
    parse_inline,
)
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import delivery_cards, digest_card, digest_cards
from digestbot.cards.papers import paper_card
from digestbot.domain.digest import Digest, Figure, Section
from digestbot.domain.subscription import CardStyle, Layout, Preferences
from digestbot.domain.topic import Topic, slugify
from digestbot.figures.downloads import FigureDownloader
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing.markup import FormulaStyle, InlineRenderer
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage, ServerFeatures, build_messages
from tests.factories import make_digest, make_entry
from tests.pages import test_shared_pages as shared
from tests.places import SHARED, TIMES
from tests.platforms.telegram.botapi import markup

T = TypeVar("T")
FORMS = [CardStyle.RICH, CardStyle.CLASSIC]
EVIL = "<b>&amp;\"'`$x^2$ @everyone #tag /start $USD \u202eabc\x00 \U0001f9ec\U0001f9ec ID$^3$ \\url{https://a.example/<x>}"
TOPIC = Topic("topic-a", "Topic A")


def make_messages(card: Card, form: CardStyle) -> list[OutgoingMessage]:
    return build_messages(card, form, ServerFeatures("digest_test_bot"), FigureDownloader())


def make_context(form: CardStyle, language: str = "en", layout: Layout = Layout.CARDS) -> RenderContext:
    return RenderContext(language, layout, capabilities=build_capabilities(form, rich=True, can_choose_style=True))


def check_messages(made: Sequence[OutgoingMessage], form: CardStyle) -> list[markup.ParsedMessage]:
    """The messages, each within Telegram's limits; the parsers are as strict as its own."""
    found = []
    for part in made:
        parsed = markup.parse_rich(part.text) if form is CardStyle.RICH else markup.parse_classic(part.text)
        assert parsed.text.strip()
        if form is CardStyle.RICH:
            assert len(parsed.text) <= 32_768
            assert (parsed.blocks <= 500, parsed.depth <= 16, len(parsed.media) <= 50) == (True, True, True)
        else:
            assert markup.count_units(parsed.text) <= (1024 if part.is_album else 4096)
        data = [b["callback_data"] for row in part.keyboard for b in row if "callback_data" in b]
        data += [button["data"] for button in parsed.buttons if "data" in button]
        assert all(1 <= len(str(one).encode()) <= 64 for one in data)
        assert sum(map(len, part.keyboard)) <= 100
        found.append(parsed)
    return found


def join_texts(made: list[markup.ParsedMessage]) -> str:
    return "\n".join(parsed.text for parsed in made)


# -- the real pages -----------------------------------------------------------------------------------------------


def iter_real_digests() -> Iterator[Digest]:
    if SHARED.is_dir():
        yield from shared.parse_digests()[0]


def take_turn(cases: Iterable[T], turn: int, turns: int) -> list[T]:
    """In the short form every so-manieth case, each in one of the turns; in the long form all in each."""
    return list(cases) if TIMES > 1 else list(islice(cases, turn, None, turns))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real pages (../shared/digests) are not beside the checkout")
@pytest.mark.parametrize(("turn", "form"), list(enumerate(FORMS)))
def test_all_real_digests_fit_in_both_forms_with_every_paper(turn: int, form: CardStyle) -> None:
    found = list(iter_real_digests())
    assert len(found) == 117
    for one in take_turn(found, turn, 2):
        topic = Topic(slugify(one.topic), one.topic)
        cards = digest_cards(topic, one, make_context(form, "zh"))
        joined = join_texts(check_messages([part for card in cards for part in make_messages(card, form)], form))
        for number in range(1, len(one.entries) + 1):
            assert f"{number}. " in joined
        assert joined.count("AI 总结") == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real pages (../shared/digests) are not beside the checkout")
@pytest.mark.parametrize(("turn", "form", "full"), [(i, *how) for i, how in enumerate(product(FORMS, (False, True)))])
def test_every_real_papers_own_card_fits_too(turn: int, form: CardStyle, full: bool) -> None:
    papers = ((one, shown) for one in iter_real_digests() for shown in one.entries)
    for one, shown in take_turn(papers, turn, 4):
        topic = Topic(slugify(one.topic), one.topic)
        card = paper_card(shown, topic, one.date, make_context(form, "zh"), is_expanded=full)
        check_messages(make_messages(card, form), form)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real pages (../shared/digests) are not beside the checkout")
@pytest.mark.parametrize("layout", list(Layout))
def test_every_layout_of_a_real_digest_fits(layout: Layout) -> None:
    for one in list(iter_real_digests())[::10]:
        for form in FORMS:
            cards = digest_cards(TOPIC, one, make_context(form, "en", layout))
            check_messages([part for card in cards for part in make_messages(card, form)], form)


# -- what stands where --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("updated", [False, True])
def test_a_folded_paper_leads_to_its_page(updated: bool) -> None:
    one = replace(make_entry(), is_updated=updated)
    [part] = make_messages(digest_card(TOPIC, make_digest(entries=[one]), make_context(CardStyle.RICH)), CardStyle.RICH)
    assert f'<a href="{one.paper.url}">{one.paper.identifier}</a>' in part.text


def test_several_digests_have_one_heading_and_their_days() -> None:
    days = [
        make_digest("Topic A", f"2026-11-{day}", entries=[make_entry(f"2611.{day}{i}") for i in range(100, 103)])
        for day in (23, 20)
    ]
    (card,) = delivery_cards(TOPIC, days[0], make_context(CardStyle.RICH), Preferences(), earlier=days[1:])
    (part,) = make_messages(card, CardStyle.RICH)
    order = ["Fri 20 Nov – Mon 23 Nov · 6 papers</h2>", "<h3>Mon 23 Nov</h3>", "<h3>Fri 20 Nov</h3>"]
    assert sorted(order, key=part.text.index) == order


def test_a_rich_digest_folds_each_paper_with_its_line_outside() -> None:
    many = make_digest(entries=[make_entry(f"2611.{i:05}") for i in range(1, 15)])
    (card,) = digest_cards(TOPIC, many, make_context(CardStyle.RICH))
    (part,) = make_messages(card, CardStyle.RICH)
    html = part.text
    assert html.startswith("<h2>Topic A · Mon 23 Nov · 14 papers</h2>")
    assert html.count("<details><summary><b>") == 14
    assert "<b>1. It measures what was only believed.</b> — A paper 2611.00001</summary>" in html
    assert html.count("A paper 2611.00014") == 1
    assert "<ul><li>One thing.</li><li>Another thing.</li></ul>" in html
    assert "<details><summary>Abstract</summary><p>We measure" in html
    assert html.endswith("</footer>")
    parsed = markup.parse_rich(html)
    assert [button["type"] for button in parsed.buttons[:3]] == ["callback_data", "url", "switch_inline_query"]
    assert len(parsed.media) == 14


def _render_folded(source: str) -> str:
    """A formula inside details."""
    return InlineRenderer(FormulaStyle.SCRIPTS, detection=True).render_line((Math(source),))


def test_several_figures_are_a_slideshow_and_formulas_are_set_where_nothing_is_folded() -> None:
    figures = tuple(Figure(f"https://f.example/{i}.png") for i in range(3))
    shown = make_entry(title="Scaling as $n^{-1/2}$ & more", figures=figures)
    (part,) = make_messages(
        digest_card(TOPIC, make_digest(entries=[shown]), make_context(CardStyle.RICH)), CardStyle.RICH
    )
    scripts = "Scaling as <i>n<sup>-1/2</sup></i> &amp; more"  # in details, a set formula crashes Telegram Desktop
    assert scripts in part.text
    assert part.text.count("<tg-slideshow>") == 1
    open_card = Card((Heading(parse_inline("Of $x^2$")), Paragraph(parse_inline("Scaling as $n^{-1/2}$ & more"))))
    (open_part,) = make_messages(open_card, CardStyle.RICH)
    assert markup.parse_rich(open_part.text).formulas == ["x^2", "n^{-1/2}"]
    assert _render_folded("K_D < $x$") == "<i>K<sub>D</sub> &lt; $x$</i>"
    assert _render_folded("K_D < $x$ ^{") == "<i>K_D &lt; $x$ ^{</i>"  # not half of it
    assert _render_folded(r"d_{\mathrm{model}}^{2}") == "<i>d<sub>model</sub><sup>2</sup></i>"
    (classic,) = make_messages(
        digest_card(TOPIC, make_digest(entries=[shown]), make_context(CardStyle.CLASSIC)), CardStyle.CLASSIC
    )
    assert "Scaling as <i>n^(-1/2)</i> &amp; more" in classic.text


def test_a_full_layout_is_unfolded_and_headlines_hold_nothing_more() -> None:
    one = make_digest(entries=[make_entry()])
    (full,) = make_messages(digest_card(TOPIC, one, make_context(CardStyle.RICH, layout=Layout.FULL)), CardStyle.RICH)
    assert "<details open>" in full.text
    (lines,) = make_messages(
        digest_card(TOPIC, one, make_context(CardStyle.RICH, layout=Layout.HEADLINES)), CardStyle.RICH
    )
    assert "<details" not in lines.text
    assert lines.keyboard[0][0]["text"] == "1 A paper 2611.00001"


def test_a_classic_paper_shows_its_first_figure_as_a_preview_and_the_rest_as_an_album() -> None:
    from digestbot.cards.papers import figures_card
    from digestbot.platforms.telegram.outgoing import classic

    figures = tuple(Figure(f"https://f.example/{i}.png") for i in range(11))
    shown = make_entry(figures=figures)
    card = paper_card(shown, TOPIC, make_digest().date, make_context(CardStyle.CLASSIC))
    assert classic.find_preview_url(make_messages(card, CardStyle.CLASSIC)[0].card) == "https://f.example/0.png"
    assert "Figures (11)" in [button.label for button in card.buttons]
    albums = make_messages(figures_card(shown, make_context(CardStyle.CLASSIC)), CardStyle.CLASSIC)
    assert [len(album.photos.figures) for album in albums] == [6, 5]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (2, [2]), (9, [9]), (10, [10]), (11, [6, 5]), (12, [6, 6]), (20, [10, 10]), (21, [7, 7, 7])],
)
def test_albums_hold_ten_pictures_at_most_and_as_many_each_with_their_own_labels(count: int, sizes: list[int]) -> None:
    figures = tuple(Figure(f"https://f.example/{i}.png") for i in range(count))
    labels = tuple(f"Figure {i}" for i in range(count))
    made = make_messages(Card((Heading((Text("Figures"),)), Figures(figures, labels))), CardStyle.CLASSIC)
    assert [len(part.photos.figures) for part in made] == sizes
    assert [figure for part in made for figure in part.photos.figures] == list(figures)
    shown = [block for part in made for block in part.card.blocks if isinstance(block, Figures)]
    assert [label for block in shown for label in block.labels] == list(labels)
    assert all("Figures" in part.text for part in made)


@pytest.mark.parametrize("form", FORMS)
def test_a_figure_that_stands_twice_is_one_picture_and_what_is_no_web_address_is_none(form: CardStyle) -> None:
    urls = ("https://f.example/1.png", "https://f.example/1.png", "file:///etc/passwd", "https://f.example/2.png")
    card = Card((Paragraph((Text("x"),)), Figures(tuple(map(Figure, urls)), ())))
    (made,) = make_messages(card, form)
    assert [figure.url for figure in made.photos.figures] == ["https://f.example/1.png", "https://f.example/2.png"]


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("abc", 3), ("é語", 2), ("\uffff", 1), ("\U00010000", 2), ("a\U0001f9ec語\U0001f9ec", 6)],
)
def test_lengths_are_counted_in_utf_16_units(text: str, length: int) -> None:
    from digestbot.platforms.common.text import count_utf16_units

    assert count_utf16_units(text) == length == markup.count_units(text)


@pytest.mark.parametrize("sign", ["x", "語", "\U0001f9ec"], ids=["one unit", "one unit of three bytes", "two units"])
@pytest.mark.parametrize("form", FORMS)
def test_a_message_is_filled_to_its_limit_in_the_units_that_telegram_counts(form: CardStyle, sign: str) -> None:
    room = 98 // markup.count_units(sign) if form is CardStyle.CLASSIC else 100
    paragraphs = (Paragraph((Text(sign * room),)),) * 400
    first, *_ = check_messages(make_messages(Card(paragraphs), form), form)
    if form is CardStyle.CLASSIC:
        assert 3_900 < markup.count_units(first.text) <= 4_000
    else:
        assert 9_900 <= len(first.text) <= 10_000  # of longer ones some apps show the beginning alone


def test_a_rich_message_is_filled_to_its_limit_of_blocks() -> None:
    first, *_ = check_messages(make_messages(Card((Paragraph((Text("x"),)),) * 600), CardStyle.RICH), CardStyle.RICH)
    assert first.blocks == 480


def test_a_rich_message_takes_fifty_pictures_and_the_next_ones_go_to_another() -> None:
    def make_paper_item(number: int) -> ListItem:
        figures = tuple(Figure(f"https://f.example/{number}/{i}.png") for i in range(6))
        return ListItem(number, (Text(f"Paper {number}"),), "", blocks=(Figures(figures, ()),))

    made = check_messages(
        make_messages(Card(tuple(map(make_paper_item, range(1, 10)))), CardStyle.RICH), CardStyle.RICH
    )
    assert [len(parsed.media) for parsed in made] == [48, 6]


def test_a_help_card_lets_telegram_find_the_commands_and_a_papers_card_does_not() -> None:
    from digestbot.platforms.telegram.outgoing.rich import has_command_names

    helped = Card((Heading((Text("Commands"),)),))
    assert not has_command_names(helped)
    assert not has_command_names(digest_card(TOPIC, make_digest(), make_context(CardStyle.RICH)))


# -- what must not happen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_text_from_papers_is_never_markup_a_mention_or_a_command(form: CardStyle) -> None:
    shown = make_entry(
        title=EVIL * 2,
        authors=tuple(f"{EVIL} {i}" for i in range(60)),
        abstract=EVIL * 9,
        headline=EVIL,
        takeaways=(EVIL, EVIL),
        sections=(Section(EVIL, EVIL),),
        figures=(Figure('https://f.example/"><b>.png'), Figure("javascript:alert(1)"), Figure("file:///etc/passwd")),
    )
    made = make_messages(digest_card(TOPIC, make_digest(entries=[shown]), make_context(form)), form)
    made += make_messages(paper_card(shown, TOPIC, make_digest().date, make_context(form), is_expanded=True), form)
    for parsed in check_messages(made, form):
        assert "\u202e" not in parsed.text
        assert "\x00" not in parsed.text
        assert all(link.startswith(("https://", "http://", "#")) for link in parsed.links)
        assert all(url.startswith("https://") for url in parsed.media)
        if form is CardStyle.CLASSIC:
            assert not re.search(r"(?<!\w)[@#/][A-Za-z]", re.sub(r"https?://\S+", "", parsed.text))


@pytest.mark.parametrize("form", FORMS)
def test_a_placeholder_is_shown_in_neither_form(form: CardStyle) -> None:
    shown = make_entry(headline="", takeaways=(), sections=(), flags=("placeholder",), figures=())
    (part,) = make_messages(digest_card(TOPIC, make_digest(entries=[shown]), make_context(form)), form)
    assert "No summary is available." in part.text


TEXTS = st.text(
    alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("<>&\"'@#$/\\{}_^ \n高斯\U0001f9ec")), max_size=300
)
LONG = st.builds(lambda text, times: text * times, TEXTS, st.integers(0, 200))


@settings(max_examples=60, deadline=None)
@given(title=LONG, headline=TEXTS, abstract=LONG, takeaways=st.lists(TEXTS, max_size=8), many=st.integers(0, 130))
@pytest.mark.parametrize("form", FORMS)
def test_no_text_breaks_a_card(
    form: CardStyle, title: str, headline: str, abstract: str, takeaways: list[str], many: int
) -> None:
    figures = tuple(Figure(f"https://f.example/{i}.png") for i in range(many))
    shown = make_entry(
        title=title or "x",
        headline=headline,
        abstract=abstract,
        takeaways=tuple(takeaways),
        sections=(Section(headline, abstract),),
        figures=figures,
    )
    for card in (
        digest_card(TOPIC, make_digest(entries=[shown, shown]), make_context(form)),
        paper_card(shown, TOPIC, make_digest().date, make_context(form)),
        paper_card(shown, TOPIC, make_digest().date, make_context(form), is_expanded=True),
    ):
        check_messages(make_messages(card, form), form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "blocks",
    [
        (Paragraph((Text("\U0001f9ec" * 50_000),)),),
        (Paragraph(parse_inline("https://a.example/" + "x" * 9_000)),),
        (Heading((Text("word " * 9_000),)), Paragraph((Text("y"),))),
        (Details("s" * 5000, (Paragraph((Text("z " * 40_000),)),)),),
        tuple(ListItem(i, (Text(f"t{i} " * 90),), "https://a.example", ((Text("l" * 300),),)) for i in range(400)),
        (ListItem(1, (Text("t" * 90_000),), "", ((Text("l" * 90_000),), (Text("m" * 90_000),))),),
    ],
    ids=["surrogates", "address", "heading", "details", "items", "item"],
)
def test_what_is_too_long_is_cut_between_words_or_sent_in_several(form: CardStyle, blocks: tuple[Block, ...]) -> None:
    check_messages(make_messages(Card(blocks, (Button("ok", "help"),)), form), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_text_loses_no_word(form: CardStyle) -> None:
    words = [f"word{number}" for number in range(9000)]
    card = replies.message_card("Title", " ".join(words))
    made = check_messages(make_messages(card, form), form)
    assert len(made) > 1
    assert re.findall(r"word\d+", join_texts(made)) == words


def test_buttons_are_on_the_last_message_alone() -> None:
    card = Card((Paragraph((Text("x " * 9000),)),), (Button("ok", "help"),))
    made = make_messages(card, CardStyle.CLASSIC)
    assert [len(part.keyboard) for part in made] == [0] * (len(made) - 1) + [1]


@pytest.mark.parametrize("text", ["@\u202edurov", "@\x00durov", "/\x1bstart", "@$durov$", "#\u2066tag"])
def test_no_name_is_made_of_what_is_dropped_or_of_two_runs(text: str) -> None:
    shown = InlineRenderer(FormulaStyle.PLAIN, detection=True).render_line(parse_inline(text))
    assert not re.search("[@#/][a-z]", re.sub("<[^>]*>", "", shown))
