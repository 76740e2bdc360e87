"""Translates Discord's errors, in one place.

The codes are those of discord.com/developers/docs/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

import aiohttp
import discord

from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)

_PERMANENT_REASONS = {
    10003: "the channel was deleted",
    10004: "the bot is no longer in the server",
    10013: "the user's account was deleted",
    50001: "the bot may not see the channel any more (permission “View Channel”)",
    50007: "the user takes no messages from the bot",
    50013: "the bot lacks a permission in the channel",
    50083: "the thread is archived and locked",
    50278: "the user shares no server with the bot any more",
    160005: "the thread is locked",
}
"""Errors that last until somebody changes something: never retried."""
_UNKNOWN_MESSAGE_CODE, _SLOW_MODE_CODE, _THREAD_EXISTS_CODE, _ALREADY_PUBLISHED_CODE = 10008, 20016, 160004, 40033
_UNNAMED_WAIT_SECONDS = 60.0
"""Seconds to wait if Discord asks to wait without saying how long."""


class MaybePostedError(Exception):
    """A request that must not be repeated was sent, and no response came."""


CONNECTION_ERRORS = (MaybePostedError, TimeoutError, aiohttp.ClientError, OSError)
"""Exceptions of a request without a response; discord.py passes most of them on."""


def to_delivery_error(error: BaseException, missing: str = "") -> DeliveryError:
    """Convert to a delivery error; ``missing`` names the permissions known to be missing."""
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
    if error.code in _PERMANENT_REASONS:
        reason = (
            f"the bot lacks {missing}" if missing and error.code in (50001, 50013) else _PERMANENT_REASONS[error.code]
        )
        return PermanentDeliveryError(reason)
    if error.status == 401:
        return TemporaryDeliveryError("Discord refuses the bot's token")
    if error.status == 429 or error.code == _SLOW_MODE_CODE:
        return RateLimitedError(describe_error(error), _UNNAMED_WAIT_SECONDS)
    if error.status == 400:
        return RejectedMessageError(describe_error(error))
    return TemporaryDeliveryError(describe_error(error))


def describe_error(error: BaseException) -> str:
    """Discord's message and code on one line; for other errors only their kind, since they may contain a URL."""
    if not isinstance(error, discord.HTTPException):
        return type(error).__name__
    text = " ".join((error.text or "").split())[:300]
    return f"{text or error.response.reason} (error code: {error.code})" if error.code else f"HTTP {error.status}"


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


def find_refusal_key(error: discord.HTTPException) -> str:
    """The sentence that tells a person what to do after an answer was refused; empty if nothing reaches them."""
    if error.code in _UNANSWERABLE_CODES or error.status == 401:
        return ""
    default = "discord.refused.invalid" if error.status in (400, 413) else "discord.refused.other"
    return _REFUSAL_KEYS.get(error.code, default)
