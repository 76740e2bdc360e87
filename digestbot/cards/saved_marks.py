"""What a person wrote beside the papers that they saved, as lines of their cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from digestbot.cards.card import Block, Card, Line, ListItem, Text, TextStyle, parse_inline
from digestbot.cards.context import RenderContext
from digestbot.cards.paper_blocks import truncate_text
from digestbot.domain.papers.saved_marks import SavedMarks

_NOTE_WIDTH = 160
"""Half-width characters of a note in a list."""


def mark_lines(marks: SavedMarks, context: RenderContext, note_width: int | None = None) -> tuple[Line, ...]:
    """A line with the tags, and one with the note, cut to ``note_width``."""
    lines: list[Line] = []
    if marks.tags:
        lines.append((Text(context.translate("saved.tags", tags=format_tags(marks.tags)), TextStyle.MUTED),))
    if marks.note:
        note = truncate_text(marks.note, note_width) if note_width else marks.note
        lines.append((Text(context.translate("saved.note", note=""), TextStyle.MUTED), *parse_inline(note)))
    return tuple(lines)


def format_tags(tags: Sequence[str]) -> str:
    """Tags as people write them."""
    return " ".join(f"#{tag}" for tag in tags)


def add_marks(card: Card, marks: Sequence[SavedMarks], context: RenderContext) -> Card:
    """The list of papers with the marks of each, in the order of its items."""
    return replace(card, blocks=tuple(_iter_marked(card.blocks, iter(marks), context)))


def _iter_marked(blocks: Sequence[Block], marks: Iterator[SavedMarks], context: RenderContext) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, ListItem):
            written = mark_lines(next(marks, SavedMarks()), context, _NOTE_WIDTH)
            yield replace(block, lines=(*block.lines, *written))
        else:
            yield block
