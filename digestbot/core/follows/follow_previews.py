"""What an expression would have brought on the last days, shown before it is followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digestbot.core.follows.suggestions import Suggestion, suggest_narrower, suggest_others, suggest_wider
from digestbot.core.papers.recent_papers import RecentPapers
from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.queries import Field, Query

MAX_PAPERS_PER_DAY = 50
"""What brings more than that is too wide to be read."""
_SHOWN_PAPERS = 3


@dataclass(frozen=True, slots=True)
class FollowPreview:
    """What an expression would have brought on the last days, and narrower and wider ones.

    ``papers`` are the newest of ``count``, announced on ``days``; ``day_count`` is on how many days anything was
    announced, 0 where nothing is known yet. ``name_count``: how many authors of different names its author can be, if
    it has one. ``others``: the author and the category that plain words are the name of, too.
    """

    papers: tuple[AnnouncedPaper, ...]
    days: tuple[date, ...]
    count: int
    day_count: int
    narrower: tuple[Suggestion, ...] = ()
    wider: tuple[Suggestion, ...] = ()
    name_count: int = 0
    others: tuple[Suggestion, ...] = ()

    @property
    def count_per_day(self) -> float:
        """Papers on a day with announcements."""
        return self.count / max(1, self.day_count)

    @property
    def is_too_wide(self) -> bool:
        """Whether it brings more papers a day than anybody reads."""
        return self.count_per_day > MAX_PAPERS_PER_DAY


def try_query(text: str, query: Query, recent: RecentPapers) -> FollowPreview:
    """Try a query, typed as ``text``, on the papers of the last days."""
    found = recent.find(query)
    authors = [term for term in query.terms if term.field is Field.AUTHOR]
    return FollowPreview(
        tuple(recent.papers[place] for place in found[:_SHOWN_PAPERS]),
        tuple(recent.get_day(place) for place in found[:_SHOWN_PAPERS]),
        len(found),
        recent.day_count,
        tuple(suggest_narrower(text, query, recent, found)) if found else (),
        tuple(suggest_wider(query, recent, found)),
        max(map(recent.count_names, authors), default=0),
        tuple(suggest_others(text, query, recent)),
    )
