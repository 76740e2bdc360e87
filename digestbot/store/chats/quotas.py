"""How often people and chats had what costs something done on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.tables import quota_uses

_KEPT_DAYS = timedelta(days=1)
"""How long the counts of a day are kept after it: what began on it is given back by then."""


@dataclass(frozen=True, slots=True)
class QuotaHolder:
    """A person or a chat, by its platform and number there, and how often it may be had a day."""

    platform: str
    chat: str
    limit: int


class QuotaUsedUpError(Exception):
    """A holder had its quota of the day: inside of the bot only."""

    def __init__(self, holder: QuotaHolder) -> None:
        self.holder = holder
        super().__init__(holder)


class QuotaStore:
    """Counts uses by day. What is taken is in the database before the work begins, so that processes count together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, day: date, holders: Sequence[QuotaHolder]) -> None:
        """Count one use for each of the holders, or for none of them.

        Raises :class:`QuotaUsedUpError` with the first one that had all of its own. Holders come in the same order each
        time (a person before the chat), so that nobody waits for each other.
        """
        async with self._database.write() as connection:
            for holder in holders:
                if not await _add_use(connection, day, holder):
                    raise QuotaUsedUpError(holder)
            await connection.execute(delete(quota_uses).where(quota_uses.c.day < day - _KEPT_DAYS))

    async def give_back(self, day: date, holders: Sequence[QuotaHolder]) -> None:
        """Count one use less for each of the holders."""
        async with self._database.write() as connection:
            for holder in holders:
                is_meant = (*_is_of(holder.platform, holder.chat), quota_uses.c.day == day, quota_uses.c.uses > 0)
                await connection.execute(update(quota_uses).where(*is_meant).values(uses=quota_uses.c.uses - 1))

    async def count_uses(self, day: date, platform: str, chat: str) -> int:
        """How often a person or chat used it on a day."""
        query = select(quota_uses.c.uses).where(*_is_of(platform, chat), quota_uses.c.day == day)
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def delete_expired(self, day: date) -> None:
        """Delete what was counted on days before the last one."""
        async with self._database.write() as connection:
            await connection.execute(delete(quota_uses).where(quota_uses.c.day < day - _KEPT_DAYS))


async def move_uses(connection: AsyncConnection, platform: str, chat: str, new_chat: str) -> None:
    """Count what a chat used for the one that replaces it, with what that used itself."""
    rows = (await connection.execute(select(quota_uses).where(*_is_of(platform, chat)))).all()
    await connection.execute(delete(quota_uses).where(*_is_of(platform, chat)))
    for row in rows:
        statement = insert_into(connection, quota_uses).values(
            platform=platform, chat=new_chat, day=row.day, uses=row.uses
        )
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["platform", "chat", "day"], set_={"uses": quota_uses.c.uses + row.uses}
            )
        )


async def _add_use(connection: AsyncConnection, day: date, holder: QuotaHolder) -> bool:
    if holder.limit < 1:
        return False
    statement = insert_into(connection, quota_uses).values(platform=holder.platform, chat=holder.chat, day=day, uses=1)
    counted = statement.on_conflict_do_update(
        index_elements=["platform", "chat", "day"],
        set_={"uses": quota_uses.c.uses + 1},
        where=quota_uses.c.uses < holder.limit,
    )
    return await connection.scalar(counted.returning(quota_uses.c.uses)) is not None


def _is_of(platform: str, chat: str) -> tuple[ColumnElement[bool], ...]:
    return quota_uses.c.platform == platform, quota_uses.c.chat == chat
