"""/related over 50,000 and a million papers through the whole command path, on both databases, against a bare search.

The million is made in bulk: a few minutes for each database, unless BENCH_FOLDER keeps it.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from sqlalchemy import select

from benchmarks.claim import Claim, report_claims
from benchmarks.command_times import CommandTimes, compute_percentile_99, read_cpu_with_server, time_commands
from benchmarks.made_databases import SHORT, list_sizes, make_postgresql, make_sqlite, open_folder, start_postgresql
from digestbot.app import App, open_app
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.tables import papers as papers_table
from tests.postgresql import PostgreSql

SIZES = list_sizes("50000,1000000", "300,600")
QUERIES, GOAL = 6 if SHORT else 300, 150
BARE = 'SELECT rowid FROM paper_search WHERE paper_search MATCH \'"gaussian" OR "splatting"\' ORDER BY rank LIMIT 10'


async def measure_path(url: str, papers: int, read_cpu: Callable[[], float]) -> CommandTimes:
    """The whole way, from a message to its answer's card."""
    pick = random.Random(2)
    async with open_app(load_settings(database_url=url)) as app:
        numbers = [await find_number(app, pick.randrange(papers)) for _ in range(QUERIES)]
        return await time_commands(app, [f"/related arXiv:{number}" for number in numbers], read_cpu)


async def find_number(app: App, at: int) -> str:
    """The identifier of a paper somewhere."""
    query = select(papers_table.c.arxiv_id).where(papers_table.c.id >= at).order_by(papers_table.c.id).limit(1)
    async with app.store.database.read() as connection:
        return str(await connection.scalar(query))


def measure_sqlite(folder: Path, papers: int) -> tuple[CommandTimes, float]:
    """The whole path, and the bare search in milliseconds."""
    database = make_sqlite(folder, papers)
    times = asyncio.run(measure_path(build_sqlite_url(database), papers, time.process_time))
    return times, measure_bare(database)


def measure_bare(database: Path) -> float:
    """FTS5's own ranked search for either of two common words."""
    connection, times = sqlite3.connect(database), []
    for _ in range(6):
        start = time.process_time()
        connection.execute(BARE).fetchall()
        times.append(time.process_time() - start)
    connection.close()
    return compute_percentile_99(times)


def measure_postgresql(server: PostgreSql, papers: int) -> CommandTimes:
    """The whole path."""
    return asyncio.run(measure_path(make_postgresql(server, papers), papers, partial(read_cpu_with_server, server)))


def iter_claims(folder: Path) -> Iterator[Claim]:
    """Each size's times on each database, and how much longer the largest takes than the smallest."""
    found = {papers: measure_sqlite(folder, papers) for papers in SIZES}
    bare = {papers: bare for papers, (_, bare) in found.items()}
    yield from _claim("SQLite", {papers: times for papers, (times, _) in found.items()}, bare)
    server = start_postgresql(folder)
    yield from _claim("PostgreSQL", {papers: measure_postgresql(server, papers) for papers in SIZES}, bare)
    server.stop()


def _claim(database: str, times: Mapping[int, CommandTimes], bare: Mapping[int, float]) -> Iterator[Claim]:
    for papers, own in times.items():
        name = f"/related over {papers:,} papers on {database}, 99% of {QUERIES}"
        bare_name = "FTS5's ranked search for either of two common words, 99%"
        yield Claim(f"{name}: by the clock", own.waited, "ms", bare_name, bare[papers], goal=GOAL)
        yield Claim(f"{name}: of the processors", own.worked, "ms", bare_name, bare[papers], goal=GOAL)
    few, many = times[min(times)].worked, times[max(times)].worked
    name = f"/related over {max(times):,} papers on {database}, of the processors"
    yield Claim(name, many, "ms", f"over {min(times):,}", few, goal=2, of_ratio=True)


def main() -> None:
    with open_folder() as folder:
        report_claims(*iter_claims(folder))


if __name__ == "__main__":
    main()
