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

_BATCH_SIZE = 2_000
CopyProgress = Callable[[str, int, int], None]
"""Hears of a table, how many of its rows are copied, and how many there are."""


def list_copied_tables() -> list[Table]:
    """All tables, each after those that it refers to. Leases belong to running processes and stay behind."""
    return [table for table in metadata.sorted_tables if table is not leases]


async def copy_database(source: Database, target: Database, progress: CopyProgress) -> dict[str, int]:
    """Copy every row into a database that has the tables and nothing in them; how many rows each table had.

    All of it is one transaction of the target: what fails leaves it empty. Every table is read back and compared by a
    digest of its rows before that is committed. Raises :class:`~digestbot.errors.StoreError`.
    """
    async with source.read() as source_connection, target.write() as target_connection:
        await _check_empty(target_connection, target.location)
        counts = {}
        for table in list_copied_tables():
            counts[table.name] = await _copy_table(source_connection, target_connection, table, progress)
        await _rebuild_search_index(target_connection)
        for table in list_copied_tables():
            if await _compute_fingerprint(source_connection, table) != await _compute_fingerprint(
                target_connection, table
            ):
                raise StoreError(f"{table.name} did not arrive as it was in {target.location}; nothing was kept there")
        if target.is_server:
            await _set_sequences(target_connection)
    return counts


async def _check_empty(connection: AsyncConnection, location: str) -> None:
    for table in list_copied_tables():
        if await connection.scalar(select(func.count()).select_from(table)):
            raise StoreError(f"{location} is not empty ({table.name} has rows): name a new database to copy into")


async def _copy_table(source: AsyncConnection, target: AsyncConnection, table: Table, progress: CopyProgress) -> int:
    row_count = int(await source.scalar(select(func.count()).select_from(table)) or 0)
    copied_count = 0
    async for batch in _iter_batches(source, table):
        await target.execute(insert(table), [dict(row._mapping) for row in batch])
        copied_count += len(batch)
        progress(table.name, copied_count, row_count)
    return copied_count


async def _iter_batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows in the order of their key; so many are held at once."""
    keys = list(table.primary_key.columns)
    async with connection.stream(select(table).order_by(*keys).execution_options(yield_per=_BATCH_SIZE)) as rows:
        async for batch in rows.partitions():
            yield batch


async def _compute_fingerprint(connection: AsyncConnection, table: Table) -> tuple[int, str]:
    """The number of rows, and a digest that does not depend on how an engine orders texts."""
    row_count, total = 0, 0
    async for batch in _iter_batches(connection, table):
        for row in batch:
            row_count += 1
            total ^= int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest()[:16])
    return row_count, f"{total:032x}"


async def _rebuild_search_index(connection: AsyncConnection) -> None:
    """The search index is each engine's own."""
    ids = list((await connection.scalars(select(papers.c.id).order_by(papers.c.id))).all())
    for start in range(0, len(ids), _BATCH_SIZE):
        await index_papers(connection, ids[start : start + _BATCH_SIZE])


async def _set_sequences(connection: AsyncConnection) -> None:
    """Rows that are made from now on get numbers after those that were copied."""
    for table in list_copied_tables():
        if "id" in table.c:
            name = table.name
            highest = f"SELECT coalesce(max(id), 0) + 1 FROM {name}"  # noqa: S608  # our own tables' names
            await connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), ({highest}), false)"))
