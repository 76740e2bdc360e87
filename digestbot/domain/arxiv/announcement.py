"""What arXiv announces on a day: which papers, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from digestbot.domain.paper import Paper

MISSED_DAYS = timedelta(days=14)
"""How far back days are made up that were missed."""


class AnnouncementKind(StrEnum):
    """The sections of a listing, most telling first: https://info.arxiv.org/help/availability.html."""

    NEW = "new"
    CROSS_LIST = "cross"
    REPLACEMENT = "replacement"


FOLLOWED_KINDS = (AnnouncementKind.NEW, AnnouncementKind.CROSS_LIST)
"""What comes to who follows it, in this order."""

MAX_FOLLOWED_PAPERS = 200
"""The best papers of a day for a follow: nobody reads more, and somebody may follow everything."""


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


class DayState(StrEnum):
    """How far the harvest of a day is.

    ``open``: it is not all there yet, and that is nothing unusual. ``late``: it should be by now. ``broken``: what
    arXiv sends cannot be read. ``complete``: what its listings count is there. ``quiet``: arXiv announced nothing.
    """

    OPEN = "open"
    LATE = "late"
    BROKEN = "broken"
    COMPLETE = "complete"
    QUIET = "quiet"

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to do."""
        return self in (DayState.COMPLETE, DayState.QUIET)


@dataclass(frozen=True, slots=True)
class PaperCount:
    """How many papers of an archive a day's listing counts, and how many of them are there."""

    expected: int
    stored: int


@dataclass(frozen=True, slots=True)
class AnnouncementDay:
    """How far the harvest of a day's announcements is, by archive; ``problem`` says what is missing, and why.

    A paper in several archives counts in each of them. ``matched_at`` is when the day's papers were matched against
    all follows, or when it was found that they need not be: the day was over before the bot's first start.
    """

    day: date
    state: DayState
    tried_at: datetime
    problem: str = ""
    archives: Mapping[str, PaperCount] = field(default_factory=dict)
    completed_at: datetime | None = None
    matched_at: datetime | None = None
