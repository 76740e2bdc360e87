"""arXiv's doors: its API with what it refuses, OAI-PMH where the API does not answer, and one look-up for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digestbot.builder.candidates import UNDATED as NO_TIME
from digestbot.builder.candidates import Candidate
from digestbot.builder.sources.arxiv import ArxivClient
from digestbot.builder.sources.arxiv_query import parse_query
from digestbot.builder.sources.collector import Collector, CollectResult
from digestbot.builder.sources.oai import OaiClient, list_sets, parse_oai, split_authors
from digestbot.builder.sources.polite_client import PoliteClient, UnavailableError
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.paper import Paper
from digestbot.domain.topic import Topic
from digestbot.errors import SourceError
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from tests.builder.archive import OAI_PAGE, ArxivServer, Submission, days_ago
from tests.factories import make_digest, make_entry

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
TODAY = date(2026, 11, 24)
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
ITEM = (
    "<item><title>{title}</title><link>{link}</link><arxiv:announce_type>{kind}</arxiv:announce_type>"
    f"<dc:rights>{CC_BY}</dc:rights></item>"
)


def make_spec(**changes: object) -> BuildSpec:
    return BuildSpec(Topic("loops", "Loops"), **{"queries": ("cat:cs.CV",), **changes})  # type: ignore[arg-type]


def add_feed(archive: ArxivServer, path: str, *items: str) -> str:
    spaces = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    body = f'<rss version="2.0" {spaces}><channel><title>x</title>{"".join(items)}</channel></rss>'
    archive.files[path] = (body.encode(), "text/xml")
    return f"{archive.url}{path}"


def build_item(number: str, kind: str = "new") -> str:
    return ITEM.format(title=f"Paper {number}", link=f"https://arxiv.org/abs/{number}", kind=kind)


async def collect(
    archive: ArxivServer, polite: PoliteClient, store: Store, spec: BuildSpec, now: datetime = NOW, **how: bool
) -> CollectResult:
    return await Collector(polite, archive.api, store.builds, archive.oai).collect(spec, now.date(), now, **how)


def list_selected(result: CollectResult) -> list[tuple[str, bool]]:
    return [(one.candidate.paper.arxiv_id, one.is_update) for one in result.selection.selected]


def count_asked(archive: ArxivServer, path: str) -> int:
    return sum(asked.startswith(path) for asked in archive.asked)


async def test_an_identifier_that_arxiv_refuses_takes_no_other_with_it(
    archive: ArxivServer, polite: PoliteClient
) -> None:
    archive.add(Submission("2611.00001"), Submission("2611.00003"))
    archive.refused_ids = {"2611.00002"}
    found = await ArxivClient(polite, archive.api).fetch_by_id(["2611.00001", "2611.00002", "2611.00003"])
    assert [candidate.paper.arxiv_id for candidate in found] == ["2611.00001", "2611.00003"]
    archive.refused_ids = {f"2611.1000{i}" for i in range(7)}
    with pytest.raises(SourceError, match="rejected more than 5"):
        await ArxivClient(polite, archive.api).fetch_by_id(sorted(archive.refused_ids))


async def test_a_refusal_without_words_is_its_status(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.answers["/api/query"] = (400, b"<html>nginx</html>")
    with pytest.raises(SourceError, match="answered 400 to /api/query"):
        await ArxivClient(polite, archive.api).search("abs:loops", days_ago(7))


async def test_all_that_feeds_list_and_no_query_found_is_looked_up_in_one_request(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.add(Submission("2611.00001"), *(Submission(f"2611.1{i:04}", categories=("cs.GR",)) for i in range(150)))
    numbers = [f"2611.1{i:04}" for i in range(150)]
    feeds = (
        add_feed(archive, "/one", *map(build_item, ["2611.00001", *numbers[:100]])),
        add_feed(archive, "/two", *map(build_item, [*numbers[50:], "2611.99999"])),
    )
    result = await collect(archive, polite, store, make_spec(feeds=feeds, max_papers=200))
    assert len(result.selection.selected) == 151
    assert count_asked(archive, "/api") == 2  # the query, and the look-up
    assert [(left.name, left.title, left.reason) for left in result.left_out] == [
        ("2611.99999", "Paper 2611.99999", "arXiv has no such paper")
    ]
    assert {one.candidate.paper.licence for one in result.selection.selected} == {CC_BY}


async def test_what_is_listed_as_replaced_is_an_update_and_no_new_paper(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    await store.digests.save_pages(
        [(PageKey("x", "x", {}), [make_digest("Loops", "2026-11-23", [make_entry("2611.00002")])])], NOW
    )
    archive.add(*(Submission(f"2611.0000{i}", version=2, updated=days_ago(0.1)) for i in (1, 2, 3)))
    feed = add_feed(
        archive,
        "/rss",
        build_item("2611.00001", "replace"),
        build_item("2611.00002", "replace-cross"),
        build_item("2611.00003", "cross"),
    )
    result = await collect(archive, polite, store, make_spec(queries=(), feeds=(feed,)))
    assert list_selected(result) == [("2611.00003", False), ("2611.00002", True)]
    assert result.selection.rejection_counts == {"a new version of a paper that was not shown": 1}
    result = await collect(archive, polite, store, make_spec(feeds=(feed,)))  # a query finds all three
    assert result.selection.rejection_counts == {}


UNDATED = "<item><title>Loops in vivo</title><link>https://doi.org/10.1234/a</link></item>"


async def test_what_has_no_date_is_as_old_as_its_first_sight(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    spec = make_spec(queries=(), feeds=(add_feed(archive, "/rss", UNDATED),))
    trial = await collect(archive, polite, store, spec, NOW - timedelta(days=30), is_trial=True)
    assert list_selected(trial) == [("10.1234/a", False)]
    for days, reasons in ((0, {}), (6, {}), (8, {"older than 7 days": 1})):
        result = await collect(archive, polite, store, spec, NOW + timedelta(days=days))
        assert result.selection.rejection_counts == reasons


async def test_a_withdrawn_paper_comes_only_where_it_was_shown_and_beside_the_others(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    shown = make_entry("2611.00001")
    await store.digests.save_pages([(PageKey("x", "x", {}), [make_digest("Loops", "2026-11-23", [shown])])], NOW)
    gone = "This paper has been withdrawn by the authors"
    archive.add(
        Submission("2611.00001", version=2, updated=days_ago(0.1), comment=gone, abstract="nothing any more"),
        Submission("2611.00002", comment=gone),
        Submission("2611.00003", abstract="We see loops."),
        Submission("2611.00004", abstract="We see loops."),
    )
    result = await collect(archive, polite, store, make_spec(include_keywords=("loops",), max_papers=1))
    assert list_selected(result) == [("2611.00003", False), ("2611.00001", True)]
    assert result.selection.rejection_counts == {"withdrawn": 1, "more than 1 a day": 1}


# -- the second door ------------------------------------------------------------------------------------------


async def test_where_the_api_is_too_busy_oai_brings_the_same_papers_with_their_licences(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    number = 2 * OAI_PAGE + 1
    archive.add(
        *(Submission(f"2611.0000{i}", abstract="We see loops.", version=i % 2 + 1) for i in range(number)),
        Submission("2611.00010", abstract="Nothing."),
        Submission("2611.00011", abstract="We see loops.", categories=("hep-th",)),
        Submission("2611.00012", abstract="We see loops.", published=days_ago(40)),
        Submission("hep-th/9901001", categories=("hep-th",), licence=CC_BY),
    )
    feed = add_feed(archive, "/rss", build_item("hep-th/9901001"))
    spec = make_spec(queries=("cat:cs.CV AND abs:loops", "ti:nothing"), categories=("cs.CV", "hep-th"), feeds=(feed,))
    by_api = await collect(archive, polite, store, spec)
    archive.asked.clear()
    archive.fail_next("/api", *["429"] * 100)
    by_oai = await collect(archive, polite, store, spec)
    assert list_selected(by_oai) == list_selected(by_api)
    assert by_oai.problems == ()
    assert len(by_oai.selection.selected) == number + 1
    papers = {one.candidate.paper.arxiv_id: one.candidate for one in by_oai.selection.selected}
    known = {one.candidate.paper.arxiv_id: one.candidate for one in by_api.selection.selected}
    assert papers["2611.00001"].paper.licence == CC_BY
    assert replace(papers["2611.00001"], paper=replace(papers["2611.00001"].paper, licence="")) == known["2611.00001"]
    assert papers["hep-th/9901001"].paper.licence == CC_BY


async def test_who_is_patient_asks_the_api_again_later(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.add(Submission("2611.00001"))
    feed = add_feed(archive, "/rss", build_item("2611.00001"))
    for spec in (make_spec(), make_spec(queries=(), feeds=(feed,))):
        archive.fail_next("/api", *["503"] * 4)
        with pytest.raises(UnavailableError):
            await collect(archive, polite, store, spec, is_patient=True)
        assert list_selected(await collect(archive, polite, store, spec, is_patient=True)) == [("2611.00001", False)]
    assert count_asked(archive, "/oai") == 0


async def test_where_both_doors_are_shut_both_are_named(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.fail_next("/api", *["503"] * 4)
    error = b'<error code="badArgument">no set x</error>'
    archive.answers["/oai"] = (200, b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">%b</OAI-PMH>' % error)
    with pytest.raises(SourceError, match=r"it answered 503; and by OAI-PMH: .*badArgument no set x"):
        await collect(archive, polite, store, make_spec())


async def test_a_record_that_arxiv_has_not_is_none(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.add(Submission("2611.00001", version=3, authors=("Ada Moreno", "Bo Lin"), comment="CVPR 2026"))
    oai = OaiClient(polite, archive.oai)
    assert await oai.fetch_paper("2611.00002") is None
    found = await oai.fetch_paper("2611.00001")
    assert found is not None
    assert (found.paper.version, found.paper.authors, found.paper.comment) == (3, ("Ada Moreno", "Bo Lin"), "CVPR 2026")


def test_a_record_without_what_a_paper_needs_is_none() -> None:
    raw = (
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
        b'<record><header status="deleted"/></record>'
        b'<record><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2611.00001</id></arXivRaw></metadata>'
        b'</record><record><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>x</id><title>A</title>'
        b"</arXivRaw></metadata></record><resumptionToken> next|2 </resumptionToken></ListRecords></OAI-PMH>"
    )
    page = parse_oai(raw)
    assert (page.candidates, page.resumption_token, page.error) == ((), "next|2", "")


GMT = "Mon, 23 Nov 2026 10:00:00"
SENT = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "moment", "read"),
    [
        ("2", f"{GMT} -0000", (2, SENT)),  # which says that the zone is not known
        ("2", f"{GMT} +0100", (2, SENT - timedelta(hours=1))),
        ("9999", f"{GMT} GMT", (9999, SENT)),
        ("10000", f"{GMT} GMT", (1, NO_TIME)),
        ("0", f"{GMT} GMT", (1, NO_TIME)),
        ("-1", f"{GMT} GMT", (1, NO_TIME)),
        ("9" * 5_000, f"{GMT} GMT", (1, NO_TIME)),
        ("2", "Fri, 31 Dec 9999 23:59:59 -1200", (1, NO_TIME)),
        ("2", "Sun, 01 Jan 1950 00:00:00 +1400", (1, NO_TIME)),
        ("2", f"{GMT} +9999", (1, NO_TIME)),
        ("2", "soon", (1, NO_TIME)),
    ],
)
def test_a_version_that_cannot_be_is_left_out(number: str, moment: str, read: tuple[int, datetime]) -> None:
    versions = f'<version version="v{number}"><date>{moment}</date></version>'
    (found,) = parse_oai(render_record(versions)).candidates
    assert (found.paper.version, found.updated) == read


def test_categories_are_bounded() -> None:
    codes = [f"cs.{number:02}" for number in range(40)]
    (found,) = parse_oai(render_record("", " ".join(["x" * 21, *codes, *codes]))).candidates
    assert found.categories == tuple(codes[:30])


def render_record(versions: str, categories: str = "cs.CV", token: str = "") -> bytes:
    record = f"<id>2611.00001</id>{versions}<title>A</title><categories>{categories}</categories>"
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><metadata>'
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">{record}</arXivRaw></metadata></record>'
        f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>"
    ).encode()


async def test_a_resumption_token_without_end_is_an_error(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.answers["/oai"] = (200, render_record("", token="x" * 100_000))
    with pytest.raises(SourceError, match="its resumption token has 100,000 bytes"):
        await OaiClient(polite, archive.oai).fetch_paper("2611.00001")


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CV", "cs:cs:CV"), ("cs", "cs"), ("cs.*", "cs"), ("q-bio.NC", "q-bio:q-bio:NC"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.CO", "physics:astro-ph:CO"), ("physics.optics", "physics:physics:optics"), ("physics", "physics"),
        ("stat.ML", "stat:stat:ML"), ("eess.IV", "eess:eess:IV"), ("math-ph", "physics:math-ph"),
    ],
)  # fmt: skip
def test_categories_are_sets(category: str, name: str) -> None:
    assert list_sets((category, category)) == (name,)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Moreno, Bo Lin and Chen Xu", ["Ada Moreno", "Bo Lin", "Chen Xu"]),
        ("Ada Moreno (1 and 2), Bo Lin (2) ((1) University of Ghent, Belgium, (2) Oslo)", ["Ada Moreno", "Bo Lin"]),
        ("The ATLAS Collaboration", ["The ATLAS Collaboration"]),
        ("Brand Anderson, Sandy Lin", ["Brand Anderson", "Sandy Lin"]),
        ("", []),
    ],
)
def test_a_line_of_authors_has_their_names(text: str, names: list[str]) -> None:
    assert split_authors(text) == names


FOUND = Candidate(
    Paper(
        "2611.00001", 1, "Gaussian-splats that fit", ("Bernhard Kerbl", "Ada Moreno"), "We see electrons.", "CVPR 2026"
    ),
    days_ago(1),
    days_ago(1),
    ("cs.CV", "cs.GR"),
)


@pytest.mark.parametrize(
    ("query", "matches", "categories"),
    [
        ("cat:cs.CV", True, {"cs.CV"}),
        ("cat:cs.*", True, {"cs.*"}),
        ("cat:hep-th", False, {"hep-th"}),
        ('ti:"gaussian splat"', True, set()),
        ("ti:gaussian AND abs:electrons", True, set()),
        ("ti:gaussian AND abs:protons", False, set()),
        ("ti:gaussian ANDNOT abs:electrons", False, set()),
        ("abs:protons OR abs:electrons", True, set()),
        ("abs:protons AND ti:gaussian OR abs:electrons", True, set()),
        ("abs:protons AND (ti:gaussian OR abs:electrons)", False, set()),
        ("(cat:cs.CV OR cat:cs.GR) AND abs:electron*", True, {"cs.CV", "cs.GR"}),
        ("cat:cs.CV OR abs:electrons", True, set()),
        ("au:kerbl", True, set()),
        ('au:"Bernhard Kerbl"', True, set()),
        ("au:Kerbl_B", False, set()),
        ("all:cvpr", True, set()),
        ("kerbl splats", True, set()),
        ("kerbl protons", False, set()),
        ("co:CVPR ANDNOT cat:hep-th", True, set()),
        ("submittedDate:[202611010000 TO 202612010000]", True, set()),
        ("submittedDate:[20261201 TO 20261231]", False, set()),
    ],
)
def test_a_query_is_applied_here_as_arxiv_would(query: str, matches: bool, categories: set[str]) -> None:
    parsed = parse_query(query)
    assert parsed.matches(FOUND) is matches
    assert parsed.categories == categories


@pytest.mark.parametrize(
    "query",
    [
        *("jr:nature", "(ti:a", "ti:a)", "ti:", "AND ti:a", "ti:a AND", "rn:1", "submittedDate:[a TO b]", ""),
        "(" * 99 + "ti:a" + ")" * 99,
    ],
)
def test_what_only_arxiv_can_search_is_named(query: str) -> None:
    with pytest.raises(SourceError, match="can only be asked of arXiv's API"):
        parse_query(query)
