"""What a card offers to a person at a terminal: its papers and buttons, each with the command that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from digestbot.cards.card import Block, Button, Card, Details, ListItem, to_plain_text
from digestbot.cards.text import drop_control_characters


class Choice(NamedTuple):
    """A line that could be typed, and what it is called."""

    line: str
    label: str


def list_choices(card: Card) -> list[Choice]:
    """What a card offers, in the order in which it is shown; each command once."""
    offered = (*_iter_offered(card.blocks), *_iter_buttons(card.buttons))
    return list({choice.line: choice for choice in reversed(offered)}.values())[::-1]


def _iter_offered(blocks: Iterable[Block]) -> Iterator[Choice]:
    for block in blocks:
        if isinstance(block, ListItem):
            yield from _iter_item(block)
        elif isinstance(block, Details):
            if block.command:
                yield _build_choice(block.command, block.summary)
            yield from _iter_offered(block.blocks)


def _iter_item(item: ListItem) -> Iterator[Choice]:
    if item.button and item.button.command:
        number = "" if item.position is None else f"{item.position} "
        yield _build_choice(item.button.command, number + to_plain_text(item.title))
    yield from _iter_buttons(item.action_buttons)
    yield from _iter_offered(item.blocks)


def _iter_buttons(buttons: Iterable[Button]) -> Iterator[Choice]:
    for button in buttons:
        if button.command:  # what a button asks for is typed after its command
            yield _build_choice(f"{button.command} " if button.prompt else button.command, button.label)


def _build_choice(command: str, label: str) -> Choice:
    return Choice(f"/{drop_control_characters(command)}", drop_control_characters(label))
