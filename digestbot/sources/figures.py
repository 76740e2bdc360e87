"""Figures fetched from their hosts, with a guard around the operator's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from digestbot.domain.digest import Figure

_MOST_BYTES = 10_000_000
"""Telegram takes at most 10 MB of a photo that is uploaded (core.telegram.org/bots/api#sending-files)."""
_SECONDS = 15.0
_AT_ONCE = 8
_KINDS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
"""How the pictures begin that chat platforms show: PNG, JPEG, GIF, WebP."""
_log = structlog.get_logger(__name__)


class Downloads:
    """Fetches figures. Addresses inside the operator's own network are refused, unless ``private`` (for tests)."""

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def all(self, figures: Sequence[Figure]) -> dict[str, bytes]:
        """The pictures that could be had, by the figure's own address."""
        connector = aiohttp.TCPConnector(resolver=None if self._private else _Outside(), limit=_AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True) as session:
            found = await asyncio.gather(*(self._first(session, figure) for figure in figures))
        return {figure.url: content for figure, content in zip(figures, found, strict=True) if content}

    async def _first(self, session: aiohttp.ClientSession, figure: Figure) -> bytes:
        for url in (figure.url, *figure.alternates):
            async with self._slots:
                if content := await self._one(session, url):
                    return content
        return b""

    async def _one(self, session: aiohttp.ClientSession, url: str) -> bytes:
        if not self._private and _is_inside(url):
            return b""
        try:
            async with session.get(url) as response:
                content = await response.content.read(_MOST_BYTES + 1) if response.ok else b""
                while response.ok and len(content) <= _MOST_BYTES and (more := await response.content.readany()):
                    content += more
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            _log.info("figure_not_fetched", reason=type(error).__name__)
            return b""
        return content if len(content) <= _MOST_BYTES and content.startswith(_KINDS) else b""


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
