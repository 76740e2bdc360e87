"""Taps on buttons: a tap is its command again, answered within a second, and done once however often it is tapped."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog
from telegram import CallbackQuery
from telegram.error import TelegramError

from digestbot.cards.callback_data import ButtonAction, NavigationHistory, TapDeduplicator, decode_token
from digestbot.cards.card import Button, Card, Heading, Paragraph, to_plain_text
from digestbot.core.ports import Reply
from digestbot.locale import translate
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.messenger import Place
from digestbot.platforms.telegram.talk import Talk
from digestbot.store.shortcuts import Shortcuts

_ANSWERED_AFTER = 0.6
"""Seconds until a tap is answered, be the work done or not: people wait a second."""
_ALERT = 200
"""Characters in the answer to a tap (core.telegram.org/bots/api#answercallbackquery)."""
_log = structlog.get_logger(__name__)


class Presses:
    """Does what buttons say."""

    def __init__(self, talk: Talk, shortcuts: Shortcuts) -> None:
        self._talk = talk
        self._shortcuts = shortcuts
        self._taps = TapDeduplicator()

    def repeated(self, query: CallbackQuery) -> bool:
        """Whether the same person tapped the same button a moment ago, and no other in between."""
        place = query.inline_message_id or (str(query.message.message_id) if query.message else "")
        return self._taps.is_duplicate(place, query.from_user.id, query.data or "")

    def begin(self, query: CallbackQuery) -> Tap:
        """Take a tap: from now on it is answered in time, whatever happens to its work."""
        return Tap(query)

    async def do(self, tap: Tap) -> None:
        """Do what the button says."""
        query = tap.query
        press = await self._read(query.data or "")
        if press is None:
            stale = translate(await self._talk.language(query.from_user), "telegram.stale")
            await tap.answer(stale, alert=True)
            return
        there = await self._talk.answer(self._talk.pressed(query, press.command), query.from_user.id)
        card = there.answer.card
        if not card.ok:
            await tap.answer(_spoken(card), alert=True)
        elif press.keeps_card:
            await tap.answer(_spoken(card))
            await self._show_again(query, press)
        else:
            await tap.answer()
            await self._open(query, there.answer, NavigationHistory(press.history, there.prefix))

    async def _read(self, data: str) -> ButtonAction | None:
        word = decode_token(data)
        written = await self._shortcuts.command(word) if word else data
        return ButtonAction.decode(written) if written else None

    async def _show_again(self, query: CallbackQuery, press: ButtonAction) -> None:
        """The card that stayed, as it is now, where it has a switch that turned."""
        if not press.history or query.inline_message_id:
            return
        said = self._talk.pressed(query, press.history[0])
        if press.should_refresh_card(in_group=said.user is not None):
            there = await self._talk.answer(said, query.from_user.id)
            await self._put(query, there.answer, NavigationHistory(press.history[1:], there.prefix))

    async def _open(self, query: CallbackQuery, answer: Reply, way: NavigationHistory) -> None:
        """Another card in the place of this one; pictures come below it."""
        address = self._talk.address_of(query)
        parts = self._talk.messenger.parts(answer.card, answer.preferences.card_style, way)
        if parts[0].album and address:
            for part in parts:
                await self._talk.messenger.answer(address, part)
            return
        await self._put(query, answer, way)

    async def _put(self, query: CallbackQuery, answer: Reply, way: NavigationHistory) -> None:
        card, address = answer.card, self._talk.address_of(query)
        if way.commands:
            button = Button(translate(answer.preferences.language, "button.back"), way.commands[0])
            card = replace(card, buttons=(*card.buttons, button))
        first, *rest = self._talk.messenger.parts(card, answer.preferences.card_style, way)
        message = query.message.message_id if query.message else 0
        place = Place(address.chat if address else "", message, query.inline_message_id or "")
        await self._talk.messenger.edit(place, first)
        if address:
            for part in rest:
                await self._talk.messenger.answer(address, part)


def _spoken(card: Card) -> str:
    """What a card says, in one breath."""
    lines = [to_plain_text(block.line) for block in card.blocks if isinstance(block, Heading | Paragraph)]
    text = "\n".join(lines)
    return text if len(text) <= _ALERT else text[: _ALERT - 1] + "…"


class Tap:
    """A tap that waits for its answer: given once, at the latest after a moment."""

    def __init__(self, query: CallbackQuery) -> None:
        self.query = query
        self._answered = False
        self._timer = asyncio.create_task(self._in_time())

    async def answer(self, text: str = "", *, alert: bool = False) -> None:
        """Answer, unless that was done."""
        self._timer.cancel()
        await self._give(text, alert=alert and bool(text))

    async def _in_time(self) -> None:
        await asyncio.sleep(_ANSWERED_AFTER)
        await self._give("", alert=False)

    async def _give(self, text: str, *, alert: bool) -> None:
        if self._answered:
            return
        self._answered = True
        try:
            await self.query.answer(text or None, show_alert=alert)
        except TelegramError as error:
            if not errors.too_late(error):
                _log.info("telegram_tap_not_answered", reason=error.message)
