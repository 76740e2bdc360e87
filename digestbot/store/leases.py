"""Leases: of several processes over one database, which one does a thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select

from digestbot.store.engine import Database, insert_into
from digestbot.store.sql_datetime import add_milliseconds, database_now
from digestbot.store.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it stands: ``location`` says where its holder runs, and ``is_active`` that it has not run out."""

    name: str
    holder: str
    location: str
    until: datetime
    is_active: bool


class LeaseStore:
    """Gives a lease to one holder at a time, by the database's own clock: those of the machines may differ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, name: str, holder: str, location: str, seconds: float) -> bool:
        """Take or renew a lease for so many seconds; false while another holds it.

        One that runs for longer than any lease can was taken before the clock was set back: it counts as run out.
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
        """Let others take a lease at once."""
        async with self._database.write() as connection:
            await connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    async def list_all(self) -> list[Lease]:
        """Every lease there is."""
        is_active = (leases.c.until >= database_now()).label("is_active")
        async with self._database.read() as connection:
            rows = await connection.execute(select(leases, is_active).order_by(leases.c.name))
            return [Lease(row.name, row.holder, row.location, row.until, bool(row.is_active)) for row in rows]
