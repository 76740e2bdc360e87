"""/related over 50,000 and a million papers through the whole command path, on both databases, against a bare search.

The million is made anew for each run, in bulk: a few minutes for each database. BENCH_SIZES=50000 makes no million.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from benchmarks.claim import Claim, report_claims
from benchmarks.corpus import Corpus, fill_postgresql, fill_sqlite
from benchmarks.search import compute_percentile_99, migrate_empty
from digestbot.app import App, open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.tables import papers as papers_table
from tests.postgresql import PostgreSql

SHORT = bool(os.environ.get("BENCH_SHORT"))
SIZES = (300,) if SHORT else tuple(map(int, os.environ.get("BENCH_SIZES", "50000,1000000").split(",")))
QUERIES, GOAL = 6 if SHORT else 300, 150
BARE = 'SELECT rowid FROM paper_search WHERE paper_search MATCH \'"gaussian" OR "splatting"\' ORDER BY rank LIMIT 10'


async def measure_path(url: str, papers: int) -> tuple[float, float]:
    """Milliseconds from a message to its card that 99% stay under: by the clock, and of this process's processors."""
    pick, waits, works = random.Random(2), [], []
    async with open_app(load_settings(database_url=url)) as app:
        numbers = [await find_number(app, pick.randrange(papers)) for _ in range(QUERIES)]
        for number in (numbers[0], *numbers):  # the first time, what answers is imported
            message = IncomingMessage(Address("bench", "1"), f"/related arXiv:{number}", "en")
            start, begun = time.perf_counter(), time.process_time()
            card = (await app.dispatcher.handle_message(message)).card
            waits.append(time.perf_counter() - start)
            works.append(time.process_time() - begun)
            assert card.ok, number
    return compute_percentile_99(waits[1:]), compute_percentile_99(works[1:])


async def find_number(app: App, at: int) -> str:
    """The identifier of a paper somewhere."""
    query = select(papers_table.c.arxiv_id).where(papers_table.c.id >= at).order_by(papers_table.c.id).limit(1)
    async with app.store.database.read() as connection:
        return str(await connection.scalar(query))


def measure_sqlite(folder: Path, papers: int) -> tuple[float, float, float]:
    """The whole path by the clock and the processors, and the bare search, in milliseconds."""
    database = folder / f"{papers}.db"
    asyncio.run(migrate_empty(build_sqlite_url(database)))
    fill_sqlite(database, Corpus(papers))
    waits, works = asyncio.run(measure_path(build_sqlite_url(database), papers))
    bare = measure_bare(database)
    database.unlink()
    return waits, works, bare


def measure_bare(database: Path) -> float:
    """FTS5's own ranked search for either of two common words."""
    connection, times = sqlite3.connect(database), []
    for _ in range(6):
        start = time.perf_counter()
        connection.execute(BARE).fetchall()
        times.append(time.perf_counter() - start)
    connection.close()
    return compute_percentile_99(times)


def measure_postgresql(server: PostgreSql, papers: int) -> float:
    """The whole path by the clock, in milliseconds."""
    with server.open_database() as url:
        asyncio.run(fill_postgresql(url.replace("+asyncpg", ""), Corpus(papers)))
        return asyncio.run(measure_path(url, papers))[0]


def main() -> None:
    claims = []
    with tempfile.TemporaryDirectory() as temporary:
        server, bare = PostgreSql(Path(temporary) / "server"), {}
        for papers in SIZES:
            waits, works, bare[papers] = measure_sqlite(Path(temporary), papers)
            claims.append(_claim(f"SQLite, {works:.0f} ms of processors", papers, waits, bare[papers]))
        claims += [_claim("PostgreSQL", papers, measure_postgresql(server, papers), bare[papers]) for papers in SIZES]
    report_claims(*claims)


def _claim(database: str, papers: int, waits: float, bare: float) -> Claim:
    name = f"/related over {papers:,} papers on {database}, 99% of {QUERIES} stay under"
    return Claim(name, waits, "ms", "FTS5's ranked search for either of two common words, 99%", bare, goal=GOAL)


if __name__ == "__main__":
    main()
