"""Cards of long work: shown at once, and replaced in their message as the work goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from digestbot.cards.card import Card


@dataclass(frozen=True, slots=True)
class LiveCard:
    """A card, and those that take its place one after another; the last one stays.

    Handlers of commands return it in place of a card. The ``updates`` may raise
    :class:`~digestbot.errors.CommandError`, as handlers do.
    """

    card: Card
    updates: AsyncGenerator[Card]
