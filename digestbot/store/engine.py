"""The database: connections, transactions, and its errors in words a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
_READING = "digestbot_reading"


def insert(connection: AsyncConnection, table: Any) -> Any:  # noqa: ANN401  (the two dialects share no type)
    """An ``INSERT`` that knows ``ON CONFLICT``, in the connection's dialect."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


class Database:
    """Connections to one database. ``read`` and ``write`` are each one transaction."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self._engine = _postgresql_engine(self.url) if self.server else _sqlite_engine(self.url)

    @property
    def server(self) -> bool:
        """Whether it is a server that several processes share: PostgreSQL. SQLite is one process's file."""
        return self.url.drivername == _POSTGRESQL

    @property
    def file(self) -> Path | None:
        """SQLite's file; ``None`` for a server, and for a database in memory."""
        name = self.url.database
        return None if self.server or not name or name == ":memory:" else Path(name)

    @property
    def place(self) -> str:
        """Where the data is, for messages; never with a password."""
        if self.server:
            return f"{self.url.host or self.url.query.get('host', 'localhost')}/{self.url.database or ''}"
        return self.url.database or self.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> AsyncEngine:
        """SQLAlchemy's engine, for migrations."""
        return self._engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads: it waits for no writer."""
        with self.explained():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{_READING: True})
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, undone by any error."""
        with self.explained():
            async with self._engine.begin() as connection:
                yield connection

    def explained(self) -> _Explained:
        """Turn a driver's error into a :class:`StoreError` that says what to do."""
        return _Explained(self.place)

    async def close(self) -> None:
        """Give back every connection."""
        await self._engine.dispose()


class _Explained:
    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error and (isinstance(error, DBAPIError | SQLAlchemyError | sqlite3.Error | OSError) or _asyncpgs(error)):
            raise StoreError(explain(error, self._place)) from error


def _asyncpgs(error: BaseException) -> bool:
    """Whether it is the PostgreSQL driver's own: what fails while connecting is not wrapped by SQLAlchemy."""
    return type(error).__module__.startswith("asyncpg")


def explain(error: BaseException, place: str) -> str:
    """A driver's error as a sentence with a way out."""
    words = str(getattr(error, "orig", error) or error)
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        return f"cannot reach the database {place}: is PostgreSQL running there? ({why})"
    known = (
        (
            "password authentication failed",
            f"the database {place} refuses the user or password: see DIGESTBOT_DATABASE_URL",
        ),
        (
            "does not exist",
            f"the database {place} answered: {words}; createdb makes it, and DIGESTBOT_DATABASE_URL names it",
        ),
        (
            "No space left on device",
            f"no room left on the disk of {place}: free some, then try again; nothing was half-written",
        ),
        (
            "unable to open",
            f"cannot open the database {place}: is its folder there, and may digestbot write to it?",
        ),
        (
            "readonly",
            f"the database {place} cannot be written: give digestbot write permission on it and its folder",
        ),
        (
            "disk is full",
            f"no room left on the disk of {place}: free some, then try again; nothing was half-written",
        ),
        (
            "disk I/O error",
            f"the disk of {place} did not take the data: is it full or failing? Nothing was half-written",
        ),
        (
            "database is locked",
            f"the database {place} is busy in another program: try again when that is done",
        ),
        ("not a database", f"{place} is not a SQLite database: name another file in DIGESTBOT_DATABASE_URL"),
        (
            "malformed",
            f"the database {place} is damaged: restore a backup, or delete it and load the pages again",
        ),
    )
    return next((text for sign, text in known if sign in words), f"the database {place} answered: {words}")


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.get_backend_name()]
    except (ArgumentError, KeyError):
        raise SettingsError(f"DIGESTBOT_DATABASE_URL is no address such as {_EXAMPLE}, or {_SERVER}") from None
    if driver == _POSTGRESQL and not find_spec("asyncpg"):
        raise MissingExtraError("DIGESTBOT_DATABASE_URL: PostgreSQL", "postgres")
    return parsed.set(drivername=driver)


_POSTGRESQL = "postgresql+asyncpg"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": _POSTGRESQL, "postgres": _POSTGRESQL}
_EXAMPLE = "sqlite+aiosqlite:////var/lib/digestbot/digestbot.db"
_SERVER = "postgresql+asyncpg://digestbot:PASSWORD@HOST/digestbot"


def _postgresql_engine(url: URL) -> AsyncEngine:
    """A pool that notices when the server was restarted."""
    return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)


def _sqlite_engine(url: URL) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        _make_folder(Path(url.database).parent)
    engine = create_async_engine(url, connect_args={"isolation_level": None}, pool_size=5)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder} for the database: {error.strerror}") from None


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at the start, so that no writer fails half-way; see DESIGN section 3."""
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
