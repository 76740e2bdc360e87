"""Fetch pages from files, folders and HTTP(S) URLs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from digestbot.errors import PageError, SourceError
from digestbot.net.addresses import redact_url
from digestbot.net.downloads import DownloadClient, RefusedAddressError, read_body

_TIMEOUT_SECONDS = 60.0
_PAGE_SUFFIXES = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class PageLocation:
    """The location of a page: a file or a URL. ``uri`` is its permanent name in the store."""

    uri: str
    path: Path | None = None

    @property
    def display_name(self) -> str:
        """The name shown to people: the path as given, or the URL without possible secrets."""
        return str(self.path) if self.path else redact_url(self.uri)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """A page's bytes and HTTP validators; ``raw`` is ``None`` if it did not change (304)."""

    raw: bytes | None
    etag: str = ""
    last_modified: str = ""


def find_pages(paths_or_urls: Iterable[str]) -> list[PageLocation]:
    """The pages at each path or URL, including every Markdown file in a folder. Raises :class:`SourceError`."""
    locations: dict[str, PageLocation] = {}
    for path_or_url in paths_or_urls:
        for location in _list_locations(path_or_url):
            locations.setdefault(location.uri, location)
    return list(locations.values())


def _list_locations(path_or_url: str) -> list[PageLocation]:
    if is_url(path_or_url):
        return [PageLocation(path_or_url)]
    if "://" in path_or_url:
        raise SourceError(f"{redact_url(path_or_url)}: only http:// and https:// addresses can be loaded")
    path = Path(path_or_url).expanduser()
    if path.is_dir():
        pages = sorted(p for p in path.rglob("*") if p.suffix.lower() in _PAGE_SUFFIXES and p.is_file())
        if not pages:
            raise SourceError(f"{path}: no digest pages in this folder (files ending in .md)")
        return [PageLocation(str(page.resolve()), page) for page in pages]
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    return [PageLocation(str(path.resolve()), path)]


def is_url(path_or_url: str) -> bool:
    """Whether it is an HTTP(S) URL."""
    return path_or_url.lower().startswith(("http://", "https://"))


def compute_fingerprint(raw: bytes) -> str:
    """A hash of a page's content."""
    return hashlib.sha256(raw).hexdigest()


class PageFetcher:
    """Reads pages, from hosts in private networks only with ``allow_private_hosts``."""

    def __init__(self, max_bytes: int, *, allow_private_hosts: bool = False) -> None:
        self._max_bytes = max_bytes
        self._client = DownloadClient(_TIMEOUT_SECONDS, allow_private_hosts=allow_private_hosts)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def fetch(self, location: PageLocation, etag: str = "", last_modified: str = "") -> FetchResult:
        """The page's bytes. Raises :class:`PageError` if it cannot be read or is too large."""
        if location.path:
            return FetchResult(self._read_file(location.path))
        try:
            return await self._download(location.uri, etag, last_modified)
        except TimeoutError:
            raise PageError(f"no answer within {_TIMEOUT_SECONDS:.0f} s: try again later") from None
        except RefusedAddressError as error:
            raise PageError(str(error)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PageError(
                f"cannot be fetched ({type(error).__name__}): is the address right, and its host up?"
            ) from None

    def _read_file(self, path: Path) -> bytes:
        try:
            size = path.stat().st_size
            if size > self._max_bytes:
                raise self._build_size_error(size)
            return path.read_bytes()
        except OSError as error:
            raise PageError(f"cannot be read: {error.strerror}") from None

    async def _download(self, url: str, etag: str, last_modified: str) -> FetchResult:
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent_headers = {name: value for name, value in headers.items() if value}
        async with self._client.open(url, headers=sent_headers) as response:
            if response.status == 304:
                return FetchResult(None, etag, last_modified)
            if response.status != 200:
                raise PageError(f"its host answered {response.status} {response.reason or ''}".rstrip())
            raw = await read_body(response, self._max_bytes + 1)
            if len(raw) > self._max_bytes:
                raise self._build_size_error(len(raw))
            return FetchResult(raw, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))

    def _build_size_error(self, size: int) -> PageError:
        limit = f"{self._max_bytes / 1e6:.0f} MB (DIGESTBOT_MAX_PAGE_MEGABYTES)"
        return PageError(f"is {size / 1e6:.1f} MB or more; a page may have {limit}")
