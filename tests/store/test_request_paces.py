"""The pace at which archives are asked: by all processes together, by the database's clock."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from sqlalchemy import update

from digestbot.builder.sources.pace import SharedPace
from digestbot.builder.sources.polite_client import PoliteClient, UnavailableError
from digestbot.store import Store
from digestbot.store.database.sql_datetime import add_milliseconds
from digestbot.store.tables import request_paces
from tests.places import ROOT
from tests.waiting import HANG_SECONDS, wait_until

DELAY, HOLD = 3.0, 70.0


async def take_turn(store: Store, holder: str, name: str = "arxiv.org") -> float | None:
    return await store.request_paces.take_turn(name, holder, DELAY, HOLD)


async def shift_times(store: Store, seconds: float) -> None:
    """Let that much time pass, or come back, for what is stored."""
    shift = int(-seconds * 1000)
    columns = ("held_until", "next_at")
    moved = {name: add_milliseconds(request_paces.c[name], shift) for name in columns}
    async with store.database.write() as connection:
        await connection.execute(update(request_paces).values(moved))


async def test_one_asks_and_the_next_waits_for_its_end_and_for_the_delay(store: Store) -> None:
    assert await take_turn(store, "a") is None
    wait = await take_turn(store, "b")
    assert wait is not None
    assert 0 < wait <= DELAY
    await store.request_paces.end_turn("arxiv.org", "b")  # not b's to end
    await shift_times(store, 5)
    assert await take_turn(store, "b") == 0  # a is still asking
    await store.request_paces.end_turn("arxiv.org", "a")
    assert await take_turn(store, "b") is None
    await store.request_paces.end_turn("arxiv.org", "b")
    wait = await take_turn(store, "a")
    assert wait is not None
    assert 0 < wait <= DELAY
    assert await take_turn(store, "a", "example.org") is None  # another's pace is its own


async def test_who_was_killed_keeps_no_turn_and_a_clock_set_back_stops_nobody(store: Store) -> None:
    assert await take_turn(store, "a") is None
    await shift_times(store, HOLD + 1)
    assert await take_turn(store, "b") is None
    await shift_times(store, -7200)
    assert await take_turn(store, "a") is None


async def test_who_asks_for_a_person_goes_first_but_not_twice_in_a_row(store: Store) -> None:
    async def take(holder: str, *, is_for_person: bool) -> bool:
        paces = store.request_paces
        return await paces.take_turn("arxiv.org", holder, DELAY, HOLD, is_for_person=is_for_person) is None

    assert await take("harvest", is_for_person=False)
    assert not await take("ada", is_for_person=True)
    await store.request_paces.end_turn("arxiv.org", "harvest")
    await shift_times(store, DELAY + 0.5)
    assert not await take("harvest", is_for_person=False)
    assert await take("ada", is_for_person=True)
    assert not await take("bo", is_for_person=True)
    await store.request_paces.end_turn("arxiv.org", "ada", is_for_person=True)
    await shift_times(store, DELAY + 0.5)
    assert await take("harvest", is_for_person=False)


async def test_who_waited_for_a_person_and_is_gone_holds_nobody_up(store: Store) -> None:
    for passed in (10.0, -7200.0):
        assert await take_turn(store, "harvest") is None
        await store.request_paces.take_turn("arxiv.org", "ada", DELAY, HOLD, is_for_person=True)
        await store.request_paces.end_turn("arxiv.org", "harvest")
        await shift_times(store, passed)
        assert await take_turn(store, "harvest") is None
        await store.request_paces.end_turn("arxiv.org", "harvest")
        await shift_times(store, 3600)


async def test_pages_that_are_asked_for_seldom_keep_others_waiting_no_longer_than_others_do(store: Store) -> None:
    pages, person = SharedPace(store.request_paces, "pages", DELAY), SharedPace(store.request_paces, "ada", DELAY)
    async with pages.open_turn("arxiv.org", 15, HOLD):
        assert await take_turn(store, "ada") is not None
    await shift_times(store, DELAY + 0.5)
    async with person.open_turn("arxiv.org", DELAY, HOLD):
        pass
    assert (await store.request_paces.take_turn("arxiv.org/slow", "pages", 15, HOLD) or 0) > DELAY


async def test_a_host_that_is_too_busy_is_left_alone_by_all(store: Store) -> None:
    assert await store.request_paces.get_closed_seconds("a.example") == 0
    await store.request_paces.close_host("a.example", 600)
    for name, is_closed in (("a.example", True), ("b.example", False)):
        pace = SharedPace(store.request_paces, "another")
        assert (await pace.get_closed_seconds(name) > 500) is is_closed
    async with PoliteClient(DELAY, pace=SharedPace(store.request_paces, "another")) as polite:
        with pytest.raises(UnavailableError, match=r"a\.example is not asked for another 10 minutes"):
            await polite.get("https://a.example/x")
    await store.request_paces.close_host("a.example", 0)
    assert await store.request_paces.get_closed_seconds("a.example") == 0


@dataclass
class SlowServer:
    """An archive that takes its time, and notes how many ask it at once, and when each began."""

    url: str = ""
    asking: int = 0
    most: int = 0
    began: list[float] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.began.append(time.monotonic())
        self.asking += 1
        self.most = max(self.most, self.asking)
        for _ in range(20):
            await asyncio.sleep(0.001)  # long enough for another to come in
        self.asking -= 1
        return web.Response(text="well")


@asynccontextmanager
async def open_server() -> AsyncIterator[SlowServer]:
    server, app = SlowServer(), web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        yield server
    finally:
        await runner.cleanup()


async def test_two_processes_ask_in_turn_and_with_one_delay(store: Store, database_url: str) -> None:
    delay, count = 0.2, 4
    async with open_server() as server:
        words = ("-m", "tests.builder.asker", database_url, f"{server.url}/x", str(delay), str(count))
        other = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)
        try:
            await wait_until(lambda: server.began)
            async with PoliteClient(
                delay, allow_private_hosts=True, pace=SharedPace(store.request_paces, "this one")
            ) as polite:
                await asyncio.gather(*(polite.get(f"{server.url}/x") for _ in range(count)))
            assert await asyncio.wait_for(other.wait(), HANG_SECONDS) == 0
        finally:
            if other.returncode is None:
                other.kill()
    assert len(server.began) == 2 * count
    assert server.most == 1
    # whatever the machine does, all turns but the first are a delay apart; two paces of their own take half of it
    assert server.began[-1] - server.began[0] >= (2 * count - 2) * delay - 0.01
