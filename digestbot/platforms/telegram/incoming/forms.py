"""Buttons that ask for words: the bot asks in a message, and the reply to it is the rest of the button's command.

Telegram's apps open the keyboard for a message with ``ForceReply`` (core.telegram.org/bots/api#forcereply), and tell
with a reply which message it is to. What was asked there is stored, so that it survives a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import CallbackQuery, Chat, Message, User

from digestbot.cards.callback_data import ButtonAction, compute_token
from digestbot.cards.text import drop_control_characters
from digestbot.core.ports import Clock
from digestbot.domain.subscription import Address
from digestbot.platforms.telegram.commands import PLATFORM_NAME
from digestbot.platforms.telegram.outgoing.markup import escape
from digestbot.platforms.telegram.outgoing.messenger import Messenger
from digestbot.store.chats.callback_tokens import CallbackTokenStore

_VALID_FOR = timedelta(days=7)
_KIND, _PARTS = "form", 4
"""How what is stored begins, and its parts: that, the person, when they were asked, and the command."""
_FOR_ALL = "ask "
"""How commands begin that anybody may complete who sees what was asked."""
_MAX_PROMPT, _MAX_NAME, _MAX_PLACEHOLDER = 400, 40, 64
"""Characters of what is asked, of the person's name before it, and of what stands in the empty field."""


@dataclass(frozen=True, slots=True)
class AskedWords:
    """What the words of a reply belong to: a command, which is empty if it was asked too long ago."""

    command: str


class WordForms:
    """Asks for words, and knows what was asked: at most 500 questions a person, for a week."""

    def __init__(self, messenger: Messenger, callback_tokens: CallbackTokenStore, clock: Clock) -> None:
        self._messenger = messenger
        self._callback_tokens = callback_tokens
        self._clock = clock

    async def ask(self, query: CallbackQuery, address: Address, action: ButtonAction) -> None:
        """Ask the person who tapped, and nobody else of a group. Raises ``TelegramError``."""
        person, message = query.from_user, query.message
        is_group = message is not None and message.chat.type != Chat.PRIVATE
        prompt, now = action.prompt[:_MAX_PROMPT], self._clock.now()
        text = f"{_mention(person)}: {escape(prompt)}" if is_group else escape(prompt)
        number = await self._messenger.ask_for_words(
            address,
            text,
            prompt[:_MAX_PLACEHOLDER],
            reply_to=message.message_id if is_group and message else None,
        )
        asked = f"{_KIND} {person.id} {now.isoformat()} {action.command}"
        await self._callback_tokens.save({_build_token(address, number): asked}, now, f"{PLATFORM_NAME} {person.id}")

    async def find_asked(self, message: Message) -> AskedWords | None:
        """What a reply answers; ``None`` if it answers nothing that this person was asked.

        In a group, whoever replies to what somebody was asked about a paper asks a question of their own.
        """
        asked = message.reply_to_message
        if asked is None or message.from_user is None:
            return None
        token = _build_token(Address(PLATFORM_NAME, str(message.chat.id)), asked.message_id)
        parts = (await self._callback_tokens.get_command(token) or "").split(" ", 3)
        if len(parts) != _PARTS or parts[0] != _KIND:
            return None
        is_theirs = parts[1] == str(message.from_user.id)
        if not is_theirs and not (parts[3].startswith(_FOR_ALL) and message.chat.type != Chat.PRIVATE):
            return None
        is_valid = self._clock.now() - datetime.fromisoformat(parts[2]) <= _VALID_FOR
        return AskedWords(parts[3] if is_valid else "")

    def may_answer(self, message: Message) -> bool:
        """Whether a message may be the reply to a question: one to our own plain message, and no command."""
        asked = message.reply_to_message
        is_ours = asked is not None and asked.from_user is not None and asked.from_user.id == self._messenger.bot.id
        if not is_ours or asked is None or asked.reply_markup is not None or not asked.text:
            return False
        text = message.text or ""
        return bool(text) and not text.startswith(("/", "／"))


def _build_token(address: Address, number: int) -> str:
    return compute_token(f"{_KIND} {address.chat} {number}")


def _mention(person: User) -> str:
    """The person by their name, so that the question is for them alone (``selective``)."""
    name = drop_control_characters(person.first_name)[:_MAX_NAME] or "?"
    return f'<a href="tg://user?id={person.id}">{escape(name)}</a>'
