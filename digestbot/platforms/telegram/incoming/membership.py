"""Membership changes: the bot added, removed, blocked or unblocked, and groups migrated to supergroups."""

from __future__ import annotations

from dataclasses import replace

import structlog
from telegram import Chat, ChatMember, ChatMemberAdministrator, ChatMemberUpdated, Message
from telegram.error import TelegramError

from digestbot.cards import replies
from digestbot.cards.callback_data import NavigationHistory
from digestbot.core.ports import IncomingMessage, allow_anyone
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address
from digestbot.i18n import translate
from digestbot.platforms.common.people import resume_chats
from digestbot.platforms.telegram.commands import CHANNEL_COMMAND, PLATFORM_NAME
from digestbot.platforms.telegram.incoming.messages import Conversation, get_thread
from digestbot.store import Store

_ABSENT_STATUSES = ("left", "kicked")
_PAUSE_REASONS = {Chat.PRIVATE: "the bot was blocked by the user"}
_REMOVED_REASON = "the bot was removed from the chat"
_log = structlog.get_logger(__name__)


class MembershipHandler:
    """Keeps the store in step with changes of chats."""

    def __init__(self, conversation: Conversation, store: Store, subscriptions: SubscriptionService) -> None:
        self._conversation = conversation
        self._store = store
        self._subscriptions = subscriptions

    async def handle_member_update(self, change: ChatMemberUpdated) -> None:
        """The bot's own membership in a chat changed."""
        chat = str(change.chat.id)
        self._conversation.permissions.forget_chat(chat)
        was_out, is_out = (
            member.status in _ABSENT_STATUSES for member in (change.old_chat_member, change.new_chat_member)
        )
        reason = _PAUSE_REASONS.get(change.chat.type, _REMOVED_REASON)
        if is_out:
            await self._store.subscribers.pause_chat(PLATFORM_NAME, chat, reason)
            return
        gained_rights = _can_post(change.new_chat_member) and not _can_post(change.old_chat_member)
        if was_out or gained_rights:
            await resume_chats(self._store.subscribers, self._subscriptions, PLATFORM_NAME, chat)
        if change.chat.type == Chat.CHANNEL and gained_rights:
            await self._announce_channel(change)
        elif was_out and change.chat.type != Chat.PRIVATE:
            await self._send_greeting(change)

    async def handle_migration(self, message: Message) -> None:
        """A group was migrated to a supergroup: move its subscriptions."""
        old, new = message.chat.id, message.migrate_to_chat_id
        if message.migrate_from_chat_id:
            old, new = message.migrate_from_chat_id, message.chat.id
        await self._store.subscribers.migrate_chat(PLATFORM_NAME, str(old), str(new))
        _log.info("telegram_group_moved")

    async def handle_reopened_topic(self, message: Message) -> None:
        """A forum topic was opened again: resume what its closing paused."""
        thread = get_thread(message)
        await resume_chats(
            self._store.subscribers,
            self._subscriptions,
            PLATFORM_NAME,
            str(message.chat.id),
            lambda subscriber: subscriber.address.thread == thread,
        )

    async def _send_greeting(self, change: ChatMemberUpdated) -> None:
        """Greet a group, with topics to pick for its moderators."""
        person = Address(PLATFORM_NAME, str(change.from_user.id))
        message = IncomingMessage(
            Address(PLATFORM_NAME, str(change.chat.id)),
            "/start",
            change.from_user.language_code or "",
            user=person,
            is_moderator=allow_anyone,
            capabilities_for=self._conversation.capabilities_for,
        )
        answer = await self._conversation.reply(message)
        for outgoing in self._conversation.messenger.render(answer.card, answer.preferences.card_style):
            await self._conversation.messenger.send_answer(message.address, outgoing)

    async def _announce_channel(self, change: ChatMemberUpdated) -> None:
        """Tell the person who added the bot to a channel, in private, how to pick its topics."""
        person = Address(PLATFORM_NAME, str(change.from_user.id))
        message = IncomingMessage(
            person,
            f"/{CHANNEL_COMMAND} {change.chat.id}",
            change.from_user.language_code or "",
            capabilities_for=self._conversation.capabilities_for,
        )
        result = await self._conversation.build_answer(message, change.from_user.id)
        language = result.answer.preferences.language
        hello = replies.message_card(
            "", translate(language, "telegram.added", title=change.chat.title or change.chat.username or "")
        )
        card = replace(result.answer.card, blocks=(*hello.blocks, *result.answer.card.blocks))
        try:
            for outgoing in self._conversation.messenger.render(
                card, result.answer.preferences.card_style, NavigationHistory(prefix=result.prefix)
            ):
                await self._conversation.messenger.send_answer(person, outgoing)
        except TelegramError as error:  # who never spoke to the bot in private cannot be written to
            _log.info("telegram_channel_not_announced", reason=error.message)


def _can_post(member: ChatMember) -> bool:
    """Whether a member of a channel, or an administrator of a group, may post there whatever others may."""
    if not isinstance(member, ChatMemberAdministrator):
        return False
    return member.can_post_messages is not False
