"""Leases: of several processes over one database, which one does a thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select

from digestbot.store.engine import Database, insert
from digestbot.store.moments import database_now, later
from digestbot.store.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it stands: ``place`` says where its holder runs, and ``running`` that it has not run out."""

    name: str
    holder: str
    place: str
    until: datetime
    running: bool


class Leases:
    """Gives a lease to one holder at a time, by the database's own clock: those of the machines may differ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, holder: str, place: str, seconds: float) -> bool:
        """Take or renew a lease for so many seconds; false while another holds it.

        One that runs for longer than any lease can was taken before the clock was set back: it counts as run out.
        """
        now, milliseconds = database_now(), int(seconds * 1000)
        own = {"holder": holder, "place": place, "until": later(now, milliseconds)}
        free = or_(
            leases.c.holder == holder,
            leases.c.until < now,
            leases.c.until > later(now, 2 * milliseconds),
        )
        async with self._database.write() as connection:
            made = insert(connection, leases).values(name=name, **own)
            taking = made.on_conflict_do_update(index_elements=["name"], set_=own, where=free)
            return bool(await connection.scalar(taking.returning(leases.c.holder)))

    async def give_back(self, name: str, holder: str) -> None:
        """Let others take a lease at once."""
        async with self._database.write() as connection:
            await connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    async def all(self) -> list[Lease]:
        """Every lease there is."""
        running = (leases.c.until >= database_now()).label("running")
        async with self._database.read() as connection:
            rows = await connection.execute(select(leases, running).order_by(leases.c.name))
            return [Lease(row.name, row.holder, row.place, row.until, bool(row.running)) for row in rows]
