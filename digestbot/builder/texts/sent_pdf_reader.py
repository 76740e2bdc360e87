"""Reads PDFs that people send, in the sandbox, and says what is wrong with those that cannot be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from digestbot.builder.texts.full_text import PDF, FullText
from digestbot.builder.texts.pdf_lines import TextLine, measure_page, read_lines
from digestbot.builder.texts.pdf_reader import read_pdf_text
from digestbot.domain.paper import PaperId
from digestbot.errors import SourceError
from digestbot.sandbox import ParsingTimeoutError, run_in_sandbox

MAX_SENT_PAGES = 300
"""The longest PDF that is read: what is longer is no paper, but a book."""
_READING_SECONDS = 60.0
_MIN_CHARACTERS = 500
"""What has less text is a scan, or nothing that could be summarised."""
_MAX_TITLE, _MAX_TITLE_LINES = 300, 3
_SAME_SIZE = 0.98
_HEAD_BYTES = 1024
"""Where readers look for what a PDF begins with (ISO 32000-2, annex I)."""
_STAMP = re.compile(
    r"arXiv:\s?(?P<id>\d{4}\.\d{4,5}|[a-z-]{2,9}(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?"
    r"\s{1,4}\[[\w.-]{2,20}\]"
)
"""What arXiv prints on the margin of a paper's first page: with the category in brackets, unlike in references."""
_ABSTRACT = re.compile(r"\s{0,4}(?:abstract\b|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t\b|摘\s{0,4}要)", re.IGNORECASE)
_OTHER_HEADING = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}\.?\s[A-Z]|(?:Table|Figure|Fig\.)\s\d", re.ASCII)
"""What begins a section or a caption, as the first page of an excerpt has it."""
_MAX_FIRST_PAGE = 20_000
_NO_TEXT = FullText(PDF)


class PdfProblem(StrEnum):
    """Why a PDF is not read: each has a sentence, ``pdf.PROBLEM``."""

    EMPTY = "empty"
    NOT_PDF = "not_pdf"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    TOO_LONG = "too_long"
    NO_TEXT = "no_text"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class ReadPdf:
    """A PDF's text and what is known of it; or the ``problem`` with it."""

    problem: PdfProblem | None = None
    page_count: int = 0
    title: str = ""
    arxiv_id: str = ""
    text: FullText = _NO_TEXT


async def read_sent_pdf(raw: bytes) -> ReadPdf:
    """Read a PDF in the sandbox, whatever it is."""
    if not raw:
        return ReadPdf(PdfProblem.EMPTY)
    try:
        return await run_in_sandbox(parse_sent_pdf, _READING_SECONDS, raw)
    except ParsingTimeoutError:
        return ReadPdf(PdfProblem.SLOW)
    except SourceError:
        return ReadPdf(PdfProblem.BROKEN)


def parse_sent_pdf(raw: bytes) -> ReadPdf:
    """Read a PDF; for the sandbox."""
    if b"%PDF-" not in raw[:_HEAD_BYTES]:
        return ReadPdf(PdfProblem.NOT_PDF)
    import pypdfium2 as pdfium  # noqa: PLC0415  # late: only the sandbox needs it

    try:
        document = pdfium.PdfDocument(raw)
    except pdfium.PdfiumError as error:
        return ReadPdf(PdfProblem.ENCRYPTED if "password" in str(error).lower() else PdfProblem.BROKEN)
    count = len(document)
    if count > MAX_SENT_PAGES:
        return ReadPdf(PdfProblem.TOO_LONG, count)
    if not count:
        return ReadPdf(PdfProblem.BROKEN)
    text = read_pdf_text(raw)
    if sum(len(section.body) for section in text.sections) < _MIN_CHARACTERS:
        return ReadPdf(PdfProblem.NO_TEXT, count)
    page = document[0]
    return ReadPdf(None, count, _find_title(page), _find_stamp(page), text)


def _find_stamp(page: Any) -> str:  # noqa: ANN401  (pypdfium2's)
    """The number of the arXiv paper that a first page says it is; empty if it says none."""
    match = _STAMP.search(page.get_textpage().get_text_range()[:_MAX_FIRST_PAGE])
    found = PaperId.parse(match["id"]) if match else None
    return found.base_id if found else ""


def _find_title(page: Any) -> str:  # noqa: ANN401  (pypdfium2's)
    """The first lines in the largest type above the abstract; empty if there are none, or they are a section's."""
    lines = read_lines(page.get_textpage(), measure_page(page))
    lines = _take_above_abstract([line for line in lines if line.words and not _STAMP.search(line.text)])
    largest = max((line.size for line in lines), default=0.0)
    start = next((i for i, line in enumerate(lines) if line.size >= largest * _SAME_SIZE), 0)
    title: list[str] = []
    for line in lines[start : start + _MAX_TITLE_LINES]:
        if line.size < largest * _SAME_SIZE:
            break
        title.append(line.text)
    found = " ".join(" ".join(title).split())[:_MAX_TITLE]
    return "" if _OTHER_HEADING.match(found) else found


def _take_above_abstract(lines: list[TextLine]) -> list[TextLine]:
    """The lines before the abstract and above it, unlike a figure's; all of them where none says that it is one."""
    place = next((number for number, line in enumerate(lines) if _ABSTRACT.match(line.text)), 0)
    above = [line for line in lines[:place] if line.box.top > lines[place].box.top]
    return above or lines
