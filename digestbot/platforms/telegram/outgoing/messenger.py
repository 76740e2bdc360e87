"""Sends and edits messages, each in the best form that the server and its photos allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import structlog
from telegram import (
    Bot,
    ForceReply,
    InputFile,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, EndPointNotFound, TelegramError

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Attachment, Card
from digestbot.core.delivery.rate_limiter import RateLimiter
from digestbot.core.ports import Clock
from digestbot.domain.subscription import Address, CardStyle
from digestbot.figures.downloads import FigureDownloader
from digestbot.platforms.telegram import errors
from digestbot.platforms.telegram.outgoing import classic
from digestbot.platforms.telegram.outgoing.calls import MessageCalls, MessageRef, get_message_id
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage, ServerFeatures, build_messages
from digestbot.platforms.telegram.transport import FloodError
from digestbot.store.chats.callback_tokens import CallbackTokenStore

_log = structlog.get_logger(__name__)
_Result = TypeVar("_Result")
_ATTEMPTS_BESIDE_PHOTOS = 2
"""How often a message is tried beside once for each step of its photos: with and without buttons inside."""
MAX_ATTACHMENT_BYTES = 50_000_000
"""The largest file that a bot can send (core.telegram.org/bots/api#senddocument)."""
_SILENCE = "disable_notification"
"""What a message that comes without a sound is sent with (core.telegram.org/bots/api#sendmessage)."""
_LONGEST_WAIT_SECONDS = 10.0
"""Longest flood wait in seconds while somebody waits for a reply."""


class Messenger:
    """Sends to chats; ``paid_broadcast`` applies to deliveries."""

    def __init__(
        self,
        bot: Bot,
        rate_limiter: RateLimiter,
        callback_tokens: CallbackTokenStore,
        clock: Clock,
        downloader: FigureDownloader,
        *,
        paid_broadcast: bool = False,
    ) -> None:
        self.bot = bot
        self._calls = MessageCalls(bot)
        self.features = ServerFeatures()
        self._rate_limiter = rate_limiter
        self._callback_tokens = callback_tokens
        self._clock = clock
        self._downloader = downloader
        self._paid_broadcast = paid_broadcast

    def render(self, card: Card, style: CardStyle, history: NavigationHistory = NO_HISTORY) -> list[OutgoingMessage]:
        """Build the messages of a card.

        Only papers come in the chat's card style, and only where the server supports it: what controls the bot is
        always classic, so that it can be read and used in every app.
        """
        is_rich = style is CardStyle.RICH and card.has_papers
        messages = self._build_messages(card, history, is_rich=is_rich)
        return messages + self._build_messages(card.sample, NO_HISTORY, is_rich=True) if card.sample else messages

    def _build_messages(self, card: Card, history: NavigationHistory, *, is_rich: bool) -> list[OutgoingMessage]:
        style = CardStyle.RICH if is_rich and self.features.rich_messages else CardStyle.CLASSIC
        return build_messages(card, style, self.features, self._downloader, history)

    async def acquire(self, address: Address) -> None:
        """Wait for the rate limits of deliveries. Raises ``FloodError`` if Telegram asks for a longer wait."""
        if wait := self._rate_limiter.flood_wait_seconds(address.chat):
            raise FloodError(wait)
        await self._rate_limiter.acquire_for_delivery(address.chat, group=is_group(address.chat))

    async def send_delivery(self, address: Address, message: OutgoingMessage, *, is_silent: bool = False) -> None:
        """Send a delivery. Raises ``TelegramError``."""
        await self._save_long_callbacks(message)
        asked = {"allow_paid_broadcast": self._paid_broadcast, _SILENCE: is_silent}
        await self._send_message(address, message, {name: True for name, is_asked in asked.items() if is_asked})

    async def send_answer(self, address: Address, message: OutgoingMessage, reply_to: int | None = None) -> int:
        """Send a reply to a person; its first message's number. Raises ``TelegramError``."""
        await self.acquire_for_answer(address.chat)
        reply_parameters = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        extra = {"reply_parameters": reply_parameters} if reply_parameters else {}
        await self._save_long_callbacks(message, address.chat)
        return await retry_after_short_wait(lambda: self._send_message(address, message, extra))

    async def send_attachment(self, address: Address, attachment: Attachment, reply_to: int | None = None) -> None:
        """Send the file that comes with an answer, at most ``MAX_ATTACHMENT_BYTES``. Raises ``TelegramError``."""
        await self.acquire_for_answer(address.chat)
        place: dict[str, Any] = {"chat_id": int(address.chat)}
        if address.thread:
            place["message_thread_id"] = int(address.thread)
        if reply_to:
            place["reply_parameters"] = ReplyParameters(reply_to, allow_sending_without_reply=True)
        file = InputFile(attachment.content, filename=attachment.name)
        await retry_after_short_wait(lambda: self.bot.send_document(document=file, **place))

    async def ask_for_words(self, address: Address, html: str, placeholder: str, reply_to: int | None) -> int:
        """Ask a person for words: their app opens its keyboard for a reply. The message's number.

        In a group it asks only whom it mentions. Raises ``TelegramError``.
        """
        await self._rate_limiter.acquire_for_answer(address.chat, group=is_group(address.chat))
        markup = ForceReply(selective=is_group(address.chat), input_field_placeholder=placeholder)
        sent = await retry_after_short_wait(
            lambda: self.bot.send_message(
                int(address.chat),
                html,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                message_thread_id=int(address.thread) if address.thread else None,
                reply_parameters=ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None,
            )
        )
        return sent.message_id

    async def edit_message(self, target: MessageRef, message: OutgoingMessage) -> None:
        """Replace a card by another. Raises ``TelegramError``."""
        if target.chat:
            await self.acquire_for_answer(target.chat)
        await retry_after_short_wait(lambda: self.put_in_place(target, message))

    async def acquire_for_answer(self, chat: str) -> None:
        """Wait for the rate limits of what somebody waits for."""
        await self._rate_limiter.acquire_for_answer(chat, group=is_group(chat))

    async def acquire_for_progress(self, chat: str) -> None:
        """Wait until a message in the chat may be changed that could as well stay as it is."""
        await self._rate_limiter.acquire_for_progress(chat, group=is_group(chat))

    async def put_in_place(self, target: MessageRef, message: OutgoingMessage) -> None:
        """Replace a card by another now. Raises ``TelegramError``."""
        await self._save_long_callbacks(message, target.chat or "inline")
        try:
            await self._call_with_fallback(
                message, lambda: self._calls.edit(target, message), target.to_api_arguments()
            )
        except BadRequest as error:
            if not errors.is_not_modified(error):
                raise

    async def _send_message(self, address: Address, message: OutgoingMessage, extra: dict[str, Any]) -> int:
        chat: dict[str, Any] = {"chat_id": int(address.chat)}
        if address.thread:
            chat["message_thread_id"] = int(address.thread)
        return await self._call_with_fallback(message, lambda: self._calls.send(chat | extra, message), chat | extra)

    async def _save_long_callbacks(self, message: OutgoingMessage, owner: str = "") -> None:
        """Store what the message's buttons stand for; what is sent as an answer belongs to its chat."""
        if message.long_callbacks:
            saved_as = f"telegram {owner}" if owner else ""
            await self._callback_tokens.save(message.long_callbacks, self._clock.now(), saved_as)

    async def _call_with_fallback(
        self, message: OutgoingMessage, call: Callable[[], Awaitable[Any]], target: dict[str, Any]
    ) -> int:
        """Make the call, and repeat it in a simpler form whenever the server rejects the form. The message's number."""
        for _ in range(_ATTEMPTS_BESIDE_PHOTOS + message.photos.step_count):
            step_before, text_before = message.photos.step, message.text
            try:
                result = await self._call_once(message, call)
                self._rate_limiter.record_success()
            except FloodError as error:
                self._rate_limiter.record_flood_wait(str(target.get("chat_id", "")), error.seconds)
                raise
            except (EndPointNotFound, BadRequest) as error:
                if await self._degrade(message, error, step_before, text_before):
                    continue
                if message.style is CardStyle.CLASSIC or not self._should_use_classic(error):
                    raise
                return await self._send_as_classic(message, target)
            return get_message_id(result)
        raise BadRequest("the message was refused in every form")

    async def _call_once(self, message: OutgoingMessage, call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
        if not message.photos.is_uploading:
            return await call()
        async with message.photos.lock:
            result = await call()
            message.photos.record_file_ids(result)
            return result

    async def _degrade(
        self, message: OutgoingMessage, error: TelegramError, step_before: int, text_before: str
    ) -> bool:
        """Write the message without what the server refused; false when that cannot be the reason.

        ``step_before`` and ``text_before`` are as they were when it was refused: another sending may have lessened it
        since.
        """
        if errors.is_unreachable(error) or errors.is_not_modified(error) or isinstance(error, EndPointNotFound):
            return False
        if errors.is_button_error(error):
            message.drop_inner_buttons()
            return message.text != text_before
        if (
            errors.is_media_error(error) or message.photos.is_upload_refused(step_before)
        ) and not message.photos.is_exhausted:
            await message.photos.advance_from(step_before)
            message.render()
            return True
        return False

    def _should_use_classic(self, error: TelegramError) -> bool:
        """Whether to fall back to the classic style; for good if the server lacks rich messages."""
        if isinstance(error, EndPointNotFound):
            self._disable_rich_messages()
            return True
        if errors.is_markup_error(error):
            _log.error("telegram_rich_message_refused", reason=error.message)
            return True
        return False

    def _disable_rich_messages(self) -> None:
        if self.features.rich_messages:
            _log.warning("telegram_rich_messages_unavailable", reason="the Bot API server is older than 10.1")
        self.features.rich_messages = False

    async def probe_rich_messages(self) -> None:
        """Find out whether the server supports rich messages, with one that cannot reach anybody."""
        try:
            await self.bot.do_api_request(
                "sendRichMessage", api_kwargs={"chat_id": 0, "rich_message": {"html": "<p>.</p>"}}
            )
        except EndPointNotFound:
            self._disable_rich_messages()
        except TelegramError:
            return  # refused for its chat: the method is known

    async def _send_as_classic(self, message: OutgoingMessage, target: dict[str, Any]) -> int:
        """Send the card in the classic style, in as many messages as needed; an edit replaces the first, whose number
        is returned.
        """
        card = classic.trim_for_classic(message.card)
        messages = build_messages(card, CardStyle.CLASSIC, self.features, self._downloader, message.history)
        reference = MessageRef(
            str(target.get("chat_id", "")), target.get("message_id", 0), target.get("inline_message_id", "")
        )
        numbers: list[int] = []
        if reference.message_id or reference.inline_message_id:
            first = messages[0]
            numbers.append(await self._call_with_fallback(first, lambda: self._calls.edit(reference, first), target))
            target, messages = {"chat_id": reference.chat}, messages[1:]
        for classic_message in messages if target["chat_id"] else ():
            send = partial(self._calls.send, target, classic_message)
            numbers.append(await self._call_with_fallback(classic_message, send, target))
            target = {**target, _SILENCE: True}  # one card makes one sound
        return numbers[0]


async def retry_after_short_wait(call: Callable[[], Awaitable[_Result]]) -> _Result:
    """Make a call for a waiting person: wait for a short flood wait, once."""
    try:
        return await call()
    except FloodError as error:
        if error.seconds > _LONGEST_WAIT_SECONDS:
            raise
        await asyncio.sleep(error.seconds)
        return await call()


def is_group(chat: str) -> bool:
    """Whether a chat is a group or a channel: their ids are negative (core.telegram.org/api/bots/ids)."""
    return chat.startswith("-")
