"""Pages from files, folders and HTTP(S) addresses."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import aiohttp

from digestbot.errors import PageError, SourceError

_CHUNK = 1 << 16
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=15)
_ENDINGS = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page is: a file or an address. ``uri`` is its lasting name in the store."""

    uri: str
    path: Path | None = None

    @property
    def name(self) -> str:
        """How to name it to a person: the path as it was given, or the address without what may be secret."""
        return str(self.path) if self.path else public(self.uri)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page's bytes, with HTTP's validators; ``raw`` is ``None`` when it did not change (304)."""

    raw: bytes | None
    etag: str = ""
    last_modified: str = ""


def find(places: Iterable[str]) -> list[Origin]:
    """The pages at the places: a file, every Markdown file in a folder, an address. Raises :class:`SourceError`."""
    found: dict[str, Origin] = {}
    for place in places:
        for origin in _at(place):
            found.setdefault(origin.uri, origin)
    return list(found.values())


def _at(place: str) -> list[Origin]:
    if is_address(place):
        return [Origin(place)]
    if "://" in place:
        raise SourceError(f"{place}: only http:// and https:// addresses can be loaded")
    path = Path(place).expanduser()
    if path.is_dir():
        pages = sorted(p for p in path.rglob("*") if p.suffix.lower() in _ENDINGS and p.is_file())
        if not pages:
            raise SourceError(f"{path}: no digest pages in this folder (files ending in .md)")
        return [Origin(str(page.resolve()), page) for page in pages]
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    return [Origin(str(path.resolve()), path)]


def is_address(place: str) -> bool:
    """Whether a place is an HTTP(S) address."""
    return place.lower().startswith(("http://", "https://"))


def public(url: str) -> str:
    """The address without user, password and query, any of which may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{unquote(parts.path)}"


def fingerprint(raw: bytes) -> str:
    """A page's content in short: the same for the same bytes, and only for them."""
    return hashlib.sha256(raw).hexdigest()


class Fetcher:
    """Reads pages; one HTTP session for all of them, opened when the first address needs it."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def read(self, origin: Origin, etag: str = "", last_modified: str = "") -> Fetched:
        """The page's bytes. Raises :class:`PageError` when it cannot be read or is too large."""
        if origin.path:
            return Fetched(self._file(origin.path))
        try:
            return await self._get(origin.uri, etag, last_modified)
        except TimeoutError:
            raise PageError(f"no answer within {_TIMEOUT.total:.0f} s: try again later") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise PageError(
                f"cannot be fetched ({type(error).__name__}): is the address right, and its host up?"
            ) from None

    def _file(self, path: Path) -> bytes:
        try:
            size = path.stat().st_size
            if size > self._most:
                raise self._too_large(size)
            return path.read_bytes()
        except OSError as error:
            raise PageError(f"cannot be read: {error.strerror}") from None

    async def _get(self, url: str, etag: str, last_modified: str) -> Fetched:
        self._session = self._session or aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True)
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent = {name: value for name, value in headers.items() if value}
        async with self._session.get(url, headers=sent) as response:
            if response.status == 304:
                return Fetched(None, etag, last_modified)
            if response.status != 200:
                raise PageError(f"its host answered {response.status} {response.reason or ''}".rstrip())
            raw = b"".join([chunk async for chunk in self._limited(response)])
            return Fetched(raw, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))

    async def _limited(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > self._most:
                raise self._too_large(size)
            yield chunk

    def _too_large(self, size: int) -> PageError:
        return PageError(
            f"is {size / 1e6:.1f} MB or more; a page may have {self._most / 1e6:.0f} MB (DIGESTBOT_PAGE_MEGABYTES)"
        )
