"""How archives are asked: in turn, with pauses, again where that helps, and never for too much."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from digestbot import __version__
from digestbot.builder.sources import pace, polite_client
from digestbot.builder.sources.polite_client import NotFoundError, PoliteClient, UnavailableError, parse_retry_after
from digestbot.errors import SourceError
from tests.builder.archive import ArxivServer

MOST = 50_000_000


class RecordingTime:
    """A clock that only waiting moves, and what was waited for."""

    def __init__(self) -> None:
        self.now, self.waits = 1_000.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.waits.append(round(seconds, 3))
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> RecordingTime:
    waits = RecordingTime()
    for module in (polite_client, pace):
        monkeypatch.setattr(module, "asyncio", SimpleNamespace(Lock=asyncio.Lock, sleep=waits.sleep))
        monkeypatch.setattr(module, "time", waits)
    return waits


async def get_error(polite: PoliteClient, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await polite.get(url)
    return caught.value


@pytest.mark.parametrize(
    ("faults", "waited"),
    [
        (["503:"], [3]),  # nothing said: longer each time
        (["500", "429", "502"], [3, 6, 12]),
        (["429:7", "503"], [7]),  # then 0
        (["503:120"], [120]),
        (["503:1", "cut", "cut"], [1, 6, 12]),
        (["503:soon"], [3]),
        (["503:1.5", "429:0.25"], [1.5, 0.25]),
        (["503:Wed, 25 Nov 2026 06:00:00 GMT@Wed, 25 Nov 2026 05:59:20 GMT"], [40]),
        (["503:Wed, 25 Nov 2026 06:00:00 GMT@Wed, 25 Nov 2026 06:00:20 GMT"], []),
    ],
)
async def test_what_may_pass_is_waited_out_as_long_as_the_server_says(
    archive: ArxivServer, waits: RecordingTime, faults: list[str], waited: list[float]
) -> None:
    archive.files["/page"] = (b"<html>a page</html>", "text/html")
    archive.fail_next("/page", *faults)
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        body = await polite.get(f"{archive.url}/page", is_complete=lambda body: body.endswith(b"</html>"))
    assert body == b"<html>a page</html>"
    assert waits.waits == waited
    assert len(archive.asked) == len(faults) + 1


async def test_nobody_waits_longer_than_two_minutes_or_asks_more_than_four_times(
    archive: ArxivServer, waits: RecordingTime
) -> None:
    archive.fail_next("/", "503:121", *["503:2"] * 4, "429:100000")
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        for asked, waited in ((1, []), (5, [2, 2, 2]), (6, [2, 2, 2])):
            error = await get_error(polite, f"{archive.url}/page")
            assert isinstance(error, UnavailableError)
            assert len(archive.asked) == asked
            assert waits.waits == waited
            waits.now += 130


async def test_a_host_that_asked_to_be_left_alone_is_left_alone(archive: ArxivServer, waits: RecordingTime) -> None:
    archive.files["/page"] = (b"well", "text/plain")
    archive.fail_next("/", "503:3600", *["429"] * 4)
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        await get_error(polite, f"{archive.url}/page")
        waits.now += 600
        error = await get_error(polite, f"{archive.url}/other")
        assert isinstance(error, UnavailableError)
        assert "is not asked for another 50 minutes" in str(error)
        assert len(archive.asked) == 1
        waits.now += 3_000
        await get_error(polite, f"{archive.url}/page")  # 429, and never how long
        await get_error(polite, f"{archive.url}/page")
        assert len(archive.asked) == 5
        waits.now += 550
        assert await polite.get(f"{archive.url}/page") == b"well"
        assert waits.waits == [3, 6, 12, 50]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0.5", 0.5),
        ("2,5", 2.5),
        ("", None),
        ("-1", None),
        ("inf", None),
        ("٣", None),
        ("1e3", None),
    ],
)
def test_seconds_are_read_as_servers_write_them(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504, 599])
async def test_a_status_that_may_pass_is_asked_again(archive: ArxivServer, waits: RecordingTime, status: int) -> None:
    archive.fail_next("/page", *[str(status)] * 2 if status != 503 else ["503:5"] * 2)
    archive.files["/page"] = (b"well", "text/plain")
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        assert await polite.get(f"{archive.url}/page") == b"well"
    assert len(archive.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 428, 430, 451, 499])
async def test_a_status_that_stays_is_asked_once(archive: ArxivServer, waits: RecordingTime, status: int) -> None:
    archive.fail_next("/page", str(status))
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        error = await get_error(polite, f"{archive.url}/page")
    assert isinstance(error, NotFoundError)
    assert str(status) in str(error)
    assert (len(archive.asked), waits.waits) == (1, [])


async def test_one_host_is_asked_in_turn_with_pauses_and_another_meanwhile(
    archive: ArxivServer, waits: RecordingTime
) -> None:
    archive.files |= {"/a": (b"a", "text/plain"), "/b": (b"b", "text/plain")}
    other = archive.url.replace("127.0.0.1", "localhost")
    async with PoliteClient(3, allow_private_hosts=True) as polite:
        await polite.get(f"{archive.url}/a")
        assert waits.waits == []
        await polite.get(f"{archive.url}/b")
        assert waits.waits == [3]
        await polite.get(f"{other}/a")
        assert waits.waits == [3]
        waits.now += 2
        await polite.get(f"{archive.url}/a")
        assert waits.waits == [3, 1]
        waits.now += 3
        await polite.get(f"{archive.url}/a")
        assert waits.waits == [3, 1]
        await asyncio.gather(*(polite.get(f"{archive.url}/a") for _ in range(3)))
        assert waits.waits == [3, 1, 3, 3, 3]


async def test_a_server_that_asks_for_a_wait_is_asked_by_nobody_meanwhile(
    archive: ArxivServer, waits: RecordingTime
) -> None:
    archive.files |= {"/a": (b"a", "text/plain"), "/b": (b"b", "text/plain")}
    archive.fail_next("/a", "429:9")
    answered: list[float] = []

    def note_answer(body: bytes) -> bool:
        answered.append(waits.now)
        return bool(body)

    async with PoliteClient(0, allow_private_hosts=True) as polite:
        start = waits.now
        await asyncio.gather(
            polite.get(f"{archive.url}/a"),
            polite.get(f"{archive.url}/b", is_complete=note_answer),
        )
    assert answered == [start + 9]


async def test_servers_hear_who_asks_and_whom_to_write_to(archive: ArxivServer) -> None:
    archive.files["/a"] = (b"a", "text/plain")
    async with PoliteClient(0, allow_private_hosts=True, contact="ada@example.org") as polite:
        await polite.get(f"{archive.url}/a")
    assert archive.agents == {f"digestbot/{__version__} (a self-hosted digest of new papers; ada@example.org)"}


async def test_a_body_is_read_up_to_the_most_and_not_beyond(archive: ArxivServer) -> None:
    body = bytes(MOST + 1)
    archive.files |= {"/most": (body[:MOST], "application/pdf"), "/more": (body, "application/pdf")}
    async with PoliteClient(0, wait_factor=0.001, allow_private_hosts=True) as polite:
        assert len(await polite.get(f"{archive.url}/most")) == MOST
        error = await get_error(polite, f"{archive.url}/more")
    assert isinstance(error, NotFoundError)
    assert "/more is larger than 50 MB" in str(error)
    assert len(archive.asked) == 2


@pytest.mark.parametrize("fault", ["404", "503:", "429:1", "reset", "cut", "401", "503-later"])
async def test_no_error_shows_what_an_address_keeps_secret(
    archive: ArxivServer, waits: RecordingTime, fault: str, caplog
) -> None:
    archive.fail_next("/feed", *[fault] * 8)  # aiohttp itself asks once more where a connection is reset
    archive.files["/feed"] = (b"<feed></feed>", "text/xml")
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        with pytest.raises(SourceError) as caught:
            await polite.get(f"{archive.url}/feed?key=sk-secret", is_complete=lambda body: body.endswith(b"</feed>"))
    shown = f"{caught.value!r} {caught.value} {caplog.text}"
    assert "127.0.0.1" in shown
    assert "sk-secret" not in shown
