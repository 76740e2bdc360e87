"""Text as plain characters, and text as runs: what no renderer lets through, and what is a formula or a link."""

from __future__ import annotations

import pytest

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Heading,
    Link,
    ListItem,
    Math,
    Paragraph,
    Text,
    TextStyle,
    join_lines,
    merge_bullets,
    parse_inline,
    to_plain_text,
)
from digestbot.cards.replies import alert_card, error_card, list_card, message_card, paused_card, resolved_card
from digestbot.cards.text import drop_control_characters, math_to_scripts, math_to_text, replace_unprintable


@pytest.mark.parametrize(
    "code",
    [0x00, 0x07, 0x08, 0x0B, 0x0C, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x9B, 0x9F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E,
     0x2066, 0x2067, 0x2068, 0x2069, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF],
    ids=hex,
)  # fmt: skip
def test_what_moves_the_cursor_or_turns_the_line_is_left_out(code: int) -> None:
    assert drop_control_characters(f"a{chr(code)}b") == "ab"
    assert replace_unprintable(f"a{chr(code)}b") == "a�b"


@pytest.mark.parametrize(
    "code", [0x09, 0x0A, 0x20, 0x7E, 0xA0, 0x2029, 0x202F, 0x2065, 0x206A, 0xE000, 0xFFFD], ids=hex
)
def test_what_only_stands_there_is_kept(code: int) -> None:
    assert drop_control_characters(f"a{chr(code)}b") == f"a{chr(code)}b"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("x^0123", "x⁰123"), ("x^{0123456789}", "x⁰¹²³⁴⁵⁶⁷⁸⁹"), ("x^{+-=()n}", "x⁺⁻⁼⁽⁾ⁿ"), ("x^n", "xⁿ"),
        ("x^y", "xʸ"), ("x^q", "x^q"), ("K_D", "Kᴅ"), ("K_{cat}/K_M", "K_cat/K_M"), ("n^{-1/2}", "n^(-1/2)"),
        ("x_{t-1}", "xₜ₋₁"),
        (r"\frac{1}{2}", "1/2"), (r"\frac{a+b}{\sqrt{n}}", "(a+b)/(√n)"), (r"\hat{y}", "y\u0302"),
        (r"\bar x", "x\u0304"),
        (r"\left\|\mathbf{x}\right\|_2", "‖x‖₂"), (r"\sum_{i=1}^{n} x_i^2", "∑ᵢ₌₁ⁿ xᵢ²"), (r"\pi_0", "π₀"),
        (r"\mathcal{O}(n \log n)", "O(n log n)"), (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"), (r"\new{x}", r"\new{x}"),
        ("x_1", "x₁"), ("x_{0123456789}", "x₀₁₂₃₄₅₆₇₈₉"), ("x_i", "xᵢ"),
        (r"\mathrm{SE}(3)", "SE(3)"), (r"\mathbf{x}\times\text{y}", "x×y"),
        (r"\alpha\beta\gamma\lambda\sigma\mu\epsilon", "αβγλσμε"),
        (r"\leq 3", "≤ 3"), (r"\geq 3", "≥ 3"), (r"\pm 3", "± 3"), (r"\to", "→"), (r"\total", r"\total"),
        (r"\alpha\total", r"\alpha\total"), (r"F_\mathrm{max}", "Fₘₐₓ"),
        ("x_{i,j}^2", "x_(i,j)^2"), (r"90^\circ", "90°"), (r"x^\top", "xᵀ"), (r"\{a\}", "{a}"), (r"{\alpha}_1", "α₁"),
        (r"\rightarrow", "→"), (r"50\%", "50%"), (r"a\_b", "a_b"), (r"\approx\sim\infty\cdot", "≈~∞·"),
    ],
)  # fmt: skip
def test_a_formula_is_as_near_to_its_look_as_plain_characters_go(source: str, shown: str) -> None:
    assert math_to_text(source) == shown


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("$x$", [Math("x")]),
        ("$" + "x" * 300 + "$", [Math("x" * 300)]),
        ("$" + "x" * 301 + "$", [Text("$" + "x" * 301 + "$")]),
        ("$5 and $6", [Text("$5 and $6")]),
        ("$5$6", [Text("$5$6")]),  # no digit follows a formula
        ("$x$y", [Math("x"), Text("y")]),
        ("$ x$", [Text("$ x$")]),
        ("$x $", [Text("$x $")]),
        ("$$x$$", [Text("$"), Math("x"), Text("$")]),
        ("$a$ $b$", [Math("a"), Text(" "), Math("b")]),
        ("$a\nb$", [Text("$a\nb$")]),
        ("(https://a.example/x).", [Text("("), Link("https://a.example/x", "https://a.example/x"), Text(").")]),
        ("\\url{https://a.example/x_y}!", [Link("https://a.example/x_y", "https://a.example/x_y"), Text("!")]),
        ("见https://a.example。", [Text("见"), Link("https://a.example", "https://a.example"), Text("。")]),
        ("", []),
    ],
)
def test_formulas_and_links_are_told_from_the_text_around_them(text: str, parts: list[object]) -> None:
    assert list(parse_inline(text)) == parts


def test_text_around_formulas_has_the_style_that_was_asked_for() -> None:
    assert parse_inline("a $b$ c", TextStyle.STRONG) == (
        Text("a ", TextStyle.STRONG),
        Math("b"),
        Text(" c", TextStyle.STRONG),
    )
    assert to_plain_text(parse_inline("a $b$ https://c.example")) == "a b https://c.example"
    assert join_lines([(Text("a"),), (Math("b"),)], " · ") == (Text("a"), Text(" · ", TextStyle.MUTED), Math("b"))
    assert join_lines([], " · ") == ()


def test_lists_that_follow_each_other_are_one() -> None:
    one, two, three = ((Text(word),) for word in ("one", "two", "three"))
    between = Paragraph((Text("between"),))
    blocks: list[Block] = [Bullets((one,)), Bullets((two,)), between, Bullets((three,))]
    assert list(merge_bullets(blocks)) == [Bullets((one, two)), between, Bullets((three,))]


# -- short answers ------------------------------------------------------------------------------------------------


def test_an_answer_to_what_went_wrong_is_not_ok_and_shows_what_works() -> None:
    button = Button("Latest", "latest")
    card = error_card("That did not work", "There is $no$ such.", "Try this", ["/latest", "/topics"], [button])
    assert (card.ok, card.buttons) == (False, (button,))
    assert isinstance(card.blocks[1], Paragraph)
    assert card.blocks[1].line == (Text("There is $no$ such."),)  # what somebody typed is no formula
    assert isinstance(card.blocks[2], Paragraph)
    assert to_plain_text(card.blocks[2].line) == "Try this: /latest, /topics"
    assert len(error_card("That did not work", "No.", "", []).blocks) == 2


def test_other_answers_are_ok_and_leave_out_what_is_empty() -> None:
    button = Button("Latest", "latest")
    card = message_card("", "", "Done.", buttons=[button])
    assert (card.ok, card.blocks, card.buttons) == (True, (Paragraph((Text("Done."),)),), (button,))
    card = list_card("Topics", [("A", "about A", button), ("B", "", None)], "", "after", buttons=[button])
    heading, first, second, after = card.blocks
    assert isinstance(heading, Heading)
    assert first == ListItem(None, (Text("A"),), "", ((Text("about A", TextStyle.MUTED),),), button=button)
    assert second == ListItem(None, (Text("B"),), "")
    assert after == Paragraph((Text("after", TextStyle.MUTED),))
    assert card.buttons == (button,)


def test_trouble_and_relief_are_told_in_the_readers_language() -> None:
    assert "Deliveries to “Club” are paused: it is gone." in str(paused_card("en", "Club", "it is gone"))
    assert "No more digests for Club" in str(paused_card("en", "Club", "it is gone"))
    assert "the disk is full" in str(alert_card("en", "the disk is full"))
    assert "works again" in str(resolved_card("en"))
    assert "Club" in str(paused_card("zh", "Club", "it is gone"))
    assert "Deliveries" not in str(paused_card("zh", "Club", "it is gone"))


@pytest.mark.parametrize(
    ("source", "scripts"),
    [("K_D", "K_{D}"), (r"x_i^{\alpha/2}", "x_{i}^{α/2}"), ("x_{a_b}", ""), (r"\new{x}_1", ""), ("{x", "")],
)
def test_markup_raises_and_lowers_each_part_of_a_formula_or_none(source: str, scripts: str) -> None:
    assert math_to_scripts(source) == scripts
