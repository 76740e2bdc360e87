"""Answers that wait for somebody else's: it is said who is being asked, and the answer takes the place of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.answers.live_cards import LiveCard
from digestbot.core.commands.base import CommandHandler, CommandRequest, HandlerResult


async def answer_in_time(handler: CommandHandler, request: CommandRequest) -> HandlerResult:
    """The handler's answer; or who is being asked, where that takes long, and then the answer in its place."""
    work = asyncio.ensure_future(handler(request))
    sign = asyncio.ensure_future(request.asking.wait())
    try:
        await asyncio.wait({work, sign}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        work.cancel()
        raise
    finally:
        sign.cancel()
    if work.done():
        return work.result()
    work.add_done_callback(_note_end)
    text = request.translate("lookup.asking", source=request.asking.source)
    return LiveCard(replies.message_card("", text, request.asking.subject), _follow(work))


async def _follow(work: asyncio.Future[HandlerResult]) -> AsyncGenerator[Card]:
    try:
        result = await work
        if isinstance(result, LiveCard):
            yield result.card
            async with aclosing(result.updates) as updates:
                async for card in updates:
                    yield card
        else:
            yield result
    finally:
        work.cancel()


def _note_end(work: asyncio.Future[HandlerResult]) -> None:
    if not work.cancelled():
        work.exception()  # whoever waited for it may be gone, which is no error
