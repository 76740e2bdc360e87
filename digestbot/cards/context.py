"""How a reader is shown things: language, layout, what was seen before, and what the platform can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.domain.subscription import Layout
from digestbot.i18n import translate

_RESULTS_PER_PAGE = 10
"""Papers on a page of results, where a digest is not paged at all."""


@dataclass(frozen=True, slots=True)
class PriorDigest:
    """Where the reader already received a paper: the other topic's title and the date."""

    topic: str
    date: date


@dataclass(frozen=True, slots=True)
class RenderContext:
    """How to show: the reader's language and layout, what they have seen, by arXiv number, and what can be shown."""

    language: str = "en"
    layout: Layout = Layout.CARDS
    prior_digests: Mapping[str, PriorDigest] | None = None
    capabilities: Capabilities = DEFAULT_CAPABILITIES

    def translate(self, key: str, **values: object) -> str:
        """A sentence in the reader's language."""
        return translate(self.language, key, **values)

    @property
    def results_per_page(self) -> int:
        """Papers on a page of results."""
        return self.capabilities.page_size or _RESULTS_PER_PAGE
