"""Digests as one chat sees them: filtered, muted, named, and with the reasons for each paper."""

from __future__ import annotations

import random
from datetime import date

from digestbot.core.follows.import_service import read_import
from digestbot.core.follows.narrowing import explain_entries, narrow_digest
from digestbot.core.follows.suggestions import suggest_narrower, suggest_wider
from digestbot.domain.digest import Digest
from digestbot.domain.queries import PaperMatcher, parse_query
from digestbot.domain.topic import Topic
from digestbot.store.announcements.followed_topics import Narrowing
from digestbot.store.digests.digests import StoredDigest
from tests.announced import make_announced
from tests.factories import make_entry
from tests.work import WorkCounter

_WORDS = ("gaussian", "splatting", "diffusion", "robots", "蛋白质", "vision", "noise")
_FILTERS = ("", "gaussian", "gaussian OR noise", "-robots splatting", "蛋白质", "cat:cs.CV", "author:Moreno")


def _make_stored(titles: list[str]) -> StoredDigest:
    entries = tuple(make_entry(f"2611.{i:05}", title=title, abstract="") for i, title in enumerate(titles))
    topic = Topic("follow-1", "gaussian splatting", (), "gaussian splatting")
    return StoredDigest(1, topic, Digest("x", date(2026, 11, 24), entries), tuple(range(len(entries))))


def test_what_is_left_is_what_matches_the_filter_and_nothing_that_is_muted_in_the_same_order() -> None:
    dice = random.Random(22)
    for _ in range(60):
        titles = [" ".join(dice.choices(_WORDS, k=3)) for _ in range(dice.randrange(8))]
        stored, categories = _make_stored(titles), dict.fromkeys(range(0, 8, 2), ("cs.CV",))
        narrowing = Narrowing("", dice.choice(_FILTERS), tuple(dice.sample(_FILTERS[1:4], dice.randrange(3))))
        left = narrow_digest(stored, narrowing, categories)

        def is_wanted(i: int, narrowing: Narrowing = narrowing, stored: StoredDigest = stored) -> bool:
            paper, own = stored.digest.entries[i].paper, ("cs.CV",) if i % 2 == 0 else ()
            kept = not narrowing.filter or parse_query(narrowing.filter).matches(paper, own)
            return kept and not any(parse_query(mute).matches(paper, own) for mute in narrowing.mutes)

        assert list(left.paper_ids) == [i for i in range(len(titles)) if is_wanted(i)]
        assert len(left.digest.entries) == len(left.paper_ids)


def _count_calls(paper_count: int, mute_count: int) -> int:
    """The work of hiding authors in papers of twenty authors each, beside the papers' words alone."""
    dice = random.Random(paper_count)
    names = [
        f"{first}{number} {last}" for number in range(400) for first, last in (("Ada", "Kim"), ("Bo", f"Lin{number}"))
    ]
    entries = tuple(
        make_entry(f"2611.{i:05}", title=f"Title {i} of {paper_count}", authors=tuple(dice.sample(names, 20)))
        for i in range(paper_count)
    )
    stored = StoredDigest(1, Topic("a", "A"), Digest("x", date(2026, 11, 24), entries), tuple(range(paper_count)))
    mutes = tuple(f'author:"{name}"' for name in names[:mute_count])
    with WorkCounter() as counter:
        left = narrow_digest(stored, Narrowing(mutes=mutes), {})
    muted = {name.partition('"')[2].rstrip('"') for name in mutes}
    wanted = [i for i, entry in enumerate(entries) if muted.isdisjoint(entry.paper.authors)]
    assert list(left.paper_ids) == wanted
    return counter.work.calls


def test_fifty_muted_authors_cost_little_more_than_one() -> None:
    _count_calls(201, 50)  # names are read once
    one, fifty, few = _count_calls(200, 1), _count_calls(199, 50), _count_calls(50, 50)
    assert fifty < 3 * one
    assert fifty < 5 * few


def test_an_expression_that_cannot_be_read_any_more_hides_nothing() -> None:
    stored = _make_stored(["gaussian noise"])
    assert narrow_digest(stored, Narrowing("", "((", ("cat:",)), {}) == stored


def test_a_paper_says_what_it_came_for_in_the_order_and_words_that_were_typed() -> None:
    stored = _make_stored(["Large language models", "Splatting Gaussians"])
    for expression, label, reason in (
        ("nerf OR (large language model)", "NeRF | Large Language Models", "Large Language Models"),
        ("large language model", "language, my models", "language models large"),
        ('author:Moreno OR "gaussian splatting"', "x", "author: Moreno"),
    ):
        topic = Topic("follow-1", label, (), expression)
        found = explain_entries(stored, topic, "en", {})
        assert found["2611.00000"] == reason, expression
    for expression, label in (("cat:cs.CV", "Vision"), ("large language model", "Large language models")):
        assert explain_entries(stored, Topic("x", label, (), expression), "en", {0: ("cs.CV",)}) == {}  # that is plain
    chinese = explain_entries(stored, Topic("f", "x", (), "author:Moreno"), "zh", {})
    assert chinese["2611.00000"].startswith("作者：")


def test_narrower_suggestions_bring_fewer_papers_and_wider_ones_more() -> None:
    dice = random.Random(7)
    papers = [
        make_announced(f"2611.{i:05}", " ".join(dice.choices(_WORDS[:4], k=3)), dice.choice(("cs.CV", "cs.GR cs.CV")))
        for i in range(80)
    ]
    matcher = PaperMatcher(papers)
    offered = 0
    for text in ("gaussian splatting", '"gaussian splatting"', "diffusion robots cat:cs.GR", "noise", "title:robots",
                 "author:Moreno", "gaussian splatting diffusion"):  # fmt: skip
        query = parse_query(text)
        found = matcher.find(query)
        for one in suggest_narrower(text, query, matcher, found):
            assert 0 < one.count == matcher.count(parse_query(one.expression)) < len(found), text
            assert set(matcher.find(parse_query(one.expression))) < set(found), text
            offered += 1
        for one in suggest_wider(query, matcher, found):
            assert one.count == matcher.count(parse_query(one.expression)) > len(found), text
            offered += 1
    assert offered > 8


def test_lists_feeds_and_libraries_are_read_as_what_they_mean() -> None:
    lines = "- gaussian splatting\n2) papers by B. Kerbl\n# a note\n\n作者 何恺明; cs.CL\ngaussian  splatting\nautor:x"
    read = read_import(lines)
    assert read.texts == ("gaussian splatting", 'author:"B. Kerbl"', 'author:"何恺明"', "cs.CL")
    ((text, error),) = read.unread
    assert (text, error.mended) == ("autor:x", "author:x")
    opml = """<opml version="2.0"><body>
      <outline text="Vision" xmlUrl="https://rss.arxiv.org/rss/cs.CV"/>
      <outline text="q" xmlUrl="http://export.arxiv.org/api/query?search_query=all:nerf+AND+au:Kerbl&amp;start=0"/>
      <outline text="Blog" xmlUrl="https://blog.example.org/arxiv.org/rss/cs.GR"/></body></opml>"""
    assert read_import(opml).texts == ("cat:cs.CV", "nerf author:Kerbl")
    bib = "@article{a,\n  author = {Kerbl, Bernhard and Moreno, Ada},\n}\n@book{b,\n author = {Kerbl, Bernhard}}\n"
    assert read_import(bib).texts == ('author:"Kerbl, Bernhard"',)
    assert read_import("").texts == ()
    many = read_import("\n".join(f"word{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10]}" for i in range(100)))
    assert len(many.texts) == 50


def test_a_feed_of_several_categories_is_all_of_them_and_feeds_of_others_are_named() -> None:
    opml = (
        '<opml><outline text="News"><outline text="Both" xmlUrl="https://rss.arxiv.org/rss/cs.CV+cs.RO"/>'
        '<outline title="A &amp; B" text="x" xmlUrl="https://notarxiv.org/rss/cs.LG"/>'
        "<outline xmlUrl='https://example.org/feed'/></outline></opml>"
    )
    read = read_import(opml)
    assert (read.texts, read.other_feeds) == (("cat:cs.CV", "cat:cs.RO"), ("A & B", "https://example.org/feed"))


def test_bibtex_is_read_however_its_lines_are_broken() -> None:
    authors = r"author={Kerbl, Bernhard and {M{\"u}ller}, Thomas and others}"
    entry = f"@article{{%s, title = {{The author = of}}, {authors}, year=2023}}"
    for text, name in (
        (f"{entry % 'a'} {entry % 'b'}", "Müller"),
        ("\n".join((entry % "a", entry % "b")).replace(" and ", "\n    and "), "Müller"),
        ((entry % "a").replace("author={", 'AUTHOR = "').replace("others}", 'others"').replace('\\"u', "u"), "Muller"),
    ):
        assert read_import(text).texts == ('author:"Kerbl, Bernhard"', f'author:"{name}, Thomas"'), text
    assert read_import("@misc{" + "author={" * 70_000).texts == ()
