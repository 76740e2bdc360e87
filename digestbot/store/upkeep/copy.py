"""Copy an installation to another database, completely and verified."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sqlalchemy import Row, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.errors import StoreError
from digestbot.store.database.engine import Database
from digestbot.store.search.search_index import index_all_papers
from digestbot.store.tables import leases, metadata, paper_lookups, request_paces

_BATCH_SIZE = 2_000
CopyProgress = Callable[[str, int, int], None]
"""Called with a table's name, the number of rows copied, and its total number of rows."""


def list_copied_tables() -> list[Table]:
    """All tables in order of their foreign keys. Leases are left out: they belong to running processes."""
    return [table for table in metadata.sorted_tables if table not in (leases, paper_lookups, request_paces)]


async def copy_database(source: Database, target: Database, progress: CopyProgress) -> dict[str, int]:
    """Copy every row into an empty database with the same tables; the number of rows per table.

    Everything happens in one transaction of the target, so that a failure leaves it empty. Before the commit, every
    table is read back and compared by a hash of its rows. A target that has exactly the source's rows is only compared:
    a process may have been killed after the commit. Raises :class:`~digestbot.errors.StoreError`.
    """
    check_different(source, target)
    async with source.read() as source_connection, target.write() as target_connection:
        for connection in (source_connection, target_connection):
            await _allow_idle_time(connection)
        filled_table = await _find_filled_table(target_connection)
        if filled_table is None:
            await _copy_tables(source_connection, target_connection, progress)
        counts, differing_table = await _compare_tables(source_connection, target_connection)
        if differing_table and filled_table:
            raise StoreError(
                f"{target.location} is not empty ({filled_table} has rows): name a new database to copy to"
            )
        if differing_table:
            raise StoreError(f"{differing_table} differs after copying to {target.location}; nothing was kept there")
    return counts


def check_different(source: Database, target: Database) -> None:
    """Raise :class:`~digestbot.errors.StoreError` if both are the same database."""
    files = [database.file for database in (source, target) if database.file and database.file.exists()]
    if source.location == target.location or (len(files) > 1 and files[0].samefile(files[1])):
        raise StoreError(f"{target.location} is the source database: name another one to copy to")


async def _allow_idle_time(connection: AsyncConnection) -> None:
    """Let a server wait in the middle of the transaction: each database stands still while the other works."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


async def _find_filled_table(connection: AsyncConnection) -> str | None:
    for table in list_copied_tables():
        if await connection.scalar(select(func.count()).select_from(table)):
            return table.name
    return None


async def _copy_tables(source: AsyncConnection, target: AsyncConnection, progress: CopyProgress) -> None:
    for table in list_copied_tables():
        await _copy_table(source, target, table, progress)
    await index_all_papers(target)  # each database keeps its index in its own format
    if target.dialect.name != "sqlite":
        await _set_sequences(target)


async def _compare_tables(source: AsyncConnection, target: AsyncConnection) -> tuple[dict[str, int], str]:
    """The number of rows per table, and the first table that differs, if any."""
    counts: dict[str, int] = {}
    for table in list_copied_tables():
        expected, copied = await _compute_fingerprint(source, table), await _compute_fingerprint(target, table)
        if expected != copied:
            return counts, table.name
        counts[table.name], _ = expected
    return counts, ""


async def _copy_table(source: AsyncConnection, target: AsyncConnection, table: Table, progress: CopyProgress) -> None:
    row_count = int(await source.scalar(select(func.count()).select_from(table)) or 0)
    copied_count = 0
    async for batch in _iter_batches(source, table):
        await target.execute(insert(table), [dict(row._mapping) for row in batch])
        copied_count += len(batch)
        progress(table.name, copied_count, row_count)


async def _iter_batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows in key order, in batches to limit memory."""
    keys = list(table.primary_key.columns)
    async with connection.stream(select(table).order_by(*keys).execution_options(yield_per=_BATCH_SIZE)) as rows:
        async for batch in rows.partitions():
            yield batch


async def _compute_fingerprint(connection: AsyncConnection, table: Table) -> tuple[int, str]:
    """The number of rows, and a hash that is independent of the database's collation."""
    row_count, total = 0, 0
    async for batch in _iter_batches(connection, table):
        for row in batch:
            row_count += 1
            total ^= int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest()[:16])
    return row_count, f"{total:032x}"


async def _set_sequences(connection: AsyncConnection) -> None:
    """Set the sequences so that new rows get ids after the copied ones."""
    for table in list_copied_tables():
        if "id" in table.c:
            name = table.name
            highest = f"SELECT coalesce(max(id), 0) + 1 FROM {name}"  # noqa: S608  # our own tables' names
            await connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), ({highest}), false)"))
