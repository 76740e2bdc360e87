"""Asks for papers by their DOIs: Crossref, and for what it does not know doi.org, which leads to who registered it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from digestbot.builder.sources.polite_client import NotFoundError, PoliteClient, TooLargeError, UnavailableError
from digestbot.domain.papers.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.errors import LookupUnavailableError, SourceError
from digestbot.net.addresses import find_host
from digestbot.papers.csl import parse_work, parse_works
from digestbot.papers.doors import MAX_TITLES
from digestbot.sandbox import PARSING_SECONDS, run_for_person

_MAX_BYTES = 5_000_000
"""The largest works have thousands of authors and references: some megabytes."""
_CSL = {"Accept": "application/vnd.citationstyles.csl+json"}
"""https://citation.crosscite.org/docs.html"""


class DoiDoor:
    """Crossref's API (https://api.crossref.org) and doi.org. ``contact``, the operator's, is for its polite pool."""

    name = "Crossref"

    def __init__(self, http: PoliteClient, crossref_address: str, doi_address: str, contact: str) -> None:
        self._http = http
        self._crossref, self._doi = crossref_address.rstrip("/"), doi_address.rstrip("/")
        self._params = {"mailto": contact} if "@" in contact and "://" not in contact else {}

    async def fetch_paper(self, identifier: str) -> LookedUpPaper | None:
        """The paper with a DOI; ``None`` if nobody registered it.

        Raises :class:`LookupUnavailableError`, or another :class:`SourceError` for what cannot be read.
        """
        path = quote(identifier, safe="")
        work = await self._get(f"{self._crossref}/works/{path}", PaperOrigin.CROSSREF, self._params)
        return work or await self._get(f"{self._doi}/{path}", PaperOrigin.DOI, {})

    async def search_titles(self, words: str) -> Sequence[LookedUpPaper]:
        """Papers whose bibliographies have these words. Raises what :meth:`fetch_paper` does."""
        params = self._params | {"query.bibliographic": words, "rows": str(MAX_TITLES)}
        raw = await self._fetch(f"{self._crossref}/works", PaperOrigin.CROSSREF, params)
        return await run_for_person(parse_works, PARSING_SECONDS, raw) if raw else ()

    async def _get(self, url: str, origin: PaperOrigin, params: dict[str, str]) -> LookedUpPaper | None:
        raw = await self._fetch(url, origin, params)
        return await run_for_person(parse_work, PARSING_SECONDS, raw, origin) if raw else None

    async def _fetch(self, url: str, origin: PaperOrigin, params: dict[str, str]) -> bytes | None:
        """What is answered; ``None`` if there is nothing."""
        headers = _CSL if origin is PaperOrigin.DOI else None
        try:
            return await self._http.get(url, params, is_complete=_is_complete, max_bytes=_MAX_BYTES, headers=headers)
        except TooLargeError as error:
            raise SourceError(str(error)) from None
        except NotFoundError:
            return None
        except UnavailableError as error:
            wait = await self._http.get_closed_seconds(find_host(url))
            name = self.name if origin is PaperOrigin.CROSSREF else "doi.org"
            raise LookupUnavailableError(name, str(error), wait or None) from None


def _is_complete(body: bytes) -> bool:
    """Whether an answer is complete JSON, as far as its end tells, or something else altogether."""
    return body.rstrip().endswith(b"}") or not body.lstrip().startswith(b"{")
