"""Text to copy, as each platform shows it: whole, and nothing in it is markup."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from digestbot.cards.card import Card, Code, Heading, Text
from digestbot.cards.split import split_card
from digestbot.platforms.console.render import render_card
from digestbot.platforms.discord.outgoing import layout
from digestbot.platforms.telegram.outgoing import classic, rich
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard

TEXT = '@misc{a,\n  title = {<b>x</b> & "y" `` ``` @everyone},\n}'
CARD = Card((Heading((Text("Cite"),)), Code(TEXT, "bibtex")))


def test_on_telegram_it_is_preformatted_with_its_language_and_escaped() -> None:
    whole = "title = {&lt;b&gt;x&lt;/b&gt; &amp; &quot;y&quot; `` ``` @everyone}"
    html = classic.render_html(CARD)
    assert '<pre><code class="language-bibtex">@misc{a,\n' in html
    assert html.endswith("},\n}</code></pre>") or "}</code></pre>" in html
    assert whole in html
    assert whole in rich.render_html(CARD, rich.RichOptions("bot"), Keyboard(CARD))


def test_on_discord_a_fence_that_it_has_inside_does_not_end_it() -> None:
    text = layout.render_block(CARD.blocks[1])
    assert text.startswith("```bibtex\n@misc{a,\n")
    assert text.endswith("\n}\n```")
    assert "``" not in text[3:-3]


def test_in_a_terminal_it_stands_out_of_the_frame_with_its_lines_whole() -> None:
    long = Code("author = {" + "Ada Moreno and " * 30 + "}")
    console = Console(width=60, file=io.StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(render_card(Card((Heading((Text("Cite"),)), long)), 60), crop=False)
    assert long.text in captured.get().splitlines()


@pytest.mark.parametrize("length", [50, 9_000])
def test_long_text_is_split_between_lines_and_nothing_is_lost(length: int) -> None:
    code = Code("\n".join(f"line {number} " + "x" * (length % 90) for number in range(length // 10)), "bibtex")
    for measure, limit in (
        (classic._measure_block, classic.MESSAGE_LIMIT),
        (layout.measure_block, classic.MESSAGE_LIMIT),
    ):
        cards = split_card(Card((Heading((Text("Cite"),)), code)), measure, limit)
        parts = [block for card in cards for block in card.blocks if isinstance(block, Code)]
        assert "\n".join(part.text for part in parts) == code.text
        assert all(part.language == "bibtex" for part in parts)
        assert all(measure(part).fits_in(limit) for part in parts)
    (whole,) = split_card(Card((Code("x" * 30),)), layout.measure_block, classic.MESSAGE_LIMIT)
    assert whole.blocks == (Code("x" * 30),)
