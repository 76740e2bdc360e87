"""Files of citations: read back, every field is what it was, whatever a paper's title and authors are."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digestbot.citations import keys
from digestbot.citations.formats import build_attachment, write_citations
from digestbot.citations.keys import add_keys, build_key
from digestbot.citations.names import clean_text
from digestbot.citations.plain import to_plain
from digestbot.citations.record import Citation, CitationKind, build_citation
from digestbot.citations.tex import escape_tex, is_harmless
from digestbot.domain.paper import Paper
from digestbot.domain.papers.citation_formats import FORMATS, find_format
from digestbot.domain.papers.saved_marks import SavedMarks
from digestbot.domain.publication import Publication
from digestbot.pages.markdown import parse_page
from tests.citations.reading import name_parts, read_bibtex, read_csl, read_ris
from tests.places import ROOT, SHARED, TIMES

PAPER = Paper(
    "2308.04079", 1, "3D Gaussian Splatting for Real-Time Radiance Field Rendering",
    ("Bernhard Kerbl", "Georgios Kopanas", "Thomas Leimkühler", "George Drettakis"), "",
)  # fmt: skip
AT = datetime(2023, 8, 8, 6, 37, tzinfo=UTC)


def cite(paper: Paper = PAPER, **more: object) -> Citation:
    return add_keys([build_citation(paper, **more)])[0]  # type: ignore[arg-type]


def test_a_preprint_is_cited_with_the_fields_of_arxiv() -> None:
    text = write_citations("bibtex", [cite(categories=("cs.GR", "cs.CV"), submitted_at=AT)])
    assert text == (
        "@misc{kerbl2023gaussian,\n"
        "  title = {{3D} Gaussian Splatting for Real-Time Radiance Field Rendering},\n"
        "  author = {Kerbl, Bernhard and Kopanas, Georgios and Leimkühler, Thomas and Drettakis, George},\n"
        "  year = {2023},\n"
        "  month = {8},\n"
        "  eprint = {2308.04079},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.GR},\n"
        "  version = {1},\n"
        "  url = {https://arxiv.org/abs/2308.04079},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (replace(PAPER, comment="Accepted to NeurIPS 2024"), ("inproceedings", "booktitle", "NeurIPS 2024", "2024")),
        (replace(PAPER, comment="Workshop on X, CVPR 2024"),
         ("inproceedings", "booktitle", "CVPR 2024 (Workshop)", "2024")),
        (replace(PAPER, comment="Published in IEEE TPAMI"), ("article", "journal", "TPAMI", "2023")),
        (replace(PAPER, comment="12 pages"), ("misc", "archivePrefix", "arXiv", "2023")),
        (replace(PAPER, publication=Publication("10.1145/3592433", "ACM Transactions on Graphics", "ACM",
                                                "journal-article", "42", "4", "1-14", 2023, 7)),
         ("article", "doi", "10.1145/3592433", "2023")),
        (Paper("10.1101/2024.05.06.592775", 1, "A fold", ("Ada Moreno",), ""),
         ("misc", "doi", "10.1101/2024.05.06.592775", "2024")),
        (Paper("math/0309136", 1, "On maps", ("Ada Moreno",), ""), ("misc", "eprint", "math/0309136", "2003")),
        (Paper("hep-th/9711200", 3, "The large N limit", ("Juan Maldacena",), ""), ("misc", "version", "3", "1997")),
        (Paper("hep-th/9108001", 1, "The first month", ("Ada Moreno",), ""), ("misc", "month", "8", "1991")),
        (replace(PAPER, publication=Publication("10.21203/rs.3", "Research Square", "", "posted-content", year=2024)),
         ("misc", "doi", "10.21203/rs.3", "2024")),
    ],
    ids=lambda value: value[2] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_was_published_is_cited_so(paper: Paper, expected: tuple[str, ...]) -> None:
    kind, field, value, year = expected
    entry = read_bibtex(write_citations("bibtex", [cite(paper)]))[0]
    assert (entry.type, entry.raw[field], entry.raw["year"]) == (kind, value, year)


def test_a_month_is_that_of_the_year_beside_it() -> None:
    for comment, month in (("Accepted to NeurIPS 2024", ""), ("Accepted to NeurIPS 2023", "8"), ("", "8")):
        citation = cite(replace(PAPER, comment=comment), submitted_at=AT)
        assert read_bibtex(write_citations("bibtex", [citation]))[0].raw.get("month", "") == month, comment


def test_arxiv_publishes_what_nobody_else_does() -> None:
    for comment, publisher in (("", "arXiv"), ("Accepted to NeurIPS 2024", ""), ("Published in IEEE TPAMI", "")):
        citation = cite(replace(PAPER, comment=comment))
        for read, name in ((read_ris, "ris"), (read_csl, "csl")):
            assert read(write_citations(name, [citation]))[0].get("publisher", "") == publisher, (name, comment)


def test_a_list_in_markdown_names_six_authors_and_says_that_there_are_more() -> None:
    names = tuple(f"Ada {letter}. Moreno" for letter in "ABCDEFG")
    for count, has_more in ((6, False), (7, True)):
        line = write_citations("markdown", [cite(replace(PAPER, authors=names[:count]))])
        assert (line.count("Moreno"), "et al" in line) == (6, has_more)


def test_a_journal_article_has_all_that_its_publisher_registered_in_each_format() -> None:
    known = Publication(
        "10.1145/3592433", "ACM Transactions on Graphics", "ACM", "journal-article", "42", "4", "1-14", 2023, 7, 26
    )
    citation = cite(replace(PAPER, publication=known), submitted_at=AT)
    entry = read_bibtex(write_citations("bibtex", [citation]))[0]
    fields = {
        name: entry.raw[name]
        for name in ("journal", "publisher", "volume", "number", "pages", "doi", "month", "eprint")
    }
    assert fields == {
        "journal": "ACM Transactions on Graphics", "publisher": "ACM", "volume": "42", "number": "4", "pages": "1-14",
        "doi": "10.1145/3592433", "month": "7", "eprint": "2308.04079",
    }  # fmt: skip
    record = read_ris(write_citations("ris", [citation]))[0]
    assert record["type_of_reference"] == "JOUR"
    assert (record["start_page"], record["end_page"], record["date"]) == ("1", "14", "2023/07/26/")
    item = read_csl(write_citations("csl", [citation]))[0]
    assert (item["type"], item["issued"]) == ("article-journal", {"date-parts": [[2023, 7, 26]]})
    assert (item["container-title"], item["DOI"]) == ("ACM Transactions on Graphics", "10.1145/3592433")


def test_a_paper_whose_publishers_doi_is_not_known_has_that_of_arxiv_wherever_it_appears() -> None:
    for comment in ("", "Accepted to NeurIPS 2024", "Published in IEEE TPAMI"):
        citation = cite(replace(PAPER, comment=comment))
        assert read_ris(write_citations("ris", [citation]))[0]["doi"] == "10.48550/arXiv.2308.04079", comment
        assert read_csl(write_citations("csl", [citation]))[0]["DOI"] == "10.48550/arXiv.2308.04079", comment


def test_keys_are_unique_and_stay_when_the_paper_is_published() -> None:
    other = replace(PAPER, arxiv_id="2308.99999", title="Gaussian things")
    assert [one.key for one in add_keys(map(build_citation, (PAPER, other, other)))] == [
        "kerbl2023gaussian", "kerbl2023gaussianb", "kerbl2023gaussianc",
    ]  # fmt: skip
    found = [one.key for one in add_keys([build_citation(PAPER)] * 80)]
    assert len(set(found)) == 80
    named_so = replace(PAPER, title="Gaussianb things")
    assert [one.key for one in add_keys(map(build_citation, (named_so, PAPER, other)))] == [
        "kerbl2023gaussianb", "kerbl2023gaussian", "kerbl2023gaussianc",
    ]  # fmt: skip
    published = replace(PAPER, comment="SIGGRAPH 2025", version=3)
    assert build_key(build_citation(published)) == "kerbl2023gaussian"
    for title, authors, key in (
        ("张量分解", ("张伟",), "anon2023paper"),
        ("$x^2$ is enough", ("Søren Łukasz-Ørsted",), "lukaszorsted2023enough"),
        ("The of", (), "anon2023paper"),
        ("NeRF: Scenes", ("The ATLAS Collaboration",), "theatlascollaboration2023nerf"),
    ):
        assert build_key(build_citation(replace(PAPER, title=title, authors=authors))) == key


@pytest.mark.parametrize(
    ("title", "tex"),
    [
        ("NeRF & GPT-4 at 50% of C#_cost ~", r"{NeRF} \& {GPT-4} at 50\% of {C\#\_cost} \textasciitilde{}"),
        ("ID$^3$: faces", r"{ID}{$^3$}: faces"),
        (r"An $\mathcal{O}(N \log N)$ bound", r"An {$\mathcal{O}(N \log N)$} bound"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        (r"$\input{/etc/passwd}$ maths", r"\textbackslash{}input\{/etc/passwd\} maths"),
        ("An } unbalanced { title", r"An \textbraceright{} unbalanced \textbraceleft{} title"),
        ("It costs $5 to $10", r"It costs \$5 to \$10"),
        ("A--B", "{A-{}-B}"),
        ("@misc{x, title={y}}", r"@misc\{x, title=\{y\}\}"),
        ("Vision Transformer", "Vision Transformer"),
        ("3D scenes of iPhone users: A survey", "{3D} scenes of {iPhone} users: A survey"),
    ],
)  # fmt: skip
def test_text_is_tex_that_prints_it(title: str, tex: str) -> None:
    assert escape_tex(title, protect=True) == tex


@pytest.mark.parametrize(
    "source",
    [r"\input{x}", r"\def\x{}", r"\csname input\endcsname x", r"\write18{ls}", r"\catcode`\%=12", "x % y", "a & b",
     "}{",
     r"\{", "x\\", r"\href{http://x}{y}", r"\includegraphics{x}", r"\loop\iftrue\repeat", "#1",
     r"\^^5cinput", "a~b", r"\openin", "^^5cinput{/etc/passwd}", "x^^5cwrite18{id}", "x^ ^^5cinput"],
)  # fmt: skip
def test_a_formula_that_could_do_anything_else_is_no_formula(source: str) -> None:
    assert not is_harmless(source)


@pytest.mark.parametrize(
    "source",
    ["a_b_c", "x^2^3", "x^2'", "x_", "x_^2", r"\left(", r"x\right)", r"\left( a", r"{\left(}\right)",
     r"\left\alpha x\right)",
     r"\frac", r"\frac{1}", r"\sqrt", r"\sqrt[3", r"\text", r"\text{a_b}", r"\text{\alpha}", r"\hat", r"\hat\frac12",
     r"x_\max", r"\mathbb", r"x_\sqrt2", r"\big", r"\bm{x}", r"\mathscr{L}", r"a \lesssim b", "{" * 40 + "}" * 40],
)  # fmt: skip
def test_a_formula_that_stops_a_document_is_no_formula(source: str) -> None:
    assert not is_harmless(source)


@pytest.mark.parametrize(
    "source",
    ["^3", "x_1^2", "f'^2", "f''_1", "x^{a_b}_c", r"\frac12", r"\frac{a}{b_1}", r"\sqrt[3]{n}", r"\sqrt n",
     r"\hat\alpha",
     r"\mathbb R^n", r"H_\mathrm{c2}", r"x_\infty", r"\left( \frac{1}{n} \right)^2", r"\left\{x\right\}",
     r"\big( x \big)",
     r"\text{a \& b}", r"\mathcal{O}(N \log N)", r"\{a, b\}", r"{\rm H\,II}", r"\pm", "[0, 1)", r"x^{\prime}"],
)  # fmt: skip
def test_a_formula_of_titles_stays(source: str) -> None:
    assert is_harmless(source)


HOSTILE = st.text(
    st.one_of(
        st.sampled_from(list("{}\\$@%#&~^_\"'`,-<>[]|*! \n\tabAZ09é张\u202e\u200b\U0001f600ß=:;./()")),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)
NAMES = st.one_of(
    HOSTILE,
    st.lists(st.sampled_from(["and", "van", "de", "Jr.", "García", "López", "y", "others", "X.", "Ada", *"{},\\$"]),
             min_size=1, max_size=6).map(" ".join),
)  # fmt: skip
PIECES = st.sampled_from(
    [
        "\\input{/etc/passwd}",
        "$x^2$",
        "$\\frac{1}{2}$",
        "{",
        "}",
        "@article{a,",
        "\n",
        "\\",
        "NeRF",
        "ER  - ",
        "TY  - JOUR",
    ]
)
TITLES = st.one_of(HOSTILE, st.lists(st.one_of(PIECES, HOSTILE), max_size=5).map(" ".join))
PAPERS = st.builds(
    lambda title, authors, comment: replace(PAPER, title=title or "x", authors=tuple(authors), comment=comment),
    TITLES, st.lists(NAMES, max_size=5), st.sampled_from(["", "CVPR 2024", "Accepted by TPAMI"]),
)  # fmt: skip


@settings(max_examples=50 * TIMES, deadline=None)
@given(st.lists(PAPERS, min_size=1, max_size=3), HOSTILE)
def test_any_papers_are_read_back_as_they_were(papers: list[Paper], note: str) -> None:
    marks = SavedMarks(("nerf", "待读"), clean_text(note))
    check_all(add_keys(build_citation(paper, marks=marks) for paper in papers))


def test_a_key_of_many_papers_is_looked_for_once_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    name_place = keys._name_place

    def note(place: int) -> str:
        asked.append(place)
        return name_place(place)

    monkeypatch.setattr(keys, "_name_place", note)
    found = add_keys([build_citation(PAPER)] * 1000)
    assert len({one.key for one in found}) == 1000
    assert len(asked) == 1000


def test_five_hundred_authors_are_read_back() -> None:
    names = tuple(f"Given{number} van Family{number}" for number in range(500))
    check_all([cite(replace(PAPER, authors=names))])


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the digests beside the checkout")
def test_all_papers_of_real_digests_are_read_back() -> None:
    pages = sorted(SHARED.rglob("*.md"))
    papers = {entry.paper.arxiv_id: entry.paper for page in pages for entry in _list_entries(page)}
    assert len(papers) > 100
    check_all(add_keys(map(build_citation, papers.values())))


def _list_entries(page: Path):
    from digestbot.errors import PageError

    try:
        return [entry for digest in parse_page(page.read_text("utf-8")).digests for entry in digest.entries]
    except PageError:
        return []


def check_all(citations: list[Citation]) -> None:
    check_bibtex(citations)
    check_ris(citations)
    check_csl(citations)
    check_markdown(citations)


def check_bibtex(citations: list[Citation]) -> None:
    text = write_citations("bibtex", citations)
    entries = read_bibtex(text)
    assert [entry.key for entry in entries] == [one.key for one in citations]
    for entry, citation in zip(entries, citations, strict=True):
        assert not find_commands(text) - PRINTED
        assert squeeze(undo_tex(entry.raw["title"])) == squeeze(printed(citation.title))
        assert squeeze(undo_tex(entry.raw.get("annote", ""))) == squeeze(printed(citation.marks.note))
        assert entry.raw.get("keywords", "") == ", ".join(citation.marks.tags)
        assert entry.raw["eprint"] == citation.arxiv_id
        assert entry.raw["year"] == str(citation.year)
        names = [tuple(undo_tex(part) for part in parts) for parts in entry.authors]
        wanted = [tuple(part.replace("$", "＄") for part in name_parts(name)) for name in citation.authors.names]
        assert names == wanted + [("", "", "others", "")] * citation.authors.has_more


PRINTED = {
    "textbackslash",
    "textasciitilde",
    "textasciicircum",
    "textasciigrave",
    "textbraceleft",
    "textbraceright",
    *"&%#_${}",
}
_BACK = {
    r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", r"\textasciigrave{}": "`",
    r"\textbraceleft{}": "{", r"\textbraceright{}": "}", r"\&": "&", r"\%": "%", r"\#": "#", r"\_": "_", r"\$": "$",
    r"\{": "{",
    r"\}": "}",
}  # fmt: skip
_TOKEN = re.compile(r"\{?\$(?P<math>(?:[^$\\]|\\.)*)\$\}?|\\text[a-z]+\{\}|\\.|\{\}|[{}]")


def find_commands(text: str) -> set[str]:
    """The commands outside of formulas."""
    plain = re.sub(r"(?<!\\)\$(?:[^$\\]|\\.)*\$", "", text)
    return set(re.findall(r"\\([A-Za-z]+|.)", plain))


def undo_tex(text: str) -> str:
    """What TeX prints, formulas as their source."""
    return _TOKEN.sub(
        lambda match: f"${match['math']}$" if match["math"] is not None else _BACK.get(match[0], ""), text
    )


def printed(text: str) -> str:
    """What is to be printed: formulas that may stay as their source, others in plain characters."""
    from digestbot.domain.text.formulas import iter_formulas

    for match in reversed(list(iter_formulas(text))):
        if not is_harmless(match["math"]):
            text = text[: match.start()] + to_plain(match[0]) + text[match.end() :]
    return text


def squeeze(text: str) -> str:
    return "".join(text.split())


def check_ris(citations: list[Citation]) -> None:
    records = read_ris(write_citations("ris", citations))
    assert [record["id"] for record in records] == [one.key for one in citations]
    for record, citation in zip(records, citations, strict=True):
        assert record.get("title", "").strip() == to_plain(citation.title)
        assert len(record.get("authors", [])) == len(citation.authors.names)
        assert record["year"] == str(citation.year)
        assert record["urls"] == [citation.url]
        assert record.get("keywords", []) == list(citation.marks.tags)
        assert [note.strip() for note in record.get("notes", [])] == [citation.marks.note] * bool(citation.marks.note)


def check_csl(citations: list[Citation]) -> None:
    items = read_csl(write_citations("csl", citations))
    for item, citation in zip(items, citations, strict=True):
        assert (item["id"], item.get("title", "")) == (citation.key, to_plain(citation.title))
        names = [(one.get("given", ""), one.get("non-dropping-particle", ""), one.get("family") or one["literal"],
                  one.get("suffix", "")) for one in item.get("author", [])]  # fmt: skip
        assert names == [name_parts(name) for name in citation.authors.names]
        assert item["issued"]["date-parts"][0][0] == citation.year
        assert item.get("note", "") == citation.marks.note


def check_markdown(citations: list[Citation]) -> None:
    text = write_citations("markdown", citations)
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [token for token in tokens if token.type == "inline"]
    links = [child.attrs["href"] for token in inline for child in token.children or [] if child.type == "link_open"]
    kinds = {child.type for token in inline for child in token.children or []}
    assert kinds <= {"text", "link_open", "link_close", "text_special"}
    assert links == [citation.url for citation in citations]
    assert {token.tag for token in tokens if token.tag} <= {"ul", "li", "p"}
    told = "".join(child.content for token in inline for child in token.children or [])
    for citation in citations:
        assert to_plain(citation.title) in told
        assert citation.marks.note in told


def test_formats_have_the_names_that_people_type_and_files_of_their_kind() -> None:
    names = {
        "bibtex": "bibtex",
        "BIB": "bibtex",
        ".bib": "bibtex",
        "ris": "ris",
        "Zotero": "ris",
        "json": "csl",
        "csl-json": "csl",
        "md": "markdown",
    }
    assert {name: find_format(name) for name in names} == names
    assert find_format("nerf") == ""
    for name in FORMATS:
        assert write_citations(name, [cite()])
        file = build_attachment(name, "papers", "é")
        assert (file.content, file.name.startswith("papers.")) == ("é".encode(), True)


def test_the_schema_of_csl_is_kept_with_its_licence() -> None:
    assert "MIT License" in (ROOT / "tests" / "citations" / "csl-data.LICENSE.txt").read_text("utf-8")


def test_kinds_are_told_apart() -> None:
    assert build_citation(PAPER).kind is CitationKind.PREPRINT
