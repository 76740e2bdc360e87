"""Build specifications of topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)

from digestbot.domain.topic import Topic


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """Where to look for a topic's papers, and which of them to select.

    ``queries`` use arXiv's own syntax (info.arxiv.org/help/api/user-manual.html#query_details), ``feeds`` are URLs
    of Atom or RSS feeds. ``include_keywords`` and ``exclude_keywords`` are words or phrases in titles and
    abstracts: at least one of the former must occur, if there are any, and none of the latter may. Papers by the
    pinned ``authors`` are selected regardless of keywords and categories, and come first. ``exclude_topics`` lists
    topics (slugs) whose papers are left to them. ``build_at`` is the time of the daily build, in the bot's
    timezone.
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
