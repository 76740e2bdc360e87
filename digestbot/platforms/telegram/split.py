"""Cards in as many messages as they need: between papers, else between blocks, else between words.

Cutting happens in the card, before there is any markup: so no tag, entity or surrogate pair is ever cut through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from digestbot.cards.card import (
    Block,
    Bullets,
    Card,
    Details,
    Figures,
    Heading,
    Inline,
    Item,
    Line,
    Math,
    Notice,
    Paragraph,
    Style,
    Text,
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a message something takes: text in the format's own units, blocks, and media."""

    text: int
    blocks: int = 0
    media: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.text + other.text, self.blocks + other.blocks, self.media + other.media)

    def within(self, limit: Size) -> bool:
        """Whether it fits."""
        return self.text <= limit.text and self.blocks <= limit.blocks and self.media <= limit.media


Measure = Callable[[Block], Size]


def split(card: Card, measure: Measure, limit: Size) -> list[Card]:
    """The card as cards that fit; each but the first repeats the heading with its number, the last has the buttons."""
    blocks = [part for block in card.blocks for part in _fitting(block, measure, limit)]
    heading = _heading(blocks)
    room = limit if heading is None else replace(limit, text=limit.text - measure(heading).text - 16)
    groups = _packed(blocks, measure, room)
    cards = [replace(card, blocks=tuple(group), buttons=()) for group in groups]
    if heading is not None:
        cards[1:] = [_continued(part, heading, number) for number, part in enumerate(cards[1:], 2)]
    cards[-1] = replace(cards[-1], buttons=card.buttons)
    return cards


def _heading(blocks: Sequence[Block]) -> Heading | None:
    first = blocks[0] if blocks else None
    return first if isinstance(first, Heading) and first.level == 1 else None


def _continued(card: Card, heading: Heading, number: int) -> Card:
    again = replace(heading, line=(*heading.line, Text(f" ({number})")))
    return replace(card, blocks=(again, *card.blocks))


def _packed(blocks: Sequence[Block], measure: Measure, limit: Size) -> list[list[Block]]:
    groups: list[list[Block]] = [[]]
    used = Size(0)
    for block in blocks:
        size = measure(block)
        if groups[-1] and not (used + size).within(limit):
            groups.append([])
            used = Size(0)
        groups[-1].append(block)
        used += size
    return groups


def _fitting(block: Block, measure: Measure, limit: Size) -> Iterator[Block]:
    """The block, or what it is divided into where it does not fit a message of its own."""
    half = replace(limit, text=limit.text // 2) if isinstance(block, Heading) else limit
    alone = replace(half, text=half.text * 7 // 8)  # a heading stands before it
    if measure(block).within(alone):
        yield block
        return
    if isinstance(block, Item):
        yield _shrunk(block, measure, alone)
        return
    for part in _divided(block, alone):
        yield from _fitting(part, measure, limit)


def _divided(block: Block, limit: Size) -> Iterator[Block]:
    match block:
        case Details(summary, blocks):
            yield Heading((Text(summary),), level=2)
            yield from blocks
        case Bullets(items) if len(items) > 1:
            middle = len(items) // 2
            yield from (Bullets(items[:middle]), Bullets(items[middle:]))
        case Bullets(items):
            yield from (Bullets((line,)) for line in cut(items[0], limit.text // 2))
        case Figures(figures, labels):
            yield from (
                Figures(figures[at : at + limit.media], labels[at : at + limit.media])
                for at in range(0, len(figures), limit.media)
            )
        case Heading(line):
            yield replace(block, line=next(iter(cut(line, limit.text // 2))))
        case Paragraph(line):
            yield from (Paragraph(part) for part in cut(line, limit.text // 2))
        case Notice(text):
            yield Notice(text[: limit.text // 2])
        case Item():
            yield block  # an item is shrunk, not divided


def _shrunk(item: Item, measure: Measure, limit: Size) -> Item:
    """The item with less in it: fewer figures, then no folded parts from the last on, then cut lines."""
    blocks = [_fewer(block, limit.media) if isinstance(block, Figures) else block for block in item.blocks]
    while blocks:
        smaller = replace(item, blocks=tuple(blocks))
        if measure(smaller).within(limit):
            return smaller
        last = next((at for at in reversed(range(len(blocks))) if isinstance(blocks[at], Details)), len(blocks) - 1)
        dropped = blocks.pop(last)
        if isinstance(dropped, Details) and dropped.hint:
            blocks.append(Paragraph((Text(f"{dropped.summary}: {dropped.hint}", Style.MUTED),)))
    share = limit.text // (4 * (len(item.lines) + 1))
    lines = tuple(next(iter(cut(line, share))) for line in item.lines)
    return replace(item, title=next(iter(cut(item.title, share))), lines=lines, blocks=())


def _fewer(figures: Figures, most: int) -> Figures:
    return Figures(figures.figures[:most], figures.labels[:most])


def cut(line: Line, most: int) -> Iterator[Line]:
    """The line as lines of at most so many characters, cut at spaces, never through a formula or link that fits."""
    current: list[Inline] = []
    used = 0
    for part in _runs(line, most):
        size = len(part.source if isinstance(part, Math) else part.text)
        if current and used + size > most:
            yield tuple(current)
            current, used = [], 0
        current.append(part)
        used += size
    yield tuple(current)


def _runs(line: Line, most: int) -> Iterator[Inline]:
    """The line's parts, texts that are too long in pieces."""
    for part in line:
        if not isinstance(part, Text):
            yield part
            continue
        rest = part.text
        while len(rest) > most:
            space = rest.rfind(" ", most // 2, most)
            end = space + 1 if space > 0 else most
            yield replace(part, text=rest[:end])
            rest = rest[end:]
        yield replace(part, text=rest)
