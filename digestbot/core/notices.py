"""Notices to the people who set chats up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.ports import MessageSender
from digestbot.domain.subscription import Address, CardStyle, Subscriber
from digestbot.errors import DeliveryError

_log = structlog.get_logger(__name__)


async def notify_moderators(sender: MessageSender, chats: Iterable[Subscriber], reason: str) -> None:
    """Tell the people who set the chats up that they are paused: one message per person."""
    chats_by_moderator: defaultdict[Address, list[Subscriber]] = defaultdict(list)
    for chat in chats:
        if chat.moderator_chat and chat.moderator_chat != chat.address.chat:
            chats_by_moderator[Address(chat.address.platform, chat.moderator_chat)].append(chat)
    for moderator, moderated in chats_by_moderator.items():
        titles = ", ".join(chat.title or chat.address.thread or chat.address.chat for chat in moderated)
        preferences = moderated[0].preferences
        try:
            await send_card(
                sender, moderator, replies.paused_card(preferences.language, titles, reason), preferences.card_style
            )
        except DeliveryError as error:
            _log.info("moderator_not_notified", platform=moderator.platform, reason=error.reason)


async def send_card(sender: MessageSender, address: Address, card: Card, card_style: CardStyle) -> None:
    """Send a card outside any delivery. Raises :class:`~digestbot.errors.DeliveryError`."""
    for message in sender.render(card, card_style):
        await sender.acquire(address)
        await sender.send(address, message)
