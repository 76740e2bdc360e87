"""Extracts the text of a PDF by section, and the figures above their captions; in the sandbox."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from typing import Any

from digestbot.builder.texts.full_text import PDF, CutFigure, FullText, limit_cut_figures
from digestbot.builder.texts.paragraphs import MAX_PARAGRAPHS, divide_section
from digestbot.builder.texts.pdf_captions import BodyStyle, Caption, find_body_style, find_captions
from digestbot.builder.texts.pdf_figures import FigureFinder, iter_figure_boxes
from digestbot.builder.texts.pdf_ink import DOTS_PER_INCH
from digestbot.builder.texts.pdf_lines import (
    Box,
    TextLine,
    find_running_heads,
    join_broken_words,
    measure_page,
    read_lines,
)
from digestbot.domain.digest import Section
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.errors import SourceError
from digestbot.sandbox import ParsingTimeoutError, UnreadableError, run_in_sandbox

MAX_PAGES = 40
MAX_ASKED_PAGES = 200
"""How many pages of a PDF that is asked are read: a thesis; figures are not looked for there."""
_TIMEOUT_SECONDS = 60.0
_MAX_FIGURE_BYTES = 1_200_000
_MAX_CAPTION_CHARACTERS = 500
_COMPRESSION = 1
"""Of PNG: more takes several times as long as drawing the figure, and saves little."""
_HEADING = re.compile(
    r"(?:(?P<number>\d{1,2}|[IVX]{1,5})(?:\.\d{1,2})*\.?\s+(?P<title>[A-Z][^.!?\n]{2,70})"
    r"|(?P<bare>Abstract|ABSTRACT|References|REFERENCES|Acknowledge?ments?|Conclusions?|Introduction|INTRODUCTION"
    r"|ACKNOWLEDGE?MENTS?|CONCLUSIONS?|Bibliography|BIBLIOGRAPHY|摘\s*要|引\s*言|参考文献|致\s*谢|结\s*论|结\s*语)"
    r"|(?P<chinese_number>\d{1,2}(?:\.\d{1,2})*)\.?\s+(?P<chinese>[\u3400-\u9fff][^。，；,;]{1,30}))"
)
_MAX_HEADING_WORDS = 10


async def parse_pdf(raw: bytes) -> FullText:
    """The text and figures of a PDF. Raises :class:`~digestbot.errors.SourceError` if it cannot be read."""
    return await _parse(read_pdf, raw)


async def parse_pdf_text(raw: bytes) -> FullText:
    """The text of a PDF with its pages, without figures. Raises :class:`~digestbot.errors.SourceError`."""
    return await _parse(read_pdf_text, raw)


async def _parse(read: Callable[[bytes], FullText], raw: bytes) -> FullText:
    try:
        return await run_in_sandbox(read, _TIMEOUT_SECONDS, raw)
    except ParsingTimeoutError as error:
        raise SourceError(f"the PDF {error}") from None
    except UnreadableError:
        raise SourceError("the PDF cannot be read: it is broken, or not one") from None


# -- inside the sandbox ---------------------------------------------------------------------------------------


def read_pdf(raw: bytes) -> FullText:
    """Read a PDF; for the sandbox."""
    document = _Document(raw)
    sections, paragraphs = document.read_sections()
    figures = (CutFigure(png, caption) for png, caption in document.iter_figures())
    return FullText(PDF, sections, (), limit_cut_figures(figures), paragraphs=paragraphs)


def read_pdf_text(raw: bytes) -> FullText:
    """Read the text of a PDF; for the sandbox."""
    sections, paragraphs = _Document(raw, MAX_ASKED_PAGES).read_sections()
    return FullText(PDF, sections, paragraphs=paragraphs)


def read_pages(raw: bytes) -> tuple[list[str], list[tuple[bytes, str]]]:
    """The lines of a PDF's pages, and its figures as PNG with their captions."""
    document = _Document(raw)
    return document.read_text()[0], list(document.iter_figures())


def find_figures(raw: bytes) -> list[tuple[int, Caption, Box]]:
    """The figures of a PDF: the number of each one's page, its caption, and where it is, in points."""
    return [(number, caption, box) for number, caption, box, _ in _Document(raw).find_figures()]


class _Document:
    """A PDF's first pages: their lines without running heads, and the figures on them."""

    def __init__(self, raw: bytes, max_pages: int = MAX_PAGES) -> None:
        import pypdfium2 as pdfium  # noqa: PLC0415  # late: only this process needs it

        document = pdfium.PdfDocument(raw)
        self._pages = [document[number] for number in range(min(len(document), max_pages))]
        self._frames = [measure_page(page) for page in self._pages]
        lines = [read_lines(page.get_textpage(), frame) for page, frame in zip(self._pages, self._frames, strict=True)]
        self._heads = find_running_heads(lines, self._frames)
        self._lines = [_leave_out(all_lines, heads) for all_lines, heads in zip(lines, self._heads, strict=True)]
        self._body = find_body_style(self._lines)

    def read_text(self) -> tuple[list[str], set[int]]:
        """The lines with whole words, and the numbers of those that are headings by their type."""
        lines = [line for page in self._lines for line in page]
        headings = {i for i in range(len(lines)) if _is_set_as_heading(lines, i, self._body)}
        return join_broken_words([line.text for line in lines]), headings

    def read_sections(self) -> tuple[tuple[Section, ...], tuple[PaperParagraph, ...]]:
        """The sections, and the paragraphs of the same text with their pages."""
        lines, headings = self.read_text()
        pages = [number for number, page in enumerate(self._lines, 1) for _ in page]
        sections, paragraphs = list[Section](), list[PaperParagraph]()
        for title, start, end in _iter_spans(lines, headings):
            body = join_broken_words(lines[start:end])
            if text := " ".join(" ".join(body).split()):
                sections.append(Section(title, text))
                runs = [(number, _join_lines(part)) for number, part in _group_by_page(body, pages[start:end])]
                paragraphs += divide_section(title, runs)
        return tuple(sections), tuple(paragraphs[:MAX_PARAGRAPHS])

    def iter_figures(self) -> Iterator[tuple[bytes, str]]:
        """The figures as PNG, with their captions."""
        for _, caption, box, finder in self.find_figures():
            text = " ".join(join_broken_words(caption.lines))
            yield _encode_picture(finder.cut(box)), text[:_MAX_CAPTION_CHARACTERS]

    def find_figures(self) -> Iterator[tuple[int, Caption, Box, FigureFinder]]:
        """The figures and their pages. A page is drawn only if it has a figure that is asked for."""
        for number, lines in enumerate(self._lines):
            captions = find_captions(lines, self._body)
            if not any(caption.is_figure for caption in captions):
                continue
            frame = self._frames[number]
            image = _draw_page(self._pages[number])
            heads = self._heads[number]
            finder = FigureFinder(image, frame, lines, heads=heads, captions=captions, body=self._body)
            for caption, box in iter_figure_boxes(finder, captions):
                yield number + 1, caption, box, finder


def _draw_page(page: Any) -> Any:  # noqa: ANN401
    """A page as a picture: in the form that Pillow takes without a copy."""
    return page.render(scale=DOTS_PER_INCH / 72, prefer_bgrx=True, rev_byteorder=True).to_pil()


def _leave_out(lines: Sequence[TextLine], others: Sequence[TextLine]) -> list[TextLine]:
    out = {id(line) for line in others}
    return [line for line in lines if id(line) not in out]


def _encode_picture(image: Any) -> bytes:  # noqa: ANN401  (Pillow's)
    """A picture as PNG, with fewer colours if it would be too large: it is a photograph then."""
    from PIL import Image as image_module  # noqa: N813, PLC0415  # late: only the sandbox needs it

    image = image if image.mode == "RGB" else image.convert("RGB")
    png = b"" if _is_large(image) else _write_png(image)
    if 0 < len(png) <= _MAX_FIGURE_BYTES:
        return png
    return _write_png(image.quantize(256, method=image_module.Quantize.FASTOCTREE))


def _is_large(image: Any) -> bool:  # noqa: ANN401
    """Whether a picture would be too large, judged by an eighth of it."""
    if image.width * image.height * 3 <= _MAX_FIGURE_BYTES:
        return False
    return (
        len(_write_png(image.crop((0, image.height * 3 // 8, image.width, image.height // 2)))) * 8 > _MAX_FIGURE_BYTES
    )


def _write_png(image: Any) -> bytes:  # noqa: ANN401
    png = io.BytesIO()
    image.save(png, "PNG", compress_level=_COMPRESSION)
    return png.getvalue()


# -- sections -------------------------------------------------------------------------------------------------


def _is_set_as_heading(lines: Sequence[TextLine], index: int, body: BodyStyle) -> bool:
    """Whether a line is a heading without a number: short, in other and larger or bold type, and before body text."""
    line = lines[index]
    following = lines[index + 1] if index + 1 < len(lines) else None
    if following is None or not body.matches(following) or not body.size or body.matches(line):
        return False
    is_marked = line.size > 1.1 * body.size or (line.size > 0.95 * body.size and _is_bold(line.font))
    is_short = 0 < line.words <= _MAX_HEADING_WORDS and line.box.width < 0.9 * body.width
    return is_marked and is_short and _is_title(line.text) and line.box.bottom >= following.box.top - 2


def _is_bold(font: str) -> bool:
    return re.search(r"(?i)bold|medi|black|heavy|CMBX|-B\b", font) is not None


def _is_title(text: str) -> bool:
    return re.fullmatch(r"[A-Z\u3400-\u9fff][^.!?:,;]{2,70}", text) is not None


def split_sections(lines: Sequence[str], headings: Collection[int] = ()) -> Iterator[tuple[str, str]]:
    """Split lines into titled sections, joining words hyphenated across lines; some are known to be headings."""
    for title, start, end in _iter_spans(lines, headings):
        if text := _join_lines(lines[start:end]):
            yield title, text


def _iter_spans(lines: Sequence[str], headings: Collection[int]) -> Iterator[tuple[str, int, int]]:
    """The title of each section, and the numbers of its first line and of the one behind it."""
    title, start = "Text", 0
    for i, line in enumerate(lines):
        if found := _find_title(line) or (line if i in headings else ""):
            yield title, start, i
            title, start = found.strip(), i + 1
    yield title, start, len(lines)


def _group_by_page(lines: Sequence[str], pages: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """The lines of each page."""
    for number, group in groupby(zip(pages, lines, strict=True), key=lambda pair: pair[0]):
        yield number, [line for _, line in group if line]


def _find_title(line: str) -> str:
    """The title of a heading that has a number or a usual name."""
    heading = _HEADING.fullmatch(line)
    if heading is None or not _is_section_number(heading["number"] or ""):
        return ""
    return heading["title"] or heading["bare"] or heading["chinese"] or ""


def _is_section_number(number: str) -> bool:
    return not number.isdigit() or 0 < int(number) <= 20


def _join_lines(lines: Sequence[str]) -> str:
    return " ".join(" ".join(join_broken_words(lines)).split())
