"""Finds the captions of a PDF's pages, and the type that its body text is set in; in the sandbox."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digestbot.builder.texts.pdf_lines import Box, TextLine

_NUMBER = r"(?:[A-Z]\.?)?\d{1,2}(?:[.-]\d{1,2})?[a-z]?(?![\w%])"
_CAPTION = re.compile(rf"(?:Figure|Fig\.?|FIGURE|FIG\.?|图|圖)\s*{_NUMBER}\s*(?P<stop>[.:：|)–—])?\s*(?P<title>.*)")
_TABLE_CAPTION = re.compile(
    r"(?:Table|TABLE|Tab\.|Algorithm|ALGORITHM|Listing|表|算法)\s*(?:[A-Z]\.?)?(?:\d{1,2}|[IVX]+)(?![\w%])"
)
_TITLE_START = re.compile("[A-Z\u3400-\u9fff]")
MIN_BODY_WORDS = 4
"""Minimum words in a line in the type of the body text: labels in figures are shorter."""
_MIN_FULL_LINE = 0.8
"""A caption's line that is shorter than this share of the line below it is its last one."""
_MIN_CAPTION_SIZE = 0.6
"""Minimum size of a caption's type, as a share of the body text's."""
_MAX_LEADING = 0.9
"""Maximum space between two lines of a paragraph, in heights of a line."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A figure's caption, and where it stands."""

    lines: tuple[str, ...]
    box: Box
    is_figure: bool = True


@dataclass(frozen=True, slots=True)
class BodyStyle:
    """The types that a document's body text is set in."""

    styles: frozenset[tuple[str, float]]
    size: float
    width: float
    """The usual width of a line, in points: that of a column."""

    def matches(self, line: TextLine) -> bool:
        """Whether a line is set as body text is."""
        return line.style in self.styles


def find_body_style(pages: Iterable[Sequence[TextLine]]) -> BodyStyle:
    """The types of the body text: the one with the most letters, and others of its size."""
    letters: Counter[tuple[str, float]] = Counter()
    lines = [line for page in pages for line in page if line.words >= MIN_BODY_WORDS]
    for line in lines:
        letters[line.style] += len(line.text)
    if not letters:
        return BodyStyle(frozenset(), 0.0, 0.0)
    style, most = letters.most_common(1)[0]
    alike = {other for other, count in letters.items() if abs(other[1] - style[1]) < 0.3 and count > 0.05 * most}
    styles = frozenset({style, *alike}) if style[1] else frozenset[tuple[str, float]]()
    widths = sorted(line.box.width for line in lines if line.style in styles or not styles)
    return BodyStyle(styles, style[1], widths[len(widths) * 3 // 4])


def find_captions(lines: Sequence[TextLine], body: BodyStyle) -> list[Caption]:
    """The captions of a page's figures and tables."""
    return [
        _collect_caption(lines, i, is_figure=_CAPTION.match(line.text) is not None)
        for i, line in enumerate(lines)
        if _is_caption(lines, i, body)
    ]


def _is_caption(lines: Sequence[TextLine], index: int, body: BodyStyle) -> bool:
    """Whether a line begins a caption, and not a sentence that names a figure."""
    line = lines[index]
    found = _CAPTION.match(line.text)
    if line.size and line.size < _MIN_CAPTION_SIZE * body.size:
        return False  # of a page that a figure shows
    if found is None:
        return _TABLE_CAPTION.match(line.text) is not None and not _continues_paragraph(lines, line, body)
    if not found["stop"] and not _begins_title(found["title"], line, body):
        return False
    return not _continues_paragraph(lines, line, body)


def _begins_title(title: str, line: TextLine, body: BodyStyle) -> bool:
    """Whether what follows a number without a stop is a title: in other type, or short."""
    if not title:
        return len(line.text) < 12
    if not _TITLE_START.match(title):
        return False
    return not body.matches(line) or line.words < MIN_BODY_WORDS * 2


def _continues_paragraph(lines: Sequence[TextLine], line: TextLine, body: BodyStyle) -> bool:
    """Whether there is a line of the same paragraph right above."""
    return any(
        other.style == line.style
        and other.words >= MIN_BODY_WORDS
        and is_next_line(other, line)
        and abs(other.box.left - line.box.left) < 2 * line.box.height
        and not _CAPTION.match(other.text)
        for other in lines
        if body.matches(other) or not body.styles
    )


def is_next_line(above: TextLine, below: TextLine) -> bool:
    """Whether a line stands right below another."""
    upper, lower = above.box, below.box
    gap, height = upper.bottom - lower.top, max(upper.top - upper.bottom, lower.top - lower.bottom)
    return -0.6 * height < gap < _MAX_LEADING * height and upper.horizontal_overlap(lower) > 0


def _collect_caption(lines: Sequence[TextLine], start: int, *, is_figure: bool) -> Caption:
    """A caption's text and box: its first line and the lines right below it."""
    parts, box, last = [lines[start].text], lines[start].box, lines[start]
    for line in lines[start + 1 :]:
        gap = box.bottom - line.box.top
        alike = abs(line.size - lines[start].size) < 0.6 or not line.size
        is_next = -2 < gap < 0.6 * max(line.box.height, last.box.height) and line.box.horizontal_overlap(box) > 0
        is_after_end = last.box.width < _MIN_FULL_LINE * line.box.width
        if not is_next or not alike or is_after_end or _CAPTION.match(line.text) or _TABLE_CAPTION.match(line.text):
            break
        parts.append(line.text)
        box, last = box.join(line.box), line
    return Caption(tuple(parts), box, is_figure)
