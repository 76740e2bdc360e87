"""Papers that somebody asked for, and which process is asking for which: one asks for all who want a paper."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.papers.looked_up_paper import LookedUpPaper
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sql_datetime import add_milliseconds, database_now
from digestbot.store.digests.digest_rows import from_paper
from digestbot.store.search.search_index import index_papers
from digestbot.store.tables import paper_lookups, papers

_KEPT_MILLISECONDS = 86_400_000
"""How long it is kept at most that a paper was asked for: after an hour, or the lease, it means nothing any more."""


class LookedUpPaperStore:
    """Stores papers as they were looked up, and keeps processes from looking up the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_papers(self, found: Sequence[LookedUpPaper], now: datetime) -> None:
        """Store papers, each at its newest version, as looked up now."""
        rows = {item.paper.arxiv_id: _from_looked_up(item, now) for item in found}
        if not rows:
            return
        async with self._database.write() as connection:
            await _upsert_papers(connection, list(rows.values()))
            ids = await connection.scalars(select(papers.c.id).where(papers.c.arxiv_id.in_(rows)))
            await index_papers(connection, sorted(ids.all()))

    async def claim(
        self, names: Sequence[str], holder: str, seconds: float, *, missing_since: datetime, fetched_since: datetime
    ) -> set[str]:
        """Of papers by their identifiers, those that this process is to ask for now.

        Others are being asked for, or were stored after ``fetched_since``, or it was found after ``missing_since`` that
        there are none.
        """
        now, milliseconds = database_now(), int(seconds * 1000)
        is_held = paper_lookups.c.held_until.between(now, add_milliseconds(now, 2 * milliseconds))
        may_exist = or_(paper_lookups.c.missing_at.is_(None), paper_lookups.c.missing_at <= missing_since)
        values = {"holder": holder, "held_until": add_milliseconds(now, milliseconds), "missing_at": None}
        granted: set[str] = set()
        is_new = papers.c.arxiv_id.in_(names) & (papers.c.fetched_at >= fetched_since)
        async with self._database.write() as connection:
            new = set((await connection.scalars(select(papers.c.arxiv_id).where(is_new))).all())
            for name in sorted({*names} - new):  # in one order, so that no two processes wait for each other
                made = insert_into(connection, paper_lookups).values(paper=name, **values)
                upsert = made.on_conflict_do_update(
                    index_elements=["paper"], set_=values, where=and_(~is_held, may_exist)
                )
                granted.update((await connection.scalars(upsert.returning(paper_lookups.c.paper))).all())
        return granted

    async def release(self, names: Collection[str], holder: str, missing: Collection[str], now: datetime) -> None:
        """Let others ask for papers, and note which of them there are not."""
        is_own = (paper_lookups.c.holder == holder) & paper_lookups.c.paper.in_(list(names))
        is_old = paper_lookups.c.held_until < add_milliseconds(database_now(), -_KEPT_MILLISECONDS)
        async with self._database.write() as connection:
            await connection.execute(delete(paper_lookups).where(or_(is_old, is_own)))
            for name in missing:
                values = {"paper": name, "holder": "", "held_until": database_now(), "missing_at": now}
                made = insert_into(connection, paper_lookups).values(**values)
                await connection.execute(made.on_conflict_do_nothing())

    async def is_fetched(self, name: str, since: datetime) -> bool:
        """Whether a paper was looked up and stored since a time."""
        query = select(papers.c.id).where(papers.c.arxiv_id == name, papers.c.fetched_at >= since)
        async with self._database.read() as connection:
            return await connection.scalar(query) is not None

    async def is_missing(self, name: str, since: datetime) -> bool:
        """Whether it was found since a time that there is no such paper."""
        query = select(paper_lookups.c.paper).where(paper_lookups.c.paper == name, paper_lookups.c.missing_at > since)
        async with self._database.read() as connection:
            return await connection.scalar(query) is not None


async def _upsert_papers(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    statement = insert_into(connection, papers)
    new = statement.excluded
    is_newer = new.version >= papers.c.version
    updates: dict[str, ColumnElement[Any]] = {
        name: case((is_newer, new[name]), else_=papers.c[name]) for name in rows[0]
    }
    for name in ("licence", "publication", "categories"):
        updates[name] = func.coalesce(func.nullif(new[name], ""), papers.c[name])
    updates["submitted_at"] = func.coalesce(new.submitted_at, papers.c.submitted_at)
    updates["fetched_at"], updates["origin"] = new.fetched_at, new.origin
    await connection.execute(statement.on_conflict_do_update(index_elements=["arxiv_id"], set_=updates), rows)


def _from_looked_up(item: LookedUpPaper, now: datetime) -> dict[str, Any]:
    own = {"categories": " ".join(item.categories), "submitted_at": item.submitted_at, "fetched_at": now}
    return from_paper(item.paper) | own | {"origin": item.origin.value}
