"""Translates Discord's errors, in one place.

The codes are those of discord.com/developers/docs/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

import aiohttp
import discord

from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    Informed,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.i18n import translate

_PERMANENT_REASONS = {
    10003: "channel_deleted",
    10004: "server_left",
    10013: "user_deleted",
    40058: "wrong_channel_type",
    50001: "cannot_see",
    50007: "user_blocks",
    50008: "wrong_channel_type",
    50013: "lacks_permission",
    50024: "wrong_channel_type",
    50055: "server_left",
    50083: "archived_and_locked",
    50278: "no_mutual_server",
    160005: "thread_locked",
}
"""Errors that last until somebody changes something, which the gateway mostly tells of: never retried."""
_REFUSED_REASONS = {
    20009: "explicit_content",
    200000: "blocked_message",
    200001: "blocked_title",
    240000: "harmful_link",
}
"""Errors about what a message says: the next one may be taken. The moderator is told."""
_LATER_REASONS = {
    30033: "thread_full",
    40066: "no_usable_tag",
    40067: "no_usable_tag",
    50009: "verification_level",
    160006: "too_many_threads",
    160007: "too_many_threads",
}
"""Errors that a moderator can mend, or time: tried again for a day. The moderator is told."""
_OPERATOR_REASONS = {20026: "quarantined"}
"""Errors that only the operator can do something about, who is told: tried again for a day."""
_BUSY_CODES = {20016, 20028, 20029, 40003}
"""Slow mode, the channel's or the server's limit of writes, private chats that are opened too fast: wait a while."""
_DISABLED_CODES = {40004, 40006, 110001, 130000}
"""What Discord itself has switched off for a time, whatever the status says."""
_THREAD_GONE_CODE, _LOCKED_CODES, _MANY_THREADS_CODES = 10003, {50083, 160005}, {160006, 160007}
_UNKNOWN_MESSAGE_CODE, _THREAD_EXISTS_CODE, _ALREADY_PUBLISHED_CODE = 10008, 160004, 40033
_PERMISSION_CODES, _WRONG_TYPE_CODE = (50001, 50013), 50024
_UNNAMED_WAIT_SECONDS = 60.0
"""Seconds to wait if Discord asks to wait without saying how long."""


class MaybePostedError(Exception):
    """A request that must not be repeated was sent, and no response came."""


CONNECTION_ERRORS = (MaybePostedError, TimeoutError, aiohttp.ClientError, OSError)
"""Exceptions of a request without a response; discord.py passes most of them on."""


def to_delivery_error(error: BaseException, missing: str = "") -> DeliveryError:
    """Convert to a delivery error; ``missing`` is the reason as far as it is known better than Discord says it."""
    if isinstance(error, discord.RateLimited):
        return RateLimitedError(f"Discord asks to wait {error.retry_after:g} s", error.retry_after)
    if isinstance(error, CONNECTION_ERRORS):
        return AmbiguousDeliveryError(f"no answer from Discord ({type(error).__name__})")
    if isinstance(error, discord.DiscordServerError):
        return AmbiguousDeliveryError(describe_error(error))
    if isinstance(error, discord.HTTPException):
        return _http_error_to_delivery_error(error, missing)
    return TemporaryDeliveryError(type(error).__name__)


def _http_error_to_delivery_error(error: discord.HTTPException, missing: str) -> DeliveryError:
    code = error.code
    if code in _PERMANENT_REASONS:
        return PermanentDeliveryError(missing if missing and code in _PERMISSION_CODES else explain_code(code))
    if code in _REFUSED_REASONS:
        return RejectedMessageError(explain_code(code), Informed.MODERATOR)
    if code in _LATER_REASONS:
        return TemporaryDeliveryError(explain_code(code), Informed.MODERATOR)
    if code in _OPERATOR_REASONS:
        return TemporaryDeliveryError(explain_code(code), Informed.OPERATOR)
    return _status_to_delivery_error(error)


def _status_to_delivery_error(error: discord.HTTPException) -> DeliveryError:
    if error.status == 401:
        return TemporaryDeliveryError("Discord refuses the bot's token")
    if error.status == 429 or error.code in _BUSY_CODES:
        return RateLimitedError(describe_error(error), _UNNAMED_WAIT_SECONDS)
    if error.status in (400, 413) and error.code not in _DISABLED_CODES:
        return RejectedMessageError(describe_error(error))
    return TemporaryDeliveryError(describe_error(error))


def explain_code(code: int) -> str:
    """What one of the codes means that have a sentence, with what can be done about it; empty for others."""
    reasons = _PERMANENT_REASONS | _REFUSED_REASONS | _LATER_REASONS | _OPERATOR_REASONS
    return translate("en", f"reason.{reasons[code]}") if code in reasons else ""


def explain_error(error: discord.HTTPException) -> str:
    """The sentence for an error that has one, and else Discord's own words."""
    return explain_code(error.code) or translate("en", "reason.discord_says", words=describe_error(error))


def describe_error(error: BaseException) -> str:
    """Discord's message and code on one line; for other errors only their kind, since they may contain a URL."""
    if not isinstance(error, discord.HTTPException):
        return type(error).__name__
    text = " ".join((error.text or "").split())[:300]
    return f"{text or error.response.reason} (error code: {error.code})" if error.code else f"HTTP {error.status}"


def explain_thread_error(error: discord.HTTPException) -> str:
    """Why a thread cannot be opened under a message."""
    return translate("en", "reason.no_threads_here") if error.code == _WRONG_TYPE_CODE else explain_error(error)


def is_about_permissions(error: discord.HTTPException) -> bool:
    """Whether the bot lacks a permission there."""
    return error.code in _PERMISSION_CODES


def is_about_message(error: discord.HTTPException) -> bool:
    """Whether it is only about what this message says."""
    return error.code in _REFUSED_REASONS


def is_channel_gone(error: discord.HTTPException) -> bool:
    """Whether the channel or thread was deleted."""
    return error.code == _THREAD_GONE_CODE


def is_thread_closed(error: discord.HTTPException) -> bool:
    """Whether the thread takes nothing any more, or cannot be opened again."""
    return error.code in _LOCKED_CODES | _MANY_THREADS_CODES


def is_answer_of_discord(error: discord.HTTPException) -> bool:
    """Whether Discord itself refused this, for good: it neither failed, nor is busy, nor doubts who asks."""
    return error.code != 0 and 400 <= error.status < 500 and error.status not in (401, 429)


def is_unknown_message(error: discord.HTTPException) -> bool:
    """Whether the button's message was deleted."""
    return error.code == _UNKNOWN_MESSAGE_CODE


def is_thread_existing(error: discord.HTTPException) -> bool:
    """Whether the message already had its thread: an earlier request arrived after all."""
    return error.code == _THREAD_EXISTS_CODE


def is_already_published(error: discord.HTTPException) -> bool:
    """Whether the message was already published."""
    return error.code == _ALREADY_PUBLISHED_CODE


_UNANSWERABLE_CODES = {10015, 10062, 40060, 50027}
"""Errors after which nothing reaches the person any more: the interaction is over, or was answered by another."""
_REFUSAL_KEYS = {
    30046: "discord.refused.old",
    50001: "discord.refused.access",
    50013: "discord.refused.permission",
    50083: "discord.refused.locked",
    160005: "discord.refused.locked",
    200000: "discord.refused.filtered",
    200001: "discord.refused.filtered",
    240000: "discord.refused.filtered",
}


def is_out_of_reach(error: discord.HTTPException) -> bool:
    """Whether nothing reaches the person any more: the interaction is over, or the token is refused."""
    return error.code in _UNANSWERABLE_CODES or error.status == 401


def to_answer_error(error: BaseException) -> DeliveryError:
    """Convert an error of what follows an answer; a message that is gone takes no change."""
    if isinstance(error, discord.HTTPException):
        if is_out_of_reach(error):
            return PermanentDeliveryError(describe_error(error))
        if is_unknown_message(error):
            return RejectedMessageError(describe_error(error))
    return to_delivery_error(error)


def find_refusal_key(error: discord.HTTPException) -> str:
    """The sentence that tells a person what to do after an answer was refused; empty if nothing reaches them."""
    if is_out_of_reach(error):
        return ""
    default = "discord.refused.invalid" if error.status in (400, 413) else "discord.refused.other"
    return _REFUSAL_KEYS.get(error.code, default)
