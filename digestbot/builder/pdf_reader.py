"""Extracts the text of a PDF by section, and the figures above their captions; in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from digestbot.builder.full_text import PDF, CutFigure, FullText, limit_cut_figures
from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Section
from digestbot.errors import SourceError
from digestbot.sandbox import ParsingTimeoutError, UnreadableError, run_in_sandbox

MAX_PAGES = 40
_TIMEOUT_SECONDS = 60.0
_DOTS_PER_INCH = 144
_MAX_FIGURE_BYTES = 2_000_000
_MAX_CAPTION_CHARACTERS = 500
_HEADING = re.compile(
    r"(?:(?P<number>\d{1,2}|[IVX]{1,5})(?:\.\d{1,2})*\.?\s+(?P<title>[A-Z][^.!?\n]{2,70})"
    r"|(?P<bare>Abstract|ABSTRACT|References|REFERENCES|Acknowledge?ments?|Conclusions?|Introduction|INTRODUCTION))"
)
_CAPTION = re.compile(r"(?:Figure|Fig\.|FIGURE|FIG\.|图)\s*\d{1,2}\s*[.:：|]")
_MAX_GAP_POINTS = 36.0
"""Maximum gap in points between parts of a figure, and between a figure and its caption."""
_MIN_PROSE_WORDS = 7
"""Minimum words in a line of body text: labels in figures are shorter."""
_MAX_PROSE_LINES = 3
"""Maximum lines of body text inside a drawing: with more, it is a frame around text, or cut off by one."""
_MAX_CAPTION_DROP_POINTS = 200.0
"""How much lower, in points, the caption of a neighbouring figure may be."""
_TITLE_ROOM_POINTS = 24.0
"""Space in points above a drawing that may contain its title."""
_MIN_WIDTH_POINTS, _MIN_HEIGHT_POINTS = 60.0, 36.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """The width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The height."""
        return self.top - self.bottom

    def join(self, other: Box) -> Box:
        """The bounding box of both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )

    def count_inside(self, others: Sequence[Box]) -> int:
        """The number of other boxes whose centre is inside this one."""
        middles = [((other.left + other.right) / 2, (other.bottom + other.top) / 2) for other in others]
        return sum(self.left < x < self.right and self.bottom < y < self.top for x, y in middles)

    def horizontal_overlap(self, other: Box) -> float:
        """The length of the horizontal overlap."""
        return min(self.right, other.right) - max(self.left, other.left)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text and its position."""

    text: str
    box: Box


async def parse_pdf(raw: bytes) -> FullText:
    """The text and figures of a PDF. Raises :class:`~digestbot.errors.SourceError` if it cannot be read."""
    try:
        return await run_in_sandbox(read_pdf, _TIMEOUT_SECONDS, raw)
    except ParsingTimeoutError as error:
        raise SourceError(f"the PDF {error}") from None
    except UnreadableError:
        raise SourceError("the PDF cannot be read: it is broken, or not one") from None


# -- inside the sandbox ---------------------------------------------------------------------------------------


def read_pdf(raw: bytes) -> FullText:
    """Read a PDF; for the sandbox."""
    lines, figures = read_pages(raw)
    sections = tuple(Section(title, body) for title, body in split_sections(lines))
    return FullText(PDF, sections, (), limit_cut_figures([CutFigure(png, caption) for png, caption in figures]))


def read_pages(raw: bytes) -> tuple[list[str], list[tuple[bytes, str]]]:
    """The lines of a PDF's pages, and its figures as PNG with their captions."""
    import pypdfium2 as pdfium  # noqa: PLC0415  # late: only this process needs it

    texts: list[str] = []
    figures: list[tuple[bytes, str]] = []
    document = pdfium.PdfDocument(raw)
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        textpage = page.get_textpage()
        lines = list(_iter_lines(textpage))
        texts += [line.text for line in lines]
        figures += _iter_figures(page, lines)
        textpage.close()
        page.close()
    return texts, figures


def _iter_lines(textpage: Any) -> Iterator[TextLine]:  # noqa: ANN401  (pypdfium2's)
    """The page's lines in text order, joining adjacent pieces on the same line."""
    pieces = [Box(*textpage.get_rect(i)) for i in range(textpage.count_rects())]
    row: list[Box] = []
    for box in pieces:
        if row and not _is_same_line(row[-1], box):
            yield _build_line(textpage, row)
            row = []
        row.append(box)
    if row:
        yield _build_line(textpage, row)


def _is_same_line(one: Box, other: Box) -> bool:
    level = min(one.top, other.top) - max(one.bottom, other.bottom)
    return level > 0.4 * min(one.height, other.height) and -2 <= other.left - one.right < 2 * max(one.height, 6)


def _build_line(textpage: Any, row: Sequence[Box]) -> TextLine:  # noqa: ANN401
    whole = row[0]
    for box in row[1:]:
        whole = whole.join(box)
    text = textpage.get_text_bounded(whole.left - 0.5, whole.bottom - 0.5, whole.right + 0.5, whole.top + 0.5)
    return TextLine(drop_control_characters(" ".join(text.split())), whole)


def _iter_figures(page: Any, lines: Sequence[TextLine]) -> Iterator[tuple[bytes, str]]:  # noqa: ANN401
    captions = [(i, line) for i, line in enumerate(lines) if _CAPTION.match(line.text)]
    if not captions:
        return
    drawn = list(_iter_drawn_boxes(page))
    for i, line in captions:
        text, box = _collect_caption(lines, i)
        if place := find_figure_above(box, line.box, drawn, lines):
            yield _cut_figure(page, place), text[:_MAX_CAPTION_CHARACTERS]


def _collect_caption(lines: Sequence[TextLine], start: int) -> tuple[str, Box]:
    """A caption's text and box: its first line and the lines right below it."""
    parts, box = [lines[start].text], lines[start].box
    for line in lines[start + 1 :]:
        gap = box.bottom - line.box.top
        if not -2 < gap < 0.6 * line.box.height or line.box.horizontal_overlap(box) <= 0 or _CAPTION.match(line.text):
            break
        parts.append(line.text)
        box = box.join(line.box)
    return " ".join(parts), box


def _iter_drawn_boxes(page: Any) -> Iterator[Box]:  # noqa: ANN401
    """The boxes of drawings, except text, backgrounds and rules."""
    from pypdfium2 import raw  # noqa: PLC0415

    width, height = page.get_size()
    kinds = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING, raw.FPDF_PAGEOBJ_FORM)
    for drawn in page.get_objects(filter=kinds, max_depth=2):
        left, bottom, right, top = drawn.get_bounds()
        box = Box(max(0, left), max(0, bottom), min(width, right), min(height, top))
        background = box.width > 0.95 * width and box.height > 0.9 * height
        rule = box.height < 2 and box.width > 0.25 * width
        if not background and not rule and box.width >= 0 and box.height >= 0:
            yield box


def find_figure_above(caption: Box, first: Box, drawn: Sequence[Box], lines: Sequence[TextLine]) -> Box | None:
    """The box of a caption's figure: the drawings above it without a gap, and the text within them."""
    others = [line.box for line in lines if _CAPTION.match(line.text) and line.box != first]
    prose = [line.box for line in lines if len(line.text.split()) >= _MIN_PROSE_WORDS]
    above = [box for box in drawn if box.bottom >= first.top - 4 and box.count_inside(prose) <= _MAX_PROSE_LINES]
    above = [box for box in above if not _belongs_to_another(box, caption, others)]
    place: Box | None = None
    for box in sorted(above, key=lambda box: box.bottom):
        if box.bottom - (place.top if place else first.top) > _MAX_GAP_POINTS:
            break
        if box.horizontal_overlap(place.join(caption) if place else caption) > 0:
            place = _extend_figure(place, box, prose, others) if place else box
    for box in sorted(above, key=lambda box: box.left) + sorted(above, key=lambda box: -box.right):
        if place and _is_panel(box, place):
            place = _extend_figure(place, box, prose, others)
    if place is None or place.width < _MIN_WIDTH_POINTS or place.height < _MIN_HEIGHT_POINTS:
        return None
    labels = [line.box for line in lines if line.box not in [*prose, *others] and line.box.bottom > first.top]
    for label in labels:
        if label.horizontal_overlap(place) > 0 and (label.top <= place.top or _is_title(label, place)):
            place = place.join(label)
    return place


def _is_title(label: Box, place: Box) -> bool:
    """Whether a line is centred right above a figure; the end of a paragraph is left-aligned."""
    off = abs((label.left + label.right) - (place.left + place.right)) / 2
    return label.top < place.top + _TITLE_ROOM_POINTS and off < 0.25 * place.width


def _extend_figure(place: Box, box: Box, prose: Sequence[Box], captions: Sequence[Box]) -> Box:
    """A figure extended by another part, unless that would include body text or another caption."""
    joined = place.join(box)
    along = joined.count_inside(prose) > max(
        place.count_inside(prose), box.count_inside(prose)
    ) + 1 or joined.count_inside(captions)
    return place if along else joined


def _belongs_to_another(box: Box, caption: Box, others: Sequence[Box]) -> bool:
    """Whether another caption is right below it and this one is not."""
    below = (
        other
        for other in others
        if other.top <= box.bottom + 4 and other.top > caption.bottom - _MAX_CAPTION_DROP_POINTS
    )
    return any(other.horizontal_overlap(box) > max(0.0, caption.horizontal_overlap(box)) for other in below)


def _is_panel(box: Box, place: Box) -> bool:
    """Whether a box is beside a figure at the same height, as panels are."""
    level = min(box.top, place.top) - max(box.bottom, place.bottom)
    return box.height >= 8 and level > 0.5 * box.height and -_MAX_GAP_POINTS < box.horizontal_overlap(place) <= 0


def _cut_figure(page: Any, place: Box) -> bytes:  # noqa: ANN401
    import io  # noqa: PLC0415

    width, height = page.get_size()
    margin = 4
    crop = (
        max(0, place.left - margin),
        max(0, place.bottom - margin),
        max(0, width - place.right - margin),
        max(0, height - place.top - margin),
    )
    image = page.render(scale=_DOTS_PER_INCH / 72, crop=crop).to_pil().convert("RGB")
    png = io.BytesIO()
    image.save(png, "PNG")
    if png.tell() > _MAX_FIGURE_BYTES:  # probably a photograph
        png = io.BytesIO()
        image.quantize(128).save(png, "PNG", optimize=True)
    return png.getvalue()


def split_sections(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Split lines into titled sections, joining words hyphenated across lines."""
    title, body = "Text", list[str]()
    for line in lines:
        heading = _HEADING.fullmatch(line)
        if heading and _is_section_number(heading["number"] or ""):
            if body:
                yield title, _join_lines(body)
            title, body = (heading["title"] or heading["bare"]).strip(), []
        else:
            body.append(line)
    if body:
        yield title, _join_lines(body)


def _is_section_number(number: str) -> bool:
    return not number.isdigit() or 0 < int(number) <= 20


def _join_lines(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return " ".join(re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text).split())
