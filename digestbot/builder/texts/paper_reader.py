"""Reads papers: arXiv's HTML first, then the PDF, and else the abstract only."""

from __future__ import annotations

from dataclasses import replace

import structlog

from digestbot.builder.sources.licences import find_html_licence
from digestbot.builder.sources.polite_client import NotFoundError, PoliteClient, UnavailableError
from digestbot.builder.texts.full_text import ABSTRACT, FullText
from digestbot.builder.texts.html_reader import parse_html
from digestbot.builder.texts.pdf_reader import parse_pdf
from digestbot.domain.paper import Paper
from digestbot.errors import SourceError
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox

_log = structlog.get_logger(__name__)
ABSTRACT_ONLY = FullText(ABSTRACT)
_MAX_HTML_BYTES = 20_000_000
"""Maximum size of a paper's HTML: long ones, with tables, have some megabytes."""


class PaperReader:
    """Reads papers. ``address`` is arXiv's; without ``reads_full_text``, abstracts only."""

    def __init__(self, http: PoliteClient, address: str, *, reads_full_text: bool = True) -> None:
        self._http, self._address, self._reads_full_text = http, address.rstrip("/"), reads_full_text

    async def read_paper(self, paper: Paper, *, needs_text: bool = False) -> FullText:
        """Read as much of a paper as possible; its defects never affect other papers.

        If it ``needs_text``, that the archive does not answer now is no reason to do with the abstract: it raises
        :class:`~digestbot.builder.sources.polite_client.UnavailableError` then.
        """
        if not self._reads_full_text or paper.identifier.is_doi:
            return ABSTRACT_ONLY
        outage: UnavailableError | None = None
        for read in (self._read_html, self._read_pdf):
            try:
                text = await read(paper)
            except NotFoundError:
                continue
            except SourceError as error:
                outage = error if isinstance(error, UnavailableError) else outage
                _log.info(
                    "paper_not_read", paper=str(paper.identifier), how=read.__name__.strip("_"), reason=str(error)
                )
                continue
            except Exception as error:  # noqa: BLE001  # a stranger's file: whatever it does to a parser, go on
                _log.warning("paper_not_read", paper=str(paper.identifier), reason=type(error).__name__)
                continue
            if text.is_paper:
                return text
        if needs_text and outage:
            raise outage
        return ABSTRACT_ONLY

    async def _read_html(self, paper: Paper) -> FullText:
        address = f"{self._address}/html/{paper.identifier}"
        raw = await self._http.get(
            address, is_complete=lambda body: b"</html>" in body[-2000:].lower(), max_bytes=_MAX_HTML_BYTES
        )
        text = await run_in_sandbox(parse_html, PARSING_SECONDS, raw, address)
        return replace(text, licence=find_html_licence(raw))

    async def _read_pdf(self, paper: Paper) -> FullText:
        address = f"{self._address}/pdf/{paper.identifier}"
        return await parse_pdf(await self._http.get(address, is_complete=lambda body: b"%%EOF" in body[-2000:]))
