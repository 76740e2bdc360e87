"""What is served to machines: health, metrics, and the webhook's door."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.core.ports import Webhook
from digestbot.errors import SettingsError
from digestbot.store import Database, Store
from digestbot.store.deliveries.delivery_report import PlatformBacklog
from digestbot.web import server, slow_clients
from digestbot.web.metrics import PrometheusMetrics
from digestbot.web.server import build_web_app, open_server
from tests.fakes import ManualClock
from tests.waiting import HANG_SECONDS, wait_until

SECRET = "X-Telegram-Bot-Api-Secret-Token"


@asynccontextmanager
async def open_client(
    store: Store, metrics: PrometheusMetrics | None = None, hooks: Sequence[Webhook] = ()
) -> AsyncIterator[ClientSession]:
    """A client of the served application."""
    served = build_web_app(store, ManualClock("2026-11-24 09:00"), metrics or PrometheusMetrics(), hooks)
    async with open_server(served, "127.0.0.1", 0) as port, ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session


async def test_health_tells_when_the_database_is_away_and_when_it_is_back(settings, tmp_path: Path) -> None:
    store, file = (
        Store(Database(settings.effective_database_url)),
        Path(settings.effective_database_url.partition("///")[2]),
    )
    metrics = PrometheusMetrics()
    metrics.record_outcome("telegram", DeliveryOutcome.SENT, 1.0)
    async with open_client(store, metrics) as session:
        for away in (False, True, False):
            await store.close()  # a connection that is open would go on with the old file
            if away:
                good = await asyncio.to_thread(file.read_bytes)
                await asyncio.to_thread(file.write_bytes, b"no database" * 1000)
            async with session.get("/health") as answer:
                told = (503, "the database does not answer as it should\n") if away else (200, "ok\n")
                assert (answer.status, await answer.text()) == told  # not where it is
            async with session.get("/metrics") as answer:
                assert answer.status == 200
                assert 'deliveries_sent_total{platform="telegram"} 1.0' in await answer.text()
            if away:
                await asyncio.to_thread(file.write_bytes, good)
    await store.close()


async def test_an_update_with_the_secret_goes_to_the_hook_whole_and_its_answer_back(store: Store) -> None:
    taken: list[int] = []

    async def take_update(body: bytes) -> int:
        taken.append(len(body))
        return 418

    async with open_client(store, hooks=[Webhook("/telegram", SECRET, "the-secret".__eq__, take_update)]) as session:
        for size, status in ((1, 418), (1_000_000, 418), (1_000_001, 413), (5_000_000, 413)):

            async def in_pieces(size: int = size) -> AsyncIterator[bytes]:
                for start in range(0, size, 50_000):
                    yield bytes(min(50_000, size - start))

            async with session.post("/telegram", data=in_pieces(), headers={SECRET: "the-secret"}) as answer:
                assert answer.status == status, size
        async with session.post("/telegram", data=b"", headers={SECRET: "the-secret"}) as answer:
            assert answer.status == 418
        for headers in ({}, {SECRET: ""}, {SECRET: "the-secre"}, {SECRET: "the-secret2"}):
            async with session.post("/telegram", data=b"x", headers=headers) as answer:
                assert answer.status == 403
        for method in ("GET", "PUT", "DELETE"):
            async with session.request(method, "/telegram", headers={SECRET: "the-secret"}) as answer:
                assert answer.status == 405
    assert taken == [1, 1_000_000, 0]


async def test_without_a_hook_nothing_takes_updates(store: Store) -> None:
    async with open_client(store) as session, session.post("/telegram", data=b"{}") as answer:
        assert answer.status == 404


async def test_a_port_in_use_is_a_sentence_and_is_free_again_afterwards(store: Store, port: int) -> None:
    served = build_web_app(store, ManualClock("2026-11-24 09:00"), PrometheusMetrics())
    for _ in range(2):
        async with open_server(served, "127.0.0.1", port) as number:
            assert number == port
            with pytest.raises(SettingsError, match=f"DIGESTBOT_PORT: 127.0.0.1:{port} cannot be listened on"):
                async with open_server(served, "127.0.0.1", port):
                    pass


async def test_numbers_are_served_only_where_there_are_any(store: Store) -> None:
    served = build_web_app(store, ManualClock("2026-11-24 09:00"), None)
    async with open_server(served, "127.0.0.1", 0) as port, ClientSession(f"http://127.0.0.1:{port}") as session:
        for path, status in (("/health", 200), ("/metrics", 404)):
            async with session.get(path) as answer:
                assert answer.status == status


async def test_every_answer_says_what_a_browser_may_do_with_it(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(_: Request) -> Response:
        raise RuntimeError("a bug")

    served = build_web_app(store, ManualClock("2026-11-24 09:00"), PrometheusMetrics(), (), [Route("/bug", fail)])
    async with open_server(served, "127.0.0.1", 0) as port, ClientSession(f"http://127.0.0.1:{port}") as session:
        for path, status in (("/health", 200), ("/metrics", 200), ("/nothing", 404), ("/bug", 500)):
            async with session.get(path) as answer:
                assert answer.status == status
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert "Server" not in answer.headers
    assert "request_failed" in capsys.readouterr().out


# Slow clients, and many of them

HALF_HEADERS = b"POST /telegram HTTP/1.1\r\nHost: a\r\nX-Slow: "
HALF_BODY = b"POST /telegram HTTP/1.1\r\nHost: a\r\n%bContent-Length: 900000\r\n\r\n{"
WITH_SECRET = SECRET.encode() + b": the-secret\r\n"


@asynccontextmanager
async def open_slow_server(store: Store) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server with a webhook and a large page; its port, and what the webhook took."""
    taken: list[bytes] = []

    async def take_update(body: bytes) -> int:
        taken.append(body)
        return 200

    async def serve_large_page(_: Request) -> Response:
        return Response(bytes(50_000_000))

    hook = Webhook("/telegram", SECRET, "the-secret".__eq__, take_update)
    routes = [Route("/large", serve_large_page)]
    app = build_web_app(store, ManualClock("2026-11-24 09:00"), None, [hook], routes)
    async with open_server(app, "127.0.0.1", 0) as port:
        yield port, taken


async def begin_request(port: int, start: bytes) -> asyncio.StreamReader:
    """Send the beginning of a request, and no more. The connection stays open as long as the server lets it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    await writer.drain()
    reader.__dict__["writer"] = writer
    return reader


async def read_status(reader: asyncio.StreamReader) -> int | None:
    """The status of the answer; ``None`` if the connection ends without one."""
    async with asyncio.timeout(HANG_SECONDS):
        try:
            return int((await reader.readuntil(b"\r\n")).split()[1])
        except (asyncio.IncompleteReadError, ConnectionError):
            return None


async def test_without_the_secret_no_body_is_waited_for(store: Store) -> None:
    async with open_slow_server(store) as (port, taken):
        readers = [await begin_request(port, HALF_BODY % b"") for _ in range(50)]
        assert [await read_status(reader) for reader in readers] == [403] * 50
    assert taken == []


@pytest.mark.parametrize(
    ("start", "limit", "status"),
    [
        (HALF_HEADERS, (slow_clients, "HEADER_SECONDS"), None),
        (b"", (slow_clients, "HEADER_SECONDS"), None),
        (HALF_BODY % WITH_SECRET, (server, "_BODY_SECONDS"), 408),
        (HALF_BODY % WITH_SECRET, (slow_clients, "REQUEST_SECONDS"), None),
    ],
)
async def test_a_client_that_is_slow_has_its_time_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch, start: bytes, limit: tuple[Any, str], status: int | None
) -> None:
    assert 5 <= getattr(*limit) <= 60
    monkeypatch.setattr(*limit, 0.1)
    async with open_slow_server(store) as (port, taken):
        assert await read_status(await begin_request(port, start)) == status
        monkeypatch.undo()
        whole = b"POST /telegram HTTP/1.1\r\nHost: a\r\n%bContent-Length: 2\r\n\r\n" % WITH_SECRET
        reader = await begin_request(port, whole + b"{")  # in pieces, and two at once
        reader.__dict__["writer"].write(b"}" + whole + b"{}")
        assert await read_status(reader) == 200
        await wait_until(lambda: taken == [b"{}", b"{}"])


async def test_whoever_does_not_take_its_answer_is_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[object] = []
    monkeypatch.setattr(slow_clients, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(H11Protocol, "connection_lost", lambda connection, _: lost.append(connection))
    async with open_slow_server(store) as (port, _):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            await wait_until(lambda: lost)


async def test_no_more_connections_are_held_than_there_is_room_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert slow_clients.MAX_CONNECTIONS <= 500
    monkeypatch.setattr(slow_clients, "MAX_CONNECTIONS", 5)
    async with open_slow_server(store) as (port, _):
        held = [await begin_request(port, HALF_HEADERS) for _ in range(9)]
        assert [await read_status(one) for one in held[:4]] == [None] * 4  # the oldest had to go
        assert await read_status(await begin_request(port, b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")) == 200


async def test_no_slow_client_holds_up_the_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server._STOP_SECONDS <= 5
    monkeypatch.setattr(server, "_STOP_SECONDS", 0.1)
    async with asyncio.timeout(HANG_SECONDS):
        async with open_slow_server(store) as (port, taken):
            starts = (HALF_HEADERS, b"", HALF_BODY % WITH_SECRET, HALF_BODY % b"", b"GET /large HTTP/1.1\r\n\r\n")
            readers = [await begin_request(port, start) for start in starts for _ in range(5)]
            assert await read_status(await begin_request(port, b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")) == 200
        for reader in readers:
            with suppress(ConnectionError):
                await reader.read()  # its end
    assert taken == []


# What the numbers count


def read_samples(metrics: PrometheusMetrics, waiting: list[PlatformBacklog] | None = None) -> dict[str, float]:
    """The samples that are not zero, without the times of their making."""
    lines = [line for line in metrics.render_text(waiting or []).decode().splitlines() if not line.startswith("#")]
    found = {name.removeprefix("digestbot_"): float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
    return {name: value for name, value in found.items() if value and "_created" not in name}


@pytest.mark.parametrize("end", [end for end in DeliveryOutcome if end.is_failure])
def test_a_delivery_that_was_given_up_is_counted_by_its_reason_and_as_nothing_else(end: DeliveryOutcome) -> None:
    metrics = PrometheusMetrics()
    metrics.record_outcome("discord", end, 9.0)
    assert read_samples(metrics) == {f'deliveries_failed_total{{platform="discord",reason="{end.value}"}}': 1}


def test_an_attempt_to_be_made_again_is_counted_as_that_alone() -> None:
    metrics = PrometheusMetrics()
    metrics.record_outcome("telegram", DeliveryOutcome.LATER, 9.0)
    assert read_samples(metrics) == {'deliveries_retried_total{platform="telegram"}': 1}


def test_a_delivery_that_is_out_is_counted_with_its_lag_in_seconds() -> None:
    metrics = PrometheusMetrics()
    metrics.record_outcome("telegram", DeliveryOutcome.SENT, 7.0)
    metrics.record_outcome("telegram", DeliveryOutcome.SENT, 90_000.0)
    metrics.record_outcome("discord", DeliveryOutcome.SENT, -3.0)  # a clock that was set back
    found = read_samples(metrics)
    assert found['deliveries_sent_total{platform="telegram"}'] == 2
    assert found['deliveries_sent_total{platform="discord"}'] == 1
    assert found['delivery_lag_seconds_sum{platform="telegram"}'] == 90_007
    assert 'delivery_lag_seconds_sum{platform="discord"}' not in found
    within = {
        float(name.partition('le="')[2].partition('"')[0]): value
        for name, value in found.items()
        if name.startswith("delivery_lag_seconds_bucket") and "telegram" in name
    }
    assert min(within) == 10
    assert (within[86_400], within[float("inf")]) == (1, 2)
    assert set(within) >= {60, 300, 1800, 3600}  # a minute to an hour, where it is decided whether a morning went well
    assert not [name for name in found if "failed" in name or "retried" in name]


def test_plans_and_waits_are_counted_as_they_are_told() -> None:
    metrics = PrometheusMetrics()
    metrics.count_planned(3)
    metrics.count_planned(4)
    metrics.record_limiter_wait("telegram", 0.25)
    metrics.record_limiter_wait("telegram", 0.5)
    found = read_samples(metrics)
    assert found["deliveries_planned_total"] == 7
    assert found['limiter_wait_seconds_sum{platform="telegram"}'] == 0.75
    assert found['limiter_wait_seconds_bucket{le="0.5",platform="telegram"}'] == 2
    assert 'limiter_wait_seconds_bucket{le="0.1",platform="telegram"}' not in found


def test_what_is_due_is_gone_from_the_numbers_when_it_is_out() -> None:
    metrics, since = PrometheusMetrics(), datetime(2026, 11, 24, tzinfo=UTC)
    both = [PlatformBacklog("telegram", 5, since, 2), PlatformBacklog("discord", 1, since + timedelta(hours=1), 0)]
    due = {'deliveries_due{platform="telegram"}': 5, 'deliveries_due{platform="discord"}': 1}
    assert read_samples(metrics, both) == due
    assert read_samples(metrics, both[1:]) == {'deliveries_due{platform="discord"}': 1}
    assert "deliveries_due{" not in metrics.render_text([]).decode()
