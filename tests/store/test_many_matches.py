"""Searches that many papers match: what is meant is found all the same, and what is counted stays right."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text

from digestbot.store import Store
from digestbot.store.search import search_tsvector
from digestbot.store.search.search_index import index_papers
from digestbot.store.search.search_plans import build_plans
from digestbot.store.search.search_tsvector import TsvectorIndex
from digestbot.store.search.word_counts import read_counts
from digestbot.store.tables import papers
from tests.store.announced import announce, make_paper

MANY = 1_100


@pytest.fixture
async def crowd(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of papers that all have two words, of which only the oldest has them in its title."""
    monkeypatch.setattr(search_tsvector, "BLOCK_SIZE", 128)
    monkeypatch.setattr(search_tsvector, "_MAX_MATCHES", 50)
    titles = ["Wallaby habits", *(f"Notes {number}" for number in range(1, MANY))]
    made = [
        make_paper(f"2611.{number:05}", title=title, abstract="wallaby habits") for number, title in enumerate(titles)
    ]
    return await announce(store, *made)


async def test_a_title_is_found_however_many_newer_papers_have_all_of_its_words(store: Store, crowd: list[int]) -> None:
    found = await store.search.find("wallaby habits")
    assert (found.ids[0], found.total, found.is_partial) == (crowd[0], 1_000, False)
    assert list(found.ids[1:]) == crowd[:-10:-1]  # all others are as good: the newest first
    assert (await store.search.find("wallab habi")).ids == found.ids


async def test_all_pages_have_each_paper_once(store: Store, crowd: list[int]) -> None:
    ids = [id_ for skip in range(0, 1_000, 100) for id_ in (await store.search.find("wallaby", 100, skip)).ids]
    assert ids == [crowd[0], *crowd[:-1000:-1]]


async def test_any_of_the_words_finds_the_rare_one_among_many(store: Store, crowd: list[int]) -> None:
    [rare] = await announce(store, make_paper("2610.00001", title="Numbats", abstract="numbats"))
    newer = [make_paper(f"2612.{number:05}", title="More", abstract="wallaby") for number in range(5)]
    await announce(store, *newer)
    found = await store.search.find("wallaby numbats nowhere")
    assert (found.ids[0], found.total, found.is_partial) == (rare, 1_000, True)
    assert await store.search.has_all("wallaby habits")
    assert not await store.search.has_all("wallaby numbats")
    assert await store.search.is_most(600)
    assert not await store.search.is_most(500)


async def test_words_are_counted_as_papers_come_change_and_go(store: Store) -> None:
    async def count(*words: str) -> tuple[int, float, dict[str, int]]:
        async with store.database.read() as connection:
            counts = await read_counts(connection, words)
        return counts.total, counts.average_length, {word: counts.papers.get(word, 0) for word in words}

    one, two = make_paper("2611.00001", title="A dingo", abstract="dingo dingo"), make_paper("2611.00002", title="Emus")
    [first, _] = await announce(store, one, two)
    words = ("dingo", "emus", "believed", "moreno")
    texts = ("a dingo ada moreno bo lin dingo dingo", "emus ada moreno bo lin we measure what was only believed")
    length = sum(len(words.split()) for words in texts)
    assert await count(*words) == (2, length / 2, {"dingo": 1, "emus": 1, "believed": 1, "moreno": 2})
    async with store.database.write() as connection:
        await connection.execute(papers.update().where(papers.c.id == first).values(title="Emus"))
        await index_papers(connection, [first])
    assert await count(*words) == (2, (length - 1) / 2, {"dingo": 1, "emus": 2, "believed": 1, "moreno": 2})
    async with store.database.write() as connection:
        await connection.execute(delete(papers))
        await index_papers(connection, [first, first + 1])
        assert await connection.scalar(text("SELECT count(*) FROM paper_search_words WHERE papers <> 0")) == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_after_a_search_the_newest_id_is_looked_up_and_not_looked_for(store: Store, crowd: list[int]) -> None:
    """What a search sets holds until its end: with a way closed too many, the server went through all papers."""
    async with store.database.read() as connection:
        plan = build_plans("wallaby habits")[0]
        counts = await read_counts(connection, plan.words)
        assert (await TsvectorIndex().list_newest(connection, plan, counts))[0] == crowd[-1]
        steps = (await connection.scalars(text("EXPLAIN SELECT max(id) FROM paper_search"))).all()
    assert [step for step in steps if "Index Only Scan Backward" in step], steps
