"""An HTTP client that follows public archives' rules: one request at a time per host, with delays and retries."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from digestbot.errors import SourceError
from digestbot.net.addresses import find_host, redact_url
from digestbot.net.downloads import DownloadClient, read_body

_MAX_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 3.0
_LONGEST_WAIT_SECONDS = 120.0
"""Maximum Retry-After that is waited for, in seconds; beyond it, the request fails until another day."""
MAX_BODY_BYTES = 50_000_000
"""Maximum size of a PDF; what is smaller by nature is given a limit of its own."""
_USER_AGENT = "digestbot (a self-hosted digest of new papers)"
_log = structlog.get_logger(__name__)


class NotFoundError(SourceError):
    """The server does not have the resource; retrying is pointless."""


class PoliteClient:
    """Fetches URLs, waiting ``delay_seconds`` between requests to the same host.

    arXiv asks for 3 (info.arxiv.org/help/api/tou.html). All requests of one client share the delay. Hosts in private
    networks are asked only with ``allow_private_hosts``.
    """

    def __init__(
        self,
        delay_seconds: float,
        timeout_seconds: float = 60.0,
        wait_factor: float = 1.0,
        *,
        allow_private_hosts: bool = False,
    ) -> None:
        self._delay_seconds, self._wait_factor = delay_seconds, wait_factor
        self._hosts: defaultdict[str, _HostQueue] = defaultdict(_HostQueue)
        self._client = DownloadClient(
            timeout_seconds, allow_private_hosts=allow_private_hosts, headers={"User-Agent": _USER_AGENT}
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        is_complete: Callable[[bytes], bool] = bool,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> bytes:
        """The body at a URL; an incomplete one (truncated, or unexpectedly empty) is requested again.

        Raises :class:`NotFoundError` if there is nothing, or too much, and :class:`~digestbot.errors.SourceError`
        after several failed attempts, and for a host that is not asked.
        """
        host = find_host(url) or redact_url(url)
        turn = self._hosts[host]
        reason = ""
        for attempt in range(_MAX_ATTEMPTS):
            async with turn.lock:
                await turn.wait_for_turn(self._delay_seconds)
                try:
                    return await self._get_once(url, params, is_complete, max_bytes)
                except _RetryError as again:
                    reason = again.reason
                    wait = (
                        _FIRST_WAIT_SECONDS * 2**attempt * self._wait_factor
                        if again.retry_after is None
                        else again.retry_after
                    )
                    if wait > _LONGEST_WAIT_SECONDS or attempt == _MAX_ATTEMPTS - 1:
                        break
                    _log.info("asked_to_wait", host=host, reason=reason, seconds=round(wait, 1))
                    await asyncio.sleep(wait)  # while holding the turn: requests queued behind would be refused too
        raise SourceError(f"{host} cannot be read now: {reason}")

    async def _get_once(
        self, url: str, params: Mapping[str, str] | None, is_complete: Callable[[bytes], bool], max_bytes: int
    ) -> bytes:
        try:
            async with self._client.open(url, params=params) as response:
                _check_status(response)
                body = await read_body(response, max_bytes + 1)
        except TimeoutError:
            raise _RetryError("no answer in time") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise _RetryError(f"the connection broke ({type(error).__name__})") from None
        if len(body) > max_bytes:
            raise NotFoundError(f"{redact_url(url)} is larger than {max_bytes // 1_000_000} MB")
        if not is_complete(body):
            raise _RetryError("the answer was cut off")
        return body


class _RetryError(Exception):
    """A temporary failure. ``retry_after`` is in seconds, if the server gave it."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        self.reason, self.retry_after = reason, retry_after
        super().__init__(reason)


class _HostQueue:
    """The request queue of a host."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._next = 0.0

    async def wait_for_turn(self, delay_seconds: float) -> None:
        """Wait until the host may be requested again."""
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + delay_seconds


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == 429 or status >= 500:
        raise _RetryError(f"it answered {status}", _parse_seconds(response.headers.get("Retry-After", "")))
    if status >= 400:
        raise NotFoundError(f"{response.url.host} answered {status} to {response.url.path}")


def _parse_seconds(text: str) -> float | None:
    return float(text) if text.strip().isdigit() else None
