"""Storage for commands that exceed a button's callback data, by token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from digestbot.store.engine import Database, insert_into
from digestbot.store.tables import callback_tokens

_RETENTION = timedelta(days=180)


class CallbackTokenStore:
    """Stores the commands of buttons in sent messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, commands: Mapping[str, str], now: datetime) -> None:
        """Store commands by token, and delete those last used half a year ago."""
        async with self._database.write() as connection:
            statement = insert_into(connection, callback_tokens)
            refreshed = {"used_at": statement.excluded.used_at}
            rows = [{"token": token, "command": command, "used_at": now} for token, command in commands.items()]
            await connection.execute(statement.on_conflict_do_update(index_elements=["token"], set_=refreshed), rows)
            await connection.execute(delete(callback_tokens).where(callback_tokens.c.used_at < now - _RETENTION))

    async def get_command(self, token: str) -> str | None:
        """The command of a token; ``None`` if unknown or expired."""
        async with self._database.read() as connection:
            command: str | None = await connection.scalar(
                select(callback_tokens.c.command).where(callback_tokens.c.token == token)
            )
        return command
