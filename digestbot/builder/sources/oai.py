"""arXiv's other door: OAI-PMH (info.arxiv.org/help/oa), which names licences, and is open when the API is too busy."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from digestbot.builder.candidates import PLAUSIBLE_YEARS, UNDATED, Candidate, bound_categories
from digestbot.builder.sources.arxiv_fields import build_publication
from digestbot.builder.sources.licences import normalize_licence
from digestbot.cards.text import to_one_line
from digestbot.domain.paper import PaperId
from digestbot.domain.paper_text import build_paper
from digestbot.domain.text.lengths import MAX_COMMENT, shorten_text
from digestbot.errors import SourceError
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox

if TYPE_CHECKING:  # the sandbox, which imports this module too, needs no HTTP client
    from digestbot.builder.sources.polite_client import PoliteClient

_MAX_PAGES = 30
"""Pages of about a thousand records each: a week of all of computer science has ten."""
_MAX_HARVESTED_PAGES = 100
"""The same for all of arXiv: two weeks have forty."""
_MAX_PAGE_BYTES = 30_000_000
MAX_RECORDS_BY_ID = 200
"""Papers that are asked for one by one, three seconds each."""
_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_MAX_TOKEN_BYTES = 2_000
_VERSIONS = range(1, 10_000)
"""More is a mistake, and fits into no database."""
_NO_RECORDS = ("noRecordsMatch", "idDoesNotExist")
_EXPIRED = "badResumptionToken"
_PHYSICS = {
    *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex"),
    *("nucl-th", "physics", "quant-ph"),
}
"""Archives that are in the group ``physics``; the others are groups themselves."""


class OaiClient:
    """Asks arXiv by OAI-PMH."""

    def __init__(self, http: PoliteClient, address: str) -> None:
        self._http, self._address = http, address

    async def list_changed(self, sets: Sequence[str], since: datetime) -> list[Candidate]:
        """The papers in these sets (in any, if none are named) that changed since a given time.

        Raises :class:`~digestbot.errors.SourceError`.
        """
        candidates: dict[str, Candidate] = {}
        for name in sets or ("",):
            async for page in self._iter_pages(_build_list_params(name, since.date())):
                candidates |= {found.paper.arxiv_id: found for found in page.candidates if found.updated >= since}
        return list(candidates.values())

    async def iter_touched(
        self, name: str, since: date, token: str = "", wanted: Collection[str] | None = None
    ) -> AsyncIterator[OaiPage]:
        """The pages of all records of a set (of all of arXiv, if it is empty) that were touched since a date.

        Only the ``wanted`` papers are read, if any are named: many records are old. With the ``token`` of a page, those
        after that page. Raises :class:`ExpiredTokenError` if it is too old, and other
        :class:`~digestbot.errors.SourceError`.
        """
        params = {"verb": "ListRecords", "resumptionToken": token} if token else _build_list_params(name, since)
        async for page in self._iter_pages(params, _MAX_HARVESTED_PAGES, wanted):
            yield page

    async def _iter_pages(
        self, params: dict[str, str], most: int = _MAX_PAGES, wanted: Collection[str] | None = None
    ) -> AsyncIterator[OaiPage]:
        for _ in range(most):
            page = await self._fetch_page(params, wanted)
            yield page
            if not page.resumption_token:
                return
            params = {"verb": "ListRecords", "resumptionToken": page.resumption_token}
        raise SourceError(f"arXiv lists more than {most} pages: name categories in the query")

    async def fetch_by_id(self, arxiv_ids: Sequence[str]) -> list[Candidate]:
        """Papers by arXiv ID, one request each, at most 200; what arXiv does not have is omitted."""
        return [found for number in arxiv_ids[:MAX_RECORDS_BY_ID] if (found := await self.fetch_paper(number))]

    async def fetch_paper(self, arxiv_id: str) -> Candidate | None:
        """A paper's record. Raises :class:`~digestbot.errors.SourceError`."""
        params = {"verb": "GetRecord", "metadataPrefix": "arXivRaw", "identifier": f"oai:arXiv.org:{arxiv_id}"}
        page = await self._fetch_page(params)
        return page.candidates[0] if page.candidates else None

    async def _fetch_page(self, params: dict[str, str], wanted: Collection[str] | None = None) -> OaiPage:
        raw = await self._http.get(
            self._address,
            params,
            is_complete=lambda body: body.rstrip().endswith(b"</OAI-PMH>"),
            max_bytes=_MAX_PAGE_BYTES,
            readable_statuses=(400, 404, 422),
        )
        page = await run_in_sandbox(parse_oai, PARSING_SECONDS, raw, frozenset(wanted or ()))
        if page.error.startswith(_EXPIRED):
            raise ExpiredTokenError("arXiv's OAI-PMH does not know any more how far it was read")
        if page.error:
            raise SourceError(f"arXiv's OAI-PMH rejected the request: {page.error}")
        if (size := len(page.resumption_token.encode())) > _MAX_TOKEN_BYTES:
            raise SourceError(f"arXiv's OAI-PMH cannot be read further: its resumption token has {size:,} bytes")
        return page


class ExpiredTokenError(SourceError):
    """A list cannot be continued where it ended: it has to be read from its beginning."""


def _build_list_params(name: str, since: date) -> dict[str, str]:
    params = {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": since.isoformat()}
    return params | ({"set": name} if name else {})


@dataclass(frozen=True, slots=True)
class OaiPage:
    """A page of records; ``error`` is the server's, if it rejected the request."""

    candidates: tuple[Candidate, ...] = ()
    resumption_token: str = ""
    error: str = ""


def list_sets(categories: Iterable[str]) -> tuple[str, ...]:
    """OAI-PMH's names for categories: ``cs.CV`` is ``cs:cs:CV``, ``hep-th`` is ``physics:hep-th``."""
    return tuple(dict.fromkeys(_name_set(category) for category in categories))


def _name_set(category: str) -> str:
    archive, _, subject = category.removesuffix(".*").partition(".")
    parts = (archive, subject) if subject else (archive,) if archive in _PHYSICS - {"physics"} else ()
    return ":".join(("physics" if archive in _PHYSICS else archive, *parts))


def parse_oai(raw: bytes, wanted: frozenset[str] = frozenset()) -> OaiPage:
    """Parse an answer, and of its records those of the ``wanted`` papers, if any are named; for the sandbox."""
    root = ElementTree.fromstring(raw)  # noqa: S314  # in the sandbox, which bounds time and memory
    error = root.find(f"{_OAI}error")
    if error is not None and error.get("code") not in _NO_RECORDS:
        return OaiPage(error=shorten_text(to_one_line(f"{error.get('code')} {error.text or ''}"), MAX_COMMENT))
    records = (record for record in root.iter(f"{_RAW}arXivRaw") if not wanted or _read_text(record, "id") in wanted)
    candidates = tuple(found for record in records if (found := _parse_record(record)))
    token = next(root.iter(f"{_OAI}resumptionToken"), None)
    return OaiPage(candidates, (token.text or "").strip() if token is not None else "")


def _parse_record(record: ElementTree.Element) -> Candidate | None:
    identifier, title = PaperId.parse(_read_text(record, "id")), _read_text(record, "title")
    if identifier is None or not title:
        return None
    versions = list(_iter_versions(record)) or [(1, UNDATED)]
    paper = build_paper(
        PaperId(identifier.base_id, versions[-1][0]),
        title,
        split_authors(_read_text(record, "authors")),
        _read_text(record, "abstract"),
        _read_text(record, "comments"),
        licence=normalize_licence(_read_text(record, "license")),
        publication=build_publication(_read_text(record, "doi"), _read_text(record, "journal-ref")),
    )
    return Candidate(paper, versions[0][1], versions[-1][1], bound_categories(_read_text(record, "categories").split()))


def _read_text(record: ElementTree.Element, name: str) -> str:
    return to_one_line(record.findtext(f"{_RAW}{name}") or "")


def _iter_versions(record: ElementTree.Element) -> Iterator[tuple[int, datetime]]:
    """Each version's number and time, the first one first; what can be no version is left out."""
    found = (_read_version(version) for version in record.iter(f"{_RAW}version"))
    yield from sorted(version for version in found if version)


def _read_version(version: ElementTree.Element) -> tuple[int, datetime] | None:
    try:
        number = int((version.get("version") or "").removeprefix("v"))
        moment = parsedate_to_datetime(version.findtext(f"{_RAW}date") or "")
    except (ValueError, TypeError, OverflowError):
        return None
    if number not in _VERSIONS or moment.year not in PLAUSIBLE_YEARS:
        return None
    return number, moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _drop_notes(text: str) -> str:
    """A text without what is in brackets; a bracket that is never closed stays."""
    kept: list[str] = []
    opened: list[int] = []
    for char in text:
        if char == ")" and opened:
            del kept[opened.pop() :]
            char = " "  # noqa: PLW2901  # what stands in its place
        elif char == "(":
            opened.append(len(kept))
        kept.append(char)
    return "".join(kept)


def split_authors(text: str) -> list[str]:
    """The names in a line such as ``Ada Moreno (1 and 2), Bo Lin (2) and Chen Xu ((1) Ghent, (2) Oslo)``."""
    return [name for part in re.split(r",|;|\band\b", _drop_notes(text)) if (name := to_one_line(part).strip(". "))]
