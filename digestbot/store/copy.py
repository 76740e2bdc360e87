"""Move an installation to another database, whole and verified."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sqlalchemy import Row, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.errors import StoreError
from digestbot.store.engine import Database
from digestbot.store.search import index_papers
from digestbot.store.tables import leases, metadata, papers

_BATCH = 2_000
Progress = Callable[[str, int, int], None]
"""Hears of a table, how many of its rows are copied, and how many there are."""


def copied_tables() -> list[Table]:
    """All tables, each after those that it refers to. Leases belong to running processes and stay behind."""
    return [table for table in metadata.sorted_tables if table is not leases]


async def copy(source: Database, target: Database, progress: Progress) -> dict[str, int]:
    """Copy every row into a database that has the tables and nothing in them; how many rows each table had.

    All of it is one transaction of the target: what fails leaves it empty. Every table is read back and compared by a
    digest of its rows before that is committed. Raises :class:`~digestbot.errors.StoreError`.
    """
    async with source.read() as old, target.write() as new:
        await _check_empty(new, target.place)
        counts = {}
        for table in copied_tables():
            counts[table.name] = await _copy_table(old, new, table, progress)
        await _index(new)
        for table in copied_tables():
            if await _fingerprint(old, table) != await _fingerprint(new, table):
                raise StoreError(f"{table.name} did not arrive as it was in {target.place}; nothing was kept there")
        if target.server:
            await _set_sequences(new)
    return counts


async def _check_empty(new: AsyncConnection, place: str) -> None:
    for table in copied_tables():
        if await new.scalar(select(func.count()).select_from(table)):
            raise StoreError(f"{place} is not empty ({table.name} has rows): name a new database to copy into")


async def _copy_table(old: AsyncConnection, new: AsyncConnection, table: Table, progress: Progress) -> int:
    number = int(await old.scalar(select(func.count()).select_from(table)) or 0)
    done = 0
    async for batch in _batches(old, table):
        await new.execute(insert(table), [dict(row._mapping) for row in batch])
        done += len(batch)
        progress(table.name, done, number)
    return done


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows in the order of their key; so many are held at once."""
    keys = list(table.primary_key.columns)
    async with connection.stream(select(table).order_by(*keys).execution_options(yield_per=_BATCH)) as rows:
        async for batch in rows.partitions():
            yield batch


async def _fingerprint(connection: AsyncConnection, table: Table) -> tuple[int, str]:
    """The number of rows, and a digest that does not depend on how an engine orders texts."""
    number, total = 0, 0
    async for batch in _batches(connection, table):
        for row in batch:
            number += 1
            total ^= int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest()[:16])
    return number, f"{total:032x}"


async def _index(new: AsyncConnection) -> None:
    """The search index is each engine's own."""
    ids = list((await new.scalars(select(papers.c.id).order_by(papers.c.id))).all())
    for start in range(0, len(ids), _BATCH):
        await index_papers(new, ids[start : start + _BATCH])


async def _set_sequences(new: AsyncConnection) -> None:
    """Rows that are made from now on get numbers after those that were copied."""
    for table in copied_tables():
        if "id" in table.c:
            name = table.name
            highest = f"SELECT coalesce(max(id), 0) + 1 FROM {name}"  # noqa: S608  # our own tables' names
            await new.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), ({highest}), false)"))
