"""Moments in SQL: always UTC, and the same arithmetic on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, types
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_SQLITE_FORMAT = "'%Y-%m-%d %H:%M:%f'"
"""SQLite's own format; SQLAlchemy writes six digits of a second where it has three."""


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


class add_milliseconds(FunctionElement[datetime]):  # noqa: N801  # used as SQL functions are
    """``later(moment, milliseconds)``: so much after a moment."""

    name = "later"
    type = UtcDateTime()
    inherit_cache = True


class database_now(FunctionElement[datetime]):  # noqa: N801
    """``database_now()``: the database's own clock, which all its processes share."""

    name = "database_now"
    type = UtcDateTime()
    inherit_cache = True


@compiles(add_milliseconds, "sqlite")
def _add_milliseconds_sqlite(element: add_milliseconds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    timestamp, milliseconds = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(strftime({_SQLITE_FORMAT}, {timestamp}, (({milliseconds}) / 1000.0) || ' seconds') || '000')"


@compiles(add_milliseconds, "postgresql")
def _add_milliseconds_postgresql(element: add_milliseconds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    timestamp, milliseconds = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({timestamp} + ({milliseconds}) * interval '1 millisecond')"


@compiles(database_now, "sqlite")
def _now_sqlite(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401
    return f"(strftime({_SQLITE_FORMAT}, 'now') || '000')"


@compiles(database_now, "postgresql")
def _now_postgresql(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401
    return "(clock_timestamp() AT TIME ZONE 'UTC')"
