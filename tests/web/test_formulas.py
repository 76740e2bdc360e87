"""Formulas on web pages: set as a whole or shown as they are written, and never anything else than a formula."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from digestbot.domain.topic import Topic
from digestbot.web.formulas import render_formula
from digestbot.web.render import render_digest_page, render_feed
from tests.factories import make_digest, make_entry


@pytest.mark.parametrize(
    ("source", "inner"),
    [
        ("K_D", "<msub><mi>K</mi><mi>D</mi></msub>"),
        ("10^{-8}", "<msup><mn>10</mn><mrow><mo>−</mo><mn>8</mn></mrow></msup>"),
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        ("a<b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\text{<b>&}", "<mtext>&lt;b&gt;&amp;</mtext>"),
        (r"\{x\}", "<mo"),
    ],
)
def test_a_formula_is_set(source: str, inner: str) -> None:
    shown = render_formula(source)
    assert inner in shown
    assert shown.startswith('<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="')


@pytest.mark.parametrize(
    "source", [r"\foo{x}", r"x+\unknown", r"\frac{a", "x_{", "}", r"\left( x", r"K_D + \new{<b>}", "x^", r"\begin{a}"]
)
def test_a_formula_that_cannot_be_set_whole_is_shown_as_it_is_written(source: str) -> None:
    (code,) = LexborHTMLParser(render_formula(source)).css("code")
    assert code.text() == source
    assert not LexborHTMLParser(render_formula(source)).css("math, b")


def list_attributes(html: str) -> set[str]:
    return {name for node in LexborHTMLParser(html).css("math *, code *") for name in node.attributes}


@pytest.mark.parametrize(
    "source",
    [r"\href{javascript:alert(1)}{x}", r"\style{background:url(//evil.example)}{x}", r"\color{red}{x}",
     r"\class{x}{y}", r"\text{<script>alert(1)</script>}", r"\text{&lt;img src=x onerror=alert(1)&gt;}",
     r"\mathrm{<img/onerror=x>}", r"\verb|<b>|", r"\hspace{1em;color:red}x"],
)  # fmt: skip
def test_no_formula_brings_an_address_a_style_or_markup(source: str) -> None:
    shown = render_formula(source)
    assert not LexborHTMLParser(shown).css("script, img, a, b")
    assert not list_attributes(shown) & {"href", "style", "class", "mathcolor", "onerror", "src"}


PIECES = [*"x1_^{}<>&\"' ", r"\frac", r"\text", r"\sqrt", r"\left(", r"\href", r"\begin{matrix}"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"x1_^{}<>&\"' ", r"\frac", r"\text", r"\sqrt", r"\left(", r"\href", r"\begin{matrix}"]),
        max_size=25,
    )
)
def test_whatever_is_written_is_a_formula_or_code_and_nothing_else(pieces: list[str]) -> None:
    tree = LexborHTMLParser(render_formula("".join(pieces)))
    body: Any = tree.body
    assert [node.tag for node in body.iter()] in (["math"], ["code"])
    assert not tree.css("script, img, a, b")


def test_a_page_has_formulas_set_and_a_feed_has_them_as_text() -> None:
    digest = make_digest(entries=[make_entry(takeaways=("It binds with a $K_D$ below $10^{-8}$ M.",))])
    page = LexborHTMLParser(render_digest_page(Topic("a", "A"), digest, "en"))
    assert [node.attributes["alttext"] for node in page.css("li math")] == ["K_D", "10^{-8}"]
    feed = render_feed(Topic("a", "A"), [digest], "en", "https://bot.example.org")
    assert "It binds with a Kᴅ below 10⁻⁸ M." in feed
    assert "math" not in feed
