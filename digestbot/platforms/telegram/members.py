"""Who may change what a chat receives, and what the bot itself may do there."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from telegram import Bot, ChatMember, ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden

_SECONDS = 60.0
_MOST = 10_000
_ADMINS = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


class Members:
    """Asks Telegram for members' rights, and remembers the answer for a minute."""

    def __init__(self, bot: Bot, now: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._now = now
        self._known: OrderedDict[tuple[str, int], tuple[float, bool]] = OrderedDict()

    async def moderates(self, chat: str, user: int) -> bool:
        """Whether a person is an administrator of a group or channel."""
        found = self._known.get((chat, user))
        if found and found[0] > self._now():
            return found[1]
        answer = await self._is_admin(chat, user)
        self._known[chat, user] = (self._now() + _SECONDS, answer)
        self._known.move_to_end((chat, user))
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return answer

    def forget(self, chat: str) -> None:
        """Ask anew about a chat: something changed there."""
        for key in [key for key in self._known if key[0] == chat]:
            del self._known[key]

    async def may_post(self, chat: str) -> bool:
        """Whether the bot may post in a channel."""
        try:
            me = await self._bot.get_chat_member(_chat_id(chat), self._bot.id)
        except (BadRequest, Forbidden):
            return False
        return isinstance(me, ChatMemberAdministrator) and bool(me.can_post_messages)

    async def _is_admin(self, chat: str, user: int) -> bool:
        try:
            member = await self._bot.get_chat_member(_chat_id(chat), user)
        except (BadRequest, Forbidden):
            return False
        return member.status in _ADMINS


def _chat_id(chat: str) -> int | str:
    return chat if chat.startswith("@") else int(chat)
