"""arXiv on loopback: its API, HTML pages, figures and PDFs, strict about what is asked and ill when told to be."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TypeVar

from aiohttp import web

from tests.loopback_http import serve_app
from tests.waiting import wait_until

ServerT = TypeVar("ServerT", bound="ArxivServer")
Fault = Callable[[web.Request, bytes], "web.StreamResponse | None"]
OAI_PAGE = 3
"""Records on a page of OAI-PMH; arXiv's have about a thousand."""
_FIELDS = re.compile(r"(?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate):")


@dataclass
class Submission:
    """A paper that the archive has."""

    number: str
    title: str = "A paper"
    abstract: str = "We measure what was only believed."
    authors: tuple[str, ...] = ("Ada Moreno", "Bo Lin")
    version: int = 1
    comment: str = ""
    categories: tuple[str, ...] = ("cs.CV",)
    published: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    updated: datetime | None = None
    html: str | None = None
    pdf: bytes | None = None
    licence: str = "http://creativecommons.org/licenses/by/4.0/"

    def render_entry(self, base: str) -> str:
        """The paper as an Atom entry."""
        authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in self.authors)
        comment = f"<arxiv:comment>{escape(self.comment)}</arxiv:comment>" if self.comment else ""
        terms = "".join(f'<category term="{term}"/>' for term in self.categories)
        return (
            f"<entry><id>http://arxiv.org/abs/{self.number}v{self.version}</id>"
            f"<title>{escape(self.title)}</title><updated>{_format_timestamp(self.updated or self.published)}</updated>"
            f"<published>{_format_timestamp(self.published)}</published><summary>  {escape(self.abstract)}\n</summary>"
            f'{authors}{comment}<arxiv:primary_category term="{self.categories[0]}"/>{terms}'
            f'<link href="{base}/pdf/{self.number}v{self.version}" rel="related" title="pdf"/></entry>'
        )

    def render_record(self) -> str:
        """The paper as an OAI-PMH record, in the format ``arXivRaw``."""
        times = [self.published] * (self.version - 1) + [self.updated or self.published]
        versions = "".join(
            f'<version version="v{number}"><date>{moment:%a, %d %b %Y %H:%M:%S} GMT</date><size>9kb</size></version>'
            for number, moment in enumerate(times, 1)
        )
        comment = f"<comments>{escape(self.comment)}</comments>" if self.comment else ""
        return (
            f"<record><header><identifier>oai:arXiv.org:{self.number}</identifier>"
            f"<datestamp>{times[-1]:%Y-%m-%d}</datestamp></header><metadata>"
            f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{self.number}</id><submitter>Ada Moreno</submitter>'
            f"{versions}<title>{escape(self.title)}</title><authors>{escape(' and '.join(self.authors))}</authors>"
            f"<categories>{' '.join(self.categories)}</categories>{comment}<license>{self.licence}</license>"
            f"<abstract>  {escape(self.abstract)}\n</abstract></arXivRaw></metadata></record>"
        )


@dataclass
class ArxivServer:
    """The server's state: its papers, what was asked, and what goes wrong next, for paths that begin so."""

    url: str = ""
    papers: list[Submission] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    faults: dict[str, deque[str]] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Answers as others recorded them, by path."""
    refused_ids: set[str] = field(default_factory=set)

    @property
    def api(self) -> str:
        return f"{self.url}/api/query"

    @property
    def oai(self) -> str:
        """On a host of its own, as arXiv's is."""
        return f"{self.url.replace('127.0.0.1', 'localhost')}/oai"

    def add(self, *papers: Submission) -> None:
        self.papers += papers

    def fail_next(self, path: str, *faults: str) -> None:
        """The next answers below a path: ``503``, ``503-later``, ``cut``, ``slow``, ``reset`` or ``empty``.

        Also any status, with its Retry-After behind a colon, and the answer's own date after ``@``: ``429:7``.
        """
        self.faults.setdefault(path, deque()).extend(faults)

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.agents.add(request.headers.get("User-Agent", ""))
        fault = next(
            (queue.popleft() for path, queue in self.faults.items() if request.path.startswith(path) and queue), ""
        )
        if fault == "503":
            return web.Response(status=503, headers={"Retry-After": "0"})
        if fault == "503-later":
            return web.Response(status=503, headers={"Retry-After": "100000"})
        if fault[:3].isdigit():
            wait, _, date = fault[4:].partition("@")
            headers = {"Retry-After": wait} if wait else {}
            return web.Response(status=int(fault[:3]), headers=headers | ({"Date": date} if date else {}))
        if fault == "slow":
            await wait_until(lambda: request.transport is None)  # until who asked gives up
        if fault == "reset":
            request.transport.abort()  # type: ignore[union-attr]
            return web.Response()
        status, body, kind = self.build_answer(request, empty=fault == "empty")
        if fault == "cut":
            body = body[: len(body) // 2]
        return web.Response(status=status, body=body, content_type=kind)

    def build_answer(self, request: web.Request, *, empty: bool) -> tuple[int, bytes, str]:
        path = request.path
        if path in self.answers:
            return *self.answers[path], "application/atom+xml"
        if path in self.files:
            body, kind = self.files[path]
            return 200, body, kind
        if path == "/api/query":
            status, feed = self.render_feed(dict(request.query), empty=empty)
            return status, feed.encode(), "application/atom+xml"
        if path == "/oai":
            return 200, self.render_records(dict(request.query)).encode(), "text/xml"
        match = re.fullmatch(r"/(html|pdf)/(\d{4}\.\d{4,5}|[a-z-]+/\d{7})v(\d+)", path)
        paper = next((p for p in self.papers if match and (p.number, str(p.version)) == (match[2], match[3])), None)
        if paper and match and match[1] == "html" and paper.html is not None:
            return 200, paper.html.encode(), "text/html"
        if paper and match and match[1] == "pdf" and paper.pdf is not None:
            return 200, paper.pdf, "application/pdf"
        return 404, b"<html><body>No HTML for this paper</body></html>", "text/html"

    def render_records(self, query: dict[str, str]) -> str:
        """The answer of OAI-PMH: pages of :data:`OAI_PAGE` records."""
        if query["verb"] == "GetRecord":
            number = query["identifier"].removeprefix("oai:arXiv.org:")
            return render_oai("GetRecord", [paper for paper in self.papers if paper.number == number], "")
        asked, since, start = (query.get("resumptionToken") or f"{query.get('set', '')}|{query['from']}|0").split("|")
        found = [
            paper
            for paper in self.papers
            if any(asked.rsplit(":", 1)[-1] in term for term in paper.categories)
            and f"{paper.updated or paper.published:%Y-%m-%d}" >= since
        ]
        end = int(start) + OAI_PAGE
        return render_oai("ListRecords", found[int(start) : end], f"{asked}|{since}|{end}" if end < len(found) else "")

    def render_feed(self, query: dict[str, str], *, empty: bool) -> tuple[int, str]:
        known = {"search_query", "id_list", "start", "max_results", "sortBy", "sortOrder"}
        assert set(query) <= known, f"arXiv knows no {set(query) - known}"
        start, most = int(query.get("start", 0)), int(query.get("max_results", 10))
        assert most <= 2000, "arXiv gives at most 2,000 a call"
        asked = query.get("search_query", "")
        if "search_query" in query and not _FIELDS.search(asked):
            return _render_error(f"{asked} is malformed")
        refused = next((number for number in query.get("id_list", "").split(",") if number in self.refused_ids), "")
        if refused:
            return _render_error(f"incorrect id format for {refused}")
        found = self._find_submissions(query)
        page = [] if empty else found[start : start + most]
        return 200, _render_feed(len(found), "".join(paper.render_entry(self.url) for paper in page), start)

    def _find_submissions(self, query: dict[str, str]) -> list[Submission]:
        if "id_list" in query:
            numbers = [re.sub(r"v\d+$", "", number) for number in query["id_list"].split(",")]
            return [paper for number in numbers for paper in self.papers if paper.number == number]
        found = [paper for paper in self.papers if _matches_query(paper, query["search_query"])]
        if query.get("sortBy") == "lastUpdatedDate":
            found.sort(
                key=lambda paper: paper.updated or paper.published, reverse=query.get("sortOrder") == "descending"
            )
        return found


_TOKEN = re.compile(r'\(|\)|\bAND\b|\bOR\b|\bANDNOT\b|\w+:"[^"]*"|\w+:[^\s()]*')


def _matches_query(paper: Submission, query: str) -> bool:
    """Whether a query finds a paper: terms, AND, OR, ANDNOT and brackets."""
    tokens = deque(_TOKEN.findall(query))

    def parse_term() -> bool:
        token = tokens.popleft()
        if token == "(":
            value = parse_disjunction()
            assert tokens.popleft() == ")"
            return value
        return _matches_term(paper, token)

    def parse_conjunction() -> bool:
        value = parse_term()
        while tokens and tokens[0] in ("AND", "ANDNOT"):
            wanted = tokens.popleft() == "AND"
            value = (parse_term() is wanted) and value
        return value

    def parse_disjunction() -> bool:
        value = parse_conjunction()
        while tokens and tokens[0] == "OR":
            tokens.popleft()
            value = parse_conjunction() or value
        return value

    found = parse_disjunction()
    assert not tokens, f"arXiv cannot read the end of {query}: {tokens}"
    return found


def _matches_term(paper: Submission, term: str) -> bool:
    name, _, value = term.partition(":")
    text = {
        "cat": " ".join(paper.categories),
        "ti": paper.title,
        "abs": paper.abstract,
        "au": " ".join(paper.authors),
        "all": f"{paper.title} {paper.abstract} {' '.join(paper.authors)}",
    }[name]
    return value.strip('"').lower() in text.lower()


def _render_error(words: str) -> tuple[int, str]:
    """An error, as arXiv answers since 2026: HTTP 400, and a feed with the reason."""
    reason = f"https://arxiv.org/api/errors#{words.replace(' ', '_')}"
    entry = f"<entry><id>{escape(reason)}</id><title>Error</title><summary>{escape(words)}</summary></entry>"
    return 400, _render_feed(1, entry)


def render_oai(verb: str, papers: list[Submission], token: str) -> str:
    """An answer of OAI-PMH; an error where it has nothing, as the protocol has it."""
    records = "".join(paper.render_record() for paper in papers)
    body = f"<{verb}>{records}<resumptionToken>{token}</resumptionToken></{verb}>"
    return _wrap_oai(body) if papers else render_oai_error("noRecordsMatch", "nothing")


def render_oai_error(code: str, words: str) -> str:
    """An error of OAI-PMH, which comes with HTTP 200."""
    return _wrap_oai(f'<error code="{code}">{escape(words)}</error>')


def _wrap_oai(body: str) -> str:
    return f'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{body}</OAI-PMH>\n'


def _render_feed(total: int, entries: str, start: int = 0) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"<title>ArXiv Query</title><opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>\n"
    )


def _format_timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ago(number: float) -> datetime:
    """So many days before the morning of 24 November 2026."""
    return datetime(2026, 11, 24, 6, tzinfo=UTC) - timedelta(days=number)


@asynccontextmanager
async def open_archive() -> AsyncIterator[ArxivServer]:
    """The archive, served."""
    async with serve_archive(ArxivServer()) as archive:
        yield archive


@asynccontextmanager
async def serve_archive(archive: ServerT) -> AsyncIterator[ServerT]:
    """An archive, on a port of its own."""
    app = web.Application()
    app.router.add_get("/{path:.*}", archive.handle_request)
    async with serve_app(app) as archive.url:
        yield archive
