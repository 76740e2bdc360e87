"""Papers read: HTML, PDF, or the abstract alone; and whatever is wrong with one, the reader goes on."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.builder.texts.full_text import CutFigure, FullText, limit_cut_figures, limit_figures
from digestbot.builder.texts.html_reader import parse_html
from digestbot.builder.texts.paper_reader import PaperReader
from digestbot.builder.texts.pdf_reader import split_sections
from digestbot.domain.digest import Figure, Section
from digestbot.domain.paper import Paper
from digestbot.figures.folder import FigureFolder, is_figure_name
from digestbot.quality.extracts import extract_summary, split_sentences
from tests.builder.archive import ArxivServer, Submission
from tests.builder.papers import build_pdf, html_paper, pdf_paper

PAPER = Paper("2611.00001", 1, "Loops", ("Ada Moreno",), "An abstract.")


def add_paper(archive: ArxivServer, **changes: object) -> None:
    archive.add(Submission("2611.00001", **changes))  # type: ignore[arg-type]


async def read_paper(archive: ArxivServer, polite: PoliteClient) -> FullText:
    return await PaperReader(polite, archive.url).read_paper(PAPER)


async def test_the_html_version_is_read_by_section_with_its_figures(archive: ArxivServer, polite: PoliteClient) -> None:
    add_paper(archive, html=html_paper())
    text = await read_paper(archive, polite)
    assert text.basis == "html"
    assert [section.title for section in text.sections] == ["Abstract", "Introduction", "Method", "Results"]
    assert r"$E=\sum_{i}x_{i}^{2}$" in text.sections[2].body
    words = repr(text)
    assert not any(word in words for word in ("footnote", "Back to arXiv", "Somebody", "Ghent", "LaTeXML"))
    assert [(figure.url, figure.caption) for figure in text.figures] == [
        (f"{archive.url}/html/2611.00001v1/x{i}.png", f"Figure {i}: Loop number {i}.") for i in (1, 2)
    ]
    assert archive.asked == ["/html/2611.00001v1"]


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
    found = [figure.url for figure in parse_html(raw.encode(), "https://arxiv.org/html/2611.00001v1").figures]
    wanted = f"https://arxiv.org/html/2611.00001v1/{source}" if url is None else url
    assert found == ([wanted] if wanted else [])


PANEL = '<figure class="ltx_figure ltx_figure_panel"><img src="{0}.png"><figcaption>{1}</figcaption></figure>'
PANELS = PANEL.format("a", "(a) One.") + PANEL.format("b", "(b) Other.")
PAIR = PANEL.format("a", "Figure 1: One.") + PANEL.format("b", "Figure 2: Other.")


@pytest.mark.parametrize(
    ("inside", "pictures"),
    [
        (f"{PANELS}<figcaption>Figure 1: Both.</figcaption>", {"a": "Figure 1: Both.", "b": "Figure 1: Both."}),
        (f"<figcaption>Fig. 1. Both.</figcaption>{PANELS}", {"a": "Fig. 1. Both.", "b": "Fig. 1. Both."}),
        (
            f"<table><tr><td>{PANELS}</td></tr></table><figcaption>Figure S1</figcaption>",
            dict.fromkeys("ab", "Figure S1"),
        ),
        ('<img src="a.png"><img src="b.png"><figcaption>Both.</figcaption>', dict.fromkeys("ab", "Both.")),
        ('<img src="a.png"><img src="b.svg"><img src="a.png"><figcaption>图 1 一个</figcaption>', {"a": "图 1 一个"}),
        (PANELS, {"a": "(b) Other.", "b": "(b) Other."}),
        (PAIR, {"a": "Figure 1: One.", "b": "Figure 2: Other."}),
        (
            f"{PAIR}<figcaption>Two that stand side by side.</figcaption>",
            {"a": "Figure 1: One.", "b": "Figure 2: Other."},
        ),
        ('<img src="a.png">', {"a": ""}),
    ],
)
def test_all_panels_of_a_figure_come_with_the_caption_of_the_whole(inside: str, pictures: dict[str, str]) -> None:
    raw = f'<article class="ltx_document"><figure class="ltx_figure"><div>{inside}</div></figure></article>'
    figures = parse_html(raw.encode(), "https://arxiv.org/html/1").figures
    assert {figure.url: figure.caption for figure in figures} == {
        f"https://arxiv.org/html/1/{name}.png": caption for name, caption in pictures.items()
    }


EQUATION = (
    '<table class="ltx_equation ltx_eqn_table"><tr class="ltx_equation ltx_eqn_row"><td class="ltx_eqn_cell">'
    '<math alttext="a_{1}"><mi>a</mi></math></td><td class="ltx_eqn_cell"><math alttext="=b"><mi>b</mi></math></td>'
    '<td class="ltx_eqn_cell ltx_eqn_eqno"><span class="ltx_tag">(1)</span></td></tr></table>'
)
TABLE = (
    '<figure class="ltx_table"><figcaption>Table 1: Loops.</figcaption><table class="ltx_tabular"><tr class="ltx_tr">'
    '<th class="ltx_td">Method</th><th class="ltx_td"><p>Bound</p> <p>of 24</p></th></tr><tr class="ltx_tr">'
    "<td>Ours</td><td><span>9</span></td></tr></table></figure>"
)
TABLE_TEXT = "Table 1: Loops.\nMethod | Bound of 24\nOurs | 9"
LISTING = '<figure class="ltx_float"><p class="ltx_listingline">fold</p><p class="ltx_listingline">bind</p></figure>'
FIGURE = '<figure class="ltx_figure"><img src="a.png"><figcaption>Figure 1: A loop.</figcaption></figure>'
SPANS = (
    '<span class="ltx_tabular"><span class="ltx_tr"><span class="ltx_td">a</span><span class="ltx_td">b</span></span>'
    '<span class="ltx_tr"><span class="ltx_td">c</span><span class="ltx_td">d</span></span></span>'
)


@pytest.mark.parametrize(
    ("written", "body"),
    [
        (f"<p>Before</p>{EQUATION}<p>after.</p>", "Before\n$a_{1}$ $=b$ (1)\nafter."),
        (f"<p>Before</p>{TABLE}<p>after.</p>", f"Before\n{TABLE_TEXT}\nafter."),
        (f"<p>In text {SPANS} and on.</p>", "In text\na | b\nc | d\nand on."),
        (f"<table><tr><td>{TABLE}</td><td><p>x</p></td></tr></table>", f"{TABLE_TEXT}\nx"),
        (LISTING, "fold\nbind"),
        ("<ul><li>One</li><li>Two <b>l</b>oops</li></ul>", "One\nTwo loops"),
        ("<p>so <math><annotation encoding='application/x-tex'>x^2</annotation></math> is</p>", "so $x^2$ is"),
        ('<p>so <span class="mjx-math" aria-label="x^2"><span>x</span></span> is</p>', "so $x^2$ is"),
        ("<p>so <math><mi>x</mi></math> , is .76</p>", "so x, is .76"),
        (FIGURE, "Figure 1: A loop."),
    ],
)  # fmt: skip
def test_all_that_stands_in_an_article_is_read(written: str, body: str) -> None:
    for raw in (
        f'<article class="ltx_document">{written}</article>',
        f'<body><nav>x</nav><div class="ltx_page_content">{written}</div></body>',
        f'<body><section class="ltx_section">{written}</section></body>',
    ):
        assert parse_html(raw.encode(), "https://arxiv.org/html/1").sections == (Section("Text", body),)


def test_a_letter_has_text_before_and_behind_what_has_a_title() -> None:
    raw = (
        '<article class="ltx_document"><h1 class="ltx_title ltx_title_document">Loops</h1><p>Dedicated.</p>'
        '<div class="ltx_abstract"><h6 class="ltx_title">Abstract.</h6><p>Short.</p></div><p>We fold.</p>'
        '<section class="ltx_section"><h2 class="ltx_title"><span class="ltx_tag">II </span>Method</h2>'
        '<section class="ltx_subsection"><h3 class="ltx_title"><span class="ltx_tag">II-A </span>Folds</h3><p>So.</p>'
        '</section></section><section class="ltx_appendix"><h2 class="ltx_title ltx_title_appendix">'
        '<span class="ltx_tag">Appendix A </span>Proofs</h2><p>QED.</p></section></article>'
    )
    assert [(s.title, s.body) for s in parse_html(raw.encode(), "https://arxiv.org/html/1").sections] == [
        ("Text", "Dedicated."),
        ("Abstract", "Short."),
        ("Text", "We fold."),
        ("Method", "II-A Folds\nSo."),
        ("Appendix A Proofs", "QED."),
    ]


@pytest.mark.parametrize("page", ["", "<body><p>No HTML for this paper</p></body>", "<frameset></frameset>"])
def test_a_page_without_a_paper_has_no_sections(page: str) -> None:
    assert parse_html(page.encode(), "https://arxiv.org/html/1") == FullText("html")


async def test_without_html_the_pdf_is_read_and_its_figures_cut_out(archive: ArxivServer, polite: PoliteClient) -> None:
    add_paper(archive, pdf=pdf_paper())
    text = await read_paper(archive, polite)
    assert text.basis == "pdf"
    titles = [section.title for section in text.sections]
    assert titles == ["Abstract", "Introduction", "Method", "Results", "References"]
    assert "Nine of 24 designs bind." in text.sections[3].body
    assert [picture.caption for picture in text.cut_figures] == [
        "Figure 1: How often the loops of each method bind.",
        "Figure 2. The whole pipeline, from epitope to loop.",
    ]
    pictures = [Image.open(io.BytesIO(picture.content)) for picture in text.cut_figures]
    # at 144 dpi: bars 206 by 120 points with a title above, and 432 by 200; a margin of 4 around
    assert [(round(image.width / 2), round(image.height / 2)) for image in pictures] == [(215, 144), (431, 208)]
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
        {"html": "<html>" + "<div>" * 10_000 + "</html>"},
        {"pdf": b"%PDF-1.4 nothing of it %%EOF"},
        {"pdf": pdf_paper()[:2000] + b"\x00" * 3000 + b"%%EOF"},
        {"pdf": build_pdf(b"BT /F1 10 Tf (a scan) Tj ET")},
        {"pdf": b"%%EOF"},
    ],
    ids=["nothing", "no paper", "deep", "no pdf", "torn", "scan", "empty"],
)
async def test_what_cannot_be_read_leaves_the_abstract(
    archive: ArxivServer, polite: PoliteClient, broken: dict[str, Any]
) -> None:
    add_paper(archive, **broken)
    text = await read_paper(archive, polite)
    assert (text.basis, text.sections, text.figures, text.cut_figures) == ("abstract", (), (), ())


async def test_a_broken_pdf_after_broken_html_and_a_server_that_is_down(
    archive: ArxivServer, polite: PoliteClient
) -> None:
    add_paper(archive, html=html_paper(), pdf=pdf_paper())
    archive.fail_next("/html", *["cut"] * 4)
    assert (await read_paper(archive, polite)).basis == "pdf"
    archive.fail_next("/html", *["503"] * 4)
    archive.fail_next("/pdf", *["cut"] * 4)
    assert (await read_paper(archive, polite)).basis == "abstract"
    assert (await read_paper(archive, polite)).basis == "html"


async def test_a_paper_that_arxiv_has_not_is_not_asked_for(archive: ArxivServer, polite: PoliteClient) -> None:
    other = Paper("10.1101/2026.11.20.123456", 1, "Loops", (), "An abstract.")
    assert (await PaperReader(polite, archive.url).read_paper(other)).basis == "abstract"
    assert (await PaperReader(polite, archive.url, reads_full_text=False).read_paper(PAPER)).basis == "abstract"
    assert archive.asked == []


def test_a_long_text_keeps_the_beginning_and_end_of_every_section() -> None:
    body = " ".join(f"word{i}" for i in range(1000))
    parts = [Section(title, body) for title in ("Introduction", "Method", "References", "Appendix A")]
    text = FullText("html", (*parts, Section("Results", "Nine bind.")))
    shown = text.excerpt(2000)
    assert len(shown) < 2100
    assert "Nine bind." in shown
    assert shown.count("word999") == 2  # of the introduction and the method; the rest is left out
    assert "References" not in shown
    assert text.excerpt(10**6).count("word500") == 2


def test_a_word_broken_over_two_lines_is_made_whole() -> None:
    assert list(split_sections(["1 Introduction", "An anti-", "body loop."])) == [("Introduction", "An antibody loop.")]


# -- edges ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("characters", "enough"), [(1_499, False), (1_500, True), (1_501, True)])
def test_a_text_is_a_paper_from_a_length_on(characters: int, enough: bool) -> None:
    half = characters // 2
    text = FullText("html", (Section("A", "x" * half), Section("B", "x" * (characters - half))))
    assert text.is_paper is enough


LATE = ["References", "Bibliography", "Acknowledgments", "Acknowledgements", "Acknowledgement", "Acknowledgment"]
LATE += ["Appendix A", "Supplement", "Supplementary Material", "Checklist", "Ethics Statement", "Broader Impact"]


LATE += [
    "Impact Statement",
    "Ethics and Broader Impact",
    "Acknowledgments and Disclosure of Funding",
    "References and Notes",
]
LATE += ["NeurIPS Paper Checklist", "Author Contributions", "Data Availability Statement", "参考文献", "附录 A"]
PAPER_TITLES = ["Results", "Preferences", "Impacts", "Appendices", "The Impact of Scale", "Ethics of Companions"]
PAPER_TITLES += ["A Checklist Approach to Evaluation", "Supplemental Reading Helps", "Reference Frames", "AI ethics"]


def test_what_comes_behind_a_paper_is_shown_to_no_model() -> None:
    for title in (*LATE, *(title.upper() for title in LATE)):
        assert FullText("html", (Section(title, "x"),)).excerpt(100) == "", title
    for title in PAPER_TITLES:
        assert FullText("html", (Section(title, "x"),)).excerpt(100) == f"## {title}\nx", title


def test_a_text_is_shown_whole_where_it_fits_and_shared_alike_where_it_does_not() -> None:
    short, long = Section("A", "a" * 10), Section("B", " ".join(["bb"] * 40))
    whole = f"## A\n{short.body}\n\n## B\n{long.body}"
    assert FullText("html", (short, long)).excerpt(10 + len(long.body)) == whole
    cut = FullText("html", (short, long)).excerpt(10 + len(long.body) - 1)
    assert "[…]" in cut
    assert f"## A\n{short.body}\n" in cut
    captions = (Figure("https://a.example/1", (), "One"), Figure("https://a.example/2"))
    shown = FullText("html", (short,), captions, (CutFigure(b"", "Two"), CutFigure(b""))).excerpt(100)
    assert shown == f"## A\n{short.body}\n\n## Figures\nOne\nTwo"
    told = Section("A", "Fig. 1: One of them.")
    panels = (Figure("https://a.example/1", (), told.body), Figure("https://a.example/2", (), told.body))
    assert FullText("html", (told,), panels).excerpt(100) == f"## A\n{told.body}"
    assert FullText("html", (short,), panels).excerpt(100) == f"## A\n{short.body}\n\n## Figures\n{told.body}"
    cut = FullText("html", (short, long, told), panels).excerpt(60)
    assert cut.count("Fig. 1") == 1


@pytest.mark.parametrize(
    ("panels", "kept"),
    [
        ([1] * 7, 6),
        ([2] * 7, 12),
        ([20, 1], 20),
        ([21, 1], 1),  # the second is shown whole
        ([21], 20),
        ([3, 16, 2, 1], 3 + 16 + 1),
    ],
)
def test_an_entry_has_six_figures_with_all_their_panels(panels: list[int], kept: int) -> None:
    figures = [Figure(f"https://a.example/{i}/{j}", (), f"{i}") for i, count in enumerate(panels) for j in range(count)]
    assert len(limit_figures(figures)) == kept


def test_an_entry_has_six_figures_at_most_and_each_once() -> None:
    for number in (5, 6, 7):
        figures = [Figure(f"https://a.example/{i}") for i in range(number)]
        assert limit_figures([*figures, *figures]) == tuple(figures[:6])
        pictures = [CutFigure(b"%d" % i) for i in range(number)]
        assert limit_cut_figures(pictures) == tuple(pictures[:6])


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("x1.png", True),
        ("/html/2611.00001v1/x1.png", True),
        ("https://arxiv.org/other/x1.png", True),
        ("http://arxiv.org/x1.png", True),
        ("x1.svg", False),
        ("https://arxiv.org.evil.example/x1.png", False),
        ("https://evil.example/x1.png", False),
        ("//evil.example/x1.png", False),
        ("data:image/png;base64,AAAA", False),
        ("javascript:alert(1)", False),
        ("ftp://arxiv.org/x1.png", False),
        ("http://[x", False),
        ("http://℀.example/x1.png", False),
    ],
)
def test_a_picture_comes_from_the_papers_host_or_not_at_all(source: str, shown: bool) -> None:
    caption = f"<figcaption>{'c' * 600}</figcaption>"
    raw = f'<article><figure class="ltx_figure"><img src="{source}">{caption}</figure></article>'
    figures = parse_html(raw.encode(), "https://arxiv.org/html/2611.00001v1").figures
    assert [len(figure.caption) for figure in figures] == ([500] if shown else [])


def test_a_titles_number_goes_and_a_long_title_ends() -> None:
    titles = {
        "1 Method": "Method",
        "2.3. Loops": "Loops",
        "§ 4.5.6 Folds": "Folds",
        "II. Method": "Method",
        "IV Results": "Results",
        "X-ray loops": "X-ray loops",
        "I am a loop": "I am a loop",
        "3DGS": "3DGS",
        "": "Text",
        "A" * 121: "A" * 120,
    }

    def read_title(title: str) -> str:
        raw = f'<article><section class="ltx_section"><h2 class="ltx_title">{title}</h2><p>x</p></section></article>'
        [section] = parse_html(raw.encode(), "https://arxiv.org/html/2611.00001v1").sections
        return section.title

    assert [read_title(title) for title in titles] == list(titles.values())


def test_pictures_are_kept_once_under_names_that_are_no_paths(tmp_path: Path) -> None:
    pictures = (CutFigure(b"one", "First"), CutFigure(b"two", "Second"), CutFigure(b"one", "Third"))
    folder = tmp_path / "figures"
    assert FigureFolder(folder, "").save_figures(pictures) == ()
    assert not folder.exists()
    kept = FigureFolder(folder, "https://bot.example.org/").save_figures(pictures)
    names = [figure.url.removeprefix("https://bot.example.org/figures/") for figure in kept]
    assert [figure.caption for figure in kept] == ["First", "Second", "Third"]
    assert names[0] == names[2] != names[1]
    assert sorted(path.name for path in folder.iterdir()) == sorted(set(names))
    assert [(folder / name).read_bytes() for name in names] == [b"one", b"two", b"one"]
    good = "0123456789abcdef0123456789abcdef01234567.png"
    assert all(map(is_figure_name, [good, *names]))
    for bad in (f"../{good}", f"a/{good}", f"{good}.new", f"{good}\n", good[1:], f"0{good}", good.upper(), "x.png", ""):
        assert not is_figure_name(bad), bad


@pytest.mark.parametrize(
    ("abstract", "cut"),
    [
        ("We fold. We bind.", ["We fold.", "We bind."]),
        ("Do we? Yes! We do.", ["Do we?", "Yes!", "We do."]),
        ("我们折叠。我们结合！好吗？好。", ["我们折叠。", "我们结合！", "好吗？", "好。"]),
        ("It is 3.5 as fast. 24 bind. (All.) $x$ is.", ["It is 3.5 as fast.", "24 bind.", "(All.) $x$ is."]),
        *((f"We use {short} This one. It binds.", [f"We use {short} This one.", "It binds."]) for short in
          ("e.g.", "i.e.", "et al.", "cf.", "vs.", "Fig.", "Eq.", "Sec.", "resp.", "approx.", "Dr.", "No.", "J.")),
        ("iphone. this goes on", ["iphone. this goes on"]),
    ],
)  # fmt: skip
def test_an_abstract_is_cut_where_its_sentences_end(abstract: str, cut: list[str]) -> None:
    assert split_sentences(abstract) == cut


def test_an_extract_has_a_headline_of_a_line_and_as_many_sentences_as_fit() -> None:
    def summarize(abstract: str) -> tuple[str, tuple[str, ...]]:
        summary = extract_summary(replace(PAPER, abstract=abstract), "abstract")
        return summary.headline, summary.takeaways

    first = f"We design loops of antibodies {'and fold them ' * 8}until they all do."
    second = f"Nine of the loops bind their {'own epitope and ' * 7}and then no others."
    assert len(first) == len(second) == 160
    assert summarize(f"{first} {second}") == (first, (second,))
    assert summarize(f"{first} {second} C.") == (first, (second,))
    assert summarize(f"{first} {second[:-1]}b.") == (first, ())  # 321 are too many
    long = f"We fold {'and we fold ' * 12}the last word of all."  # 174
    headline, takeaways = summarize(f"{long} It binds.")
    assert headline.endswith("…")
    assert len(headline) <= 160
    assert takeaways == (long, "It binds.")
    assert summarize("") == ("", ())
