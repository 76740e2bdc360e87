"""Cards for the terminal, with rich. Text from papers never becomes markup or an escape sequence here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style as Look
from rich.table import Table

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    CommandName,
    Details,
    Figures,
    Heading,
    Line,
    Link,
    ListItem,
    Math,
    Notice,
    Paragraph,
    Text,
    TextStyle,
)
from digestbot.cards.text import drop_control_characters, math_to_text
from digestbot.platforms.console.prose import Prose as Rich

_WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""
_LOOKS = {TextStyle.PLAIN: "", TextStyle.STRONG: "bold", TextStyle.MUTED: "bright_black"}


def render(card: Card, width: int, *, hyperlinks: bool = True) -> RenderableType:
    """The card in a frame, at most a hundred columns wide.

    Without ``hyperlinks`` (a pipe, a file) the addresses of links and figures are written out.
    """
    return _Renderer(hyperlinks=hyperlinks).card(card, width)


class _Renderer:
    def __init__(self, *, hyperlinks: bool) -> None:
        self._hyperlinks = hyperlinks

    def card(self, card: Card, width: int) -> RenderableType:
        heading, rest = self._first_heading(card)
        return Panel(
            Group(*self._spaced(rest), *_buttons(card.buttons)),
            title=heading,
            title_align="left",
            width=min(width, _WIDEST),
            border_style="cyan" if card.ok else "red",
            padding=(1, 2),
        )

    def _first_heading(self, card: Card) -> tuple[Rich | None, Sequence[Block]]:
        first = card.blocks[0] if card.blocks else None
        if isinstance(first, Heading) and not first.url:
            return self._line(first.line, "bold"), card.blocks[1:]
        return None, card.blocks

    def _spaced(self, blocks: Iterable[Block]) -> list[RenderableType]:
        parts: list[RenderableType] = []
        before: Block | None = None
        for block in blocks:
            if before is not None and not _belongs(before, block):
                parts.append("")
            parts.append(self._block(block))
            before = block
        return parts

    def _block(self, block: Block) -> RenderableType:  # noqa: PLR0911  # one answer a kind
        match block:
            case Heading(line, url, level):
                return self._line(line, _look("bold" if level < 3 else "bold bright_black", url))
            case Paragraph(line):
                return self._line(line)
            case Bullets(items):
                return _grid([("•", self._line(item)) for item in items])
            case Details():
                return self._details(block)
            case Figures():
                return self._figures(block)
            case ListItem():
                return self._item(block)
            case Notice(text):
                return Rich(drop_control_characters(text), "italic bright_black")

    def _details(self, details: Details) -> RenderableType:
        label = Rich("▸ ", "cyan").append(drop_control_characters(details.summary), "bold")
        if details.command:
            return Rich("").append_text(label).append("  " + drop_control_characters(details.hint), "bright_black")
        return Group(label, Padding(Group(*self._spaced(details.blocks)), (0, 0, 0, 2)))

    def _figures(self, figures: Figures) -> RenderableType:
        pairs = zip(figures.figures, figures.labels, strict=True)
        if not self._hyperlinks:
            return Group(
                *(
                    Rich(
                        f"{drop_control_characters(label)}: {drop_control_characters(figure.url)}",
                        no_wrap=True,
                        overflow="ignore",
                    )
                    for figure, label in pairs
                )
            )
        line = Rich("")
        for figure, label in pairs:
            line.append(drop_control_characters(label), _look("blue underline", figure.url)).append("  ")
        return line

    def _item(self, item: ListItem) -> RenderableType:
        title = self._line(item.title, _look("bold", item.url))
        if item.position is None and item.button:
            title.append("  ").append(f"/{drop_control_characters(item.button.command)}", "not bold cyan")
        lines: list[RenderableType] = [title, *(self._line(line) for line in item.lines)]
        lines.extend(self._spaced(item.blocks))
        return _grid([(f"{item.position}" if item.position is not None else "•", Group(*lines))])

    def _line(self, line: Line, look: str | Look = "") -> Rich:
        text = Rich(style=look)
        for part in line:
            match part:
                case Text(words, style):
                    text.append(drop_control_characters(words), _LOOKS[style] or None)
                case Link(words, url):
                    written = words if self._hyperlinks or words == url else f"{words}: {url}"
                    text.append(drop_control_characters(written), _look("blue underline", url))
                case CommandName(words):
                    text.append(drop_control_characters(words), "bold")
                case Math(source):
                    text.append(drop_control_characters(math_to_text(source)), "italic")
        return text


def _belongs(before: Block, block: Block) -> bool:
    """Whether a block stands right under the one before it, without a line between."""
    list_goes_on = isinstance(before, Bullets) and isinstance(block, Bullets)
    return list_goes_on or (isinstance(before, Heading) and before.level > 1)


def _grid(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(style="cyan", justify="right", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for mark, content in rows:
        grid.add_row(mark, content)
    return grid


def _buttons(buttons: Sequence[Button]) -> list[RenderableType]:
    """Buttons as what to type, each with its label; one that only repeats the command is no news."""
    told = [button for button in buttons if button.command and button.label != f"/{button.command}"]
    rows = [
        Rich("")
        .append(f"/{drop_control_characters(b.command)}", "cyan")
        .append(f"  {drop_control_characters(b.label)}", "bright_black")
        for b in told
    ]
    return ["", *rows] if rows else []


def _look(style: str, url: str) -> Look:
    link = url if url.startswith(("http://", "https://")) and drop_control_characters(url) == url else None
    return Look.parse(style) + Look(link=link)
