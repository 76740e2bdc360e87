"""Short answers as cards: confirmations, errors, lists, empty states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from digestbot.cards.card import Block, Button, Card, Heading, Item, Line, Paragraph, Style, Text, inline
from digestbot.locale import say

Row = tuple[str, str, Button | None]
"""A name, what to say of it, and a button or none."""


def said(title: str, *texts: str, buttons: Sequence[Button] = ()) -> Card:
    """A heading and some sentences."""
    blocks: list[Block] = [Heading((Text(title),))] if title else []
    return Card((*blocks, *(Paragraph(inline(text)) for text in texts if text)), tuple(buttons))


def listed(title: str, rows: Iterable[Row], *texts: str, buttons: Sequence[Button] = ()) -> Card:
    """A heading, a list of things with something said of each, and some sentences after it."""
    items = (Item(None, (Text(name),), "", _lines(about), button=button) for name, about, button in rows)
    after = (Paragraph(inline(text, Style.MUTED)) for text in texts if text)
    return Card((Heading((Text(title),)), *items, *after), tuple(buttons))


def wrong(title: str, text: str, works: str, examples: Sequence[str], buttons: Sequence[Button] = ()) -> Card:
    """What was wrong, and examples that work."""
    blocks: list[Block] = [Heading((Text(title),)), Paragraph((Text(text),))]
    if examples:
        shown = ", ".join(f"/{example}" for example in examples)
        blocks.append(Paragraph((Text(f"{works}: ", Style.MUTED), Text(shown, Style.STRONG))))
    return Card(tuple(blocks), tuple(buttons), ok=False)


def trouble(language: str, title: str, reason: str) -> Card:
    """What tells whoever set a chat up that nothing is delivered there any more."""
    heading, text = (say(language, f"trouble.{part}", title=title, reason=reason) for part in ("title", "text"))
    return said(heading, text)


def alarm(language: str, reason: str) -> Card:
    """What tells an operator that something needs a hand."""
    return said(say(language, "alarm.title"), reason, say(language, "alarm.text"))


def relief(language: str) -> Card:
    """What tells an operator that the trouble is over."""
    return said("", say(language, "alarm.over"))


def _lines(about: str) -> tuple[Line, ...]:
    return (inline(about, Style.MUTED),) if about else ()
