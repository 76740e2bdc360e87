"""Papers that arXiv announced and follows that have digests, put into a database as harvesting and matching do."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select, update

from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.digest import Digest
from digestbot.domain.paper import Paper
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import papers, topics
from tests.factories import make_entry

ANNOUNCED = date(2026, 11, 24)
_NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def make_paper(number: str, **changes: str) -> Paper:
    return make_entry(number, **changes).paper


async def announce(
    store: Store, *announced: Paper, categories: str = "cs.CV cs.GR", day: date = ANNOUNCED
) -> list[int]:
    """Save papers that no digest shows, and return their ids."""
    listed = [AnnouncedPaper(paper, tuple(categories.split())) for paper in announced]
    await store.announcements.save_papers(day, listed)
    query = select(papers.c.id).where(papers.c.arxiv_id.in_([paper.arxiv_id for paper in announced]))
    async with store.database.read() as connection:
        return list((await connection.scalars(query.order_by(papers.c.id))).all())


async def save_follow(store: Store, expression: str, digest: Digest) -> None:
    """Save a digest as that of a follow: its topic has the expression."""
    await store.digests.save_pages([(PageKey(f"follow of {expression}", "", {}), [digest])], _NOW)
    async with store.database.write() as connection:
        await connection.execute(update(topics).where(topics.c.title == digest.topic).values(expression=expression))
