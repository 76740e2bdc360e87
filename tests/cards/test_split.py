"""Cards in as many messages as they need, up to the last unit that fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Details,
    Figures,
    Heading,
    Line,
    Link,
    ListItem,
    Math,
    NewThread,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    to_plain_text,
)
from digestbot.cards.split import ContentSize, split_card, split_line
from digestbot.domain.digest import Figure

LIMIT = ContentSize(text=400, blocks=8, media=3)
BUTTON = Button("Next", "next")


def read_block(block: Block) -> str:
    match block:
        case Heading(text) | Paragraph(text):
            return to_plain_text(text)
        case Bullets(items):
            return "".join(map(to_plain_text, items))
        case Details(summary, blocks, _, hint):
            return summary + hint + "".join(map(read_block, blocks))
        case ListItem(_, title, _, lines, blocks):
            return to_plain_text(title) + "".join(map(to_plain_text, lines)) + "".join(map(read_block, blocks))
        case Notice(note):
            return note
    return ""


def measure_block(block: Block) -> ContentSize:
    media = len(block.figures) if isinstance(block, Figures) else 0
    if isinstance(block, ListItem):
        media = sum(measure_block(part).media for part in block.blocks)
    return ContentSize(len(read_block(block)), 1 + (len(block.blocks) if isinstance(block, ListItem) else 0), media)


def measure_cards(cards: list[Card]) -> ContentSize:
    return sum((measure_block(block) for card in cards for block in card.blocks), ContentSize(0))


def make_paragraph(size: int) -> Paragraph:
    return Paragraph((Text("x" * size),))


HEAD = Heading((Text("A title"),))


def test_a_size_is_within_a_limit_up_to_the_limit_itself_in_each_of_its_measures() -> None:
    assert ContentSize(400, 8, 3).fits_in(LIMIT)
    assert not ContentSize(401, 8, 3).fits_in(LIMIT)
    assert not ContentSize(400, 9, 3).fits_in(LIMIT)
    assert not ContentSize(400, 8, 4).fits_in(LIMIT)
    assert ContentSize(1, 2, 3) + ContentSize(10, 20, 30) == ContentSize(11, 22, 33)


def test_what_fits_one_message_is_left_as_it_is() -> None:
    card = Card((HEAD, make_paragraph(193), make_paragraph(200)), (BUTTON,), ok=False, command="x", topic="t")
    assert split_card(card, measure_block, LIMIT) == [card]  # 7 and 193 and 200 are 400
    assert (
        len(split_card(replace(card, blocks=(HEAD, make_paragraph(194), make_paragraph(200))), measure_block, LIMIT))
        == 2
    )
    eight: tuple[Block, ...] = (HEAD, *(make_paragraph(1) for _ in range(7)))
    assert len(split_card(Card(eight), measure_block, LIMIT)) == 1
    assert len(split_card(Card((*eight, make_paragraph(1))), measure_block, LIMIT)) == 2


def test_each_message_goes_on_where_the_one_before_ends_and_the_last_has_the_buttons() -> None:
    card = Card(
        (HEAD, *(make_paragraph(150) for _ in range(6))), (BUTTON,), command="x", topic="t", new_thread=NewThread("n")
    )
    cards = split_card(card, measure_block, LIMIT)
    assert [read_block(part.blocks[0]) for part in cards] == ["A title", "x" * 150, "x" * 150]
    assert [part.buttons for part in cards] == [(), (), (BUTTON,)]
    assert [(part.command, part.topic) for part in cards] == [("x", "t")] * 3
    assert all(measure_cards([part]).fits_in(LIMIT) for part in cards)
    assert sum(isinstance(block, Paragraph) for part in cards for block in part.blocks) == 6


@pytest.mark.parametrize(("after", "moves"), [(300, True), (349, True)])
def test_a_sections_heading_stands_with_what_follows_it_where_both_fit(after: int, moves: bool) -> None:
    day = Heading((Text("2026-11-20"),), level=2)
    before, section = make_paragraph(300), make_paragraph(after)
    first, second = split_card(Card((Heading((Text("T" * 30),)), before, day, section)), measure_block, LIMIT)
    assert (day in first.blocks, day in second.blocks) == (not moves, moves)
    assert second.blocks[-1] == section


def test_a_heading_that_is_alone_in_its_message_stays_there() -> None:
    day, section = Heading((Text("x" * 200),), level=2), make_paragraph(300)
    assert [card.blocks for card in split_card(Card((day, section)), measure_block, LIMIT)] == [(day,), (section,)]


def test_figures_alone_in_a_message_stand_under_the_heading() -> None:
    long = Heading((Text("word " * 30),))
    figures = Figures(tuple(Figure(f"https://a.example/{n}.png") for n in range(3)), ("a", "b", "c"))
    first, second = split_card(Card((long, make_paragraph(200), figures, figures)), measure_block, LIMIT)
    assert isinstance(first.blocks[-1], Figures)
    assert [read_block(block) for block in second.blocks] == ["word " * 20 + " (2)", ""]


@pytest.mark.parametrize("first", [make_paragraph(5), Heading((Text("a part"),), level=2)])
def test_a_card_without_a_title_repeats_none(first: Block) -> None:
    cards = split_card(Card((first, make_paragraph(300), make_paragraph(300))), measure_block, LIMIT)
    assert [type(part.blocks[0]) for part in cards] == [type(first), Paragraph]
    assert "(2)" not in read_block(cards[-1].blocks[0])


def test_what_is_longer_than_a_message_is_divided_and_nothing_of_it_is_lost() -> None:
    words = "word " * 300
    blocks: tuple[Block, ...] = (
        Paragraph((Text(words),)),
        Bullets(((Text(words),), (Text("one"),), (Text("two"),))),
        Details("Abstract", (Paragraph((Text(words),)),)),
        Heading((Text(words),), level=2),
    )
    for block in blocks:
        cards = split_card(Card((HEAD, block)), measure_block, LIMIT)
        assert len(cards) > 3
        assert all(measure_cards([part]).fits_in(LIMIT) for part in cards)
        text = "".join(read_block(part) for card in cards for part in card.blocks)
        assert text.count("word") == 300
        assert ("onetwo" in text) is isinstance(block, Bullets)


def test_figures_are_divided_by_how_many_a_message_takes_each_with_its_own_label() -> None:
    figures = Figures(
        tuple(Figure(f"https://a.example/{number}.png") for number in range(7)),
        tuple(f"F{number}" for number in range(7)),
    )
    cards = split_card(Card((HEAD, figures)), measure_block, LIMIT)
    parts = [block for card in cards for block in card.blocks if isinstance(block, Figures)]
    assert [len(part.figures) for part in parts] == [3, 3, 1]
    for part in parts:
        assert [figure.url[-5] for figure in part.figures] == [label[1] for label in part.labels]


def test_a_paper_that_is_too_long_loses_figures_then_what_is_folded_from_the_last_on_and_never_its_button() -> None:
    def make_item(abstract: int, analysis: int) -> ListItem:
        return ListItem(
            1,
            (Text("T" * 20),),
            "https://a.example",
            ((Text("L" * 20),),),
            (
                Bullets(((Text("B" * 20),),)),
                Details("Abstract", (make_paragraph(abstract),), "paper 1 full", "see it"),
                Details("Analysis", (make_paragraph(analysis),), "paper 1 full", "see that"),
                Figures(tuple(Figure(f"https://a.example/{n}.png") for n in range(5)), ("F",) * 5),
            ),
            BUTTON,
        )

    def shrink_item(abstract: int, analysis: int) -> ListItem:
        [card] = split_card(Card((make_item(abstract, analysis),)), measure_block, LIMIT)
        (only,) = card.blocks
        assert isinstance(only, ListItem)
        assert measure_block(only).fits_in(LIMIT)
        assert (only.title, only.button, only.position) == ((Text("T" * 20),), BUTTON, 1)
        return only

    few = shrink_item(50, 50)
    assert [type(block) for block in few.blocks] == [Bullets, Details, Details, Figures]
    assert len(few.blocks[-1].figures) == len(few.blocks[-1].labels) == 3  # type: ignore[union-attr]
    no_analysis = shrink_item(50, 500)
    assert [type(block) for block in no_analysis.blocks] == [Bullets, Details, Figures, Paragraph]
    assert no_analysis.blocks[-1] == Paragraph((Text("Analysis: see that", TextStyle.MUTED),))
    neither = shrink_item(500, 500)
    assert [read_block(block) for block in neither.blocks if isinstance(block, Paragraph)] == [
        "Analysis: see that",
        "Abstract: see it",
    ]


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("x" * 10, 10, ["x" * 10]),
        ("x" * 11, 10, ["x" * 10, "x"]),
        ("aaaa bbbb cccc", 10, ["aaaa bbbb ", "cccc"]),
        ("aaaaaaa bbbbbb", 10, ["aaaaaaa ", "bbbbbb"]),
        ("aa bbbbbbbbbbbbb", 10, ["aa bbbbbbb", "bbbbbb"]),  # a space in the first half is not looked for
    ],
)
def test_a_line_is_cut_at_its_spaces_up_to_so_many_characters(text: str, most: int, pieces: list[str]) -> None:
    found = list(split_line((Text(text, TextStyle.STRONG),), most))
    assert [to_plain_text(piece) for piece in found] == pieces
    assert all(part.style is TextStyle.STRONG for piece in found for part in piece if isinstance(part, Text))


def test_a_cut_goes_through_no_formula_or_link_that_fits() -> None:
    formula, link = Math("a + b + c"), Link("the link", "https://a.example")
    line: Line = (Text("1234567"), formula, Text("12345"), link)
    assert list(split_line(line, 10)) == [(Text("1234567"),), (formula,), (Text("12345"),), (link,)]
    assert list(split_line(line, 16)) == [(Text("1234567"), formula), (Text("12345"), link)]
    assert list(split_line(line, 15)) == [(Text("1234567"),), (formula, Text("12345")), (link,)]
    assert [to_plain_text(piece) for piece in split_line((Math("x" * 12),), 10)] == ["x" * 10, "xx"]
