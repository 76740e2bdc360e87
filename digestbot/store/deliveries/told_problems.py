"""The problems that the people who set chats up were told of."""

from __future__ import annotations

from datetime import datetime, timedelta

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.tables import told_problems


class ToldProblemStore:
    """Remembers who was told of what, and when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, subscriber_id: int, reason: str, now: datetime, again_after: timedelta) -> bool:
        """Record that a problem is told of now; false if it was told of so recently that it need not be again."""
        async with self._database.write() as connection:
            statement = insert_into(connection, told_problems).values(
                subscriber_id=subscriber_id, reason=reason, told_at=now
            )
            is_due = told_problems.c.told_at <= now - again_after
            told_again = statement.on_conflict_do_update(
                index_elements=["subscriber_id", "reason"], set_={"told_at": now}, where=is_due
            )
            return bool((await connection.execute(told_again)).rowcount)
