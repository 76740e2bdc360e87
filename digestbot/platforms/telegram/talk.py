"""What people say, as the core understands it: who speaks, where, and whether they may change the chat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from telegram import CallbackQuery, Chat, Message, MessageEntity, User

from digestbot.cards.capabilities import Capabilities, Collapsing
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage, ReplyHandler, allow_anyone
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.telegram.channels import Channels, Elsewhere
from digestbot.platforms.telegram.commands import CHANNEL
from digestbot.platforms.telegram.members import Members
from digestbot.platforms.telegram.messenger import Messenger

NAME = "telegram"
_OURS = {command.name for command in COMMANDS} | {CHANNEL}
_FORMATS = (CardStyle.RICH, CardStyle.CLASSIC)


@dataclass(slots=True)
class Talk:
    """The conversation: turns messages and taps into what was said, and asks for the answer."""

    messenger: Messenger
    members: Members
    channels: Channels
    reply: ReplyHandler
    subscriptions: SubscriptionService
    choice: bool = True
    """Whether chats may choose the form of their cards; the operator may have chosen for all."""

    def shows(self, form: CardStyle) -> Capabilities:
        """What a chat can be shown in a form, as far as the server knows it."""
        return capabilities(form, rich=self.messenger.able.rich, choice=self.choice)

    async def language(self, user: User) -> str:
        """The language that a person set, else the one of their app."""
        return (
            await self.subscriptions.preferences_for(Address(NAME, str(user.id)), user.language_code or "")
        ).language

    async def answer(self, said: IncomingMessage, user: int) -> Elsewhere:
        """The answer, with what its buttons have to be prefixed with."""
        if _name(said.text) == CHANNEL:
            if said.user is not None:  # in a group: it is set up there, by its own administrators
                said = replace(said, text="topics")
            else:
                return await self.channels.reply(said, user, self.reply)
        return Elsewhere(await self.reply(said))

    def typed(self, message: Message) -> IncomingMessage | None:
        """What a message says to the bot; ``None`` for what is not for it."""
        text = message.text or message.caption or ""
        user = message.from_user
        if not text or user is None or message.via_bot or not self._meant(message, text):
            return None  # what was posted through inline mode is a card, no question
        if message.chat.type == Chat.PRIVATE and (hidden := _hidden_paper(message)):
            text = hidden
        said = self._said(message.chat, _thread(message), text, user.id, user.language_code or "")
        anonymous = message.sender_chat is not None and message.sender_chat.id == message.chat.id
        return replace(said, is_moderator=allow_anyone, moderator_chat="") if anonymous else said

    def pressed(self, query: CallbackQuery, command: str) -> IncomingMessage:
        """What a button says, where it was tapped."""
        user, address = query.from_user, self.address_of(query)
        if address is None or query.message is None:
            return IncomingMessage(
                Address(NAME, str(user.id)), f"/{command}", user.language_code or "", capabilities_for=self.shows
            )
        return self._said(query.message.chat, address.thread, f"/{command}", user.id, user.language_code or "")

    def address_of(self, query: CallbackQuery) -> Address | None:
        """Where a button was tapped; ``None`` for a message that was posted through inline mode."""
        if query.message is None:
            return None
        thread = _thread(query.message) if isinstance(query.message, Message) else ""
        return Address(NAME, str(query.message.chat.id), thread)

    def _said(self, chat: Chat, thread: str, text: str, user: int, language: str) -> IncomingMessage:
        address = Address(NAME, str(chat.id), thread)
        if chat.type == Chat.PRIVATE:
            return IncomingMessage(address, text, language, capabilities_for=self.shows)
        return IncomingMessage(
            address,
            text,
            language,
            user=Address(NAME, str(user)),
            is_moderator=partial(self.members.moderates, address.chat, user),
            title=chat.title or "",
            moderator_chat=str(user),
            capabilities_for=self.shows,
        )

    def _meant(self, message: Message, text: str) -> bool:
        """Whether a message is for this bot: in a group only a command of ours, by our name or by none."""
        if not text.startswith("/"):
            return message.chat.type == Chat.PRIVATE
        name, _, bot = text.split(maxsplit=1)[0][1:].partition("@")
        if bot:
            return bot.casefold() == self.messenger.bot.username.casefold()
        return message.chat.type == Chat.PRIVATE or name.casefold() in _OURS


def capabilities(form: CardStyle, *, rich: bool, choice: bool) -> Capabilities:
    """What a chat is shown: everything in one rich message, or a few papers in each plain one."""
    formats = _FORMATS if rich and choice else ()
    if rich and form is CardStyle.RICH:
        return Capabilities(collapsing=Collapsing.ALL, math=True, page_size=None, card_styles=formats)
    return Capabilities(details=False, collapsing=Collapsing.TAKEAWAYS, figures=False, page_size=5, card_styles=formats)


def _name(text: str) -> str:
    words = text.split(maxsplit=1)
    return words[0].lstrip("/").partition("@")[0].casefold() if words else ""


def _thread(message: Message) -> str:
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _hidden_paper(message: Message) -> str:
    """An arXiv address behind a word of the text, where the text itself has none."""
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.TEXT_LINK and entity.url and PaperId.from_url(entity.url):
            return entity.url
    return ""
