"""The client for all downloads. It keeps strangers from sending us into the operator's own network.

The check is made where a socket is about to be connected, so that the address that was checked is the one that is
asked: however a page wrote it, and whatever its name resolves to the next time. Redirects are followed by hand, each
one like the first address. TLS verifies the host's name all the same.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from digestbot.errors import SourceError
from digestbot.net.addresses import find_proxy, is_public_address, redact_url

MAX_REDIRECTS = 5
_CONNECT_SECONDS = 15.0
_LOOKUP_SECONDS = 3.0
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)
_CHUNK_BYTES = 1 << 16


class RefusedAddressError(SourceError):
    """An address that is not asked: its host is in a private network, or it leads on too often or elsewhere."""


class DownloadClient:
    """Fetches addresses over HTTP, at most ``timeout_seconds`` each.

    Hosts in private networks are asked only with ``allow_private_hosts``, and then only if they are named directly:
    never if a public host leads there.
    """

    def __init__(
        self,
        timeout_seconds: float,
        *,
        allow_private_hosts: bool = False,
        headers: Mapping[str, str] | None = None,
        connections: int = 100,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._allow_private_hosts = allow_private_hosts
        self._headers = headers
        self._connections = connections
        self._public_session: aiohttp.ClientSession | None = None
        self._unchecked_session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._public_session, self._unchecked_session):
            if session:
                await session.close()

    @asynccontextmanager
    async def open(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response at a URL, or where that leads. It is to be read within the block.

        Raises :class:`RefusedAddressError`, ``aiohttp.ClientError``, ``OSError``, :class:`TimeoutError`, and
        :class:`ValueError` for what is no URL.
        """
        target, may_be_private = URL(url).update_query(params or {}), self._allow_private_hosts
        async with asyncio.timeout(self._timeout_seconds):
            for _ in range(MAX_REDIRECTS + 1):
                response, is_private = await self._request(target, headers, may_be_private=may_be_private)
                async with response:
                    following = _find_redirect(response)
                    if following is None:
                        yield response
                        return
                target, may_be_private = following, may_be_private and is_private
        raise RefusedAddressError(f"it leads on more than {MAX_REDIRECTS} times")

    async def _request(
        self, target: URL, headers: Mapping[str, str] | None, *, may_be_private: bool
    ) -> tuple[aiohttp.ClientResponse, bool]:
        """The response, and whether its host is in a private network."""
        if target.scheme not in ("http", "https") or not target.host:
            raise RefusedAddressError(f"it leads to {redact_url(str(target))}, which is not http:// or https://")
        options: dict[str, Any] = {"headers": headers, "allow_redirects": False, "proxy": find_proxy(str(target))}
        if not options["proxy"]:
            with suppress(_PrivateAddressError):
                return await _request_public(self._open_public_session(), target, options), False
        elif not await _leads_inside(target.host):
            return await self._open_unchecked_session().get(target, **options), False
        if not may_be_private:
            raise RefusedAddressError(
                f"{target.host} is in a private network: DIGESTBOT_ALLOW_PRIVATE_HOSTS=true allows those that you "
                "name yourself"
            )
        return await self._open_unchecked_session().get(target, **options), True

    def _open_public_session(self) -> aiohttp.ClientSession:
        if self._public_session is None:
            self._public_session = self._open_session(
                aiohttp.TCPConnector(limit=self._connections, socket_factory=_open_public_socket)
            )
        return self._public_session

    def _open_unchecked_session(self) -> aiohttp.ClientSession:
        """The session for proxies, which resolve names themselves, and for private hosts."""
        if self._unchecked_session is None:
            self._unchecked_session = self._open_session(aiohttp.TCPConnector(limit=self._connections))
        return self._unchecked_session

    def _open_session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=self._timeout_seconds, connect=_CONNECT_SECONDS)
        jar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=self._headers, cookie_jar=jar)


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, or its first ``limit`` bytes."""
    body = bytearray()
    while len(body) < limit and (chunk := await response.content.read(min(_CHUNK_BYTES, limit - len(body)))):
        body += chunk
    return bytes(body)


class _PrivateAddressError(OSError):
    """A socket was about to be connected to a private network."""


def _open_public_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket for an address that the connector is about to connect to."""
    family, kind, protocol, _, place = address
    if not is_public_address(place[0]):
        raise _PrivateAddressError("not a public address")
    return socket.socket(family, kind, protocol)


async def _request_public(
    session: aiohttp.ClientSession, target: URL, options: dict[str, Any]
) -> aiohttp.ClientResponse:
    """The response of a public host. Raises :class:`_PrivateAddressError`."""
    try:
        return await session.get(target, **options)
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, _PrivateAddressError):
            raise error.os_error from None
        raise


async def _leads_inside(host: str) -> bool:
    """Whether a host that a proxy is to be asked for is in a private network, as far as can be told from here."""
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host.rstrip("."), None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return False
    return not all(is_public_address(str(place[0])) for *_, place in found)


def _find_redirect(response: aiohttp.ClientResponse) -> URL | None:
    target = response.headers.get("Location", "") if response.status in _REDIRECT_STATUSES else ""
    return response.url.join(URL(target)) if target else None
