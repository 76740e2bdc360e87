"""arXiv on loopback as it announces: listings by archive and day, and the OAI-PMH records of what was touched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape

from aiohttp import web

from digestbot.domain.arxiv.announcement import AnnouncementKind
from tests.builder.archive import ArxivServer, Submission, render_oai, render_oai_error, serve_archive

NEW, CROSS, REPLACED = AnnouncementKind
_HEADINGS = {NEW: "New submissions", CROSS: "Cross submissions", REPLACED: "Replacement submissions"}
_LISTING_PAGE = 2_000
RECORDS_PER_PAGE = 4
"""Records on a page of OAI-PMH; arXiv's have more than a thousand."""


@dataclass
class AnnouncingServer(ArxivServer):
    """The server's state: what was announced on which day, and what of that it keeps to itself.

    ``shown`` is the day of ``/list/ARCHIVE/new``, ``stale`` that of single archives. ``untouched`` are papers that
    OAI-PMH has not heard of yet, ``touched`` old ones that it lists for no reason. ``silent`` archives list nothing.
    ``half`` archives leave out the last paper that they count. ``expired`` refuses every resumption token once.
    """

    days: dict[date, list[tuple[Submission, AnnouncementKind]]] = field(default_factory=dict)
    shown: date = date(2026, 11, 23)
    stale: dict[str, date] = field(default_factory=dict)
    untouched: set[str] = field(default_factory=set)
    touched: list[Submission] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    half: set[str] = field(default_factory=set)
    expired: bool = False

    def announce(self, day: date, *papers: Submission, kind: AnnouncementKind = NEW) -> None:
        """Announce papers on a day, and show that day."""
        self.days.setdefault(day, []).extend((paper, kind) for paper in papers)
        self.shown = max(self.shown, day)
        self.papers = [paper for listed in self.days.values() for paper, _ in listed]

    def list_asked(self, path: str) -> list[str]:
        """The requests below a path."""
        return [asked for asked in self.asked if asked.startswith(path)]

    def build_answer(self, request: web.Request, *, empty: bool) -> tuple[int, bytes, str]:
        if request.path in self.files:
            return super().build_answer(request, empty=empty)
        match request.path.split("/")[1:]:
            case ["list", archive, "new"]:
                day = self.stale.get(archive, self.shown)
                heading = f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B %Y}</h3>"
                return 200, self._render_listing(archive, day, heading, int(request.query["skip"])), "text/html"
            case ["catchup", archive, written]:
                day = date.fromisoformat(written)
                heading = f"<h1>Catchup results for {archive} on {day:%a, %d %b %Y}</h1>"
                skip = (int(request.query["page"]) - 1) * _LISTING_PAGE
                return 200, self._render_listing(archive, day, heading, skip), "text/html"
            case _:
                return super().build_answer(request, empty=empty)

    def _render_listing(self, archive: str, day: date, heading: str, skip: int) -> bytes:
        listed = [] if archive in self.silent else self._list_papers(archive, day)
        total = len(listed)
        shown = [*enumerate(listed, 1)][skip : skip + _LISTING_PAGE]
        sections = "".join(self._render_section(kind, listed, shown, archive) for kind in _HEADINGS)
        nothing = f"<p>No updates for {day:%a, %d %b %Y}. There was no announcement.</p>"
        if heading.startswith("<h3>"):
            nothing = "<p>No updates today.</p>"
        count = f"<div class='paging'>Total of {total} entries</div>" if total or heading.startswith("<h1>") else ""
        body = f"<div id='dlpage'>{heading}{count}{sections or nothing}{count}</div>"
        return f"<!DOCTYPE html><html><head><title>{archive}</title></head><body>{body}</body></html>\n".encode()

    def _list_papers(self, archive: str, day: date) -> list[tuple[Submission, AnnouncementKind]]:
        """The papers of an archive, each as what it is there, in the order of a listing."""
        found = []
        for paper, kind in self.days.get(day, []):
            archives = [term.partition(".")[0] for term in paper.categories]
            if archive in archives and not (kind is CROSS and archives[0] == archive):
                found.append((paper, CROSS if kind is NEW and archives[0] != archive else kind))
        return sorted(found, key=lambda item: ([*_HEADINGS].index(item[1]), item[0].number))

    def _render_section(
        self,
        kind: AnnouncementKind,
        listed: Sequence[tuple[Submission, AnnouncementKind]],
        shown: Sequence[tuple[int, tuple[Submission, AnnouncementKind]]],
        archive: str,
    ) -> str:
        total = sum(own is kind for _, own in listed)
        items = [(number, paper) for number, (paper, own) in shown if own is kind]
        if not items:
            return ""
        words = "showing" if len(items) == total else "showing first" if shown[0][0] == 1 else "continued, showing last"
        heading = f"<h3>{_HEADINGS[kind]} ({words} {len(items)} of {total} entries)</h3>"
        most = len(items) - 1 if archive in self.half else len(items)
        return f"<dl id='articles'>{heading}{''.join(_render_item(*item) for item in items[:most])}</dl>"

    def render_records(self, query: dict[str, str]) -> str:
        """Records by the day on which they were touched: that of their last announcement, in New York."""
        if query["verb"] == "GetRecord":
            return super().render_records(query)
        if "resumptionToken" in query and self.expired:
            self.expired = False
            return render_oai_error("badResumptionToken", "expired")
        name, since, start = (query.get("resumptionToken") or f"{query.get('set', '')}|{query['from']}|0").split("|")
        stamps = {
            paper.number: (day - timedelta(days=1), paper) for day, listed in self.days.items() for paper, _ in listed
        }
        stamps |= {paper.number: (self.shown, paper) for paper in self.touched}
        found = [
            paper
            for stamp, paper in stamps.values()
            if paper.number not in self.untouched
            and stamp.isoformat() >= since
            and any(name.rsplit(":", 1)[-1] in term for term in paper.categories)
        ]
        end = int(start) + RECORDS_PER_PAGE
        return render_oai("ListRecords", found[int(start) : end], f"{name}|{since}|{end}" if end < len(found) else "")


def _render_item(number: int, paper: Submission) -> str:
    """An item of a listing; abstracts have links and words of their own."""
    authors = ", ".join(f"<a href='/search/?query=x'>{escape(name)}</a>" for name in paper.authors)
    return f"""<dt><a name='item{number}'>[{number}]</a>
      <a href ="/abs/{paper.number}" title="Abstract" id="{paper.number}">
        arXiv:{paper.number}
      </a> [<a href="/pdf/{paper.number}" title="Download PDF">pdf</a>]</dt>
    <dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:</span>
      {escape(paper.title)}</div><div class='list-authors'>{authors}</div>
      <p class='mathjax'>{escape(paper.abstract)} See <a href="https://arxiv.org/abs/1706.03762">this</a>:
      Total of 9 entries. No updates today.</p></div></dd>"""


@asynccontextmanager
async def open_announcing_arxiv() -> AsyncIterator[AnnouncingServer]:
    """arXiv, served."""
    async with serve_archive(AnnouncingServer()) as server:
        yield server
