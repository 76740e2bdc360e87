"""Quotas in commands: what is counted, and what is said when it is used up."""

from __future__ import annotations

from datetime import datetime

from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions import format_local_time
from digestbot.core.quotas import QuotaReachedError, QuotaUse
from digestbot.errors import CommandError


async def take_quota(request: CommandRequest) -> QuotaUse | None:
    """Count a use for who asks and for the chat; ``None`` where nothing is counted.

    Raises :class:`CommandError`, which says when there are more.
    """
    quotas = request.papers.quotas
    if quotas is None:
        return None
    try:
        return await quotas.take(request.message)
    except QuotaReachedError as error:
        key = "quota_chat" if error.is_chat else "quota_person"
        if not error.limit:
            raise CommandError("quota_none") from None
        raise CommandError(key, limit=error.limit, at=format_moment(request, error.renews_at)) from None


async def give_back_quota(request: CommandRequest, use: QuotaUse | None) -> None:
    """Count a use no more: nothing came of it, or nothing had to be done."""
    if request.papers.quotas and use:
        await request.papers.quotas.give_back(use)


def format_moment(request: CommandRequest, moment: datetime) -> str:
    """A moment where the chat is, with the timezone."""
    timezone = request.preferences.timezone
    return f"{format_local_time(moment, timezone)} ({timezone})"
