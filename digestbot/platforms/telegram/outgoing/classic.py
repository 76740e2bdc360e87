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
    Code,
    Details,
    Figures,
    Heading,
    Line,
    ListItem,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    to_plain_text,
)
from digestbot.cards.split import ContentSize, split_card
from digestbot.platforms.common.text import count_utf16_units
from digestbot.platforms.telegram.outgoing.markup import FormulaStyle, InlineRenderer, escape_web_address, render_code

MESSAGE_LIMIT = ContentSize(4_000, 10_000, 10_000)
"""Telegram takes 4,096; a little is kept for the line breaks between blocks."""
_FEWER_BULLETS = (3, 0)
"""Takeaways of each paper where all of them are too many for one message; three lines show before it is expanded."""
_INLINES = InlineRenderer(FormulaStyle.PLAIN, detection=True)


def split_into_messages(card: Card) -> list[Card]:
    """Split the card into cards that fit a message each; a list that nearly fits drops the last takeaways of papers."""
    cards = split_card(card, _measure_block, MESSAGE_LIMIT)
    for count in _FEWER_BULLETS if len(cards) > 1 else ():
        lighter_card = replace(card, blocks=tuple(_keep_bullets(block, count) for block in card.blocks))
        lighter = split_card(lighter_card, _measure_block, MESSAGE_LIMIT)
        if len(lighter) == 1:
            return lighter
    return cards


def render_html(card: Card) -> str:
    """Render the card as HTML."""
    return "\n".join(_iter_spaced(card.blocks))


def find_preview_url(card: Card) -> str:
    """The address whose preview stands above the message: the first figure of a paper's own card; empty for none."""
    figures = next((block for block in card.blocks if isinstance(block, Figures)), None)
    return escape_web_address(figures.figures[0].url) if figures and figures.figures else ""


def find_album(card: Card) -> Figures | None:
    """The figures of a card that is nothing but its heading and figures: they go out as an album."""
    match card.blocks:
        case (Heading(), Figures() as figures):
            return figures
    return None


def render_caption(card: Card) -> str:
    """An album's caption: the heading."""
    return _render_block(card.blocks[0])


def trim_for_classic(card: Card) -> Card:
    """A card made for rich messages, with no more folded in its lists than a plain message has room for."""
    return replace(card, blocks=tuple(_keep_inner_blocks(block, (Bullets,)) for block in card.blocks))


def _keep_bullets(block: Block, count: int) -> Block:
    """A list item with so many takeaways at most; other blocks as they are."""
    if not isinstance(block, ListItem):
        return block
    inner = (Bullets(one.items[:count]) if isinstance(one, Bullets) else one for one in block.blocks)
    return replace(block, blocks=tuple(one for one in inner if not isinstance(one, Bullets) or one.items))


def _keep_inner_blocks(block: Block, kinds: tuple[type[Block], ...]) -> Block:
    if not isinstance(block, ListItem):
        return block
    return replace(block, blocks=tuple(inner for inner in block.blocks if isinstance(inner, kinds)))


def _iter_spaced(blocks: Sequence[Block]) -> Iterator[str]:
    before: Block | None = None
    for block in blocks:
        html = _render_block(block)
        if not html:
            continue
        if before is not None and not _is_attached(before, block):
            yield ""
        yield html
        before = block


def _is_attached(before: Block, block: Block) -> bool:
    """Whether a block stands right under the one before it."""
    if isinstance(before, Heading):
        begins_papers = before.level == 1 and isinstance(block, ListItem)
        begins_sections = before.level == 1 and isinstance(block, Heading)
        return not _is_row(block) and not begins_papers and not begins_sections
    both_lists = isinstance(before, Bullets) and isinstance(block, Bullets)
    return both_lists or (_is_row(before) and _is_row(block))


def _is_row(block: Block) -> bool:
    """Whether a block is a named thing with a line at most about it: a setting, a topic, a command."""
    return isinstance(block, ListItem) and block.position is None and not block.blocks and len(block.lines) <= 1


def _render_block(block: Block) -> str:  # noqa: PLR0911  # one answer a kind
    match block:
        case Heading(line, url):
            return f"<b>{_render_linked(line, url)}</b>"
        case Paragraph(line):
            return _INLINES.render_line(line)
        case Bullets(items):
            return "\n".join(f"•\u00a0{_INLINES.render_line(item)}" for item in items)
        case Details(summary, blocks):
            return (
                f"<b>{_INLINES.render_text(summary)}</b>\n<blockquote expandable>{_render_quoted(blocks)}</blockquote>"
            )
        case Figures():
            return ""  # below the message as a preview, or as an album
        case ListItem():
            return _render_list_item(block)
        case Notice(text):
            return _INLINES.render_line((Text(text, TextStyle.MUTED),))
        case Code(text, language):
            return render_code(text, language)


def _render_linked(line: Line, url: str) -> str:
    address = escape_web_address(url)
    if not address:
        return _INLINES.render_line(line)
    text = (
        _INLINES.render_text(to_plain_text(line))
        if any(hasattr(part, "url") for part in line)
        else _INLINES.render_line(line)
    )
    return f'<a href="{address}">{text}</a>'


def _render_quoted(blocks: Sequence[Block]) -> str:
    """Blocks inside a quotation: a quotation holds no other, so that what would be one stands open."""
    parts = []
    for block in blocks:
        if isinstance(block, Details):
            parts.append(f"<b>{_INLINES.render_text(block.summary)}</b>\n{_render_quoted(block.blocks)}")
        else:
            parts.append(_render_block(block))
    return "\n".join(filter(None, parts))


def _render_list_item(item: ListItem) -> str:
    """The item; a switch is a key below the message, which says the same."""
    if item.button and item.button.is_on is not None:
        return ""
    return _render_row(item) if _is_row(item) else _render_item(item)


def _render_row(item: ListItem) -> str:
    """A named thing and what is said of it, in one paragraph: the name in bold is enough to tell rows apart."""
    name = f"<b>{_render_linked(item.title, item.url)}</b>"
    plain_lines = (tuple(Text(run.text) if isinstance(run, Text) else run for run in line) for line in item.lines)
    return " — ".join(filter(None, (name, *(_INLINES.render_line(line) for line in plain_lines))))


def _render_item(item: ListItem) -> str:
    number = f"{item.position}. " if item.position is not None else ""
    title = _render_linked(item.title, item.url)
    names = [f"<b>{number}{_INLINES.render_line(item.lead)}</b>", title] if item.lead else [f"<b>{number}{title}</b>"]
    lines = [*names, *(_INLINES.render_line(line) for line in item.lines)]
    if quoted := _render_quoted(item.blocks):
        lines.append(f"<blockquote expandable>{quoted}</blockquote>")
    return "\n".join(filter(None, lines))


def _measure_block(block: Block) -> ContentSize:  # noqa: PLR0911  # one answer a kind
    """The block's text with its line breaks, and the empty line before it."""
    match block:
        case Heading(line) | Paragraph(line):
            return ContentSize(_count_units(line) + 2)
        case Bullets(items):
            return ContentSize(sum(_count_units(line) + 3 for line in items) + 2)
        case Details(summary, blocks):
            return sum(
                map(_measure_block, blocks),
                ContentSize(count_utf16_units(_INLINES.get_counted_text(_to_line(summary))) + 4),
            )
        case Figures():
            return ContentSize(0)
        case Notice(text):
            return ContentSize(count_utf16_units(_INLINES.get_counted_text(_to_line(text))) + 2)
        case Code(text):
            return ContentSize(count_utf16_units(text) + 2)
        case ListItem():
            own = _count_units(block.title) + sum(_count_units(line) + 1 for line in (block.lead, *block.lines)) + 8
            return sum(map(_measure_block, block.blocks), ContentSize(own))


def _count_units(line: Line) -> int:
    return count_utf16_units(_INLINES.get_counted_text(line))


def _to_line(text: str) -> Line:
    return (Text(text),)
