"""A listing says how many papers there are, so that one that cannot be read is told from a quiet day."""

from __future__ import annotations

from datetime import date

import pytest

from digestbot.announcements.listing import parse_listing
from digestbot.announcements.listing_client import ListingClient, UnreadableListingError
from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.domain.arxiv.announcement import AnnouncementKind
from tests.announcements.arxiv import CROSS, NEW, REPLACED, AnnouncingServer
from tests.builder.archive import Submission

TUESDAY = date(2026, 11, 24)
_ITEM = '<dt><a href ="/abs/{0}" title="Abstract" id="{0}">arXiv:{0}</a> [<a href="/pdf/{0}">pdf</a>]</dt><dd></dd>'


def build_page(
    *sections: tuple[str, str], heading: str = "Showing new listings for Tuesday, 24 November 2026"
) -> bytes:
    """A page of sections, each a heading and its papers; nothing more of arXiv's page matters."""
    total = "<div class='paging'>Total of 3 entries : <span>1-3</span></div>"
    parts = (
        f"<dl id='articles'><h3>{name}</h3>{''.join(map(_ITEM.format, ids.split()))}</dl>" for name, ids in sections
    )
    return f"<html><h1>Computer Science</h1><h3>{heading}</h3>{total}{''.join(parts)}</html>".encode()


def test_a_page_is_read_by_its_sections() -> None:
    page = parse_listing(
        build_page(
            ("New submissions (showing 1 of 1 entries)", "2611.00001"),
            ("Cross submissions (showing 1 of 1 entries)", "hep-th/9901001"),
            ("Replacement submissions (showing 1 of 1 entries)", "math.GT/0309136"),
        )
    )
    assert (page.day, page.total, page.count, page.problem) == (TUESDAY, 3, 3, "")
    assert [(section.kind, section.arxiv_ids, section.total) for section in page.sections] == [
        (NEW, ("2611.00001",), 1),
        (CROSS, ("hep-th/9901001",), 1),
        (REPLACED, ("math/0309136",), 1),
    ]


@pytest.mark.parametrize(
    ("heading", "day"),
    [
        ("Showing new listings for Wednesday, 2 September 2026", date(2026, 9, 2)),
        ("Catchup results for Machine Learning on Wed, 03 Jun 2026", date(2026, 6, 3)),
        ("Catchup results for Papers on Mon, on Fri, 27 Nov 2026", date(2026, 11, 27)),
        ("Showing new listings for Friday, 31 February 2026", None),
        ("Showing new listings for today", None),
    ],
)
def test_the_day_is_read_from_the_heading(heading: str, day: date | None) -> None:
    page = parse_listing(build_page(("New submissions (showing 1 of 1 entries)", "2611.00001"), heading=heading))
    assert (page.day, bool(page.problem)) == (day, day is None)


@pytest.mark.parametrize(
    "words",
    ["showing 1 of 1", "showing first 1 of 9", "continued, showing 1 of 9", "continued, showing last 1 of 1,019"],
)
def test_a_section_says_how_much_of_it_a_page_has(words: str) -> None:
    page = parse_listing(build_page((f"New submissions ({words} entries)", "2611.00001")))
    assert page.problem == ""
    assert page.sections[0].total == int(words.rsplit(maxsplit=1)[-1].replace(",", ""))


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (build_page(("New submissions (showing 2 of 2 entries)", "2611.00001")), "shows 2 papers of a section"),
        (build_page(("New submissions (showing 1 of 1 entries)", "no-paper")), "shows 1 papers of a section"),
        (build_page(("Fresh ones", "2611.00001")), "under a heading that is none of"),
        (build_page().replace(b"Total", b"Sum"), "neither how many papers there are"),
        (b"", "does not say of which day"),
        (b"<html>\xff\xfe<h3>Sorry", "does not say of which day"),
    ],
)
def test_what_cannot_be_relied_on_says_why(raw: bytes, problem: str) -> None:
    assert problem in parse_listing(raw).problem


def test_a_day_without_updates_says_so() -> None:
    raw = build_page().replace(b"Total of 3 entries", b"<p>No updates today.</p>")
    assert parse_listing(raw).problem == ""
    assert parse_listing(raw).total == 0


async def test_all_pages_of_a_large_day_are_read(arxiv: AnnouncingServer, polite: PoliteClient) -> None:
    arxiv.announce(TUESDAY, *(Submission(f"2611.{number:05}", "T", "A") for number in range(2_100)))
    listing = await ListingClient(polite, arxiv.url).fetch_newest("cs")
    assert (listing.day, len(listing.kinds), set(listing.kinds.values())) == (TUESDAY, 2_100, {NEW})
    assert len(arxiv.asked) == 2


async def test_a_listing_that_changes_while_it_is_read_is_not_mixed(
    arxiv: AnnouncingServer, polite: PoliteClient
) -> None:
    arxiv.announce(TUESDAY, *(Submission(f"2611.{number:05}", "T", "A") for number in range(2_001)))
    seen = arxiv._list_papers

    def grow(archive: str, day: date) -> list[tuple[Submission, AnnouncementKind]]:
        arxiv.days[TUESDAY].append((Submission(f"2612.{len(arxiv.asked):05}"), NEW))
        return seen(archive, day)

    arxiv._list_papers = grow  # type: ignore[method-assign]
    with pytest.raises(UnreadableListingError, match="changed while it was read"):
        await ListingClient(polite, arxiv.url).fetch_day("cs", TUESDAY)
