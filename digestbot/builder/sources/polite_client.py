"""An HTTP client that follows public archives' rules: one request at a time per host, with delays and retries."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from digestbot import __version__
from digestbot.builder.sources.pace import LocalPace, Pace, find_pace_name
from digestbot.errors import SourceError
from digestbot.net.addresses import find_host, redact_url
from digestbot.net.downloads import DownloadClient, read_body

_MAX_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 3.0
_LONGEST_WAIT_SECONDS = 120.0
"""Maximum Retry-After that is waited for, in seconds; beyond it, the host is not asked before."""
_BUSY_SECONDS = 600.0
"""How long a host is left alone that answers 429 to every attempt and does not say how long."""
_BRIEFLY_BUSY_SECONDS = 60.0
"""The same for one that was asked once: it may not have meant it."""
_LONGEST_BUSY_SECONDS = 86_400.0
_HOLD_MARGIN_SECONDS = 10.0
"""How much longer than a request may take its turn is kept: a process that was killed must not keep it for ever."""
MAX_BODY_BYTES = 50_000_000
"""Maximum size of a PDF; what is smaller by nature is given a limit of its own."""
_log = structlog.get_logger(__name__)


class NotFoundError(SourceError):
    """The server does not have the resource; retrying is pointless."""


class TooLargeError(NotFoundError):
    """The server's answer is larger than such an answer can be."""


class UnavailableError(SourceError):
    """The server does not answer now, or asks to be left alone; it may answer later."""


class PoliteClient:
    """Fetches URLs, waiting ``delay_seconds`` between requests to the same host.

    arXiv asks for 3, and for one connection at a time (info.arxiv.org/help/api/tou.html), counting all its servers
    together. ``pace`` keeps both, in this process or for all that share a database. ``contact`` is the operator's, for
    the User-Agent. Hosts in private networks are asked only with ``allow_private_hosts``. ``attempts`` is how often
    what fails is asked for: seldom where a person waits.
    """

    def __init__(
        self,
        delay_seconds: float,
        timeout_seconds: float = 60.0,
        wait_factor: float = 1.0,
        *,
        allow_private_hosts: bool = False,
        contact: str = "",
        pace: Pace | None = None,
        attempts: int = _MAX_ATTEMPTS,
    ) -> None:
        self._delay_seconds, self._wait_factor, self._attempts = delay_seconds, wait_factor, attempts
        self._hold_seconds = timeout_seconds + _HOLD_MARGIN_SECONDS
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pace = pace or LocalPace()
        self._client = DownloadClient(
            timeout_seconds, allow_private_hosts=allow_private_hosts, headers={"User-Agent": build_user_agent(contact)}
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
        readable_statuses: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body at a URL; an incomplete one (truncated, or unexpectedly empty) is requested again.

        ``readable_statuses`` are errors whose body says what is wrong, and is returned. Raises :class:`NotFoundError`
        if there is nothing, or too much, :class:`UnavailableError` after several failed attempts or if the host asked
        to be left alone, and :class:`~digestbot.errors.SourceError` for a host that is not asked.
        """
        host = find_host(url) or redact_url(url)
        request = _Request(url, params, is_complete, max_bytes, frozenset(readable_statuses), headers)
        reason = ""
        for attempt in range(self._attempts):
            async with self._locks[find_pace_name(host)]:
                await self._wait_until_welcome(host)
                try:
                    return await self._get_in_turn(host, request)
                except _RetryError as again:
                    reason = again.reason
                    wait = self._choose_wait(again, attempt)
                    if wait > _LONGEST_WAIT_SECONDS or attempt == self._attempts - 1:
                        await self._leave_alone(host, again, wait)
                        break
                    _log.info("source_rate_limited", host=host, reason=reason, seconds=round(wait, 1))
                    if again.is_refusal:  # whoever asked meanwhile would be refused too
                        await self._pace.close_host(host, wait)
                    else:
                        await asyncio.sleep(wait)
        raise UnavailableError(f"{host} cannot be read now: {reason}")

    async def get_closed_seconds(self, host: str) -> float:
        """For how long a host asked not to be asked, in seconds."""
        return await self._pace.get_closed_seconds(host)

    def _choose_wait(self, again: _RetryError, attempt: int) -> float:
        if again.retry_after is not None:
            return again.retry_after
        return _FIRST_WAIT_SECONDS * float(2**attempt) * self._wait_factor

    async def _wait_until_welcome(self, host: str) -> None:
        """Wait for the end of a time for which the host asked not to be asked; raise if that is far."""
        seconds = await self._pace.get_closed_seconds(host)
        if seconds > _LONGEST_WAIT_SECONDS:
            raise UnavailableError(
                f"{host} is not asked for another {round(seconds / 60)} minutes, since it asked to be left alone"
            )
        await asyncio.sleep(seconds)

    async def _leave_alone(self, host: str, again: _RetryError, wait: float) -> None:
        """Note how long nobody is to ask a host that is too busy for us."""
        seconds = min(wait, _LONGEST_BUSY_SECONDS)
        if again.is_busy and again.retry_after is None:
            seconds = (_BUSY_SECONDS if self._attempts > 1 else _BRIEFLY_BUSY_SECONDS) * self._wait_factor
        if again.is_busy or seconds > _LONGEST_WAIT_SECONDS:
            await self._pace.close_host(host, seconds)

    async def _get_in_turn(self, host: str, request: _Request) -> bytes:
        async with self._pace.open_turn(find_pace_name(host), self._delay_seconds, self._hold_seconds):
            return await self._get_once(request)

    async def _get_once(self, request: _Request) -> bytes:
        try:
            async with self._client.open(request.url, params=request.params, headers=request.headers) as response:
                if response.status not in request.readable_statuses:
                    _check_status(response)
                body = await read_body(response, request.max_bytes + 1)
                is_complete = request.is_complete(body)
                if not is_complete:
                    _check_status(response)
        except TimeoutError:
            raise _RetryError("no answer in time") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise _RetryError(f"the connection broke ({type(error).__name__})") from None
        if len(body) > request.max_bytes:
            raise TooLargeError(f"{redact_url(request.url)} is larger than {request.max_bytes // 1_000_000} MB")
        if not is_complete:
            raise _RetryError("the answer was cut off")
        return body


def build_user_agent(contact: str) -> str:
    """What servers hear: the program, its version, and how to reach whoever runs it."""
    about = "; ".join(filter(None, ("a self-hosted digest of new papers", contact)))
    return f"digestbot/{__version__} ({about})"


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for, and what counts as an answer."""

    url: str
    params: Mapping[str, str] | None
    is_complete: Callable[[bytes], bool]
    max_bytes: int
    readable_statuses: frozenset[int]
    headers: Mapping[str, str] | None = None


class _RetryError(Exception):
    """A temporary failure. ``status`` is the server's, if it refused, and ``retry_after`` in seconds, if it said."""

    def __init__(self, reason: str, retry_after: float | None = None, status: int = 0) -> None:
        self.reason, self.retry_after = reason, retry_after
        self.is_refusal, self.is_busy = bool(status), status == 429
        super().__init__(reason)


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == 429 or status >= 500:
        wait = parse_retry_after(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
        raise _RetryError(f"it answered {status}", wait, status)
    if status >= 400:
        raise NotFoundError(f"{response.url.host} answered {status} to {response.url.path}")


def parse_retry_after(text: str, date: str = "") -> float | None:
    """The seconds that Retry-After names: a number, also with a fraction, or a date (``date`` is the answer's own).

    ``None`` for anything else.
    """
    value = text.strip()
    if re.fullmatch(r"\d{1,9}(?:[.,]\d{0,9})?", value, re.ASCII):
        return float(value.replace(",", "."))
    if (until := _parse_date(value)) is None:
        return None
    now = _parse_date(date) or datetime.fromtimestamp(time.time(), UTC)
    return max(0.0, (until - now).total_seconds())


def _parse_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
