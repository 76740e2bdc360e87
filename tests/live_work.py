"""Work that goes on, as a command begins it: the test says what its cards are, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands import registry
from digestbot.core.commands.base import CommandRequest
from tests.waiting import wait_until


def make_card(text: str, *buttons: Button) -> Card:
    """A card that says this under a title."""
    return replies.message_card("A paper", text, buttons=buttons)


class Work:
    """One piece of work: what it was asked with, and whether it is closed."""

    def __init__(self, request: CommandRequest) -> None:
        self.request = request
        self.is_closed = False
        self._cards: asyncio.Queue[Card | Exception | None] = asyncio.Queue()

    async def iter_cards(self) -> AsyncGenerator[Card]:
        try:
            while (card := await self._cards.get()) is not None:
                if isinstance(card, Exception):
                    raise card
                yield card
        finally:
            self.is_closed = True

    def show(self, *cards: str | Card | Exception) -> None:
        """The next cards, or an error in their place."""
        for card in cards:
            self._cards.put_nowait(make_card(card) if isinstance(card, str) else card)

    def finish(self, *cards: str | Card | Exception) -> None:
        """The last cards."""
        self.show(*cards)
        self._cards.put_nowait(None)


class WorkDesk:
    """Lets commands begin work in place of what they do. ``first`` is the card that they answer with at once, and
    ``notes`` are what they say beside it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.works: list[Work] = []
        self.first = make_card("Reading …")
        self.notes: list[str] = []
        for name in names:
            command = registry.COMMANDS_BY_NAME[name]
            monkeypatch.setitem(registry.COMMANDS_BY_NAME, name, replace(command, handler=self._begin))

    async def _begin(self, request: CommandRequest) -> LiveCard:
        work = Work(request)
        self.works.append(work)
        request.notes.extend(self.notes)
        return LiveCard(self.first, work.iter_cards())

    async def wait_for_work(self, number: int = 0) -> Work:
        """The piece of work with this number, once it was asked for."""
        await wait_until(lambda: len(self.works) > number)
        return self.works[number]
