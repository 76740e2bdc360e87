"""Small values that the bot keeps between restarts, by key."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.tables import key_values


class KeyValueStore:
    """Short strings by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str:
        """The value of a key; empty if unset."""
        async with self._database.read() as connection:
            value: str | None = await connection.scalar(select(key_values.c.value).where(key_values.c.name == name))
        return value or ""

    async def set(self, name: str, value: str) -> None:
        """Set the value of a key."""
        async with self._database.write() as connection:
            statement = insert_into(connection, key_values).values(name=name, value=value)
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

    async def renew_database_id(self) -> None:
        """Forget the id: after a restore, new deliveries get numbers that others had, and must not share their keys."""
        async with self._database.write() as connection:
            await connection.execute(delete(key_values).where(key_values.c.name == "identity"))

    async def get_database_id(self) -> str:
        """An id unique to this database, created on first use."""
        async with self._database.write() as connection:
            statement = insert_into(connection, key_values).values(name="identity", value=secrets.token_hex(8))
            await connection.execute(statement.on_conflict_do_nothing())
        return await self.get("identity")
