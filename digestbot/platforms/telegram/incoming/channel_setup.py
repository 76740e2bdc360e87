"""``/channel``: sets up a channel or group from the private chat with its administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from telegram import Bot, ChatFullInfo
from telegram.error import BadRequest, Forbidden

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.answers.live_cards import change_cards
from digestbot.core.ports import IncomingMessage, Reply, ReplyHandler, allow_anyone
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address
from digestbot.i18n import translate
from digestbot.platforms.telegram.commands import CHANNEL_COMMAND, PLATFORM_NAME
from digestbot.platforms.telegram.incoming.permissions import ChatPermissions
from digestbot.store import Store

_CHANNEL_COMMAND = re.compile(
    r"/?(?:channel|频道)(?:@\w+)?(?:\s+(?P<chat>\S+)(?:\s+(?P<command>.+))?)?\s*", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ChannelReply:
    """The answer about another chat; its buttons act on that chat, by writing ``prefix`` before their commands."""

    answer: Reply
    prefix: str = ""


class ChannelSetup:
    """Runs commands for another chat, for its administrators."""

    def __init__(
        self, bot: Bot, permissions: ChatPermissions, store: Store, subscriptions: SubscriptionService
    ) -> None:
        self._bot = bot
        self._subscriptions = subscriptions
        self._permissions = permissions
        self._store = store

    async def handle_command(self, message: IncomingMessage, user_id: int, reply: ReplyHandler) -> ChannelReply:
        """Reply to ``/channel [WHICH [COMMAND]]``."""
        match = _CHANNEL_COMMAND.fullmatch(message.text)
        preferences = await self._subscriptions.preferences_for(message.address, message.language)
        language = preferences.language
        if match is None or match["chat"] is None:
            return ChannelReply(Reply(await self._build_overview(language, user_id), preferences))
        chat = await self._find_chat(match["chat"])
        missing = await self._find_obstacle(chat, user_id, match["chat"])
        if missing or chat is None:
            text = translate(language, f"channel.{missing}", chat=match["chat"], bot=self._bot.username)
            card = replies.error_card(
                translate(language, "error.title"), text, "", (), self._build_add_buttons(language)
            )
            return ChannelReply(Reply(card, preferences))
        forwarded = IncomingMessage(
            Address(PLATFORM_NAME, str(chat.id)),
            "/" + (match["command"] or "topics").lstrip("/"),
            message.language,
            user=message.address,
            is_moderator=allow_anyone,
            title=chat.title or chat.username or "",
            moderator_chat=str(user_id),
            capabilities_for=lambda _: message.capabilities_for(preferences.card_style),  # the reader is the person
            sender=message.sender,
        )
        answer = change_cards(await reply(forwarded), lambda card: replies.add_chat_title(card, forwarded.title))
        return ChannelReply(replace(answer, preferences=preferences), f"{CHANNEL_COMMAND} {chat.id}")

    async def _find_chat(self, reference: str) -> ChatFullInfo | None:
        if not re.fullmatch(r"@\w{1,64}|-\d{1,20}", reference):
            return None
        try:
            return await self._bot.get_chat(reference if reference.startswith("@") else int(reference))
        except (BadRequest, Forbidden):
            return None

    async def _find_obstacle(self, chat: ChatFullInfo | None, user_id: int, reference: str) -> str:
        """The reason why it is not possible; empty if it is."""
        if chat is None:
            return "unknown" if reference.startswith(("@", "-")) else "unnamed"
        if not await self._permissions.is_moderator(str(chat.id), user_id):
            return "not_yours"
        cannot_post = chat.type == ChatFullInfo.CHANNEL and not await self._permissions.can_bot_post(str(chat.id))
        return "no_rights" if cannot_post else ""

    async def _build_overview(self, language: str, user_id: int) -> Card:
        """List the chats that the person set up, and how to add one."""
        subscribers = await self._store.subscribers.list_moderated(PLATFORM_NAME, str(user_id))
        titles = {subscriber.address.chat: subscriber.title or subscriber.address.chat for subscriber in subscribers}
        choices = [Button(title, f"{CHANNEL_COMMAND} {chat}") for chat, title in titles.items()]
        text = translate(language, "channel.how", bot=self._bot.username)
        card = replies.message_card(
            translate(language, "channel.title"), text, buttons=[*choices, *self._build_add_buttons(language)]
        )
        return replace(card, command=CHANNEL_COMMAND)

    def _build_add_buttons(self, language: str) -> list[Button]:
        address = f"https://t.me/{self._bot.username}"
        return [
            Button(translate(language, "button.add_channel"), url=f"{address}?startchannel&admin=post_messages"),
            Button(translate(language, "button.add_group"), url=f"{address}?startgroup"),
        ]
