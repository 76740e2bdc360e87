"""Figures that Telegram cannot fetch: the other host, then our own download, then none."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from digestbot.domain.digest import Figure

_MOST_BYTES = 10_000_000
"""A photo that is uploaded has at most 10 MB (core.telegram.org/bots/api#sending-files)."""
_SECONDS = 15.0
_AT_ONCE = 8
_KINDS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
"""How the pictures begin that Telegram takes as photos: PNG, JPEG, GIF, WebP."""
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


class Pictures:
    """The figures of one message, and how they are shown: what one sending learns, the next ones know.

    ``step`` 0 shows each by its own address, 1 by its other host's, 2 by what was uploaded, and 3 not at all.
    """

    __slots__ = ("_downloads", "_figures", "content", "file_ids", "lock", "step")

    def __init__(self, figures: Sequence[Figure], downloads: Downloads) -> None:
        self._figures = figures
        self._downloads = downloads
        self.step = 0
        self.content: dict[str, bytes] = {}
        self.file_ids: dict[str, str] = {}
        self.lock = asyncio.Lock()

    @property
    def uploading(self) -> bool:
        """Whether the next message carries the files themselves: one at a time, so that the others need not."""
        return self.step == 2 and not self.file_ids

    @property
    def figures(self) -> Sequence[Figure]:
        """The figures that are shown now, in order."""
        if self.step == 2:
            return [figure for figure in self._figures if figure.url in self.content]
        return () if self.step > 2 else self._figures

    @property
    def used_up(self) -> bool:
        """Whether nothing is left to try."""
        return self.step > 2 or not self._figures

    async def after(self, step: int) -> None:
        """Go on from a step that was refused to the next way that can differ, unless another sending did already."""
        async with self.lock:
            if self.step == step:
                await self._next()

    async def _next(self) -> None:
        self.step += 1
        if self.step == 1 and not any(figure.alternates for figure in self._figures):
            self.step = 2
        if self.step == 2:
            self.content = await self._downloads.all(self._figures)
            if not self.content:
                self.step = 3

    def address(self, figure: Figure) -> str:
        """Where Telegram finds the figure in a rich message; empty to leave it out, as what is no web address is."""
        if figure not in self._figures:
            return ""
        if self.step == 2:
            return f"tg://photo?id={self.name(figure)}" if figure.url in self.content else ""
        return "" if self.step > 2 else self.source(figure)

    def source(self, figure: Figure) -> str:
        """The figure's web address at this step."""
        return figure.alternates[0] if self.step == 1 and figure.alternates else figure.url

    def name(self, figure: Figure) -> str:
        """The name of the figure's upload."""
        return f"f{self._figures.index(figure)}"

    def learn(self, result: Any) -> None:  # noqa: ANN401  (the Bot API's JSON)
        """Note the files that Telegram made of what was uploaded, so that it is uploaded once."""
        if self.step == 2 and not self.file_ids:
            ids = list(_photo_ids(result))
            if len(ids) == len(self.figures):
                self.file_ids = dict(zip((figure.url for figure in self.figures), ids, strict=True))


def _photo_ids(value: Any) -> Iterable[str]:  # noqa: ANN401
    """The largest size of each photo in an answer, in the order of the message."""
    if isinstance(value, list):
        for item in value:
            yield from _photo_ids(item)
    elif isinstance(value, dict):
        sizes = value.get("photo")
        if isinstance(sizes, list) and sizes and isinstance(sizes[-1], dict) and "file_id" in sizes[-1]:
            yield str(sizes[-1]["file_id"])
            return
        for item in value.values():
            yield from _photo_ids(item)
