"""Callback queries: a tap runs the button's command, is answered within a second, and is deduplicated."""

from __future__ import annotations

import asyncio

import structlog
from telegram import CallbackQuery
from telegram.error import TelegramError

from digestbot.cards.callback_data import ButtonAction, NavigationHistory, TapDeduplicator
from digestbot.cards.card import Card, Heading, Paragraph, to_plain_text
from digestbot.core.ports import Reply
from digestbot.i18n import translate
from digestbot.platforms.common.callbacks import add_back_button, decode_action
from digestbot.platforms.common.text import truncate
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.incoming.messages import Conversation
from digestbot.platforms.telegram.outgoing.messenger import MessageRef
from digestbot.store.callback_tokens import CallbackTokenStore

_ANSWER_DEADLINE_SECONDS = 0.6
"""Seconds after which a callback query is answered even if its command is still running."""
_MAX_ANSWER_CHARACTERS = 200
"""Maximum characters in an answer (core.telegram.org/bots/api#answercallbackquery)."""
_log = structlog.get_logger(__name__)


class CallbackHandler:
    """Handles callback queries."""

    def __init__(self, conversation: Conversation, callback_tokens: CallbackTokenStore) -> None:
        self._conversation = conversation
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
        result = await self._conversation.build_answer(
            self._conversation.from_callback(query, action.command), query.from_user.id
        )
        card = result.answer.card
        if not card.ok:
            await tap.answer(_summarize_card(card), alert=True)
        elif action.keeps_card:
            await tap.answer(_summarize_card(card))
            await self._refresh_card(query, action)
        else:
            await tap.answer()
            await self._open_card(query, result.answer, NavigationHistory(action.history, result.prefix))

    async def _refresh_card(self, query: CallbackQuery, action: ButtonAction) -> None:
        """Redraw a card that stays, if one of its switches was toggled."""
        if not action.history or query.inline_message_id:
            return
        message = self._conversation.from_callback(query, action.history[0])
        if action.should_refresh_card(in_group=message.user is not None):
            result = await self._conversation.build_answer(message, query.from_user.id)
            await self._replace_card(query, result.answer, NavigationHistory(action.history[1:], result.prefix))

    async def _open_card(self, query: CallbackQuery, answer: Reply, history: NavigationHistory) -> None:
        """Replace the card by another; photos are sent below it."""
        address = self._conversation.get_address(query)
        messages = self._conversation.messenger.render(answer.card, answer.preferences.card_style, history)
        if messages[0].is_album and address:
            for outgoing in messages:
                await self._conversation.messenger.send_answer(address, outgoing)
            return
        await self._replace_card(query, answer, history)

    async def _replace_card(self, query: CallbackQuery, answer: Reply, history: NavigationHistory) -> None:
        card, address = answer.card, self._conversation.get_address(query)
        if history.commands:
            card = add_back_button(card, answer.preferences.language, history.commands[0])
        first, *rest = self._conversation.messenger.render(card, answer.preferences.card_style, history)
        message_id = query.message.message_id if query.message else 0
        target = MessageRef(address.chat if address else "", message_id, query.inline_message_id or "")
        await self._conversation.messenger.edit_message(target, first)
        if address:
            for outgoing in rest:
                await self._conversation.messenger.send_answer(address, outgoing)


def _summarize_card(card: Card) -> str:
    """A card as one short line."""
    lines = [to_plain_text(block.line) for block in card.blocks if isinstance(block, Heading | Paragraph)]
    return truncate("\n".join(lines), _MAX_ANSWER_CHARACTERS)


class PendingCallback:
    """A callback query waiting for its answer, which is sent once, at the latest after a timeout."""

    def __init__(self, query: CallbackQuery) -> None:
        self.query = query
        self._is_answered = False
        self._timer = asyncio.create_task(self._answer_in_time())

    async def answer(self, text: str = "", *, alert: bool = False) -> None:
        """Answer, unless already answered."""
        self._timer.cancel()
        await self._answer_once(text, alert=alert and bool(text))

    async def _answer_in_time(self) -> None:
        await asyncio.sleep(_ANSWER_DEADLINE_SECONDS)
        await self._answer_once("", alert=False)

    async def _answer_once(self, text: str, *, alert: bool) -> None:
        if self._is_answered:
            return
        self._is_answered = True
        try:
            await self.query.answer(text or None, show_alert=alert)
        except TelegramError as error:
            if not errors.is_query_expired(error):
                _log.info("telegram_callback_not_answered", reason=error.message)
