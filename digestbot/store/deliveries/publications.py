"""Posts that are still to be published to the channels that follow theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from digestbot.domain.subscription import Address
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import publications


@dataclass(frozen=True, slots=True)
class Publication:
    """A post that is being published. ``attempt`` counts from 1."""

    id: int
    address: Address
    message: str
    created_at: datetime
    attempt: int


class PublicationStore:
    """Keeps what is still to be published, until it is or cannot be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, address: Address, message: str, now: datetime) -> None:
        """Keep a post to be published; one that is kept already stays as it is."""
        row = {"platform": address.platform, "chat": address.chat, "thread": address.thread, "message": message}
        async with self._database.write() as connection:
            statement = insert_into(connection, publications).values(**row, created_at=now, available_at=now)
            await connection.execute(statement.on_conflict_do_nothing())

    async def claim(self, platform: str, now: datetime, lease: timedelta, limit: int) -> list[Publication]:
        """The posts that may be published now, longest waiting first, for the caller alone until the lease ends."""
        pick = (
            select(publications.c.id)
            .where(publications.c.platform == platform, publications.c.available_at <= now)
            .order_by(publications.c.available_at, publications.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("pick")
        )
        values = {"available_at": now + lease, "attempts": publications.c.attempts + 1}
        statement = update(publications).where(publications.c.id.in_(select(pick.c.id))).values(values)
        async with self._database.write() as connection:
            ids: Sequence[int] = (await connection.scalars(statement.returning(publications.c.id))).all()
            query = select(publications).where(publications.c.id.in_(ids)).order_by(publications.c.id)
            return await read_sound_rows(connection, query, _to_publication, publications.c.id)

    async def postpone(self, publication: Publication, at: datetime) -> None:
        """Let it be tried again at a given time."""
        statement = update(publications).where(publications.c.id == publication.id)
        async with self._database.write() as connection:
            await connection.execute(statement.values(available_at=at))

    async def remove(self, publication: Publication) -> None:
        """Forget one that is published, or cannot be."""
        async with self._database.write() as connection:
            await connection.execute(delete(publications).where(publications.c.id == publication.id))

    async def has_any(self, platform: str) -> bool:
        """Whether something is still to be published, now or later."""
        query = select(publications.c.id).where(publications.c.platform == platform).limit(1)
        async with self._database.read() as connection:
            return await connection.scalar(query) is not None


def _to_publication(row: Row[Any]) -> Publication:
    address = Address(row.platform, row.chat, row.thread)
    return Publication(row.id, address, row.message, row.created_at, int(row.attempts))
