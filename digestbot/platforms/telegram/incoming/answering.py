"""Puts answers where people see them, below what they wrote or in place of a card, and shows how their work goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from telegram.error import ChatMigrated, Forbidden, TelegramError

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Attachment, Card
from digestbot.core.ports import Reply
from digestbot.domain.subscription import Address
from digestbot.platforms.common.live_answers import LiveAnswers
from digestbot.platforms.common.live_message import LiveMessage
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.commands import PLATFORM_NAME
from digestbot.platforms.telegram.outgoing.calls import MessageRef
from digestbot.platforms.telegram.outgoing.live_message import AnswerPlace
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage
from digestbot.platforms.telegram.outgoing.messenger import Messenger, is_group
from digestbot.store.chats.subscribers import SubscriberStore

_log = structlog.get_logger(__name__)


class AnswerSender:
    """Sends the answers of one bot; ``live`` are those that go on."""

    def __init__(self, messenger: Messenger, subscribers: SubscriberStore) -> None:
        self.messenger = messenger
        self.live = LiveAnswers()
        self._subscribers = subscribers

    async def send(
        self,
        address: Address,
        reply: Reply,
        person: int,
        history: NavigationHistory = NO_HISTORY,
        *,
        reply_to: int | None = None,
    ) -> None:
        """Send an answer as new messages, which quote the one that they answer. Raises ``TelegramError``."""
        place = self._find_place(address, reply, history, reply_to)
        await self._present_reply(place, reply, person, partial(self._send_card, place))

    async def replace(
        self,
        target: MessageRef,
        address: Address,
        reply: Reply,
        person: int,
        history: NavigationHistory,
        *,
        reply_to: int | None = None,
    ) -> None:
        """Put an answer in place of a card, and what does not fit there below it. Raises ``TelegramError``."""
        place = self._find_place(address, reply, history, reply_to)
        await self._present_reply(place, reply, person, partial(self._replace_card, place, target))

    def _find_place(
        self, address: Address, reply: Reply, history: NavigationHistory, reply_to: int | None
    ) -> AnswerPlace:
        migrate = partial(self._subscribers.migrate_chat, PLATFORM_NAME)
        return AnswerPlace(self.messenger, address, reply.preferences, migrate, history, reply_to)

    async def _present_reply(
        self, place: AnswerPlace, reply: Reply, person: int, send: Callable[[Card], Awaitable[None]]
    ) -> None:
        chat = place.address.chat

        async def show(card: Card) -> LiveMessage[OutgoingMessage | Attachment]:
            try:
                await send(card)
            except TelegramError as error:
                if reply.updates is None or _ends_all(error):
                    raise
                _log.info("telegram_answer_failed", reason=error.message)  # what comes at the end may get through
            return place.build_live_message()

        await self.live.present_reply(reply, str(person), chat if is_group(chat) else "", show)

    async def _send_card(self, place: AnswerPlace, card: Card) -> None:
        for message in place.render(card):
            number = await place.send(message)
            place.message_id = place.message_id or number

    async def _replace_card(self, place: AnswerPlace, target: MessageRef, card: Card) -> None:
        first, *rest = place.render(card)
        assert isinstance(first, OutgoingMessage), "a card has a message before its file"  # noqa: S101  # for the type checker
        await self.messenger.edit_message(target, first)
        place.message_id = target.message_id
        for message in rest:
            await place.send(message)


def _ends_all(error: TelegramError) -> bool:
    """Whether nothing that is sent there later arrives either."""
    return isinstance(error, Forbidden | ChatMigrated) or errors.is_unreachable(error)
