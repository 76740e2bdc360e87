"""Which papers can be shown: a digest has them, or arXiv announced them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, or_, select

from digestbot.store.tables import entries, papers


def is_shown(paper_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the paper with an id can be shown, as a condition in SQL."""
    shown = select(entries.c.id).where(entries.c.paper_id == paper_id)
    return or_(shown.exists(), _select_announced(paper_id).exists())


def _select_announced(paper_id: ColumnElement[int]) -> Select[tuple[int]]:
    announced = papers.alias("announced_papers")
    return select(announced.c.id).where(announced.c.id == paper_id, announced.c.announced_on.is_not(None))
