"""Sends messages and edits them, each in the best form that this server and its pictures allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardMarkup, InputFile, InputMediaPhoto, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, EndPointNotFound, TelegramError

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Card
from digestbot.core.delivery.limits import Limits
from digestbot.core.ports import Clock
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.telegram import classic, errors
from digestbot.platforms.telegram.abilities import Abilities
from digestbot.platforms.telegram.part import Part, parts_of
from digestbot.platforms.telegram.transport import FloodError
from digestbot.sources.figures import Downloads
from digestbot.store.shortcuts import Shortcuts

_log = structlog.get_logger(__name__)
_TRIES = 6
"""How often one message is written anew: without buttons inside, and once for each step of its pictures."""

_PATIENCE = 10.0
"""Seconds that somebody waits for an answer."""


@dataclass(frozen=True, slots=True)
class Place:
    """A message that can be edited: in a chat, or posted through inline mode."""

    chat: str = ""
    message: int = 0
    inline: str = ""

    def named(self) -> dict[str, Any]:
        """As the Bot API names it."""
        return {"inline_message_id": self.inline} if self.inline else {"chat_id": self.chat, "message_id": self.message}


class Messenger:
    """What goes out to chats; ``paid`` asks for paid broadcast where a delivery is sent."""

    def __init__(
        self, bot: Bot, limits: Limits, shortcuts: Shortcuts, clock: Clock, downloads: Downloads, *, paid: bool = False
    ) -> None:
        self.bot = bot
        self.able = Abilities()
        self._limits = limits
        self._shortcuts = shortcuts
        self._clock = clock
        self._downloads = downloads
        self._paid = paid

    def parts(self, card: Card, form: CardStyle, way: NavigationHistory = NO_HISTORY) -> list[Part]:
        """The card as messages in the form that the chat wants, as far as the server knows it."""
        form = form if self.able.rich else CardStyle.CLASSIC
        return parts_of(card, form, self.able, self._downloads, way)

    async def limit(self, address: Address) -> None:
        """Wait for the limits of deliveries. Raises ``FloodError`` where Telegram asks for more than that."""
        if wait := self._limits.flood_wait(address.chat):
            raise FloodError(wait)
        await self._limits.delivery(address.chat, group=is_group(address.chat))

    async def deliver(self, address: Address, part: Part) -> None:
        """Send what nobody asked for just now. Raises ``TelegramError``."""
        await self._send(address, part, {"allow_paid_broadcast": True} if self._paid else {})

    async def answer(self, address: Address, part: Part, reply_to: int | None = None) -> None:
        """Send an answer to a person. Raises ``TelegramError``."""
        await self._limits.answer(address.chat, group=is_group(address.chat))
        replied = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        await _patiently(lambda: self._send(address, part, {"reply_parameters": replied} if replied else {}))

    async def edit(self, place: Place, part: Part) -> None:
        """Put a card in the place of another. Raises ``TelegramError``."""
        if place.chat:
            await self._limits.answer(place.chat, group=is_group(place.chat))
        try:
            await _patiently(lambda: self._written(part, lambda: self._edited(place, part), place.named()))
        except BadRequest as error:
            if not errors.unchanged(error):
                raise

    async def _send(self, address: Address, part: Part, extra: dict[str, Any]) -> None:
        chat: dict[str, Any] = {"chat_id": int(address.chat)}
        if address.thread:
            chat["message_thread_id"] = int(address.thread)
        await self._written(part, lambda: self._sent(chat | extra, part), chat | extra)

    async def _written(self, part: Part, call: Callable[[], Awaitable[Any]], target: dict[str, Any]) -> None:
        """Make the call, and make it again in a lesser form as often as the server refuses the form."""
        if part.long:
            await self._shortcuts.keep(part.long, self._clock.now())
        for _ in range(_TRIES):
            step, written = part.pictures.step, part.text
            try:
                await self._called(part, call)
                self._limits.passed()
            except FloodError as error:
                self._limits.flooded(str(target.get("chat_id", "")), error.seconds)
                raise
            except (EndPointNotFound, BadRequest) as error:
                if await self._lessened(part, error, step, written):
                    continue
                if part.form is CardStyle.CLASSIC or not self._classic_instead(error):
                    raise
                await self._fall_back(part, target)
            return
        raise BadRequest("the message was refused in every form")

    async def _called(self, part: Part, call: Callable[[], Awaitable[Any]]) -> None:
        if not part.pictures.uploading:
            await call()
            return
        async with part.pictures.lock:
            part.pictures.learn(await call())

    async def _lessened(self, part: Part, error: TelegramError, step: int, written: str) -> bool:
        """Write the message without what the server refused; false when that cannot be the reason.

        ``step`` and ``written`` are as they were when it was refused: another sending may have lessened it since.
        """
        if errors.unreachable(error) or errors.unchanged(error) or isinstance(error, EndPointNotFound):
            return False
        if errors.about_buttons(error):
            part.without_inner_buttons()
            return part.text != written
        if (errors.about_media(error) or step >= 2) and not part.pictures.used_up:
            await part.pictures.after(step)
            part.write()
            return True
        return False

    def _classic_instead(self, error: TelegramError) -> bool:
        """Whether to send the classic form: for good where the server does not know the rich one."""
        if isinstance(error, EndPointNotFound):
            self._rich_unknown()
            return True
        if errors.about_markup(error):
            _log.error("telegram_rich_message_refused", reason=error.message)
            return True
        return False

    def _rich_unknown(self) -> None:
        if self.able.rich:
            _log.warning("telegram_cards_are_classic", reason="the Bot API server is older than 10.1")
        self.able.rich = False

    async def probe(self) -> None:
        """Find out whether the server knows rich messages, by one that can reach nobody."""
        try:
            await self.bot.do_api_request(
                "sendRichMessage", api_kwargs={"chat_id": 0, "rich_message": {"html": "<p>.</p>"}}
            )
        except EndPointNotFound:
            self._rich_unknown()
        except TelegramError:
            return  # refused for its chat: the method is known

    async def _fall_back(self, part: Part, target: dict[str, Any]) -> None:
        """The same card in classic form, in as many messages as it takes; an edit puts the first in its place."""
        card = classic.lightened(part.card)
        messages = parts_of(card, CardStyle.CLASSIC, self.able, self._downloads, part.way)
        place = Place(str(target.get("chat_id", "")), target.get("message_id", 0), target.get("inline_message_id", ""))
        if place.message or place.inline:
            await self._written(messages[0], lambda: self._edited(place, messages[0]), target)
            target, messages = {"chat_id": place.chat}, messages[1:]
        for message in messages if target["chat_id"] else ():
            await self._written(message, partial(self._sent, target, message), target)

    # -- calls --------------------------------------------------------------------------------------------------

    async def _sent(self, chat: dict[str, Any], part: Part) -> Any:  # noqa: ANN401
        markup = {"reply_markup": {"inline_keyboard": part.keyboard}} if part.keyboard else {}
        if part.album and part.pictures.figures:
            return await self._album(chat, part)
        if part.form is CardStyle.RICH:
            given = chat | markup | {"rich_message": part.rich_message()} | _files(part)
            return await self.bot.do_api_request("sendRichMessage", api_kwargs=given)
        return await self.bot.send_message(
            text=part.text, parse_mode=ParseMode.HTML, link_preview_options=_preview(part), **chat, **_typed(markup)
        )

    async def _album(self, chat: dict[str, Any], part: Part) -> Any:  # noqa: ANN401
        photos = [self._photo(part, number) for number in range(len(part.pictures.figures))]
        if len(photos) > 1:
            sent = await self.bot.send_media_group(media=photos, **chat)
            return [message.to_dict() for message in sent]
        photo = photos[0]
        message = await self.bot.send_photo(photo=photo.media, caption=photo.caption, parse_mode=ParseMode.HTML, **chat)
        return message.to_dict()

    def _photo(self, part: Part, number: int) -> InputMediaPhoto:
        figure = part.pictures.figures[number]
        caption = part.text if number == 0 else None
        media: str | bytes = part.pictures.source(figure)
        if part.pictures.step == 2:
            media = part.pictures.file_ids.get(figure.url) or part.pictures.content[figure.url]
        return InputMediaPhoto(media, caption=caption, parse_mode=ParseMode.HTML if caption else None)

    async def _edited(self, place: Place, part: Part) -> Any:  # noqa: ANN401
        markup = _typed({"reply_markup": {"inline_keyboard": part.keyboard}})
        if part.form is CardStyle.RICH:
            given = {"rich_message": part.rich_message()} | _files(part)
            done = await self.bot.edit_message_text(text=None, api_kwargs=given, **place.named(), **markup)  # type: ignore[arg-type]  # the text is the rich message's
        else:
            done = await self.bot.edit_message_text(
                text=part.text,
                parse_mode=ParseMode.HTML,
                link_preview_options=_preview(part),
                **place.named(),
                **markup,
            )
        return done if isinstance(done, bool) else done.to_dict()


async def _patiently(call: Callable[[], Awaitable[None]]) -> None:
    """Make a call for a person who waits: a short flood wait is waited for, once."""
    try:
        await call()
    except FloodError as error:
        if error.seconds > _PATIENCE:
            raise
        await asyncio.sleep(error.seconds)
        await call()


def is_group(chat: str) -> bool:
    """Whether a chat is a group or a channel: their ids are negative (core.telegram.org/api/bots/ids)."""
    return chat.startswith("-")


def _files(part: Part) -> dict[str, Any]:
    return {name: InputFile(content, filename=f"{name}.png", attach=False) for name, content in part.uploads().items()}


def _preview(part: Part) -> LinkPreviewOptions:
    url = classic.preview(part.card)
    return LinkPreviewOptions(url=url, prefer_large_media=True) if url else LinkPreviewOptions(is_disabled=True)


def _typed(markup: dict[str, Any]) -> dict[str, Any]:
    """A keyboard as python-telegram-bot's own type."""
    if not markup:
        return {}
    return {"reply_markup": InlineKeyboardMarkup.de_json(markup["reply_markup"])}
