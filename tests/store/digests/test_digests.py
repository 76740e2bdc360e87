"""Digests, and the papers that they show: kept once, at their newest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select

from digestbot.core.commands.deep_links import decode_command, encode_topic
from digestbot.domain.digest import Digest
from digestbot.domain.topic import Topic
from digestbot.store import Store
from digestbot.store.digests.digest_writer import EntryChanges, PageKey
from digestbot.store.digests.digests import StoredEntry
from digestbot.store.tables import digests, topics
from tests.factories import make_digest, make_entry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def save_digests(store: Store, *pages: tuple[str, Digest]) -> EntryChanges:
    return await store.digests.save_pages([(PageKey(uri, "", {}), [one]) for uri, one in pages], NOW)


async def the_paper(store: Store, number: str = "2611.00001") -> StoredEntry:
    found = await store.digests.get_paper(number)
    assert found
    return found


async def test_a_paper_is_kept_at_its_newest_version_as_it_was_read_last(store: Store) -> None:
    for uri, version, title, kept in (
        ("a", 2, "Two", "Two"),
        ("b", 1, "One", "Two"),  # an old page that is loaded later
        ("c", 2, "Two, corrected", "Two, corrected"),
        ("d", 3, "Three", "Three"),
        ("e", 2, "Two, again", "Three"),
    ):
        await save_digests(
            store, (uri, make_digest(f"Topic {uri}", entries=[make_entry(version=version, title=title)]))
        )
        assert (await the_paper(store)).entry.paper.title == kept, uri


async def test_a_paper_comes_with_the_newest_digest_that_shows_it(store: Store) -> None:
    for day in ("2026-11-22", "2026-11-24", "2026-11-23"):
        await save_digests(store, (day, make_digest("Topic A", day, [make_entry(headline=f"As of {day}.")])))
    paper = await the_paper(store)
    assert (paper.date, paper.entry.summary.headline) == (date(2026, 11, 24), "As of 2026-11-24.")
    latest = await store.digests.get_latest("topic-a")
    assert latest
    assert latest.digest.date == date(2026, 11, 24)
    assert await store.digests.list_dates("topic-a") == [date(2026, 11, day) for day in (24, 23, 22)]
    assert await store.digests.list_dates("topic-a", 2) == [date(2026, 11, day) for day in (24, 23)]
    on = await store.digests.get_by_date("topic-a", date(2026, 11, 22))
    assert on
    assert on.digest.entries[0].summary.headline == "As of 2026-11-22."
    assert await store.digests.get_by_date("topic-a", date(2026, 11, 21)) is None
    assert await store.digests.get_by_date("topic-b", date(2026, 11, 22)) is None


async def test_papers_stand_as_their_page_has_them_and_go_with_it(store: Store) -> None:
    one, two, three = (make_entry(f"2611.0000{number}") for number in (1, 2, 3))
    assert await save_digests(store, ("a", make_digest(entries=[one, two]))) == EntryChanges(new=2)
    assert await save_digests(store, ("a", make_digest(entries=[one, two]))) == EntryChanges()
    other = replace(two, summary=replace(two.summary, headline="Another."))
    assert await save_digests(store, ("a", make_digest(entries=[three, other]))) == EntryChanges(
        new=1, updated=1, removed=1
    )
    latest = await store.digests.get_latest("topic-a")
    assert latest
    assert [(shown.paper.arxiv_id, shown.summary.headline) for shown in latest.digest.entries] == [
        ("2611.00003", three.summary.headline),
        ("2611.00002", "Another."),
    ]
    stored = await store.digests.list_papers_by_id(latest.paper_ids[::-1])
    assert [paper.entry.paper.arxiv_id for paper in stored] == ["2611.00002", "2611.00003"]
    assert await store.digests.get_paper("2611.00001") is None
    assert await save_digests(store, ("a", make_digest("Topic B", entries=[one]))) == EntryChanges(new=1, removed=2)
    assert await store.digests.get_latest("topic-a") is None  # of a page that is about another topic now
    assert [(topic.slug, number) for topic, _, number in await store.digests.list_topics()] == [
        ("topic-a", 0),
        ("topic-b", 1),
    ]


async def test_a_digest_that_is_loaded_again_is_no_news_and_keeps_when_it_was_published(store: Store) -> None:
    async def read_digests() -> list[tuple[int, datetime | None, datetime]]:
        async with store.database.read() as connection:
            return [
                (row.planning_number, row.published_at, row.loaded_at)
                for row in await connection.execute(select(digests))
            ]

    published = datetime(2026, 11, 23, 8)  # noqa: DTZ001  # as pages say it
    await save_digests(store, ("a", replace(make_digest(), published_at=published)))
    async with store.database.write() as connection:
        await connection.execute(digests.update().values(planning_number=7))
    corrected = make_digest(entries=[make_entry(headline="Corrected.")])
    await store.digests.save_pages([(PageKey("a", "", {}), [corrected])], NOW + timedelta(days=1))
    assert await read_digests() == [(7, published, NOW)]
    await save_digests(
        store,
        ("b", replace(make_digest(entries=[make_entry("2611.00002")]), published_at=published + timedelta(hours=1))),
    )
    assert await read_digests() == [(7, published + timedelta(hours=1), NOW)]


async def test_the_newest_papers_are_those_of_the_newest_digests_each_once(store: Store) -> None:
    one, two, three = (make_entry(f"2611.0000{number}") for number in (1, 2, 3))
    await save_digests(store, ("a", make_digest("Topic A", "2026-11-22", [one, two])))
    await save_digests(store, ("b", make_digest("Topic B", "2026-11-24", [three, one])))
    found = await store.digests.list_papers_by_id(await store.digests.list_newest_papers(10))
    assert [paper.entry.paper.arxiv_id for paper in found] == ["2611.00001", "2611.00003", "2611.00002"]
    assert len(await store.digests.list_newest_papers(2)) == 2


SIGNED_TITLES = ("C++", "C", "C#", "🧬", "🚀", "!!!", "???", "Topic")


async def test_topics_that_differ_by_a_sign_are_topics_of_their_own_however_often_they_are_loaded(store: Store) -> None:
    for round_ in range(2):
        for title in SIGNED_TITLES:
            await save_digests(store, (title, make_digest(title, f"2026-11-2{round_}")))
    by_title = {topic.title: (topic.slug, number) for topic, _, number in await store.digests.list_topics()}
    slugs = ("c-plus-plus", "c", "c-sharp", "dna-double-helix", "rocket", "exclamation-mark", "question-mark", "topic")
    assert by_title == {title: (slug, 1) for title, slug in zip(SIGNED_TITLES, slugs, strict=True)}
    for title, slug in zip(SIGNED_TITLES, slugs, strict=True):
        assert (latest := await store.digests.get_latest(slug))
        assert latest.digest.topic == title
        assert decode_command(encode_topic(slug) or "") == f"subscribe {slug}"


async def test_a_topic_keeps_the_slug_that_an_earlier_version_made_of_its_title(store: Store) -> None:
    async with store.database.write() as connection:
        await connection.execute(insert(topics), {"slug": "c", "title": "C++", "aliases": []})
    assert await store.digests.define_topics([Topic("c-plus-plus", "C++", ("cpp",)), Topic("rust", "Rust")]) == {
        "C++": "c",
        "Rust": "rust",
    }
    await save_digests(store, ("a", make_digest("C++")), ("b", make_digest("C")))
    found = [(topic.slug, topic.title, topic.aliases) for topic, _, _ in await store.digests.list_topics()]
    assert found == [("c-2", "C", ()), ("c", "C++", ("cpp",)), ("rust", "Rust", ())]
    await store.digests.define_topics([Topic("cpp", "C++")])  # a slug that is asked for
    assert [topic.slug for topic, _, _ in await store.digests.list_topics()] == ["c-2", "cpp", "rust"]
