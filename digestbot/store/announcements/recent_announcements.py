"""The papers of the last announcements, for trying expressions on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from digestbot.domain.arxiv.announcement import FOLLOWED_KINDS, AnnouncedPaper, AnnouncementKind
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import to_paper
from digestbot.store.tables import announcements, papers


class RecentAnnouncementStore:
    """Reads what was announced since a day. Replacements are left out: their papers came before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_papers(self, since: date) -> dict[date, int]:
        """How many papers each day after one has."""
        query = select(announcements.c.day, func.count().label("number")).where(
            announcements.c.day > since, _is_first()
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.group_by(announcements.c.day))
            return {row.day: row.number for row in rows}

    async def list_papers(self, day: date, limit: int) -> list[AnnouncedPaper]:
        """The papers of a day, the newest first; new ones before those that were listed elsewhere too."""
        query = (
            select(papers, announcements.c.kind)
            .join(announcements, announcements.c.paper_id == papers.c.id)
            .where(announcements.c.day == day, _is_first())
            .order_by(announcements.c.kind.desc(), papers.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return await read_sound_rows(connection, query, _to_announced, papers.c.id)

    async def find_ids(self, arxiv_ids: Sequence[str]) -> dict[str, int]:
        """The rows' ids of papers by their identifiers, of those that are there."""
        query = select(papers.c.arxiv_id, papers.c.id).where(papers.c.arxiv_id.in_(arxiv_ids))
        async with self._database.read() as connection:
            return {row.arxiv_id: row.id for row in await connection.execute(query)}


def _is_first() -> ColumnElement[bool]:
    """Whether a paper is announced for the first time, at least somewhere."""
    return announcements.c.kind.in_([kind.value for kind in FOLLOWED_KINDS])


def _to_announced(row: Row[Any]) -> AnnouncedPaper:
    kind = AnnouncementKind(row.kind)
    return AnnouncedPaper(to_paper(row), tuple(row.categories.split()), row.submitted_at, kind)
