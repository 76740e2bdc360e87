"""Which papers of a day most chats receive in what they follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, func, or_, select

from digestbot.domain.digest import EXTRACT_WRITER
from digestbot.domain.paper import Paper
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import to_paper
from digestbot.store.tables import digests, entries, paper_summaries, papers, subscribers, subscriptions, topics


@dataclass(frozen=True, slots=True)
class PopularPaper:
    """A paper that ``count`` chats of a language receive, and whether its newest version is summarised in that."""

    paper_id: int
    paper: Paper
    language: str
    count: int
    is_summarised: bool


class PopularPaperStore:
    """Counts who receives which paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_for_day(self, day: date, limit: int) -> list[PopularPaper]:
        """The papers of a day's digests of follows that most chats receive, once for each language, the first ones.

        Those that a digest for everybody has a summary of are left out, and chats that are paused do not count.
        """
        wanted = or_(subscriptions.c.delivered_from.is_(None), subscriptions.c.delivered_from <= digests.c.date)
        count = func.count(func.distinct(subscribers.c.id))
        received = (
            select(entries.c.paper_id, subscribers.c.language, count.label("number"))
            .join_from(entries, digests, digests.c.id == entries.c.digest_id)
            .join(topics, topics.c.id == digests.c.topic_id)
            .join(subscriptions, subscriptions.c.topic_id == topics.c.id)
            .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
            .where(digests.c.date == day, topics.c.expression.is_not(None), entries.c.writer == EXTRACT_WRITER)
            .where(subscribers.c.pause_reason == "", subscriptions.c.is_paused.is_(False), wanted)
            .group_by(entries.c.paper_id, subscribers.c.language)
            .order_by(count.desc(), entries.c.paper_id, subscribers.c.language)
            .limit(limit)
            .subquery("received")
        )
        summary = paper_summaries.c
        is_its = (summary.paper_id == received.c.paper_id, summary.language == received.c.language)
        is_summarised = select(summary.paper_id).where(*is_its, summary.version == papers.c.version).exists()
        query = (
            select(papers, received.c.language, received.c.number, is_summarised.label("is_summarised"))
            .join_from(papers, received, received.c.paper_id == papers.c.id)
            .order_by(received.c.number.desc(), papers.c.id, received.c.language)
        )
        async with self._database.read() as connection:
            return await read_sound_rows(connection, query, _to_popular, papers.c.id)


def _to_popular(row: Row[Any]) -> PopularPaper:
    return PopularPaper(row.id, to_paper(row), row.language, row.number, bool(row.is_summarised))
