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
    ],
)
def test_an_arxiv_identifier_is_read_however_it_is_written(written: str, number: str, version: int | None) -> None:
    assert PaperId.parse(written) == PaperId(number, version)


@pytest.mark.parametrize(
    "written", ["", "2410", "2413.18974", "hello", "https://example.org/abs/2410.18974", "../2410.18974"]
)
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
    ],
)
def test_a_paper_that_arxiv_has_not_goes_by_its_doi(written: str, number: str, version: int | None) -> None:
    found = PaperId.parse(written)
    assert found == PaperId(number, version)
    assert found.abs_url == f"https://doi.org/{number}"


def test_an_address_with_latex_around_it_ends_at_the_brace() -> None:
    [link] = find_links(r"\href{https://github.com/a/b}{https://github.com/a/b}")
    assert link.url == "https://github.com/a/b"
