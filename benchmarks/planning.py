"""Planning what is due, for 1,000 to 1,000,000 subscriptions, beside a bare ``INSERT … SELECT`` in sqlite3."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update

from benchmarks.claim import Claim, report_claims
from benchmarks.mornings import NoonClock, fill_store
from digestbot.app import open_app
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.domain.subscription import Address
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store import Store
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.tables import digests, outbox, schedules

SHORT = bool(os.environ.get("BENCH_SHORT"))
_MANY = 100_000
SIZES = (100, 1_000) if SHORT else (1_000, 10_000, 100_000, 1_000_000)


async def measure_planning(folder: Path, size: int) -> tuple[float, float]:
    """Seconds to plan so many, and of the next planning, when nothing is due.

    Where they are few, they are planned twice, and the second time counts: a process compiles its SQL once.
    """
    async with open_app(
        load_settings(database_url=build_sqlite_url(folder / f"{size}.db"), topics=[]), NoonClock()
    ) as app:
        await fill_store(app, size, 3, lambda number: Address("telegram", str(number)))
        now = app.clock.now()
        took = []
        if size < _MANY:
            await plan_deliveries(app.store, now, PlanningPolicy())
            await _forget_planning(app.store)
        for expected in (size, 0):
            start = time.perf_counter()
            assert await plan_deliveries(app.store, now, PlanningPolicy()) == expected
            took.append(time.perf_counter() - start)
        async with app.store.database.read() as connection:
            spread = select(func.count()).where(outbox.c.due_at < now + timedelta(seconds=10))
            assert await connection.scalar(spread) == size
        async with app.store.database.write() as connection:
            await connection.execute(update(schedules).values(next_due=now + timedelta(days=1)))
    return took[0], took[1]


async def _forget_planning(store: Store) -> None:
    """Let the same be due again."""
    async with store.database.write() as connection:
        await connection.execute(delete(outbox))
        await connection.execute(update(digests).values(planning_number=None))
        not_yet = {"last_due": None, "previous_due": None, "planning_number": 0}
        await connection.execute(update(schedules).values(next_due=schedules.c.last_due))
        await connection.execute(update(schedules).values(not_yet))


def measure_plain_insert(folder: Path, size: int) -> float:
    """Seconds of a plain INSERT … SELECT of the same rows into the same table, by sqlite3 alone."""
    with closing(sqlite3.connect(folder / f"{size}.db", isolation_level=None)) as connection:
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE rows_ AS SELECT * FROM outbox ORDER BY id")
        _empty_outbox(connection)
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO outbox SELECT * FROM rows_")
        connection.execute("COMMIT")
        return time.perf_counter() - start


def _empty_outbox(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM outbox")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def iter_claims() -> Iterator[Claim]:
    """One a size, and that a planning with nothing to plan costs the same for all."""
    idle = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            took, idle[size] = asyncio.run(measure_planning(Path(folder), size))
            plain = measure_plain_insert(Path(folder), size)
            text, other = f"plan {size:,} due deliveries", "a bare INSERT … SELECT of the same rows in sqlite3"
            small = size < _MANY  # a few milliseconds, most of them Python's and the commit's
            yield Claim(text, took * 1000, "ms", other, plain * 1000, goal=20 if small else 3, of_ratio=True)
            (Path(folder) / f"{size}.db").unlink()
    few, many = min(idle), max(idle)
    text = f"find nothing due among {many:,} subscriptions"
    yield Claim(text, idle[many] * 1000, "ms", f"among {few:,}", idle[few] * 1000, goal=100)


def main() -> None:
    report_claims(*iter_claims())


if __name__ == "__main__":
    main()
