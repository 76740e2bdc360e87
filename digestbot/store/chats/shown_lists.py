"""The papers of the list that a chat was shown last, by their numbers in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select

from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import outbox, shown_lists

_RETENTION = timedelta(days=30)
_MAX_NUMBERS = 1_000
"""How many papers of a list can be named by their numbers, however many of its pages are looked at."""


@dataclass(frozen=True, slots=True)
class TurnedPage:
    """A page of something that has several, by the ``command`` that shows the first of them."""

    command: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class ShownList:
    """A list as it was shown: ``name`` is that of the same list on its other pages, and ``papers`` are by number.

    ``opened`` is the paper that was opened last, after that list, and ``page`` the page that was shown last, if either
    was.
    """

    name: str
    papers: Mapping[int, str]
    shown_at: datetime
    opened: str = ""
    opened_at: datetime | None = None
    page: TurnedPage = TurnedPage()


class ShownListStore:
    """Reads and writes which list each chat was shown last: everybody in it, and each person for themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        address: Address,
        viewer: str,
        name: str,
        numbers: Mapping[int, str],
        now: datetime,
        *,
        page: TurnedPage = TurnedPage(),
    ) -> None:
        """Record a page of a list. Another page of the same list adds to what is known of it.

        ``viewer`` is the person who alone sees it, empty if everybody in the chat does.
        """
        known = await self._find(address, (viewer,))
        merged = dict(known[0].papers) if known and known[0].name == name else {}
        merged = dict(sorted((merged | dict(numbers)).items())[-_MAX_NUMBERS:])
        await self._write(address, viewer, ShownList(name, merged, now, page=page))

    async def record_opened(
        self, address: Address, viewer: str, paper: str, now: datetime, *, page: TurnedPage
    ) -> None:
        """Record which paper was opened last; the list stays the last one."""
        known = next(iter(await self._find(address, (viewer,))), ShownList("", {}, now))
        opened = replace(known, opened=paper, opened_at=now, page=page if page.command else known.page)
        is_noted = known.opened == paper and known.opened_at is not None and known.opened_at >= known.shown_at
        if not is_noted or known.page != opened.page:
            await self._write(address, viewer, opened)

    async def _write(self, address: Address, viewer: str, shown: ShownList) -> None:
        key = _build_key(address) | {"viewer": viewer}
        papers_json: dict[str, Any] = {str(number): paper for number, paper in shown.papers.items()}
        if shown.opened and shown.opened_at:
            papers_json |= {"opened": shown.opened, "opened_at": shown.opened_at.isoformat()}
        if shown.page.command:
            papers_json |= {"command": shown.page.command, "page": shown.page.number}
        now = shown.opened_at or shown.shown_at
        values = {"name": shown.name, "papers": papers_json, "shown_at": shown.shown_at}
        async with self._database.write() as connection:
            statement = insert_into(connection, shown_lists).values(**key, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
            await connection.execute(delete(shown_lists).where(shown_lists.c.shown_at < now - _RETENTION))

    async def find_last(self, address: Address, viewer: str) -> ShownList | None:
        """The list that a person was shown last in a chat, alone or with everybody; ``None`` if there is none."""
        shown = [one for one in await self._find(address, {"", viewer}) if one.papers]
        return max(shown, key=lambda one: one.shown_at, default=None)

    async def find_all(self, address: Address, viewer: str) -> list[ShownList]:
        """What a person was shown last in a chat, alone and with everybody, the last first."""
        shown = await self._find(address, {"", viewer})
        return sorted(shown, key=lambda one: one.opened_at or one.shown_at, reverse=True)

    async def find_last_delivery(self, subscriber_id: int) -> tuple[int, datetime] | None:
        """The digest that led what a chat was sent last in one message, and when; ``None`` if it was sent none."""
        is_sent = (outbox.c.subscriber_id == subscriber_id, outbox.c.state == DeliveryState.SENT.value)
        lead = select(outbox.c.digest_id, outbox.c.ended_at).where(*is_sent, outbox.c.lead_digest_id.is_(None))
        last = lead.order_by(outbox.c.ended_at.desc(), outbox.c.id.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(last)).first()
        return (row.digest_id, row.ended_at) if row and row.ended_at else None

    async def delete_expired(self, now: datetime) -> None:
        """Delete what was shown more than a month ago."""
        async with self._database.write() as connection:
            await connection.execute(delete(shown_lists).where(shown_lists.c.shown_at < now - _RETENTION))

    async def forget(self, address: Address, viewer: str = "") -> None:
        """Forget what a chat was shown, or a ``viewer`` alone in any chat of the platform."""
        key = {"platform": address.platform, "viewer": viewer} if viewer else _build_key(address)
        async with self._database.write() as connection:
            await connection.execute(delete(shown_lists).where(*_match(key)))

    async def _find(self, address: Address, viewers: Collection[str]) -> list[ShownList]:
        query = select(shown_lists).where(*_match(_build_key(address)), shown_lists.c.viewer.in_(viewers))
        async with self._database.read() as connection:
            return await read_sound_rows(connection, query, _to_shown_list, shown_lists.c.viewer)


def _to_shown_list(row: Row[Any]) -> ShownList:
    numbers = {int(number): str(paper) for number, paper in row.papers.items() if number.isdecimal()}
    opened_at = row.papers.get("opened_at")
    return ShownList(
        row.name,
        numbers,
        row.shown_at,
        str(row.papers.get("opened", "")),
        datetime.fromisoformat(opened_at) if opened_at else None,
        TurnedPage(str(row.papers.get("command", "")), int(row.papers.get("page", 1))),
    )


def _build_key(address: Address) -> dict[str, str]:
    return {"platform": address.platform, "chat": address.chat, "thread": address.thread}


def _match(key: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [shown_lists.c[name] == value for name, value in key.items()]
