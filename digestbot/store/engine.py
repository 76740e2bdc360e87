"""The database: connections, transactions, and its errors in words a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, event, types
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digestbot.errors import SettingsError, StoreError

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000")
_READING = "digestbot_reading"


class UtcDateTime(types.TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no timezone, so it is taken off on the way in and put back on the way out."""

    impl = types.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """An aware moment as naive UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no timezone")
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Naive UTC as an aware moment."""
        return value.replace(tzinfo=UTC) if value else None


def insert(connection: AsyncConnection, table: Any) -> Any:  # noqa: ANN401  (the two dialects share no type)
    """An ``INSERT`` that knows ``ON CONFLICT``, in the connection's dialect."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


class Database:
    """Connections to one database. ``read`` and ``write`` are each one transaction."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self._engine = _sqlite_engine(self.url)

    @property
    def place(self) -> str:
        """Where the data is, for messages; never with a password."""
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
        if isinstance(error, DBAPIError | SQLAlchemyError | sqlite3.Error):
            raise StoreError(explain(error, self._place)) from error


def explain(error: BaseException, place: str) -> str:
    """A driver's error as a sentence with a way out."""
    words = str(getattr(error, "orig", error) or error)
    known = (
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
    except ArgumentError:
        raise SettingsError(f"DIGESTBOT_DATABASE_URL is no address such as {_EXAMPLE}") from None
    if parsed.get_backend_name() != "sqlite":
        raise SettingsError(f"DIGESTBOT_DATABASE_URL: this version keeps its data in SQLite; write {_EXAMPLE}")
    return parsed.set(drivername="sqlite+aiosqlite")


_EXAMPLE = "sqlite+aiosqlite:////var/lib/digestbot/digestbot.db"


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
