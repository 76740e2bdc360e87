"""Cards as Components V2: a ``LayoutView`` with containers of sections, texts, galleries and rows of buttons.

What each component may hold is in discord.com/developers/docs/components/reference.
"""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import discord
from discord import ui

from digestbot.cards.card import Block, Button, Card, Figures, ListItem
from digestbot.domain.digest import Figure
from digestbot.platforms.discord.outgoing.components import ComponentBuilder
from digestbot.platforms.discord.outgoing.layout import (
    MAX_GALLERY_ITEMS,
    MessageLayout,
    render_block,
    render_inner_blocks,
)
from digestbot.platforms.discord.outgoing.markup import check_web_address

FigureAddress = Callable[[Figure], str]
"""The URL to show a figure by; empty to omit it."""
_Fragment = str | ui.Item[ui.LayoutView]
_ERROR_COLOUR = discord.Colour(0xD6336C)


@dataclass(frozen=True, slots=True)
class ComponentLabels:
    """Labels in the reader's language: a menu's placeholder, and a row's switch."""

    choose: str = "…"
    on: str = "✓"
    off: str = "+"


SYMBOL_LABELS = ComponentLabels()
"""Symbols instead of words: deliveries have neither menus nor switches."""


def render_layout(
    layout: MessageLayout,
    components: ComponentBuilder,
    figure_address: FigureAddress,
    labels: ComponentLabels = SYMBOL_LABELS,
    mention: str = "",
) -> ui.LayoutView:
    """Render the page as a view without timeout; its buttons register what they store in ``components``.

    A ``mention`` of Discord's own form stands over the card.
    """
    return _LayoutRenderer(layout, components, figure_address, labels).build_view(mention)


def choose_colour(card: Card) -> discord.Colour | None:
    """The topic's colour, always the same; red for errors."""
    if not card.ok:
        return _ERROR_COLOUR
    if not card.topic:
        return None
    hue = zlib.crc32(card.topic.encode()) % 360 / 360
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.62, 0.86))
    return discord.Colour.from_rgb(red, green, blue)


class _LayoutRenderer:
    def __init__(
        self,
        layout: MessageLayout,
        components: ComponentBuilder,
        figure_address: FigureAddress,
        labels: ComponentLabels,
    ) -> None:
        self._layout = layout
        self._components = components
        self._figure_address = figure_address
        self._labels = labels

    def build_view(self, mention: str) -> ui.LayoutView:
        card = self._layout.card
        view = ui.LayoutView(timeout=None)
        if mention:
            view.add_item(ui.TextDisplay(mention))
        pieces = [piece for block in card.blocks for piece in self._build_fragments(block)]
        if children := list(_join_fragments([*pieces, *self._build_ending()])):
            view.add_item(ui.Container(*children, accent_colour=choose_colour(card)))
        return view

    def _build_ending(self) -> Iterator[ui.Item[ui.LayoutView]]:
        papers = self._layout.paper_menus
        yield from (self._components.build_menu(menu, self._layout.card.menu_label) for menu in papers)
        if button := self._layout.paper_button:
            yield from self._components.build_rows([button])
        placeholder = self._layout.own_menu_label or self._labels.choose
        yield from (self._components.build_menu(menu, placeholder) for menu in self._layout.menus)
        yield from self._components.build_rows(self._layout.card.buttons)

    def _build_fragments(self, block: Block) -> Iterator[_Fragment]:
        match block:
            case Figures(figures, labels):
                yield from self._build_galleries(figures, labels)
            case ListItem(button=Button()) if block.position is None:
                yield from self._build_section(block)
            case ListItem(position=None):
                yield render_block(block)
            case ListItem():
                yield from self._build_paper(block)
            case _:
                yield render_block(block)

    def _build_galleries(self, figures: Sequence[Figure], labels: Sequence[str]) -> Iterator[_Fragment]:
        items = [
            discord.MediaGalleryItem(address, description=label)
            for figure, label in zip(figures, labels, strict=True)
            if (address := check_web_address(self._figure_address(figure)))
        ]
        for at in range(0, len(items), MAX_GALLERY_ITEMS):
            yield ui.MediaGallery(*items[at : at + MAX_GALLERY_ITEMS])

    def _build_section(self, item: ListItem) -> Iterator[_Fragment]:
        """A list row with its button beside it."""
        assert item.button is not None, "asked for by its caller"  # noqa: S101  # for the type checker
        yield ui.Section(render_block(item), accessory=self._components.build_button(self._label_switch(item.button)))

    def _build_paper(self, item: ListItem) -> Iterator[_Fragment]:
        """A paper of a list, apart from the next one; unfolded it has its figure beside it."""
        figure = item.figure if item.is_expanded else None
        address = check_web_address(self._figure_address(figure)) if figure else ""
        if not address:
            yield ui.TextDisplay(render_block(item))
            return
        below = render_inner_blocks(item.blocks)
        title = render_block(item).removesuffix(f"\n{below}") if below else render_block(item)
        yield ui.Section(title, accessory=ui.Thumbnail(address))
        if below:
            yield below

    def _label_switch(self, button: Button) -> Button:
        """A row's button; a switch does not repeat the row's name."""
        if button.is_on is None:
            return button
        return replace(button, label=self._labels.on if button.is_on else self._labels.off)


def _join_fragments(pieces: Iterator[_Fragment] | Sequence[_Fragment]) -> Iterator[ui.Item[ui.LayoutView]]:
    """Convert the pieces to components, joining adjacent texts."""
    for texts, group in groupby(pieces, key=lambda piece: isinstance(piece, str)):
        if not texts:
            yield from (piece for piece in group if not isinstance(piece, str))
        elif joined := "\n".join(piece for piece in group if isinstance(piece, str) and piece):
            yield ui.TextDisplay(joined)
