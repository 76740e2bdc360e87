"""Rendering context: the reader's language and layout, papers already received, and the platform's capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from digestbot.cards.capabilities import DEFAULT_CAPABILITIES, Capabilities
from digestbot.domain.subscription import Layout
from digestbot.i18n import translate

_RESULTS_PER_PAGE = 10
"""Papers per page of results where digests are not paged."""


@dataclass(frozen=True, slots=True)
class PriorDigest:
    """The digest in which the reader already received a paper: the other topic's title, and the date."""

    topic: str
    date: date


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Language, layout, papers already received (by arXiv ID), and platform capabilities."""

    language: str = "en"
    layout: Layout = Layout.CARDS
    prior_digests: Mapping[str, PriorDigest] | None = None
    capabilities: Capabilities = DEFAULT_CAPABILITIES

    def translate(self, key: str, **values: object) -> str:
        """Translate a message into the reader's language."""
        return translate(self.language, key, **values)

    @property
    def results_per_page(self) -> int:
        """Papers per page of results."""
        return self.capabilities.page_size or _RESULTS_PER_PAGE
