"""Storage for commands that exceed a button's callback data, by token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.tables import callback_tokens

_RETENTION = timedelta(days=180)
_MAX_COMMANDS_PER_OWNER = 500


class CallbackTokenStore:
    """Stores the commands of buttons in sent messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, commands: Mapping[str, str], now: datetime, owner: str = "") -> None:
        """Store commands by token, and delete those last used half a year ago.

        An ``owner``, the chat or person that was sent them, keeps its 500 newest. Those of deliveries have none, since
        many chats are sent the same, and so have those that two were sent: neither can push the other's out.
        """
        columns = callback_tokens.c
        own_by_age = select(columns.token).where(columns.owner == owner).order_by(columns.used_at.desc(), columns.token)
        rows = [{"token": t, "command": c, "used_at": now, "owner": owner} for t, c in commands.items()]
        async with self._database.write() as connection:
            statement = insert_into(connection, callback_tokens)
            refreshed = {
                "used_at": statement.excluded.used_at,
                "owner": case((columns.owner == statement.excluded.owner, columns.owner), else_=""),
            }
            await connection.execute(statement.on_conflict_do_update(index_elements=["token"], set_=refreshed), rows)
            await connection.execute(delete(callback_tokens).where(columns.used_at < now - _RETENTION))
            if owner:
                too_many = own_by_age.offset(_MAX_COMMANDS_PER_OWNER)
                await connection.execute(delete(callback_tokens).where(columns.token.in_(too_many)))

    async def forget(self, owner: str) -> None:
        """Delete the commands of an owner's buttons."""
        async with self._database.write() as connection:
            await connection.execute(delete(callback_tokens).where(callback_tokens.c.owner == owner))

    async def get_command(self, token: str) -> str | None:
        """The command of a token; ``None`` if unknown or expired."""
        async with self._database.read() as connection:
            command: str | None = await connection.scalar(
                select(callback_tokens.c.command).where(callback_tokens.c.token == token)
            )
        return command
