"""SQLite's connections, where a statement goes to their thread and back once.

SQLAlchemy's own goes there four times: to open a cursor, to execute, to fetch and to close. Each time wakes two
threads, which takes longer than most statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Cursor
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


class SqliteConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose cursors bring all of their rows at once; those for streaming stay what they are."""

    __slots__ = ()

    def __init__(self, dbapi: AsyncAdapt_aiosqlite_dbapi, connection: AsyncAdapt_aiosqlite_connection) -> None:
        super().__init__(dbapi, connection.driver_connection)

    class _cursor_cls(AsyncAdapt_aiosqlite_cursor):  # noqa: N801  # SQLAlchemy's name
        __slots__ = ()

        def _make_new_cursor(self, connection: Any) -> Any:  # noqa: ANN401  # the driver has no types for it
            return _OneTripCursor(connection)


class _OneTripCursor:
    """What SQLAlchemy asks of aiosqlite's cursors: all is done when something is executed."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401  # as above
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount, self.lastrowid, self.arraysize = -1, 0, 1

    async def __aenter__(self) -> _OneTripCursor:
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        await self._connection._execute(self._run, Cursor.execute, statement, values)

    async def executemany(self, statement: str, values: Sequence[Any]) -> None:
        await self._connection._execute(self._run, Cursor.executemany, statement, values)

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is open."""

    def _run(self, execute: Any, statement: str, values: Sequence[Any]) -> None:  # noqa: ANN401  # either method
        """In the thread."""
        cursor = self._connection._conn.cursor()
        try:
            execute(cursor, statement, values)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()
