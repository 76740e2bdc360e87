"""Translates Telegram's errors, in one place.

The wordings are those of the official server's source (tdlib/telegram-bot-api, ``Client.cpp``) and of
core.telegram.org/bots/api.
"""

from __future__ import annotations

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError

from digestbot.errors import (
    AmbiguousDeliveryError,
    ChatMovedError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.platforms.telegram.transport import FloodError, MaybeSentError

_UNREACHABLE_WORDINGS = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_admin_required",
    "not enough rights",
    "have no rights to send",
    "need administrator rights",
    "group chat was deactivated",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "the chat is a forum and",
)
"""Descriptions of 400 errors for chats that are unreachable until somebody changes something."""
_MEDIA_WORDINGS = (
    "wrong file identifier/http url specified",
    "failed to get http url content",
    "wrong type of the web page content",
    "wrong http url specified",
    "can't upload file by url",
    "webpage_curl_failed",
    "webpage_media_empty",
    "media_empty",
    "photo_invalid_dimensions",
    "image_process_failed",
    "photo_save_file_invalid",
    "wrong remote file identifier specified",
)
"""Descriptions of 400 errors for photos that Telegram could not fetch or use."""
_MARKUP_WORDINGS = ("can't parse", "unsupported start tag", "rich message", "message is too long", "message_too_long")


def to_delivery_error(error: TelegramError) -> DeliveryError:
    """Convert to a delivery error."""
    match error:
        case ChatMigrated():
            return ChatMovedError("the group became a supergroup", str(error.new_chat_id))
        case FloodError():
            return RateLimitedError(error.message, error.seconds)
        case MaybeSentError():
            return AmbiguousDeliveryError(error.message)
        case InvalidToken():
            return TemporaryDeliveryError("Telegram refuses the bot's token")
        case Forbidden() | BadRequest():
            is_permanent = isinstance(error, Forbidden) or is_unreachable(error)
            return (PermanentDeliveryError if is_permanent else RejectedMessageError)(error.message)
        case _:
            return TemporaryDeliveryError(error.message)


def is_unreachable(error: TelegramError) -> bool:
    """Whether a 400 error means that the chat is unreachable until somebody changes something."""
    return isinstance(error, BadRequest) and _contains_any(error, _UNREACHABLE_WORDINGS)


def is_media_error(error: TelegramError) -> bool:
    """Whether a 400 error is about a photo that Telegram could not fetch or use."""
    return isinstance(error, BadRequest) and _contains_any(error, _MEDIA_WORDINGS)


def is_markup_error(error: TelegramError) -> bool:
    """Whether a 400 error is about the message itself: a feature that this server lacks."""
    return isinstance(error, BadRequest) and _contains_any(error, _MARKUP_WORDINGS)


def is_button_error(error: TelegramError) -> bool:
    """Whether the server lacks buttons within the text (newer than Bot API 10.1)."""
    return isinstance(error, BadRequest) and _contains_any(error, ("tg-button",))


def is_not_modified(error: TelegramError) -> bool:
    """Whether an edit would change nothing, as after a double tap."""
    return isinstance(error, BadRequest) and _contains_any(error, ("message is not modified",))


def is_query_expired(error: TelegramError) -> bool:
    """Whether a callback or inline query expired."""
    return isinstance(error, BadRequest) and _contains_any(error, ("query is too old", "query_id_invalid"))


def is_polling_conflict(error: TelegramError) -> bool:
    """Whether another process polls with the same token."""
    return isinstance(error, Conflict)


def _contains_any(error: TelegramError, words: tuple[str, ...]) -> bool:
    small = error.message.lower()
    return any(word in small for word in words)
