"""Cards as embeds with rows of buttons under them: what bridges, exporters and older clients show as well.

An embed's limits are in discord.com/developers/docs/resources/message#embed-object-embed-limits: 256 characters of
title, 4,096 of description and 2,048 of footer, 6,000 in all embeds of a message, and ten embeds. A card is laid out
for Components V2, which take fewer characters, so that each message can be shown in either form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import ui

from digestbot.cards.card import (
    Block,
    Bullets,
    Card,
    Details,
    Figures,
    Heading,
    ListItem,
    Notice,
    Paragraph,
)
from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Figure
from digestbot.platforms.common.text import count_utf16_units, truncate
from digestbot.platforms.discord.outgoing import markup
from digestbot.platforms.discord.outgoing.components import ComponentBuilder
from digestbot.platforms.discord.outgoing.layout import MessageLayout, build_hint, name_button_by_row
from digestbot.platforms.discord.outgoing.render import ComponentLabels, FigureAddress, choose_colour

MAX_FIGURES = 8
"""Figures in a message: each is an embed's picture, and the text takes up to two embeds more."""
_MAX_EMBEDS, _MAX_TITLE, _MAX_DESCRIPTION, _MAX_FOOTER, _MAX_ROWS = 10, 256, 4_096, 2_048, 5
_GALLERY_SIZE = 4
"""Embeds with the same ``url`` that Discord's apps show as one, with up to four pictures."""
_OWN_LINK = re.compile(r"\]\(<([^<>\s]+)>\)")


@dataclass(slots=True)
class _EmbedDraft:
    """An embed that is being written: pieces of text, each with what stands before it."""

    title: str = ""
    url: str = ""
    text: str = ""
    thumbnail: str = ""
    pictures: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.title or self.pictures)

    def has_room_for(self, piece: str) -> bool:
        return count_utf16_units(self.text) + count_utf16_units(piece) + 2 <= _MAX_DESCRIPTION


def render_embeds(
    layout: MessageLayout, figure_address: FigureAddress, *, has_title: bool = True
) -> list[discord.Embed]:
    """Render the page as embeds; figures without an address are left out.

    Without ``has_title`` the line above the embeds says what the card's heading would.
    """
    card = layout.card
    blocks = card.blocks if has_title else card.blocks[1:]
    drafts = _EmbedWriter(figure_address).write(blocks)
    embeds = [embed for draft in drafts for embed in _build_embeds(draft)][:_MAX_EMBEDS]
    colour, footer = choose_colour(card), _find_footer(card)
    for embed in embeds:
        embed.colour = colour
    with_text = [embed for embed in embeds if embed.title or embed.description]
    if footer and with_text:
        with_text[-1].set_footer(text=footer)
    return embeds


def build_view(layout: MessageLayout, components: ComponentBuilder, labels: ComponentLabels) -> ui.View | None:
    """The buttons and menus under the embeds, in at most five rows; ``None`` if there are none."""
    card = layout.card
    menus = [components.build_select(menu, layout.own_menu_label or labels.choose) for menu in layout.menus]
    item_rows = list(_build_item_rows(layout, components))
    own_rows = list(components.batch_buttons(card.buttons))
    menu_rows = [[menu] for menu in menus][: max(0, _MAX_ROWS - len(item_rows) - len(own_rows))]
    rows: list[list[Any]] = [*item_rows, *menu_rows, *own_rows][:_MAX_ROWS]
    if not rows:
        return None
    view = ui.View(timeout=None)
    for number, row in enumerate(rows):
        for item in row:
            item.row = number
            view.add_item(item)
    return view


def _build_item_rows(layout: MessageLayout, components: ComponentBuilder) -> Iterator[list[Any]]:
    """What papers and other rows of the card have beside them: a menu that names the papers, or named buttons."""
    yield from ([components.build_select(menu, layout.card.menu_label)] for menu in layout.paper_menus[:1])
    rows = [block for block in layout.card.blocks if isinstance(block, ListItem) and block.position is None]
    named = [name_button_by_row(row) for row in rows if row.button]
    for buttons in ([layout.paper_button] if layout.paper_button else [], named):
        yield from components.batch_buttons(buttons)


class _EmbedWriter:
    """Writes blocks into embeds: one as long as they fit, and one for each paper that has its figure beside it."""

    def __init__(self, figure_address: FigureAddress) -> None:
        self._figure_address = figure_address
        self._drafts = [_EmbedDraft()]

    def write(self, blocks: Sequence[Block]) -> list[_EmbedDraft]:
        rest = list(blocks)
        if rest and isinstance(rest[0], Heading) and rest[0].level == 1:
            self._write_title(rest.pop(0))  # type: ignore[arg-type]  # just asked for
        before: Block | None = None
        for block in rest:
            self._write_block(block, before)
            before = block
        return [draft for draft in self._drafts if not draft.is_empty]

    def _write_title(self, heading: Heading) -> None:
        title = markup.escape(markup.to_words(heading.line))
        if len(title) <= _MAX_TITLE:
            self._drafts[0].title, self._drafts[0].url = title, markup.check_web_address(heading.url)
        else:
            self._add_text(_render_block(heading), "")

    def _write_block(self, block: Block, before: Block | None) -> None:
        if isinstance(block, Figures):
            self._add_figures(block)
        elif isinstance(block, ListItem) and block.is_expanded and (address := self._find_address(block.figure)):
            self._drafts.append(_EmbedDraft(text=_render_block(block), thumbnail=address))
        elif piece := _render_block(block):
            self._add_text(piece, _choose_separator(before, block))

    def _find_address(self, figure: Figure | None) -> str:
        return markup.check_web_address(self._figure_address(figure)) if figure else ""

    def _add_text(self, piece: str, separator: str) -> None:
        draft = self._drafts[-1]
        if draft.thumbnail or not draft.has_room_for(piece):
            draft = _EmbedDraft()
            self._drafts.append(draft)
        draft.text += f"{separator if draft.text else ''}{piece}"

    def _add_figures(self, figures: Figures) -> None:
        """The figures below the text; under each its label, where there is no other text."""
        labelled = [
            (address, label)
            for figure, label in zip(figures.figures, figures.labels, strict=True)
            if (address := self._find_address(figure))
        ]
        if self._drafts[-1].text:
            self._drafts[-1].pictures += [address for address, _ in labelled]
            return
        for address, label in labelled:
            if self._drafts[-1].pictures:
                self._drafts.append(_EmbedDraft())
            self._drafts[-1].text, self._drafts[-1].pictures = markup.escape(label), [address]


def _build_embeds(draft: _EmbedDraft) -> Iterator[discord.Embed]:
    """The embed, and more of the same address for its further pictures: Discord's apps show four together."""
    starts = range(0, max(1, len(draft.pictures)), _GALLERY_SIZE)
    for number, pictures in enumerate(draft.pictures[at : at + _GALLERY_SIZE] for at in starts):
        url = draft.url if number == 0 else ""
        shared = url or (pictures[0] if len(pictures) > 1 else None)
        first = discord.Embed(url=shared)
        if number == 0:
            first.title, first.description = draft.title or None, draft.text or None
            first.set_thumbnail(url=draft.thumbnail or None)
        yield first.set_image(url=pictures[0]) if pictures else first
        yield from (discord.Embed(url=shared).set_image(url=picture) for picture in pictures[1:])


def _find_footer(card: Card) -> str:
    """The small print: a footer has no markup, so that nothing in it is escaped."""
    notices = (
        " ".join(drop_control_characters(block.text).split()) for block in card.blocks if isinstance(block, Notice)
    )
    return truncate(" ".join(notices), _MAX_FOOTER)


def _choose_separator(before: Block | None, block: Block) -> str:
    """An empty line around what is long."""
    if isinstance(before, Heading) or before is None:
        return "\n"
    both_rows = isinstance(before, ListItem) and isinstance(block, ListItem) and not before.lines and not block.lines
    both_folded = isinstance(before, Details) and isinstance(block, Details)
    is_attached = isinstance(before, Paragraph) and isinstance(block, Paragraph | Bullets)
    return "\n" if both_rows or both_folded or is_attached else "\n\n"


def _render_block(block: Block) -> str:
    writer = _BLOCK_RENDERERS.get(type(block))
    return _shorten_links(writer(block)) if writer else ""


def _shorten_links(text: str) -> str:
    """Our links without the marks that keep a preview away: an embed has none, and not every reader knows them."""
    return _OWN_LINK.sub(lambda match: f"]({match[1].replace('(', '%28').replace(')', '%29')})", text)


def _render_heading(block: Heading) -> str:
    return (
        f"**{markup.render_line_as_link(block.line, block.url) if block.url else markup.render_inlines(block.line)}**"
    )


def _render_item(block: ListItem) -> str:
    title = markup.render_line_as_link(block.title, block.url) if block.url else markup.render_inlines(block.title)
    number = f"{block.position}. " if block.position is not None else ""
    inner = [_render_block(part) for part in block.blocks if not isinstance(part, Details)]
    names = markup.render_names(number, block.lead, title)
    return "\n".join(filter(None, (*names, *map(markup.render_plain_line, block.lines), *inner)))


_BLOCK_RENDERERS: dict[type, Callable[..., str]] = {
    Heading: _render_heading,
    Paragraph: lambda block: markup.render_plain_line(block.line),
    Bullets: lambda block: "\n".join(f"• {markup.render_inlines(item)}" for item in block.items),
    Details: lambda block: _render_block(build_hint(block)),  # an embed folds nothing: a spoiler keeps its whole height
    ListItem: _render_item,
}
