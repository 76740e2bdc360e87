"""A paper's text as read, and the excerpt shown to a model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from digestbot.domain.digest import Figure, Section

HTML, PDF, ABSTRACT = "html", "pdf", "abstract"
"""What was read: arXiv's HTML, the PDF, or nothing beyond the abstract."""
_MAX_FIGURES = 6
_MIN_PAPER_CHARACTERS = 1_500
"""Shorter texts are not papers, but error pages or scans."""
_BACK_MATTER = re.compile(
    r"(?i)\b(?:references|bibliography|acknowledge?ments?|appendix|supplement\w*|checklist|ethics|impact)\b"
)


@dataclass(frozen=True, slots=True)
class CutFigure:
    """A figure extracted from a PDF: PNG, with its caption."""

    png: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class FullText:
    """A paper's sections in order, and its figures: by URL, or extracted; and its licence, where the text names it."""

    basis: str
    sections: tuple[Section, ...] = ()
    figures: tuple[Figure, ...] = ()
    cut_figures: tuple[CutFigure, ...] = ()
    licence: str = ""

    @property
    def is_paper(self) -> bool:
        """Whether the text is long enough to be a paper."""
        return sum(len(section.body) for section in self.sections) >= _MIN_PAPER_CHARACTERS

    def excerpt(self, limit: int) -> str:
        """At most ``limit`` characters, taken evenly from all sections: the end matters as much as the start."""
        sections = [section for section in self.sections if not _BACK_MATTER.search(section.title[:60])]
        figure_captions = [
            *(figure.caption for figure in self.figures),
            *(picture.caption for picture in self.cut_figures),
        ]
        captions = "\n".join(filter(None, figure_captions))
        parts = [(s.title, s.body) for s in sections] + ([("Figures", captions)] if captions else [])
        share = _fair_share([len(body) for _, body in parts], limit)
        return "\n\n".join(f"## {title}\n{_keep_ends(body, share)}" for title, body in parts)


def limit_figures(figures: list[Figure]) -> tuple[Figure, ...]:
    """The first distinct figures, up to the number shown per entry."""
    return tuple({figure.url: figure for figure in figures}.values())[:_MAX_FIGURES]


def limit_cut_figures(figures: list[CutFigure]) -> tuple[CutFigure, ...]:
    """The first extracted figures, up to the number shown per entry."""
    return tuple(figures[:_MAX_FIGURES])


def _fair_share(lengths: list[int], limit: int) -> int:
    """The maximum section length at which all sections fit."""
    share, left, open_ = 0, limit, sorted(lengths)
    while open_:
        equal = left // len(open_)
        if open_[0] > equal:
            return equal
        share, left = open_[-1], left - open_.pop(0)
    return share


def _keep_ends(text: str, limit: int) -> str:
    """The beginning and the end of a text."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    return f"{text[:head].rsplit(' ', 1)[0]} […] {text[len(text) - (limit - head) :].split(' ', 1)[-1]}"
