"""Papers as arXiv announced them, put where a harvest puts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementKind
from digestbot.domain.paper import Paper
from digestbot.store import Store


def make_announced(number: str, title: str, categories: str = "cs.CV", **changes: Any) -> AnnouncedPaper:
    """An announced paper with what a test is about; all else is the same of all."""
    authors = tuple(changes.get("authors", ("Ada Moreno", "Bo Lin")))
    abstract = changes.get("abstract", "We measure what was only believed.")
    kind = changes.get("kind", AnnouncementKind.NEW)
    return AnnouncedPaper(Paper(number, 1, title, authors, abstract, ""), tuple(categories.split()), None, kind)


async def announce(store: Store, day: str, announced: Sequence[AnnouncedPaper]) -> None:
    """Store papers as announced on a day."""
    await store.announcements.save_papers(date.fromisoformat(day), announced)
