"""Split cards into as many messages as needed: between papers, else between blocks, else between words.

Cards are split before they are rendered, so that no tag, entity or surrogate pair is ever cut in half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from digestbot.cards.card import (
    Block,
    Bullets,
    Card,
    Code,
    Details,
    Figures,
    Heading,
    Inline,
    Line,
    ListItem,
    Math,
    Notice,
    Paragraph,
    Text,
    TextStyle,
)
from digestbot.i18n import introduce_by_script


@dataclass(frozen=True, slots=True)
class ContentSize:
    """The size of content in a message: text in the format's own units, blocks, and media."""

    text: int
    blocks: int = 0
    media: int = 0

    def __add__(self, other: ContentSize) -> ContentSize:
        return ContentSize(self.text + other.text, self.blocks + other.blocks, self.media + other.media)

    def fits_in(self, limit: ContentSize) -> bool:
        """Whether the content fits within ``limit``."""
        return self.text <= limit.text and self.blocks <= limit.blocks and self.media <= limit.media


_MAX_UNITS_PER_CHARACTER = 3
"""Maximum units per character: two for an emoji, and one for the character that keeps a name from being a mention."""
_MAX_TITLE = 100
"""Characters of a title over figures that would be alone in a message."""
BlockMeasure = Callable[[Block], ContentSize]


def split_card(card: Card, measure: BlockMeasure, limit: ContentSize) -> list[Card]:
    """Split a card into cards that fit; each goes on where the one before ends, and the last has the buttons."""
    blocks = [part for block in card.blocks for part in _iter_fitting_blocks(block, measure, limit)]
    cards = [replace(card, blocks=tuple(group), buttons=()) for group in _group_blocks(blocks, measure, limit)]
    cards[1:] = [_name_figures(part, number, cards[0]) for number, part in enumerate(cards[1:], 2)]
    cards[-1] = replace(cards[-1], buttons=card.buttons)
    return cards


def _name_figures(part: Card, number: int, first: Card) -> Card:
    """The part; figures that would be alone in a message stand under the card's title, which says whose they are."""
    title = first.blocks[0] if first.blocks else None
    are_alone = all(isinstance(block, Figures) for block in part.blocks)
    if not are_alone or not isinstance(title, Heading) or title.level > 1:
        return part
    line = (*next(iter(split_line(title.line, _MAX_TITLE))), Text(f" ({number})"))
    return replace(part, blocks=(replace(title, line=line), *part.blocks))


def _group_blocks(blocks: Sequence[Block], measure: BlockMeasure, limit: ContentSize) -> list[list[Block]]:
    """Group the blocks so that each group fits. A section's heading stands in the group of what follows it."""
    groups: list[list[Block]] = [[]]
    used = ContentSize(0)
    for block in blocks:
        size = measure(block)
        if groups[-1] and not (used + size).fits_in(limit):
            groups.append(_take_section_heading(groups[-1], measure, size, limit))
            used = sum(map(measure, groups[-1]), ContentSize(0))
        groups[-1].append(block)
        used += size
    return groups


def _take_section_heading(
    group: list[Block], measure: BlockMeasure, rest: ContentSize, limit: ContentSize
) -> list[Block]:
    """Remove a section's heading from the end of a group, if it fits with the ``rest`` of the next one."""
    last = group[-1]
    is_movable = len(group) > 1 and isinstance(last, Heading) and last.level > 1
    return [group.pop()] if is_movable and (measure(last) + rest).fits_in(limit) else []


def _iter_fitting_blocks(block: Block, measure: BlockMeasure, limit: ContentSize) -> Iterator[Block]:
    """The block, or its pieces if it does not fit a message of its own below a heading."""
    block_limit = replace(limit, text=limit.text * 7 // 8, blocks=limit.blocks - 1)
    if measure(block).fits_in(block_limit):
        yield block
        return
    if isinstance(block, ListItem):
        yield _shrink_item(block, measure, block_limit)
        return
    for part in _split_block(block, block_limit):
        yield from _iter_fitting_blocks(part, measure, limit)


def _split_block(block: Block, limit: ContentSize) -> Iterator[Block]:
    max_length = limit.text // _MAX_UNITS_PER_CHARACTER
    match block:
        case Details(summary, blocks):
            yield Heading((Text(summary),), level=2)
            yield from blocks
        case Bullets(items) if len(items) > 1:
            middle = len(items) // 2
            yield from (Bullets(items[:middle]), Bullets(items[middle:]))
        case Bullets(items):
            yield from (Bullets((line,)) for line in split_line(items[0], max_length))
        case Figures(figures, labels):
            yield from (
                Figures(figures[start : start + limit.media], labels[start : start + limit.media])
                for start in range(0, len(figures), limit.media)
            )
        case Heading(line):
            first, *rest = split_line(line, max_length)
            yield replace(block, line=first)
            yield from map(Paragraph, rest)
        case Paragraph(line):
            yield from map(Paragraph, split_line(line, max_length))
        case Notice(text):
            yield Notice(text[:max_length])
        case Code(text, language):
            yield from (Code(part, language) for part in _split_lines(text, max_length))
        case ListItem():
            yield block  # an item is shrunk, not divided


def _split_lines(text: str, max_length: int) -> Iterator[str]:
    """The text in parts of whole lines, as far as a line fits."""
    part = ""
    for line in text.splitlines(keepends=True):
        for piece in (line[start : start + max_length] for start in range(0, len(line), max_length)):
            if part and len(part) + len(piece) > max_length:
                yield part.rstrip("\n")
                part = ""
            part += piece
    if part:
        yield part.rstrip("\n")


def _shrink_item(item: ListItem, measure: BlockMeasure, limit: ContentSize) -> ListItem:
    """Shrink the item: fewer figures first, then fewer collapsed blocks from the end, then shorter lines."""
    blocks = [_limit_figures(block, limit.media) if isinstance(block, Figures) else block for block in item.blocks]
    while blocks:
        smaller = replace(item, blocks=tuple(blocks))
        if measure(smaller).fits_in(limit):
            return smaller
        last = next(
            (index for index in reversed(range(len(blocks))) if isinstance(blocks[index], Details)), len(blocks) - 1
        )
        dropped = blocks.pop(last)
        if isinstance(dropped, Details) and dropped.hint:
            blocks.append(Paragraph((Text(f"{introduce_by_script(dropped.summary)}{dropped.hint}", TextStyle.MUTED),)))
    max_length = limit.text // (2 * _MAX_UNITS_PER_CHARACTER * (len(item.lines) + 2))
    title, lead, *lines = (next(iter(split_line(line, max_length))) for line in (item.title, item.lead, *item.lines))
    return replace(item, title=title, lead=lead, lines=tuple(lines), blocks=())


def _limit_figures(figures: Figures, limit: int) -> Figures:
    return Figures(figures.figures[:limit], figures.labels[:limit])


def split_line(line: Line, max_length: int) -> Iterator[Line]:
    """Split the line at spaces into lines of at most ``max_length``; formulas and links that fit are never cut."""
    current: list[Inline] = []
    used = 0
    for run in _split_runs(line, max_length):
        size = len(run.source if isinstance(run, Math) else run.text)
        if current and used + size > max_length:
            yield tuple(current)
            current, used = [], 0
        current.append(run)
        used += size
    yield tuple(current)


def _split_runs(line: Line, max_length: int) -> Iterator[Inline]:
    """The line's runs, with overlong ones split: text at spaces, anything else as its plain text."""
    for run in line:
        text = run.source if isinstance(run, Math) else run.text
        if len(text) <= max_length:
            yield run
            continue
        style = run.style if isinstance(run, Text) else TextStyle.PLAIN
        while len(text) > max_length:
            space = text.rfind(" ", max_length // 2, max_length)
            end = space + 1 if space > 0 else max_length
            yield Text(text[:end], style)
            text = text[end:]
        yield Text(text, style)
