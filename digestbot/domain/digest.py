"""Digests: one topic on one date, with a summary of each paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  (a field of the same name would hide the type)
from datetime import datetime

from digestbot.domain.paper import Paper
from digestbot.late_patterns import compile_late

_HAN = compile_late(r"[\u3400-\u9fff]")
_LATIN = compile_late(r"[A-Za-z]")
_LETTERS_PER_HAN = 3
"""How many letters say what a Chinese character does."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its URL, mirrors of the same picture on other hosts, and its caption if known."""

    url: str
    mirrors: tuple[str, ...] = ()
    caption: str = ""

    def merge_mirrors(self, other: Figure) -> Figure:
        """This figure, with the other figure's URLs added as mirrors."""
        urls = dict.fromkeys((*self.mirrors, other.url, *other.mirrors))
        return replace(self, mirrors=tuple(url for url in urls if url != self.url))


@dataclass(frozen=True, slots=True)
class Section:
    """A titled section of the analysis; ``body`` is plain text with line breaks."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A language model's summary of a paper, after cleanup.

    ``headline`` is the summary in one line or a few, empty if none is fit to show. ``flags`` name the quality rules
    that removed something, such as ``placeholder``. ``basis`` is the text that the writer had (``html``, ``pdf`` or
    ``abstract``; empty if the page does not say), and ``writer`` is the model's name, empty for a model without one, or
    one of :data:`EXTRACT_WRITER`, :data:`PAGE_WRITER` and :data:`HUMAN_WRITER`.
    """

    headline: str = ""
    takeaways: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    flags: tuple[str, ...] = ()
    basis: str = ""
    writer: str = ""


EXTRACT_WRITER = "abstract"
"""The writer of summaries that consist of the abstract's most telling sentences."""
PAGE_WRITER = "page"
"""The writer of summaries on a page that does not say who wrote them."""
HUMAN_WRITER = "human"
"""The writer of summaries on a page that says that people did."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper in a digest; ``is_updated`` if an earlier digest had an older version of it."""

    paper: Paper
    summary: Summary
    figures: tuple[Figure, ...] = ()
    is_updated: bool = False

    def merge_with(self, other: Entry) -> Entry:
        """This entry, with its gaps filled from another entry for the same paper."""
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
    """One topic on one date. ``topic`` is the topic's title as written on the page."""

    topic: str
    date: Date
    entries: tuple[Entry, ...]
    published_at: datetime | None = None
    """When the page says it was made, by the page's own clock and without a timezone."""


def find_language(digest: Digest, default: str) -> str:
    """The language that a digest is written in, ``en`` or ``zh``: its summaries', else its title's where that shows."""
    told = " ".join(" ".join((entry.summary.headline, *entry.summary.takeaways)) for entry in digest.entries)
    return _find_language_of(told) or ("zh" if _HAN.search(digest.topic) else default)


def find_summary_language(summary: Summary) -> str:
    """The language that a summary is written in, ``en`` or ``zh``; empty where that does not show."""
    return _find_language_of(" ".join((summary.headline, *summary.takeaways)))


def _find_language_of(text: str) -> str:
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    return ("zh" if han * _LETTERS_PER_HAN > latin else "en") if han or latin else ""
