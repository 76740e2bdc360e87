"""Read a paper: arXiv's HTML first, then the PDF, and where there is neither, its abstract alone."""

from __future__ import annotations

import structlog

from digestbot.builder.fulltext import ABSTRACT, FullText
from digestbot.builder.html import read_html
from digestbot.builder.pdf import read_pdf
from digestbot.builder.polite import NotThereError, Polite
from digestbot.domain.paper import Paper
from digestbot.errors import SourceError

_log = structlog.get_logger(__name__)
UNREAD = FullText(ABSTRACT)


class Reader:
    """Reads papers. ``address`` is arXiv's, ``full`` tells whether more than the abstract is wanted."""

    def __init__(self, polite: Polite, address: str, *, full: bool = True) -> None:
        self._polite, self._address, self._full = polite, address.rstrip("/"), full

    async def read(self, paper: Paper) -> FullText:
        """All that can be read of a paper: nothing that is wrong with it is anybody else's trouble."""
        if not self._full or paper.identifier.is_doi:
            return UNREAD
        for read in (self._html, self._pdf):
            try:
                text = await read(paper)
            except NotThereError:
                continue
            except SourceError as error:
                _log.info(
                    "paper_not_read", paper=str(paper.identifier), how=read.__name__.strip("_"), reason=str(error)
                )
                continue
            except Exception as error:  # noqa: BLE001  # a stranger's file: whatever it does to a parser, go on
                _log.warning("paper_not_read", paper=str(paper.identifier), reason=type(error).__name__)
                continue
            if text.is_paper:
                return text
        return UNREAD

    async def _html(self, paper: Paper) -> FullText:
        address = f"{self._address}/html/{paper.identifier}"
        return read_html(await self._polite.get(address, good=lambda body: b"</html>" in body[-2000:].lower()), address)

    async def _pdf(self, paper: Paper) -> FullText:
        address = f"{self._address}/pdf/{paper.identifier}"
        return await read_pdf(await self._polite.get(address, good=lambda body: b"%%EOF" in body[-2000:]))
