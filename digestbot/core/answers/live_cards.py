"""Cards of long work: shown at once, and replaced in their message as the work goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.ports import Reply
from digestbot.i18n import translate


@dataclass(frozen=True, slots=True)
class LiveCard:
    """A card, and those that take its place one after another; the last one stays.

    Handlers of commands return it in place of a card. The ``updates`` may raise
    :class:`~digestbot.errors.CommandError`, as handlers do.
    """

    card: Card
    updates: AsyncGenerator[Card]


class OwnedUpdates(AsyncGenerator[Card]):
    """Cards that are made of others, the ``source``: closing them closes that too, even before the first one came.

    A generator that was never begun runs nothing when it is closed, not even what would close its source.
    """

    def __init__(self, cards: AsyncGenerator[Card], source: AsyncGenerator[Card]) -> None:
        self._cards = cards
        self._source = source

    async def asend(self, value: None) -> Card:
        """The next card."""
        return await self._cards.asend(value)

    async def athrow(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Card:
        """Raise an error where the cards are made."""
        return await self._cards.athrow(kind, value, traceback)  # type: ignore[arg-type]  # each way of raising

    async def aclose(self) -> None:
        """Stop the work."""
        await self._cards.aclose()
        await self._source.aclose()


def change_cards(reply: Reply, change: Callable[[Card], Card]) -> Reply:
    """The reply with each of its cards changed, those that come later too."""
    source = reply.updates
    changed = replace(reply, card=change(reply.card))
    return replace(changed, updates=OwnedUpdates(_iter_changed(source, change), source)) if source else changed


async def _iter_changed(cards: AsyncGenerator[Card], change: Callable[[Card], Card]) -> AsyncGenerator[Card]:
    async with aclosing(cards):
        async for card in cards:
            yield change(card)


class EndReason(StrEnum):
    """Why work ends without its result: each has a sentence, ``live.REASON``."""

    STOPPED = "stopped"
    """The bot is being stopped."""
    TOO_LONG = "too_long"
    CANCELLED = "cancelled"
    """The person wants it no more."""
    TOO_MANY = "too_many"
    """Too much goes on already: it is not begun."""
    FAILED = "failed"


def build_end_card(language: str, reason: EndReason, command: str = "") -> Card:
    """What takes the place of a result: why there is none, and the ``command`` that asks for it again, if one does."""
    again = [Button(translate(language, "button.ask_again"), command)] if command else []
    text = translate(language, f"live.{reason}")
    return replies.error_card(translate(language, "error.title"), text, "", (), again)
