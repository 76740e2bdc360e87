"""A row in each table that no digestbot writes, all of one reader and one topic."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Integer, Time

from digestbot.store import Store
from digestbot.store.database.sql_datetime import UtcDateTime
from digestbot.store.tables import metadata

_ID = 900_001
_PAST = "2020-01-01 00:00:00.000000"
_BY_TYPE: dict[type, object] = {
    UtcDateTime: "2026-13-45 25:61:00.000000",
    DateTime: "2026-13-45 25:61:00.000000",
    Date: "2026-02-31",
    Time: "25:00:00.000000",
    JSON: "{",
    Boolean: "nonsense",
    Integer: "nonsense",
}
_CHOSEN: dict[tuple[str, str], object] = {
    # so that somebody comes across them
    ("schedules", "next_due"): _PAST,
    ("schedules", "timezone"): "localtime",
    ("subscribers", "platform"): "telegram",
    ("subscribers", "pause_reason"): "",
    ("outbox", "platform"): "telegram",
    ("outbox", "state"): "due",
    ("outbox", "available_at"): _PAST,
}


async def add_bad_rows(store: Store) -> int:
    """Add one to each table; how many tables."""
    with closing(sqlite3.connect(store.database.file or "", isolation_level=None)) as connection:
        for table in metadata.sorted_tables:
            values = [_choose_value(column) for column in table.columns]
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    return len(metadata.sorted_tables)


def _choose_value(column: Column[object]) -> object:
    if column.foreign_keys or (column.primary_key and isinstance(column.type, Integer)):
        return _ID
    by_type = next((value for kind, value in _BY_TYPE.items() if isinstance(column.type, kind)), "\x00 nonsense")
    return _CHOSEN.get((column.table.name, column.name), by_type)
