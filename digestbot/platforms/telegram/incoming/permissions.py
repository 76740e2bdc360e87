"""Permissions of members and of the bot in chats."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from telegram import Bot, ChatMember, ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden

_CACHE_SECONDS = 60.0
_MAX_CACHED = 10_000
_ADMIN_STATUSES = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


class ChatPermissions:
    """Reads members' rights from Telegram, and caches them for a minute."""

    def __init__(self, bot: Bot, now: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._now = now
        self._cached: OrderedDict[tuple[str, int], tuple[float, bool]] = OrderedDict()

    async def is_moderator(self, chat: str, user_id: int) -> bool:
        """Whether a person is an administrator of a group or channel."""
        cached = self._cached.get((chat, user_id))
        if cached and cached[0] > self._now():
            return cached[1]
        answer = await self._is_admin(chat, user_id)
        self._cached[chat, user_id] = (self._now() + _CACHE_SECONDS, answer)
        self._cached.move_to_end((chat, user_id))
        if len(self._cached) > _MAX_CACHED:
            self._cached.popitem(last=False)
        return answer

    def forget_chat(self, chat: str) -> None:
        """Drop what is cached about a chat, since something changed there."""
        for key in [key for key in self._cached if key[0] == chat]:
            del self._cached[key]

    async def can_bot_post(self, chat: str) -> bool:
        """Whether the bot may post in a channel."""
        try:
            member = await self._bot.get_chat_member(_to_chat_id(chat), self._bot.id)
        except (BadRequest, Forbidden):
            return False
        return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)

    async def _is_admin(self, chat: str, user_id: int) -> bool:
        try:
            member = await self._bot.get_chat_member(_to_chat_id(chat), user_id)
        except (BadRequest, Forbidden):
            return False
        return member.status in _ADMIN_STATUSES


def _to_chat_id(chat: str) -> int | str:
    return chat if chat.startswith("@") else int(chat)
