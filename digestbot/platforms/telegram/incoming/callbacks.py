"""Callback queries: a tap runs the button's command, is answered within a second, and is deduplicated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from telegram import CallbackQuery, Chat, Message
from telegram.error import TelegramError

from digestbot.cards.callback_data import ButtonAction, NavigationHistory, TapDeduplicator
from digestbot.cards.card import Card, list_sentences
from digestbot.core.answers.shared_messages import share_message
from digestbot.core.commands.deep_links import encode_shown_command
from digestbot.core.commands.registry import is_known_to_chat_alone, only_shows
from digestbot.core.ports import Reply
from digestbot.i18n import translate
from digestbot.platforms.common.callbacks import decode_action
from digestbot.platforms.common.live_answers import close_updates
from digestbot.platforms.common.text import truncate
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.incoming.forms import WordForms
from digestbot.platforms.telegram.incoming.messages import Conversation
from digestbot.platforms.telegram.outgoing.calls import MessageRef
from digestbot.store.chats.callback_tokens import CallbackTokenStore

_ANSWER_DEADLINE_SECONDS = 0.6
"""Seconds after which a callback query is answered even if its command is still running."""
_MAX_ANSWER_CHARACTERS = 200
"""Maximum characters in an answer (core.telegram.org/bots/api#answercallbackquery)."""
_log = structlog.get_logger(__name__)


class CallbackHandler:
    """Handles callback queries."""

    def __init__(
        self,
        conversation: Conversation,
        callback_tokens: CallbackTokenStore,
        forms: WordForms,
        now: Callable[[], datetime],
    ) -> None:
        self._conversation, self._forms, self._now = conversation, forms, now
        self._callback_tokens = callback_tokens
        self._deduplicator = TapDeduplicator()

    def is_repeated(self, query: CallbackQuery) -> bool:
        """Whether the same person just tapped the same button, with no other tap in between."""
        message_key = query.inline_message_id or (str(query.message.message_id) if query.message else "")
        return self._deduplicator.is_duplicate(message_key, query.from_user.id, query.data or "")

    def start_answer(self, query: CallbackQuery) -> PendingCallback:
        """Accept a callback query: it is answered in time, whatever happens to its command."""
        return PendingCallback(query)

    async def decline_callback(self, tap: PendingCallback) -> None:
        """Tell a person that they tap too fast."""
        language = await self._conversation.get_language(tap.query.from_user)
        await tap.answer(translate(language, "telegram.too_fast"))

    async def handle_callback(self, tap: PendingCallback) -> None:
        """Run the button's command."""
        query = tap.query
        action = await decode_action(self._callback_tokens, query.data or "")
        if action is None:
            stale = translate(await self._conversation.get_language(query.from_user), "telegram.stale")
            await tap.answer(stale, alert=True)
            return
        if action.prompt:
            await self._ask_for_words(tap, action)
        elif action.keeps_card or _is_own_message(query) or not only_shows(action.command):
            await self._run_action(tap, action)
        elif is_known_to_chat_alone(action.command) and query.message:
            await self._open_here(tap, action.command)
        else:
            await self._open_privately(tap, action.command)

    async def _run_action(self, tap: PendingCallback, action: ButtonAction) -> None:
        query = tap.query
        message = self._conversation.from_callback(query, action.command)
        result = await self._conversation.build_answer(message, query.from_user.id)
        card, is_own = result.answer.card, _is_own_message(query)
        goes_on = result.answer.updates is not None or card.attachment is not None
        if goes_on and (action.keeps_card or not is_own):
            await self._go_on_below(tap, result.answer, action.command, NavigationHistory(prefix=result.prefix))
        elif not card.ok and not result.answer.updates:
            await self._notify(tap, result.answer, alert=True)
        elif action.keeps_card and action.should_refresh_card(in_group=_is_in_group(query)):
            await tap.answer(_summarize_card(card))
            if is_own or await message.is_moderator():
                await self._refresh_card(query, action)
        elif action.keeps_card:
            await self._notify(tap, result.answer)
        elif is_own:
            await tap.answer()
            await self._open_card(query, result.answer, NavigationHistory(action.history, result.prefix))
        else:
            await tap.answer(_summarize_card(card), alert=True)

    async def _ask_for_words(self, tap: PendingCallback, action: ButtonAction) -> None:
        """Ask what the button needs; where nobody can reply, say how to write it."""
        query, address = tap.query, self._conversation.get_address(tap.query)
        if address is None or query.message is None or query.message.chat.type == Chat.CHANNEL:
            language = await self._conversation.get_language(query.from_user)
            text = translate(language, "telegram.form_elsewhere", command=f"/{action.command}")
            await tap.answer(truncate(text, _MAX_ANSWER_CHARACTERS), alert=True)
            return
        await tap.answer()
        await self._forms.ask(query, address, action)

    async def _go_on_below(self, tap: PendingCallback, answer: Reply, command: str, history: NavigationHistory) -> None:
        """Work that goes on, and files, are shown below a card that stays: an alert can hold neither. In a channel, and
        where a card was posted through inline mode, nobody can be answered.
        """
        query, address = tap.query, self._conversation.get_address(tap.query)
        if address is None or (query.message and query.message.chat.type == Chat.CHANNEL):
            await close_updates(answer)
            language = await self._conversation.get_language(query.from_user)
            await tap.answer(translate(language, "telegram.ask_privately", command=f"/{command}"), alert=True)
            return
        await tap.answer()
        reply_to = query.message.message_id if query.message and _is_in_group(query) else None
        await self._conversation.answers.send(address, answer, query.from_user.id, history, reply_to=reply_to)

    async def _open_privately(self, tap: PendingCallback, command: str) -> None:
        """Show the card in the private chat: what all of a group or channel read stays as it is."""
        if payload := encode_shown_command(command):
            await tap.answer(url=f"https://t.me/{self._conversation.messenger.bot.username}?start={payload}")
        else:
            language = await self._conversation.get_language(tap.query.from_user)
            await tap.answer(translate(language, "telegram.ask_privately", command=f"/{command}"), alert=True)

    async def _open_here(self, tap: PendingCallback, command: str) -> None:
        """Show in a group what its private chats know nothing of, below what all read; in a channel, in private."""
        query = tap.query
        if query.message is None or query.message.chat.type == Chat.CHANNEL:
            await self._open_of_channel(tap, command)
            return
        message = self._conversation.from_callback(query, command)
        result = await self._conversation.build_answer(message, query.from_user.id)
        answer, address = result.answer, self._conversation.get_address(query)
        if address is None or not (answer.card.ok or answer.updates):
            await self._notify(tap, answer, alert=True)
            return
        await tap.answer()
        history = NavigationHistory((), result.prefix)
        person, number = query.from_user.id, query.message.message_id
        await self._conversation.answers.send(address, answer, person, history, reply_to=number)

    async def _open_of_channel(self, tap: PendingCallback, command: str) -> None:
        """Show the rest of a channel's message to its reader in private; of all else, say where it is found."""
        query, address = tap.query, self._conversation.get_address(tap.query)
        owner = f"telegram {query.from_user.id}"
        shared = await share_message(self._callback_tokens, address, command, owner, self._now()) if address else ""
        if shared:
            await self._open_privately(tap, shared)
            return
        language = await self._conversation.get_language(query.from_user)
        await tap.answer(translate(language, "telegram.not_in_channel"), alert=True)

    async def _notify(self, tap: PendingCallback, answer: Reply, *, alert: bool = False) -> None:
        """Say something beside a card that stays; in a message, where it is too late to answer the tap with it."""
        if await tap.answer(_summarize_card(answer.card), alert=alert):
            return
        if address := self._conversation.get_address(tap.query):
            for outgoing in self._conversation.messenger.render(answer.card, answer.preferences.card_style):
                await self._conversation.messenger.send_answer(address, outgoing)

    async def _refresh_card(self, query: CallbackQuery, action: ButtonAction) -> None:
        """Redraw a card that stays, after one of its switches was toggled."""
        if query.inline_message_id:
            return
        message = self._conversation.from_callback(query, action.history[0])
        result = await self._conversation.build_answer(message, query.from_user.id)
        await self._replace_card(query, result.answer, NavigationHistory(action.history[1:], result.prefix))

    async def _open_card(self, query: CallbackQuery, answer: Reply, history: NavigationHistory) -> None:
        """Replace the card by another; photos are sent below it."""
        address = self._conversation.get_address(query)
        messages = self._conversation.messenger.render(answer.card, answer.preferences.card_style, history)
        if messages[0].is_album and address:
            without_way_back = NavigationHistory(prefix=history.prefix)
            await self._conversation.answers.send(address, answer, query.from_user.id, without_way_back)
            return
        await self._replace_card(query, answer, history)

    async def _replace_card(self, query: CallbackQuery, answer: Reply, history: NavigationHistory) -> None:
        address = self._conversation.get_address(query)
        if address is None or query.message is None:
            await close_updates(answer)
            return
        target = MessageRef(address.chat, query.message.message_id)
        await self._conversation.answers.replace(
            target, address, answer, query.from_user.id, history, reply_to=_get_question(query)
        )


def _get_question(query: CallbackQuery) -> int | None:
    """The message that the tapped one answers, in a group."""
    message = query.message
    asked = message.reply_to_message if isinstance(message, Message) else None
    return asked.message_id if asked else None


def _is_own_message(query: CallbackQuery) -> bool:
    """Whether the person may turn the message's pages: in a private chat, or where it answers them.

    A message posted through inline mode is nobody's: who posted it is not known.
    """
    message = query.message
    if message is None or message.chat.type == Chat.PRIVATE:
        return message is not None
    asked = message.reply_to_message if isinstance(message, Message) else None
    return bool(asked and asked.from_user and asked.from_user.id == query.from_user.id)


def _is_in_group(query: CallbackQuery) -> bool:
    return query.message is not None and query.message.chat.type != Chat.PRIVATE


def _summarize_card(card: Card) -> str:
    """A card as one short line."""
    return truncate("\n".join(list_sentences(card)), _MAX_ANSWER_CHARACTERS)


class PendingCallback:
    """A callback query waiting for its answer, which is sent once, at the latest after a timeout."""

    def __init__(self, query: CallbackQuery) -> None:
        self.query = query
        self._is_answered = False
        self._timer = asyncio.create_task(self._answer_in_time())

    async def answer(self, text: str = "", *, alert: bool = False, url: str | None = None) -> bool:
        """Answer, unless already answered; whether this was the answer. ``url`` is opened by the person's app."""
        self._timer.cancel()
        return await self._answer_once(text, alert=alert and bool(text), url=url)

    async def _answer_in_time(self) -> None:
        await asyncio.sleep(_ANSWER_DEADLINE_SECONDS)
        await self._answer_once("", alert=False)

    async def _answer_once(self, text: str, *, alert: bool, url: str | None = None) -> bool:
        if self._is_answered:
            return False
        self._is_answered = True
        try:
            await self.query.answer(text or None, show_alert=alert, url=url)
        except TelegramError as error:
            if not errors.is_query_expired(error):
                _log.info("telegram_callback_not_answered", reason=error.message)
        return True
