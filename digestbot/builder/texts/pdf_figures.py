"""Finds the figures of a PDF's page: the ink above a caption that is no body text; in the sandbox.

What a page draws is looked at as a picture, in cells of three points: paths that are white or clipped away make no
difference then, nor do frames in frames, and a page of a hundred thousand paths takes no longer than another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from digestbot.builder.texts.pdf_captions import MIN_BODY_WORDS, BodyStyle, Caption, is_next_line
from digestbot.builder.texts.pdf_ink import CELL_POINTS, PIXELS_PER_POINT, mark_ink, read_ink_grid
from digestbot.builder.texts.pdf_lines import Box, PageFrame, TextLine

_MAX_GAP_POINTS, _MAX_CAPTION_GAP_POINTS = 36.0, 48.0
"""Maximum gap between parts of a figure, and between a figure and its caption."""
_MAX_SIDE_GAP_POINTS = 9.0
"""Maximum gap between a figure and what belongs to it beyond its column."""
_MIN_PROSE_WORDS = 7
"""Minimum words in a line of body text: labels in figures are shorter."""
_MIN_BODY_WIDTH, _MIN_PROSE_WIDTH = 0.6, 0.8
"""Minimum width of such lines, as a share of a column's."""
_MIN_PROSE_SIZE = 0.75
"""Minimum size of the type of other text, as a share of the body text's."""
_LETTERS = re.compile("[^\\W\\d_]{2}")
_TITLE_ROOM_POINTS = 24.0
"""Space above a drawing that may contain its title."""
_TABLE_GAP_POINTS = 9.0
"""Minimum gap between a table and the figure below it."""
_SIDE_BY_SIDE_POINTS = 60.0
"""How much lower the caption of the figure beside may be."""
_MARGIN_POINTS = 4.0
_MIN_WIDTH_POINTS, _MIN_HEIGHT_POINTS = 60.0, 36.0
_MIN_DRAWN_CELLS, _MIN_DRAWN_SHARE, _MIN_DRAWN_ROWS = 30, 0.01, 0.05
"""How many cells have to be drawn, which share of all of them, and in which share of the rows."""
_MIN_DRAWING_ROWS = 0.3
"""In which share of the rows a drawing draws; with less, it is a figure of formulas or text."""
_MAX_FORMULA_CELLS = 12
"""How many cells a formula may draw: the bars of fractions and roots."""
_CLOSE_CELLS = 3
_SPLIT_HEIGHTS_POINTS = (36.0, 72.0, 144.0)
"""How far above two captions the space between their figures is looked for, as long as there is any."""
_CIRCLE_CELLS = 4
_APART_CELLS = 2
"""How many empty cells part a text from the drawing below it: a label of the drawing stands closer."""
_MIN_COLUMN_LINES = 3


def find_gutter(lines: Sequence[TextLine], frame: PageFrame) -> tuple[float, float] | None:
    """The space between two columns of text, from left to right; ``None`` on a page of one column."""
    prose = [line.box for line in lines if line.words >= MIN_BODY_WORDS and line.box.width > line.box.height]
    if not prose:
        return None
    middle = (min(box.left for box in prose) + max(box.right for box in prose)) / 2
    if abs(middle - frame.width / 2) > 0.1 * frame.width:
        middle = frame.width / 2
    lefts = sorted(box.right for box in prose if box.right <= middle + 6)
    rights = sorted(box.left for box in prose if box.left >= middle - 6)
    crossing = len(prose) - len(lefts) - len(rights)
    if min(len(lefts), len(rights)) < _MIN_COLUMN_LINES or crossing > len(lefts) + len(rights):
        return None
    left, right = lefts[-1 - len(lefts) // 20], rights[len(rights) // 20]
    return (left, right) if left < right else (middle - 3, middle + 3)


@dataclass(slots=True)
class _Region:
    """Some cells of a page: rows from top to bottom, and columns from start to end, the last of each excluded."""

    top: int
    bottom: int
    start: int
    end: int


class FigureFinder:
    """Finds the figures of one page. ``image`` is the page, drawn with ``pdf_ink.DOTS_PER_INCH``."""

    def __init__(
        self,
        image: Any,  # noqa: ANN401
        frame: PageFrame,
        lines: Sequence[TextLine],
        *,
        heads: Sequence[TextLine],
        captions: Sequence[Caption],
        body: BodyStyle,
    ) -> None:
        self._image, self._frame, self._captions, self._gutter = image, frame, captions, find_gutter(lines, frame)
        self._gray = image.convert("L")
        self._ink = read_ink_grid(self._gray)
        self._drawn = self._ink.without(self._ink.copy_with(self._cells(line.box) for line in lines))
        in_captions = {id(line) for line in lines if any(_is_inside(line.box, caption.box) for caption in captions)}
        prose = self._find_prose([line for line in lines if id(line) not in in_captions], body)
        self._body = body
        self._labels = [line for line in lines if id(line) not in in_captions and id(line) not in prose]
        self._prose = [line for line in lines if id(line) in prose]
        walls = [line.box for line in lines if id(line) in prose]
        walls += [caption.box for caption in captions] + [line.box for line in heads if not self._is_circled(line.box)]
        self._walls = self._ink.copy_with(map(self._cells, walls))
        self._free = self._ink.without(self._walls)
        self._drawn = self._drawn.without(self._walls)

    def find(self, caption: Caption) -> Box | None:
        """The box of a caption's figure, in points; ``None`` if nothing is drawn there."""
        region = self._find_region(caption, upwards=True)
        if region and (region.top < _CLOSE_CELLS or self._is_beside(region, caption)):
            return None
        if region is None and not self._has_ink_above(caption):
            region = self._find_region(caption, upwards=False)
        return self._tighten(region, caption) if region else None

    def _has_ink_above(self, caption: Caption) -> bool:
        """Whether something stands right above a caption, even if it is no drawing."""
        top, _, start, end = self._cells(caption.box)
        return bool(self._ink.join_rows(top - int(_TITLE_ROOM_POINTS / CELL_POINTS), top) & self._ink.mask(start, end))

    def cut(self, box: Box) -> Any:  # noqa: ANN401
        """The picture of a box."""
        return self._image.crop(self._pixels(box))

    # -- places

    def _cells(self, box: Box) -> tuple[int, int, int, int]:
        height = self._frame.height
        return (
            int((height - box.top) / CELL_POINTS),
            math.ceil((height - box.bottom) / CELL_POINTS),
            int(box.left / CELL_POINTS),
            math.ceil(box.right / CELL_POINTS),
        )

    def _pixels(self, box: Box) -> tuple[int, int, int, int]:
        scale, height = PIXELS_PER_POINT, self._frame.height
        return (
            max(0, int(box.left * scale)),
            max(0, int((height - box.top) * scale)),
            min(self._image.width, math.ceil(box.right * scale)),
            min(self._image.height, math.ceil((height - box.bottom) * scale)),
        )

    # -- body text

    def _find_prose(self, lines: Sequence[TextLine], body: BodyStyle) -> set[int]:
        """The lines of body text, by their ids: long ones that are not in a frame, and what continues them."""
        frames = not any(self._is_framed(caption.box) for caption in self._captions)
        found = {
            id(line): line for line in lines if _is_prose(line, body) and not (frames and self._is_framed(line.box))
        }
        rest = [line for line in lines if id(line) not in found]
        border = list(found.values())
        while border:
            by_style = _group_by_style(border)
            border = [
                line
                for line in rest
                if any(_is_continued(line, other) for other in by_style.get(line.style, ()))
                and not (frames and self._is_framed(line.box))
            ]
            found.update({id(line): line for line in border})
            rest = [line for line in rest if id(line) not in found] if border else []
        return set(found)

    def _is_framed(self, box: Box) -> bool:
        """Whether something is drawn on both sides of a line all along its height, within its column."""
        top, bottom, start, end = self._cells(box)
        low, high = self._find_band(box)
        left, right = self._drawn.mask(low, start), self._drawn.mask(end, high)
        rows = self._drawn.rows[top:bottom]
        return bool(rows) and all(row & left for row in rows) and all(row & right for row in rows)

    def _is_circled(self, box: Box) -> bool:
        """Whether something is drawn close to both sides of a word: a number at the page's top that a figure has."""
        top, bottom, start, end = self._cells(box)
        bits = self._drawn.join_rows(top, bottom)
        left, right = self._ink.mask(max(0, start - _CIRCLE_CELLS), start), self._ink.mask(end, end + _CIRCLE_CELLS)
        return bool(bits & left and bits & right)

    # -- regions

    def _find_band(self, box: Box) -> tuple[int, int]:
        """The columns of cells in which a caption's figure stands: those of its column of text, or all."""
        if self._gutter is None:
            return 0, self._ink.width
        left, right = self._gutter
        middle = round((left + right) / 2 / CELL_POINTS)
        if box.right <= right:
            return 0, middle
        return (middle, self._ink.width) if box.left >= left else (0, self._ink.width)

    def _limit_band(self, caption: Caption) -> tuple[int, int]:
        """The band of a caption, without the part of one that stands beside it."""
        start, end = self._find_band(caption.box)
        beside = [other.box for other in self._find_beside(caption)]
        lefts = [self._find_split(box, caption.box) for box in beside if box.right < caption.box.left]
        rights = [self._find_split(caption.box, box) for box in beside if box.left > caption.box.right]
        return max(lefts, default=start), min(rights, default=end)

    def _find_beside(self, caption: Caption) -> list[Caption]:
        """The captions that stand beside one, at nearly its level."""
        level = [one for one in self._captions if abs(one.box.top - caption.box.top) < _SIDE_BY_SIDE_POINTS]
        return [one for one in level if one.box.horizontal_overlap(caption.box) < 0]

    def _find_split(self, left: Box, right: Box) -> int:
        """The column of cells between the figures of two captions side by side: the middle of the space, if any."""
        top, _, _, _ = self._cells(left.join(right))
        low, high = int((left.left + left.right) / 2 / CELL_POINTS), int((right.left + right.right) / 2 / CELL_POINTS)
        middle = round((left.right + right.left) / 2 / CELL_POINTS)
        free = list(range(low, high))
        for height in _SPLIT_HEIGHTS_POINTS:
            bits = self._free.join_rows(max(0, top - int(height / CELL_POINTS)), top)
            free = [column for column in free if not bits & self._ink.mask(column, column + 1)] or free
        return min(free, key=lambda column: abs(column - middle), default=middle)

    def _find_region(self, caption: Caption, *, upwards: bool) -> _Region | None:
        region = self._grow(caption, self._limit_band(caption), upwards=upwards)
        for _ in range(3):
            if region is None:
                return None
            wider = self._widen(region, caption)
            if (wider.start, wider.end) == (region.start, region.end):
                break
            grown = self._grow(caption, (wider.start, wider.end), upwards=upwards)
            region = grown and replace(grown, start=min(grown.start, wider.start), end=max(grown.end, wider.end))
        return self._trim(region, upwards=upwards) if region else None

    def _grow(self, caption: Caption, band: tuple[int, int], *, upwards: bool) -> _Region | None:
        """The ink next to a caption up to the next gap or wall."""
        top, bottom, start, end = self._cells(caption.box)
        core = self._ink.mask(max(start, band[0]), min(end, band[1]))
        low, high = band
        rows = range(top - 1, -1, -1) if upwards else range(bottom, len(self._ink.rows))
        gap, found, all_bits = 0, list[int](), 0
        for row in rows:
            wall = self._walls.rows[row] & self._ink.mask(low, high)
            if wall & (core | all_bits):
                break
            low, high = self._avoid(wall, core, low, high)
            bits = self._free.rows[row] & self._ink.mask(low, high)
            if bits:
                found.append(row)
                all_bits |= self._fill(bits)
                gap = 0
            elif (gap := gap + 1) * CELL_POINTS > (_MAX_GAP_POINTS if found else _MAX_CAPTION_GAP_POINTS):
                break
        if not found or not all_bits:
            return None
        start, end = self._ink.find_span(all_bits)
        return _Region(min(found), max(found) + 1, start, end)

    def _fill(self, bits: int) -> int:
        return self._ink.mask(*self._ink.find_span(bits))

    def _avoid(self, wall: int, core: int, low: int, high: int) -> tuple[int, int]:
        """The part of a band beside the walls in it: the part that the caption is in."""
        if not wall or not core:
            return low, high
        core_start, core_end = self._ink.find_span(core)
        left, right = wall & self._ink.mask(0, core_start), wall & self._ink.mask(core_end, self._ink.width)
        if left:
            low = max(low, self._ink.find_span(left)[1])
        if right:
            high = min(high, self._ink.find_span(right)[0])
        return low, high

    def _widen(self, region: _Region, caption: Caption) -> _Region:
        """A region with what continues it beyond its band; beyond the gutter, only what is drawn across it."""
        bits, walls = self._free.join_rows(region.top, region.bottom), self._walls.join_rows(region.top, region.bottom)
        (low, high), (start, end) = self._limit_band(caption), (region.start, region.end)
        if self._find_beside(caption):
            return region  # another figure is beside it
        reach = _MAX_GAP_POINTS if self._is_alone(region, caption) else 0
        while near := bits & self._ink.mask(start - self._find_reach(low, start, reach, is_page=low == 0), start):
            first = self._ink.find_span(near)[0]
            if walls & self._ink.mask(first, start):
                break
            start = low = first
        is_page = high == self._ink.width
        while near := bits & self._ink.mask(end, end + self._find_reach(high, end, reach, is_page=is_page)):
            last = self._ink.find_span(near)[1]
            if walls & self._ink.mask(end, last):
                break
            end = high = last
        return replace(region, start=start, end=end)

    def _find_reach(self, limit: int, edge: int, reach: float, *, is_page: bool) -> int:
        """How many cells beyond its edge a region may go on: at the gutter, without a reach, if it has no gap."""
        points = _MAX_SIDE_GAP_POINTS if is_page else reach
        return int(points / CELL_POINTS) + 1 if points else int(abs(edge - limit) <= 1)

    def _is_alone(self, region: _Region, caption: Caption) -> bool:
        """Whether there is no text in the other column, and what is drawn there belongs to no caption."""
        low, high = self._find_band(caption.box)
        if self._walls.join_rows(region.top, region.bottom) & ~self._ink.mask(low, high):
            return False
        for other in self._captions:
            top, _, start, end = self._cells(other.box)
            is_beside = (start >= high or end <= low) and top > region.top
            if is_beside and self._is_parted(caption, top, self._ink.mask(start, end)):
                continue  # what is drawn above that caption begins below this one
            if is_beside and not self._walls.join_rows(region.bottom, top) & self._ink.mask(start, end):
                return False
        return True

    def _is_parted(self, caption: Caption, top: int, columns: int) -> bool:
        """Whether some columns are empty beside a caption that stands above a row."""
        first, last, _, _ = self._cells(caption.box)
        return last < top and not self._ink.join_rows(first, last) & columns

    def _is_beside(self, region: _Region, caption: Caption) -> bool:
        """Whether what is drawn above a caption goes on beside it: the caption's figure is not above it."""
        top, bottom, start, end = self._cells(caption.box)
        if region.bottom > top + _CLOSE_CELLS:
            return False
        columns = self._ink.mask(region.start, region.end) & ~self._ink.mask(max(0, start - 1), end + 1)
        rows = [bool(self._drawn.rows[row] & columns) for row in range(region.bottom - 1, bottom)]
        return any(rows[_CLOSE_CELLS:]) and any(rows[1 : 2 * _CLOSE_CELLS])

    def _trim(self, region: _Region, *, upwards: bool) -> _Region | None:
        """A region without the text above what is drawn in it, except for its title; ``None`` if little is drawn."""
        columns = self._ink.mask(region.start, region.end)
        if upwards:
            region = self._drop_rest(self._drop_table(region, columns), columns)
            region = self._drop_text(region, columns)
            region = self._drop_far_text(region, columns)
        drawn = [row for row in range(region.top, region.bottom) if self._drawn.rows[row] & columns]
        cells = sum((self._drawn.rows[row] & columns).bit_count() for row in drawn)
        height, width = region.bottom - region.top, region.end - region.start
        if cells < max(_MIN_DRAWN_CELLS, _MIN_DRAWN_SHARE * height * width) or len(drawn) < _MIN_DRAWN_ROWS * height:
            return None
        return None if self._cuts_text(region) else region

    def _drop_text(self, region: _Region, columns: int) -> _Region:
        """A region without lines of text and formulas above all that is drawn, except for a title."""
        cut = last = region.top
        for line in sorted(self._labels, key=lambda line: -line.box.top):
            top, bottom, start, end = self._cells(line.box)
            is_inside = last <= top and bottom < region.bottom and start < region.end and end > region.start
            if not is_inside or not self._is_text(line):
                continue
            drawn = sum((row & columns).bit_count() for row in self._drawn.rows[last:bottom])
            if drawn > _MAX_FORMULA_CELLS:
                break
            last = bottom
            if not self._free.join_rows(bottom, bottom + _APART_CELLS) & columns:
                cut = bottom
        rows = [row for row in range(cut, region.bottom) if self._free.rows[row] & columns]
        drawn_rows = sum(1 for row in rows if self._drawn.rows[row] & columns)
        return replace(region, top=rows[0]) if drawn_rows > _MIN_DRAWING_ROWS * len(rows) else region

    def _drop_far_text(self, region: _Region, columns: int) -> _Region:
        """A region without text above what is drawn, except for lines that are centred closely above."""
        top = next((row for row in range(region.top, region.bottom) if self._drawn.rows[row] & columns), region.top)
        first = top
        for line in sorted(self._labels, key=lambda line: line.box.bottom):
            row, end, start, stop = self._cells(line.box)
            is_above = end <= top + 1 and row >= region.top - 1 and start < region.end and stop > region.start
            if is_above and (first - end) * CELL_POINTS < _MAX_GAP_POINTS and self._is_title(line.box, region, top):
                top = min(top, row)
        return replace(region, top=max(region.top, top))

    def _is_title(self, label: Box, region: _Region, top: int) -> bool:
        """Whether a line is centred right above a figure; the end of a paragraph is left-aligned."""
        _, bottom, start, end = self._cells(label)
        off = abs((start + end) - (region.start + region.end)) / 2
        return (top - bottom) * CELL_POINTS < _TITLE_ROOM_POINTS and off < 0.4 * (region.end - region.start)

    def _is_text(self, line: TextLine) -> bool:
        """Whether a line that is not long enough for body text is of the body text's size."""
        return self._body.size > 0 and abs(line.size - self._body.size) < 0.2

    def _cuts_text(self, region: _Region) -> bool:
        """Whether a line in a region continues text beyond it: a program or a table, a part of which is lost."""
        inside = [line for line in self._labels if line.size and self._contains(region, line.box)]
        return any(is_next_line(other, line) and line.style == other.style for line in inside for other in self._prose)

    def _contains(self, region: _Region, box: Box) -> bool:
        top, bottom, start, end = self._cells(box)
        middle, center = (top + bottom) / 2, (start + end) / 2
        return region.top <= middle < region.bottom and region.start <= center < region.end

    def _drop_table(self, region: _Region, columns: int) -> _Region:
        """A region without the table whose caption stands right above it."""
        has_table = any(
            not caption.is_figure
            and 0 <= region.top - self._cells(caption.box)[1] <= _TITLE_ROOM_POINTS / CELL_POINTS
            and self._ink.mask(*self._cells(caption.box)[2:]) & columns
            for caption in self._captions
        )
        if not has_table:
            return region
        gap = 0
        for row in range(region.top, region.bottom):
            if self._free.rows[row] & columns:
                if gap * CELL_POINTS >= _TABLE_GAP_POINTS:
                    return replace(region, top=row)
                gap = 0
            else:
                gap += 1
        return region

    def _drop_rest(self, region: _Region, columns: int) -> _Region:
        """A region without the end of a text or a table: a low part that stands close below a wall, with a gap."""
        above = self._walls.join_rows(region.top - _CLOSE_CELLS, region.top) & columns
        gap_cells, lowest = int(_TABLE_GAP_POINTS / CELL_POINTS), int(_MIN_HEIGHT_POINTS / CELL_POINTS) // 2
        rows = [bool(self._free.rows[row] & columns) for row in range(region.top, region.bottom)]
        for height in range(1, lowest + 1):
            if above and not any(rows[height : height + gap_cells]) and any(rows[height + gap_cells :]):
                return replace(region, top=region.top + height + rows[height:].index(True))
        return region

    def _tighten(self, region: _Region, caption: Caption) -> Box | None:
        """The box of the ink in a region, with a margin."""
        left, right = region.start * CELL_POINTS, region.end * CELL_POINTS
        top = self._frame.height - region.top * CELL_POINTS
        bottom = self._frame.height - region.bottom * CELL_POINTS
        if bottom < caption.box.top < top:
            bottom = caption.box.top
        box = Box(left, bottom, right, top)
        x, y, *_ = self._pixels(box)
        ink = mark_ink(self._gray.crop(self._pixels(box)))
        found = ink.getbbox()
        if found is None:
            return None
        scale = PIXELS_PER_POINT
        tight = Box(
            (x + found[0]) / scale,
            self._frame.height - (y + found[3]) / scale,
            (x + found[2]) / scale,
            self._frame.height - (y + found[1]) / scale,
        )
        if tight.width < _MIN_WIDTH_POINTS or tight.height < _MIN_HEIGHT_POINTS:
            return None
        return self._add_margin(tight)

    def _add_margin(self, box: Box) -> Box:
        """A box with a margin, as far as there is no text in it."""
        wide = Box(
            box.left - _MARGIN_POINTS, box.bottom - _MARGIN_POINTS, box.right + _MARGIN_POINTS, box.top + _MARGIN_POINTS
        )
        top, bottom, start, end = self._cells(wide)
        columns = self._ink.mask(start, end)
        above = any(self._walls.rows[row] & columns for row in range(max(top - 1, 0), self._cells(box)[0]))
        below = any(
            self._walls.rows[row] & columns
            for row in range(self._cells(box)[1], min(bottom + 1, len(self._walls.rows)))
        )
        return Box(
            wide.left,
            box.bottom - 0.5 if below else wide.bottom,
            wide.right,
            box.top + 0.5 if above else wide.top,
        )


def _is_inside(box: Box, other: Box) -> bool:
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return other.left <= x <= other.right and other.bottom <= y <= other.top


def _is_prose(line: TextLine, body: BodyStyle) -> bool:
    """Whether a line is one of body text: as wide as a column or nearly so, and wider if it is in another type."""
    if line.box.width < line.box.height or len(_LETTERS.findall(line.text)) < line.words // 2:
        return False
    if body.matches(line):
        return line.words >= MIN_BODY_WORDS and line.box.width > _MIN_BODY_WIDTH * body.width
    is_large = line.size >= _MIN_PROSE_SIZE * body.size
    return is_large and line.words >= _MIN_PROSE_WORDS and line.box.width > _MIN_PROSE_WIDTH * body.width


def _group_by_style(lines: Sequence[TextLine]) -> dict[tuple[str, float], list[TextLine]]:
    groups: dict[tuple[str, float], list[TextLine]] = {}
    for line in lines:
        groups.setdefault(line.style, []).append(line)
    return groups


def _is_continued(line: TextLine, other: TextLine) -> bool:
    return is_next_line(line, other) or is_next_line(other, line)


def iter_figure_boxes(finder: FigureFinder, captions: Sequence[Caption]) -> Iterator[tuple[Caption, Box]]:
    """The figures of a page with their captions."""
    for caption in captions:
        if caption.is_figure and (box := finder.find(caption)):
            yield caption, box
