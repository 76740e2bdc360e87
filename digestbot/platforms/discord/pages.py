"""Cards in as many Discord messages as they need: 4,000 characters and 40 components each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
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
from digestbot.platforms.discord import markup
from digestbot.platforms.discord.keys import room, usable

MOST_TEXT, MOST_COMPONENTS, MOST_GALLERY = 4_000, 40, 10
"""discord.com/developers/docs/components/reference and .../resources/message: nested components count too."""
_SPARE_TEXT = 60
_OWN = 3
"""The container, and the text before and after its sections."""
_MENU_FROM, _OPTIONS, _MENUS = 9, 25, 5


@dataclass(frozen=True, slots=True)
class Page:
    """What one message shows: a card that fits, and menus in the place of more buttons than fit beside their rows."""

    card: Card
    menus: tuple[tuple[Button, ...], ...] = ()


def pages(card: Card, *, shares: bool) -> list[Page]:
    """The card in order; ``shares`` keeps the button that shows it to all.

    The first of them opens a post, the last one a thread: what comes after goes there.
    """
    card, menus = _with_menus(replace(card, buttons=_buttons(card, shares=shares)))
    taken = _OWN + room(card.buttons) + 2 * len(menus)
    limit = ContentSize(MOST_TEXT - _SPARE_TEXT, MOST_COMPONENTS - taken, 10_000)
    cards = split_card(_folded(card, limit), measure, limit)
    opening = 0 if card.new_thread and card.new_thread.is_forum_post else len(cards) - 1
    cards = [replace(one, new_thread=card.new_thread if at == opening else None) for at, one in enumerate(cards)]
    return [*map(Page, cards[:-1]), Page(cards[-1], menus)]


def _buttons(card: Card, *, shares: bool) -> tuple[Button, ...]:
    return tuple(button for button in card.buttons if usable(button) and (shares or not button.share_query))


def _with_menus(card: Card) -> tuple[Card, tuple[tuple[Button, ...], ...]]:
    """The card with menus in the place of its rows' buttons, where those are too many for sections."""
    rows = [block for block in card.blocks if isinstance(block, ListItem) and block.position is None and block.button]
    if len(rows) < _MENU_FROM:
        return card, ()
    chosen = [_named(row) for row in rows if row.button][: _OPTIONS * _MENUS]
    blocks = tuple(replace(block, button=None) if isinstance(block, ListItem) else block for block in card.blocks)
    menus = tuple(tuple(chosen[at : at + _OPTIONS]) for at in range(0, len(chosen), _OPTIONS))
    return replace(card, blocks=blocks), menus


def _named(row: ListItem) -> Button:
    """A row's button with a label that says which row it is."""
    button = row.button or Button("")
    title = to_plain_text(row.title)
    label = button.label if title in button.label else f"{title}: {button.label}"
    return replace(button, label=label)


def _folded(card: Card, limit: ContentSize) -> Card:
    """The card with each folded part where there is room for it, else with the way to it."""
    used = sum((measure(block) for block in card.blocks if not isinstance(block, Details)), ContentSize(0))
    blocks: list[Block] = []
    for block in card.blocks:
        if not isinstance(block, Details):
            blocks.append(block)
            continue
        whole, hint = measure(block), _hint(block)
        fits = (used + whole).fits_in(limit)
        blocks.append(block if fits else hint)
        used += whole if fits else measure(hint)
    return replace(card, blocks=tuple(blocks))


def _hint(details: Details) -> Paragraph:
    return Paragraph((Text(f"{details.summary}: ", TextStyle.MUTED), Text(details.hint, TextStyle.MUTED)))


def measure(block: Block) -> ContentSize:
    """How much of a message a block takes: text of Markdown, and components beside the texts that join each other."""
    match block:
        case Details(_, blocks):
            return sum(map(measure, blocks), ContentSize(markup.units(text(block)), 4))
        case Figures(figures):
            return ContentSize(0, 1 + -(-len(figures) // MOST_GALLERY), len(figures))
        case ListItem():
            return ContentSize(markup.units(text(block)) + 2, _components(block))
        case _:
            return ContentSize(markup.units(text(block)) + 1)


def _components(item: ListItem) -> int:
    if item.is_expanded and item.button:
        return 6
    return 3 if item.button else 0


def text(block: Block) -> str:
    """The block's own text as Markdown; of a folded part, its name alone."""
    writer = _WRITERS.get(type(block))
    return writer(block) if writer else ""


def _heading(block: Heading) -> str:
    line = markup.linked(block.line, block.url) if block.url else markup.bare(block.line)
    return f"{'##' if block.level == 1 else '###'} {line}" if block.level < 3 else f"**{line}**"


def _item(block: ListItem) -> str:
    title = markup.linked(block.title, block.url) if block.url else markup.bare(block.title)
    number = f"{block.position}. " if block.position is not None else ""
    lines = [f"**{number}{title}**", *map(markup.written, block.lines)]
    return "\n".join(filter(None, (*lines, inside(block.blocks))))


def inside(blocks: Sequence[Block]) -> str:
    """What stands under an item: text alone, since what is folded is shown by its button."""
    return "\n".join(filter(None, (text(block) for block in blocks if not isinstance(block, Details))))


_WRITERS: dict[type, Callable[..., str]] = {
    Heading: _heading,
    Paragraph: lambda block: markup.written(block.line),
    Bullets: lambda block: markup.listed(block.items),
    Details: lambda block: f"**{markup.escaped(block.summary)}** ⌄",
    ListItem: _item,
    Notice: lambda block: f"-# {markup.escaped(block.text)}",
}
