"""Client for arXiv's API, with queries in arXiv's own syntax (info.arxiv.org/help/api/user-manual.html).

The ``arxiv`` package keeps the three-second delay and handles paging, but it blocks a thread, does not share the delay
between clients, and ignores Retry-After; so :class:`PoliteClient` sends the requests and feedparser parses the feed.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser

from digestbot.builder.candidates import PLAUSIBLE_YEARS, UNDATED, Candidate, FoundPapers, bound_categories
from digestbot.builder.sources.arxiv_fields import build_publication
from digestbot.cards.text import to_one_line
from digestbot.domain.paper import PaperId
from digestbot.domain.paper_text import build_paper
from digestbot.domain.text.lengths import MAX_COMMENT, shorten_text
from digestbot.errors import SourceError
from digestbot.sandbox import PARSING_SECONDS, run_for_person, run_in_sandbox

if TYPE_CHECKING:  # the sandbox, which imports this module too, needs no HTTP client
    from digestbot.builder.sources.polite_client import PoliteClient

RESULTS_PER_REQUEST = 100
"""Results per request: arXiv allows 2,000, but answers hundreds much faster."""
IDS_PER_REQUEST = 400
"""Papers that one request looks up: what fits into an address of 8,000 characters, which servers take."""
MAX_RESULTS = 2_000
"""Maximum results per query: a query with more in a week is too broad for a topic."""
_MAX_REFUSED_IDS = 5
"""How many identifiers of one request arXiv may refuse before all of them are given up."""
_ERROR_STATUSES = (400, 404, 414, 500)
"""Statuses with which arXiv says in its own words what is wrong."""
_REFUSED_ID = re.compile(r"incorrect id format for (?P<id>\S{1,60})")


class ArxivError(SourceError):
    """arXiv rejected a request. ``words`` are its own."""

    def __init__(self, subject: str, words: str) -> None:
        self.words = words
        super().__init__(f"arXiv rejected {subject}: {words}")


class ArxivClient:
    """Queries arXiv. ``is_for_people``: somebody waits for the answers."""

    def __init__(self, http: PoliteClient, address: str, *, is_for_people: bool = False) -> None:
        self._http, self._address = http, address
        self._parse = run_for_person if is_for_people else run_in_sandbox

    async def search(self, query: str, since: datetime) -> list[Candidate]:
        """The papers matching a query that changed since a given time, most recently changed first."""
        candidates: list[Candidate] = []
        for start in range(0, MAX_RESULTS, RESULTS_PER_REQUEST):
            page = await self._fetch_page({"search_query": query, **_NEWEST_FIRST, "start": str(start)}, start)
            candidates += [paper for paper in page.candidates if paper.updated >= since]
            is_last = start + RESULTS_PER_REQUEST >= page.total_count
            if is_last or not page.candidates or page.candidates[-1].updated < since:
                break
        return candidates

    async def search_titles(self, words: str, limit: int) -> Sequence[Candidate]:
        """Papers whose titles have these words in this order, the most relevant first. They have no punctuation."""
        params = {"search_query": f'ti:"{words}"', "max_results": str(limit)}
        return (await self._fetch_page(params, 0)).candidates

    async def fetch_by_id(self, arxiv_ids: Sequence[str]) -> list[Candidate]:
        """Papers by arXiv ID, in one request for hundreds; IDs that arXiv does not have are omitted."""
        candidates: list[Candidate] = []
        for start in range(0, len(arxiv_ids), IDS_PER_REQUEST):
            candidates += await self._fetch_batch(list(arxiv_ids[start : start + IDS_PER_REQUEST]))
        return candidates

    async def _fetch_batch(self, arxiv_ids: list[str]) -> Sequence[Candidate]:
        """Papers by arXiv ID; one that arXiv refuses takes no other with it."""
        for _ in range(_MAX_REFUSED_IDS):
            try:
                params = {"id_list": ",".join(arxiv_ids), "max_results": str(len(arxiv_ids))}
                return (await self._fetch_page(params, 0)).candidates if arxiv_ids else ()
            except ArxivError as error:
                refused = _REFUSED_ID.search(error.words)
                if refused is None or refused["id"] not in arxiv_ids:
                    raise
                arxiv_ids.remove(refused["id"])
        raise SourceError(f"arXiv rejected more than {_MAX_REFUSED_IDS} of a feed's identifiers")

    async def _fetch_page(self, params: dict[str, str], start: int) -> ResultPage:
        raw = await self._http.get(
            self._address,
            params,
            is_complete=lambda body: _is_complete(body, start),
            readable_statuses=_ERROR_STATUSES,
        )
        subject = f"the query {params['search_query']}" if "search_query" in params else "a list of papers"
        page = await self._parse(parse_results, PARSING_SECONDS, raw)
        if page.error:
            raise ArxivError(subject, page.error)
        return page


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A page of results, and how many results there are on all pages; ``error`` is arXiv's, if it rejected it."""

    candidates: tuple[Candidate, ...]
    total_count: int
    error: str = ""


def parse_results(raw: bytes) -> ResultPage:
    """Parse arXiv's answer; for the sandbox."""
    feed = feedparser.parse(raw)
    if error := _find_api_error(feed):
        return ResultPage((), 0, error)
    candidates = tuple(candidate for entry in feed.entries if (candidate := parse_entry(entry)))
    return ResultPage(candidates, int(feed.feed.get("opensearch_totalresults", 0)))


class ArxivQuery:
    """One query of a topic."""

    def __init__(self, arxiv: ArxivClient, query: str) -> None:
        self.name = query
        self._arxiv, self._query = arxiv, query

    async def find_papers(self, since: datetime) -> FoundPapers:
        """The matching papers that changed since a given time."""
        return FoundPapers(await self._arxiv.search(self._query, since))


_NEWEST_FIRST = {"sortBy": "lastUpdatedDate", "sortOrder": "descending", "max_results": str(RESULTS_PER_REQUEST)}


def _is_complete(body: bytes, start: int) -> bool:
    """Whether a feed is complete. arXiv occasionally returns a page without the entries that it should have."""
    if not body.rstrip().endswith(b"</feed>"):
        return False
    total = re.search(rb"totalResults[^<>]{0,200}>(\d{1,9})<", body)
    return b"<entry" in body or total is None or int(total[1]) <= start


def _find_api_error(feed: Any) -> str:  # noqa: ANN401  (feedparser's own)
    """arXiv's error, which arrives as an entry titled "Error"; empty if there is none."""
    for entry in feed.entries:
        if entry.get("title") == "Error" or "/api/errors" in entry.get("id", ""):
            return shorten_text(to_one_line(entry.get("summary", "")), MAX_COMMENT) or "it does not say why"
    return ""


def parse_entry(entry: Any) -> Candidate | None:  # noqa: ANN401  (feedparser's own)
    """Parse an entry of arXiv's feed; ``None`` if it identifies no paper."""
    identifier = PaperId.parse(entry.get("id", ""))
    if identifier is None or not entry.get("title"):
        return None
    published = to_utc(entry.get("published_parsed"))
    paper = build_paper(
        identifier,
        to_one_line(entry["title"]),
        (to_one_line(author.get("name", "")) for author in entry.get("authors", ())),
        to_one_line(entry.get("summary", "")),
        to_one_line(entry.get("arxiv_comment", "")),
        publication=build_publication(entry.get("arxiv_doi", ""), entry.get("arxiv_journal_ref", "")),
    )
    return Candidate(paper, published, to_utc(entry.get("updated_parsed")) or published, _parse_categories(entry))


def _parse_categories(entry: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The primary category first."""
    primary = entry.get("arxiv_primary_category", {}).get("term", "")
    terms: Iterable[str] = (tag.get("term", "") for tag in entry.get("tags", ()))
    return bound_categories((primary, *terms))


def to_utc(parsed: Any) -> datetime:  # noqa: ANN401  (a time.struct_time, or nothing)
    """A feed's timestamp in UTC; a date long ago if it has none that can be right."""
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed and parsed[0] in PLAUSIBLE_YEARS else UNDATED
