"""What feeds list, by kind: papers of arXiv under any host's address, others by DOI, and what is no paper."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape

import pytest

from digestbot.builder.candidates import UNDATED
from digestbot.builder.sources.feed_text import find_news_reason, read_summary, strip_markup
from digestbot.builder.sources.feeds import FeedContents, parse_feed
from digestbot.builder.sources.licences import find_html_licence, normalize_licence
from digestbot.domain.papers.licence import ARXIV_LICENCE, allows_sharing, name_licence

CC = "https://creativecommons.org"
CC_BY = f"{CC}/licenses/by/4.0/"


def parse_items(*items: str) -> FeedContents:
    """A feed of items in RSS 2.0, with the namespaces that servers use."""
    spaces = {
        "arxiv": "http://arxiv.org/schemas/atom",
        "dc": "http://purl.org/dc/elements/1.1/",
        "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    }
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in spaces.items())
    body = "".join(f"<item>{item}</item>" for item in items)
    return parse_feed(f'<rss version="2.0" {declared}><channel><title>x</title>{body}</channel></rss>'.encode())


def build_item(link: str, title: str = "A paper", more: str = "") -> str:
    return f"<title>{escape(title)}</title><link>{escape(link)}</link>{more}"


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("https://arxiv.org/abs/2611.00001v3", "2611.00001"),
        ("http://arxiv.org/abs/hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/pdf/2611.00001v2.pdf", "2611.00001"),
        ("https://huggingface.co/papers/2611.00001", "2611.00001"),
        ("https://www.alphaxiv.org/abs/2611.00001", "2611.00001"),
        ("https://ar5iv.labs.arxiv.org/html/2611.00001", "2611.00001"),
        ("https://papers.cool/arxiv/2611.00001", "2611.00001"),
        ("https://doi.org/10.48550/arXiv.2611.00001", "2611.00001"),
    ],
)
def test_a_paper_of_arxiv_is_known_under_every_hosts_address(link: str, number: str) -> None:
    [found] = parse_items(build_item(link)).listed
    assert found.arxiv_id == number


@pytest.mark.parametrize(
    ("link", "more", "doi"),
    [
        ("https://www.nature.com/articles/s41586-024-07811-4", "", "10.1038/s41586-024-07811-4"),
        ("https://dl.acm.org/doi/abs/10.1145/3544548.3580000?af=R", "", "10.1145/3544548.3580000"),
        ("https://onlinelibrary.wiley.com/doi/full/10.1002/adma.202400001?af=R", "", "10.1002/adma.202400001"),
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0300001",
            "",
            "10.1371/journal.pone.0300001",
        ),
        ("https://www.frontiersin.org/articles/10.3389/fnins.2026.00001/full", "", "10.3389/fnins.2026.00001"),
        ("https://example.org/1", "<dc:identifier>doi:10.1234/ABC</dc:identifier>", "10.1234/abc"),
        ("https://example.org/1", "<prism:doi>10.1234/abc</prism:doi>", "10.1234/abc"),
        ("https://example.org/1", "<guid>10.1109/tpami.2026.3669584</guid>", "10.1109/tpami.2026.3669584"),
    ],
)
def test_other_papers_are_known_by_their_doi_wherever_it_stands(link: str, more: str, doi: str) -> None:
    [found] = parse_items(build_item(link, more=more)).papers
    assert found.paper.arxiv_id == doi


def test_a_preprints_version_is_that_of_its_address() -> None:
    link = "http://biorxiv.org/cgi/content/short/2026.11.20.123456v2?rss=1"
    [found] = parse_items(build_item(link, more="<dc:identifier>10.1101/2026.11.20.123456</dc:identifier>")).papers
    assert (found.paper.arxiv_id, found.paper.version) == ("10.1101/2026.11.20.123456", 2)


@pytest.mark.parametrize(
    ("more", "is_replacement"),
    [
        ("<description>arXiv:2611.00001v1 Announce Type: new \nAbstract: x</description>", False),
        ("<description>arXiv:2611.00001v1 Announce Type: cross Abstract: x</description>", False),
        ("<description>arXiv:2611.00001v2 Announce Type: replace Abstract: x</description>", True),
        ("<arxiv:announce_type>replace-cross</arxiv:announce_type>", True),
        ("<arxiv:announce_type>new</arxiv:announce_type>", False),
        ("<description>We announce type: replace everything.</description>", False),
    ],
)
def test_arxiv_says_whether_a_paper_is_new_or_replaced(more: str, is_replacement: bool) -> None:
    [found] = parse_items(build_item("https://arxiv.org/abs/2611.00001", more=more)).listed
    assert found.is_replacement is is_replacement


def test_a_paper_that_is_listed_as_new_and_as_replaced_is_new() -> None:
    item = build_item("https://arxiv.org/abs/2611.00001", more="<arxiv:announce_type>{}</arxiv:announce_type>")
    for kinds in (("replace", "new"), ("new", "replace")):
        [found] = parse_items(*(item.format(kind) for kind in kinds)).listed
        assert not found.is_replacement


def test_an_item_without_a_date_has_none_and_is_kept() -> None:
    dated = "<pubDate>Mon, 23 Nov 2026 00:00:00 GMT</pubDate>"
    found = parse_items(build_item("https://doi.org/10.1234/a"), build_item("https://doi.org/10.1234/b", more=dated))
    assert {one.paper.arxiv_id: one.published for one in found.papers} == {
        "10.1234/a": UNDATED,
        "10.1234/b": datetime(2026, 11, 23, tzinfo=UTC),
    }


def test_what_is_left_out_is_named_with_its_reason() -> None:
    found = parse_items(
        build_item("https://example.org/blog?key=sk-secret", "A blog"),
        build_item("https://doi.org/10.1234/a", ""),
        build_item("https://www.nature.com/articles/d41586-026-00001-2", "Mice live longer"),
        build_item("https://doi.org/10.1234/b", "Author Correction: Loops"),
    )
    assert not found.papers
    assert [(left.name, left.title, left.reason) for left in found.left_out] == [
        ("https://example.org/blog", "A blog", "it has no DOI and is not on arXiv"),
        ("10.1234/a", "", "it has no title"),
        ("10.1038/d41586-026-00001-2", "Mice live longer", "it is news or an editorial, by its DOI"),
        ("10.1234/b", "Author Correction: Loops", "it is an editorial, a correction or the like, by its title"),
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Correction to: Loops in vivo", "Correction: Loops in vivo", "Erratum to Machine Learning Methods for Loops",
        "Corrigendum to “Loops” [Phys. Lett. B 1 (2026) 2]", "Publisher Correction: Loops", "Retraction: Loops",
        "Retraction notice to “Loops”", "Retraction Note: Loops", "RETRACTED: Loops", "Expression of Concern: Loops",
        "Editorial", "Editorial: a year of loops", "Guest Editorial: Special Section on Loops", "Editorial Board",
        "Editor’s Note", "Table of Contents", "Front Cover", "Issue Information", "In This Issue",
        "Call for Papers: Loops 2027", "Book Review: Loops", "List of Reviewers", "Addendum: Loops",
        "IEEE Transactions on Loops Publication Information", "Masthead", "Obituary: Ada Moreno",
    ],
)  # fmt: skip
def test_news_editorials_and_corrections_are_known_by_their_titles(title: str) -> None:
    assert find_news_reason(title, "10.1234/a", ())


@pytest.mark.parametrize(
    "title",
    [
        "Error correction with loops", "Correction of motion artefacts in MRI", "Corrections beyond leading order",
        "Correction for attenuation in PET", "Retraction of axons in vivo", "Editorial decisions predicted by models",
        "Front covering maps", "News recommendation with graphs", "Fake news detection: a survey",
        "Obituaries as data for longevity", "Addendum-free proofs of loops", "In this issue tracker, bugs multiply",
        "Book reviews as a benchmark for sentiment", "Covering codes", "Call for papers considered harmful: loops",
    ],
)  # fmt: skip
def test_papers_about_such_things_are_papers(title: str) -> None:
    assert find_news_reason(title, "10.1234/a", ("Research Article",)) == ""


def test_what_a_feed_calls_news_is_news() -> None:
    assert "“Editorial”" in find_news_reason("Loops", "10.1234/a", ("", "Editorial"))
    found = parse_items(
        build_item("https://doi.org/10.1234/a", more="<prism:section>News  &amp; Views</prism:section>")
    )
    assert "News & Views" in found.left_out[0].reason


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Loops in <i>vivo</i>", "Loops in vivo"),
        ("Loops in &lt;i&gt;vivo&lt;/i&gt;", "Loops in vivo"),
        ("Loops in &amp;lt;i&amp;gt;vivo&amp;lt;/i&amp;gt;", "Loops in vivo"),
        ("p &lt; 0.05 and q &gt; 3", "p < 0.05 and q > 3"),
        ("for a<b and c>d", "for a<b and c>d"),
        ("if x<y and y>z then", "if x<y and y>z then"),
        ("AT&amp;T &amp;amp; R&amp;D", "AT&T & R&D"),
        ("H<sub>2</sub>O at 10<sup>-3</sup> mol", "H₂O at 10⁻³ mol"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("<jats:p>One <jats:italic>two</jats:italic></jats:p>", "One two"),
        ('<a href="https://a.example/?x=1&amp;y">here</a>', "here"),
        ("<p>We see.</p><script>alert(1)</script><!-- no -->", "We see."),
        ("a <!-- never ends", "a <!-- never ends"),
        ("<![CDATA[Loops]]>", "Loops"),
        ("K&ouml;ln &#8211; M&uuml;nchen", "Köln – München"),
    ],
)
def test_entities_are_decoded_before_tags_go_and_what_is_no_tag_stays(written: str, text: str) -> None:
    assert strip_markup(written) == text


def test_where_a_paper_is_printed_is_no_abstract() -> None:
    cited = "Ada Moreno, Bo Lin, et al.&lt;br/&gt;IEEE Transactions on Loops, pp. 1-2&lt;br/&gt;DOI: 10.1109/tol.2026.1"
    assert read_summary(cited) == ("", "Ada Moreno, Bo Lin")
    nature = "<p>Nature, Published online: 18 July 2026; <a href='x'>doi:10.1038/s41586-026-1-4</a></p>We see loops."
    assert read_summary(nature) == ("We see loops.", "")
    assert read_summary("One.<br/>Two.<br/>See 10.1234/x") == ("One. Two. See 10.1234/x", "")


# -- JSON -----------------------------------------------------------------------------------------------------

HUGGING_FACE = [{"paper": {"id": "2611.00001", "title": "A", "authors": [{"name": "x"}]}, "title": "A"}]
BIORXIV = {
    "messages": [{"status": "ok", "count": 1}],
    "collection": [
        {
            "doi": "10.1101/2026.11.20.123456", "title": "Loops", "authors": "Moreno, A.; Lin, B.", "version": "2",
            "date": "2026-11-20", "category": "neuroscience", "license": "cc_by_nc_nd", "abstract": "We see.",
        }
    ],
}  # fmt: skip
CROSSREF = {
    "status": "ok",
    "message-type": "work-list",
    "message": {
        "total-results": 1,
        "items": [
            {
                "DOI": "10.1109/X.2026.1", "title": ["Loops"], "type": "journal-article",
                "author": [{"given": "Ada", "family": "Moreno"}, {"given": "Bo", "family": "Lin"}],
                "abstract": "<jats:p>We see.</jats:p>", "published": {"date-parts": [[2026, 11, 20]]},
                "license": [{"URL": "https://creativecommons.org/licenses/by/4.0/legalcode"}],
            }
        ],
    },
}  # fmt: skip
PLOS = {
    "response": {
        "numFound": 1,
        "docs": [
            {
                "id": "10.1371/journal.pone.0300001", "title_display": "Loops",
                "author_display": ["Ada Moreno", "Bo Lin"], "abstract": ["We see."],
                "publication_date": "2026-11-20T00:00:00Z", "article_type": "Research Article",
            }
        ],
    }
}  # fmt: skip
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "A journal",
    "home_page_url": "https://example.org/",
    "items": [
        {
            "id": "1", "url": "https://doi.org/10.1234/a", "title": "Loops", "content_html": "<p>We see.</p>",
            "date_published": "2026-11-20T00:00:00Z", "authors": [{"name": "Ada Moreno"}, {"name": "Bo Lin"}],
        }
    ],
}  # fmt: skip
OPENREVIEW = {
    "notes": [
        {
            "id": "abcDEF", "cdate": 1795132800000,
            "content": {"title": {"value": "Loops"}, "authors": {"value": ["Ada Moreno", "Bo Lin"]},
                        "abstract": {"value": "We see."}, "html": {"value": "https://arxiv.org/abs/2611.00001"}},
        },
        {"id": "ghiJKL", "content": {"title": {"value": "Folds"}, "pdf": {"value": "/pdf/1.pdf"}}},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    "listed",
    [HUGGING_FACE, OPENREVIEW, ["x", {"id": "2611.00001"}], {"a": {"b": [{"arxiv_id": "2611.00001", "title": "A"}]}}],
)
def test_papers_of_arxiv_in_json_are_looked_up(listed: object) -> None:
    assert [found.arxiv_id for found in parse_feed(json.dumps(listed).encode()).listed] == ["2611.00001"]


@pytest.mark.parametrize(
    ("listed", "doi"),
    [
        (BIORXIV, "10.1101/2026.11.20.123456"),
        (CROSSREF, "10.1109/x.2026.1"),
        (PLOS, "10.1371/journal.pone.0300001"),
        (JSON_FEED, "10.1234/a"),
    ],
)
def test_papers_in_json_are_read_as_those_in_feeds(listed: object, doi: str) -> None:
    [found] = parse_feed(b"\xef\xbb\xbf \n" + json.dumps(listed).encode()).papers
    assert (found.paper.arxiv_id, found.paper.title, found.paper.abstract) == (doi, "Loops", "We see.")
    assert found.published == datetime(2026, 11, 20, tzinfo=UTC)
    assert [name.split()[-1] for name in found.paper.authors] == ["Moreno", "Lin"]


def test_what_json_lists_without_a_name_is_left_out_with_a_reason() -> None:
    [left] = parse_feed(json.dumps(OPENREVIEW).encode()).left_out
    assert (left.title, left.reason) == ("Folds", "it has no DOI and is not on arXiv")


# -- licences -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "licence", "name", "is_free"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", CC_BY, "CC BY 4.0", True),
        (f"{CC}/licenses/by-nc-sa/4.0/legalcode", f"{CC}/licenses/by-nc-sa/4.0/", "CC BY-NC-SA 4.0", True),
        ("http://creativecommons.org/publicdomain/zero/1.0/", f"{CC}/publicdomain/zero/1.0/", "CC0 1.0", True),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", ARXIV_LICENCE, "arXiv.org", False),
        ("License: arXiv.org perpetual non-exclusive license", ARXIV_LICENCE, "arXiv.org", False),
        ("License: CC BY-NC-ND 4.0", "https://creativecommons.org/licenses/by-nc-nd/4.0/", "CC BY-NC-ND 4.0", True),
        ("cc_by_nc", "https://creativecommons.org/licenses/by-nc/4.0/", "CC BY-NC 4.0", True),
        ("CC0", f"{CC}/publicdomain/zero/1.0/", "CC0 1.0", True),
        ("© 2026 Springer Nature. All rights reserved.", "", "", False),
        ("https://evil.example/creativecommons.org", "", "", False),
        ("", "", "", False),
    ],
)  # fmt: skip
def test_a_licence_has_an_address_a_name_and_what_it_allows(
    written: str, licence: str, name: str, is_free: bool
) -> None:
    assert normalize_licence(written) == licence
    assert (name_licence(licence), allows_sharing(licence)) == (name, is_free)


def test_arxivs_html_names_the_licence() -> None:
    page = b'<div><a id="license-tr" href="https://info.arxiv.org/help/license/index.html">\n License: CC BY 4.0</a>'
    assert find_html_licence(page) == CC_BY
    assert find_html_licence(b"<p>License: CC BY 4.0</p>") == ""
