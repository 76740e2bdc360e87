"""Chats that change: the bot added or removed, blocked or let back in, and groups that become supergroups."""

from __future__ import annotations

from dataclasses import replace

import structlog
from telegram import Chat, ChatMember, ChatMemberAdministrator, ChatMemberUpdated, Message
from telegram.error import TelegramError

from digestbot.cards import replies
from digestbot.cards.callback_data import NavigationHistory
from digestbot.core.ports import IncomingMessage, allow_anyone
from digestbot.core.subscriptions import PAUSED_BY_REQUEST, SubscriptionService
from digestbot.domain.subscription import Address
from digestbot.locale import translate
from digestbot.platforms.telegram.commands import CHANNEL
from digestbot.platforms.telegram.talk import NAME, Talk
from digestbot.store import Store

_OUT = ("left", "kicked")
_REASONS = {Chat.PRIVATE: "the bot was blocked by the user"}
_REMOVED = "the bot was removed from the chat"
_log = structlog.get_logger(__name__)


class Chats:
    """Keeps the store in step with what happens to chats."""

    def __init__(self, talk: Talk, store: Store, subscriptions: SubscriptionService) -> None:
        self._talk = talk
        self._store = store
        self._subscriptions = subscriptions

    async def changed(self, change: ChatMemberUpdated) -> None:
        """The bot's own place in a chat changed."""
        chat = str(change.chat.id)
        self._talk.members.forget(chat)
        was_out, is_out = (member.status in _OUT for member in (change.old_chat_member, change.new_chat_member))
        reason = _REASONS.get(change.chat.type, _REMOVED)
        if is_out:
            await self._store.subscribers.pause_chat(NAME, chat, reason)
            return
        gained = _may_post(change.new_chat_member) and not _may_post(change.old_chat_member)
        if was_out or gained:
            await self._resume(chat)
        if change.chat.type == Chat.CHANNEL and gained:
            await self._channel_ready(change)
        elif was_out and change.chat.type != Chat.PRIVATE:
            await self._greet(change)

    async def moved(self, message: Message) -> None:
        """A group became a supergroup: its subscriptions go with it."""
        old, new = message.chat.id, message.migrate_to_chat_id
        if message.migrate_from_chat_id:
            old, new = message.migrate_from_chat_id, message.chat.id
        await self._store.subscribers.move(NAME, str(old), str(new))
        _log.info("telegram_group_moved")

    async def _resume(self, chat: str) -> None:
        """Deliver again, now that the bot may: but to nobody who asked for a pause."""
        for subscriber in await self._store.subscribers.in_chat(NAME, chat):
            if subscriber.pause_reason and subscriber.pause_reason != PAUSED_BY_REQUEST:
                await self._subscriptions.resume(subscriber)

    async def _greet(self, change: ChatMemberUpdated) -> None:
        """Say hello in a group, with the topics to pick for those who may."""
        person = Address(NAME, str(change.from_user.id))
        said = IncomingMessage(
            Address(NAME, str(change.chat.id)),
            "/start",
            change.from_user.language_code or "",
            user=person,
            is_moderator=allow_anyone,
            capabilities_for=self._talk.shows,
        )
        answer = await self._talk.reply(said)
        for part in self._talk.messenger.parts(answer.card, answer.preferences.card_style):
            await self._talk.messenger.answer(said.address, part)

    async def _channel_ready(self, change: ChatMemberUpdated) -> None:
        """Tell whoever made the bot an administrator of a channel, in private, that its topics can be picked."""
        person = Address(NAME, str(change.from_user.id))
        said = IncomingMessage(
            person,
            f"/{CHANNEL} {change.chat.id}",
            change.from_user.language_code or "",
            capabilities_for=self._talk.shows,
        )
        there = await self._talk.answer(said, change.from_user.id)
        language = there.answer.preferences.language
        hello = replies.message_card(
            "", translate(language, "telegram.added", title=change.chat.title or change.chat.username or "")
        )
        card = replace(there.answer.card, blocks=(*hello.blocks, *there.answer.card.blocks))
        try:
            for part in self._talk.messenger.parts(
                card, there.answer.preferences.card_style, NavigationHistory(prefix=there.prefix)
            ):
                await self._talk.messenger.answer(person, part)
        except TelegramError as error:  # who never spoke to the bot in private cannot be written to
            _log.info("telegram_channel_not_announced", reason=error.message)


def _may_post(me: ChatMember) -> bool:
    """Whether a member of a channel, or an administrator of a group, may post there whatever others may."""
    if not isinstance(me, ChatMemberAdministrator):
        return False
    return me.can_post_messages is not False
