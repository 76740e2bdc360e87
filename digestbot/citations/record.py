"""What a citation tells of a paper, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from digestbot.citations.names import AuthorList, clean_text, parse_authors
from digestbot.domain.paper import Paper
from digestbot.domain.papers.saved_marks import NO_MARKS, SavedMarks
from digestbot.late_patterns import compile_late

_NEW_NUMBER = compile_late(r"(?P<year>\d{2})(?P<month>\d{2})\.\d{4,5}")
_OLD_NUMBER = compile_late(r"[a-z-]+/(?P<year>\d{2})(?P<month>\d{2})\d{3}")
_DATED_DOI = compile_late(r"10\.1101/(?P<year>20\d{2})\.(?P<month>0[1-9]|1[0-2])\.(?P<day>\d{2})\.\d+")
"""DOIs of bioRxiv and medRxiv since December 2019."""
_VENUE = compile_late(r"(?P<name>.+?)(?: (?P<year>(?:19|20)\d{2}))?(?: · (?P<kind>.+))?")
_PROCEEDINGS_KINDS = ("proceedings-article", "book-chapter")
_PREPRINT_SERVERS = {"10.1101/": "bioRxiv/medRxiv", "10.31234/": "PsyArXiv", "10.21203/": "Research Square"}


class CitationKind(StrEnum):
    """What a paper is cited as."""

    PREPRINT = "preprint"
    ARTICLE = "article"
    PROCEEDINGS = "proceedings"


@dataclass(frozen=True, slots=True)
class Citation:
    """A paper as it is cited; each text is empty, and each number 0, where it is not known.

    ``venue`` is the journal or the proceedings, ``arxiv_id`` is empty for papers that are not on arXiv. ``year`` is
    that of the publication, else of the first version; ``submitted_year`` that of the first version alone. ``marks``
    are what the reader wrote beside it. ``key`` tells it from the others of a file.
    """

    kind: CitationKind
    title: str
    authors: AuthorList
    arxiv_id: str = ""
    version: int = 0
    category: str = ""
    doi: str = ""
    url: str = ""
    venue: str = ""
    publisher: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    year: int = 0
    month: int = 0
    day: int = 0
    submitted_year: int = 0
    marks: SavedMarks = NO_MARKS
    key: str = ""


def build_citation(
    paper: Paper, categories: tuple[str, ...] = (), submitted_at: datetime | None = None, marks: SavedMarks = NO_MARKS
) -> Citation:
    """A paper as it is cited: as it was published where that is known, else as a preprint."""
    identifier = paper.identifier
    year, month, day = _find_date(paper.arxiv_id, submitted_at)
    citation = Citation(
        CitationKind.PREPRINT,
        clean_text(paper.title) or str(identifier),
        parse_authors(paper.authors),
        arxiv_id="" if identifier.is_doi else paper.arxiv_id,
        version=0 if identifier.is_doi else paper.version,
        category=categories[0] if categories else "",
        doi=paper.arxiv_id if identifier.is_doi else "",
        url=replace(identifier, version=None).abs_url,
        publisher=_find_server(paper.arxiv_id) if identifier.is_doi else "",
        year=year,
        month=month,
        day=day,
        submitted_year=year,
        marks=marks,
    )
    return _add_publication(_add_venue(citation, paper.venue), paper)


def _find_date(paper_id: str, submitted_at: datetime | None) -> tuple[int, int, int]:
    """When the first version was: as it is known, else as the identifier tells."""
    if submitted_at:
        return submitted_at.year, submitted_at.month, submitted_at.day
    if match := _DATED_DOI.match(paper_id):
        return int(match["year"]), int(match["month"]), int(match["day"])
    match = _NEW_NUMBER.fullmatch(paper_id) or _OLD_NUMBER.fullmatch(paper_id)
    if match is None:
        return 0, 0, 0
    short = int(match["year"])
    return 1900 + short if short > 90 else 2000 + short, int(match["month"]), 0


def _find_server(doi: str) -> str:
    return next((name for prefix, name in _PREPRINT_SERVERS.items() if doi.startswith(prefix)), "")


def _add_venue(citation: Citation, venue: str) -> Citation:
    """Where the authors say that it appears."""
    match = _VENUE.fullmatch(clean_text(venue))
    if match is None:
        return citation
    year = int(match["year"] or 0)
    if _is_journal(match["name"]):
        return _publish(citation, CitationKind.ARTICLE, match["name"], year)
    whole = " ".join(filter(None, (match["name"], match["year"], f"({match['kind']})" if match["kind"] else "")))
    return _publish(citation, CitationKind.PROCEEDINGS, whole, year)


def _publish(citation: Citation, kind: CitationKind, venue: str, year: int) -> Citation:
    """The citation of what was published; of another year than the first version, no month is known."""
    changed = replace(citation, kind=kind, venue=venue, year=year or citation.year)
    return changed if changed.year == citation.year else replace(changed, month=0, day=0)


def _is_journal(name: str) -> bool:
    from digestbot.domain.venues.names import is_journal  # noqa: PLC0415  # late: it reads a table

    return is_journal(name)


def _add_publication(citation: Citation, paper: Paper) -> Citation:
    """What its publisher registered, which is surer than what authors announce."""
    known = paper.publication
    if known.venue:
        is_proceedings = known.kind in _PROCEEDINGS_KINDS
        kind = CitationKind.PROCEEDINGS if is_proceedings else CitationKind.ARTICLE
        is_preprint = known.kind == "posted-content"
        citation = citation if is_preprint else _publish(citation, kind, clean_text(known.venue), known.year)
    if known.year:
        citation = replace(citation, year=known.year, month=known.month, day=known.day)
    return replace(
        citation,
        doi=known.doi or citation.doi,
        publisher=clean_text(known.publisher) or citation.publisher,
        volume=clean_text(known.volume),
        issue=clean_text(known.issue),
        pages=clean_text(known.pages),
    )
