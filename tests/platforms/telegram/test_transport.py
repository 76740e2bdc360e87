"""The transport alone: what left and what did not, and that no error names the token."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import NetworkError, TelegramError

from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.platforms.telegram.errors import to_delivery_error
from digestbot.platforms.telegram.transport import AiohttpRequest, FloodError, MaybeSentError
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi, build_error_page
from tests.platforms.telegram.botapi.world import BOT_ID


@pytest.fixture
async def plain(api: BotApi) -> AsyncIterator[Bot]:
    bot = Bot(TOKEN, base_url=f"{api.url}/bot", request=AiohttpRequest(4, read_timeout=1.0))
    async with bot:
        yield bot


@pytest.fixture
def reader(api: BotApi) -> Person:
    reader = Person(api)
    reader.chat.members[BOT_ID] = "member"
    return reader


async def test_text_goes_out_as_json_and_comes_back_the_same(plain: Bot, reader: Person) -> None:
    text = "高斯 \U0001f9ec “é” <b>"
    await plain.send_message(reader.id, text)
    assert reader.chat.messages[0].text == text


async def test_files_go_out_as_multipart(plain: Bot, api: BotApi, reader: Person) -> None:
    await plain.send_photo(reader.id, InputFile(b"\x89PNG\r\n\x1a\n" + b"0" * 100, filename="a.png"))
    assert len(next(iter(api.list_calls("sendPhoto")[0].files.values()))) == 108


@pytest.mark.parametrize(
    ("kind", "error", "ambiguous"),
    [
        (429, FloodError, False),
        (500, NetworkError, False),
        (502, NetworkError, False),
        ("timeout", MaybeSentError, True),
        ("timeout-after", MaybeSentError, True),
        ("reset", MaybeSentError, True),
        ("late", MaybeSentError, True),
        ("reset-after", MaybeSentError, True),
        ("unread", MaybeSentError, True),
        ("cut-head", MaybeSentError, True),
        ("cut-body", MaybeSentError, True),
    ],
)
async def test_each_fault_is_told_apart(plain: Bot, api: BotApi, reader: Person, kind, error, ambiguous: bool) -> None:
    api.fail_next("sendMessage", kind, retry_after=7)
    with pytest.raises(error) as raised:
        await plain.send_message(reader.id, "hello")
    found = to_delivery_error(raised.value)
    assert isinstance(found, AmbiguousDeliveryError) is ambiguous
    assert (found.retry_after if isinstance(found, RateLimitedError) else None) == (7 if kind == 429 else None)
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    await plain.send_message(reader.id, "and on")


@pytest.mark.parametrize(
    ("status", "body", "seconds"),
    [
        (429, '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7"}', 5.0),
        (429, '{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":7}}', 7.0),
        (429, '{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":null}}', 5.0),
        (429, '{"ok":false,"error_code":429,"description":"x","parameters":{}}', 5.0),
        (429, '{"ok":false,"error_code":429,"description":"x","parameters":null}', 5.0),
        (429, "[]", 5.0),
        (429, '"slow down"', 5.0),
        (429, "", 5.0),
        (429, build_error_page(429, "cloudflare"), 5.0),
        (413, build_error_page(413), None),
        (502, build_error_page(502), None),
        (503, "", None),
        (504, build_error_page(504, "cloudflare"), None),
        (200, build_error_page(200), None),
        *((status, build_error_page(status), None) for status in (301, 302, 303, 307, 308)),
    ],
)
async def test_what_stands_before_telegram_is_neither_a_refusal_nor_a_doubt(
    plain: Bot, api: BotApi, reader: Person, status: int, body: str, seconds: float | None
) -> None:
    elsewhere = f"{api.url}/bot{TOKEN}/sendMessage"  # where a redirected message would be taken
    api.fail_next("sendMessage", status, body=body, headers={"Retry-After": "9", "Location": elsewhere})
    with pytest.raises(TelegramError) as raised:
        await plain.send_message(reader.id, "hello")
    found = to_delivery_error(raised.value)
    assert type(found) is (TemporaryDeliveryError if seconds is None else RateLimitedError)
    assert (found.retry_after if isinstance(found, RateLimitedError) else None) == seconds
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    await plain.send_message(reader.id, "and on")
    assert [message.text for message in reader.chat.messages] == ["and on"]


async def test_what_is_done_after_the_client_gave_up_is_done_all_the_same(
    plain: Bot, api: BotApi, reader: Person
) -> None:
    api.fail_next("sendMessage", "late")
    with pytest.raises(MaybeSentError):
        await plain.send_message(reader.id, "hello")
    await api.wait_until(lambda: reader.chat.messages)
    assert [message.text for message in reader.chat.messages] == ["hello"]


async def test_a_file_that_is_cut_off_on_its_way_may_have_been_sent(plain: Bot, api: BotApi, reader: Person) -> None:
    api.fail_next("sendPhoto", "unread")
    with pytest.raises(MaybeSentError):
        await plain.send_photo(reader.id, InputFile(b"\x89PNG\r\n\x1a\n" + bytes(900_000), filename="a.png"))
    assert reader.chat.messages == []


async def test_where_nothing_listens_nothing_left(port: int) -> None:
    async with AiohttpRequest(1) as request:
        with pytest.raises(NetworkError) as raised:
            await request.post(f"http://127.0.0.1:{port}/bot{TOKEN}/getMe")
    assert not isinstance(raised.value, MaybeSentError)
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    assert "no connection" in str(raised.value)


async def test_after_the_end_it_says_that_it_is_closed() -> None:
    request = AiohttpRequest(1)
    with pytest.raises(NetworkError, match="closed"):
        await request.post("http://127.0.0.1/")


async def test_a_proxys_error_page_is_no_answer(port: int) -> None:
    async def serve_page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Blocked</html>", status=200)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", serve_page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with AiohttpRequest(1) as request:
        with pytest.raises(TelegramError, match="no JSON"):
            await request.post(f"http://127.0.0.1:{port}/bot{TOKEN}/getMe")
    await runner.cleanup()


async def test_the_pool_is_bounded(api: BotApi, reader: Person) -> None:
    open_at_once, most = 0, 0

    async def count_connection(request: web.Request) -> web.Response:
        nonlocal open_at_once, most
        open_at_once += 1
        most = max(most, open_at_once)
        await asyncio.sleep(0.01)
        open_at_once -= 1
        return web.json_response({"ok": True, "result": True})

    app = web.Application()
    app.router.add_post("/{tail:.*}", count_connection)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    async with AiohttpRequest(3) as request:
        await asyncio.gather(*(request.post(f"http://127.0.0.1:{served}/x") for _ in range(30)))
    await runner.cleanup()
    assert most == 3


async def test_a_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def record_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"ok":true,"result":"here"}'[:-1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(record_request, "127.0.0.1", 0)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("NO_PROXY", "")
    async with AiohttpRequest(1) as request:
        with pytest.raises(TelegramError):
            await request.post("http://telegram.invalid/x")
    server.close()
    assert asked[0].startswith("POST http://telegram.invalid/x")


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (403, "Forbidden: bot was kicked from the supergroup chat", PermanentDeliveryError),
        (400, "Bad Request: not enough rights to send text messages to the chat", PermanentDeliveryError),
        (400, "Bad Request: message thread not found", PermanentDeliveryError),
        (400, "Bad Request: can't parse entities: Unclosed start tag at byte offset 3", RejectedMessageError),
        (400, "Bad Request: message is too long", RejectedMessageError),
    ],
)
async def test_what_telegram_says_of_a_chat_and_of_a_message_is_told_apart(
    plain: Bot, api: BotApi, reader: Person, code: int, words: str, kind: type[DeliveryError]
) -> None:
    api.fail_next("sendMessage", code, description=words)
    with pytest.raises(TelegramError) as raised:
        await plain.send_message(reader.id, "hello")
    error = to_delivery_error(raised.value)
    assert type(error) is kind
    assert error.reason.lower() in words.lower()
