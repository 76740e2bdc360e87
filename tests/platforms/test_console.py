"""The terminal: what cards look like there, and what can never get through."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Button, Card, Details, Heading, Link, ListItem, Paragraph, Text, TextStyle
from digestbot.cards.text import math_to_text
from digestbot.core.ports import IncomingMessage, Platform
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.console import CONSOLE_ADDRESS, ConsolePlatform, JsonConsolePlatform
from digestbot.platforms.console.adapter import iter_input_lines
from digestbot.platforms.console.choices import list_choices
from digestbot.platforms.console.prose import find_line_breaks
from digestbot.platforms.console.render import render_card

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


def render_text(card: Card, width: int, *, hyperlinks: bool = True, color: bool = False) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        force_terminal=color,
        color_system="truecolor" if color else None,
    )
    with console.capture() as captured:
        console.print(render_card(card, width, hyperlinks=hyperlinks))
    return captured.get()


def test_the_console_is_a_platform() -> None:
    platforms: list[Platform] = [ConsolePlatform(), JsonConsolePlatform()]
    assert {platform.name for platform in platforms} == {"console"}


async def test_every_card_fits_its_width_and_loses_no_text(app: App) -> None:
    for text in CARDS:
        card = (await app.dispatcher.handle_message(IncomingMessage(Address("console", "local"), text, "zh"))).card
        for width in (60, 80, 100, 120):
            lines = render_text(card, width).splitlines()
            assert {cell_len(line) for line in lines} == {min(width, 100)}, (text, width)
            assert not any("…" in line for line in lines if "…" not in str(card)), (text, width)


async def test_without_hyperlinks_addresses_are_written_out(app: App) -> None:
    card = (
        await app.dispatcher.handle_message(IncomingMessage(Address("console", "local"), "/paper 2611.90112", "en"))
    ).card
    assert "https://figures.example.org/2611.90112/2.png" in render_text(card, 100, hyperlinks=False)
    assert "https://figures.example.org/2611.90112/2.png" not in render_text(card, 100)
    assert "https://figures.example.org/2611.90112/2.png" in render_text(card, 100, color=True)  # as a terminal's link


def test_text_from_papers_never_becomes_markup_or_moves_the_cursor() -> None:
    evil = "[red]A[/red] \x1b[2J\x1b]8;;http://evil.example\x07 \u202eabc `x` @everyone <b> :smile:"
    card = Card((Heading((Text(evil),)), Paragraph((Text(evil),)), ListItem(1, (Text(evil),), "http://x\x1b]0;y\x07")))
    for color in (True, False):
        text = render_text(card, 100, color=color)
        assert "\x1b[2J" not in text
        assert "\x07" not in text
        assert "\u202e" not in text
    assert "[red]A[/red]" in text
    assert ":smile:" in text


def test_chinese_breaks_between_characters_and_never_before_a_comma() -> None:
    text = "提出3D反馈增强，解码特征并编码视图以增强模型（Adapter）。"
    cuts = [0, *find_line_breaks(text, 14), len(text)]
    lines = [text[a:b] for a, b in pairwise(cuts)]
    assert "".join(lines) == text
    assert all(cell_len(line) <= 14 for line in lines)
    assert not any(line[0] in "，。）" for line in lines)


def test_a_word_longer_than_the_line_is_broken() -> None:
    url = "https://example.org/" + "a" * 50
    cuts = [0, *find_line_breaks(f"see {url} now", 20), len(f"see {url} now")]
    assert all(b - a <= 21 for a, b in pairwise(cuts))


def test_latex_is_shown_as_near_to_its_look_as_characters_go() -> None:
    assert math_to_text(r"10^{-8} \times \mathrm{M}_{12}") == "10⁻⁸ × M₁₂"


# What is piped in, and what comes out


def pipe_input(lines: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))


async def test_lines_are_answered_until_the_input_ends_or_says_so(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for farewell in ("/exit", "/quit", "exit", "quit", "EXIT", " /Quit "):
        pipe_input(f"  /topics  \n\n   \n/latest x\n{farewell}\n/help\n".encode(), monkeypatch)
        out = io.StringIO()
        console = Console(file=out, width=80, highlight=False, markup=False, emoji=False)
        await ConsolePlatform("en", console=console).listen(app.dispatcher.handle_message)
        prompts = [line for line in out.getvalue().splitlines() if line.startswith("›")]
        assert prompts == ["› /topics", "› /latest x"], farewell
    pipe_input(b"/exit now\n/topics", monkeypatch)
    assert [line async for line in iter_input_lines()] == ["/exit now", "/topics"]


async def test_input_that_is_no_text_is_answered_too(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_input(b"/latest \xff\xfe\n", monkeypatch)
    out = io.StringIO()
    await ConsolePlatform("en", console=Console(file=out, width=80)).listen(app.dispatcher.handle_message)
    assert out.getvalue().count("╭") == 1


@pytest.mark.parametrize(("language", "says"), [("en", "What you can do"), ("zh", "可以这样用")])
async def test_the_terminal_speaks_the_language_that_is_set(
    app: App, language: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for platform in (ConsolePlatform(language), JsonConsolePlatform(language)):
        pipe_input(b"/help\n", monkeypatch)
        await platform.listen(app.dispatcher.handle_message)
        assert says in capsys.readouterr().out


async def test_a_script_sees_what_was_answered_and_what_was_delivered(
    app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = JsonConsolePlatform("en")
    pipe_input("/latest x\n/latest 语音翻译\n".encode(), monkeypatch)
    await platform.listen(app.dispatcher.handle_message)
    card = Card((Heading((Text("高斯"),)), ListItem(0, (Text("A"),), "")), (Button("Next", "latest a p2"),))
    await platform.send(CONSOLE_ADDRESS, card)
    lines = capsys.readouterr().out.splitlines()
    refused, answered, delivered = map(json.loads, lines)
    assert (refused["command"], refused["ok"], answered["ok"]) == ("/latest x", False, True)
    assert "delivered" not in answered
    assert (delivered["delivered"], delivered["chat"], delivered["ok"]) == (True, "local", True)
    assert "command" not in delivered
    assert "高斯" in lines[2]
    assert delivered["buttons"] == [{"label": "Next", "command": "latest a p2"}]
    assert [block["kind"] for block in delivered["blocks"]] == ["heading", "list_item"]
    assert delivered["blocks"][0]["line"] == [{"kind": "text", "text": "高斯", "style": TextStyle.PLAIN}]
    assert "Next" in delivered["text"]


def test_a_terminal_shows_all_and_a_script_is_shown_that_things_fold() -> None:
    assert ConsolePlatform().capabilities_for(CardStyle.RICH) == Capabilities(
        buttons=False, details=False, localized_commands=True
    )
    assert JsonConsolePlatform().capabilities_for(CardStyle.RICH) == Capabilities()


def test_numbers_marks_buttons_and_frames_are_as_they_are_meant() -> None:
    card = Card(
        (
            Heading((Text("Top"),)),
            ListItem(0, (Text("Zeroth"),), ""),
            ListItem(None, (Text("Bulleted"),), "", button=Button("Open", "paper 1")),
            Details("Abstract", (Paragraph((Text("Folded."),)),), command="paper 1 full", hint="9 characters"),
            Details("Open", (Paragraph((Text("Shown."),)),)),
        ),
        (Button("Next", "latest p2"), Button("/help", "help")),
    )
    text = render_text(card, 80)
    for words in ("0 Zeroth", "• Bulleted  /paper 1", "▸ Abstract  9 characters", "Shown.", "/latest p2  Next"):
        assert words in text
    assert "Folded." not in text
    assert "/help" not in text  # a button that only repeats its command is no news
    for ok, color in ((True, "36"), (False, "31")):
        frame = render_text(replace(card, ok=ok), 80, color=True).partition("╭")[0]
        assert frame.endswith(f"\x1b[{color}m")


def test_what_a_button_asks_is_typed_after_its_command() -> None:
    card = Card((), (Button("Rename…", "rename nerf", prompt="What should it be called?"), Button("Back", "help")))
    assert [choice.line for choice in list_choices(card)] == ["/rename nerf ", "/help"]
    assert "/rename nerf …  Rename…" in render_text(card, 80)


def test_only_web_addresses_are_links() -> None:
    urls = ("javascript:alert(1)", "file:///etc/passwd", "https://ok.example/\x1b]0;x\x07", "https://fine.example/a")
    card = Card(tuple(Paragraph((Link("words", url),)) for url in urls))
    seen = render_text(card, 80, color=True)
    assert seen.count("\x1b]8;") == 2  # the beginning and the end of one link
    assert "https://fine.example/a" in seen


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("abcd efgh", 9, ["abcd efgh"]),
        ("abcd efgh", 8, ["abcd ", "efgh"]),
        ("abcd  ", 4, ["abcd  "]),
        ("中文中文", 8, ["中文中文"]),
        ("中文中文", 7, ["中文中", "文"]),
        ("中文，中文", 6, ["中文，", "中文"]),
        ("中文，中文", 5, ["中", "文，", "中文"]),
        ("中（文）", 4, ["中", "（文", "）"]),
        ("abcdef", 4, ["abcd", "ef"]),
        ("a abcdef g", 4, ["a ", "abcd", "ef g"]),
    ],
)
def test_lines_break_exactly_at_their_width(text: str, width: int, lines: list[str]) -> None:
    cuts = [0, *find_line_breaks(text, width), len(text)]
    assert [text[a:b] for a, b in pairwise(cuts)] == lines
