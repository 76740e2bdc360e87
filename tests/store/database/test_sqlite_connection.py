"""SQLite's statements, each of which goes to its connection's thread and back once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.exc import IntegrityError

from digestbot.settings import build_sqlite_url
from digestbot.store import Database
from tests.waiting import wait_until

COUNT_LONG = text(
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000000)"
    " SELECT count(*) FROM numbers"
)


@pytest.fixture
async def database(tmp_path: Path):
    database = Database(build_sqlite_url(tmp_path / "a.db"))
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)"))
    yield database
    await database.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What goes to the thread of a connection."""
    seen: list[object] = []
    execute = aiosqlite.Connection._execute

    async def count(self: aiosqlite.Connection, work: object, *values: object, **options: object) -> object:
        seen.append(work)
        return await execute(self, work, *values, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", count)
    return seen


async def test_a_statement_is_one_way_to_the_thread_and_back(database: Database, trips: list[object]) -> None:
    async with database.read() as connection:
        await connection.scalar(text("SELECT 0"))  # it begins
        before = len(trips)
        for number in range(3):
            assert await connection.scalar(text("SELECT :n"), {"n": number}) == number
        assert len(trips) - before == 3


async def test_what_a_statement_did_is_told(database: Database) -> None:
    async with database.write() as connection:
        made = await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))
        assert (made.rowcount, made.lastrowid) == (1, 1)
        await connection.execute(text("INSERT INTO words (word) VALUES (:word)"), [{"word": "b"}, {"word": "c"}])
        changed = await connection.execute(text("UPDATE words SET word = upper(word) WHERE id > 1 RETURNING id, word"))
        assert [tuple(row) for row in changed] == [(2, "B"), (3, "C")]
        assert (await connection.execute(text("DELETE FROM words WHERE word = 'none'"))).rowcount == 0
    async with database.read() as connection:
        found = await connection.execute(text("SELECT * FROM words ORDER BY id"))
        assert list(found.keys()) == ["id", "word"]
        assert found.first() == (1, "a")


async def test_after_an_error_the_connection_goes_on(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))
        with pytest.raises(IntegrityError):
            await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))
        await connection.execute(text("INSERT INTO words (word) VALUES ('b')"))
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM words")) == 2


async def test_rows_that_are_streamed_come_some_at_a_time(database: Database, trips: list[object]) -> None:
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO words (word) VALUES (:w)"), [{"w": str(n)} for n in range(50)])
    async with database.read() as connection:
        query: Select[Any] = select(text("id")).select_from(text("words")).execution_options(yield_per=10)
        async with connection.stream(query) as rows:
            before = len(trips)
            assert [len(part) async for part in rows.partitions()] == [10] * 5
            assert len(trips) - before >= 5


async def test_a_statement_that_nobody_waits_for_leaves_nothing_locked(database: Database, trips: list[object]) -> None:
    async def ask() -> None:
        async with database.write() as connection:
            await connection.scalar(COUNT_LONG)

    task = asyncio.create_task(ask())
    await wait_until(lambda: len(trips) > 1)  # it begins, and counts
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO words (word) VALUES ('a')"))
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM words")) == 1
