"""Download figures from their hosts."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import aiohttp
import structlog

from digestbot.domain.digest import Figure
from digestbot.errors import SourceError
from digestbot.figures.formats import MAX_PICTURE_BYTES, find_picture_suffix
from digestbot.net.downloads import DownloadClient, read_body

_TIMEOUT_SECONDS = 15.0
_MAX_CONCURRENT = 8
_PROBE_BYTES = 16
_CACHE_SECONDS, _MAX_CACHED_FIGURES = 3600.0, 20_000
_log = structlog.get_logger(__name__)


class FigureAvailability:
    """Checks which figures their hosts serve, and caches the result for an hour."""

    def __init__(self, downloader: FigureDownloader, now: Callable[[], float] = time.monotonic) -> None:
        self._downloader = downloader
        self._now = now
        self._cache: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def find_urls(self, figures: Sequence[Figure], timeout_seconds: float | None = None) -> dict[str, str]:
        """A working URL for each figure, by the figure's own URL. Unavailable figures are omitted.

        After ``timeout_seconds`` unchecked figures count as available, since a user is waiting.
        """
        unknown = {figure.url: figure for figure in figures if self._get_cached_url(figure.url) is None}
        if unknown:
            tasks = [asyncio.create_task(self._update_cache(figure)) for figure in unknown.values()]
            _, unfinished = await asyncio.wait(tasks, timeout=timeout_seconds)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        cached_urls = {figure.url: self._get_cached_url(figure.url) for figure in figures}
        return {
            url: url if cached_url is None else cached_url
            for url, cached_url in cached_urls.items()
            if cached_url != ""
        }

    def _get_cached_url(self, url: str) -> str | None:
        cached_url, expires_at = self._cache.get(url, ("", 0.0))
        return cached_url if expires_at > self._now() else None

    async def _update_cache(self, figure: Figure) -> None:
        self._cache[figure.url] = (await self._downloader.find_url(figure), self._now() + _CACHE_SECONDS)
        self._cache.move_to_end(figure.url)
        while len(self._cache) > _MAX_CACHED_FIGURES or next(iter(self._cache.values()))[1] <= self._now():
            self._cache.popitem(last=False)  # the oldest; the newest is never out of date


class FigureDownloader:
    """Downloads figures; those in private networks only with ``allow_private_hosts`` (for tests)."""

    def __init__(self, *, allow_private_hosts: bool = False) -> None:
        self._allow_private_hosts = allow_private_hosts
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)

    async def fetch_all(self, figures: Sequence[Figure]) -> dict[str, bytes]:
        """The available pictures, by the figure's own URL."""
        async with self._open_client() as client:
            contents = await asyncio.gather(*(self._fetch_first(client, figure) for figure in figures))
        return {figure.url: content for figure, content in zip(figures, contents, strict=True) if content}

    async def find_url(self, figure: Figure) -> str:
        """The first of the figure's URLs that serves a picture; empty if none does."""
        async with self._open_client() as client:
            for url in (figure.url, *figure.mirrors):
                async with self._slots:
                    if await self._fetch_image(client, url, _PROBE_BYTES):
                        return url
        return ""

    def _open_client(self) -> DownloadClient:
        return DownloadClient(
            _TIMEOUT_SECONDS, allow_private_hosts=self._allow_private_hosts, connections=_MAX_CONCURRENT
        )

    async def _fetch_first(self, client: DownloadClient, figure: Figure) -> bytes:
        for url in (figure.url, *figure.mirrors):
            async with self._slots:
                if content := await self._fetch_image(client, url):
                    return content
        return b""

    async def _fetch_image(self, client: DownloadClient, url: str, limit: int | None = None) -> bytes:
        """A picture, or its first ``limit`` bytes; empty if there is none or it is too large."""
        try:
            async with client.open(url) as response:
                content = await read_body(response, limit or MAX_PICTURE_BYTES + 1) if response.ok else b""
        except (SourceError, aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            _log.info("figure_not_fetched", reason=type(error).__name__)
            return b""
        return content if len(content) <= MAX_PICTURE_BYTES and find_picture_suffix(content) else b""
