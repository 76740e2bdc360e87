"""What shows that a delivery is only a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards.card import Card, Paragraph, Text, TextStyle
from digestbot.cards.context import RenderContext


def mark_as_test(cards: Sequence[Card], context: RenderContext) -> tuple[Card, ...]:
    """The cards of a delivery, of which the first says that it is a test, as do its notification and its thread."""
    first, *rest = cards
    note = Paragraph((Text(context.translate("test.mark"), TextStyle.STRONG),))
    mark = context.translate("test.word")
    preview = f"{mark} · {first.preview}" if first.preview else ""
    marked = replace(first, blocks=(*first.blocks[:1], note, *first.blocks[1:]), preview=preview)
    return tuple(
        replace(card, new_thread=replace(card.new_thread, topic=f"{mark} · {card.new_thread.topic}"))
        if card.new_thread
        else card
        for card in (marked, *rest)
    )
