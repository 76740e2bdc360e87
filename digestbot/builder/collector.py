"""Collects a topic's papers from all its queries and feeds, and selects among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from digestbot.builder.arxiv import ArxivClient, ArxivQuery
from digestbot.builder.candidates import Candidate, PaperSource
from digestbot.builder.feeds import FeedSource
from digestbot.builder.polite_client import PoliteClient
from digestbot.builder.selection import Selection, select_papers
from digestbot.domain.build_spec import BuildSpec
from digestbot.errors import SourceError
from digestbot.store.builds import BuildStore

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CollectResult:
    """The selected papers, and problems with individual queries or feeds."""

    selection: Selection
    problems: tuple[str, ...] = ()


class Collector:
    """Collects the papers of topics. Queries and feeds shared by topics are requested once."""

    def __init__(self, http: PoliteClient, arxiv_api: str, builds: BuildStore) -> None:
        self._http, self._builds = http, builds
        self._arxiv = ArxivClient(http, arxiv_api)
        self._cache: dict[str, tuple[datetime, Sequence[Candidate]]] = {}

    async def collect(self, spec: BuildSpec, day: date, now: datetime) -> CollectResult:
        """Collect the papers for a topic's digest for a date.

        Raises :class:`~digestbot.errors.SourceError` if no query or feed could be read: an empty digest would
        wrongly say that nothing is new.
        """
        since = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=spec.max_age_days)
        candidates: list[Candidate] = []
        problems: list[str] = []
        sources = self._build_sources(spec)
        for source in sources:
            try:
                candidates += await self._ask_source(source, since)
            except SourceError as error:
                problems.append(f"{source.name}: {error}")
                _log.warning("papers_not_collected", topic=spec.topic.slug, source=source.name, reason=str(error))
            except Exception as error:  # noqa: BLE001  # a stranger's feed: whatever it does to a parser, go on
                problems.append(f"{source.name}: cannot be read ({type(error).__name__})")
                _log.exception("papers_not_collected", topic=spec.topic.slug, source=source.name)
        if problems and len(problems) == len(sources):
            raise SourceError(f"{spec.topic.title}: {'; '.join(problems)}")
        others = await self._builds.list_shown_versions(
            spec.exclude_topics, day + timedelta(days=1)
        )  # today's papers of those topics come first
        shown_versions = {**others, **await self._builds.list_shown_versions([spec.topic.slug], day)}
        return CollectResult(select_papers(candidates, spec, shown_versions, now), tuple(problems))

    def _build_sources(self, spec: BuildSpec) -> list[PaperSource]:
        queries = [ArxivQuery(self._arxiv, query) for query in spec.queries]
        return [*queries, *(FeedSource(self._http, self._arxiv, address) for address in spec.feeds)]

    async def _ask_source(self, source: PaperSource, since: datetime) -> Sequence[Candidate]:
        """The source's candidates; topics built within one hour share the response."""
        if self._cache.get(source.name, (None, ()))[0] != since:
            self._cache[source.name] = since, await source.find_candidates(since)
        return self._cache[source.name][1]
