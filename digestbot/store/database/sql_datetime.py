"""Datetimes in SQL: always UTC, with the same arithmetic in both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, types
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_SQLITE_FORMAT = "'%Y-%m-%d %H:%M:%f'"
"""SQLite's own format has three digits for fractions of a second; SQLAlchemy writes six."""


class UtcDateTime(types.TypeDecorator[datetime]):
    """A UTC datetime. SQLite stores no timezone, so it is removed when writing and restored when reading."""

    impl = types.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """An aware datetime as naive UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no timezone")
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Naive UTC as an aware datetime."""
        return value.replace(tzinfo=UTC) if value else None


class add_milliseconds(FunctionElement[datetime]):  # noqa: N801  # used as SQL functions are
    """``add_milliseconds(timestamp, milliseconds)``: a timestamp shifted by milliseconds."""

    name = "later"
    type = UtcDateTime()
    inherit_cache = True


class database_now(FunctionElement[datetime]):  # noqa: N801
    """``database_now()``: the database's clock, shared by all its processes."""

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
