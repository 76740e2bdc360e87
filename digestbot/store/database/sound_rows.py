"""Rows one by one, so that one that cannot be read does not stop the others.

SQLite keeps whatever is written into a column, and JSON may have any shape. Nothing here writes such rows, but a slip
by hand, a bad disk or an older version can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy import Column, Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

ValueT = TypeVar("ValueT")
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What converting a damaged value raises."""
_MAX_REMEMBERED = 10_000
_reported: set[tuple[str, object, str]] = set()
_log = structlog.get_logger(__name__)


async def read_sound_rows(
    connection: AsyncConnection,
    query: Select[Any],
    convert: Callable[[Row[Any]], ValueT],
    key: Column[Any],
    unreadable: dict[Any, str] | None = None,
) -> list[ValueT]:
    """The query's rows, converted, without those that cannot be.

    These are logged by ``key``, a column that the query's tables have, and put into ``unreadable``, each with the
    reason.
    """
    result = await connection.execute(query)
    found: list[ValueT] = []
    reasons: dict[int, str] = {}
    index = 0
    while True:
        try:
            row = result.fetchone()
            if row is None:
                break
            found.append(convert(row))
        except UNREADABLE as error:
            reasons[index] = f"{type(error).__name__}: {error}"
        index += 1
    if reasons:
        keys = (await connection.scalars(query.with_only_columns(key, maintain_column_froms=True))).all()
        for position, reason in reasons.items():
            report_unreadable(key, keys[position], reason)
            if unreadable is not None:
                unreadable[keys[position]] = reason
    return found


def read_texts(value: object) -> tuple[str, ...]:
    """A stored list of strings. Raises :class:`TypeError` for anything else."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError(f"{value!r} is not a list of strings")
    return tuple(value)


def report_unreadable(key: Column[Any], value: object, reason: str) -> None:
    """Log that a row is passed over: once while the process lives."""
    line = (key.table.name, value, reason)
    if line not in _reported and len(_reported) < _MAX_REMEMBERED:
        _reported.add(line)
        _log.error("row_skipped", table=line[0], **{key.name: value}, reason=reason)
