"""What arXiv announces on a day: which papers, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digestbot.domain.paper import Paper


class AnnouncementKind(StrEnum):
    """The sections of a listing: https://info.arxiv.org/help/availability.html."""

    NEW = "new"
    CROSS_LIST = "cross"
    REPLACEMENT = "replacement"


@dataclass(frozen=True, slots=True)
class AnnouncedPaper:
    """A paper as a day's announcement lists it.

    ``categories`` are arXiv's, the primary one first. ``submitted_at`` is when its first version was; ``None`` if that
    is not known.
    """

    paper: Paper
    categories: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    kind: AnnouncementKind = AnnouncementKind.NEW
