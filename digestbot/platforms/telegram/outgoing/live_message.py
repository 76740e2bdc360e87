"""A message in one of Telegram's chats that is changed as work goes on, and those that follow below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

import structlog
from telegram.error import BadRequest, ChatMigrated, TelegramError

from digestbot.cards.attachments import build_loss, build_refusal
from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Attachment, Card
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import RejectedMessageError
from digestbot.platforms.common.callbacks import add_back_button
from digestbot.platforms.common.live_message import LiveMessage
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.outgoing.calls import MessageRef
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage
from digestbot.platforms.telegram.outgoing.messenger import MAX_ATTACHMENT_BYTES, Messenger

_log = structlog.get_logger(__name__)


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

    def render(self, card: Card) -> list[OutgoingMessage | Attachment]:
        """The card's messages, with the way back below them where there is one, and its file."""
        if self.history.commands:
            card = add_back_button(card, self.preferences.language, self.history.commands[0])
        return [*self._render_messages(card), *self._render_attachment(card)]

    def _render_messages(self, card: Card) -> list[OutgoingMessage]:
        return self.messenger.render(card, self.preferences.card_style, self.history)

    def _render_attachment(self, card: Card) -> Iterator[OutgoingMessage | Attachment]:
        """The file that comes with a card, or that it is too large."""
        if card.attachment:
            refusal = build_refusal(self.preferences.language, card.attachment, MAX_ATTACHMENT_BYTES)
            yield from self._render_messages(refusal) if refusal else [card.attachment]

    async def send(self, message: OutgoingMessage | Attachment) -> int:
        """Send one of a card's messages; its number, 0 for a file. Raises ``TelegramError``."""
        if isinstance(message, Attachment):
            return await self._send_attachment(message)
        return await self.messenger.send_answer(self.address, message, self.reply_to)

    async def _send_attachment(self, attachment: Attachment) -> int:
        """Send a file, or say that Telegram does not take it."""
        try:
            await self.messenger.send_attachment(self.address, attachment, self.reply_to)
        except BadRequest as error:
            if errors.is_unreachable(error):
                raise
            _log.warning("telegram_file_refused", reason=error.message)
            for message in self._render_messages(build_loss(self.preferences.language, attachment)):
                await self.messenger.send_answer(self.address, message, self.reply_to)
        return 0

    def build_live_message(self) -> LiveMessage[OutgoingMessage | Attachment]:
        """What shows the cards that follow."""
        edit = self._edit if self.message_id else None
        return LiveMessage(self.render, edit, self._send, self._wait)

    async def _wait(self) -> None:
        await self.messenger.acquire_for_progress(self.address.chat)
        self._has_turn = True

    async def _edit(self, message: OutgoingMessage | Attachment) -> None:
        """Change the first message. No text becomes an album, and a chat's new id knows nothing of its old messages."""
        if isinstance(message, Attachment) or message.is_album:
            raise RejectedMessageError("no file can take the place of a text")
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

    async def _send(self, message: OutgoingMessage | Attachment) -> None:
        try:
            await self.send(message)
        except ChatMigrated as error:
            await self._move(error)
            await self._send(message)
        except TelegramError as error:
            raise errors.to_delivery_error(error) from None

    async def _move(self, error: ChatMigrated) -> None:
        """Go on in the chat that the group became."""
        await self.migrate(self.address.chat, str(error.new_chat_id))
        self.address, self.reply_to = replace(self.address, chat=str(error.new_chat_id)), None
