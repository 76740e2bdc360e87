"""Cards as plain HTML messages, which every client shows: 4,096 UTF-16 units each after the tags are taken out.

Tags are those of core.telegram.org/bots/api#html-style, and nothing else is let through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from digestbot.cards.card import (
    Block,
    Bullets,
    Card,
    Details,
    Figures,
    Heading,
    Line,
    ListItem,
    Notice,
    Paragraph,
    Text,
    to_plain_text,
)
from digestbot.cards.split import ContentSize, split_card
from digestbot.platforms.telegram.markup import Inlines, units, web_address

LIMIT = ContentSize(4_000, 10_000, 10_000)
"""Telegram takes 4,096; a little is kept for the line breaks between blocks."""
_INLINES = Inlines(math=False, detection=True)


def pages(card: Card) -> list[Card]:
    """The card as cards that fit a message each; one that nearly fits goes without what is folded in its lists."""
    found = split_card(card, _measure, LIMIT)
    if len(found) > 1:
        bare = replace(card, blocks=tuple(_keeping(block, (Details,)) for block in card.blocks))
        lighter = split_card(bare, _measure, LIMIT)
        return lighter if len(lighter) == 1 else found
    return found


def render(card: Card) -> str:
    """The card's HTML."""
    return "\n".join(_spaced(card.blocks))


def preview(card: Card) -> str:
    """The address whose preview stands under the message: the first figure of a paper's own card; empty for none."""
    figures = next((block for block in card.blocks if isinstance(block, Figures)), None)
    return web_address(figures.figures[0].url) if figures and figures.figures else ""


def album(card: Card) -> Figures | None:
    """The figures of a card that is nothing but its heading and figures: they go out as an album."""
    match card.blocks:
        case (Heading(), Figures() as figures):
            return figures
    return None


def caption(card: Card) -> str:
    """An album's caption: the heading."""
    return _block(card.blocks[0])


def lightened(card: Card) -> Card:
    """A card made for rich messages, with no more folded in its lists than a plain message has room for."""
    return replace(card, blocks=tuple(_keeping(block, (Bullets,)) for block in card.blocks))


def _keeping(block: Block, kinds: tuple[type[Block], ...]) -> Block:
    if not isinstance(block, ListItem):
        return block
    return replace(block, blocks=tuple(inner for inner in block.blocks if isinstance(inner, kinds)))


def _spaced(blocks: Sequence[Block]) -> Iterator[str]:
    before: Block | None = None
    for block in blocks:
        html = _block(block)
        if not html:
            continue
        if before is not None and not _belongs(before, block):
            yield ""
        yield html
        before = block


def _belongs(before: Block, block: Block) -> bool:
    """Whether a block stands right under the one before it."""
    both_lists = isinstance(before, Bullets) and isinstance(block, Bullets)
    rows = isinstance(before, ListItem) and isinstance(block, ListItem) and not before.lines and not block.lines
    return both_lists or rows or isinstance(before, Heading)


def _block(block: Block) -> str:  # noqa: PLR0911  # one answer a kind
    match block:
        case Heading(line, url):
            return f"<b>{_linked(line, url)}</b>"
        case Paragraph(line):
            return _INLINES.html(line)
        case Bullets(items):
            return "\n".join(f"• {_INLINES.html(item)}" for item in items)
        case Details(summary, blocks):
            return f"<b>{_INLINES.plain(summary)}</b>\n<blockquote expandable>{_quoted(blocks)}</blockquote>"
        case Figures():
            return ""  # below the message as a preview, or as an album
        case ListItem():
            return _item(block)
        case Notice(text):
            return f"<i>{_INLINES.plain(text)}</i>"


def _linked(line: Line, url: str) -> str:
    address = web_address(url)
    if not address:
        return _INLINES.html(line)
    text = _INLINES.plain(to_plain_text(line)) if any(hasattr(part, "url") for part in line) else _INLINES.html(line)
    return f'<a href="{address}">{text}</a>'


def _quoted(blocks: Sequence[Block]) -> str:
    """Blocks inside a quotation: a quotation holds no other, so that what would be one stands open."""
    parts = []
    for block in blocks:
        if isinstance(block, Details):
            parts.append(f"<b>{_INLINES.plain(block.summary)}</b>\n{_quoted(block.blocks)}")
        else:
            parts.append(_block(block))
    return "\n".join(filter(None, parts))


def _item(item: ListItem) -> str:
    number = f"{item.position}. " if item.position is not None else ""
    lines = [f"<b>{number}{_linked(item.title, item.url)}</b>", *(_INLINES.html(line) for line in item.lines)]
    if quoted := _quoted(item.blocks):
        lines.append(f"<blockquote expandable>{quoted}</blockquote>")
    return "\n".join(filter(None, lines))


def _measure(block: Block) -> ContentSize:
    """The block's text with its line breaks, and the empty line before it."""
    match block:
        case Heading(line) | Paragraph(line):
            return ContentSize(_text(line) + 2)
        case Bullets(items):
            return ContentSize(sum(_text(line) + 3 for line in items) + 2)
        case Details(summary, blocks):
            return sum(map(_measure, blocks), ContentSize(units(_INLINES.text(_words(summary))) + 4))
        case Figures():
            return ContentSize(0)
        case Notice(text):
            return ContentSize(units(_INLINES.text(_words(text))) + 2)
        case ListItem():
            own = _text(block.title) + sum(_text(line) + 1 for line in block.lines) + 8
            return sum(map(_measure, block.blocks), ContentSize(own))


def _text(line: Line) -> int:
    return units(_INLINES.text(line))


def _words(text: str) -> Line:
    return (Text(text),)
