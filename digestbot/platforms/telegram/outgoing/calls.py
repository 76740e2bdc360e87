"""The calls by which a message is sent or edited, in either style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram import Bot, InlineKeyboardMarkup, InputFile, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.constants import ParseMode

from digestbot.domain.subscription import CardStyle
from digestbot.platforms.telegram.outgoing import classic
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that can be edited: in a chat, or posted through inline mode."""

    chat: str = ""
    message_id: int = 0
    inline_message_id: str = ""

    def to_api_arguments(self) -> dict[str, Any]:
        """As the Bot API names it."""
        return (
            {"inline_message_id": self.inline_message_id}
            if self.inline_message_id
            else {"chat_id": self.chat, "message_id": self.message_id}
        )


class MessageCalls:
    """Makes the calls, each once."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat: dict[str, Any], message: OutgoingMessage) -> Any:  # noqa: ANN401  (the Bot API's JSON)
        """Send a message to a chat. Raises ``TelegramError``."""
        markup = _build_markup(message)
        if message.is_album and message.photos.figures:
            return await self._send_album(chat, message)
        if message.style is CardStyle.RICH:
            arguments = chat | markup | {"rich_message": message.build_rich_message()} | _build_uploads(message)
            return await self._bot.do_api_request("sendRichMessage", api_kwargs=arguments)
        return await self._bot.send_message(
            text=message.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=_build_link_preview(message),
            **chat,
            **_to_reply_markup(markup),
        )

    async def _send_album(self, chat: dict[str, Any], outgoing: OutgoingMessage) -> Any:  # noqa: ANN401
        photos = [self._build_photo(outgoing, number) for number in range(len(outgoing.photos.figures))]
        if len(photos) > 1:
            sent = await self._bot.send_media_group(media=photos, **chat)
            return [message.to_dict() for message in sent]
        photo = photos[0]
        shown: dict[str, Any] = {"photo": photo.media, "caption": photo.caption}
        message = await self._bot.send_photo(**shown, parse_mode=ParseMode.HTML, **chat)
        return message.to_dict()

    def _build_photo(self, message: OutgoingMessage, index: int) -> InputMediaPhoto:
        figure = message.photos.figures[index]
        caption = message.text if index == 0 else None
        media: str | bytes = message.photos.get_web_address(figure)
        if message.photos.shows_uploads:
            media = message.photos.file_ids.get(figure.url) or message.photos.content[figure.url]
        return InputMediaPhoto(media, caption=caption, parse_mode=ParseMode.HTML if caption else None)

    async def edit(self, target: MessageRef, message: OutgoingMessage) -> Any:  # noqa: ANN401
        """Put a message in place of another. Raises ``TelegramError``."""
        markup = _to_reply_markup(_build_markup(message))
        if message.style is CardStyle.RICH:
            arguments = {"rich_message": message.build_rich_message()} | _build_uploads(message)
            result = await self._bot.edit_message_text(
                text=None,  # type: ignore[arg-type]  # the text is the rich message's
                api_kwargs=arguments,
                **target.to_api_arguments(),
                **markup,
            )
        else:
            result = await self._bot.edit_message_text(
                text=message.text,
                parse_mode=ParseMode.HTML,
                link_preview_options=_build_link_preview(message),
                **target.to_api_arguments(),
                **markup,
            )
        return result if isinstance(result, bool) else result.to_dict()


def get_message_id(result: Any) -> int:  # noqa: ANN401  (the Bot API's JSON, or python-telegram-bot's own type)
    """The number of what was sent or edited, the first of several; 0 for what was posted through inline mode."""
    first = result[0] if isinstance(result, list) else result
    if isinstance(first, dict):
        return int(first.get("message_id", 0))
    return first.message_id if isinstance(first, Message) else 0


def _build_uploads(message: OutgoingMessage) -> dict[str, Any]:
    return {
        name: InputFile(content, filename=f"{name}.png", attach=False)
        for name, content in message.build_uploads().items()
    }


def _build_link_preview(message: OutgoingMessage) -> LinkPreviewOptions:
    url = classic.find_preview_url(message.card)
    if not url:
        return LinkPreviewOptions(is_disabled=True)
    return LinkPreviewOptions(url=url, prefer_large_media=True, show_above_text=True)


def _build_markup(message: OutgoingMessage) -> dict[str, Any]:
    """The keyboard below the message; nothing where it has none, which takes an edited message's away too."""
    return {"reply_markup": {"inline_keyboard": message.keyboard}} if message.keyboard else {}


def _to_reply_markup(markup: dict[str, Any]) -> dict[str, Any]:
    """A keyboard as python-telegram-bot's own type."""
    if not markup:
        return {}
    return {"reply_markup": InlineKeyboardMarkup.de_json(markup["reply_markup"])}
