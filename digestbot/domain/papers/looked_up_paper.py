"""Papers that somebody asked for and that were looked up where they are published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digestbot.domain.paper import Paper


class PaperOrigin(StrEnum):
    """Who told what a paper is."""

    ARXIV = "arxiv"
    CROSSREF = "crossref"
    DOI = "doi"


@dataclass(frozen=True, slots=True)
class LookedUpPaper:
    """A paper as its publisher tells it.

    ``categories`` are arXiv's, the primary one first. ``submitted_at`` is when its first version was, or when it was
    published; ``None`` if that is not known to the day.
    """

    paper: Paper
    origin: PaperOrigin
    categories: tuple[str, ...] = ()
    submitted_at: datetime | None = None
