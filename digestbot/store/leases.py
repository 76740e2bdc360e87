"""Leases, by which one of several processes sharing a database is chosen for a task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.database.sql_datetime import add_milliseconds, database_now
from digestbot.store.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """The current state of a lease: ``location`` is where its holder runs, ``is_active`` means not expired."""

    name: str
    holder: str
    location: str
    until: datetime
    is_active: bool


class LeaseStore:
    """Grants leases to one holder at a time, by the database's clock, since the machines' clocks may differ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, name: str, holder: str, location: str, seconds: float) -> bool:
        """Acquire or renew a lease for ``seconds``; false if another holder has it.

        A lease that expires later than any lease can was taken before the clock was set back, and counts as
        expired.
        """
        now, milliseconds = database_now(), int(seconds * 1000)
        values = {"holder": holder, "location": location, "until": add_milliseconds(now, milliseconds)}
        is_available = or_(
            leases.c.holder == holder,
            leases.c.until < now,
            leases.c.until > add_milliseconds(now, 2 * milliseconds),
        )
        async with self._database.write() as connection:
            made = insert_into(connection, leases).values(name=name, **values)
            upsert = made.on_conflict_do_update(index_elements=["name"], set_=values, where=is_available)
            return bool(await connection.scalar(upsert.returning(leases.c.holder)))

    async def release(self, name: str, holder: str) -> None:
        """Release a lease for others at once."""
        async with self._database.write() as connection:
            await connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    async def list_all(self) -> list[Lease]:
        """All leases."""
        is_active = (leases.c.until >= database_now()).label("is_active")
        async with self._database.read() as connection:
            return await read_sound_rows(
                connection,
                select(leases, is_active).order_by(leases.c.name),
                lambda row: Lease(row.name, row.holder, row.location, row.until, bool(row.is_active)),
                leases.c.name,
            )
