"""Figures fetched from their hosts, with a guard around the operator's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from digestbot.domain.digest import Figure

_MOST_BYTES = 10_000_000
"""Telegram takes at most 10 MB of a photo that is uploaded (core.telegram.org/bots/api#sending-files)."""
_SECONDS = 15.0
_AT_ONCE = 8
_BEGINNING = 16
_MAX_REDIRECTS = 5
_REMEMBERED, _MOST_KNOWN = 3600.0, 20_000
_KINDS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
"""How the pictures begin that chat platforms show: PNG, JPEG, GIF, WebP."""
_log = structlog.get_logger(__name__)


class Shown:
    """Knows which figures can be shown: those that their hosts give, for an hour."""

    def __init__(self, downloads: Downloads, now: Callable[[], float] = time.monotonic) -> None:
        self._downloads = downloads
        self._now = now
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def addresses(self, figures: Sequence[Figure], seconds: float | None = None) -> dict[str, str]:
        """Where each figure is to be had, by its own address; one that is nowhere is not in it.

        What is not known after so many ``seconds`` is taken to be there: somebody waits.
        """
        asked = {figure.url: figure for figure in figures if self._remembered(figure.url) is None}
        if asked:
            looking = [asyncio.create_task(self._look(figure)) for figure in asked.values()]
            _, late = await asyncio.wait(looking, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
        found = {figure.url: self._remembered(figure.url) for figure in figures}
        return {url: url if address is None else address for url, address in found.items() if address != ""}

    def _remembered(self, url: str) -> str | None:
        address, until = self._known.get(url, ("", 0.0))
        return address if until > self._now() else None

    async def _look(self, figure: Figure) -> None:
        self._known[figure.url] = (await self._downloads.where(figure), self._now() + _REMEMBERED)
        self._known.move_to_end(figure.url)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)


class Downloads:
    """Fetches figures. Addresses inside the operator's own network are refused, unless ``private`` (for tests)."""

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def all(self, figures: Sequence[Figure]) -> dict[str, bytes]:
        """The pictures that could be had, by the figure's own address."""
        async with self._session() as session:
            found = await asyncio.gather(*(self._first(session, figure) for figure in figures))
        return {figure.url: content for figure, content in zip(figures, found, strict=True) if content}

    async def where(self, figure: Figure) -> str:
        """The first of the figure's addresses at which a picture is; empty when it is at none."""
        async with self._session() as session:
            for url in (figure.url, *figure.mirrors):
                async with self._slots:
                    if await self._one(session, url, _BEGINNING):
                        return url
        return ""

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(resolver=None if self._private else _Outside(), limit=_AT_ONCE)
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=_SECONDS), trust_env=True)

    async def _first(self, session: aiohttp.ClientSession, figure: Figure) -> bytes:
        for url in (figure.url, *figure.mirrors):
            async with self._slots:
                if content := await self._one(session, url):
                    return content
        return b""

    async def _one(self, session: aiohttp.ClientSession, url: str, most: int | None = None) -> bytes:
        """A picture, or the beginning of ``most`` bytes of one; empty where there is none, or too much of it."""
        content, target = b"", url
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                if not target or (not self._private and _is_inside(target)):
                    break
                async with session.get(target, allow_redirects=False) as response:
                    target = _find_redirect(response)
                    content = await _read(response, most or _MOST_BYTES + 1) if response.ok and not target else b""
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            _log.info("figure_not_fetched", reason=type(error).__name__)
            return b""
        return content if len(content) <= _MOST_BYTES and content.startswith(_KINDS) else b""


def _find_redirect(response: aiohttp.ClientResponse) -> str:
    """Where a host says that the picture is now: followed by hand, since each address may lead inside."""
    there = response.headers.get("Location", "") if response.status in (301, 302, 303, 307, 308) else ""
    return str(response.url.join(URL(there))) if there else ""


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    content = b""
    while len(content) < most and (more := await response.content.read(most - len(content))):
        content += more
    return content


class _Outside(AbstractResolver):
    """Resolves names to public addresses only: a page must not make us look into our own network."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        outside = [result for result in found if ipaddress.ip_address(result["host"]).is_global]
        if not outside:
            raise OSError(None, "not a public address")
        return outside

    async def close(self) -> None:
        await self._inner.close()


def _is_inside(url: str) -> bool:
    """Whether the address names a machine of the private network by number."""
    try:
        host = URL(url).host or ""
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
