"""A paper's text as read, and the excerpt shown to a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from digestbot.domain.digest import Figure, Section
from digestbot.domain.papers.paper_paragraphs import PaperParagraph

HTML, PDF, ABSTRACT = "html", "pdf", "abstract"
"""What was read: arXiv's HTML, the PDF, or nothing beyond the abstract."""
_MAX_FIGURES = 6
_MIN_PAPER_CHARACTERS = 1_500
"""Shorter texts are not papers, but error pages or scans."""
_MAX_PICTURES = 20
"""The most pictures of an entry: figures have panels, each a picture."""
_BACK_MATTER = re.compile(
    r"""(?ix) \W{0,9} (?:
    references? (?:\s and \s notes|\s cited)? | bibliography | literature \s cited | works \s cited
    | acknowledge?ments? (?:\s.*)? | appendix \b.* | supplement | \w{1,40} \s supplement
    | supplement(?:ary|al) \s (?:material|information|data|text|figure|table|note|method|appendix).*
    | (?:[\w()]{1,40} \s){0,2} checklist | ethics | (?:\w{1,40} \s)? (?:ethics|ethical|impact) \s statements?
    | ethical \s considerations? | ethics \s and \s .* | (?:broader|societal|social) \s impacts? (?:\s.*)? | impact
    | (?:author|authors['’]?) \s contributions? | (?:competing|conflicts?\s of) \s interests? | funding
    | (?:data|code) (?:\s and \s \w{1,40})? \s availability (?:\s statement)?
    | reproducibility \s statement
    | 参考文献 | 致谢 | 附录.*
    ) \W{0,9}"""
)
"""Titles of what comes behind a paper; one that only contains such a word (“The impact of scale”) is of the paper."""


@dataclass(frozen=True, slots=True)
class CutFigure:
    """A figure extracted from a PDF: PNG, with its caption."""

    content: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class FullText:
    """A paper's sections in order, and its figures: by URL, or extracted; and its licence, where the text names it.

    ``paragraphs`` are the same text with pages, where it has pages.
    """

    basis: str
    sections: tuple[Section, ...] = ()
    figures: tuple[Figure, ...] = ()
    cut_figures: tuple[CutFigure, ...] = ()
    licence: str = ""
    paragraphs: tuple[PaperParagraph, ...] = ()

    @property
    def is_paper(self) -> bool:
        """Whether the text is long enough to be a paper."""
        return sum(len(section.body) for section in self.sections) >= _MIN_PAPER_CHARACTERS

    def excerpt(self, limit: int) -> str:
        """At most ``limit`` characters, taken evenly from all sections: the end matters as much as the start."""
        sections = [section for section in self.sections if not _BACK_MATTER.fullmatch(section.title[:80])]
        parts = [(section.title, section.body) for section in sections]
        shown = _format_parts(parts, limit)
        missing = [caption for caption in self._captions if caption not in shown]
        return _format_parts([*parts, ("Figures", "\n".join(missing))], limit) if missing else shown

    @property
    def _captions(self) -> tuple[str, ...]:
        """Each figure's caption once, though its panels are pictures of their own."""
        shown: tuple[Figure | CutFigure, ...] = (*self.figures, *self.cut_figures)
        return tuple(dict.fromkeys(picture.caption for picture in shown if picture.caption))


def limit_figures(pictures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The distinct pictures of the first figures, up to the number shown per entry.

    Panels follow each other with the same caption, and are one figure: it is shown with all of them or not at all,
    except for a first one that is too large.
    """
    distinct = {picture.url: picture for picture in pictures}.values()
    figures = [tuple(panels) for _, panels in groupby(distinct, lambda picture: picture.caption or picture.url)]
    kept: tuple[Figure, ...] = ()
    for panels in figures[:_MAX_FIGURES]:
        if len(kept) + len(panels) <= _MAX_PICTURES:
            kept += panels
    return kept or tuple(distinct)[:_MAX_PICTURES]


def limit_cut_figures(figures: Iterable[CutFigure]) -> tuple[CutFigure, ...]:
    """The first extracted figures, up to the number shown per entry; no more are asked for."""
    return tuple(islice(figures, _MAX_FIGURES))


def _format_parts(parts: Sequence[tuple[str, str]], limit: int) -> str:
    share = _fair_share([len(body) for _, body in parts], limit)
    return "\n\n".join(f"## {title}\n{_keep_ends(body, share)}" for title, body in parts)


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
