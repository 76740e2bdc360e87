"""Parse pages that came over HTTP: in the sandbox, since anybody may have written them."""

from __future__ import annotations

from dataclasses import dataclass

from digestbot.domain.digest import Digest
from digestbot.errors import PageError, SourceError
from digestbot.pages.markdown import ParsedPage, decode_page, parse_page
from digestbot.pages.page_pictures import locate_beside_address
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox


@dataclass(frozen=True, slots=True)
class PageContents:
    """A parsed page in values that a process can hand over: each problem is its reason and its line."""

    digests: tuple[Digest, ...]
    problems: tuple[tuple[str, int | None], ...]


async def parse_downloaded_page(raw: bytes, address: str) -> ParsedPage:
    """Parse the page at an address.

    Raises :class:`PageError` as :func:`parse_page` does, and if its parser fails or takes too long.
    """
    try:
        contents = await run_in_sandbox(read_page, PARSING_SECONDS, raw, address)
    except PageError:
        raise
    except SourceError as error:
        raise PageError(str(error)) from None
    return ParsedPage(contents.digests, tuple(PageError(reason, line) for reason, line in contents.problems))


def read_page(raw: bytes, address: str) -> PageContents:
    """Decode and parse a page; for the sandbox. Raises :class:`PageError`."""
    page = parse_page(decode_page(raw), locate_picture=locate_beside_address(address))
    return PageContents(page.digests, tuple((problem.reason, problem.line) for problem in page.problems))
