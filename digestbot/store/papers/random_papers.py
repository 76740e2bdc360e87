"""Papers of the library by chance."""

from __future__ import annotations

from sqlalchemy import func, select

from digestbot.store.database.engine import Database
from digestbot.store.search.shown_papers import is_shown
from digestbot.store.tables import digests, entries, papers, topics


class RandomPaperStore:
    """Picks papers by where they are between the first and the last one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pick_paper(self, place: float) -> int | None:
        """The id of the paper at a place between 0 and 1, or the next one that can be shown; ``None`` without any."""
        async with self._database.read() as connection:
            last = await connection.scalar(select(func.max(papers.c.id))) or 0
            start = int(place * last) + 1
            shown = select(papers.c.id).where(is_shown(papers.c.id)).limit(1)
            after = shown.where(papers.c.id >= start).order_by(papers.c.id)
            before = shown.where(papers.c.id < start).order_by(papers.c.id.desc())
            found: int | None = await connection.scalar(after)
            return found if found is not None else await connection.scalar(before)

    async def pick_of_topic(self, slug: str, place: float) -> int | None:
        """The id of a topic's paper at a place between 0 and 1 of its entries; ``None`` if it has none."""
        of_topic = (
            select(entries.c.paper_id).select_from(entries.join(digests).join(topics)).where(topics.c.slug == slug)
        )
        async with self._database.read() as connection:
            count = int(await connection.scalar(select(func.count()).select_from(of_topic.subquery())) or 0)
            ordered = of_topic.order_by(entries.c.id).limit(1).offset(int(place * count))
            found: int | None = await connection.scalar(ordered) if count else None
        return found
