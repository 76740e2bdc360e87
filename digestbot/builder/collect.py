"""Collect a topic's papers: ask every query and feed, and choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from digestbot.builder.arxiv import Arxiv, ArxivQuery
from digestbot.builder.choose import Choice, choose
from digestbot.builder.feeds import Feed
from digestbot.builder.found import Finder, Found
from digestbot.builder.polite import Polite
from digestbot.domain.build_spec import BuildSpec
from digestbot.errors import SourceError
from digestbot.store.builds import BuildStore

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """What was chosen, and what went wrong at which query or feed."""

    choice: Choice
    troubles: tuple[str, ...] = ()


class Collector:
    """Finds the papers of topics. What two topics ask alike is asked once."""

    def __init__(self, polite: Polite, arxiv_api: str, builds: BuildStore) -> None:
        self._polite, self._builds = polite, builds
        self._arxiv = Arxiv(polite, arxiv_api)
        self._known: dict[str, tuple[datetime, Sequence[Found]]] = {}

    async def collect(self, brief: BuildSpec, day: date, now: datetime) -> Collected:
        """The papers for a topic's digest of a date.

        Raises :class:`~digestbot.errors.SourceError` where no query and no feed could be read: an empty digest would
        say that there is nothing new.
        """
        since = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=brief.max_age_days)
        found: list[Found] = []
        troubles: list[str] = []
        finders = self._finders(brief)
        for finder in finders:
            try:
                found += await self._found(finder, since)
            except SourceError as error:
                troubles.append(f"{finder.name}: {error}")
                _log.warning("not_collected", topic=brief.topic.slug, source=finder.name, reason=str(error))
            except Exception as error:  # noqa: BLE001  # a stranger's feed: whatever it does to a parser, go on
                troubles.append(f"{finder.name}: cannot be read ({type(error).__name__})")
                _log.exception("not_collected", topic=brief.topic.slug, source=finder.name)
        if troubles and len(troubles) == len(finders):
            raise SourceError(f"{brief.topic.title}: {'; '.join(troubles)}")
        others = await self._builds.list_shown_versions(
            brief.exclude_topics, day + timedelta(days=1)
        )  # theirs of today come before
        shown = {**others, **await self._builds.list_shown_versions([brief.topic.slug], day)}
        return Collected(choose(found, brief, shown, now), tuple(troubles))

    def _finders(self, brief: BuildSpec) -> list[Finder]:
        queries = [ArxivQuery(self._arxiv, query) for query in brief.queries]
        return [*queries, *(Feed(self._polite, self._arxiv, address) for address in brief.feeds)]

    async def _found(self, finder: Finder, since: datetime) -> Sequence[Found]:
        """What it finds; topics that are made within one hour share an answer."""
        if self._known.get(finder.name, (None, ()))[0] != since:
            self._known[finder.name] = since, await finder.find(since)
        return self._known[finder.name][1]
