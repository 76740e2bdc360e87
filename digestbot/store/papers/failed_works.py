"""What a model was paid for and nothing came of: it is not paid for again at once, whoever asks, in any process."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.tables import failed_works

FAILED_FOR = timedelta(hours=1)
"""How long it is remembered."""


class FailedWorkStore:
    """Reads and writes names of work that failed, which are made of a paper and what was wanted of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def has_failed(self, name: str, now: datetime) -> bool:
        """Whether work failed within the last hour."""
        query = select(failed_works.c.name).where(
            failed_works.c.name == name, failed_works.c.failed_at > now - FAILED_FOR
        )
        async with self._database.read() as connection:
            return await connection.scalar(query) is not None

    async def note(self, name: str, now: datetime) -> None:
        """Note that work failed."""
        values = {"failed_at": now}
        async with self._database.write() as connection:
            made = insert_into(connection, failed_works).values(name=name, **values)
            await connection.execute(made.on_conflict_do_update(index_elements=["name"], set_=values))

    async def delete_expired(self, now: datetime) -> None:
        """Delete what is remembered no more."""
        async with self._database.write() as connection:
            await connection.execute(delete(failed_works).where(failed_works.c.failed_at <= now - FAILED_FOR))
