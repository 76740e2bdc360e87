"""Tests of a delivery: sent as the delivery would send it, and not counted as one."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digestbot.cards.card import Card
from digestbot.core.ports import Clock, Platform, SendContext
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import ChatMovedError, CutShortError, RefusedPartError

MAX_TRIALS = 3
"""Tests of one chat in an hour."""
_PERIOD = timedelta(hours=1)
_MAX_REMEMBERED = 20_000
"""Chats whose tests are remembered at most."""


class TrialPace:
    """Keeps each chat to a few tests an hour, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: OrderedDict[Address, deque[datetime]] = OrderedDict()

    def begin(self, address: Address) -> datetime | None:
        """Count a test of a chat; when the next one may be, if that is not now."""
        now, begun = self._clock.now(), self._begun.setdefault(address, deque())
        while begun and begun[0] <= now - _PERIOD:
            begun.popleft()
        if len(begun) >= MAX_TRIALS:
            return begun[0] + _PERIOD
        begun.append(now)
        self._begun.move_to_end(address)
        if len(self._begun) > _MAX_REMEMBERED:
            self._begun.popitem(last=False)
        return None

    def take_back(self, address: Address) -> None:
        """Count the last test of a chat no more: nothing of it arrived."""
        if begun := self._begun.get(address):
            begun.pop()


class TrialSender:
    """Sends a chat the messages of a test, each once; ``sent`` tells how many are out."""

    def __init__(self, platform: Platform, address: Address, preferences: Preferences) -> None:
        self._platform = platform
        self._address = address
        self._preferences = preferences
        self.sent = 0

    async def send(self, cards: Sequence[Card]) -> None:
        """Send the cards as a delivery's. Raises :class:`~digestbot.errors.DeliveryError`."""
        style, thread = self._preferences.card_style, ""
        for message in [part for card in cards for part in self._platform.render(card, style)]:
            await self._platform.acquire(self._address)
            context = SendContext.for_part(secrets.token_hex(12), self._preferences, self.sent + 1, thread)
            try:
                thread = await self._send_message(message, replace(context, is_test=True)) or thread
            except CutShortError:
                self.sent += 1
                return
            except RefusedPartError:  # as a delivery does, it goes on without it
                continue
            self.sent += 1

    async def _send_message(self, message: object, context: SendContext) -> str:
        try:
            return await self._platform.send(self._address, message, context)
        except ChatMovedError as error:
            self._address = replace(self._address, chat=error.new_chat)
            return await self._platform.send(self._address, message, context)
