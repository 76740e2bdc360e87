"""arXiv identifiers as people write them, links in text, venues in comments."""

import pytest

from digestbot.domain.paper import PaperId, find_links, venue


@pytest.mark.parametrize(
    ("written", "number", "version"),
    [
        ("2410.18974", "2410.18974", None),
        ("arXiv:2410.18974v1", "2410.18974", 1),
        (" arxiv: 0704.0001 ", "0704.0001", None),
        ("https://arxiv.org/abs/2410.18974v12", "2410.18974", 12),
        ("http://export.arxiv.org/pdf/2410.18974v2.pdf", "2410.18974", 2),
        ("arxiv.org/html/2410.18974?x=1#s2", "2410.18974", None),
        ("hep-th/9901001v3", "hep-th/9901001", 3),
        ("<https://arxiv.org/abs/math.GT/0309136>", "math.GT/0309136", None),
        ("1201.0001", "1201.0001", None),
        ("1412.9999v10", "1412.9999", 10),
        ("https://arxiv.org/abs/2410.18974/", "2410.18974", None),
        ("ARXIV.ORG/ABS/2410.18974V2", "2410.18974", 2),
    ],
)
def test_an_arxiv_identifier_is_read_however_it_is_written(written: str, number: str, version: int | None) -> None:
    assert PaperId.parse(written) == PaperId(number, version)


@pytest.mark.parametrize(
    "written",
    ["", "2410", "2413.18974", "hello", "https://example.org/abs/2410.18974", "../2410.18974",
     "2400.18974", "2410.189", "2410.189745", "241.18974", "2410.18974v0", "2410.18974v", "2410.18974 loops",
     "hep-th/990100", "hep-th/99010011", "10.110/x", "10.1101", "10.1234567890/x", "11.1101/x", "10.1101/a b"],
)  # fmt: skip
def test_what_is_no_identifier_is_none(written: str) -> None:
    assert PaperId.parse(written) is None


def test_links_lose_the_sentences_punctuation_and_arxivs_own() -> None:
    found = find_links("See https://a.github.io/x/. Code (https://github.com/a/b), http://arxiv.org/abs/2410.18974v1")
    assert [(link.kind, link.url) for link in found] == [
        ("project", "https://a.github.io/x/"),
        ("code", "https://github.com/a/b"),
    ]


def test_a_link_is_named_by_the_word_before_it() -> None:
    found = find_links(
        "Project page: https://a.example. The code is available at https://b.example; see https://c.example"
    )
    assert [link.kind for link in found] == ["project", "code", "link"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://github.com/a/b", "code"),
        ("https://www.github.com/a/b", "code"),
        ("https://gitlab.com/a/b", "code"),
        ("https://huggingface.co/a", "code"),
        ("https://bitbucket.org/a", "code"),
        ("https://codeberg.org/a", "code"),
        ("https://gitee.com/a", "code"),
        ("https://a.github.io", "project"),
        ("https://a.example/our-Project", "project"),
        ("https://sites.google.com/view/a", "project"),
        ("https://github.community.example/a", "link"),
        ("Codes are available at https://a.example", "code"),
        ("代码：https://a.example", "code"),
        ("项目主页：https://a.example", "project"),
        ("our website https://a.example", "project"),
        ("webpage: https://a.example", "project"),
        ("decode https://a.example", "link"),
        ("code is what we will release, see also the data at https://a.example", "link"),
    ],
)
def test_what_a_link_is_goes_by_its_host_and_then_by_the_words_right_before_it(text: str, kind: str) -> None:
    assert [link.kind for link in find_links(text)] == [kind]


def test_a_link_is_found_once_and_named_by_where_it_stood_first() -> None:
    found = find_links("Code: https://a.example and https://b.example", "project page: https://a.example")
    assert [(link.url, link.kind) for link in found] == [("https://a.example", "code"), ("https://b.example", "link")]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)"),
        ("(see https://a.example/x_(y))", "https://a.example/x_(y)"),
        ("https://a.example/x?y=1!", "https://a.example/x?y=1"),
        ("**https://a.example/x**", "https://a.example/x"),
        ("'https://a.example/x'.", "https://a.example/x"),
        ("http://a.example:", "http://a.example"),
    ],
)
def test_a_link_ends_before_what_belongs_to_the_sentence(text: str, url: str) -> None:
    assert [link.url for link in find_links(text)] == [url]


def test_an_address_of_nothing_is_no_link() -> None:
    assert find_links("https://. and https://)") == ()


def test_a_link_before_chinese_punctuation_ends_there() -> None:
    assert [link.url for link in find_links("代码见 https://github.com/a/b。谢谢")] == ["https://github.com/a/b"]


@pytest.mark.parametrize(
    ("comment", "where"),
    [
        ("Accepted by NeurIPS 2024", "NeurIPS 2024"),
        ("CVPR2024. Code: https://github.com/a/b", "CVPR 2024"),
        ("7 pages, accepted by AAAI-24", "AAAI 2024"),
        ("Conference on Computer Vision and Pattern Recognition (CVPR), 2024", "CVPR 2024"),
        ("Published in the Journal of Things, 3 figures", "Journal of Things"),
        ("Submitted to ICASSP 2024", ""),
        ("IROS 2024 submission, 7 pages", ""),
        ("10 pages, 4 figures", ""),
        ("Accepted by ICLR 2025, first submitted to NeurIPS", "ICLR 2025"),
        ("Under review at ICLR 2025", ""),
        ("A preprint", ""),
        ("NeurIPS", ""),  # neither a year nor a word of acceptance
        ("To appear in NeurIPS", "NeurIPS"),
        ("MMCV 2024", ""),  # no venue's name inside another word
        ("https://cvpr2024.example.org", ""),
        ("Accepted for publication in Medical Image Analysis", "Medical Image Analysis"),
        ("Accepted as an oral presentation at the Workshop on Things", "Workshop on Things"),
        ("Accepted at " + "x" * 70, "x" * 70),
        ("Accepted at " + "x" * 71, "x" * 70),
        ("Accepted at XY (oral)", "XY"),
        ("Accepted at X", ""),
        ("CVPR'23", "CVPR 2023"),
        ("CVPR 20245", ""),
    ],
)
def test_the_venue_is_read_from_the_comment(comment: str, where: str) -> None:
    assert venue(comment) == where


@pytest.mark.parametrize(
    ("written", "number", "version"),
    [
        ("10.1101/2026.11.20.123456", "10.1101/2026.11.20.123456", None),
        ("doi:10.1101/2026.11.20.123456", "10.1101/2026.11.20.123456", None),
        ("https://doi.org/10.1038/S41586-026-00001-2", "10.1038/s41586-026-00001-2", None),
        ("https://www.biorxiv.org/content/10.1101/2026.11.20.123456v2?rss=1", "10.1101/2026.11.20.123456", 2),
        ("https://www.medrxiv.org/content/10.1101/2026.11.20.123456v1.full", "10.1101/2026.11.20.123456", 1),
        ("http://dx.doi.org/10.1234/ABC", "10.1234/abc", None),
        ("10.123456789/x", "10.123456789/x", None),
        ("10.1234/abc.)", "10.1234/abc", None),
    ],
)
def test_a_paper_that_arxiv_has_not_goes_by_its_doi(written: str, number: str, version: int | None) -> None:
    found = PaperId.parse(written)
    assert found == PaperId(number, version)
    assert found is not None
    assert found.is_doi
    assert found.abs_url == found.pdf_url == f"https://doi.org/{number}"
    assert str(found) == number  # a DOI's name has no version


def test_an_arxiv_identifier_leads_to_its_versions_page_and_pdf() -> None:
    for number, written in (
        (PaperId("2410.18974", 2), "2410.18974v2"),
        (PaperId("math.GT/0309136"), "math.GT/0309136"),
    ):
        assert not number.is_doi
        assert (str(number), number.abs_url) == (written, f"https://arxiv.org/abs/{written}")
        assert number.pdf_url == f"https://arxiv.org/pdf/{written}"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://arxiv.org/abs/2410.18974v1", "2410.18974"),
        ("https://doi.org/10.1234/abc", "10.1234/abc"),
        ("https://www.biorxiv.org/content/10.1101/2026.11.20.123456v2", "10.1101/2026.11.20.123456"),
        ("2410.18974", None),  # no address
        ("10.1234/abc", None),
        ("https://example.org/2410.18974", None),
        ("https://arxiv.org/list/cs.CV", None),
    ],
)
def test_only_an_address_of_a_paper_has_its_identifier(url: str, number: str | None) -> None:
    found = PaperId.in_address(url)
    assert (found.number if found else None) == number


def test_an_address_with_latex_around_it_ends_at_the_brace() -> None:
    [link] = find_links(r"\href{https://github.com/a/b}{https://github.com/a/b}")
    assert link.url == "https://github.com/a/b"
