"""People who ask for papers, and what they are answered: the first card, and those that take its place."""

from __future__ import annotations

from contextlib import aclosing

from digestbot.app import App
from digestbot.cards.card import Card
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address

ADA, BO = Address("console", "1"), Address("console", "2")


async def ask(app: App, text: str, person: Address = ADA, language: str = "en") -> list[Card]:
    """The cards that a person sees one after another."""
    reply = await app.dispatcher.handle_message(IncomingMessage(person, text, language))
    cards = [reply.card]
    if reply.updates:
        async with aclosing(reply.updates) as updates:
            cards += [card async for card in updates]
    return cards


async def ask_last(app: App, text: str, person: Address = ADA, language: str = "en") -> Card:
    """The card that stays."""
    return (await ask(app, text, person, language))[-1]
