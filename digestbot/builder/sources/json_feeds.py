"""Lists of papers in JSON: Hugging Face, JSON Feed, bioRxiv, Crossref, PLOS, OpenReview, and what is like them.

What they have in common is read: an object with a title and what names the paper. It becomes an entry with
feedparser's names, so that it is treated as one of any other feed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from digestbot.domain.paper import PaperId
from digestbot.errors import SourceError

_TITLES = ("title", "title_display")
_NAMES = ("arxiv_id", "arxivId", "arxiv", "doi", "DOI", "id", "external_url", "url", "URL", "link", "pdf", "html")
_ABSTRACTS = ("abstract", "summary", "content_text", "content_html", "description")
_AUTHORS = ("authors", "author", "author_display")
_DATES = ("published", "publishedAt", "date_published", "published_at", "publication_date", "date", "issued", "pubDate")
_KINDS = ("article_type", "type", "category")
_MAX_DATE = 40
_MILLISECONDS = 1e11
"""A greater number is a time in milliseconds, as OpenReview's are."""


def is_json(raw: bytes) -> bool:
    """Whether a feed is JSON."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{"))


def iter_json_entries(raw: bytes) -> Iterator[dict[str, Any]]:
    """The papers of a list, with feedparser's names. Raises :class:`~digestbot.errors.SourceError`."""
    try:
        yield from list(_iter_entries(json.loads(raw.decode("utf-8-sig"))))
    except (ValueError, RecursionError):
        raise SourceError("the list of papers is broken JSON") from None


def _iter_entries(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  (somebody's JSON)
    if isinstance(value, list):
        for item in value:
            yield from _iter_entries(item)
    elif isinstance(value, dict):
        content = value.get("content")
        if isinstance(value.get("paper"), dict):  # Hugging Face's
            yield from _iter_entries(value["paper"])
        elif isinstance(content, dict) and "title" in content:  # OpenReview's
            yield _build_entry({**value, **content})
        elif _is_paper(value):
            yield _build_entry(value)
        else:
            yield from _iter_entries([part for part in value.values() if isinstance(part, (list, dict))])


def _is_paper(value: Mapping[str, Any]) -> bool:
    """Whether an object is an item of the list, and not the list's own description."""
    if isinstance(value.get("id"), str) and _is_arxiv_id(value["id"]):
        return True
    has_items = any(isinstance(value.get(name), list) for name in ("items", "collection", "docs", "notes", "results"))
    return not has_items and bool(_read_text(value, _TITLES)) and any(_read_text(value, (name,)) for name in _NAMES)


def _is_arxiv_id(text: str) -> bool:
    found = PaperId.parse(text)
    return found is not None and not found.is_doi


def _build_entry(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object with the names that feedparser gives."""
    names = [name for key in _NAMES if (name := _read_text(value, (key,)))]
    return {
        "title": _read_text(value, _TITLES),
        "summary": _read_text(value, _ABSTRACTS),
        "authors": [{"name": name} for name in _iter_authors(_find_authors(value))],
        "links": [{"rel": "alternate", "href": name} for name in names],
        "published_parsed": _read_date(value),
        "tags": [{"term": _read_text(value, (key,))} for key in _KINDS],
        "rights": _read_licence(value),
    }


def _find_authors(value: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return next((found for key in _AUTHORS if (found := _unwrap(value.get(key)))), None)


def _unwrap(value: Any) -> Any:  # noqa: ANN401
    """OpenReview keeps each value in an object of its own."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _read_text(value: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """The first of these values that is a text, or a list of texts, of which it is the first."""
    for key in keys:
        found = _unwrap(value.get(key))
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _iter_authors(value: Any) -> Iterator[str]:  # noqa: ANN401
    """The authors: one text for all of them, or a list of names or of objects with names."""
    if isinstance(value, str):
        yield value
    for author in value if isinstance(value, list) else ():
        if isinstance(author, dict):
            given, family = (str(author.get(key) or "") for key in ("given", "family"))
            yield str(author.get("name") or f"{given} {family}".strip())
        else:
            family, _, given = str(author).partition(",")
            yield f"{given.strip()} {family.strip()}".strip()


def _read_date(value: Mapping[str, Any]) -> Any:  # noqa: ANN401  (a time.struct_time, or nothing)
    for key in _DATES:
        if (moment := _parse_date(_unwrap(value.get(key)))) is not None:
            return moment.utctimetuple()
    created = value.get("cdate") or value.get("tcdate")
    return moment.utctimetuple() if (moment := _parse_date(created)) else None


def _parse_date(value: Any) -> datetime | None:  # noqa: ANN401
    """A date as JSON has it: a text, a number of seconds or milliseconds, or Crossref's parts."""
    try:
        if isinstance(value, dict):
            year, month, day = ([int(part) for part in value["date-parts"][0]] + [1, 1])[:3]
            return datetime(year, month, day, tzinfo=UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
        moment = datetime.fromisoformat(re.sub(r"(?<=\d)Z$", "+00:00", value[:_MAX_DATE].strip()))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_licence(value: Mapping[str, Any]) -> str:
    licence = _unwrap(value.get("license"))
    if isinstance(licence, list) and licence and isinstance(licence[0], dict):  # Crossref's
        licence = licence[0].get("URL")
    return licence if isinstance(licence, str) else ""
