"""A message in one of Telegram's chats that is changed as work goes on, and those that follow below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from telegram.error import ChatMigrated, TelegramError

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Card
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import RejectedMessageError
from digestbot.platforms.common.callbacks import add_back_button
from digestbot.platforms.common.live_message import LiveMessage
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage
from digestbot.platforms.telegram.outgoing.messenger import MessageRef, Messenger


@dataclass(slots=True)
class AnswerPlace:
    """Where an answer is shown. ``reply_to`` is the question that its messages quote; ``message_id`` is the number of
    its first message, 0 until there is one. ``migrate`` is told of the chat's new id.
    """

    messenger: Messenger
    address: Address
    preferences: Preferences
    migrate: Callable[[str, str], Awaitable[object]]
    history: NavigationHistory = NO_HISTORY
    reply_to: int | None = None
    message_id: int = 0
    _has_turn: bool = False
    """Whether the next change need not wait any more."""

    def render(self, card: Card) -> list[OutgoingMessage]:
        """The card's messages, with the way back below them where there is one."""
        if self.history.commands:
            card = add_back_button(card, self.preferences.language, self.history.commands[0])
        return self.messenger.render(card, self.preferences.card_style, self.history)

    def build_live_message(self) -> LiveMessage[OutgoingMessage]:
        """What shows the cards that follow."""
        edit = self._edit if self.message_id else None
        return LiveMessage(self.render, edit, self._send, self._wait)

    async def _wait(self) -> None:
        await self.messenger.acquire_for_progress(self.address.chat)
        self._has_turn = True

    async def _edit(self, message: OutgoingMessage) -> None:
        """Change the first message. No text becomes an album, and a chat's new id knows nothing of its old messages."""
        if message.is_album:
            raise RejectedMessageError("an album cannot take the place of a text")
        if not self._has_turn:
            await self.messenger.acquire_for_answer(self.address.chat)
        self._has_turn = False
        try:
            await self.messenger.put_in_place(MessageRef(self.address.chat, self.message_id), message)
        except ChatMigrated as error:
            await self._move(error)
            raise RejectedMessageError(error.message) from None
        except TelegramError as error:
            raise errors.to_delivery_error(error) from None

    async def _send(self, message: OutgoingMessage) -> None:
        try:
            await self.messenger.send_answer(self.address, message, self.reply_to)
        except ChatMigrated as error:
            await self._move(error)
            await self._send(message)
        except TelegramError as error:
            raise errors.to_delivery_error(error) from None

    async def _move(self, error: ChatMigrated) -> None:
        """Go on in the chat that the group became."""
        await self.migrate(self.address.chat, str(error.new_chat_id))
        self.address, self.reply_to = replace(self.address, chat=str(error.new_chat_id)), None
