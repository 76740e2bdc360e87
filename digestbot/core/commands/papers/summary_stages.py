"""How far a summary is, as its stages begin, and what is said where there will be none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.papers.quota_answers import format_moment
from digestbot.core.papers.summary_services import NoSummaryError, NoSummaryReason
from digestbot.domain.papers.summary_stage import SummaryStage


async def iter_stages(stages: asyncio.Queue[SummaryStage], work: asyncio.Task[Any]) -> AsyncGenerator[SummaryStage]:
    """The stages of the work as they begin, each once as long as it is the newest; until the work ends."""
    last: SummaryStage | None = None
    while not work.done():
        coming = asyncio.create_task(stages.get())
        await asyncio.wait({coming, work}, return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
            return
        stage = coming.result()
        if stage is not last:
            last = stage
            yield stage


def is_billed(work: asyncio.Task[Any]) -> bool:
    """Whether a model was paid for summaries' work that ended: for its result, or for none."""
    error = None if work.cancelled() else work.exception()
    if isinstance(error, NoSummaryError):
        return error.is_billed
    return not work.cancelled() and error is None and work.result().is_new


def explain_no_summary(request: CommandRequest, error: NoSummaryError) -> str:
    """The sentence for a summary that could not be made; where it is for want of money, with when there is more."""
    at = ""
    if error.reason is NoSummaryReason.BUDGET and request.papers.quotas:
        at = format_moment(request, request.papers.quotas.find_renewal())
    return request.translate(f"summarize.no_{error.reason}", at=at)
