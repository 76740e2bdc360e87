"""Cards for the terminal, with rich. Text from papers never becomes markup or an escape sequence here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style as Look
from rich.table import Table
from rich.text import Text as Rich

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Details,
    Figures,
    Heading,
    Item,
    Line,
    Link,
    Math,
    Notice,
    Paragraph,
    Style,
    Text,
)

_WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""
_LOOKS = {Style.PLAIN: "", Style.STRONG: "bold", Style.MUTED: "bright_black"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SUPER = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SCRIPT = re.compile(r"\^\{?([0-9+\-=()n]+)\}?")
_COMMAND = re.compile(r"\\(?:mathrm|mathbf|mathcal|text|textbf|textit|mathbb|operatorname)\{([^{}]*)\}")
_SYMBOLS = {
    r"\times": "×", r"\sim": "~", r"\approx": "≈", r"\pm": "±", r"\leq": "≤", r"\geq": "≥", r"\to": "→",
    r"\rightarrow": "→", r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\lambda": "λ", r"\sigma": "σ",
    r"\mu": "μ", r"\epsilon": "ε", r"\infty": "∞", r"\cdot": "·", r"\%": "%", r"\_": "_", r"\,": " ",
}  # fmt: skip
_SYMBOL = re.compile("|".join(sorted((re.escape(name) + (r"(?![a-zA-Z])" if name[-1].isalpha() else "") for name in _SYMBOLS), key=len, reverse=True)))


def render(card: Card, width: int) -> RenderableType:
    """The card in a frame, at most a hundred columns wide."""
    heading, rest = _first_heading(card)
    body = Group(*_spaced(rest), *_buttons(card.buttons))
    return Panel(
        body,
        title=heading,
        title_align="left",
        width=min(width, _WIDEST),
        border_style="cyan" if card.ok else "red",
        padding=(1, 2),
    )


def _first_heading(card: Card) -> tuple[Rich | None, Sequence[Block]]:
    first = card.blocks[0] if card.blocks else None
    if isinstance(first, Heading) and not first.url:
        return _line(first.line, "bold"), card.blocks[1:]
    return None, card.blocks


def _spaced(blocks: Iterable[Block]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for block in blocks:
        if parts and not (isinstance(block, Bullets) and isinstance(parts[-1], _Tight)):
            parts.append("")
        parts.append(_block(block))
    return parts


class _Tight(Padding):
    """A list: another right after it belongs to it."""


def _block(block: Block) -> RenderableType:  # noqa: PLR0911  # one answer a kind
    match block:
        case Heading(line, url, level):
            return _line(line, _look("bold" if level < 3 else "bold bright_black", url))
        case Paragraph(line):
            return _line(line)
        case Bullets(items):
            return _Tight(_grid([("•", _line(item)) for item in items]), (0, 0))
        case Details(summary, blocks, command, hint):
            return _details(summary, blocks, command, hint)
        case Figures(figures, labels):
            links = [Rich(label, _look("blue underline", f.url)) for f, label in zip(figures, labels, strict=True)]
            return Rich("  ").join(links)
        case Item():
            return _item(block)
        case Notice(text):
            return Rich(_safe(text), "italic bright_black")


def _details(summary: str, blocks: Sequence[Block], command: str, hint: str) -> RenderableType:
    label = Rich.assemble(("▸ ", "cyan"), (_safe(summary), "bold"))
    if command:
        return Rich.assemble(label, ("  ", ""), (_safe(hint), "bright_black"))
    return Group(label, Padding(Group(*_spaced(blocks)), (0, 0, 0, 2)))


def _item(item: Item) -> RenderableType:
    title = _line(item.title, _look("bold", item.url))
    if item.number is None and item.button:
        title = Rich.assemble(title, ("  ", ""), (f"/{item.button.command}", "cyan"))
    lines: list[RenderableType] = [title, *(_line(line) for line in item.lines)]
    if item.blocks:
        lines.extend(_spaced(item.blocks))
    mark = f"{item.number}" if item.number is not None else "•"
    return _grid([(mark, Group(*lines))])


def _grid(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="cyan", justify="right", no_wrap=True)
    grid.add_column()
    for mark, content in rows:
        grid.add_row(mark, content)
    return grid


def _buttons(buttons: Sequence[Button]) -> list[RenderableType]:
    """Buttons as what to type, each with its label."""
    if not buttons:
        return []
    parts = [Rich.assemble((f"/{_safe(b.command)}", "cyan"), ("  " + _safe(b.label), "bright_black")) for b in buttons]
    return ["", Rich("   ").join(parts)] if len(parts) < 3 else ["", Group(*parts)]


def _line(line: Line, look: str | Look = "") -> Rich:
    text = Rich(style=look)
    for part in line:
        match part:
            case Text(words, style):
                text.append(_safe(words), _LOOKS[style] or None)
            case Link(words, url):
                text.append(_safe(words), _look("blue underline", url))
            case Math(source):
                text.append(_safe(readable_math(source)), "italic")
    return text


def readable_math(source: str) -> str:
    """LaTeX as near to its look as plain characters go: ``\\times`` as ×, ``^3`` as ³, the rest as its source."""
    text = _COMMAND.sub(r"\1", source)
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match.group()], text)
    return _SCRIPT.sub(lambda match: match[1].translate(_SUPER), text)


def _look(style: str, url: str) -> Look:
    safe = url if url.startswith(("http://", "https://")) and not _CONTROL.search(url) else None
    return Look.parse(style) + Look(link=safe)


def _safe(text: str) -> str:
    """Text without control characters: a title must not move the cursor, nor turn the line's direction."""
    return _CONTROL.sub("", text)
