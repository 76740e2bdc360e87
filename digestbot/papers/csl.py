"""What Crossref and doi.org tell about a DOI, as a paper: Crossref's works, and CSL-JSON, of which these are a dialect.

Publishers deposit what they like (https://github.com/CrossRef/rest-api-doc): titles with HTML or MathML, abstracts in
JATS or none, groups as authors, dates without a day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from digestbot.builder.sources.feed_text import strip_markup
from digestbot.builder.sources.licences import normalize_licence
from digestbot.domain.paper import PaperId, PaperLink
from digestbot.domain.paper_text import build_paper
from digestbot.domain.papers.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.domain.publication import Publication
from digestbot.domain.text.lengths import MAX_ABSTRACT, MAX_AUTHORS, MAX_TITLE
from digestbot.errors import SourceError

_YEARS = range(1600, 2101)
_DIGITS_OF_YEAR = 4
_DATES = ("published", "issued", "published-print", "published-online", "posted", "created")
_ABSTRACT_TITLE = re.compile(
    r"(?i)^\s{0,50}(?:<(?:jats:)?(?:p|sec)>\s{0,50})?<(?:jats:)?title>\s{0,50}(?:abstract|summary)[\s.:]{0,50}<"
)
_TITLE_END = re.compile(r"(?i)(?<=[^\s.:?!])\s{0,50}</(?:jats:)?title>")
_ABSTRACT_WORD = re.compile(r"(?i)^abstract\s{0,9}[:.–—-]\s{0,9}")
_RETRACTED_TITLE = re.compile(r"(?i)^\W{0,9}(?:retracted|withdrawn)\b[^:]{0,20}:")
_RETRACTIONS = ("retraction", "withdrawal", "removal")
"""The kinds of an update that takes a paper back (https://www.crossref.org/documentation/crossmark/)."""
_MARKUP_FACTOR = 4
_MAX_NAME_PART = 500
"""How much longer than its text a field with markup may be to be read."""
_MAX_RELATED, _MAX_KIND = 5, 60
_PREPRINTS = ("has-preprint", "is-preprint-of")


def parse_work(raw: bytes, origin: PaperOrigin) -> LookedUpPaper:
    """The paper of an answer; for the sandbox. Raises :class:`~digestbot.errors.SourceError`."""
    answer = _read_json(raw)
    work = answer.get("message", answer) if isinstance(answer, dict) else None
    if not isinstance(work, dict) or (identifier := PaperId.parse(_read_text(work.get("DOI")))) is None:
        raise SourceError("the answer names no paper")
    return _build_paper(work, identifier, origin)


def parse_works(raw: bytes) -> list[LookedUpPaper]:
    """The papers of a list of Crossref's; what names none is left out. Raises SourceError."""
    answer = _read_json(raw)
    message = answer.get("message") if isinstance(answer, dict) else None
    works = _read_list(message.get("items")) if isinstance(message, dict) else []
    named = ((work, PaperId.parse(_read_text(work.get("DOI")))) for work in works if isinstance(work, dict))
    return [_build_paper(work, identifier, PaperOrigin.CROSSREF) for work, identifier in named if identifier]


def _read_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _read_json(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SourceError("the answer is not JSON") from None


def _build_paper(work: Mapping[str, Any], identifier: PaperId, origin: PaperOrigin) -> LookedUpPaper:
    year, month, day = _find_date(work)
    title = _read_markup(work.get("title"), MAX_TITLE)
    paper = build_paper(
        identifier,
        title or identifier.base_id,
        _iter_authors(work.get("author")),
        _read_abstract(work.get("abstract")),
        _find_retraction(work, title),
        licence=_find_licence(work),
        publication=_build_publication(work, identifier, (year, month, day)),
    )
    paper = replace(paper, links=(*paper.links, *_iter_related(work.get("relation"))))
    return LookedUpPaper(paper, origin, (), _to_moment(year, month, day))


def _build_publication(work: Mapping[str, Any], identifier: PaperId, date: tuple[int, int, int]) -> Publication:
    institution = work.get("institution")
    places = institution if isinstance(institution, list) else [institution]
    venue = _read_markup(work.get("container-title"), MAX_TITLE)
    return Publication(
        doi=identifier.base_id,
        venue=venue or next((name for place in places if (name := _read_name(place))), ""),
        publisher=_read_markup(work.get("publisher"), MAX_TITLE),
        kind=_read_text(work.get("type"))[:_MAX_KIND],
        volume=_read_markup(work.get("volume"), MAX_TITLE),
        issue=_read_markup(work.get("issue"), MAX_TITLE),
        pages=_read_markup(work.get("page") or work.get("article-number"), MAX_TITLE),
        year=date[0],
        month=date[1],
        day=date[2],
    )


def _read_text(value: object) -> str:
    """A text, or the first one of a list: Crossref's titles are lists, CSL's are not."""
    if isinstance(value, list):
        value = next((item for item in value if item), "")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _read_markup(value: object, limit: int) -> str:
    return strip_markup(_read_text(value)[: limit * _MARKUP_FACTOR])


def _read_abstract(value: object) -> str:
    """An abstract on one line, without its own title; those of its parts are told from their text."""
    text = _ABSTRACT_TITLE.sub("<", _read_text(value)[: MAX_ABSTRACT * _MARKUP_FACTOR], count=1)
    return _ABSTRACT_WORD.sub("", strip_markup(_TITLE_END.sub(": ", text)).lstrip(": "))


def _iter_authors(value: object) -> Iterator[str]:
    """The names, as they are written in Western order; groups have one name."""
    for author in (value if isinstance(value, list) else [])[:MAX_AUTHORS]:
        if name := _read_name(author):
            yield name


def _read_name(value: object) -> str:
    if not isinstance(value, dict):
        return _read_markup(value, MAX_TITLE) if isinstance(value, str) else ""
    parts = (value.get(name) for name in ("given", "dropping-particle", "non-dropping-particle", "family", "suffix"))
    name = " ".join(text[:_MAX_NAME_PART] for text in map(_read_text, parts) if text)
    return strip_markup(name or _read_text(value.get("name") or value.get("literal"))[: MAX_TITLE * _MARKUP_FACTOR])


def _find_date(work: Mapping[str, Any]) -> tuple[int, int, int]:
    """Year, month and day of the first date that is one; 0 for what is not known."""
    for name in _DATES:
        if (date := _read_date(work.get(name))) and date[0]:
            return date
    return 0, 0, 0


def _read_date(value: object) -> tuple[int, int, int] | None:
    lists = value.get("date-parts") if isinstance(value, dict) else None
    parts = lists[0] if isinstance(lists, list) and lists and isinstance(lists[0], list) else []
    numbers = map(_read_number, parts[:3])
    year, month, day = (*numbers, 0, 0, 0)[:3]
    if year not in _YEARS:
        return None
    is_month = month in range(1, 13)
    is_day = is_month and _to_moment(year, month, day) is not None
    return year, month if is_month else 0, day if is_day else 0


def _read_number(value: object) -> int:
    text = _read_text(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_OF_YEAR else 0


def _to_moment(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _find_licence(work: Mapping[str, Any]) -> str:
    """The licence, if it is one of Creative Commons."""
    licences = work.get("license")
    addresses = (item.get("URL") for item in (licences if isinstance(licences, list) else []) if isinstance(item, dict))
    found = (normalize_licence(_read_text(address)) for address in addresses)
    return next((licence for licence in found if "creativecommons.org" in licence), "")


def _find_retraction(work: Mapping[str, Any], title: str) -> str:
    """The sentence that says that a paper was taken back; empty if it was not."""
    updates = work.get("updated-by")
    kinds = (item.get("type") for item in (updates if isinstance(updates, list) else []) if isinstance(item, dict))
    if any(kind in _RETRACTIONS for kind in kinds) or _RETRACTED_TITLE.match(title):
        return "This paper has been retracted."
    return ""


def _iter_related(value: object) -> Iterator[PaperLink]:
    """The preprint of a paper, and what a preprint became."""
    for name in _PREPRINTS if isinstance(value, dict) else ():
        related = value.get(name)  # type: ignore[attr-defined]  # a dict, as was asked above
        for item in (related if isinstance(related, list) else [])[:_MAX_RELATED]:
            if isinstance(item, dict) and (paper := PaperId.parse(_read_text(item.get("id"))[:300])):
                yield PaperLink(paper.abs_url)
