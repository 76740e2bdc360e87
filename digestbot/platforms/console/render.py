"""Cards for the terminal, with rich. Text from papers never becomes markup or an escape sequence here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style as Look
from rich.table import Table
from rich.text import Text as PlainText

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Code,
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
from digestbot.i18n import introduce_by_script
from digestbot.platforms.console.prose import WrappingText

_MAX_COLUMNS = 100
"""Longer lines are hard to read, however wide the terminal is."""
_STYLES = {
    TextStyle.PLAIN: "",
    TextStyle.STRONG: "bold",
    TextStyle.MUTED: "bright_black",
    TextStyle.BADGE: "bold magenta",
}


def render_card(card: Card, width: int, *, hyperlinks: bool = True) -> RenderableType:
    """The card in a frame, at most a hundred columns wide.

    Without ``hyperlinks`` (a pipe, a file) the addresses of links and figures are written out.
    """
    framed = replace(card, blocks=tuple(block for block in card.blocks if not isinstance(block, Code)))
    panel = _ConsoleRenderer(hyperlinks=hyperlinks).render_panel(framed, width)
    codes = [_render_code(block) for block in card.blocks if isinstance(block, Code)]
    return Group(*codes, panel) if codes else panel


class _ConsoleRenderer:
    def __init__(self, *, hyperlinks: bool) -> None:
        self._hyperlinks = hyperlinks

    def render_panel(self, card: Card, width: int) -> RenderableType:
        heading, rest = self._split_heading(card)
        blocks, buttons = self._render_blocks(rest), _render_buttons(card.buttons)
        return Panel(
            Group(*blocks, *([""] if blocks and buttons else []), *buttons),
            title=heading,
            title_align="left",
            width=min(width, _MAX_COLUMNS),
            border_style="cyan" if card.ok else "red",
            padding=(1, 2),
        )

    def _split_heading(self, card: Card) -> tuple[WrappingText | None, Sequence[Block]]:
        first = card.blocks[0] if card.blocks else None
        if isinstance(first, Heading) and not first.url:
            return self._render_line(first.line, "bold"), card.blocks[1:]
        return None, card.blocks

    def _render_blocks(self, blocks: Iterable[Block]) -> list[RenderableType]:
        parts: list[RenderableType] = []
        before: Block | None = None
        for block in blocks:
            if before is not None and not _is_attached(before, block):
                parts.append("")
            parts.append(self._render_block(block))
            before = block
        return parts

    def _render_block(self, block: Block) -> RenderableType:  # noqa: PLR0911  # one answer a kind
        match block:
            case Heading(line, url, level):
                return self._render_line(line, _link_style("bold" if level < 3 else "bold bright_black", url))
            case Paragraph(line):
                return self._render_line(line)
            case Bullets(items):
                return _build_grid([("•", self._render_line(item)) for item in items])
            case Details():
                return self._render_details(block)
            case Figures():
                return self._render_figures(block)
            case ListItem():
                return self._render_item(block)
            case Notice(text):
                return WrappingText(drop_control_characters(text), "italic bright_black")
            case Code(text):
                return WrappingText(drop_control_characters(text))

    def _render_details(self, details: Details) -> RenderableType:
        label = WrappingText("▸ ", "cyan").append(drop_control_characters(details.summary), "bold")
        if details.command:
            return (
                WrappingText("").append_text(label).append("  " + drop_control_characters(details.hint), "bright_black")
            )
        return Group(label, Padding(Group(*self._render_blocks(details.blocks)), (0, 0, 0, 2)))

    def _render_figures(self, figures: Figures) -> RenderableType:
        pairs = zip(figures.figures, figures.labels, strict=True)
        if not self._hyperlinks:
            return Group(
                *(
                    WrappingText(
                        introduce_by_script(drop_control_characters(label)) + drop_control_characters(figure.url),
                        no_wrap=True,
                        overflow="ignore",
                    )
                    for figure, label in pairs
                )
            )
        line = WrappingText("")
        for figure, label in pairs:
            line.append(drop_control_characters(label), _link_style("blue underline", figure.url)).append("  ")
        return line

    def _render_item(self, item: ListItem) -> RenderableType:
        title = self._render_line(item.title, _link_style("" if item.lead else "bold", item.url))
        if item.position is None and item.button:
            title.append("  ").append(f"/{drop_control_characters(item.button.command)}", "not bold cyan")
        lead = [self._render_line(item.lead, "bold")] if item.lead else []
        lines: list[RenderableType] = [*lead, title, *(self._render_line(line) for line in item.lines)]
        lines.extend(self._render_blocks(item.blocks))
        return _build_grid([(f"{item.position}" if item.position is not None else "•", Group(*lines))])

    def _render_line(self, line: Line, look: str | Look = "") -> WrappingText:
        text = WrappingText(style=look)
        for part in line:
            match part:
                case Text(words, style):
                    text.append(drop_control_characters(words), _STYLES[style] or None)
                case Link(words, url):
                    written = words if self._hyperlinks or words == url else introduce_by_script(words) + url
                    text.append(drop_control_characters(written), _link_style("blue underline", url))
                case CommandName(words):
                    text.append(drop_control_characters(words), "bold")
                case Math(source):
                    text.append(drop_control_characters(math_to_text(source)), "italic")
        return text


def _render_code(code: Code) -> PlainText:
    """Text to copy, out of the frame and each line whole."""
    return PlainText(drop_control_characters(code.text), no_wrap=True, overflow="ignore")


def _is_attached(before: Block, block: Block) -> bool:
    """Whether a block stands right under the one before it, without a line between."""
    list_goes_on = isinstance(before, Bullets) and isinstance(block, Bullets)
    return list_goes_on or (isinstance(before, Heading) and before.level > 1)


def _build_grid(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(style="cyan", justify="right", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for mark, content in rows:
        grid.add_row(mark, content)
    return grid


def _render_buttons(buttons: Sequence[Button]) -> list[RenderableType]:
    """Buttons as what to type, each with its label; one that only repeats the command is no news."""
    typeable = [button for button in buttons if button.command and button.label != f"/{button.command}"]
    return [
        WrappingText("")
        .append(f"/{drop_control_characters(b.command)}{' …' if b.prompt else ''}", "cyan")
        .append(f"  {drop_control_characters(b.label)}", "bright_black")
        for b in typeable
    ]


def _link_style(style: str, url: str) -> Look:
    link = url if url.startswith(("http://", "https://")) and drop_control_characters(url) == url else None
    return Look.parse(style) + Look(link=link)
