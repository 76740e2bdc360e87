"""Which papers can be shown: a digest has them, arXiv announced them, or somebody looked them up."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, or_, select

from digestbot.store.tables import entries, papers


def is_shown(paper_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the paper with an id can be shown, as a condition in SQL."""
    shown = select(entries.c.id).where(entries.c.paper_id == paper_id)
    return or_(shown.exists(), _select_known(paper_id).exists())


def _select_known(paper_id: ColumnElement[int]) -> Select[tuple[int]]:
    known = papers.alias("known_papers")
    is_known = or_(known.c.announced_on.is_not(None), known.c.fetched_at.is_not(None))
    return select(known.c.id).where(known.c.id == paper_id, is_known)
