"""Citations as CSL-JSON, of citation-style-language/schema's ``csl-data.json``, which Zotero and Pandoc read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from digestbot.citations.names import AuthorName
from digestbot.citations.plain import to_plain
from digestbot.citations.record import Citation, CitationKind
from digestbot.citations.ris import find_doi

_TYPES = {
    CitationKind.PREPRINT: "article",
    CitationKind.ARTICLE: "article-journal",
    CitationKind.PROCEEDINGS: "paper-conference",
}


def write_csl(citations: Sequence[Citation]) -> str:
    """The citations as one file."""
    return json.dumps(list(map(_build_item, citations)), ensure_ascii=False, indent=2) + "\n"


def _build_item(citation: Citation) -> dict[str, Any]:
    date = [part for part in (citation.year, citation.month, citation.day) if part]
    item = {
        "id": citation.key,
        "type": _TYPES[citation.kind],
        "title": to_plain(citation.title),
        "author": [_build_name(name) for name in citation.authors.names],
        "container-title": to_plain(citation.venue),
        "issued": {"date-parts": [date]} if date else None,
        "volume": to_plain(citation.volume),
        "issue": to_plain(citation.issue),
        "page": to_plain(citation.pages),
        "publisher": to_plain(citation.publisher) or ("arXiv" if citation.arxiv_id and not citation.venue else ""),
        "number": f"arXiv:{citation.arxiv_id}" if citation.arxiv_id else "",
        "version": str(citation.version or ""),
        "DOI": find_doi(citation),
        "URL": citation.url,
        "keyword": ", ".join(citation.marks.tags),
        "note": citation.marks.note,
    }
    return {name: value for name, value in item.items() if value}


def _build_name(name: AuthorName) -> dict[str, str]:
    if name.literal:
        return {"literal": name.literal}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: value for part, value in parts.items() if value}
