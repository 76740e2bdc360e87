"""Whether a SQLite file is damaged."""

from __future__ import annotations

from digestbot.store.engine import Database

_MAX_PROBLEMS = 10


async def find_damage(database: Database) -> list[str]:
    """List what SQLite finds damaged in a file, in its words; it reads every page once, and blocks nobody.

    Raises :class:`~digestbot.errors.StoreError` if the damage lets it read nothing.
    """
    async with database.read() as connection:
        rows = await connection.exec_driver_sql(f"PRAGMA quick_check({_MAX_PROBLEMS})")
        lines = [line for row in rows.scalars() for line in str(row).splitlines()]
    return [] if lines == ["ok"] else lines
