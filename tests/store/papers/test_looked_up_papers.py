"""Papers that were looked up: at their newest version, with all that was ever told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digestbot.domain.paper import Paper
from digestbot.domain.papers.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = Paper("2611.00001", 1, "Tides", ("Ada Moreno",), "We measure.", licence="CC BY 4.0")
SECOND = replace(FIRST, version=2, title="Tides, measured", licence="")


async def save(store: Store, paper: Paper, now: datetime = NOW) -> None:
    await store.looked_up_papers.save_papers([LookedUpPaper(paper, PaperOrigin.ARXIV, ("cs.CV",))], now)


async def read(store: Store) -> Paper:
    entry = await store.digests.get_paper(FIRST.arxiv_id, NOW.date())
    assert entry
    return entry.entry.paper


async def test_an_older_version_takes_the_place_of_no_newer_one(store: Store) -> None:
    await save(store, SECOND)
    await save(store, FIRST, NOW + timedelta(hours=1))
    found = await read(store)
    assert (found.version, found.title) == (2, "Tides, measured")


async def test_what_a_second_look_does_not_tell_is_kept(store: Store) -> None:
    await save(store, FIRST)
    await save(store, SECOND, NOW + timedelta(hours=1))
    found = await read(store)
    assert (found.version, found.title, found.licence) == (2, "Tides, measured", "CC BY 4.0")


async def claim(store: Store, holder: str) -> set[str]:
    return await store.looked_up_papers.claim(
        [FIRST.arxiv_id], holder, 60, missing_since=NOW - timedelta(hours=1), fetched_since=NOW
    )


async def test_who_asks_for_a_paper_is_who_lets_others_ask(store: Store) -> None:
    assert await claim(store, "ada") == {FIRST.arxiv_id}
    await store.looked_up_papers.release([FIRST.arxiv_id], "bo", [], NOW)
    assert await claim(store, "bo") == set()
    await store.looked_up_papers.release([FIRST.arxiv_id], "ada", [], NOW)
    assert await claim(store, "bo") == {FIRST.arxiv_id}
