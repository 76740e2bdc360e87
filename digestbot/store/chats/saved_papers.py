"""The papers that people saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select

from digestbot.store.chats.subscribers import check_limit
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.search.shown_papers import is_shown
from digestbot.store.tables import papers, saved_papers

_IS_SHOWN = is_shown(saved_papers.c.paper_id)


class SavedPaperStore:
    """Reads and writes what subscribers saved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_paper(self, subscriber_id: int, paper_id: int, now: datetime, limit: int | None = None) -> bool:
        """Save a paper; false if it was already saved.

        Raises :class:`~digestbot.errors.LimitReachedError` where so many others are.
        """
        others = _select_saved(subscriber_id, func.count()).where(saved_papers.c.paper_id != paper_id)
        async with self._database.write() as connection:
            await check_limit(connection, others, limit)
            statement = insert_into(connection, saved_papers).values(
                subscriber_id=subscriber_id, paper_id=paper_id, saved_at=now
            )
            return bool((await connection.execute(statement.on_conflict_do_nothing())).rowcount)

    async def unsave_paper(self, subscriber_id: int, paper_id: int) -> bool:
        """Unsave a paper; false if it was not saved."""
        statement = delete(saved_papers).where(
            saved_papers.c.subscriber_id == subscriber_id, saved_papers.c.paper_id == paper_id
        )
        async with self._database.write() as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def is_saved(self, subscriber_id: int, paper_id: int) -> bool:
        """Whether a paper is saved."""
        query = _select_saved(subscriber_id, saved_papers.c.paper_id).where(saved_papers.c.paper_id == paper_id)
        async with self._database.read() as connection:
            return await connection.scalar(query) is not None

    async def count_papers(self, subscriber_id: int) -> int:
        """The number of saved papers that can still be shown."""
        async with self._database.read() as connection:
            return int(await connection.scalar(_select_saved(subscriber_id, func.count()).where(_IS_SHOWN)) or 0)

    async def list_paper_ids(self, subscriber_id: int, limit: int = 10, offset: int = 0) -> list[int]:
        """The saved papers that can still be shown, newest first."""
        shown = _select_saved(subscriber_id, saved_papers.c.paper_id).where(_IS_SHOWN)
        query = shown.order_by(saved_papers.c.saved_at.desc(), saved_papers.c.paper_id.desc())
        async with self._database.read() as connection:
            return list((await connection.scalars(query.limit(limit).offset(offset))).all())

    async def list_titles(self, subscriber_id: int) -> list[tuple[str, str]]:
        """The arXiv IDs and titles of the saved papers, newest first."""
        query = _select_saved(subscriber_id, papers.c.arxiv_id, papers.c.title).join(papers)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(saved_papers.c.saved_at.desc()))).all()
        return [(row.arxiv_id, row.title) for row in rows]


def _select_saved(subscriber_id: int, *columns: Any) -> Select[Any]:  # noqa: ANN401
    query = select(*columns).select_from(saved_papers)
    return query.where(saved_papers.c.subscriber_id == subscriber_id)
