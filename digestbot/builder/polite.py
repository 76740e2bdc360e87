"""HTTP the way public archives ask for it: one request at a time at a host, pauses between them, and patience."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
import structlog

from digestbot.errors import SourceError

_TRIES = 4
_FIRST_WAIT = 3.0
_LONGEST_WAIT = 120.0
"""Seconds of Retry-After that are waited for; who asks for more is asked again another day."""
_MOST_BYTES = 50_000_000
_AGENT = "digestbot (a self-hosted digest of new papers)"
_log = structlog.get_logger(__name__)


class NotThereError(SourceError):
    """The server has not got it, and will not have it when asked again."""


class Polite:
    """Fetches addresses. ``pause`` is the seconds between two requests to one host (arXiv asks for 3:
    info.arxiv.org/help/api/tou.html); all that is fetched with this object keeps it together.
    """

    def __init__(self, pause: float, timeout: float = 60.0, patience: float = 1.0) -> None:
        self._pause, self._patience = pause, patience
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=15)
        self._turns: defaultdict[str, _Turn] = defaultdict(_Turn)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def get(
        self, url: str, params: Mapping[str, str] | None = None, *, good: Callable[[bytes], bool] = bool
    ) -> bytes:
        """The body at an address; one that is not ``good`` (cut off, empty for no reason) is asked for again.

        Raises :class:`NotThereError` where there is nothing, and :class:`~digestbot.errors.SourceError` where nothing
        was to be had after several tries.
        """
        host = urlsplit(url).hostname or url
        turn = self._turns[host]
        trouble = ""
        for attempt in range(_TRIES):
            async with turn.lock:
                await turn.come(self._pause)
                try:
                    return await self._once(url, params, good)
                except _AgainError as again:
                    trouble = again.reason
                    wait = _FIRST_WAIT * 2**attempt * self._patience if again.after is None else again.after
                    if wait > _LONGEST_WAIT or attempt == _TRIES - 1:
                        break
                    _log.info("asked_to_wait", host=host, reason=trouble, seconds=round(wait, 1))
                    await asyncio.sleep(wait)  # inside the turn: whoever waits behind would be refused too
        raise SourceError(f"{host} cannot be read now: {trouble}")

    async def _once(self, url: str, params: Mapping[str, str] | None, good: Callable[[bytes], bool]) -> bytes:
        if self._session is None:
            headers = {"User-Agent": _AGENT}
            self._session = aiohttp.ClientSession(timeout=self._timeout, headers=headers, trust_env=True)
        try:
            async with self._session.get(url, params=params) as response:
                _refuse(response)
                body = await _body(response)
        except TimeoutError:
            raise _AgainError("no answer in time") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise _AgainError(f"the connection broke ({type(error).__name__})") from None
        if not good(body):
            raise _AgainError("the answer was cut off")
        return body


class _AgainError(Exception):
    """Not now. ``after`` is in seconds, where the server named it."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        self.reason, self.after = reason, after
        super().__init__(reason)


class _Turn:
    """Whose turn it is at a host."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._next = 0.0

    async def come(self, pause: float) -> None:
        """Wait until the host may be asked again."""
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + pause


def _refuse(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == 429 or status >= 500:
        raise _AgainError(f"it answered {status}", _seconds(response.headers.get("Retry-After", "")))
    if status >= 400:
        raise NotThereError(f"{response.url.host} answered {status} to {response.url.path}")


def _seconds(text: str) -> float | None:
    return float(text) if text.strip().isdigit() else None


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise NotThereError(f"{response.url.host}{response.url.path} is larger than {_MOST_BYTES // 1_000_000} MB")
    return bytes(body)
