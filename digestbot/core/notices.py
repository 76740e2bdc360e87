"""Notices to the people who set chats up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.ports import Clock, MessageSender
from digestbot.domain.subscription import Address, CardStyle, Subscriber
from digestbot.errors import DeliveryError, StoreError
from digestbot.store import Store

_TOLD_AGAIN_AFTER = timedelta(days=7)
"""How long a problem that comes back every day is told of only once."""
_log = structlog.get_logger(__name__)
_CardBuilder = Callable[[str, str, str], Card]
"""Builds a notice of a language, the chats' titles and the reason."""


async def notify_moderators(
    sender: MessageSender, chats: Iterable[Subscriber], reason: str, build_card: _CardBuilder = replies.paused_card
) -> None:
    """Tell the people who set the chats up that they are paused: one message per person."""
    chats_by_moderator: defaultdict[Address, list[Subscriber]] = defaultdict(list)
    for chat in chats:
        if chat.moderator_chat and chat.moderator_chat != chat.address.chat:
            chats_by_moderator[Address(chat.address.platform, chat.moderator_chat)].append(chat)
    for moderator, moderated in chats_by_moderator.items():
        titles = ", ".join(chat.title or chat.address.thread or chat.address.chat for chat in moderated)
        preferences = moderated[0].preferences
        try:
            await send_card(sender, moderator, build_card(preferences.language, titles, reason), preferences.card_style)
        except DeliveryError as error:
            _log.info("moderator_not_notified", platform=moderator.platform, reason=error.reason)


async def tell_of_problem(sender: MessageSender, store: Store, clock: Clock, chat: Subscriber, reason: str) -> None:
    """Tell the person who set a chat up of something that only they can mend: once a week, as long as it lasts."""
    try:
        is_new = await store.told_problems.record(chat.id, reason, clock.now(), _TOLD_AGAIN_AFTER)
    except StoreError as error:
        _log.warning("moderator_not_notified", platform=chat.address.platform, reason=str(error))
        return
    if is_new:
        _log.warning("delivery_problem_reported", platform=chat.address.platform, reason=reason)
        await notify_moderators(sender, [chat], reason, replies.problem_card)


async def send_card(sender: MessageSender, address: Address, card: Card, card_style: CardStyle) -> None:
    """Send a card outside any delivery. Raises :class:`~digestbot.errors.DeliveryError`."""
    for message in sender.render(card, card_style):
        await sender.acquire(address)
        await sender.send(address, message)
