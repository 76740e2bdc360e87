"""arXiv identifiers as people write them, and links in text."""

import pytest

from digestbot.domain import paper
from digestbot.domain.paper import Paper, PaperId, find_links, is_withdrawal, trim_url
from tests.patterns import find_mismatches, find_unsampled, load_samples


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
        ("<https://arxiv.org/abs/math.GT/0309136>", "math/0309136", None),  # as arXiv answers
        ("HEP-TH/9901001", "hep-th/9901001", None),
        ("oai:arXiv.org:2607.11111v1", "2607.11111", 1),
        ("oai:arXiv.org:hep-th/9901001", "hep-th/9901001", None),
        ("https://www.arxiv.org/abs/2410.18974", "2410.18974", None),
        ("https://huggingface.co/papers/2410.18974", "2410.18974", None),
        ("hf.co/papers/2410.18974", "2410.18974", None),
        ("https://www.alphaxiv.org/abs/2410.18974v2", "2410.18974", 2),
        ("https://alphaxiv.org/zh/overview/2410.18974", "2410.18974", None),
        ("https://ar5iv.labs.arxiv.org/html/2410.18974", "2410.18974", None),
        ("https://ar5iv.org/abs/hep-th/9901001", "hep-th/9901001", None),
        ("https://papers.cool/arxiv/2410.18974", "2410.18974", None),
        ("10.48550/arXiv.2410.18974", "2410.18974", None),
        ("https://doi.org/10.48550/arxiv.2410.18974v3", "2410.18974", 3),
        ("doi:10.48550/arXiv.hep-th/9901001", "hep-th/9901001", None),
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
    found = PaperId.from_url(url)
    assert (found.base_id if found else None) == number


def test_an_address_with_latex_around_it_ends_at_the_brace() -> None:
    [link] = find_links(r"\href{https://github.com/a/b}{https://github.com/a/b}")
    assert link.url == "https://github.com/a/b"


def read_id(text: str) -> list[object] | None:
    found = PaperId.parse(text)
    return found and [found.base_id, found.version]  # type: ignore[return-value]


def read_links(text: str) -> list[list[str]]:
    return [[link.kind, link.url] for link in find_links(text)]


@pytest.mark.parametrize(("look", "table"), [(read_id, "ids"), (read_links, "links")])
def test_each_part_of_each_pattern_reads_what_it_is_for_and_no_more(look, table: str) -> None:
    assert find_mismatches(look, load_samples(table)) == []


@pytest.mark.parametrize(
    ("pattern", "look", "table"),
    [
        ("_ARXIV_REFERENCE", read_id, "ids"),
        ("_DOI_REFERENCE", read_id, "ids"),
        ("_LINK_LABEL", read_links, "links"),
    ],
)
def test_no_alternative_of_a_pattern_is_without_a_sample(
    pattern: str, look, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_unsampled(monkeypatch, paper, pattern, look, [text for text, _ in load_samples(table)]) == set()


@pytest.mark.parametrize("month", range(14))
def test_an_arxiv_number_has_a_month(month: int) -> None:
    assert (PaperId.parse(f"26{month:02}.00001") is not None) is (1 <= month <= 12)


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("2611.001", False),
        ("2611.0001", True),
        ("2611.00001", True),
        ("2611.000001", False),
        ("2611.00001v0", False),
        ("2611.00001v1", True),
        ("2611.00001v10", True),
        ("hep-th/990100", False),
        ("10.123/x", False),
        ("10.1234/x", True),
        ("10.123456789/x", True),
        ("10.1234567890/x", False),
        ("10.1234/", False),
    ],
)
def test_an_identifier_has_its_digits(number: str, good: bool) -> None:
    assert (PaperId.parse(number) is not None) is good


def test_only_an_address_of_the_archives_has_an_identifier_in_it() -> None:
    for url in (
        "https://arxiv.org/abs/2611.00001",
        "https://doi.org/10.1234/x",
        "https://www.MEDRXIV.org/content/10.1234/x",
    ):
        assert PaperId.from_url(url) is not None, url
    for url in ("2611.00001", "https://example.org/2611.00001", "10.1234/x"):
        assert PaperId.from_url(url) is None, url


def test_a_version_is_part_of_arxivs_addresses_and_not_of_a_dois() -> None:
    assert PaperId("2611.00001", 2).abs_url == "https://arxiv.org/abs/2611.00001v2"
    assert PaperId("2611.00001", 2).pdf_url == "https://arxiv.org/pdf/2611.00001v2"
    assert PaperId("2611.00001").pdf_url == "https://arxiv.org/pdf/2611.00001"
    assert PaperId("10.1234/x", 2).pdf_url == "https://doi.org/10.1234/x"


def test_the_newest_of_two_is_the_later_version_and_of_one_version_what_was_read_later() -> None:
    old, new, again = (Paper("2611.00001", version, title, (), "") for version, title in ((1, "a"), (2, "b"), (2, "c")))
    assert old.choose_newer(new) is new
    assert new.choose_newer(old) is new
    assert new.choose_newer(again) is again


@pytest.mark.parametrize(
    "host", ["github.com", "gitlab.com", "huggingface.co", "bitbucket.org", "codeberg.org", "gitee.com"]
)
def test_a_host_of_code_has_code(host: str) -> None:
    urls = (
        f"https://{host}/a/b",
        f"https://www.{host.upper()}/a/b",
        f"https://not{host}/a/b",
        f"https://{host}.example/a/b",
    )
    assert [link.kind for link in find_links(" ".join(urls))] == ["code", "code", "link", "link"]


@pytest.mark.parametrize(
    "url", ["https://a.github.io/x", "https://a.example/Project/x", "https://sites.google.com/view/x"]
)
def test_a_page_of_a_project_is_one(url: str) -> None:
    assert [link.kind for link in find_links(url)] == ["project"]


@pytest.mark.parametrize("mark", list(".,;:!?)]}*_'\""))
def test_an_address_ends_before_the_sentences_mark(mark: str) -> None:
    assert trim_url(f"https://a.example/x{mark}") == "https://a.example/x"
    assert trim_url(f"https://a.example/x{mark}y") == f"https://a.example/x{mark}y"


def test_a_bracket_of_the_address_is_kept() -> None:
    assert trim_url("https://a.example/x_(y)") == "https://a.example/x_(y)"
    assert trim_url("https://a.example/x_(y))") == "https://a.example/x_(y)"


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn",
        "This paper has been withdrawn by the author(s) due to an error in Lemma 2",
        "This paper was withdrawn by the authors.",
        "This submission has been withdrawn",
        "This article has been withdrawn by the authors because of a copyright claim",
        "This manuscript has been temporarily withdrawn",
        "This paper is withdrawn due to a crucial error in equation 3",
        "12 pages, 3 figures. This paper has been withdrawn by the authors",
        "Accepted at ICML 2026; this paper has been withdrawn",
        "arXiv admin note: This paper has been withdrawn by arXiv due to unverifiable authorship and affiliation",
        "arXiv admin note: this version has been withdrawn by arXiv administrators due to copyright infringement",
        "The paper has been withdrawn by the authors",
        "Our paper has been withdrawn since the data are wrong",
        "Paper withdrawn",
        "Paper withdrawn by the author",
        "Withdrawn",
        "withdrawn.",
        "Withdrawn by the authors: Theorem 1 is wrong",
        "Withdrawn due to an error",
        "Withdrawn because of a fatal flaw in section 3.",
        "WITHDRAWN: superseded by arXiv:2410.18974",
        "We withdraw this paper since Lemma 3 is not correct",
        "We have withdrawn this paper",
        "The authors have withdrawn this paper due to a bug in the code",
        "The authors wish to withdraw this paper",
        "The author has decided to withdraw this manuscript",
        "This paper (v1) has been withdrawn",
        "This work has been withdrawn by the authors, who wish it not to be cited",
        "Submission withdrawn",
        "This paper has been withdrawn from arXiv by the authors",
        "This preprint has been retracted by its authors",
    ],
)
def test_a_paper_that_its_comment_withdraws_is_withdrawn(comment: str) -> None:
    assert is_withdrawal("Loops", "We see loops.", comment)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "12 pages, 5 figures",
        "Supersedes arXiv:2510.26642, which has been withdrawn",
        "Replaces the withdrawn arXiv:2410.18974",
        "An earlier version of this paper was withdrawn from ICLR 2026",
        "This paper was withdrawn from the ICLR 2026 submission pool and accepted at TMLR",
        "This submission has been withdrawn from NeurIPS, and is under review elsewhere",
        "Corrects an error in a paper that was withdrawn",
        "Comment on a withdrawn paper",
        "We withdrew the claim of Section 5",
        "The second author withdrew his name",
        "Data of patients who withdrew consent are removed",
        "v2: the withdrawn Theorem 4 is replaced",
        "Not withdrawn: see Section 2",
        "Companion of arXiv:2410.18974, withdrawn by its authors",
    ],
)
def test_a_paper_that_speaks_of_others_withdrawn_is_not(comment: str) -> None:
    assert not is_withdrawal("Loops", "Patients withdrawn from treatment are followed.", comment)


def test_the_title_or_what_replaced_the_abstract_withdraws_a_paper_too() -> None:
    assert is_withdrawal("Withdrawn: Loops", "We see loops.", "")
    assert is_withdrawal("This paper has been withdrawn", "", "")
    assert is_withdrawal("Loops", "This paper has been withdrawn by the author due to a crucial error.", "")
    assert not is_withdrawal("Withdrawn patients in trials", "We see. This paper has been withdrawn is a notice.", "")
    assert not is_withdrawal("Loops", "Notices say that this paper has been withdrawn.", "")
