"""Papers read: HTML, PDF, or the abstract alone; and whatever is wrong with one, the reader goes on."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from digestbot.builder.fulltext import FullText
from digestbot.builder.html import read_html
from digestbot.builder.pdf import Box, Line, figure_above, sections
from digestbot.builder.polite import Polite
from digestbot.builder.reading import Reader
from digestbot.domain.digest import Section
from digestbot.domain.paper import Paper
from tests.builder.archive import Archive, Submission
from tests.builder.papers import html_paper, pdf, pdf_paper

PAPER = Paper("2611.00001", 1, "Loops", ("Ada Moreno",), "An abstract.")


def submitted(archive: Archive, **changes: object) -> None:
    archive.add(Submission("2611.00001", **changes))  # type: ignore[arg-type]


async def read(archive: Archive, polite: Polite) -> FullText:
    return await Reader(polite, archive.url).read(PAPER)


async def test_the_html_version_is_read_by_section_with_its_figures(archive: Archive, polite: Polite) -> None:
    submitted(archive, html=html_paper())
    text = await read(archive, polite)
    assert text.basis == "html"
    assert [section.title for section in text.sections] == ["Abstract", "Introduction", "Method", "Results"]
    assert r"$E=\sum_{i}x_{i}^{2}$" in text.sections[2].body
    words = repr(text)
    assert not any(word in words for word in ("footnote", "Back to arXiv", "Somebody", "Ghent", "LaTeXML"))
    assert [(figure.url, figure.caption) for figure in text.figures] == [
        (f"{archive.url}/html/2611.00001v1/x{i}.png", f"Figure {i}: Loop number {i}.") for i in (1, 2)
    ]
    assert archive.paths() == ["/html/2611.00001v1"]


@pytest.mark.parametrize(
    ("head", "source", "url"),
    [
        ("", "x1.png", "https://arxiv.org/html/2611.00001v1/x1.png"),
        ("", "2611.00001v1/x1.png", "https://arxiv.org/html/2611.00001v1/x1.png"),
        ('<base href="/html/2611.00001v1/">', "extracted/6148210/x1.png", None),
        ("", "/html/2611.00001/assets/x1.png", "https://arxiv.org/html/2611.00001/assets/x1.png"),
        ("", "data:image/png;base64,AAAA", ""),
        ("", "x1.svg", ""),
        ("", "//elsewhere.example/x1.png", ""),
        ("", "javascript:alert(1)", ""),
    ],
)
def test_a_picture_is_found_however_arxiv_names_it(head: str, source: str, url: str | None) -> None:
    raw = (
        html_paper(figures=0).replace("<head>", f"<head>{head}").replace("https://elsewhere.example/pixel.png", source)
    )
    found = [figure.url for figure in read_html(raw.encode(), "https://arxiv.org/html/2611.00001v1").figures]
    wanted = f"https://arxiv.org/html/2611.00001v1/{source}" if url is None else url
    assert found == ([wanted] if wanted else [])


def test_the_panels_of_a_figure_are_one_figure_with_its_caption() -> None:
    panel = '<figure class="ltx_figure ltx_figure_panel"><img src="{0}.png"><figcaption>({0})</figcaption></figure>'
    whole = f'<figure class="ltx_figure">{panel.format("a")}{panel.format("b")}<figcaption>Figure 1: Both.</figcaption>'
    raw = html_paper(figures=0).replace('<figure class="ltx_figure">', f"{whole}</figure><figure>")
    [figure] = read_html(raw.encode(), "https://arxiv.org/html/2611.00001v1").figures
    assert (figure.url, figure.caption) == ("https://arxiv.org/html/2611.00001v1/a.png", "Figure 1: Both.")


async def test_without_html_the_pdf_is_read_and_its_figures_cut_out(archive: Archive, polite: Polite) -> None:
    submitted(archive, pdf=pdf_paper())
    text = await read(archive, polite)
    assert text.basis == "pdf"
    titles = [section.title for section in text.sections]
    assert titles == ["Text", "Abstract", "Introduction", "Method", "Results", "References"]
    assert "Nine of 24 designs bind." in text.sections[4].body
    assert [picture.caption for picture in text.pictures] == [
        "Figure 1: How often the loops of each method bind.",
        "Figure 2. The whole pipeline, from epitope to loop.",
    ]
    pictures = [Image.open(io.BytesIO(picture.png)) for picture in text.pictures]
    # at 144 dpi: bars 206 by 120 points with a title above, and 432 by 200; a margin of 4 around
    assert [(round(image.width / 2), round(image.height / 2)) for image in pictures] == [(214, 144), (431, 208)]
    red, blue = (image.convert("RGB").getpixel((image.width - 20, image.height // 2)) for image in pictures)
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"html": "<html><body>This paper has no HTML</body></html>"},
        {"html": "<html>" + "<div>" * 50_000 + "</html>"},
        {"pdf": b"%PDF-1.4 nothing of it %%EOF"},
        {"pdf": pdf_paper()[:2000] + b"\x00" * 3000 + b"%%EOF"},
        {"pdf": pdf(b"BT /F1 10 Tf (a scan) Tj ET")},
        {"pdf": b"%%EOF"},
    ],
    ids=["nothing", "no paper", "deep", "no pdf", "torn", "scan", "empty"],
)
async def test_what_cannot_be_read_leaves_the_abstract(
    archive: Archive, polite: Polite, broken: dict[str, Any]
) -> None:
    submitted(archive, **broken)
    text = await read(archive, polite)
    assert (text.basis, text.sections, text.figures, text.pictures) == ("abstract", (), (), ())


async def test_a_broken_pdf_after_broken_html_and_a_server_that_is_down(archive: Archive, polite: Polite) -> None:
    submitted(archive, html=html_paper(), pdf=pdf_paper())
    archive.ail("/html", *["cut"] * 4)
    assert (await read(archive, polite)).basis == "pdf"
    archive.ail("/html", *["503"] * 4)
    archive.ail("/pdf", *["cut"] * 4)
    assert (await read(archive, polite)).basis == "abstract"
    assert (await read(archive, polite)).basis == "html"


async def test_a_paper_that_arxiv_has_not_is_not_asked_for(archive: Archive, polite: Polite) -> None:
    other = Paper("10.1101/2026.11.20.123456", 1, "Loops", (), "An abstract.")
    assert (await Reader(polite, archive.url).read(other)).basis == "abstract"
    assert (await Reader(polite, archive.url, full=False).read(PAPER)).basis == "abstract"
    assert archive.asked == []


def test_a_long_text_keeps_the_beginning_and_end_of_every_section() -> None:
    body = " ".join(f"word{i}" for i in range(1000))
    parts = [Section(title, body) for title in ("Introduction", "Method", "References", "Appendix A")]
    text = FullText("html", (*parts, Section("Results", "Nine bind.")))
    shown = text.text(2000)
    assert len(shown) < 2100
    assert "Nine bind." in shown
    assert shown.count("word999") == 2  # of the introduction and the method; the rest is left out
    assert "References" not in shown
    assert text.text(10**6).count("word500") == 2


def test_a_neighbours_figure_is_not_taken_along() -> None:
    mine, neighbour = Box(60, 500, 280, 600), Box(320, 500, 540, 600)
    captions = [Line("Figure 1: mine", Box(60, 480, 200, 490)), Line("Figure 2: not mine", Box(320, 480, 460, 490))]
    assert figure_above(captions[0].box, captions[0].box, [mine, neighbour], captions) == mine
    assert figure_above(captions[1].box, captions[1].box, [mine, neighbour], captions) == neighbour


def test_a_caption_without_a_figure_has_none() -> None:
    caption = Line("Figure 1: a table of words", Box(60, 480, 200, 490))
    far, small = Box(60, 600, 280, 700), Box(60, 492, 80, 500)
    assert figure_above(caption.box, caption.box, [far], [caption]) is None
    assert figure_above(caption.box, caption.box, [small], [caption]) is None


def test_a_word_broken_over_two_lines_is_made_whole() -> None:
    assert list(sections(["1 Introduction", "An anti-", "body loop."])) == [("Introduction", "An antibody loop.")]


CAPTION = Line("Figure 2: two panels", Box(60, 300, 280, 310))


def cut(drawn: list[Box], *lines: Line) -> Box | None:
    return figure_above(CAPTION.box, CAPTION.box, drawn, [CAPTION, *lines])


def test_the_text_of_the_other_column_is_not_cut_out() -> None:
    prose = [Line("seven words that stand in a paragraph", Box(320, 320 + 12 * i, 540, 330 + 12 * i)) for i in range(9)]
    figure, far = Box(60, 320, 280, 420), Box(300, 320, 560, 420)
    assert cut([figure, Box(560, 330, 575, 420)], *prose) == figure
    assert cut([figure, far], *prose) == figure


def test_the_figure_above_the_caption_before_is_not_taken_along() -> None:
    between = Line("Figure 1: one panel", Box(60, 425, 200, 435))
    mine, before = Box(60, 320, 280, 415), Box(60, 440, 280, 540)
    assert cut([mine, before], between) == mine


def test_a_title_belongs_to_a_figure_and_the_end_of_a_paragraph_does_not() -> None:
    figure = Box(60, 320, 280, 420)
    title, end = Line("Accuracy", Box(150, 425, 200, 435)), Line("is shown here.", Box(60, 425, 130, 435))
    assert cut([figure], title) == Box(60, 320, 280, 435)
    assert cut([figure], end) == figure
