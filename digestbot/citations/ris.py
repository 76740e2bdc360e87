"""Citations as RIS, written by rispy: one paper a record, each field on a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rispy import RisWriter

from digestbot.citations.names import AuthorName
from digestbot.citations.plain import to_plain
from digestbot.citations.record import Citation, CitationKind
from digestbot.late_patterns import compile_late

_TYPES = {CitationKind.PREPRINT: "GEN", CitationKind.ARTICLE: "JOUR", CitationKind.PROCEEDINGS: "CONF"}
_PAGES = compile_late(r"(\S+?)\s?[-–—]{1,2}\s?(\S+)")


class _PlainWriter(RisWriter):  # type: ignore[misc]  # rispy has no types
    """Writes no numbers between the records, which not all that read them expect."""

    def set_header(self, count: int) -> str:  # noqa: ARG002
        return ""


def write_ris(citations: Sequence[Citation]) -> str:
    """The citations as one file."""
    records = [{name: value for name, value in _build_record(one).items() if value} for one in citations]
    return str(_PlainWriter().formats(records)).strip() + "\n" if records else ""


def _build_record(citation: Citation) -> dict[str, Any]:
    """The record, by rispy's names. Whoever has no comma in the name is a group to those who read it."""
    pages = _PAGES.fullmatch(citation.pages)
    return {
        "type_of_reference": _TYPES[citation.kind],
        "id": citation.key,
        "title": to_plain(citation.title),
        "authors": [_format_name(name) for name in citation.authors.names],
        "secondary_title": to_plain(citation.venue) or ("arXiv" if citation.arxiv_id else ""),
        "year": str(citation.year or ""),
        "date": _format_date(citation),
        "volume": to_plain(citation.volume),
        "number": to_plain(citation.issue),
        "start_page": pages[1] if pages else to_plain(citation.pages),
        "end_page": pages[2] if pages else "",
        "publisher": to_plain(citation.publisher) or ("arXiv" if citation.arxiv_id and not citation.venue else ""),
        "note": f"arXiv:{citation.arxiv_id}" if citation.arxiv_id else "",
        "edition": f"v{citation.version}" if citation.version else "",
        "doi": find_doi(citation),
        "urls": [citation.url],
        "keywords": list(citation.marks.tags),
        "notes": [citation.marks.note] if citation.marks.note else [],
    }


def find_doi(citation: Citation) -> str:
    """The DOI: the publisher's, else the one that arXiv registers for each of its papers."""
    return citation.doi or (f"10.48550/arXiv.{citation.arxiv_id}" if citation.arxiv_id else "")


def _format_name(name: AuthorName) -> str:
    if name.literal:
        return name.literal.replace(",", " ").replace("  ", " ")
    family = " ".join(filter(None, (name.particle, name.family)))
    return ", ".join(filter(None, (family, name.given, name.suffix)))


def _format_date(citation: Citation) -> str:
    """As RIS has it: ``2024/10/24/``, each part empty where it is not known."""
    month, day = (f"{part:02}" if part else "" for part in (citation.month, citation.day))
    return f"{citation.year}/{month}/{day}/" if citation.month else ""
