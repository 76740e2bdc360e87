"""The tags and notes beside saved papers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.papers.saved_marks import SavedMarks
from digestbot.store.chats.subscribers import check_limit
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import UNREADABLE, read_sound_rows, read_texts
from digestbot.store.search.shown_papers import is_shown
from digestbot.store.tables import papers, saved_papers

_COLUMNS = (
    saved_papers.c.paper_id, papers.c.arxiv_id, papers.c.title, saved_papers.c.saved_at, saved_papers.c.tags,
    saved_papers.c.note,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SavedPaper:
    """A saved paper with what its reader wrote beside it."""

    paper_id: int
    arxiv_id: str
    title: str
    saved_at: datetime
    marks: SavedMarks


SavedState = SavedPaper | None
"""How a paper was saved at a moment: ``None`` where it was not."""


class SavedMarkStore:
    """Reads and writes tags and notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark_paper(
        self,
        subscriber_id: int,
        paper_id: int,
        change: Callable[[SavedMarks], SavedMarks],
        *,
        now: datetime,
        limit: int,
    ) -> SavedState:
        """Save a paper if it is not, and change what is written beside it: how it was before.

        Raises :class:`~digestbot.errors.LimitReachedError` where so many others are saved. What ``change`` raises
        leaves everything as it was.
        """
        others = select(func.count()).select_from(saved_papers)
        others = others.where(saved_papers.c.subscriber_id == subscriber_id, saved_papers.c.paper_id != paper_id)
        async with self._database.write() as connection:
            await check_limit(connection, others, limit)
            values = {"subscriber_id": subscriber_id, "paper_id": paper_id, "saved_at": now}
            statement = insert_into(connection, saved_papers).values(values).on_conflict_do_nothing()
            is_new = bool((await connection.execute(statement)).rowcount)
            found = await _read(connection, subscriber_id, [paper_id])
            before = None if is_new or not found else found[0]
            marks = change(before.marks if before else SavedMarks())
            await _write(connection, subscriber_id, paper_id, marks)
        return before

    async def list_saved(self, subscriber_id: int, paper_ids: Sequence[int] | None = None) -> list[SavedPaper]:
        """What is saved, of these papers or of all that can be shown, newest first."""
        async with self._database.read() as connection:
            return await _read(connection, subscriber_id, paper_ids)

    async def list_tagged(self, subscriber_id: int, tag: str) -> list[SavedPaper]:
        """What is saved with a tag and can be shown, newest first."""
        written = cast(saved_papers.c.tags, Text)
        has_tag = written.contains(json.dumps(tag), autoescape=True)  # as JSON columns are written
        async with self._database.read() as connection:
            found = await _read(connection, subscriber_id, None, has_tag)
        return [saved for saved in found if tag in saved.marks.tags]

    async def count_tags(self, subscriber_id: int) -> Counter[str]:
        """The tags, each with the number of saved papers that have it and can be shown."""
        written = cast(saved_papers.c.tags, Text)
        query = select(written.label("tags"), func.count().label("papers")).group_by(written)
        query = query.where(saved_papers.c.subscriber_id == subscriber_id, is_shown(saved_papers.c.paper_id))
        counts: Counter[str] = Counter()
        async with self._database.read() as connection:
            for row in await connection.execute(query.where(written != "[]")):
                counts.update(dict.fromkeys(_read_tags(row.tags), row.papers))
        return counts

    async def restore(self, subscriber_id: int, before: Mapping[str, Any], limit: int) -> None:
        """Save papers as they were saved before, by their identifiers, or unsave those that were not.

        Papers that there are no more are left out. Raises :class:`~digestbot.errors.LimitReachedError` where too many
        would be saved.
        """
        ids_query = select(papers.c.arxiv_id, papers.c.id).where(papers.c.arxiv_id.in_(list(before)))
        is_own = saved_papers.c.subscriber_id == subscriber_id
        async with self._database.write() as connection:
            ids = {row.arxiv_id: row.id for row in await connection.execute(ids_query)}
            await connection.execute(delete(saved_papers).where(is_own, saved_papers.c.paper_id.in_(ids.values())))
            kept = [(ids[name], state) for name, state in before.items() if state and name in ids]
            count = select(func.count() + len(kept) - 1).select_from(saved_papers).where(is_own)
            if kept:
                await check_limit(connection, count, limit)
                rows = [_to_columns(subscriber_id, paper_id, state) for paper_id, state in kept]
                await connection.execute(insert_into(connection, saved_papers), rows)


def write_saved_state(state: SavedState) -> list[Any] | None:
    """How a paper was saved, for JSON, as :meth:`SavedMarkStore.restore` reads it."""
    return [state.saved_at.isoformat(), list(state.marks.tags), state.marks.note] if state else None


def _to_columns(subscriber_id: int, paper_id: int, state: Sequence[Any]) -> dict[str, Any]:
    saved_at, tags, note = state
    moment = datetime.fromisoformat(saved_at)
    return {
        "subscriber_id": subscriber_id, "paper_id": paper_id, "saved_at": moment, "tags": list(tags), "note": str(note)
    }  # fmt: skip


def _read_tags(text: str) -> tuple[str, ...]:
    """The tags of a column as it is stored; none of one that cannot be read, which other readers report."""
    try:
        return read_texts(json.loads(text))
    except UNREADABLE:
        return ()


async def _read(
    connection: AsyncConnection,
    subscriber_id: int,
    paper_ids: Sequence[int] | None = None,
    *conditions: ColumnElement[bool],
) -> list[SavedPaper]:
    query = select(*_COLUMNS).join_from(saved_papers, papers).where(saved_papers.c.subscriber_id == subscriber_id)
    if paper_ids is None:
        query = query.where(is_shown(saved_papers.c.paper_id))
    else:
        query = query.where(saved_papers.c.paper_id.in_(paper_ids))
    ordered = query.where(*conditions).order_by(saved_papers.c.saved_at.desc(), saved_papers.c.paper_id.desc())
    return await read_sound_rows(connection, ordered, _to_saved, saved_papers.c.paper_id)


def _to_saved(row: Row[Any]) -> SavedPaper:
    marks = SavedMarks(read_texts(row.tags), str(row.note))
    return SavedPaper(row.paper_id, row.arxiv_id, str(row.title), row.saved_at, marks)


async def _write(connection: AsyncConnection, subscriber_id: int, paper_id: int, marks: SavedMarks) -> None:
    is_meant = (saved_papers.c.subscriber_id == subscriber_id, saved_papers.c.paper_id == paper_id)
    await connection.execute(update(saved_papers).where(*is_meant).values(tags=list(marks.tags), note=marks.note))
