"""The database: connections, transactions, and error messages that a person can act on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digestbot.errors import MissingExtraError, SettingsError, StoreError

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000")
_READ_ONLY_OPTION = "digestbot_reading"


def insert_into(connection: AsyncConnection, table: Any) -> Any:  # noqa: ANN401  (the two dialects share no type)
    """An ``INSERT`` in the connection's dialect, with support for ``ON CONFLICT``."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


class Database:
    """A database's connections. ``read`` and ``write`` each open one transaction."""

    def __init__(self, url: str) -> None:
        self.url = _check_url(url)
        self._engine = _create_postgresql_engine(self.url) if self.is_server else _create_sqlite_engine(self.url)
        self._write_turns: AbstractAsyncContextManager[object] = nullcontext() if self.is_server else asyncio.Lock()

    @property
    def is_server(self) -> bool:
        """Whether several processes can share the database: PostgreSQL. A SQLite file belongs to one process."""
        return self.url.drivername == _POSTGRESQL_DRIVER

    @property
    def file(self) -> Path | None:
        """The SQLite file; ``None`` for a server or an in-memory database."""
        name = self.url.database
        return None if self.is_server or not name or name == ":memory:" else Path(name)

    @property
    def location(self) -> str:
        """The database's location for messages, never with a password."""
        if self.is_server:
            return f"{self.url.host or self.url.query.get('host', 'localhost')}/{self.url.database or ''}"
        return self.url.database or self.url.render_as_string(hide_password=True)

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
        if error and (
            isinstance(error, DBAPIError | SQLAlchemyError | sqlite3.Error | OSError) or _is_asyncpg_error(error)
        ):
            raise StoreError(describe_error(error, self._location)) from error


def _is_asyncpg_error(error: BaseException) -> bool:
    """Whether it is the PostgreSQL driver's own error: SQLAlchemy does not wrap errors while connecting."""
    return type(error).__module__.startswith("asyncpg")


def describe_error(error: BaseException, location: str) -> str:
    """A driver error as a sentence with a remedy."""
    message = str(getattr(error, "orig", error) or error)
    if isinstance(error, OSError):
        cause = error.strerror or type(error).__name__
        return f"cannot reach the database {location}: is PostgreSQL running there? ({cause})"
    remedies = (
        (
            "password authentication failed",
            f"the database {location} refuses the user or password: see DIGESTBOT_DATABASE_URL",
        ),
        (
            "does not exist",
            f"the database {location} answered: {message}; createdb makes it, and DIGESTBOT_DATABASE_URL names it",
        ),
        (
            "No space left on device",
            f"no room left on the disk of {location}: free some, then try again; nothing was half-written",
        ),
        (
            "unable to open",
            f"cannot open the database {location}: is its folder there, and may digestbot write to it?",
        ),
        (
            "readonly",
            f"the database {location} cannot be written: give digestbot write permission on it and its folder",
        ),
        (
            "disk is full",
            f"no room left on the disk of {location}: free some, then try again; nothing was half-written",
        ),
        (
            "disk I/O error",
            f"the disk of {location} did not take the data: is it full or failing? Nothing was half-written",
        ),
        (
            "database is locked",
            f"the database {location} is busy in another program: try again when that is done",
        ),
        ("not a database", f"{location} is not a SQLite database: name another file in DIGESTBOT_DATABASE_URL"),
        (
            "malformed",
            f"the database {location} is damaged: “digestbot db restore PATH” restores a backup; see docs/backup.md",
        ),
    )
    return next((text for sign, text in remedies if sign in message), f"the database {location} answered: {message}")


def _check_url(url: str) -> URL:
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.get_backend_name()]
    except (ArgumentError, KeyError):
        raise SettingsError(
            f"DIGESTBOT_DATABASE_URL is not a URL such as {_SQLITE_EXAMPLE} or {_POSTGRESQL_EXAMPLE}"
        ) from None
    if driver == _POSTGRESQL_DRIVER and not find_spec("asyncpg"):
        raise MissingExtraError("DIGESTBOT_DATABASE_URL: PostgreSQL", "postgres")
    return parsed.set(drivername=driver)


_POSTGRESQL_DRIVER = "postgresql+asyncpg"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": _POSTGRESQL_DRIVER, "postgres": _POSTGRESQL_DRIVER}
_SQLITE_EXAMPLE = "sqlite+aiosqlite:////var/lib/digestbot/digestbot.db"
_POSTGRESQL_EXAMPLE = "postgresql+asyncpg://digestbot:PASSWORD@HOST/digestbot"


def _create_postgresql_engine(url: URL) -> AsyncEngine:
    """An engine whose pool detects server restarts."""
    return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)


def _create_sqlite_engine(url: URL) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        _make_folder(Path(url.database).parent)
    engine = create_async_engine(url, connect_args={"isolation_level": None}, pool_size=5)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_transaction)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
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
