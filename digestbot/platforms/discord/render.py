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

from digestbot.cards.card import Block, Button, Card, Details, Figures, ListItem
from digestbot.domain.digest import Figure
from digestbot.platforms.discord.keys import Keys
from digestbot.platforms.discord.markup import web_address
from digestbot.platforms.discord.pages import MOST_GALLERY, Page, inside, text

Picture = Callable[[Figure], str]
"""The address to show a figure by; empty to leave it out."""
_Piece = str | ui.Item[ui.LayoutView]
_WRONG = discord.Colour(0xD6336C)


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of Discord's own in the reader's language: of a menu where nothing is chosen, and of a row's switch."""

    choose: str = "…"
    on: str = "✓"
    off: str = "+"


PLAIN = Labels()
"""Signs in the place of words: what is delivered has neither menus nor switches."""


def render(page: Page, keys: Keys, picture: Picture, labels: Labels = PLAIN) -> ui.LayoutView:
    """The page as a view that answers for ever; its buttons note what they need kept in ``keys``."""
    return _Renderer(page, keys, picture, labels).view()


def colour(card: Card) -> discord.Colour | None:
    """The topic's colour, the same one every time; red for what could not be done."""
    if not card.ok:
        return _WRONG
    if not card.topic:
        return None
    hue = zlib.crc32(card.topic.encode()) % 360 / 360
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.62, 0.86))
    return discord.Colour.from_rgb(red, green, blue)


class _Renderer:
    def __init__(self, page: Page, keys: Keys, picture: Picture, labels: Labels) -> None:
        self._page = page
        self._keys = keys
        self._picture = picture
        self._labels = labels

    def view(self) -> ui.LayoutView:
        card = self._page.card
        view = ui.LayoutView(timeout=None)
        groups = [(folded, list(blocks)) for folded, blocks in groupby(card.blocks, lambda b: isinstance(b, Details))]
        for at, (folded, blocks) in enumerate(groups):
            if folded:
                for block in blocks:
                    view.add_item(ui.TextDisplay(text(block)))
                    view.add_item(ui.Container(*_joined(map(text, block.blocks)), spoiler=True))  # type: ignore[union-attr]
                continue
            pieces = [piece for block in blocks for piece in self._pieces(block)]
            if at == len(groups) - 1:
                pieces.extend(self._ending())
            if children := list(_joined(pieces)):
                view.add_item(ui.Container(*children, accent_colour=colour(card)))
        if groups and groups[-1][0]:
            for row in self._ending():
                view.add_item(row)
        return view

    def _ending(self) -> Iterator[ui.Item[ui.LayoutView]]:
        yield from (self._keys.menu(menu, self._labels.choose) for menu in self._page.menus)
        yield from self._keys.rows(self._page.card.buttons)

    def _pieces(self, block: Block) -> Iterator[_Piece]:
        match block:
            case Figures(figures, labels):
                yield from self._galleries(figures, labels)
            case ListItem() if block.button:
                yield from self._section(block)
            case _:
                yield text(block)

    def _galleries(self, figures: Sequence[Figure], labels: Sequence[str]) -> Iterator[_Piece]:
        shown = [
            discord.MediaGalleryItem(address, description=label)
            for figure, label in zip(figures, labels, strict=True)
            if (address := web_address(self._picture(figure)))
        ]
        for at in range(0, len(shown), MOST_GALLERY):
            yield ui.MediaGallery(*shown[at : at + MOST_GALLERY])

    def _section(self, item: ListItem) -> Iterator[_Piece]:
        """A row of a list: beside it its button, or its figure with the button below."""
        assert item.button is not None, "asked for by its caller"  # noqa: S101  # for the type checker
        picture = web_address(self._picture(item.figure)) if item.is_expanded and item.figure else ""
        if not picture:
            yield ui.Section(text(item), accessory=self._keys.button(self._switch(item.button)))
            return
        under = inside(item.blocks)
        own = text(item).removesuffix(f"\n{under}") if under else text(item)
        yield ui.Section(own, accessory=ui.Thumbnail(picture))
        if under:
            yield under
        yield from self._keys.rows([item.button])

    def _switch(self, button: Button) -> Button:
        """A row's button; a switch beside its row need not name it again."""
        if button.is_on is None:
            return button
        return replace(button, label=self._labels.on if button.is_on else self._labels.off)


def _joined(pieces: Iterator[_Piece] | Sequence[_Piece]) -> Iterator[ui.Item[ui.LayoutView]]:
    """The pieces as components, texts that follow each other as one."""
    for texts, group in groupby(pieces, key=lambda piece: isinstance(piece, str)):
        if not texts:
            yield from (piece for piece in group if not isinstance(piece, str))
        elif joined := "\n".join(piece for piece in group if isinstance(piece, str) and piece):
            yield ui.TextDisplay(joined)
