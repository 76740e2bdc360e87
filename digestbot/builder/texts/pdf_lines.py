"""The lines of a PDF's pages with their places and type, as PDFium finds them; in the sandbox."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from digestbot.cards.text import drop_control_characters

BROKEN_WORD = "\u00ad"
"""Ends a line whose last word goes on in the next: PDFium's U+FFFE, which replaces the hyphen."""
_LINE = re.compile("[^\r\n\ufffe\x02]+[\ufffe\x02]?")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_MAX_SPACE_HEIGHTS = 1.6
"""How wide, in heights of the line, the space within a line may be: between columns it is wider."""
_SAME_LEVEL = 0.2
"""How much of the lower of two boxes must be level with the other: of an exponent, little is."""
_MANY_BOXES = 4
_MIN_TYPED_CHARACTERS = 6
_RUNNING_HEAD_SHARE, _WIDE_MARGIN_SHARE = 0.12, 0.22
"""In which part of a page, at its top and bottom, running heads and page numbers stand, and first or last lines may."""
_RUNNING_HEAD_POINTS = 6.0
"""How much higher or lower it may stand on another page."""
_MIN_REPEATS = 3
_PAGE_NUMBER = re.compile(r"(?<!\d)\d{1,5}(?!\d)")
_MAX_RUNNING_HEAD_CHARACTERS = 150
_TYPE_NAME_BYTES = 128


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

    def horizontal_overlap(self, other: Box) -> float:
        """The length of the horizontal overlap."""
        return min(self.right, other.right) - max(self.left, other.left)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text, its position, and its type: the font's name, and its size in points.

    Lines are compared with each other by their ``style``, which is equal for those that look alike, and by their
    number of ``words``, with two Chinese characters as one: both are read once.
    """

    text: str
    box: Box
    font: str = ""
    size: float = 0.0
    style: tuple[str, float] = field(init=False, compare=False)
    words: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "style", (self.font, round(self.size, 1)))
        object.__setattr__(self, "words", _count_words_of_line(self.text))


def _count_words_of_line(text: str) -> int:
    cjk = 0 if text.isascii() else len(_CJK.findall(text))
    return cjk // 2 if cjk > len(text) // 3 else len(text.split())


@dataclass(frozen=True, slots=True)
class PageFrame:
    """Where a page begins in its own coordinates, its size as shown, and how often it is turned by 90 degrees."""

    left: float
    bottom: float
    width: float
    height: float
    turns: int

    def place(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A rectangle of the page as it is shown, from the lower left corner."""
        box = Box(left - self.left, bottom - self.bottom, right - self.left, top - self.bottom)
        match self.turns:
            case 1:
                return Box(box.bottom, self.height - box.right, box.top, self.height - box.left)
            case 2:
                return Box(
                    self.width - box.right, self.height - box.top, self.width - box.left, self.height - box.bottom
                )
            case 3:
                return Box(self.width - box.top, box.left, self.width - box.bottom, box.right)
        return box


def measure_page(page: Any) -> PageFrame:  # noqa: ANN401  (pypdfium2's)
    """Where a page's coordinates begin, and how it is shown."""
    left, bottom, *_ = page.get_cropbox()
    width, height = page.get_size()
    return PageFrame(left, bottom, width, height, page.get_rotation() // 90 % 4)


def read_lines(textpage: Any, frame: PageFrame) -> list[TextLine]:  # noqa: ANN401
    """A page's lines in the order of its text."""
    return _LineReader(textpage, frame).read()


class _LineReader:
    """Reads the lines of a page, with as few calls of PDFium as possible: they take most of the time."""

    def __init__(self, textpage: Any, frame: PageFrame) -> None:  # noqa: ANN401
        from pypdfium2 import raw  # noqa: PLC0415  # late: only the sandbox needs it

        self._raw, self._textpage, self._frame = raw, textpage, frame
        self._matrix, self._flags = raw.FS_MATRIX(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(_TYPE_NAME_BYTES)
        self._text = self._read_characters()

    def read(self) -> list[TextLine]:
        """All lines of the page; columns beside each other are lines of their own."""
        return [line for found in _LINE.finditer(self._text) for line in self._iter_pieces(*found.span())]

    def _read_characters(self) -> str:
        """The page's text, a character for each that PDFium counts."""
        count = self._textpage.count_chars()
        text: str = self._textpage.get_text_range(0, count) if count else ""
        if len(text) == count:
            return text
        return "".join([_to_character(self._raw.FPDFText_GetUnicode(self._textpage.raw, i)) for i in range(count)])

    def _iter_pieces(self, start: int, end: int) -> Iterator[TextLine]:
        rows = list(_join_boxes(self._list_boxes(start, end)))
        starts = sorted([start, *(self._find_character(row, start, end) for row in rows[1:])])
        for row, first, last in zip(rows, starts, [*starts[1:], end], strict=False):
            words = self._text[first:last].replace("\ufffe", BROKEN_WORD).replace("\x02", BROKEN_WORD)
            if words := drop_control_characters(" ".join(words.split())):
                yield TextLine(
                    words, self._frame.place(row.left, row.bottom, row.right, row.top), *self._read_type(first, words)
                )

    def _list_boxes(self, start: int, end: int) -> list[Box]:
        """The boxes of a line's parts. Some files have one for each word: then three are enough for a plain line."""
        count = self._textpage.count_rects(start, end - start)
        if count > _MANY_BOXES:
            few = [Box(*self._textpage.get_rect(i)) for i in (0, count // 2, count - 1)]
            width = few[2].right - few[0].left
            if _is_level(few[0], few[1]) and _is_level(few[0], few[2]) and 0 < width < (end - start) * few[1].height:
                return [few[0].join(few[1]).join(few[2])]
        return [Box(*self._textpage.get_rect(i)) for i in range(count)]

    def _find_character(self, row: Box, start: int, end: int) -> int:
        """The first character of a row."""
        found = self._textpage.get_index(row.left + 0.5, (row.bottom + row.top) / 2, 2, 2)
        return min(max(found, start), end) if found is not None else end

    def _read_type(self, index: int, words: str) -> tuple[str, float]:
        """The font and the size in points of a character; those of a short label do not matter."""
        if len(words) < _MIN_TYPED_CHARACTERS:
            return "", 0.0
        page = self._textpage.raw
        self._raw.FPDFText_GetMatrix(page, index, self._matrix)
        scale = max(abs(self._matrix.a), abs(self._matrix.b)) or 1.0
        length = self._raw.FPDFText_GetFontInfo(page, index, self._name, _TYPE_NAME_BYTES, self._flags)
        font = self._name.value.decode("utf-8", "replace") if 0 < length <= _TYPE_NAME_BYTES else ""
        return font, float(self._raw.FPDFText_GetFontSize(page, index)) * scale


def _to_character(code: int) -> str:
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def _join_boxes(boxes: Sequence[Box]) -> Iterator[Box]:
    """Boxes that follow each other on one level, as one."""
    row: Box | None = None
    last: Box | None = None
    for box in boxes:
        if row and last and _is_same_line(last, box):
            row = row.join(box)
        else:
            if row:
                yield row
            row = box
        last = box
    if row:
        yield row


def _is_level(one: Box, other: Box) -> bool:
    return min(one.top, other.top) - max(one.bottom, other.bottom) > _SAME_LEVEL * min(one.height, other.height)


def _is_same_line(one: Box, other: Box) -> bool:
    space, height = other.left - one.right, max(one.height, other.height, 6)
    return -height <= space < _MAX_SPACE_HEIGHTS * height and _is_level(one, other)


# -- running heads --------------------------------------------------------------------------------------------


def find_running_heads(pages: Sequence[Sequence[TextLine]], frames: Sequence[PageFrame]) -> list[list[TextLine]]:
    """The page numbers, and what is repeated at the same height at the top or bottom of the pages, page by page."""
    margins = [
        [(line, _build_head_keys(line, number)) for line in _list_outermost(lines, frame)]
        for number, (lines, frame) in enumerate(zip(pages, frames, strict=True))
    ]
    seen = Counter(key for margin in margins for key in {key for _, keys in margin for key in keys})
    needed = _MIN_REPEATS if len(pages) > _MIN_REPEATS else 2
    return [[line for line, keys in margin if any(seen[key] >= needed for key in keys)] for margin in margins]


def _list_outermost(lines: Sequence[TextLine], frame: PageFrame) -> list[TextLine]:
    """The lines that stand where running heads do: near a page's edges, or first or last where its margins are wide."""
    short = [line for line in lines if len(line.text) <= _MAX_RUNNING_HEAD_CHARACTERS]
    if not short:
        return []
    margin, wide = _RUNNING_HEAD_SHARE * frame.height, _WIDE_MARGIN_SHARE * frame.height
    low = max(margin, min(wide, min(line.box.top for line in lines) + _RUNNING_HEAD_POINTS))
    high = max(margin, min(wide, frame.height - max(line.box.bottom for line in lines) + _RUNNING_HEAD_POINTS))
    return [line for line in short if line.box.top < low or line.box.bottom > frame.height - high]


def _build_head_keys(line: TextLine, page: int) -> list[tuple[str, int]]:
    """What a running head has in common on all pages: its letters and height, or a number that counts the pages."""
    letters = re.sub(r"[\W\d_]+", "", line.text).lower()
    if letters in ("", "page"):
        return [("", int(number) - page) for number in _PAGE_NUMBER.findall(line.text)[:1]]
    height = (line.box.bottom + line.box.top) / 2 / _RUNNING_HEAD_POINTS
    return [(letters, level) for level in {int(height), round(height)}]


# -- words broken at line ends --------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END_OF_WORD = re.compile(r"[^\W_]{0,60}$")
_LAST_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_BROKEN_START = re.compile(r"(?P<right>[^\W_]+)(?P<rest>.*)", re.DOTALL)
_COMPOUND_STARTS = frozenset(
    """all cross data end ever fine full half hand hard high ill large left light long low many near non off one open
    out real right self short single small so state time top two three four well wide word zero""".split()  # noqa: SIM905
)
"""What makes a compound with a word that follows it, unless the text says otherwise."""
_PREFIXES = frozenset("anti inter multi mid over post pre re semi sub super trans un under".split())  # noqa: SIM905
"""What is written together with it."""
_MIN_WORD_LETTERS = 4
_MAX_LINES_BETWEEN = 80


def join_broken_words(lines: Sequence[str]) -> list[str]:
    """As many lines, with each word that goes on in the next line whole at the end of its first one."""
    words = _count_words(lines)
    joined = list(lines)
    for i in range(len(joined) - 1):
        if left := _find_broken_word(joined[i]):
            following = _find_continuation(joined, i, left, words)
            joined[i], joined[following] = _join_lines(joined[i][:-1], left, joined[following], words)
    return [line.replace(BROKEN_WORD, "-") for line in joined]


def _count_words(lines: Sequence[str]) -> Counter[str]:
    """How often each word stands in the lines, without those that a line's end breaks."""
    words: Counter[str] = Counter()
    was_broken = False
    for line in lines:
        found = _WORD.findall(line.lower())
        is_broken = bool(_find_broken_word(line))
        whole = found[was_broken : len(found) - is_broken]
        words.update(whole)
        for word in whole if "-" in line else ():
            if "-" in word:
                parts = word.split("-")
                words.update([*parts, *map("-".join, pairwise(parts))] if len(parts) > 2 else parts)
        was_broken = is_broken
    return words


def _find_broken_word(line: str) -> str:
    """The first part of a word that goes on in the next line; empty if the line ends otherwise."""
    if not line.endswith((BROKEN_WORD, "-")):
        return ""
    word = line[line.rfind(" ") + 1 : -1].lstrip("([{“‘\"'")
    return word if _LAST_WORD.fullmatch(word) else _END_OF_WORD.search(word).group()  # type: ignore[union-attr]


def _find_continuation(lines: Sequence[str], index: int, left: str, words: Counter[str]) -> int:
    """The line in which a broken word goes on: the next, or one behind a figure or a footnote that stands between."""
    start = _BROKEN_START.match(lines[index + 1])
    if left.islower() and (start is None or not start["right"].islower()):
        for i in range(index + 2, min(index + _MAX_LINES_BETWEEN, len(lines))):
            later = _BROKEN_START.match(lines[i])
            if later and later["right"].islower() and words[f"{left}{later['right']}"]:
                return i
    return index + 1


def _join_lines(line: str, left: str, following: str, words: Counter[str]) -> tuple[str, str]:
    start = _BROKEN_START.match(following)
    if start is None:
        return line, following
    hyphen = _choose_hyphen(left, start["right"], words)
    rest = start["rest"]
    attached = re.match(r"\S*", rest)
    glued = attached.group() if attached else ""
    return f"{line}{hyphen}{start['right']}{glued}", rest[len(glued) :].strip()


def _choose_hyphen(left: str, right: str, words: Counter[str]) -> str:
    """The hyphen of a compound (“client-supplied”), or nothing where it only broke the word (“para-meters”)."""
    first = left.rpartition("-")[2].lower()
    second = right.lower()
    whole, compound = words[first + second], words[f"{first}-{second}"]
    if whole or compound:
        return "-" if compound > whole else ""
    if not (first.isalpha() and right.islower()):
        is_name = left.isupper() and right.isupper() and not words[first]
        return "" if is_name else "-"
    are_words = words[first] > 0 and words[second] > 0 and len(second) >= _MIN_WORD_LETTERS
    if first in _PREFIXES:
        return ""
    if first in _COMPOUND_STARTS:
        return "-" if words[second] > 0 or len(second) > _MIN_WORD_LETTERS else ""
    return "-" if are_words and len(first) >= _MIN_WORD_LETTERS else ""
