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


_HEADING = 100
"""Characters of a heading that is repeated."""
_NUMBERED = 16
_WIDEST = 3
"""Units that a character can take at the most: two for an emoji, one for what keeps a name from being a mention."""
Measure = Callable[[Block], Size]


def split(card: Card, measure: Measure, limit: Size) -> list[Card]:
    """The card as cards that fit; each but the first repeats the heading with its number, the last has the buttons."""
    blocks = [part for block in card.blocks for part in _fitting(block, measure, limit)]
    again = _repeated(blocks)
    room = Size(0) if again is None else measure(again) + Size(_NUMBERED)
    groups = _packed(blocks, measure, limit, room)
    cards = [replace(card, blocks=tuple(group), buttons=()) for group in groups]
    if again is not None:
        cards[1:] = [_continued(part, again, number) for number, part in enumerate(cards[1:], 2)]
    cards[-1] = replace(cards[-1], buttons=card.buttons)
    return cards


def _repeated(blocks: Sequence[Block]) -> Heading | None:
    """The card's own heading, short enough to be repeated."""
    first = blocks[0] if blocks else None
    if not isinstance(first, Heading) or first.level > 1:
        return None
    return replace(first, line=next(iter(cut(first.line, _HEADING))))


def _continued(card: Card, heading: Heading, number: int) -> Card:
    again = replace(heading, line=(*heading.line, Text(f" ({number})")))
    return replace(card, blocks=(again, *card.blocks))


def _packed(blocks: Sequence[Block], measure: Measure, limit: Size, heading: Size) -> list[list[Block]]:
    """The blocks in groups that fit, those after the first with room for a heading."""
    groups: list[list[Block]] = [[]]
    used = Size(0)
    for block in blocks:
        size = measure(block)
        if groups[-1] and not (used + size).within(limit):
            groups.append([])
            used = heading
        groups[-1].append(block)
        used += size
    return groups


def _fitting(block: Block, measure: Measure, limit: Size) -> Iterator[Block]:
    """The block, or what it is divided into where it does not fit a message of its own, below a heading."""
    alone = replace(limit, text=limit.text * 7 // 8, blocks=limit.blocks - 1)
    if measure(block).within(alone):
        yield block
        return
    if isinstance(block, Item):
        yield _shrunk(block, measure, alone)
        return
    for part in _divided(block, alone):
        yield from _fitting(part, measure, limit)


def _divided(block: Block, limit: Size) -> Iterator[Block]:
    most = limit.text // _WIDEST
    match block:
        case Details(summary, blocks):
            yield Heading((Text(summary),), level=2)
            yield from blocks
        case Bullets(items) if len(items) > 1:
            middle = len(items) // 2
            yield from (Bullets(items[:middle]), Bullets(items[middle:]))
        case Bullets(items):
            yield from (Bullets((line,)) for line in cut(items[0], most))
        case Figures(figures, labels):
            yield from (
                Figures(figures[at : at + limit.media], labels[at : at + limit.media])
                for at in range(0, len(figures), limit.media)
            )
        case Heading(line):
            first, *rest = cut(line, most)
            yield replace(block, line=first)
            yield from map(Paragraph, rest)
        case Paragraph(line):
            yield from map(Paragraph, cut(line, most))
        case Notice(text):
            yield Notice(text[:most])
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
    share = limit.text // (2 * _WIDEST * (len(item.lines) + 1))
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
    """The line's parts, what is too long in pieces: a text at its spaces, anything else as the text that it shows."""
    for part in line:
        text = part.source if isinstance(part, Math) else part.text
        if len(text) <= most:
            yield part
            continue
        style = part.style if isinstance(part, Text) else Style.PLAIN
        while len(text) > most:
            space = text.rfind(" ", most // 2, most)
            end = space + 1 if space > 0 else most
            yield Text(text[:end], style)
            text = text[end:]
        yield Text(text, style)
