"""Whatever a page, a feed or a host says, nothing in the operator's own network is asked, unless it was named."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.domain.digest import Figure
from digestbot.errors import SourceError
from digestbot.figures.downloads import FigureDownloader
from digestbot.net import downloads as module
from digestbot.net.downloads import MAX_REDIRECTS, DownloadClient, RefusedAddressError, read_body
from digestbot.pages.fetch import PageFetcher, PageLocation
from tests.waiting import HANG_SECONDS

PICTURE = b"\x89PNG\r\n\x1a\n"
OUTSIDE, INSIDE = "127.0.0.2", "127.0.0.1"


@dataclass
class WebHost:
    """A host that answers with a picture, or leads elsewhere from some paths."""

    address: str
    port: int = 0
    asked: list[str] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[request.path]})
        return web.Response(body=PICTURE)


@asynccontextmanager
async def open_host(address: str) -> AsyncIterator[WebHost]:
    host, app = WebHost(address), web.Application()
    app.router.add_get("/{tail:.*}", host.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, address, 0).start()
    host.port = runner.addresses[0][1]
    try:
        yield host
    finally:
        await runner.cleanup()


@pytest.fixture
async def inside() -> AsyncIterator[WebHost]:
    """A host in our own network."""
    async with open_host(INSIDE) as host:
        yield host


@pytest.fixture
async def outside(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebHost]:
    """A host on the Internet, as which one address of this machine counts here."""
    monkeypatch.setattr(module, "is_public_address", lambda address: address == OUTSIDE)
    async with open_host(OUTSIDE) as host:
        yield host


FORMS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://127.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost.:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://user:word@127.0.0.1:{port}/",
    "http://127.0.0.2@127.0.0.1:{port}/",
    "http://127.0.0.2#@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@127.0.0.2/",
    "//127.0.0.1:{port}/",
    "\\\\127.0.0.1:{port}\\",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "data:text/plain,hello",
    "http://",
    "http://[x",
    "http://127.0.0.1:99999/",
]
"""How a host in our own network may be written; the port is that of one that is there."""


async def fetch_picture(url: str, *, allow: bool) -> bytes:
    return (await FigureDownloader(allow_private_hosts=allow).fetch_all([Figure(url)])).get(url, b"")


async def fetch_page(url: str, *, allow: bool) -> bytes:
    async with PageFetcher(1_000, allow_private_hosts=allow) as fetcher:
        return (await fetcher.fetch(PageLocation(url))).raw or b""


async def fetch_source(url: str, *, allow: bool) -> bytes:
    async with PoliteClient(0, wait_factor=0, allow_private_hosts=allow) as client:
        return await client.get(url)


USERS = [fetch_picture, fetch_page, fetch_source]
"""Whatever fetches what others name: figures, pages, and feeds, HTML and PDFs."""


async def try_fetch(fetch: Any, url: str, *, allow: bool = False) -> bytes:
    found = b""
    try:
        found = await fetch(url, allow=allow)
    except SourceError as error:
        found = b"shown: word" if "word" in str(error) else b""
    return found


@pytest.mark.parametrize("fetch", USERS)
async def test_no_address_of_our_own_network_is_asked_however_it_is_written(fetch: Any, inside: WebHost) -> None:
    for form in FORMS:
        assert await try_fetch(fetch, form.format(port=inside.port)) == b"", form
    assert inside.asked == []
    assert await fetch(inside.url, allow=True) == PICTURE


@pytest.mark.parametrize("fetch", USERS)
async def test_a_host_outside_leads_nobody_into_our_own_network(fetch: Any, inside: WebHost, outside: WebHost) -> None:
    for number, form in enumerate(FORMS):
        outside.redirects |= {f"/{number}": f"/then/{number}", f"/then/{number}": form.format(port=inside.port)}
    for number, form in enumerate(FORMS):
        for allow in (False, True):  # what is named may be inside, where that leads may not
            found = await try_fetch(fetch, f"{outside.url}/{number}", allow=allow)
            if found:  # it led back to the host outside
                assert outside.asked[-1] not in (f"/{number}", f"/then/{number}"), form
    assert inside.asked == []
    assert set(outside.redirects) <= set(outside.asked)


@pytest.mark.parametrize("fetch", USERS)
async def test_five_redirects_are_followed_and_no_sixth(fetch: Any, outside: WebHost) -> None:
    outside.redirects = {f"/{number}": f"{outside.url}/{number + 1}" for number in range(1, 7)}
    assert await fetch(f"{outside.url}/2", allow=False) == PICTURE
    assert outside.asked == [f"/{number}" for number in (2, 3, 4, 5, 6, 7)]
    assert MAX_REDIRECTS == 5
    assert await try_fetch(fetch, f"{outside.url}/1") == b""
    assert "/7" not in outside.asked[6:]


async def test_what_is_inside_may_lead_to_what_is_inside(inside: WebHost, outside: WebHost) -> None:
    inside.redirects = {"/a": "/b", "/b": f"http://localhost:{inside.port}/c"}
    for fetch in USERS:
        assert await fetch(f"{inside.url}/a", allow=True) == PICTURE
    assert inside.asked == ["/a", "/b", "/c"] * len(USERS)


async def test_the_address_that_was_checked_is_the_one_that_is_asked(
    inside: WebHost, outside: WebHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [OUTSIDE, INSIDE]  # a name whose owner changes its mind between two questions
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def resolve_in_turn(host: str, port: object, *rest: Any, **more: Any) -> Any:
        if host != "changing.example":
            return resolve(host, port, *rest, **more)  # type: ignore[arg-type]
        asked.append(host)
        return resolve(answers[min(len(asked), len(answers)) - 1], outside.port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_in_turn)
    for _ in range(3):
        async with DownloadClient(HANG_SECONDS) as client:  # none remembers what another one was told
            try:
                async with client.open(f"http://changing.example:{outside.port}/") as response:
                    assert await read_body(response, 100) == PICTURE
            except RefusedAddressError:
                assert len(asked) > 1
    assert len(asked) == 3
    assert (len(outside.asked), inside.asked) == (1, [])


@pytest.mark.parametrize("fetch", USERS)
async def test_no_proxy_is_asked_for_what_is_inside(
    fetch: Any, outside: WebHost, inside: WebHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", inside.url)  # it answers as a proxy does: with what the host would
    assert await fetch("http://figures.example/1.png", allow=False) == PICTURE
    inside.redirects = {"/away": "http://0x7f.1:9/"}
    for url in ("http://127.0.0.1:9/secret", "http://localhost:9/secret", "http://figures.example/away"):
        assert await try_fetch(fetch, url) == b""
    assert inside.asked == ["/1.png", "/away"]


async def test_a_host_that_keeps_leading_on_slowly_has_its_time_all_together() -> None:
    async def lead_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")  # and nothing comes
        await reader.read()
        writer.close()

    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(lead_on, INSIDE, 0)
        stack.callback(server.close)
        client = await stack.enter_async_context(DownloadClient(0.2, allow_private_hosts=True))
        with pytest.raises(TimeoutError):
            async with client.open(f"http://{INSIDE}:{server.sockets[0].getsockname()[1]}/") as response:
                await read_body(response, 1000)


async def test_a_refusal_names_the_host_and_the_setting_and_no_secret(inside: WebHost) -> None:
    for fetch in (fetch_page, fetch_source):
        with pytest.raises(SourceError) as caught:
            await fetch(f"http://user:word@localhost:{inside.port}/?key=word", allow=False)
        assert "localhost is in a private network: DIGESTBOT_ALLOW_PRIVATE_HOSTS=true allows" in str(caught.value)
        assert "word" not in str(caught.value)


async def test_a_host_that_does_not_come_to_the_end_of_its_headers_is_left() -> None:
    sent = 0

    async def send_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        with suppress(OSError):
            for sent in range(20_000):  # how far it came
                writer.write(b"X-%d: %b\r\n" % (sent, b"a" * 4_000))
                await writer.drain()
        writer.close()

    async with (
        await asyncio.start_server(send_headers, INSIDE) as server,
        DownloadClient(HANG_SECONDS, allow_private_hosts=True) as client,
    ):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(aiohttp.ClientError):
            async with client.open(f"http://{INSIDE}:{port}/"):
                pass
    assert sent < 20_000 - 1
