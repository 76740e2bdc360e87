"""Papers that are not stored are asked for while a command waits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import structlog

from digestbot.core.commands.base import CommandRequest
from digestbot.core.papers.paper_services import PaperLookup, TitleMatch
from digestbot.domain.paper import PaperId
from digestbot.errors import CommandError, LookupUnavailableError, SourceError
from digestbot.i18n import introduce
from digestbot.store.digests.digests import StoredEntry

PATIENCE_SECONDS = 1.5
"""After how long a person hears who is being asked: an answer is expected within three seconds."""
_MAX_NAMED, _MAX_NAMED_CHARACTERS = 3, 100
"""Papers, and characters of a title, that are named while they are waited for."""
_log = structlog.get_logger(__name__)


class LookedUp(NamedTuple):
    """The papers that were looked up, by their identifiers, ``None`` for what there is not; and why others were not."""

    found: Mapping[str, StoredEntry | None]
    errors: Sequence[SourceError] = ()


async def look_up_papers(request: CommandRequest, papers: Sequence[PaperId]) -> LookedUp:
    """Look up papers that are not stored. Raises :class:`CommandError` if the person had too many looked up."""
    lookup = request.papers.lookup
    if lookup is None or not papers:
        return LookedUp({})
    _count_lookups(request, len(papers))
    asking = asyncio.gather(*(_look_up(lookup, paper) for paper in papers))
    try:
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
        if not done:
            request.asking.put_up(name_source(papers), _name_papers(request, papers))
        results = await asking
    finally:
        asking.cancel()
    pairs = list(zip(papers, results, strict=True))
    found = {paper.base_id: one for paper, one in pairs if not isinstance(one, SourceError)}
    return LookedUp(found, [one for _, one in pairs if isinstance(one, SourceError)])


async def look_up_title(request: CommandRequest, title: str) -> TitleMatch:
    """The paper with a title that is not stored. Raises :class:`SourceError`, and what :func:`look_up_papers` does."""
    lookup = request.papers.lookup
    if lookup is None:
        return TitleMatch()
    _count_lookups(request, 1)
    asking = asyncio.ensure_future(lookup.find_title(title))
    try:
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
        if not done:
            request.asking.put_up(
                "arXiv & Crossref", request.translate("search.title", words=title[:_MAX_NAMED_CHARACTERS])
            )
        return await asking
    finally:
        asking.cancel()


def name_source(papers: Sequence[PaperId]) -> str:
    """Who is asked for papers."""
    names = dict.fromkeys("Crossref" if paper.is_doi else "arXiv" for paper in papers)
    return " & ".join(names)


def _name_papers(request: CommandRequest, papers: Sequence[PaperId]) -> str:
    """The papers that are waited for, each with the address where who does not want to wait can read it."""
    named = [f"{introduce(request.language, str(paper))}{paper.abs_url}" for paper in papers[:_MAX_NAMED]]
    return " · ".join((*named, *(["…"] if len(papers) > _MAX_NAMED else [])))


async def _look_up(lookup: PaperLookup, paper: PaperId) -> StoredEntry | SourceError | None:
    try:
        return await lookup.find_paper(paper)
    except SourceError as error:
        return error


def _count_lookups(request: CommandRequest, count: int) -> None:
    pace = request.papers.lookup_pace
    next_at = pace.begin(request.message.user or request.message.address, count) if pace else None
    if pace and next_at:
        from digestbot.core.commands.subscriptions.subscribing import format_local_time  # noqa: PLC0415  # late: few have too many

        at = format_local_time(next_at, request.preferences.timezone)
        raise CommandError("too_many_lookups", "latest", limit=pace.limit, at=at)


def build_away_error(request: CommandRequest, error: SourceError, line: str) -> CommandError:
    """The answer where who has a paper cannot be asked: who that is, when they can be, and the button to try again."""
    retry = [request.build_button("retry", line)]
    if not isinstance(error, LookupUnavailableError):
        _log.error("lookup_unreadable", line=line, reason=str(error))
        return CommandError("lookup_unreadable", choices=retry)
    if error.wait_seconds is None:
        return CommandError("lookup_away", source=error.source, choices=retry)
    minutes = math.ceil(error.wait_seconds / 60)
    key = "lookup_away_minute" if minutes <= 1 else "lookup_away_minutes"
    return CommandError(key, source=error.source, minutes=minutes, choices=retry)
