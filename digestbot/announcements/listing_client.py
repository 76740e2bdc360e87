"""Reads arXiv's listings: how many papers a day's announcement has of an archive, which, and as what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from digestbot.announcements.listing import ListingPage, parse_listing
from digestbot.domain.arxiv.announcement import AnnouncementKind
from digestbot.errors import SourceError
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox

if TYPE_CHECKING:
    from digestbot.builder.sources.polite_client import PoliteClient

_PAGE_SIZE = 2_000
"""Papers a page, arXiv's maximum: all of computer science is one or two pages."""
_MAX_PAGES = 6
_MAX_PAGE_BYTES = 30_000_000


class UnreadableListingError(SourceError):
    """A listing is not what it should be: its form has changed, or it does not list what it counts."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What arXiv announced of an archive: the kind of each paper by its identifier."""

    day: date
    kinds: dict[str, AnnouncementKind] = field(default_factory=dict)


class ListingClient:
    """Asks arXiv for listings. ``address`` is that of its pages."""

    def __init__(self, http: PoliteClient, address: str) -> None:
        self._http, self._address = http, address.rstrip("/")

    async def fetch_newest(self, archive: str) -> Listing:
        """The newest announcement of an archive, whichever day it is of.

        Raises :class:`UnreadableListingError`, and other :class:`~digestbot.errors.SourceError`.
        """
        url = f"{self._address}/list/{archive}/new"
        return await self._fetch(archive, url, lambda number: {"skip": str(number), "show": str(_PAGE_SIZE)})

    async def fetch_day(self, archive: str, day: date) -> Listing:
        """What was announced of an archive on a day in the last 90; nothing, if there was no announcement.

        Raises :class:`UnreadableListingError`, and other :class:`~digestbot.errors.SourceError`.
        """
        url = f"{self._address}/catchup/{archive}/{day.isoformat()}"
        listing = await self._fetch(archive, url, lambda number: {"page": str(number // _PAGE_SIZE + 1)})
        if listing.day != day:
            raise UnreadableListingError(f"arXiv's listing of {archive} of {day} is dated {listing.day}")
        return listing

    async def _fetch(self, archive: str, url: str, build_params: Callable[[int], Mapping[str, str]]) -> Listing:
        """All pages of a listing."""
        first = await self._fetch_page(archive, url, build_params(0))
        pages, count = [first], first.count
        while count < first.total and len(pages) < _MAX_PAGES:
            page = await self._fetch_page(archive, url, build_params(len(pages) * _PAGE_SIZE))
            if (page.day, page.total) != (first.day, first.total):
                raise UnreadableListingError(f"arXiv's listing of {archive} changed while it was read")
            if not page.count:
                break
            pages.append(page)
            count += page.count
        if count != first.total:
            raise UnreadableListingError(f"arXiv's listing of {archive} counts {first.total} papers and lists {count}")
        return _join_pages(pages)

    async def _fetch_page(self, archive: str, url: str, params: Mapping[str, str]) -> ListingPage:
        raw = await self._http.get(url, params, is_complete=_is_complete, max_bytes=_MAX_PAGE_BYTES)
        page = await run_in_sandbox(parse_listing, PARSING_SECONDS, raw)
        if page.problem:
            raise UnreadableListingError(f"arXiv's listing of {archive} cannot be read: {page.problem}")
        return page


def _is_complete(body: bytes) -> bool:
    return b"</html>" in body[-2_000:].lower()


def _join_pages(pages: list[ListingPage]) -> Listing:
    kinds: dict[str, AnnouncementKind] = {}
    for page in pages:
        for section in page.sections:
            for arxiv_id in section.arxiv_ids:
                kinds.setdefault(arxiv_id, section.kind)
    return Listing(pages[0].day or date.min, kinds)
