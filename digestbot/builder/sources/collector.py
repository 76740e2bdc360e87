"""Collects a topic's papers from all its queries and feeds, and selects among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from digestbot.builder.candidates import UNDATED, Candidate, FoundPapers, LeftOut, ListedPaper, PaperSource
from digestbot.builder.selection import Selection, select_papers
from digestbot.builder.sources.arxiv import ArxivClient, ArxivQuery
from digestbot.builder.sources.arxiv_query import parse_query
from digestbot.builder.sources.feeds import FeedSource
from digestbot.builder.sources.oai import MAX_RECORDS_BY_ID, OaiClient, list_sets
from digestbot.builder.sources.polite_client import PoliteClient, UnavailableError
from digestbot.domain.build_spec import BuildSpec
from digestbot.errors import SourceError
from digestbot.store.digests.builds import BuildStore

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CollectResult:
    """The selected papers, problems with individual queries or feeds, and what these list besides papers."""

    selection: Selection
    problems: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(slots=True)
class _Findings:
    """What the sources of a topic had, as far as they were asked."""

    candidates: list[Candidate] = field(default_factory=list)
    listed: list[ListedPaper] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, found: FoundPapers) -> None:
        """Add what a source had."""
        self.candidates += found.candidates
        self.listed += found.listed
        self.left_out += found.left_out


class Collector:
    """Collects the papers of topics. Queries and feeds shared by topics are requested once.

    ``oai_address`` is arXiv's other door, which is asked where the API does not answer.
    """

    def __init__(self, http: PoliteClient, arxiv_api: str, builds: BuildStore, oai_address: str = "") -> None:
        self._http, self._builds = http, builds
        self._arxiv = ArxivClient(http, arxiv_api)
        self._oai = OaiClient(http, oai_address) if oai_address else None
        self._cache: dict[str, tuple[datetime, FoundPapers]] = {}
        self._changes: dict[tuple[str, ...], tuple[datetime, Sequence[Candidate]]] = {}

    async def collect(
        self, spec: BuildSpec, day: date, now: datetime, *, is_patient: bool = False, is_trial: bool = False
    ) -> CollectResult:
        """Collect the papers for a topic's digest for a date. A trial remembers nothing.

        Raises :class:`~digestbot.builder.sources.polite_client.UnavailableError` if arXiv's API does not answer and
        ``is_patient``: it is to be asked again later; otherwise its other door is. Raises
        :class:`~digestbot.errors.SourceError` if no query or feed could be read: an empty digest would wrongly say
        that nothing is new.
        """
        since = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=spec.max_age_days)
        findings = _Findings()
        sources = self._build_sources(spec)
        for source in sources:
            await self._gather(source, spec, since, findings, is_patient=is_patient)
        has_failed = len(findings.problems) == len(sources)
        await self._look_up(spec, findings, is_patient=is_patient)
        if findings.problems and (has_failed or not (findings.candidates or findings.left_out)):
            raise SourceError(f"{spec.topic.title}: {'; '.join(findings.problems)}")
        candidates = await self._date(findings.candidates, now, is_trial=is_trial)
        selection = select_papers(candidates, spec, await self._list_shown_versions(spec, day), now)
        return CollectResult(selection, tuple(findings.problems), tuple(findings.left_out))

    def _build_sources(self, spec: BuildSpec) -> list[PaperSource]:
        queries = [ArxivQuery(self._arxiv, query) for query in spec.queries]
        return [*queries, *(FeedSource(self._http, address) for address in spec.feeds)]

    async def _gather(
        self, source: PaperSource, spec: BuildSpec, since: datetime, findings: _Findings, *, is_patient: bool
    ) -> None:
        """Add what a source has, or the problem with it."""
        is_arxiv = isinstance(source, ArxivQuery)
        try:
            findings.add(await self._ask_source(source, spec, since, is_patient=is_patient))
        except SourceError as error:
            if is_patient and is_arxiv and isinstance(error, UnavailableError):
                raise
            findings.problems.append(f"{source.name}: {error}")
            _log.warning("papers_not_collected", topic=spec.topic.slug, source=source.name, reason=str(error))
        except Exception as error:  # noqa: BLE001  # a stranger's feed: whatever it does to a parser, go on
            findings.problems.append(f"{source.name}: cannot be read ({type(error).__name__})")
            _log.exception("papers_not_collected", topic=spec.topic.slug, source=source.name)

    async def _ask_source(
        self, source: PaperSource, spec: BuildSpec, since: datetime, *, is_patient: bool
    ) -> FoundPapers:
        """The source's papers; topics built within one hour share the response."""
        if self._cache.get(source.name, (None,))[0] != since:
            self._cache[source.name] = since, await self._find_papers(source, spec, since, is_patient=is_patient)
        return self._cache[source.name][1]

    async def _find_papers(
        self, source: PaperSource, spec: BuildSpec, since: datetime, *, is_patient: bool
    ) -> FoundPapers:
        try:
            return await source.find_papers(since)
        except UnavailableError as error:
            if is_patient or self._oai is None or not isinstance(source, ArxivQuery):
                raise
            _log.warning("arxiv_oai_used", topic=spec.topic.slug, source=source.name, reason=str(error))
            return await self._search_changes(self._oai, source.name, spec, since, error)

    async def _search_changes(
        self, oai: OaiClient, query: str, spec: BuildSpec, since: datetime, reason: SourceError
    ) -> FoundPapers:
        """A query's papers, by way of all papers that changed."""
        try:
            parsed = parse_query(query)
            changed = await self._list_changed(oai, list_sets(sorted(parsed.categories or spec.categories)), since)
        except SourceError as error:
            raise SourceError(f"{reason}; and by OAI-PMH: {error}") from None
        return FoundPapers([candidate for candidate in changed if parsed.matches(candidate)])

    async def _list_changed(self, oai: OaiClient, sets: tuple[str, ...], since: datetime) -> Sequence[Candidate]:
        if self._changes.get(sets, (None,))[0] != since:
            self._changes = {sets: (since, await oai.list_changed(sets, since))}  # only the last: it may be large
        return self._changes[sets][1]

    async def _look_up(self, spec: BuildSpec, findings: _Findings, *, is_patient: bool) -> None:
        """Add the papers that feeds list and that are on arXiv, in one request for all."""
        listed = {
            paper.arxiv_id: paper for paper in sorted(findings.listed, key=lambda paper: not paper.is_replacement)
        }
        known = {candidate.paper.arxiv_id for candidate in findings.candidates}
        wanted = [arxiv_id for arxiv_id in listed if arxiv_id not in known]
        try:
            found = await self._fetch_by_id(wanted, spec, is_patient=is_patient) if wanted else []
        except SourceError as error:
            if is_patient and isinstance(error, UnavailableError):
                raise
            findings.problems.append(f"{len(wanted)} papers that feeds list: {error}")
            _log.warning("papers_not_looked_up", topic=spec.topic.slug, papers=len(wanted), reason=str(error))
            return
        looked_up = [_mark_replacement(candidate, listed) for candidate in found]
        missing = sorted(set(wanted) - {candidate.paper.arxiv_id for candidate in found})
        findings.left_out += [LeftOut(number, listed[number].title, "arXiv has no such paper") for number in missing]
        findings.candidates = [_add_licence(candidate, listed) for candidate in (*findings.candidates, *looked_up)]

    async def _fetch_by_id(self, wanted: list[str], spec: BuildSpec, *, is_patient: bool) -> list[Candidate]:
        try:
            return await self._arxiv.fetch_by_id(wanted)
        except UnavailableError as error:
            if is_patient or self._oai is None:
                raise
            _log.warning("arxiv_oai_used", topic=spec.topic.slug, papers=len(wanted), reason=str(error))
            if len(wanted) > MAX_RECORDS_BY_ID:
                raise SourceError(f"{error}; they are too many for OAI-PMH, which is asked for one at a time") from None
            return await self._oai.fetch_by_id(wanted)

    async def _date(self, candidates: list[Candidate], now: datetime, *, is_trial: bool) -> list[Candidate]:
        """The candidates, those without a date with the time at which they were first seen."""
        undated = [candidate.paper.arxiv_id for candidate in candidates if candidate.published == UNDATED]
        seen = await self._builds.list_first_sightings(undated) if undated else {}
        new = [arxiv_id for arxiv_id in undated if arxiv_id not in seen]
        if new and not is_trial:
            await self._builds.save_first_sightings(new, now)
        return [
            replace(candidate, published=moment, updated=moment) if candidate.published == UNDATED else candidate
            for candidate in candidates
            for moment in (seen.get(candidate.paper.arxiv_id, now),)
        ]

    async def _list_shown_versions(self, spec: BuildSpec, day: date) -> dict[str, int]:
        others = await self._builds.list_shown_versions(
            spec.exclude_topics, day + timedelta(days=1)
        )  # today's papers of those topics come first
        return {**others, **await self._builds.list_shown_versions([spec.topic.slug], day)}


def _mark_replacement(candidate: Candidate, listed: dict[str, ListedPaper]) -> Candidate:
    return replace(candidate, is_replacement=listed[candidate.paper.arxiv_id].is_replacement)


def _add_licence(candidate: Candidate, listed: dict[str, ListedPaper]) -> Candidate:
    """The candidate with the licence that a feed names for it, if its source named none."""
    known = listed.get(candidate.paper.arxiv_id)
    if candidate.paper.licence or known is None or not known.licence:
        return candidate
    return replace(candidate, paper=replace(candidate.paper, licence=known.licence))
