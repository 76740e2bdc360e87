"""Whether a SQLite file is damaged."""

from __future__ import annotations

from collections.abc import Iterable

from digestbot.store.database.engine import Database

MAX_PROBLEMS = 10


async def find_damage(database: Database) -> list[str]:
    """List what SQLite finds damaged in a file, in its words; it reads every page once, and blocks nobody.

    Raises :class:`~digestbot.errors.StoreError` if the damage lets it read nothing.
    """
    async with database.read() as connection:
        rows = await connection.exec_driver_sql(f"PRAGMA quick_check({MAX_PROBLEMS})")
        return parse_quick_check(str(row) for row in rows.scalars())


def parse_quick_check(rows: Iterable[str]) -> list[str]:
    """The problems in ``PRAGMA quick_check``'s answer: ``ok``, or lines under a heading."""
    lines = [line for row in rows for line in row.splitlines() if not line.startswith("***")]
    return [] if lines == ["ok"] else lines
