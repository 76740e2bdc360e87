"""Papers that arXiv announced are found and shown though no digest has them, and no follow is named to anybody."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import delete

from digestbot.domain.digest import EXTRACT_WRITER
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.search.search_index import index_papers
from digestbot.store.tables import papers
from tests.factories import make_digest, make_entry
from tests.store.announced import ANNOUNCED, announce, make_paper, save_follow

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NUMBER = "2611.00001"
QUOKKA = {"title": "Quokkas in the wild", "abstract": "We count quokkas. They are many."}


async def find_numbers(store: Store, words: str) -> list[str]:
    found = await store.digests.list_papers_by_id((await store.search.find(words)).ids)
    return [one.entry.paper.arxiv_id for one in found]


async def test_an_announced_paper_is_found_and_shown_with_what_its_abstract_says(store: Store) -> None:
    await announce(store, make_paper(NUMBER, **QUOKKA))
    assert await find_numbers(store, "quokkas wild") == [NUMBER]
    paper = await store.digests.get_paper(NUMBER)
    assert paper
    assert (paper.topic, paper.date, paper.categories) == (None, ANNOUNCED, ("cs.CV", "cs.GR"))
    assert paper.entry.summary.headline == "We count quokkas."
    assert paper.entry.summary.writer == EXTRACT_WRITER
    assert await store.digests.list_newest_papers(10) == [paper.paper_id]
    assert await store.digests.list_newest_papers(10, date(2026, 11, 23)) == []


async def test_a_paper_that_was_neither_announced_nor_is_in_a_digest_is_not_there(store: Store) -> None:
    await store.digests.save_pages([(PageKey("a", "", {}), [make_digest(entries=[make_entry(NUMBER, **QUOKKA)])])], NOW)
    other = make_digest(entries=[make_entry("2611.00002")])
    await store.digests.save_pages([(PageKey("a", "corrected", {}), [other])], NOW)
    assert await store.digests.get_paper(NUMBER) is None
    assert await find_numbers(store, "quokkas wild") == []


async def test_a_paper_of_a_public_digest_comes_with_that_entry_and_its_categories(store: Store) -> None:
    await announce(store, make_paper(NUMBER, **QUOKKA))
    digest = make_digest(day="2026-11-20", entries=[make_entry(NUMBER, headline="A public word.")])
    await store.digests.save_pages([(PageKey("a", "", {}), [digest])], NOW)
    await save_follow(store, "quokka", make_digest("Her follow", "2026-11-24", [make_entry(NUMBER, headline="Hers.")]))
    paper = await store.digests.get_paper(NUMBER)
    assert paper
    assert paper.topic
    assert (paper.topic.title, paper.date) == ("Topic A", date(2026, 11, 20))
    assert (paper.entry.summary.headline, paper.categories) == ("A public word.", ("cs.CV", "cs.GR"))
    assert await find_numbers(store, "public word") == [NUMBER]


async def test_a_paper_that_only_follows_brought_names_none_of_them(store: Store) -> None:
    for number in range(5):
        entry = make_entry(NUMBER, headline=f"Of follow {number}.")
        await save_follow(store, f"quokka{number}", make_digest(f"Follow {number}", f"2026-11-2{number}", [entry]))
    paper = await store.digests.get_paper(NUMBER)
    assert paper
    assert (paper.topic, paper.date) == (None, date(2026, 11, 24))
    assert paper.entry.summary.headline == "Of follow 4."
    await announce(store, make_paper(NUMBER), day=date(2026, 11, 19))
    paper = await store.digests.get_paper(NUMBER)
    assert paper
    assert (paper.topic, paper.date) == (None, date(2026, 11, 19))


async def test_the_newest_papers_are_not_those_of_follows(store: Store) -> None:
    await save_follow(store, "quokka", make_digest("Her follow", "2026-11-24", [make_entry("2611.00002")]))
    assert await store.digests.list_newest_papers(10) == []
    await store.digests.save_pages([(PageKey("a", "", {}), [make_digest(entries=[make_entry(NUMBER)])])], NOW)
    [newest] = await store.digests.list_papers_by_id(await store.digests.list_newest_papers(10))
    assert newest.entry.paper.arxiv_id == NUMBER
    assert await store.digests.count_after(date(2026, 11, 22)) == {"topic-a": (1, date(2026, 11, 23))}


async def test_a_deleted_paper_leaves_the_index(store: Store) -> None:
    [one, two] = await announce(store, make_paper(NUMBER, **QUOKKA), make_paper("2611.00002", **QUOKKA))
    async with store.database.write() as connection:
        await connection.execute(delete(papers).where(papers.c.id == one))
        await index_papers(connection, [one])
    assert await find_numbers(store, "quokkas") == ["2611.00002"]
    assert (await store.search.find("quokkas")).ids == (two,)
