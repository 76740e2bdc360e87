"""A digest: one topic on one date, with what was written about each of its papers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  (a field of the same name would hide the type)
from datetime import datetime

from digestbot.domain.paper import Paper


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture by its address, with the addresses of the same picture on other hosts, and its caption if known."""

    url: str
    mirrors: tuple[str, ...] = ()
    caption: str = ""

    def merge_mirrors(self, other: Figure) -> Figure:
        """This figure, with the other one's addresses as mirrors."""
        urls = dict.fromkeys((*self.mirrors, other.url, *other.mirrors))
        return replace(self, mirrors=tuple(url for url in urls if url != self.url))


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the longer analysis; ``body`` is plain text with line breaks."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a language model wrote about a paper, cleaned.

    ``headline`` is the summary in a line or a few, empty when there was none that could be shown.
    ``flags`` name what was found wrong and kept out, such as ``placeholder``. ``basis`` tells what the writer had
    before it (``html``, ``pdf`` or ``abstract``; empty where a page does not say), and ``writer`` is the model's name,
    or :data:`EXTRACT_WRITER` where there was none.
    """

    headline: str = ""
    takeaways: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    flags: tuple[str, ...] = ()
    basis: str = ""
    writer: str = ""


EXTRACT_WRITER = "abstract"
"""The writer of a summary that is the abstract's own first sentences."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as one digest shows it; ``is_updated`` if an earlier one had an older version of it."""

    paper: Paper
    summary: Summary
    figures: tuple[Figure, ...] = ()
    is_updated: bool = False

    def merge_with(self, other: Entry) -> Entry:
        """This entry and the same paper again: what is missing here is taken from there."""
        merged_figures = [
            figure.merge_mirrors(other_figure)
            for figure, other_figure in zip(self.figures, other.figures, strict=False)
        ]
        other_figures = self.figures[len(merged_figures) :] or other.figures[len(merged_figures) :]
        return replace(
            self,
            paper=other.paper if other.paper.version > self.paper.version else self.paper,
            summary=replace(
                self.summary,
                headline=self.summary.headline or other.summary.headline,
                takeaways=self.summary.takeaways or other.summary.takeaways,
                sections=self.summary.sections or other.summary.sections,
            ),
            figures=(*merged_figures, *other_figures),
        )


@dataclass(frozen=True, slots=True)
class Digest:
    """One topic on one date. ``topic`` is the topic's title as the page writes it."""

    topic: str
    date: Date
    entries: tuple[Entry, ...]
    published_at: datetime | None = None
    """When the page says it was made: the page's own clock, without a timezone."""
