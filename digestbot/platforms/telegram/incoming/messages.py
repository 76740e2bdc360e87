"""Turns Telegram messages into the core's: the user, the chat, and whether they may change it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial

from telegram import CallbackQuery, Chat, Message, MessageEntity, User
from telegram.constants import ChatID

from digestbot.cards.capabilities import Capabilities, Collapsing
from digestbot.core.commands.registry import has_command, is_readable
from digestbot.core.lines.card_replies import QUESTION_MARKS, find_quoted_paper
from digestbot.core.lines.plain_questions import is_surely_question, split_numbered_question
from digestbot.core.lines.typed_line import parse_list_numbers, read_line
from digestbot.core.ports import IncomingMessage, Platform, ReplyHandler, allow_anyone, deny_anyone
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.subscription import Address, CardStyle
from digestbot.i18n import translate
from digestbot.platforms.common.people import get_language
from digestbot.platforms.common.text import WORD_JOINER
from digestbot.platforms.telegram.commands import CHANNEL_COMMAND, PLATFORM_NAME
from digestbot.platforms.telegram.incoming.answering import AnswerSender
from digestbot.platforms.telegram.incoming.channel_setup import ChannelReply, ChannelSetup
from digestbot.platforms.telegram.incoming.documents import list_documents
from digestbot.platforms.telegram.incoming.permissions import ChatPermissions
from digestbot.platforms.telegram.incoming.quoted_links import (
    find_discussed_channel,
    list_quoted_links,
    list_quoted_papers,
)
from digestbot.platforms.telegram.incoming.rich_text import iter_rich_strings, read_rich_text
from digestbot.platforms.telegram.outgoing.messenger import Messenger

_CHANNEL_NAMES = {CHANNEL_COMMAND, translate("zh", f"name.{CHANNEL_COMMAND}")}
_SHARED_ACCOUNTS = (ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL, ChatID.SERVICE_CHAT)
"""The accounts that stand for whoever writes in the name of a group or channel."""
_CARD_STYLES = (CardStyle.CLASSIC, CardStyle.RICH)
"""The styles to choose from, the default first: some of a reader's apps do not show what the server takes."""


@dataclass(slots=True)
class Conversation:
    """Turns messages and button taps into the core's messages, and gets the replies."""

    answers: AnswerSender
    permissions: ChatPermissions
    channel_setup: ChannelSetup
    reply: ReplyHandler
    subscriptions: SubscriptionService
    can_choose_style: bool = True
    """Whether chats may choose their card style; the operator may have fixed it."""
    sender: Platform | None = None
    """The platform, which sends what a delivery would."""

    @property
    def messenger(self) -> Messenger:
        """What sends messages."""
        return self.answers.messenger

    def capabilities_for(self, style: CardStyle) -> Capabilities:
        """The capabilities of a card style on this server."""
        return build_capabilities(
            style, rich=self.messenger.features.rich_messages, can_choose_style=self.can_choose_style
        )

    async def get_language(self, user: User) -> str:
        """The language the user set, else their app's."""
        return await get_language(self.subscriptions, Address(PLATFORM_NAME, str(user.id)), user.language_code or "")

    async def build_answer(self, message: IncomingMessage, user_id: int) -> ChannelReply:
        """The answer, with what its buttons have to be prefixed with."""
        if _parse_command_name(message.text) in _CHANNEL_NAMES:
            if message.user is not None:  # in a group: it is set up there, by its own administrators
                message = replace(message, text="topics")
            else:
                return await self.channel_setup.handle_command(message, user_id, self.reply)
        return ChannelReply(await self.reply(message))

    def from_message(self, message: Message, command: str = "") -> IncomingMessage | None:
        """The message to the bot; ``None`` if it is not addressed to it.

        With a ``command``, it has the words that its person was asked for.
        """
        text = _read_text(message)
        user = message.from_user
        own_text = self._strip_mention(text)
        bot = self.messenger.bot
        documents = list_documents(bot, message, own_text)
        if not own_text and not any(map(is_readable, documents)):
            return None
        is_addressed = bool(command) or self._is_addressed(message, text, own_text)
        if user is None or message.via_bot or not is_addressed:
            return None  # what was posted through inline mode is a card, no question
        line = f"/{command} {own_text}" if command else own_text
        incoming = self._build_incoming(message.chat, get_thread(message), line, user.id, user.language_code or "")
        incoming = replace(
            incoming,
            title=_get_title(message) if incoming.title else "",
            links=_list_linked_papers(message),
            documents=documents,
            quoted_links=list_quoted_links(message, bot.id),
            quoted_list=list_quoted_papers(message, bot.id),
        )
        sender = _find_sender_chat(message)
        if sender is None or incoming.user is None:
            return incoming
        is_moderator = allow_anyone if sender == message.chat.id else deny_anyone
        user_address = Address(PLATFORM_NAME, str(sender))
        return replace(incoming, user=user_address, is_moderator=is_moderator, moderator_chat="")

    def from_callback(self, query: CallbackQuery, command: str) -> IncomingMessage:
        """The message that a button tap stands for."""
        user, address = query.from_user, self.get_address(query)
        if address is None or query.message is None:
            return IncomingMessage(
                Address(PLATFORM_NAME, str(user.id)),
                f"/{command}",
                user.language_code or "",
                capabilities_for=self.capabilities_for,
                sender=self.sender,
            )
        return self._build_incoming(
            query.message.chat, address.thread, f"/{command}", user.id, user.language_code or ""
        )

    def get_message_address(self, message: Message) -> Address:
        """The chat and thread of a message."""
        return Address(PLATFORM_NAME, str(message.chat.id), get_thread(message))

    def get_address(self, query: CallbackQuery) -> Address | None:
        """The chat of a button tap; ``None`` for a message posted through inline mode."""
        if query.message is None:
            return None
        thread = get_thread(query.message) if isinstance(query.message, Message) else ""
        return Address(PLATFORM_NAME, str(query.message.chat.id), thread)

    def _build_incoming(self, chat: Chat, thread: str, text: str, user_id: int, language: str) -> IncomingMessage:
        address = Address(PLATFORM_NAME, str(chat.id), thread)
        if chat.type == Chat.PRIVATE:
            return IncomingMessage(address, text, language, capabilities_for=self.capabilities_for, sender=self.sender)
        return IncomingMessage(
            address,
            text,
            language,
            user=Address(PLATFORM_NAME, str(user_id)),
            is_moderator=partial(self.permissions.is_moderator, address.chat, user_id),
            title=chat.title or "",
            moderator_chat=str(user_id),
            capabilities_for=self.capabilities_for,
            sender=self.sender,
        )

    async def is_wanted(self, message: Message) -> bool:
        """Whether to answer what :meth:`from_message` takes for ours: below a channel's post, only if we post there."""
        channel = find_discussed_channel(message)
        text = _read_text(message)
        if channel is None or self._is_named(message, text, self._strip_mention(text)):
            return True
        return await self.subscriptions.find(Address(PLATFORM_NAME, str(channel))) is not None

    def _is_addressed(self, message: Message, text: str, own_text: str) -> bool:
        """Whether a message is for this bot.

        In a group that is a command of ours, by our name or by none; what begins or ends with our name; and in reply to
        us a number of a list, or a question about a paper or a list. Other replies to us are talk among people.
        """
        return self._is_named(message, text, own_text) or (not text.startswith("/") and self._answers_us(message, text))

    def _is_named(self, message: Message, text: str, own_text: str) -> bool:
        """Whether a message is in private, a command of ours, or has our name."""
        if text.startswith("/"):
            name, _, bot = text.split(maxsplit=1)[0][1:].partition("@")
            if bot:
                return bot.casefold() == self.messenger.bot.username.casefold()
            return message.chat.type == Chat.PRIVATE or bool(read_line(text).name) or name.casefold() in _CHANNEL_NAMES
        return message.chat.type == Chat.PRIVATE or own_text != text

    def _answers_us(self, message: Message, text: str) -> bool:
        """Whether a reply to us, or to a digest of a channel in its discussion, is more than talk among people."""
        answered, bot_id = message.reply_to_message, self.messenger.bot.id
        is_ours = bool(answered and answered.from_user and answered.from_user.id == bot_id)
        if not is_ours and find_discussed_channel(message) is None:
            return False
        listed = list_quoted_papers(message, bot_id)
        if numbers := parse_list_numbers(text):
            return is_ours or all(number in listed for number in numbers)
        if not has_command("ask"):
            return False
        asks = is_surely_question(text) or split_numbered_question(text).number in listed
        if listed and asks:
            return True
        is_question = text.rstrip().endswith(QUESTION_MARKS) if is_ours else asks
        return is_question and bool(find_quoted_paper(list_quoted_links(message, bot_id)))

    def _strip_mention(self, text: str) -> str:
        """The text without our name at its beginning or end."""
        name = re.escape(self.messenger.bot.username)
        return re.sub(rf"^\s*@{name}(?!\w)[\s,:，：]*|\s{{1,3}}@{name}\s{{0,3}}$", "", text, flags=re.IGNORECASE)


def _read_text(message: Message) -> str:
    return (message.text or message.caption or read_rich_text(message)).replace(WORD_JOINER, "")


def build_capabilities(style: CardStyle, *, rich: bool, can_choose_style: bool) -> Capabilities:
    """The capabilities of a card style: everything in one rich message, or a few papers per plain one."""
    styles = _CARD_STYLES if rich and can_choose_style else ()
    if rich and style is CardStyle.RICH:
        return Capabilities(
            collapsing=Collapsing.ALL,
            math=True,
            page_size=None,
            card_styles=styles,
            can_be_quiet=True,
            forms=True,
            can_leave_rich=bool(styles),
            own_commands=(CHANNEL_COMMAND,),
        )
    return Capabilities(
        collapsing=Collapsing.TAKEAWAYS,
        figures=False,
        page_size=7,
        card_styles=styles,
        can_be_quiet=True,
        forms=True,
        own_commands=(CHANNEL_COMMAND,),
    )


def _parse_command_name(text: str) -> str:
    words = text.split(maxsplit=1)
    return words[0].lstrip("/").partition("@")[0].casefold() if words else ""


def _find_sender_chat(message: Message) -> int | None:
    """The chat in whose name a message was written; ``None`` if it was a person.

    Anonymous administrators write in the name of their group, others in that of a channel; to old clients, and here,
    all of them come from the same few accounts (core.telegram.org/bots/api#message, ``sender_chat``).
    """
    if message.sender_chat:
        return message.sender_chat.id
    return message.chat.id if message.from_user and message.from_user.id in _SHARED_ACCOUNTS else None


def get_thread(message: Message) -> str:
    """The forum topic of a message; empty outside of one, and in the general topic."""
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _get_title(message: Message) -> str:
    """The chat's title; in a forum topic with that one's name, as far as Telegram tells it with the message."""
    first = message.reply_to_message
    created = first.forum_topic_created if first and message.is_topic_message else None
    return f"{message.chat.title} › {created.name}" if created else message.chat.title or ""


def _list_linked_papers(message: Message) -> tuple[str, ...]:
    """The addresses of papers behind words of the text, in order."""
    links = [
        entity.url or ""
        for entity in (*message.entities, *message.caption_entities)
        if entity.type == MessageEntity.TEXT_LINK
    ]
    links += iter_rich_strings(message, "url")
    return tuple(dict.fromkeys(link for link in links if find_paper_ids(link)))
