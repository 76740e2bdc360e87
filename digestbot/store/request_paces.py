"""The pace at which archives are asked, shared by all processes, by the database's clock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sql_datetime import add_milliseconds, database_now
from digestbot.store.tables import request_paces

_PERSON = "person:"
"""What the holders of turns begin with for whose end a person waits."""
_WAITING_MILLISECONDS = 5_000
"""How long somebody is known to wait who does not look for the turn any more: longer than a delay."""


class RequestPaceStore:
    """One row for what has one pace, and one for each host that is not to be asked for a while."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_turn(
        self, name: str, holder: str, delay_seconds: float, hold_seconds: float, *, is_for_person: bool = False
    ) -> float | None:
        """Take the turn to ask; ``None`` if it is ours, or else how many seconds it is not anybody's.

        A turn is kept for ``hold_seconds`` at most, and the next one begins ``delay_seconds`` after it at the
        earliest. Times that are further away than any can be were taken before the clock was set back. Where somebody
        waits for whom a person waits, nobody else gets the turn, unless the last one was a person's too.
        """
        holder = f"{_PERSON}{holder}" if is_for_person else holder
        now, delay, hold = database_now(), int(delay_seconds * 1000), int(hold_seconds * 1000)
        values = {
            "holder": holder,
            "held_until": add_milliseconds(now, hold),
            "next_at": add_milliseconds(now, delay),
        }
        is_free = and_(
            or_(request_paces.c.held_until <= now, request_paces.c.held_until > add_milliseconds(now, 2 * hold)),
            or_(request_paces.c.next_at <= now, request_paces.c.next_at > add_milliseconds(now, 2 * delay + 1)),
        )
        async with self._database.write() as connection:
            if not is_for_person and await connection.scalar(_select_people_first(name)):
                return 0.0
            made = insert_into(connection, request_paces).values(name=name, **values)
            upsert = made.on_conflict_do_update(index_elements=["name"], set_=values, where=is_free)
            is_taken = bool(await connection.scalar(upsert.returning(request_paces.c.name)))
            if is_for_person:
                await _note_person(connection, name, holder, is_waiting=not is_taken)
            if is_taken:
                return None
        return await self._measure_wait(name)

    async def end_turn(self, name: str, holder: str, *, is_for_person: bool = False) -> None:
        """Let others have their turn, once the delay is over."""
        holder = f"{_PERSON}{holder}" if is_for_person else holder
        async with self._database.write() as connection:
            await connection.execute(
                update(request_paces)
                .where(request_paces.c.name == name, request_paces.c.holder == holder)
                .values(held_until=database_now())
            )

    async def close_host(self, host: str, seconds: float) -> None:
        """Note that a host is not to be asked for so long."""
        now = database_now()
        values = {"holder": "", "held_until": now, "next_at": add_milliseconds(now, int(seconds * 1000))}
        async with self._database.write() as connection:
            made = insert_into(connection, request_paces).values(name=_name_host(host), **values)
            await connection.execute(made.on_conflict_do_update(index_elements=["name"], set_=values))

    async def get_closed_seconds(self, host: str) -> float:
        """How long a host is not to be asked, in seconds."""
        return await self._measure_wait(_name_host(host))

    async def _measure_wait(self, name: str) -> float:
        query = select(request_paces.c.next_at, database_now().label("now")).where(request_paces.c.name == name)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _count_seconds(row.now, row.next_at) if row else 0.0


def _select_people_first(name: str) -> Select[tuple[str]]:
    """A row if somebody waits for whom a person waits, and the last turn was nobody's of these."""
    waiting = request_paces.alias()
    query = select(request_paces.c.name).join(waiting, waiting.c.name == _name_queue(name))
    is_persons = request_paces.c.holder.startswith(_PERSON)
    now = database_now()
    is_waiting = waiting.c.held_until.between(now, add_milliseconds(now, 2 * _WAITING_MILLISECONDS))
    return query.where(request_paces.c.name == name, ~is_persons, is_waiting)


async def _note_person(connection: AsyncConnection, name: str, holder: str, *, is_waiting: bool) -> None:
    """Note that somebody waits for whom a person waits, while they look for their turn; or that they wait no more."""
    now = database_now()
    queue = _name_queue(name)
    if not is_waiting:
        own = (request_paces.c.name == queue) & (request_paces.c.holder == holder)
        await connection.execute(update(request_paces).where(own).values(held_until=now))
        return
    values = {"holder": holder, "held_until": add_milliseconds(now, _WAITING_MILLISECONDS), "next_at": now}
    made = insert_into(connection, request_paces).values(name=queue, **values)
    await connection.execute(made.on_conflict_do_update(index_elements=["name"], set_=values))


def _name_queue(name: str) -> str:
    return f"people:{name}"


def _name_host(host: str) -> str:
    return f"closed:{host}"


def _count_seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
