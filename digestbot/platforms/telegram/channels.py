"""``/channel``: what a channel, or another chat, receives is set up from the private chat with its administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from telegram import Bot, ChatFullInfo
from telegram.error import BadRequest, Forbidden

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.ports import IncomingMessage, Reply, ReplyHandler, allow_anyone
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address
from digestbot.locale import translate
from digestbot.platforms.telegram.commands import CHANNEL
from digestbot.platforms.telegram.members import Members
from digestbot.store import Store

_LINE = re.compile(r"/?channel(?:@\w+)?(?:\s+(?P<chat>\S+)(?:\s+(?P<command>.+))?)?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The answer about another chat; its buttons act on that chat, by writing ``prefix`` before their commands."""

    answer: Reply
    prefix: str = ""


class Channels:
    """Dispatches commands for another chat, to those who are administrators of it."""

    def __init__(self, bot: Bot, members: Members, store: Store, subscriptions: SubscriptionService) -> None:
        self._bot = bot
        self._subscriptions = subscriptions
        self._members = members
        self._store = store

    async def reply(self, said: IncomingMessage, user: int, reply: ReplyHandler) -> Elsewhere:
        """Answer ``/channel [WHICH [COMMAND]]``."""
        match = _LINE.fullmatch(said.text)
        own = await self._subscriptions.preferences_for(said.address, said.language)
        language = own.language
        if match is None or match["chat"] is None:
            return Elsewhere(Reply(await self._overview(language, user), own))
        chat = await self._chat(match["chat"])
        missing = await self._missing(chat, user, match["chat"])
        if missing or chat is None:
            text = translate(language, f"channel.{missing}", chat=match["chat"], bot=self._bot.username)
            wrong = replies.error_card(translate(language, "error.title"), text, "", (), self._adding(language))
            return Elsewhere(Reply(wrong, own))
        there = IncomingMessage(
            Address("telegram", str(chat.id)),
            "/" + (match["command"] or "topics").lstrip("/"),
            said.language,
            user=said.address,
            is_moderator=allow_anyone,
            title=chat.title or chat.username or "",
            moderator_chat=str(user),
            capabilities_for=said.capabilities_for,
        )
        answer = await reply(there)
        return Elsewhere(Reply(_named(answer.card, there.title), own), f"{CHANNEL} {chat.id}")

    async def _chat(self, named: str) -> ChatFullInfo | None:
        if not re.fullmatch(r"@\w+|-\d+", named):
            return None
        try:
            return await self._bot.get_chat(named if named.startswith("@") else int(named))
        except (BadRequest, Forbidden):
            return None

    async def _missing(self, chat: ChatFullInfo | None, user: int, named: str) -> str:
        """What stands in the way; empty when nothing does."""
        if chat is None:
            return "unknown" if named.startswith(("@", "-")) else "unnamed"
        if not await self._members.moderates(str(chat.id), user):
            return "not_yours"
        silent = chat.type == ChatFullInfo.CHANNEL and not await self._members.may_post(str(chat.id))
        return "no_rights" if silent else ""

    async def _overview(self, language: str, user: int) -> Card:
        """The chats that the person set up, and how to add one."""
        mine = await self._store.subscribers.moderated("telegram", str(user))
        named = {one.address.chat: one.title or one.address.chat for one in mine}
        choices = [Button(title, f"{CHANNEL} {chat}") for chat, title in named.items()]
        text = translate(language, "channel.how", bot=self._bot.username)
        card = replies.message_card(
            translate(language, "channel.title"), text, buttons=[*choices, *self._adding(language)]
        )
        return replace(card, command=CHANNEL)

    def _adding(self, language: str) -> list[Button]:
        address = f"https://t.me/{self._bot.username}"
        return [
            Button(translate(language, "button.add_channel"), url=f"{address}?startchannel&admin=post_messages"),
            Button(translate(language, "button.add_group"), url=f"{address}?startgroup"),
        ]


def _named(card: Card, title: str) -> Card:
    """The card with the chat's name over it, so that nobody changes the wrong one."""
    over = replies.message_card(title).blocks if title else ()
    return replace(card, blocks=(*over, *card.blocks))
