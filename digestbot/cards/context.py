"""Rendering context: the reader's language and layout, papers already received, and the platform's capabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.domain.subscription import Layout
from digestbot.i18n import join_names, translate, translate_count, translate_with_names

_RESULTS_PER_PAGE = 10
"""Papers per page of results where digests are not paged."""
_SAME_YEAR = timedelta(days=180)
"""A day of which the year goes without saying."""


class PriorDigest(NamedTuple):
    """The digest in which the reader already received a paper: the other topic's title, and the date."""

    topic: str
    date: date


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Language, layout, papers already received (by arXiv ID), and platform capabilities.

    ``reasons``: why a paper came, by arXiv ID, where that is not plain.
    ``today`` is known where an answer may show a day of any year; a delivery's days are recent.
    """

    language: str = "en"
    layout: Layout = Layout.CARDS
    prior_digests: Mapping[str, PriorDigest] | None = None
    capabilities: Capabilities = DEFAULT_CAPABILITIES
    today: date | None = None
    reasons: Mapping[str, str] | None = None

    def translate(self, key: str, **values: object) -> str:
        """Translate a message into the reader's language, with the commands' names in it where they are known."""
        find_words = translate_with_names if self.capabilities.localized_commands else translate
        return find_words(self.language, key, **values)

    def translate_count(self, key: str, count: int) -> str:
        """Translate a message about a number of things into the reader's language."""
        return translate_count(self.language, key, count)

    def join_names(self, names: Iterable[str]) -> str:
        """Names as a list in the reader's language."""
        return join_names(self.language, names)

    def format_day(self, day: date) -> str:
        """The day as people say it; with its year where it is not clear which one is meant."""
        key = "date.day_of_year" if self.today and abs(self.today - day) > _SAME_YEAR else "date.day"
        names = {"weekday": self.translate(f"day.{day.weekday()}"), "month": self.translate(f"month.{day.month}")}
        return self.translate(key, **names, day=day.day, year=day.year)

    @property
    def results_per_page(self) -> int:
        """Papers per page of results."""
        return self.capabilities.page_size or _RESULTS_PER_PAGE
