"""What a page draws, as a picture of cells: paths that are white or clipped away make no difference there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

DOTS_PER_INCH = 144
PIXELS_PER_POINT = DOTS_PER_INCH / 72
CELL_PIXELS = 6
CELL_POINTS = CELL_PIXELS / PIXELS_PER_POINT
_INK = 250
"""What is darker than this, of 255, is ink."""


class InkGrid:
    """Rows of cells from the top of a page, each row a number with a bit for each cell, the leftmost the highest."""

    def __init__(self, width: int, rows: list[int]) -> None:
        self.width, self.rows = width, rows

    def mask(self, start: int, end: int) -> int:
        """The bits of some columns."""
        start, end = max(start, 0), min(end, self.width)
        return ((1 << (end - start)) - 1) << (self.width - end) if end > start else 0

    def find_span(self, bits: int) -> tuple[int, int]:
        """The first column of some bits, and the one behind their last."""
        return self.width - bits.bit_length(), self.width - ((bits & -bits).bit_length() - 1)

    def copy_with(self, boxes: Iterable[tuple[int, int, int, int]]) -> InkGrid:
        """Another grid of this size, with the cells in the boxes (top, bottom, start, end)."""
        rows = [0] * len(self.rows)
        for top, bottom, start, end in boxes:
            bits = self.mask(start, end)
            for row in range(max(top, 0), min(bottom, len(rows))):
                rows[row] |= bits
        return InkGrid(self.width, rows)

    def without(self, other: InkGrid) -> InkGrid:
        """The cells that are not in another grid."""
        return InkGrid(self.width, [row & ~out for row, out in zip(self.rows, other.rows, strict=True)])

    def join_rows(self, top: int, bottom: int) -> int:
        """All bits of some rows."""
        bits = 0
        for row in self.rows[max(top, 0) : bottom]:
            bits |= row
        return bits


def mark_ink(gray: Any, mode: str | None = None) -> Any:  # noqa: ANN401  (Pillow's)
    """A picture of a grey one: white where there is ink, black elsewhere; in another of Pillow's modes."""
    return gray.point([255 if value < _INK else 0 for value in range(256)], mode)


def read_ink_grid(gray: Any) -> InkGrid:  # noqa: ANN401  (Pillow's)
    """The cells of a grey picture that have ink."""
    cells = mark_ink(gray.reduce(CELL_PIXELS), "1")
    length = (cells.width + 7) // 8
    raw = cells.tobytes()
    rows = [int.from_bytes(raw[i : i + length], "big") for i in range(0, len(raw), length)]
    return InkGrid(length * 8, rows)
