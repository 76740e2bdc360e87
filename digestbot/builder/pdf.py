"""A PDF's text by section, and its figures cut out above their captions.

It runs in a process of its own (``python -m digestbot.builder.pdf FOLDER``, the PDF on standard input): what is broken
or hostile in a stranger's PDF ends that process and nothing else, and its memory goes with it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digestbot.builder.fulltext import PDF, FullText, Picture, first_pictures
from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Section
from digestbot.errors import SourceError

MOST_PAGES = 40
_SECONDS = 60.0
_MOST_MEMORY = 1_500_000_000
_DOTS_PER_INCH = 144
_MOST_BYTES = 2_000_000
_MOST_CAPTION = 500
_HEADING = re.compile(
    r"(?:(?P<number>\d{1,2}|[IVX]{1,5})(?:\.\d{1,2})*\.?\s+(?P<title>[A-Z][^.!?\n]{2,70})"
    r"|(?P<bare>Abstract|ABSTRACT|References|REFERENCES|Acknowledge?ments?|Conclusions?|Introduction|INTRODUCTION))"
)
_CAPTION = re.compile(r"(?:Figure|Fig\.|FIGURE|FIG\.|图)\s*\d{1,2}\s*[.:：|]")
_GAP = 36.0
"""Points between two parts of one figure, and between a figure and its caption, at most."""
_PROSE = 7
"""Words of a line that is text of the page: labels in figures are shorter."""
_MOST_PROSE = 3
"""Such lines inside what is drawn, at most: more, and it is a frame around the text, or cut off by one."""
_LOW = 200.0
"""Points that another caption may stand lower and still be the one of a figure beside."""
_LABEL = 24.0
"""Points above what is drawn in which its title stands."""
_LEAST_WIDTH, _LEAST_HEIGHT = 60.0, 36.0


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def joined(self, other: Box) -> Box:
        """The box around both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )

    def holds(self, others: Sequence[Box]) -> int:
        """How many of the others have their middle in it."""
        middles = [((other.left + other.right) / 2, (other.bottom + other.top) / 2) for other in others]
        return sum(self.left < x < self.right and self.bottom < y < self.top for x, y in middles)

    def beside(self, other: Box) -> float:
        """How much of their widths overlaps."""
        return min(self.right, other.right) - max(self.left, other.left)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and where it stands."""

    text: str
    box: Box


async def read_pdf(raw: bytes) -> FullText:
    """The text and figures of a PDF. Raises :class:`~digestbot.errors.SourceError` where it cannot be read."""
    with tempfile.TemporaryDirectory(prefix="digestbot-pdf-") as folder:
        output = await _in_its_own_process(raw, folder)
        try:
            found = json.loads(output)
        except ValueError:
            raise SourceError("the PDF cannot be read: it is broken, or not one") from None
        pictures = [
            Picture(await asyncio.to_thread((Path(folder) / name).read_bytes), text) for name, text in found["figures"]
        ]
        sections = tuple(Section(title, body) for title, body in found["sections"])
        return FullText(PDF, sections, (), first_pictures(pictures))


async def _in_its_own_process(raw: bytes, folder: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "digestbot.builder.pdf",
        folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(raw), _SECONDS)
    except TimeoutError:
        raise SourceError(f"the PDF was not read within {_SECONDS:.0f} seconds") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output


# -- inside that process --------------------------------------------------------------------------------------


def main() -> None:
    """Read a PDF from standard input; JSON goes to standard output, and pictures into the folder that is named."""
    _bounded()
    folder = Path(sys.argv[1])
    lines, figures = read_pages(sys.stdin.buffer.read())
    names = []
    for number, (png, caption) in enumerate(figures, 1):
        (folder / f"{number}.png").write_bytes(png)
        names.append([f"{number}.png", caption])
    json.dump({"sections": list(sections(lines)), "figures": names}, sys.stdout)


def _bounded() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_pages(raw: bytes) -> tuple[list[str], list[tuple[bytes, str]]]:
    """The lines of a PDF's pages, and its figures as PNG with their captions."""
    import pypdfium2 as pdfium  # noqa: PLC0415  # late: only this process needs it

    texts: list[str] = []
    figures: list[tuple[bytes, str]] = []
    document = pdfium.PdfDocument(raw)
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        textpage = page.get_textpage()
        lines = list(_lines(textpage))
        texts += [line.text for line in lines]
        figures += _figures(page, lines)
        textpage.close()
        page.close()
    return texts, figures


def _lines(textpage: Any) -> Iterator[Line]:  # noqa: ANN401  (pypdfium2's)
    """The page's lines, in the order of its text: pieces of text that stand beside each other are one."""
    pieces = [Box(*textpage.get_rect(i)) for i in range(textpage.count_rects())]
    row: list[Box] = []
    for box in pieces:
        if row and not _is_same_line(row[-1], box):
            yield _line(textpage, row)
            row = []
        row.append(box)
    if row:
        yield _line(textpage, row)


def _is_same_line(one: Box, other: Box) -> bool:
    level = min(one.top, other.top) - max(one.bottom, other.bottom)
    return level > 0.4 * min(one.height, other.height) and -2 <= other.left - one.right < 2 * max(one.height, 6)


def _line(textpage: Any, row: Sequence[Box]) -> Line:  # noqa: ANN401
    whole = row[0]
    for box in row[1:]:
        whole = whole.joined(box)
    text = textpage.get_text_bounded(whole.left - 0.5, whole.bottom - 0.5, whole.right + 0.5, whole.top + 0.5)
    return Line(drop_control_characters(" ".join(text.split())), whole)


def _figures(page: Any, lines: Sequence[Line]) -> Iterator[tuple[bytes, str]]:  # noqa: ANN401
    captions = [(i, line) for i, line in enumerate(lines) if _CAPTION.match(line.text)]
    if not captions:
        return
    drawn = list(_drawn(page))
    for i, line in captions:
        text, box = _caption(lines, i)
        if place := figure_above(box, line.box, drawn, lines):
            yield _cut(page, place), text[:_MOST_CAPTION]


def _caption(lines: Sequence[Line], start: int) -> tuple[str, Box]:
    """A caption's text and place: the line that it begins on, and those right below it."""
    parts, box = [lines[start].text], lines[start].box
    for line in lines[start + 1 :]:
        gap = box.bottom - line.box.top
        if not -2 < gap < 0.6 * line.box.height or line.box.beside(box) <= 0 or _CAPTION.match(line.text):
            break
        parts.append(line.text)
        box = box.joined(line.box)
    return " ".join(parts), box


def _drawn(page: Any) -> Iterator[Box]:  # noqa: ANN401
    """Where something is drawn that is no text, and no background or rule."""
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


def figure_above(caption: Box, first: Box, drawn: Sequence[Box], lines: Sequence[Line]) -> Box | None:
    """The place of the figure that a caption is about: what is drawn above it without a gap, with the words in it."""
    others = [line.box for line in lines if _CAPTION.match(line.text) and line.box != first]
    prose = [line.box for line in lines if len(line.text.split()) >= _PROSE]
    above = [box for box in drawn if box.bottom >= first.top - 4 and box.holds(prose) <= _MOST_PROSE]
    above = [box for box in above if not _is_anothers(box, caption, others)]
    place: Box | None = None
    for box in sorted(above, key=lambda box: box.bottom):
        if box.bottom - (place.top if place else first.top) > _GAP:
            break
        if box.beside(place.joined(caption) if place else caption) > 0:
            place = _with(place, box, prose, others) if place else box
    for box in sorted(above, key=lambda box: box.left) + sorted(above, key=lambda box: -box.right):
        if place and _is_panel(box, place):
            place = _with(place, box, prose, others)
    if place is None or place.width < _LEAST_WIDTH or place.height < _LEAST_HEIGHT:
        return None
    labels = [line.box for line in lines if line.box not in [*prose, *others] and line.box.bottom > first.top]
    for label in labels:
        if label.beside(place) > 0 and (label.top <= place.top or _is_title(label, place)):
            place = place.joined(label)
    return place


def _is_title(label: Box, place: Box) -> bool:
    """Whether a line stands right above the middle of a figure: the end of a paragraph stands at its left."""
    off = abs((label.left + label.right) - (place.left + place.right)) / 2
    return label.top < place.top + _LABEL and off < 0.25 * place.width


def _with(place: Box, box: Box, prose: Sequence[Box], captions: Sequence[Box]) -> Box:
    """A figure with another part of it; without it, where the page's text or another caption would come along."""
    joined = place.joined(box)
    along = joined.holds(prose) > max(place.holds(prose), box.holds(prose)) + 1 or joined.holds(captions)
    return place if along else joined


def _is_anothers(box: Box, caption: Box, others: Sequence[Box]) -> bool:
    """Whether another caption stands right below it, and this one does not."""
    below = (other for other in others if other.top <= box.bottom + 4 and other.top > caption.bottom - _LOW)
    return any(other.beside(box) > max(0.0, caption.beside(box)) for other in below)


def _is_panel(box: Box, place: Box) -> bool:
    """Whether something stands beside a figure, at its height, as another panel of it does."""
    level = min(box.top, place.top) - max(box.bottom, place.bottom)
    return box.height >= 8 and level > 0.5 * box.height and -_GAP < box.beside(place) <= 0


def _cut(page: Any, place: Box) -> bytes:  # noqa: ANN401
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
    if png.tell() > _MOST_BYTES:  # a photograph
        png = io.BytesIO()
        image.quantize(128).save(png, "PNG", optimize=True)
    return png.getvalue()


def sections(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The lines as titled sections; a word that is broken over two lines is made whole."""
    title, body = "Text", list[str]()
    for line in lines:
        heading = _HEADING.fullmatch(line)
        if heading and _is_next(heading["number"] or ""):
            if body:
                yield title, _flowing(body)
            title, body = (heading["title"] or heading["bare"]).strip(), []
        else:
            body.append(line)
    if body:
        yield title, _flowing(body)


def _is_next(number: str) -> bool:
    return not number.isdigit() or 0 < int(number) <= 20


def _flowing(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return " ".join(re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text).split())


if __name__ == "__main__":
    main()
