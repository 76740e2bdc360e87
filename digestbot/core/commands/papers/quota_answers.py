"""Quotas in commands: what is counted, and what is said when it is used up."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.subscribing import format_local_time
from digestbot.core.papers.quotas import QuotaReachedError, QuotaUse
from digestbot.domain.timezones import get_timezone
from digestbot.errors import CommandError, QuotaError

_AnswerT = TypeVar("_AnswerT")


async def check_quota(request: CommandRequest) -> None:
    """Raise :class:`CommandError` where none is left, and count nothing: that is done when the work begins."""
    if request.papers.quotas:
        await _explain(request, request.papers.quotas.check(request.message))


async def take_quota(request: CommandRequest) -> QuotaUse | None:
    """Count a use for who asks and for the chat; ``None`` where nothing is counted.

    Raises :class:`CommandError`, which says when there are more.
    """
    quotas = request.papers.quotas
    return await _explain(request, quotas.take(request.message)) if quotas else None


async def _explain(request: CommandRequest, asked: Awaitable[_AnswerT]) -> _AnswerT:
    """What is answered. Raises :class:`CommandError`, which says when there are more."""
    try:
        return await asked
    except QuotaReachedError as error:
        if not error.limit:
            raise CommandError("quota_none") from None
        key = "quota_chat" if error.is_chat else "quota_person"
        key += "_one" if error.limit == 1 else ""
        raise QuotaError(key, limit=error.limit, at=format_moment(request, error.renews_at)) from None


async def give_back_quota(request: CommandRequest, use: QuotaUse | None) -> None:
    """Count a use no more: nothing came of it, or nothing had to be done."""
    if request.papers.quotas and use:
        await request.papers.quotas.give_back(use)


def format_moment(request: CommandRequest, moment: datetime) -> str:
    """A moment where the chat is, with the timezone; said to be tomorrow where it is."""
    timezone = request.preferences.timezone
    at = f"{format_local_time(moment, timezone)} ({timezone})"
    tomorrow = (request.clock.now() + timedelta(days=1)).astimezone(get_timezone(timezone)).date()
    is_tomorrow = moment.astimezone(get_timezone(timezone)).date() == tomorrow
    return request.translate("moment.tomorrow", moment=at) if is_tomorrow else at
