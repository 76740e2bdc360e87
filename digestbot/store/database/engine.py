"""The database: connections, transactions, and error messages that a person can act on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digestbot.errors import MissingExtraError, SettingsError, StoreError
from digestbot.store.database.database_errors import describe_error, is_database_error
from digestbot.store.database.file_modes import make_private_file, make_private_folder
from digestbot.store.database.sqlite_connection import SqliteConnection

if TYPE_CHECKING:
    from digestbot.store.database.postgresql_address import PostgreSqlAddress

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=8000")
_READ_ONLY_OPTION = "digestbot_reading"


def insert_into(connection: AsyncConnection, table: Any) -> Any:  # noqa: ANN401  (the two dialects share no type)
    """An ``INSERT`` in the connection's dialect, with support for ``ON CONFLICT``."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # late: it costs as much as all of SQLite's

    return postgresql.insert(table)


class Database:
    """A database's connections. ``read`` and ``write`` each open one transaction.

    ``setting`` names where the address comes from, for messages about it. Raises
    :class:`~digestbot.errors.SettingsError` for an address that cannot be used.
    """

    def __init__(self, url: str, setting: str = "DIGESTBOT_DATABASE_URL") -> None:
        url = url.strip().strip("'\"")
        self._address = _read_postgresql_address(url, setting)
        self._file: str | None = None
        if self._address:
            self._engine = _create_postgresql_engine(self._address)
        else:
            sqlite_url = _read_sqlite_url(url, setting)
            self._file = sqlite_url.database
            self._engine = _create_sqlite_engine(sqlite_url)
        self._write_turns: AbstractAsyncContextManager[object] = nullcontext() if self.is_server else asyncio.Lock()

    @property
    def is_server(self) -> bool:
        """Whether several processes can share the database: PostgreSQL. A SQLite file belongs to one process."""
        return self._address is not None

    @property
    def file(self) -> Path | None:
        """The SQLite file; ``None`` for a server."""
        return Path(self._file) if self._file else None

    @property
    def location(self) -> str:
        """The database's location for messages, never with a password."""
        return self._address.location if self._address else str(self._file)

    @property
    def name(self) -> str:
        """The name of a server's database; empty for a file."""
        return self._address.database or self._address.user or "" if self._address else ""

    def build_tool_url(self, name: str = "") -> str:
        """A server's address for PostgreSQL's own tools, without the password: they ask for it.

        ``name`` is that of another database there. A file has none, and gets an empty one.
        """
        return self._address.build_tool_url(name or self.name) if self._address else ""

    @property
    def engine(self) -> AsyncEngine:
        """The SQLAlchemy engine, for migrations."""
        return self._engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction, which never waits for writers."""
        with self.translate_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{_READ_ONLY_OPTION: True})
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed at the end, rolled back on any error.

        A SQLite file takes one at a time, so they wait for their turn here, in order. SQLite itself looks only now and
        then whether the file is free, and lets the luckiest in; and who waits there keeps a connection from others.
        """
        with self.translate_errors():
            async with self._write_turns, self._engine.begin() as connection:
                yield connection

    async def find_read_only_reason(self) -> str:
        """Why a server takes no changes, for messages; empty if it takes them."""
        if not self.is_server:
            return ""
        async with self.read() as connection:
            if await connection.scalar(text("SELECT pg_is_in_recovery()")):
                return "a standby of another server"
            is_read_only = await connection.scalar(text("SELECT current_setting('transaction_read_only')")) == "on"
            return "set to read-only (default_transaction_read_only)" if is_read_only else ""

    def translate_errors(self) -> _ErrorTranslation:
        """Translate driver errors into a :class:`StoreError` with a remedy."""
        return _ErrorTranslation(self.location)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


class _ErrorTranslation:
    def __init__(self, location: str) -> None:
        self._location = location

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error and is_database_error(error):
            raise StoreError(describe_error(error, self._location)) from error


_SQLITE_BEGINNING = "sqlite"
_SQLITE_EXAMPLE = "sqlite+aiosqlite:////var/lib/digestbot/digestbot.db"
_IN_MEMORY = ":memory:"


def _read_postgresql_address(url: str, setting: str) -> PostgreSqlAddress | None:
    """The address of a server; ``None`` for what is meant for a file."""
    if url.startswith(_SQLITE_BEGINNING):
        return None
    from digestbot.store.database.postgresql_address import (  # noqa: PLC0415  # late: most databases are files
        is_postgresql_address,
        parse_postgresql_address,
    )

    if not is_postgresql_address(url):
        return None
    if not find_spec("asyncpg"):
        raise MissingExtraError(f"{setting}: PostgreSQL", "postgres")
    return parse_postgresql_address(url, setting)


def _read_sqlite_url(url: str, setting: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite":
        from digestbot.store.database.postgresql_address import EXAMPLE as POSTGRESQL_EXAMPLE  # noqa: PLC0415  # late

        raise SettingsError(f"{setting} is not a URL such as {_SQLITE_EXAMPLE} or {POSTGRESQL_EXAMPLE}")
    if not parsed.database or parsed.database == _IN_MEMORY:
        raise SettingsError(f"{setting} names no file; {_SQLITE_EXAMPLE} does, with four slashes for an absolute path")
    return parsed.set(drivername="sqlite+aiosqlite")


def _create_postgresql_engine(address: PostgreSqlAddress) -> AsyncEngine:
    from digestbot.store.database.postgresql_engine import create_postgresql_engine  # noqa: PLC0415  # its driver is an extra

    return create_postgresql_engine(address, _READ_ONLY_OPTION)


def _create_sqlite_engine(url: URL) -> AsyncEngine:
    if url.database:
        _make_folder(Path(url.database).parent)
    engine = create_async_engine(url, connect_args={"isolation_level": None}, pool_size=5)
    event.listen(engine.sync_engine, "do_connect", partial(_open_connection, Path(url.database or "")))
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_transaction)
    return engine


def _open_connection(file: Path, dialect: Any, _record: object, words: Any, options: Any) -> SqliteConnection:  # noqa: ANN401
    make_private_file(file)
    return SqliteConnection(dialect.dbapi, dialect.connect(*words, **options))


def _make_folder(folder: Path) -> None:
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StoreError(f"cannot create the folder {folder} for the database: {error.strerror}") from None


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_transaction(connection: Connection) -> None:
    """Take SQLite's write lock at the start, so that no transaction fails half-way; see docs/architecture.md."""
    is_read_only = connection.get_execution_options().get(_READ_ONLY_OPTION)
    connection.exec_driver_sql("BEGIN" if is_read_only else "BEGIN IMMEDIATE")
