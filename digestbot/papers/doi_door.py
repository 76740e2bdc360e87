"""Asks for papers by their DOIs: Crossref, and for what it does not know doi.org, which leads to who registered it."""

from __future__ import annotations

from urllib.parse import quote

from digestbot.builder.polite_client import NotFoundError, PoliteClient, TooLargeError, UnavailableError
from digestbot.domain.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.errors import LookupUnavailableError, SourceError
from digestbot.net.addresses import find_host
from digestbot.papers.csl import parse_work
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox

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

    async def _get(self, url: str, origin: PaperOrigin, params: dict[str, str]) -> LookedUpPaper | None:
        headers = _CSL if origin is PaperOrigin.DOI else None
        try:
            raw = await self._http.get(url, params, is_complete=_is_complete, max_bytes=_MAX_BYTES, headers=headers)
        except TooLargeError as error:
            raise SourceError(str(error)) from None
        except NotFoundError:
            return None
        except UnavailableError as error:
            wait = await self._http.get_closed_seconds(find_host(url))
            name = self.name if origin is PaperOrigin.CROSSREF else "doi.org"
            raise LookupUnavailableError(name, str(error), wait or None) from None
        return await run_in_sandbox(parse_work, PARSING_SECONDS, raw, origin)


def _is_complete(body: bytes) -> bool:
    """Whether an answer is complete JSON, as far as its end tells, or something else altogether."""
    return body.rstrip().endswith(b"}") or not body.lstrip().startswith(b"{")
