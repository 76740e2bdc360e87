"""arXiv's API: queries in its own syntax to papers (info.arxiv.org/help/api/user-manual.html).

Of the two ways to ask, the ``arxiv`` package keeps the three seconds and pages, but blocks a thread, forgets the pause
between two of its clients, and does not obey Retry-After; so feedparser reads the feed, and :class:`Polite` asks.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import feedparser

from digestbot.builder.found import Found
from digestbot.builder.polite import Polite
from digestbot.cards.text import drop_control_characters
from digestbot.domain.paper import Paper, PaperId, find_links
from digestbot.errors import SourceError

PAGE = 100
"""Results a request: arXiv allows 2,000, and answers hundreds much sooner."""
MOST = 2_000
"""Results of a query that are looked at: one that has more in a week is too wide to be a topic."""


class Arxiv:
    """Asks arXiv."""

    def __init__(self, polite: Polite, address: str) -> None:
        self._polite, self._address = polite, address

    async def search(self, query: str, since: datetime) -> list[Found]:
        """The papers that a query finds, changed since a moment, newest change first."""
        found: list[Found] = []
        for start in range(0, MOST, PAGE):
            page, total = await self._page({"search_query": query, **_NEWEST, "start": str(start)}, start)
            found += [paper for paper in page if paper.updated >= since]
            if not page or page[-1].updated < since or start + PAGE >= total:
                break
        return found

    async def by_number(self, numbers: Sequence[str]) -> list[Found]:
        """Papers by their numbers; those that arXiv has not are left out."""
        found: list[Found] = []
        for start in range(0, len(numbers), PAGE):
            asked = ",".join(numbers[start : start + PAGE])
            found += (await self._page({"id_list": asked, "max_results": str(PAGE)}, 0))[0]
        return found

    async def _page(self, params: dict[str, str], start: int) -> tuple[list[Found], int]:
        raw = await self._polite.get(self._address, params, good=lambda body: _is_whole(body, start))
        feed = feedparser.parse(raw)
        _refuse(feed, params)
        total = int(feed.feed.get("opensearch_totalresults", 0))
        return [found for entry in feed.entries if (found := read_entry(entry))], total


class ArxivQuery:
    """One query of a topic."""

    def __init__(self, arxiv: Arxiv, query: str) -> None:
        self.name = query
        self._arxiv, self._query = arxiv, query

    async def find(self, since: datetime) -> Sequence[Found]:
        """The papers that it finds, changed since a moment."""
        return await self._arxiv.search(self._query, since)


_NEWEST = {"sortBy": "lastUpdatedDate", "sortOrder": "descending", "max_results": str(PAGE)}


def _is_whole(body: bytes, start: int) -> bool:
    """Whether a feed came whole. arXiv now and then answers a page that it has with none of its entries."""
    if not body.rstrip().endswith(b"</feed>"):
        return False
    total = re.search(rb"totalResults[^>]*>(\d+)<", body)
    return b"<entry" in body or total is None or int(total[1]) <= start


def _refuse(feed: Any, params: dict[str, str]) -> None:  # noqa: ANN401  (feedparser's own)
    """Raise what arXiv says is wrong: it comes as an entry with the title "Error"."""
    for entry in feed.entries:
        if entry.get("title") == "Error" or "/api/errors" in entry.get("id", ""):
            raise SourceError(f"arXiv does not take the query {params.get('search_query', '')}: {entry.get('summary')}")


def read_entry(entry: Any) -> Found | None:  # noqa: ANN401  (feedparser's own)
    """An entry of arXiv's feed; ``None`` for one that names no paper."""
    identifier = PaperId.parse(entry.get("id", ""))
    if identifier is None or not entry.get("title"):
        return None
    abstract, comment = one_line(entry.get("summary", "")), one_line(entry.get("arxiv_comment", ""))
    published = moment(entry.get("published_parsed"))
    paper = Paper(
        identifier.base_id,
        identifier.version or 1,
        one_line(entry["title"]),
        tuple(filter(None, (one_line(author.get("name", "")) for author in entry.get("authors", ())))),
        abstract,
        comment,
        find_links(abstract, comment),
    )
    return Found(paper, published, moment(entry.get("updated_parsed")) or published, _categories(entry))


def _categories(entry: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The primary category first."""
    primary = entry.get("arxiv_primary_category", {}).get("term", "")
    terms: Iterable[str] = (tag.get("term", "") for tag in entry.get("tags", ()))
    return tuple(filter(None, dict.fromkeys((primary, *terms))))


def one_line(text: str) -> str:
    """Text without the line breaks that a feed wraps it with, and without control characters."""
    return drop_control_characters(" ".join(text.split()))


def moment(parsed: Any) -> datetime:  # noqa: ANN401  (a time.struct_time, or nothing)
    """A feed's moment in UTC; long ago where it names none."""
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else datetime.fromtimestamp(0, UTC)
