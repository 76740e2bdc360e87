"""A paper that was looked up long ago is looked up again when somebody opens it: its card is replaced if it changed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta

from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.domain.paper import PaperId
from digestbot.errors import SourceError
from digestbot.store.digests.digests import StoredEntry

_MAX_AGE = timedelta(days=7)


def is_old(request: CommandRequest, entry: StoredEntry) -> bool:
    """Whether what is known of a paper was looked up so long ago that there may be more by now."""
    return bool(request.papers.lookup and entry.fetched_at and entry.fetched_at < request.clock.now() - _MAX_AGE)


async def iter_newer(
    request: CommandRequest, entry: StoredEntry, build_card: Callable[[StoredEntry], Awaitable[Card]]
) -> AsyncGenerator[Card]:
    """The card of a paper as it is now, if that is not as it was."""
    if request.papers.lookup is None:
        return
    try:
        found = await request.papers.lookup.find_paper(PaperId(entry.entry.paper.arxiv_id))
    except SourceError:
        return  # what is known is shown already
    if found and found.entry.paper != entry.entry.paper:
        yield await build_card(found)
