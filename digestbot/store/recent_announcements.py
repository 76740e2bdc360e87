"""The papers of the last announcements, for trying expressions on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, func, select

from digestbot.domain.announcement import AnnouncedPaper, AnnouncementKind
from digestbot.domain.paper import Paper, PaperLink
from digestbot.store.engine import Database
from digestbot.store.sound_rows import read_sound_rows, read_texts
from digestbot.store.tables import announcements, papers

_SHOWN_KINDS = (AnnouncementKind.NEW.value, AnnouncementKind.CROSS_LIST.value)


@dataclass(frozen=True, slots=True)
class RecentState:
    """What there is of the last announcements: on how many days, the last of them, and how many papers."""

    day_count: int = 0
    last_day: date | None = None
    paper_count: int = 0


class RecentAnnouncementStore:
    """Reads what was announced since a day. Replacements are left out: their papers came before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read_state(self, since: date) -> RecentState:
        """How much there is after a day: the same as long as nothing was added or deleted."""
        query = select(func.count(announcements.c.day.distinct()), func.max(announcements.c.day), func.count()).where(
            _is_recent(since)
        )
        async with self._database.read() as connection:
            day_count, last_day, paper_count = (await connection.execute(query)).one()
        return RecentState(day_count, last_day, paper_count)

    async def list_papers(self, since: date, limit: int) -> list[AnnouncedPaper]:
        """The papers announced after a day, the newest first; new ones before those that were listed elsewhere too."""
        query = (
            select(papers, announcements.c.kind)
            .join(announcements, announcements.c.paper_id == papers.c.id)
            .where(_is_recent(since))
            .order_by(announcements.c.day.desc(), announcements.c.kind.desc(), papers.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            found = await read_sound_rows(connection, query, _to_announced, papers.c.id)
        return list({one.paper.arxiv_id: one for one in reversed(found)}.values())[::-1]


def _is_recent(since: date) -> Any:  # noqa: ANN401  (a condition)
    return and_(announcements.c.day > since, announcements.c.kind.in_(_SHOWN_KINDS))


def _to_announced(row: Row[Any]) -> AnnouncedPaper:
    links = tuple(PaperLink(url, kind) for kind, url in row.links)
    authors = read_texts(row.authors)
    paper = Paper(row.arxiv_id, row.version, row.title, authors, row.abstract, row.comment, links, row.licence)
    return AnnouncedPaper(paper, tuple(row.categories.split()), row.submitted_at, AnnouncementKind(row.kind))
