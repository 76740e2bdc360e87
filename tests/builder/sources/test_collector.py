"""Papers found: arXiv's feed with all that goes wrong there, other feeds, and which of them are taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digestbot.builder.candidates import FoundPapers, LeftOut
from digestbot.builder.selection import has_word, select_papers
from digestbot.builder.sources.arxiv import RESULTS_PER_REQUEST, ArxivClient
from digestbot.builder.sources.collector import Collector, CollectResult
from digestbot.builder.sources.feeds import FeedSource
from digestbot.builder.sources.polite_client import PoliteClient, UnavailableError
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.topic import Topic
from digestbot.errors import SourceError
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from tests.builder.archive import ArxivServer, Submission, days_ago
from tests.factories import make_digest, make_entry
from tests.waiting import HANG_SECONDS

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
TODAY = date(2026, 11, 24)
TOPIC = Topic("loops", "Loops")


def make_spec(**changes: object) -> BuildSpec:
    return BuildSpec(TOPIC, **{"queries": ("cat:cs.CV",), **changes})  # type: ignore[arg-type]


async def read_feed(archive: ArxivServer, polite: PoliteClient, path: str) -> FoundPapers:
    return await FeedSource(polite, f"{archive.url}{path}").find_papers(days_ago(7))


async def collect_feed(
    archive: ArxivServer, polite: PoliteClient, store: Store, body: str, kind: str = "text/xml", **changes: object
) -> CollectResult:
    archive.files["/feed"] = (body.encode(), kind)
    wanted = make_spec(**{"queries": (), "feeds": (f"{archive.url}/feed",), **changes})
    return await Collector(polite, archive.api, store.builds).collect(wanted, TODAY, NOW)


def list_ids(found) -> list[str]:
    return [one.paper.arxiv_id for one in found]


async def test_a_query_brings_papers_whole(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.add(
        Submission(
            "2611.00001",
            title="Loops &\n  Folds",
            comment="Accepted by CVPR 2026. Code: https://github.com/a/b",
            version=2,
            updated=days_ago(0.5),
            categories=("cs.GR", "cs.CV"),
        )
    )
    [found] = await ArxivClient(polite, archive.api).search("cat:cs.CV", days_ago(7))
    assert (found.paper.arxiv_id, found.paper.version, found.paper.title) == ("2611.00001", 2, "Loops & Folds")
    assert found.paper.authors == ("Ada Moreno", "Bo Lin")
    assert [link.url for link in found.paper.links] == ["https://github.com/a/b"]
    assert found.categories == ("cs.GR", "cs.CV")
    assert (found.published, found.updated) == (datetime(2026, 11, 23, 12, tzinfo=UTC), days_ago(0.5))


async def test_pages_are_turned_until_what_is_too_old(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.add(*(Submission(f"2611.{i:05}", published=days_ago(i / 50)) for i in range(4 * RESULTS_PER_REQUEST)))
    found = await ArxivClient(polite, archive.api).search("cat:cs.CV", days_ago(5))
    assert list_ids(found) == [f"2611.{i:05}" for i in range(251)]
    assert len(archive.asked) == 3


@pytest.mark.parametrize("fault", ["503", "429", "cut", "slow", "reset", "empty"])
async def test_what_goes_wrong_once_is_asked_again(archive: ArxivServer, fault: str) -> None:
    archive.add(Submission("2611.00001"))
    archive.fail_next("/api", fault)
    seconds = 1 if fault == "slow" else HANG_SECONDS
    async with PoliteClient(0, seconds, wait_factor=0.001, allow_private_hosts=True) as polite:
        assert list_ids(await ArxivClient(polite, archive.api).search("cat:cs.CV", days_ago(7))) == ["2611.00001"]
    assert len(archive.asked) == 2


async def test_what_goes_wrong_for_good_is_a_sentence(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.fail_next("/api", *["503"] * 9)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 cannot be read now: it answered 503"):
        await ArxivClient(polite, archive.api).search("cat:cs.CV", days_ago(7))
    assert len(archive.asked) == 4


async def test_a_wait_of_hours_is_not_waited_for(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.fail_next("/api", "503-later")
    with pytest.raises(UnavailableError, match="503"):
        await ArxivClient(polite, archive.api).search("cat:cs.CV", days_ago(7))
    assert len(archive.asked) == 1


async def test_a_query_that_arxiv_does_not_take_is_named(archive: ArxivServer, polite: PoliteClient) -> None:
    with pytest.raises(SourceError, match=r"rejected the query gaussian splatting: .*malformed"):
        await ArxivClient(polite, archive.api).search("gaussian splatting", days_ago(7))


RSS = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="x"><title>bioRxiv</title><link>x</link><description>x</description></channel>
<item rdf:about="1"><title><![CDATA[Loops in <i>vivo</i>]]></title>
<link>https://www.biorxiv.org/content/10.1101/2026.11.20.123456v1?rss=1</link>
<description><![CDATA[<p>We see loops.</p><script>alert(1)</script>]]></description>
<dc:creator><![CDATA[ Moreno, A., Lin, B. ]]></dc:creator><dc:date>2026-11-23</dc:date>
<dc:identifier>doi:10.1101/2026.11.20.123456</dc:identifier></item>
<item rdf:about="2"><title>Editorial: a year of loops</title><link>https://example.org/editorial</link></item>
</rdf:RDF>"""


async def test_a_feed_of_another_server_brings_its_papers_by_doi(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.files["/rss"] = (RSS.encode(), "text/xml")
    everything = await read_feed(archive, polite, "/rss")
    [found] = everything.candidates
    assert everything.left_out == (
        LeftOut("https://example.org/editorial", "Editorial: a year of loops", "it has no DOI and is not on arXiv"),
    )
    assert (found.paper.arxiv_id, found.paper.title) == ("10.1101/2026.11.20.123456", "Loops in vivo")
    assert found.paper.abstract == "We see loops."
    assert found.paper.authors == ("A. Moreno", "B. Lin")
    assert found.paper.url == "https://doi.org/10.1101/2026.11.20.123456"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('[{"paper": {"id": "2611.00002", "title": "x"}, "title": "x"}]', "application/json"),
        (
            (
                '<rss version="2.0"><channel><title>x</title><item><title>x</title>'
                "<link>https://huggingface.co/papers/2611.00002</link></item></channel></rss>"
            ),
            "text/xml",
        ),
        (
            (
                '<rss version="2.0"><channel><title>x</title><item><title>x</title>'
                "<link>https://arxiv.org/abs/2611.00002v2</link></item></channel></rss>"
            ),
            "text/xml",
        ),
    ],
)
async def test_a_list_of_arxiv_papers_is_looked_up_there(
    archive: ArxivServer, polite: PoliteClient, store: Store, body: str, kind: str
) -> None:
    archive.add(Submission("2611.00001"), Submission("2611.00002", title="Listed"))
    collected = await collect_feed(archive, polite, store, body, kind)
    assert [chosen.candidate.paper.title for chosen in collected.selection.selected] == ["Listed"]


async def test_what_is_no_feed_is_a_sentence(archive: ArxivServer, polite: PoliteClient) -> None:
    archive.files["/page"] = (b"<html><body>Not a feed</body></html>", "text/html")
    with pytest.raises(SourceError, match="not an Atom or RSS feed"):
        await read_feed(archive, polite, "/page")


async def test_a_topic_collects_from_all_and_goes_on_where_one_fails(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.add(Submission("2611.00001", abstract="loops"), Submission("2611.00002", categories=("cs.GR",)))
    archive.fail_next("/gone", *["503"] * 4)
    collector = Collector(polite, archive.api, store.builds)
    wanted = make_spec(queries=("cat:cs.CV", "cat:cs.GR", "abs:loops"), feeds=(f"{archive.url}/gone",))
    collected = await collector.collect(wanted, TODAY, NOW)
    assert [chosen.candidate.paper.arxiv_id for chosen in collected.selection.selected] == ["2611.00001", "2611.00002"]
    assert len(collected.problems) == 1
    assert "/gone" in collected.problems[0]


async def test_nothing_at_all_to_be_read_is_no_empty_digest(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.fail_next("/api", *["503"] * 4)
    with pytest.raises(SourceError, match=r"Loops: cat:cs\.CV: 127"):
        await Collector(polite, archive.api, store.builds).collect(make_spec(), TODAY, NOW)


async def test_what_was_shown_does_not_come_again_unless_it_is_a_new_version(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    shown = [make_entry("2611.00001"), make_entry("2611.00002"), make_entry("2611.00003")]
    await store.digests.save_pages([(PageKey("x", "x", {}), [make_digest("Loops", "2026-11-23", shown)])], NOW)
    other = [make_entry("2611.00005")]
    await store.digests.save_pages([(PageKey("y", "y", {}), [make_digest("Other", "2026-11-24", other)])], NOW)
    archive.add(
        Submission("2611.00001"),
        Submission("2611.00002", version=2, updated=days_ago(0.2)),
        Submission("2611.00004"),
        Submission("2611.00005"),
        Submission("2601.00006", version=3, published=days_ago(300), updated=days_ago(0.1)),
    )
    collector = Collector(polite, archive.api, store.builds)
    choice = (await collector.collect(make_spec(exclude_topics=("other",)), TODAY, NOW)).selection
    assert [(one.candidate.paper.arxiv_id, one.is_update) for one in choice.selected] == [
        ("2611.00004", False),
        ("2611.00002", True),
    ]
    assert choice.rejection_counts == {"shown before": 2, "older than 7 days": 1}
    again = (await collector.collect(make_spec(), TODAY, NOW)).selection
    assert "2611.00005" in [one.candidate.paper.arxiv_id for one in again.selected]


async def test_a_new_version_that_another_topic_was_first_to_show_comes_again_here_too(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    newer = replace(make_entry("2611.00001"), paper=replace(make_entry("2611.00001").paper, version=2))
    for title, one in (("Loops", make_entry("2611.00001")), ("Other", newer)):
        key = PageKey(title, title, {})
        await store.digests.save_pages([(key, [make_digest(title, "2026-11-23", [one])])], NOW)
    archive.add(Submission("2611.00001", version=2, updated=days_ago(0.2)))
    choice = (await Collector(polite, archive.api, store.builds).collect(make_spec(), TODAY, NOW)).selection
    assert [(one.candidate.paper.arxiv_id, one.is_update) for one in choice.selected] == [("2611.00001", True)]


async def find_candidates(archive: ArxivServer, polite: PoliteClient, *papers: Submission):
    archive.add(*papers)
    return await ArxivClient(polite, archive.api).search("all:", days_ago(30))


async def test_each_rule_of_a_topic_leaves_papers_with_its_reason(archive: ArxivServer, polite: PoliteClient) -> None:
    all_of_it = await find_candidates(
        archive,
        polite,
        Submission("2611.00001", title="Splats that fit", comment="CVPR 2026"),
        Submission("2611.00002", title="Splats in physics", categories=("hep-th",)),
        Submission("2611.00003", title="A survey of splats", comment="CVPR 2026"),
        Submission("2611.00004", title="Nothing of it", comment="CVPR 2026"),
        Submission("2611.00005", title="Splats, submitted", comment="Submitted to CVPR 2026"),
        Submission("2611.00006", title="Off topic", authors=("Bernhard Kerbl",), categories=("hep-th",)),
        Submission("2611.00007", title="Old splats", published=days_ago(9)),
    )
    wanted = make_spec(
        categories=("cs",),
        include_keywords=("splat",),
        exclude_keywords=("survey",),
        accepted_only=True,
        authors=("Kerbl Bernhard",),
    )
    choice = select_papers(all_of_it, wanted, {}, NOW)
    assert [one.candidate.paper.arxiv_id for one in choice.selected] == ["2611.00006", "2611.00001"]
    assert {left.candidate.paper.arxiv_id: left.reason for left in choice.rejected} == {
        "2611.00002": "in none of the categories: it has hep-th",
        "2611.00003": "an excluded keyword: survey",
        "2611.00004": "none of the required words",
        "2611.00005": "not accepted anywhere yet, by its comment",
        "2611.00007": "older than 7 days",
    }


async def test_a_day_has_its_most_and_the_best_of_them(archive: ArxivServer, polite: PoliteClient) -> None:
    papers = (Submission(f"2611.{i:05}", published=days_ago(i / 10)) for i in range(30))
    accepted = Submission("2611.00099", published=days_ago(6), comment="Accepted by ICLR 2027")
    choice = select_papers(await find_candidates(archive, polite, *papers, accepted), make_spec(max_papers=3), {}, NOW)
    assert [one.candidate.paper.arxiv_id for one in choice.selected] == ["2611.00099", "2611.00000", "2611.00001"]
    assert choice.rejection_counts == {"more than 3 a day": 28}


@pytest.mark.parametrize(
    ("text", "word", "has"),
    [
        ("Gaussian Splats", "gaussian splat", True),
        ("Gaussian-splat", "gaussian splat", True),
        ("Splatting", "splat", False),
        ("扩散模型综述", "扩散", True),
        ("C++ is not C", "C++", True),
        ("GANs", "gan", True),
        ("organ", "gan", False),
    ],
)
def test_a_word_is_a_word(text: str, word: str, has: bool) -> None:
    assert has_word(text, word) is has


async def test_what_two_topics_ask_alike_is_asked_once_an_hour(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.add(Submission("2611.00001"))
    collector = Collector(polite, archive.api, store.builds)
    for minutes in (0, 1, 59, 61):
        collected = await collector.collect(make_spec(), TODAY, NOW + timedelta(minutes=minutes))
        assert len(collected.selection.selected) == 1
    assert len(archive.asked) == 2


async def test_a_feed_that_breaks_the_parser_is_a_trouble_of_its_own(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    archive.add(Submission("2611.00001"))
    half = b'<rss version="2.0"><channel><item><title>&#xD800;</title></item></channel></rss>'  # half a letter
    archive.files["/feed"] = (half, "text/xml")
    wanted = make_spec(feeds=(f"{archive.url}/feed",))
    collected = await Collector(polite, archive.api, store.builds).collect(wanted, TODAY, NOW)
    assert len(collected.selection.selected) == 1
    assert collected.problems == (f"{archive.url}/feed: cannot be read (UnicodeEncodeError)",)


async def test_what_is_too_old_is_left_to_the_second(archive: ArxivServer, polite: PoliteClient) -> None:
    edge, second = days_ago(7), timedelta(seconds=1)
    archive.add(
        Submission("2611.00001", published=edge),
        Submission("2611.00002", published=edge - second),
        Submission("2611.00003", published=edge - second, updated=edge + second),  # what counts is its change
    )
    assert list_ids(await ArxivClient(polite, archive.api).search("cat:cs.CV", edge)) == ["2611.00003", "2611.00001"]


async def test_a_feeds_papers_are_too_old_to_the_second(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    for seconds, kept in ((-1, 0), (0, 1), (1, 1)):
        moment = days_ago(7) + timedelta(seconds=seconds)
        rss = RSS.replace("<dc:date>2026-11-23</dc:date>", f"<dc:date>{moment:%Y-%m-%dT%H:%M:%SZ}</dc:date>")
        selection = (await collect_feed(archive, polite, store, rss)).selection
        assert len(selection.selected) == kept
        assert [left.reason for left in selection.rejected] == ["older than 7 days"] * (1 - kept)


async def test_the_last_page_is_the_last_that_is_asked_for(archive: ArxivServer, polite: PoliteClient) -> None:
    for number, asked in ((RESULTS_PER_REQUEST - 1, 1), (RESULTS_PER_REQUEST, 1), (RESULTS_PER_REQUEST + 1, 2)):
        archive.papers = [Submission(f"2611.{i:05}") for i in range(number)]
        archive.asked.clear()
        assert len(await ArxivClient(polite, archive.api).search("cat:cs.CV", days_ago(7))) == number
        assert len(archive.asked) == asked


async def test_a_digest_made_again_leaves_to_other_topics_what_they_show_today_and_keeps_its_own(
    archive: ArxivServer, polite: PoliteClient, store: Store
) -> None:
    for title, number in (("Loops", "2611.00001"), ("Other", "2611.00002")):
        page = make_digest(title, TODAY.isoformat(), [make_entry(number)])
        await store.digests.save_pages([(PageKey(title, title, {}), [page])], NOW)
    archive.add(Submission("2611.00001"), Submission("2611.00002"))
    choice = (
        await Collector(polite, archive.api, store.builds).collect(make_spec(exclude_topics=("other",)), TODAY, NOW)
    ).selection
    assert [one.candidate.paper.arxiv_id for one in choice.selected] == ["2611.00001"]
