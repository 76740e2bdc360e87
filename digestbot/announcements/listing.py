"""arXiv's listing pages: the date of an announcement, its sections, and how many papers each of them has.

``/list/ARCHIVE/new`` is the newest announcement, and ``/catchup/ARCHIVE/DATE`` that of a day in the last 90. Both say
how many papers there are ("showing 109 of 109 entries"), so that a page that cannot be read, or is not whole, is told
from a day on which nothing was announced. Expressions read what is needed: a page of two thousand papers has 6 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from digestbot.domain.arxiv.announcement import AnnouncementKind
from digestbot.domain.paper import PaperId
from digestbot.late_patterns import compile_late

_MARKS = compile_late(
    r"<h[1-6]\b[^<>]{0,200}>(?P<heading>[^<>]{1,300})|(?P<item><dt\b)"
    r"|href\s{0,5}=\s{0,5}[\"']?(?:https?://arxiv\.org)?/abs/(?P<id>[^\"'\s<>]{1,40})"
)
_DATE = compile_late(
    r"(?:listings\s{1,5}for|\son)\s{1,20}\w{3,9},\s{1,5}(?P<day>\d{1,2})\s(?P<month>[A-Z][a-z]{2})[a-z]{0,6}\s"
    r"(?P<year>\d{4})\s{0,20}\Z"
)
_SECTION = compile_late(
    r"\s{0,20}(?P<kind>New|Cross|Replace)[\w -]{0,30}\((?:continued,\s)?showing\s(?:first\s|last\s)?"
    r"(?P<shown>[\d,]{1,7})\sof\s(?P<total>[\d,]{1,7})\s"
)
_TOTAL = compile_late(r"Total\s{1,5}of\s{1,5}(?P<total>[\d,]{1,7})\s{1,5}entries")
_NO_UPDATES = compile_late(r"<p>\s{0,20}No\s{1,5}updates\s{1,5}(?:today\b|for\s)")
_KINDS = {
    "New": AnnouncementKind.NEW,
    "Cross": AnnouncementKind.CROSS_LIST,
    "Replace": AnnouncementKind.REPLACEMENT,
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class ListingSection:
    """The papers of one kind on a page; ``total`` is how many there are on all pages of the listing."""

    kind: AnnouncementKind
    arxiv_ids: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A page of a listing; ``problem`` says why it cannot be relied on, and is empty if it can."""

    day: date | None
    total: int = 0
    sections: tuple[ListingSection, ...] = ()
    problem: str = ""

    @property
    def count(self) -> int:
        """How many papers the page lists."""
        return sum(len(section.arxiv_ids) for section in self.sections)


def parse_listing(raw: bytes) -> ListingPage:
    """Parse a listing page; for the sandbox."""
    text = raw.decode("utf-8", "replace")
    day, sections, problem = None, [], ""
    for heading, ids in _iter_parts(text):
        day = day or _read_date(heading)
        if found := _SECTION.match(heading):
            sections.append(ListingSection(_KINDS[found["kind"]], tuple(ids), _read_number(found["total"])))
            if _read_number(found["shown"]) != len(ids):
                problem = f"it says that it shows {found['shown']} papers of a section, and lists {len(ids)}"
        elif ids:
            problem = "it lists papers under a heading that is none of new, cross-lists and replacements"
    total = _read_total(text)
    if day is None:
        problem = "it does not say of which day it is"
    elif total is None:
        problem = "it says neither how many papers there are nor that there are none"
    return ListingPage(day, total or 0, tuple(sections), problem)


def _iter_parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each heading, with the identifiers of the papers that are listed below it."""
    heading, ids = "", list[str]()
    is_item_open = False
    for mark in _MARKS.finditer(text):
        if mark["heading"]:
            yield heading, ids
            heading, ids = mark["heading"], []
        elif mark["item"]:
            is_item_open = True
        elif is_item_open:  # the first link of an item is its paper: abstracts have links of their own
            is_item_open = False
            ids += [paper.base_id] if (paper := PaperId.parse(mark["id"])) else []
    yield heading, ids


def _read_date(heading: str) -> date | None:
    found = _DATE.search(heading)
    if not found or found["month"] not in _MONTHS:
        return None
    try:
        return date(int(found["year"]), _MONTHS.index(found["month"]) + 1, int(found["day"]))
    except ValueError:
        return None


def _read_total(text: str) -> int | None:
    """How many papers the listing has on all its pages; ``None`` if it does not say that."""
    head = text.partition("<dt")[0]  # what stands in abstracts counts nothing
    if found := _TOTAL.search(head):
        return _read_number(found["total"])
    return 0 if _NO_UPDATES.search(head) else None


def _read_number(text: str) -> int:
    return int(text.replace(",", "") or 0)
