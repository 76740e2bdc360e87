"""Short replies as cards: confirmations, errors, lists and empty states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digestbot.cards.card import Block, Button, Card, Heading, Line, ListItem, Paragraph, Text, TextStyle, parse_inline
from digestbot.i18n import introduce, join_names, translate, translate_reason

Row = tuple[str, str, Button | None]
"""A name, its description, and an optional button."""


def message_card(title: str, *texts: str, buttons: Sequence[Button] = ()) -> Card:
    """A heading and some sentences."""
    blocks: list[Block] = [Heading((Text(title),))] if title else []
    return Card((*blocks, *(Paragraph(parse_inline(text)) for text in texts if text)), tuple(buttons))


def list_card(title: str, rows: Iterable[Row], *texts: str, buttons: Sequence[Button] = ()) -> Card:
    """A heading, a list of named things with descriptions, and closing sentences."""
    items = (
        ListItem(None, (Text(name),), "", _muted_lines(description), button=button)
        for name, description, button in rows
    )
    paragraphs = (Paragraph(parse_inline(text, TextStyle.MUTED)) for text in texts if text)
    return Card((Heading((Text(title),)), *items, *paragraphs), tuple(buttons))


def error_card(
    title: str,
    text: str,
    example_label: str,
    examples: Sequence[str],
    buttons: Sequence[Button] = (),
    *,
    language: str = "en",
) -> Card:
    """An error message with examples that work, as they are typed."""
    blocks: list[Block] = [Heading((Text(title),)), Paragraph((Text(text),))]
    if examples:
        label, example_text = introduce(language, example_label), join_names(language, examples)
        blocks.append(Paragraph((Text(label, TextStyle.MUTED), Text(example_text, TextStyle.STRONG))))
    return Card(tuple(blocks), tuple(buttons), ok=False)


def add_notes(card: Card, notes: Sequence[str]) -> Card:
    """The card with sentences about the question right below its title."""
    paragraphs = tuple(Paragraph(parse_inline(note, TextStyle.MUTED)) for note in notes)
    start = 1 if card.blocks and isinstance(card.blocks[0], Heading) else 0
    return replace(card, blocks=(*card.blocks[:start], *paragraphs, *card.blocks[start:])) if notes else card


def paused_card(language: str, title: str, reason: str) -> Card:
    """Notifies the person who set up a chat that deliveries to it are paused."""
    return _build_trouble_card(language, "paused_chat", title, reason)


def problem_card(language: str, title: str, reason: str) -> Card:
    """Notifies the person who set up a chat of something that they can mend."""
    return _build_trouble_card(language, "problem_chat", title, reason)


def _build_trouble_card(language: str, group: str, title: str, reason: str) -> Card:
    values = {"title": title, "reason": translate_reason(language, reason)}
    heading, text = (translate(language, f"{group}.{key}", **values) for key in ("title", "text"))
    return _notice_card(heading, text)


def alert_card(language: str, reason: str) -> Card:
    """Alerts the operator to an incident."""
    return _notice_card(translate(language, "alert.title"), reason, translate(language, "alert.text"))


def resolved_card(language: str) -> Card:
    """Notifies the operator that all incidents of a kind are resolved."""
    return _notice_card("", translate(language, "alert.resolved"))


def _notice_card(title: str, *texts: str) -> Card:
    """A card that comes unasked: a notification says its title and its first sentence."""
    return replace(message_card(title, *texts), preview=" · ".join(filter(None, (title, texts[0]))))


def _muted_lines(text: str) -> tuple[Line, ...]:
    return (parse_inline(text, TextStyle.MUTED),) if text else ()


def add_chat_title(card: Card, title: str) -> Card:
    """The card under the name of the chat that it is about, so that nobody changes the wrong one."""
    return replace(card, blocks=(*message_card(title).blocks, *card.blocks)) if title else card
