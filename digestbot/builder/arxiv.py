"""arXiv's API: queries in its own syntax to papers (info.arxiv.org/help/api/user-manual.html).

Of the two ways to ask, the ``arxiv`` package keeps the three seconds and pages, but blocks a thread, forgets the pause
between two of its clients, and does not obey Retry-After; so feedparser reads the feed, and :class:`PoliteClient` asks.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import feedparser

from digestbot.builder.candidates import Candidate
from digestbot.builder.polite_client import PoliteClient
from digestbot.cards.text import drop_control_characters
from digestbot.domain.paper import Paper, PaperId, find_links
from digestbot.errors import SourceError

RESULTS_PER_REQUEST = 100
"""Results a request: arXiv allows 2,000, and answers hundreds much sooner."""
MAX_RESULTS = 2_000
"""Results of a query that are looked at: one that has more in a week is too wide to be a topic."""


class ArxivClient:
    """Asks arXiv."""

    def __init__(self, http: PoliteClient, address: str) -> None:
        self._http, self._address = http, address

    async def search(self, query: str, since: datetime) -> list[Candidate]:
        """The papers that a query finds, changed since a moment, newest change first."""
        candidates: list[Candidate] = []
        for start in range(0, MAX_RESULTS, RESULTS_PER_REQUEST):
            page, total = await self._fetch_page({"search_query": query, **_NEWEST_FIRST, "start": str(start)}, start)
            candidates += [paper for paper in page if paper.updated >= since]
            if not page or page[-1].updated < since or start + RESULTS_PER_REQUEST >= total:
                break
        return candidates

    async def fetch_by_id(self, arxiv_ids: Sequence[str]) -> list[Candidate]:
        """Papers by their numbers; those that arXiv has not are left out."""
        candidates: list[Candidate] = []
        for start in range(0, len(arxiv_ids), RESULTS_PER_REQUEST):
            id_list = ",".join(arxiv_ids[start : start + RESULTS_PER_REQUEST])
            candidates += (await self._fetch_page({"id_list": id_list, "max_results": str(RESULTS_PER_REQUEST)}, 0))[0]
        return candidates

    async def _fetch_page(self, params: dict[str, str], start: int) -> tuple[list[Candidate], int]:
        raw = await self._http.get(self._address, params, is_complete=lambda body: _is_complete(body, start))
        feed = feedparser.parse(raw)
        _raise_api_error(feed, params)
        total = int(feed.feed.get("opensearch_totalresults", 0))
        return [candidate for entry in feed.entries if (candidate := parse_entry(entry))], total


class ArxivQuery:
    """One query of a topic."""

    def __init__(self, arxiv: ArxivClient, query: str) -> None:
        self.name = query
        self._arxiv, self._query = arxiv, query

    async def find_candidates(self, since: datetime) -> Sequence[Candidate]:
        """The papers that it finds, changed since a moment."""
        return await self._arxiv.search(self._query, since)


_NEWEST_FIRST = {"sortBy": "lastUpdatedDate", "sortOrder": "descending", "max_results": str(RESULTS_PER_REQUEST)}


def _is_complete(body: bytes, start: int) -> bool:
    """Whether a feed came whole. arXiv now and then answers a page that it has with none of its entries."""
    if not body.rstrip().endswith(b"</feed>"):
        return False
    total = re.search(rb"totalResults[^>]*>(\d+)<", body)
    return b"<entry" in body or total is None or int(total[1]) <= start


def _raise_api_error(feed: Any, params: dict[str, str]) -> None:  # noqa: ANN401  (feedparser's own)
    """Raise what arXiv says is wrong: it comes as an entry with the title "Error"."""
    for entry in feed.entries:
        if entry.get("title") == "Error" or "/api/errors" in entry.get("id", ""):
            raise SourceError(f"arXiv does not take the query {params.get('search_query', '')}: {entry.get('summary')}")


def parse_entry(entry: Any) -> Candidate | None:  # noqa: ANN401  (feedparser's own)
    """An entry of arXiv's feed; ``None`` for one that names no paper."""
    identifier = PaperId.parse(entry.get("id", ""))
    if identifier is None or not entry.get("title"):
        return None
    abstract, comment = to_one_line(entry.get("summary", "")), to_one_line(entry.get("arxiv_comment", ""))
    published = to_utc(entry.get("published_parsed"))
    paper = Paper(
        identifier.base_id,
        identifier.version or 1,
        to_one_line(entry["title"]),
        tuple(filter(None, (to_one_line(author.get("name", "")) for author in entry.get("authors", ())))),
        abstract,
        comment,
        find_links(abstract, comment),
    )
    return Candidate(paper, published, to_utc(entry.get("updated_parsed")) or published, _parse_categories(entry))


def _parse_categories(entry: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The primary category first."""
    primary = entry.get("arxiv_primary_category", {}).get("term", "")
    terms: Iterable[str] = (tag.get("term", "") for tag in entry.get("tags", ()))
    return tuple(filter(None, dict.fromkeys((primary, *terms))))


def to_one_line(text: str) -> str:
    """Text without the line breaks that a feed wraps it with, and without control characters."""
    return drop_control_characters(" ".join(text.split()))


def to_utc(parsed: Any) -> datetime:  # noqa: ANN401  (a time.struct_time, or nothing)
    """A feed's moment in UTC; long ago where it names none."""
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else datetime.fromtimestamp(0, UTC)
