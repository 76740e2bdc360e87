"""What a topic's digests are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)

from digestbot.domain.topic import Topic


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """Where a topic's papers are looked for, and which of them are taken.

    ``queries`` are in arXiv's own syntax (info.arxiv.org/help/api/user-manual.html#query_details), ``feeds`` are
    addresses of Atom or RSS feeds. ``include_keywords`` and ``exclude_keywords`` are words or phrases of titles and
    abstracts: one of the former is needed where there are any, and none of the latter may be there. ``authors`` are
    pinned: their papers are taken whatever their words and categories are, and come first. ``exclude_topics`` names
    topics (slugs) whose papers are left to them. ``build_at`` is when the day's digest is made, in the bot's timezone.
    """

    topic: Topic
    queries: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    max_age_days: int = 7
    max_papers: int = 20
    language: str = "en"
    include_keywords: tuple[str, ...] = ()
    exclude_keywords: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    accepted_only: bool = False
    exclude_topics: tuple[str, ...] = ()
    build_at: Time = Time(6)
