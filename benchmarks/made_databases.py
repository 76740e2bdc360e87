"""Databases of made papers: anew for each run, or kept in BENCH_FOLDER, since a million take minutes."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus import Corpus, fill_postgresql, fill_sqlite
from digestbot.app import open_app
from digestbot.settings import build_sqlite_url, load_settings
from tests.postgresql import MIGRATED, PostgreSql

SHORT = bool(os.environ.get("BENCH_SHORT"))


@contextmanager
def open_folder() -> Iterator[Path]:
    """Where the databases are."""
    kept = os.environ.get("BENCH_FOLDER", "")
    if kept and not SHORT:
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)


def list_sizes(default: str, short: str) -> tuple[int, ...]:
    """Of how many papers databases are made: BENCH_SIZES=50000 makes no million."""
    return tuple(map(int, (short if SHORT else os.environ.get("BENCH_SIZES", default)).split(",")))


def make_sqlite(folder: Path, papers: int) -> Path:
    """A file with so many papers and the newest tables."""
    database, unfinished = folder / f"{papers}.db", folder / f"{papers}.unfinished"
    if not database.exists():
        unfinished.unlink(missing_ok=True)
        asyncio.run(_migrate(build_sqlite_url(unfinished)))
        fill_sqlite(unfinished, Corpus(papers))
        unfinished.rename(database)
    asyncio.run(_migrate(build_sqlite_url(database)))
    return database


def start_postgresql(folder: Path) -> PostgreSql:
    """A server whose databases are there."""
    return PostgreSql(folder / "server")


def make_postgresql(server: PostgreSql, papers: int) -> str:
    """The address of a database with so many papers and the newest tables."""
    name = f"papers_{papers}"
    if not server.ask("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # our own name
        unfinished = f"{name}_new"
        server.execute(f'DROP DATABASE IF EXISTS "{unfinished}"')
        url = server.copy(MIGRATED, unfinished)
        asyncio.run(fill_postgresql(url.replace("+asyncpg", ""), Corpus(papers)))
        server.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    asyncio.run(_migrate(server.build_url(name)))
    return server.build_url(name)


async def _migrate(url: str) -> None:
    async with open_app(load_settings(database_url=url)):
        pass
