"""Papers as arXiv announced them, put where a harvest puts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from digestbot.domain.announcement import AnnouncedPaper, AnnouncementKind
from digestbot.domain.paper import Paper
from digestbot.store import Store
from digestbot.store.tables import announcements, papers


def make_announced(number: str, title: str, categories: str = "cs.CV", **changes: Any) -> AnnouncedPaper:
    """An announced paper with what a test is about; all else is the same of all."""
    authors = tuple(changes.get("authors", ("Ada Moreno", "Bo Lin")))
    abstract = changes.get("abstract", "We measure what was only believed.")
    kind = changes.get("kind", AnnouncementKind.NEW)
    return AnnouncedPaper(Paper(number, 1, title, authors, abstract, ""), tuple(categories.split()), None, kind)


async def announce(store: Store, day: str, announced: Sequence[AnnouncedPaper]) -> None:
    """Store papers as announced on a day."""
    on = date.fromisoformat(day)
    async with store.database.write() as connection:
        for one in announced:
            paper = one.paper
            values = {
                "arxiv_id": paper.arxiv_id, "version": paper.version, "title": paper.title, "comment": paper.comment,
                "authors": list(paper.authors), "abstract": paper.abstract, "links": [], "licence": "",
                "categories": " ".join(one.categories), "announced_on": on,
            }  # fmt: skip
            id_ = await connection.scalar(select(papers.c.id).where(papers.c.arxiv_id == paper.arxiv_id))
            if id_ is None:
                id_ = await connection.scalar(insert(papers).values(**values).returning(papers.c.id))
            await connection.execute(insert(announcements).values(day=on, paper_id=id_, kind=one.kind.value))
