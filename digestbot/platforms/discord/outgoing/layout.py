"""Splits cards into Discord messages of at most 4,000 characters and 40 components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Code,
    Details,
    Figures,
    Heading,
    ListItem,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    to_plain_text,
)
from digestbot.cards.split import ContentSize, split_card
from digestbot.i18n import introduce_by_script
from digestbot.platforms.common.text import count_utf16_units
from digestbot.platforms.discord.outgoing import markup
from digestbot.platforms.discord.outgoing.components import count_components, is_usable

MAX_TEXT_CHARACTERS, MAX_COMPONENTS, MAX_GALLERY_ITEMS = 4_000, 40, 10
"""discord.com/developers/docs/components/reference and .../resources/message: nested components count too."""
_RESERVED_CHARACTERS = 60
"""For what is not counted exactly, and for a mention of a role over the card."""
_NO_LIMIT = 10_000
_FIXED_COMPONENTS, _MENTION_COMPONENTS = 3, 1
"""The container, and the text before and after its sections; over it a mention of a role, where it comes unasked."""
_MIN_ROWS_FOR_MENU, OPTIONS_PER_MENU, _MAX_MENUS = 9, 25, 5
_MIN_BUTTONS_FOR_MENU = 8
"""How many buttons that only lead elsewhere become a menu: as buttons they are three lines of a phone, or more."""
_MAX_ROW_CHARACTERS = 40
"""Characters that stand on one line of a phone."""


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """The content of one message: a card that fits, and menus that replace buttons where they are too many."""

    card: Card
    menus: tuple[tuple[Button, ...], ...] = ()

    @property
    def paper_menus(self) -> list[tuple[Button, ...]]:
        """The papers of the message to choose from, if there are several."""
        buttons = [name_paper_button(paper) for paper in list_papers(self.card)]
        starts = range(0, len(buttons) if len(buttons) > 1 else 0, OPTIONS_PER_MENU)
        return [tuple(buttons[at : at + OPTIONS_PER_MENU]) for at in starts][:_MAX_MENUS]

    @property
    def own_menu_label(self) -> str:
        """What the menu of the card's own buttons is for; empty if it is not said, or said of its papers."""
        return "" if list_papers(self.card) else self.card.menu_label

    @property
    def paper_button(self) -> Button | None:
        """What opens the only paper of the message."""
        papers = list_papers(self.card)
        return papers[0].button if len(papers) == 1 else None


def lay_out_card(card: Card, *, with_share_button: bool, max_figures: int = _NO_LIMIT) -> list[MessageLayout]:
    """The card in order; ``with_share_button`` keeps the button that shows it to all.

    The first of them opens a post, the last one a thread: what comes after goes there. The first one says in a
    notification what came. ``max_figures`` is how many figures a message may have.
    """
    card, menus = _replace_buttons_by_menus(
        replace(card, buttons=_choose_buttons(card, with_share_button=with_share_button))
    )
    card, own_menus = _replace_own_buttons_by_menu(card, room=_MAX_MENUS - len(menus))
    menus += own_menus
    card = replace(
        card, blocks=tuple(build_hint(block) if isinstance(block, Details) else block for block in card.blocks)
    )
    menu_count = len(menus) + -(-len(list_papers(card)) // OPTIONS_PER_MENU)
    reserved = _FIXED_COMPONENTS + count_components(card.buttons) + 2 * min(menu_count, _MAX_MENUS)
    reserved += _MENTION_COMPONENTS if card.preview else 0
    limit = ContentSize(MAX_TEXT_CHARACTERS - _RESERVED_CHARACTERS, MAX_COMPONENTS - reserved, max_figures)
    cards = split_card(card, measure_block, limit)
    opening = 0 if card.new_thread and card.new_thread.is_forum_post else len(cards) - 1
    cards = [
        replace(part, new_thread=card.new_thread if index == opening else None, preview="" if index else card.preview)
        for index, part in enumerate(cards)
    ]
    return [*map(MessageLayout, cards[:-1]), MessageLayout(cards[-1], menus)]


def _choose_buttons(card: Card, *, with_share_button: bool) -> tuple[Button, ...]:
    return tuple(
        button for button in card.buttons if is_usable(button) and (with_share_button or not button.share_query)
    )


def _replace_buttons_by_menus(card: Card) -> tuple[Card, tuple[tuple[Button, ...], ...]]:
    """Replace the buttons of rows by menus if they are too many for sections."""
    rows = [block for block in card.blocks if isinstance(block, ListItem) and block.position is None and block.button]
    if len(rows) < _MIN_ROWS_FOR_MENU:
        return card, ()
    buttons = [name_button_by_row(row) for row in rows if row.button][: OPTIONS_PER_MENU * _MAX_MENUS]
    blocks = tuple(replace(block, button=None) if isinstance(block, ListItem) else block for block in card.blocks)
    menus = tuple(tuple(buttons[at : at + OPTIONS_PER_MENU]) for at in range(0, len(buttons), OPTIONS_PER_MENU))
    return replace(card, blocks=blocks), menus


def _replace_own_buttons_by_menu(card: Card, room: int) -> tuple[Card, tuple[tuple[Button, ...], ...]]:
    """Replace the card's own buttons that only lead elsewhere by a menu, if they are many and there is ``room``."""
    leading = tuple(button for button in card.buttons if _only_leads(button))
    if not room or not _MIN_BUTTONS_FOR_MENU <= len(leading) <= OPTIONS_PER_MENU:
        return card, ()
    return replace(card, buttons=tuple(button for button in card.buttons if not _only_leads(button))), (leading,)


def _only_leads(button: Button) -> bool:
    """Whether a button opens another card in place of this one, and shows no state."""
    return bool(button.command) and not button.prompt and not button.keeps_card and button.is_on is None


def list_papers(card: Card) -> list[ListItem]:
    """The papers of a list that can be opened."""
    return [
        block for block in card.blocks if isinstance(block, ListItem) and block.position is not None and block.button
    ]


def name_paper_button(paper: ListItem) -> Button:
    """A paper's button as an option: its number and its title."""
    return replace(paper.button or Button(""), label=f"{paper.position} {markup.to_words(paper.title)}")


def name_button_by_row(row: ListItem) -> Button:
    """A row's button with a label that says which row it is."""
    button = row.button or Button("")
    title = to_plain_text(row.title)
    label = button.label if title in button.label else f"{introduce_by_script(title)}{button.label}"
    return replace(button, label=label)


def build_hint(details: Details) -> Paragraph:
    """Where a collapsed part is to be read, in place of it."""
    return Paragraph((Text(introduce_by_script(details.summary), TextStyle.MUTED), Text(details.hint, TextStyle.MUTED)))


def measure_block(block: Block) -> ContentSize:
    """The size of a block in a message: Markdown text, and components besides adjacent texts, which are joined."""
    match block:
        case Figures(figures):
            return ContentSize(0, 1 + -(-len(figures) // MAX_GALLERY_ITEMS), len(figures))
        case ListItem():
            return ContentSize(count_utf16_units(render_block(block)) + 2, _count_item_components(block))
        case Heading() if block.level > 1:  # it may stand between two sections, as a text of its own
            return ContentSize(count_utf16_units(render_block(block)) + 1, 1)
        case _:
            return ContentSize(count_utf16_units(render_block(block)) + 1)


def _count_item_components(item: ListItem) -> int:
    if item.is_expanded and item.figure:
        return 4
    if item.position is not None:
        return 1
    return 3 if item.button else 0


def render_block(block: Block) -> str:
    """The block's text as Markdown; for a collapsed part, its summary only."""
    writer = _BLOCK_RENDERERS.get(type(block))
    return writer(block) if writer else ""


def _render_heading(block: Heading) -> str:
    line = markup.render_line_as_link(block.line, block.url) if block.url else markup.render_inlines(block.line)
    return f"{'##' if block.level == 1 else '###'} {line}" if block.level < 3 else f"**{line}**"


def _render_item(block: ListItem) -> str:
    title = markup.render_line_as_link(block.title, block.url) if block.url else markup.render_inlines(block.title)
    if _is_short_row(block):
        return f"**{title}** — {markup.render_inlines(block.lines[0])}"
    number = f"{block.position}. " if block.position is not None else ""
    lines = [*markup.render_names(number, block.lead, title), *map(markup.render_line, block.lines)]
    return "\n".join(filter(None, (*lines, render_inner_blocks(block.blocks))))


def _is_short_row(block: ListItem) -> bool:
    """Whether a row is a name with a value, such as a setting: both fit in a line of a phone."""
    is_plain = block.position is None and not block.url and not block.lead and not block.blocks
    texts = (block.title, *block.lines)
    return is_plain and len(texts) == 2 and sum(len(to_plain_text(text)) for text in texts) <= _MAX_ROW_CHARACTERS


def render_inner_blocks(blocks: Sequence[Block]) -> str:
    """The text under an item; collapsed parts are shown by its button."""
    return "\n".join(filter(None, (render_block(block) for block in blocks if not isinstance(block, Details))))


_BLOCK_RENDERERS: dict[type, Callable[..., str]] = {
    Heading: _render_heading,
    Paragraph: lambda block: markup.render_line(block.line),
    Bullets: lambda block: markup.render_list(block.items),
    ListItem: _render_item,
    Notice: lambda block: f"-# {markup.escape(block.text)}",
    Code: lambda block: markup.render_code(block.text, block.language),
}
