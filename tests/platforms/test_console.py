"""The terminal: what cards look like there, and what can never get through."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console

from digestbot.app import App
from digestbot.cards.card import Card, Heading, Item, Paragraph, Text
from digestbot.cards.plain import readable_math
from digestbot.core.ports import Platform, Said
from digestbot.domain.subscription import Address
from digestbot.platforms.console import ConsolePlatform, JsonConsole
from digestbot.platforms.console.prose import breaks
from digestbot.platforms.console.render import render

CARDS = (
    "/start",
    "/help",
    "/topics",
    "/latest protein-design",
    "/paper 2611.90203",
    "/paper 2611.90203 full",
    "/settings",
    "/latest x",
)


def shown(card: Card, width: int, *, hyperlinks: bool = True, color: bool = False) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        force_terminal=color,
        color_system="truecolor" if color else None,
    )
    with console.capture() as captured:
        console.print(render(card, width, hyperlinks=hyperlinks))
    return captured.get()


def test_the_console_is_a_platform() -> None:
    platforms: list[Platform] = [ConsolePlatform(), JsonConsole()]
    assert {platform.name for platform in platforms} == {"console"}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("text", CARDS)
async def test_every_card_fits_its_width_and_loses_no_text(app: App, text: str, width: int) -> None:
    card = (await app.dispatcher.reply(Said(Address("console", "local"), text, "zh"))).card
    lines = shown(card, width).splitlines()
    assert {cell_len(line) for line in lines} == {min(width, 100)}
    assert not any("…" in line for line in lines if "…" not in str(card))


async def test_without_hyperlinks_addresses_are_written_out(app: App) -> None:
    card = (await app.dispatcher.reply(Said(Address("console", "local"), "/paper 2611.90112", "en"))).card
    assert "https://figures.example.org/2611.90112/2.png" in shown(card, 100, hyperlinks=False)
    assert "https://figures.example.org/2611.90112/2.png" not in shown(card, 100)
    assert "https://figures.example.org/2611.90112/2.png" in shown(card, 100, color=True)  # as a terminal's link


def test_text_from_papers_never_becomes_markup_or_moves_the_cursor() -> None:
    evil = "[red]A[/red] \x1b[2J\x1b]8;;http://evil.example\x07 \u202eabc `x` @everyone <b> :smile:"
    card = Card((Heading((Text(evil),)), Paragraph((Text(evil),)), Item(1, (Text(evil),), "http://x\x1b]0;y\x07")))
    for color in (True, False):
        text = shown(card, 100, color=color)
        assert "\x1b[2J" not in text
        assert "\x07" not in text
        assert "\u202e" not in text
    assert "[red]A[/red]" in text
    assert ":smile:" in text


def test_chinese_breaks_between_characters_and_never_before_a_comma() -> None:
    text = "提出3D反馈增强，解码特征并编码视图以增强模型（Adapter）。"
    cuts = [0, *breaks(text, 14), len(text)]
    lines = [text[a:b] for a, b in pairwise(cuts)]
    assert "".join(lines) == text
    assert all(cell_len(line) <= 14 for line in lines)
    assert not any(line[0] in "，。）" for line in lines)


def test_a_word_longer_than_the_line_is_broken() -> None:
    url = "https://example.org/" + "a" * 50
    cuts = [0, *breaks(f"see {url} now", 20), len(f"see {url} now")]
    assert all(b - a <= 21 for a, b in pairwise(cuts))


def test_latex_is_shown_as_near_to_its_look_as_characters_go() -> None:
    assert readable_math(r"10^{-8} \times \mathrm{M}_{12}") == "10⁻⁸ × M₁₂"
