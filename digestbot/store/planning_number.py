"""Plannings are numbered, one after the other."""

from __future__ import annotations

from sqlalchemy import func, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.tables import digests, schedules

_LOCK_ID = 7012118


async def begin_planning(connection: AsyncConnection) -> int:
    """Wait for the planning under way, if any, and return the next one's number: it is the transaction's."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})"))
    return await _read_highest_number(connection) + 1


async def read_missed_number(connection: AsyncConnection) -> int:
    """The number of the last planning that does not know of what this transaction changes.

    One that is under way may not know of it. One that begins later waits for the transaction's end.
    """
    is_idle = True
    if connection.dialect.name == "postgresql":
        is_idle = bool(await connection.scalar(text(f"SELECT pg_try_advisory_xact_lock_shared({_LOCK_ID})")))
    highest = await _read_highest_number(connection)
    return highest if is_idle else highest + 1


async def _read_highest_number(connection: AsyncConnection) -> int:
    columns = (digests.c.planning_number, schedules.c.planning_number)
    # The limit leaves out what SQLite may keep in a column of numbers besides: text is greater.
    highest = (select(func.max(column).label("number")).where(column < 2_000_000_000) for column in columns)
    numbers = union_all(*highest).subquery("numbers")
    return int(await connection.scalar(select(func.max(numbers.c.number))) or 0)
