"""A stranger's PDF is read in a process of its own, which has so much time, memory and pages and no more."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from digestbot.builder import pdf_reader as module
from digestbot.builder.full_text import FullText
from digestbot.builder.pdf_reader import (
    MAX_PAGES,
    Box,
    TextLine,
    find_figure_above,
    parse_pdf,
    read_pages,
    read_pdf,
    split_sections,
)
from digestbot.errors import SourceError
from tests.builder.papers import build_pdf, draw_bars, draw_text, pdf_paper
from tests.waiting import HANG_SECONDS

ROOT = Path(__file__).parents[2]


def raw_pdf(objects: list[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def build_stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (more, len(content), content)


def build_page(size: int, resources: bytes, *objects: bytes) -> bytes:
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << %b >> >>"
            % (size, size, resources),
            *objects,
        ]
    )


def build_endless_pdf() -> bytes:
    """Twelve forms that draw the next one ten times each: it would take years."""
    forms = []
    for number in range(6, 18):
        resources = b"/Resources << /XObject << /F %d 0 R >> >>" % number if number < 17 else b""
        shown = b"/F Do\n" * 10 if number < 17 else b"q Q\n"
        forms.append(build_stream(shown, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources))
    return build_page(612, b"/XObject << /F 5 0 R >>", build_stream(b"/F Do\n"), *forms)


def build_huge_pdf() -> bytes:
    """A figure of three metres by three, which would be a picture of two gigabytes."""
    drawn = b"0.8 0.1 0.1 rg 100 100 13000 13000 re f BT /F1 10 Tf 200 80 Td (Figure 1: a bomb) Tj ET"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return build_page(14_400, b"/Font << /F1 5 0 R >>", build_stream(drawn), font)


async def test_a_pdf_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 10 <= module._TIMEOUT_SECONDS <= 120
    monkeypatch.setattr(module, "_TIMEOUT_SECONDS", 0.5)
    async with asyncio.timeout(HANG_SECONDS):
        with pytest.raises(SourceError, match="the PDF was not read within"):
            await parse_pdf(build_endless_pdf())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limit")
async def test_a_pdf_that_wants_all_memory_is_not_read() -> None:
    async with asyncio.timeout(HANG_SECONDS):
        with pytest.raises(SourceError, match="cannot be read"):
            await parse_pdf(build_huge_pdf())


@pytest.mark.parametrize("raw", [b"", b"no pdf", pdf_paper()[:900], b"%PDF-1.4\n%%EOF"])
async def test_what_is_no_pdf_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(SourceError, match="broken, or not one"):
        await parse_pdf(raw)


async def test_no_more_than_its_first_pages_are_read() -> None:
    pages = [draw_text(60, 700, [f"page {number}"]) for number in range(1, MAX_PAGES + 3)]
    for count in (1, MAX_PAGES - 1, MAX_PAGES, MAX_PAGES + 1, MAX_PAGES + 2):
        lines, _ = read_pages(build_pdf(*pages[:count]))
        assert lines == [f"page {number}" for number in range(1, min(count, 40) + 1)]


async def test_no_more_than_six_figures_are_kept_and_no_more_than_500_letters_of_a_caption() -> None:
    drawn = [
        draw_bars(80, 500, 400, 100),
        draw_text(80, 480, [f"Figure 1: {'gladly ' * 14}"] + ["gladly " * 15] * 7, 6),
    ]
    found: FullText = await parse_pdf(build_pdf(*[b"".join(drawn)] * 7))
    assert len(found.cut_figures) == 6
    assert {len(picture.caption) for picture in found.cut_figures} == {500}


@pytest.mark.parametrize(("most", "mode"), [(1, "P"), (10**9, "RGB")])
def test_a_picture_of_too_many_bytes_is_made_smaller(most: int, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_FIGURE_BYTES", most)
    _, [(png, _), *_] = read_pages(pdf_paper())
    assert Image.open(io.BytesIO(png)).mode == mode


HEADINGS = [
    ("1 Introduction", "Introduction"),
    ("1. Introduction", "Introduction"),
    ("20 Results", "Results"),
    ("2.1 Loops and folds", "Loops and folds"),
    ("2.1.3 Loops", "Loops"),
    ("IV. RESULTS", "RESULTS"),
    ("Abstract", "Abstract"),
    ("ABSTRACT", "ABSTRACT"),
    ("References", "References"),
    ("REFERENCES", "REFERENCES"),
    ("Acknowledgments", "Acknowledgments"),
    ("Acknowledgement", "Acknowledgement"),
    ("Conclusion", "Conclusion"),
    ("Conclusions", "Conclusions"),
    ("Introduction", "Introduction"),
    ("INTRODUCTION", "INTRODUCTION"),
    (f"3 {'A' * 71}", "A" * 71),
    ("21 Results", None),
    ("0 Results", None),
    ("123 Results", None),
    ("1 introduction", None),
    ("1 In", None),
    (f"3 {'A' * 72}", None),
    ("3 Loops bind. They fold.", None),
    ("Method", None),
    ("The Abstract", None),
]


@pytest.mark.parametrize(("line", "title"), HEADINGS)
def test_a_heading_is_one_by_its_number_or_its_name(line: str, title: str | None) -> None:
    found = list(split_sections(["before", line, "after"]))
    assert found == ([("Text", "before"), (title, "after")] if title else [("Text", f"before {line} after")])


def test_only_a_broken_word_is_made_whole() -> None:
    for lines, whole in (
        (["an anti-", "body"], "an antibody"),
        (["a CRISPR-", "Cas"], "a CRISPR- Cas"),
        (["from 2-", "body"], "from 2- body"),
        (["a -", "body"], "a - body"),
    ):
        assert list(split_sections(lines)) == [("Text", whole)]


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        *(
            (f"{name} 1{mark} what it shows", True)
            for name in ("Figure", "Fig.", "FIGURE", "FIG.", "图")
            for mark in ".:：|"
        ),
        ("Figure 12: what it shows", True),
        ("Figure1: what it shows", True),
        ("Figure 123: what it shows", False),
        ("Figure 1 shows what it is", False),
        ("As Figure 1: shows", False),
        ("Table 1: what it shows", False),
    ],
)
def test_a_caption_is_one_by_how_it_begins(line: str, is_one: bool) -> None:
    """The line stands between a figure and its caption: where it is a caption itself, the figure is its own."""
    caption, between = TextLine("Figure 7: of it", Box(60, 300, 120, 310)), TextLine(line, Box(60, 320, 280, 330))
    figure = Box(60, 334, 280, 430)
    assert (find_figure_above(caption.box, caption.box, [figure], [caption, between]) is None) is is_one


@pytest.mark.parametrize(
    ("box", "is_one"),
    [
        (Box(60, 320, 120, 356), True),  # 60 by 36 points at the least
        (Box(60, 320, 119.9, 356), False),
        (Box(60, 320, 120, 355.9), False),
        (Box(60, 346, 280, 446), True),  # 36 points above the caption at the most
        (Box(60, 346.1, 280, 446), False),
        (Box(280, 320, 480, 420), False),  # beside the caption
        (Box(279, 320, 479, 420), True),
        (Box(60, 306, 280, 406), True),
        (Box(60, 305, 280, 406), False),  # below where the caption begins
    ],
)
def test_a_figure_has_a_size_and_stands_right_above_its_caption(box: Box, is_one: bool) -> None:
    caption = TextLine("Figure 1: of it", Box(60, 300, 280, 310))
    assert find_figure_above(caption.box, caption.box, [box], [caption]) == (box if is_one else None)


@pytest.mark.parametrize(("words", "lines", "is_one"), [(7, 3, True), (7, 4, False), (6, 9, True)])
def test_a_frame_around_text_is_no_figure(words: int, lines: int, is_one: bool) -> None:
    caption, box = TextLine("Figure 1: of it", Box(60, 300, 280, 310)), Box(60, 320, 280, 480)
    inside = [TextLine(" ".join(["word"] * words), Box(70, 330 + 12 * i, 270, 340 + 12 * i)) for i in range(lines)]
    assert (find_figure_above(caption.box, caption.box, [box], [caption, *inside]) == box) is is_one


async def test_what_is_read_in_the_sandbox_is_what_is_read_here() -> None:
    raw = pdf_paper()
    found = await parse_pdf(raw)
    assert found == read_pdf(raw)
    assert [picture.png[:4] for picture in found.cut_figures] == [b"\x89PNG"] * 2
    assert found.sections
