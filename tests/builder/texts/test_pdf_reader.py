"""A stranger's PDF is read in a process of its own, which has so much time, memory and pages and no more."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from digestbot.builder.texts import pdf_reader as module
from digestbot.builder.texts.full_text import FullText
from digestbot.builder.texts.pdf_lines import Box, PageFrame
from digestbot.builder.texts.pdf_reader import (
    MAX_PAGES,
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
    pages = [draw_text(60, 400, [f"part {number}"]) for number in range(1, MAX_PAGES + 3)]
    for count in (1, MAX_PAGES - 1, MAX_PAGES, MAX_PAGES + 1, MAX_PAGES + 2):
        lines, _ = read_pages(build_pdf(*pages[:count]))
        assert lines == [f"part {number}" for number in range(1, min(count, 40) + 1)]


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


def test_a_heading_in_chinese_or_by_its_type_is_one() -> None:
    for line, title in (
        ("2.1 车流量变化趋势", "车流量变化趋势"),
        ("参考文献", "参考文献"),
        ("2018 年 5 月 1 日，订单数", None),
    ):
        found = list(split_sections(["前", line, "后"]))
        assert found == ([("Text", "前"), (title, "后")] if title else [("Text", f"前 {line} 后")])
    assert list(split_sections(["before", "Method", "after"], {1})) == [("Text", "before"), ("Method", "after")]


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["an anti-", "body"], "an antibody"),
        (["a CRISPR-", "Cas"], "a CRISPR-Cas"),
        (["from 2-", "body"], "from 2-body"),
        (["a -", "body"], "a - body"),
        (["the para\u00ad", "meters fold."], "the parameters fold."),
        (["a client\u00ad", "supplied limit.", "client, supplied"], "a client-supplied limit. client, supplied"),
        (["a clear\u00ad", "text.", "The cleartext, clear text"], "a cleartext. The cleartext, clear text"),
        (["of self\u00ad", "attention"], "of self-attention"),
        (["state-of\u00ad", "the-art", "state-of-the-art"], "state-of-the-art state-of-the-art"),
        (["a signifi\u00ad", "Figure 1: of it", "cant", "significant"], "a significant Figure 1: of it significant"),
        (["SKOU\u00ad", "NAKIS"], "SKOUNAKIS"),
        (["ends\u00ad"], "ends-"),
    ],
)  # fmt: skip
def test_only_a_broken_word_is_made_whole(lines: list[str], whole: str) -> None:
    assert list(split_sections(lines)) == [("Text", whole)]


PROSE = "The method designs antibody loops from epitopes"
"""A line as wide as a column of 250 points."""
BARS = (74, 500, 200, 100)
"""A drawing in the left column: from 74 to 274 points, and from 500 to 600."""


def draw_prose(x: int, top: int, lines: int = 6) -> bytes:
    return draw_text(x, top, [PROSE] * lines)


def draw_column(*parts: bytes) -> bytes:
    """A page with text in two columns below, and parts above it."""
    return b"".join([*parts, draw_prose(60, 400, 20), draw_prose(320, 400, 20)])


def draw_plot(x: int, y: int, width: int, height: int) -> bytes:
    """Bars in a frame."""
    return draw_bars(x, y, width, height) + f"0 G 1 w {x} {y} {width} {height} re S\n".encode()


def list_sizes(page: bytes) -> dict[str, tuple[int, int]]:
    """The width and height in points of a page's figures, without their margins, by the first words of the captions."""
    _, figures = read_pages(build_pdf(page))
    images = {caption[:8]: Image.open(io.BytesIO(png)) for png, caption in figures}
    return {caption: (round(image.width / 2) - 8, round(image.height / 2) - 8) for caption, image in images.items()}


def find_size(*parts: bytes) -> tuple[int, int] | None:
    return list_sizes(draw_column(draw_text(74, 480, ["Figure 1: of it"]), *parts)).get("Figure 1")


def is_near(size: tuple[int, int] | None, wanted: tuple[int, int], off: int = 3) -> bool:
    """Whether a figure has a size, up to what a margin and half a stroke make."""
    return size is not None and all(abs(one - other) <= off for one, other in zip(size, wanted, strict=True))


ALONE = (200, 100)


def test_a_figure_is_what_is_drawn_above_its_caption() -> None:
    assert is_near(find_size(draw_plot(*BARS)), ALONE)
    assert find_size() is None
    assert find_size(draw_plot(74, 560, 200, 100)) is None  # too far above
    assert find_size(draw_plot(74, 500, 40, 100)) is None  # too narrow


def test_labels_left_of_an_axis_and_a_title_belong_to_it() -> None:
    assert is_near(find_size(draw_plot(*BARS), draw_text(62, 550, ["9"])), (212, 100))
    assert is_near(find_size(draw_plot(*BARS), draw_text(150, 608, ["Accuracy"], 8)), (200, 114))


def test_body_text_is_no_part_of_a_figure() -> None:
    above = draw_prose(60, 660, 4)
    assert is_near(find_size(draw_plot(*BARS), above), ALONE)
    assert is_near(find_size(draw_plot(*BARS), above, draw_text(60, 612, ["is shown."])), ALONE)
    assert is_near(find_size(draw_plot(*BARS), draw_prose(320, 700, 16)), ALONE)


def test_what_is_white_or_clipped_away_is_not_there() -> None:
    white = b"q 1 1 1 rg 20 420 560 360 re f Q\n"
    clipped = b"q 74 500 200 100 re W n 0.2 0.4 0.9 rg 20 420 560 360 re f Q\n"
    assert is_near(find_size(white, draw_plot(*BARS)), ALONE)
    assert is_near(find_size(clipped), ALONE)


def test_the_figures_of_neighbours_stay_apart() -> None:
    captions = [draw_text(74, 480, ["Figure 1: of it"]), draw_text(330, 480, ["Figure 2: other"])]
    for distance in (20, 50):
        beside = [draw_plot(74, 500, 256 - distance, 100), draw_plot(330, 500, 210, 100)]
        sizes = list_sizes(draw_column(*captions, *beside))
        assert is_near(sizes["Figure 1"], (256 - distance, 100))
        assert is_near(sizes["Figure 2"], (210, 100))
    stacked = [draw_plot(*BARS), draw_text(74, 620, ["Figure 2: other"]), draw_plot(74, 640, 200, 60)]
    sizes = list_sizes(draw_column(captions[0], *stacked))
    assert is_near(sizes["Figure 1"], ALONE)
    assert is_near(sizes["Figure 2"], (200, 60))


def test_a_figure_of_both_columns_is_whole() -> None:
    wide = draw_plot(74, 500, 460, 100)
    assert is_near(find_size(wide), (460, 100))
    page = draw_column(draw_text(220, 480, ["Figure 1: of both of the columns"]), wide)
    assert is_near(list_sizes(page)["Figure 1"], (460, 100))


def test_a_figure_whose_caption_stands_beside_it_is_not_cut_in_two() -> None:
    beside = [draw_plot(74, 420, 300, 200), draw_text(400, 520, ["Figure 1: beside", "what is drawn"])]
    assert "Figure 1" not in list_sizes(draw_prose(60, 740) + b"".join(beside) + draw_prose(60, 380))


def test_circled_numbers_at_the_top_of_a_page_belong_to_its_figure() -> None:
    circle = b"0.1 0.1 0.1 RG 2 w %d 745 16 16 re S\n"
    top = b"".join(circle % x + draw_text(x + 4, 749, [f"{number}"]) for number, x in ((7, 90), (8, 150), (9, 240)))
    page = draw_column(top, draw_plot(74, 640, 200, 90), draw_text(74, 620, ["Figure 1: of it"]))
    numbered = [draw_prose(60, 700) + draw_text(300, 749, [f"{number}"]) for number in range(4, 7)]
    [(png, _)] = read_pages(build_pdf(*numbered, page))[1]
    assert round(Image.open(io.BytesIO(png)).height / 2) >= 118


def test_a_running_head_below_a_wide_margin_is_no_part_of_a_figure() -> None:
    head = draw_text(130, 670, ["Loops of antibodies"], 8)
    pages = [head + draw_prose(60, 640) for _ in range(4)]
    figure = head + draw_plot(74, 540, 200, 110) + draw_text(74, 520, ["Figure 1: of it"]) + draw_prose(60, 480)
    [(png, _)] = read_pages(build_pdf(*pages, figure))[1]
    assert round(Image.open(io.BytesIO(png)).height / 2) <= 122


def test_text_in_a_frame_is_a_figure() -> None:
    frame = b"0 0 0 RG 2 w 56 500 236 100 re S\n"
    assert is_near(find_size(frame, draw_prose(60, 580, 4)), (238, 102))
    assert find_size(draw_prose(60, 580, 4)) is None


def test_a_table_above_a_figure_is_none_of_it() -> None:
    table = [draw_text(74, 660, ["Table 1: loops"]), draw_text(74, 645, ["Ours      9", "Theirs  4"])]
    assert is_near(find_size(draw_plot(*BARS), *table), ALONE)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        *((f"{name} 1{mark} What it shows", True) for name in ("Figure", "Fig.", "FIGURE", "FIG.") for mark in ".:|"),
        ("Figure 12: what it shows", True),
        ("Figure1: what it shows", True),
        ("Figure 3-10 Masks shown", True),
        ("Fig. S1. What it shows", True),
        ("Figure 1", True),
        ("Figure 1 What it shows", True),
        ("Figure 123: what it shows", False),
        ("Figure 1 shows what it is", False),
        ("Figure 1(a) shows what it is", False),
        ("As Figure 1: shows", False),
        ("Table 1: what it shows", False),
    ],
)
def test_a_caption_is_one_by_how_it_begins(line: str, is_one: bool) -> None:
    page = draw_column(draw_plot(*BARS), draw_text(74, 480, [line]))
    assert bool(list_sizes(page)) is is_one


def test_a_sentence_that_begins_a_line_with_a_figures_name_is_no_caption() -> None:
    lines = [PROSE, PROSE, "Figure 1. In order to display loops of it we fold", PROSE]
    assert list_sizes(draw_column(draw_plot(*BARS), draw_text(60, 490, lines))) == {}


def test_running_heads_and_page_numbers_are_no_text() -> None:
    pages = [
        draw_text(60, 770, ["Loops of antibodies"]) + draw_prose(60, 700) + draw_text(300, 30, [f"{number}"])
        for number in range(7, 11)
    ]
    lines, _ = read_pages(build_pdf(*pages))
    assert set(lines) == {PROSE}
    figure = draw_column(draw_text(60, 770, ["Loops of antibodies"]), draw_plot(74, 600, 200, 150))
    [(png, _)] = read_pages(build_pdf(*pages, figure + draw_text(74, 580, ["Figure 1: of it"])))[1]
    assert round(Image.open(io.BytesIO(png)).height / 2) < 162


@pytest.mark.parametrize(
    ("turns", "place"), [(0, (1, 2, 3, 5)), (1, (2, 7, 5, 9)), (2, (7, 15, 9, 18)), (3, (15, 1, 18, 3))]
)
def test_a_turned_page_has_its_lines_where_it_shows_them(turns: int, place: tuple[int, ...]) -> None:
    width, height = (20, 10) if turns % 2 else (10, 20)
    frame = PageFrame(100, 200, width, height, turns)
    assert frame.place(101, 202, 103, 205) == Box(*place)


async def test_what_is_read_in_the_sandbox_is_what_is_read_here() -> None:
    raw = pdf_paper()
    found = await parse_pdf(raw)
    assert found == read_pdf(raw)
    assert [picture.content[:4] for picture in found.cut_figures] == [b"\x89PNG"] * 2
    assert found.sections
