"""What a chat received in what it follows is not shown to it in full again, however much others follow."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text

from digestbot.app import App
from digestbot.store.tables import digests, entries, pages, papers, topics
from tests.core.workers import add_reader, load_digest, make_worker, plan_due, read_rows
from tests.fakes import ManualClock, RecordingPlatform

MOST_VALUES = 32_767
"""So many values a statement has at most on PostgreSQL."""


async def add_follow_digest(app: App, slug: str, version: int = 2) -> None:
    """A follow's digest of today with the first paper."""
    async with app.store.database.write() as connection:
        values = {"slug": slug, "title": slug, "aliases": [], "expression": slug}
        topic = await connection.scalar(insert(topics).values(**values).returning(topics.c.id))
        day = {"topic_id": topic, "date": app.clock.now().date(), "loaded_at": app.clock.now()}
        digest = await connection.scalar(insert(digests).values(**day).returning(digests.c.id))
        paper, page = await connection.scalar(select(papers.c.id)), await connection.scalar(select(pages.c.id))
        lists: dict[str, list[str]] = {key: [] for key in ("takeaways", "sections", "flags", "figures")}
        ids = {"digest_id": digest, "paper_id": paper, "page_id": page, "position": 0, "version": version}
        await connection.execute(insert(entries).values(**ids, headline="h", **lists))


async def find_told(app: App, clock: ManualClock) -> dict[str, list[bool]]:
    """Of each chat, which of its messages tell that the paper was sent already."""
    cards = RecordingPlatform("telegram")
    worker = make_worker(app, cards)
    for hour in (10, 11):
        await plan_due(app, clock, hour)
        await worker.drain()
    told: dict[str, list[bool]] = {}
    for address, card in cards.sent:
        told.setdefault(address.chat, []).append("Already sent in" in str(card))
    return told


async def test_a_paper_of_a_follow_is_shown_in_full_once(empty_app: App, clock: ManualClock) -> None:
    clock.set("2026-11-24 06:00")
    await load_digest(empty_app, "Topic A")
    for slug, version in (("follow-new", 2), ("follow-old", 0), ("follow-later", 1)):
        await add_follow_digest(empty_app, slug, version)
    for chat, first, second in (
        ("both", "follow-new", "topic-a"),
        ("older version", "follow-old", "topic-a"),
        ("of two follows", "follow-new", "follow-later"),
        ("the other way", "topic-a", "follow-later"),
    ):
        await add_reader(empty_app, chat, first)
        await add_reader(empty_app, chat, second, hour=11)
    await add_reader(empty_app, "of others", "topic-a", hour=11)
    assert await find_told(empty_app, clock) == {
        "both": [False, True],
        "older version": [False, False],
        "of two follows": [False, True],
        "the other way": [False, True],
        "of others": [False],
    }


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_what_many_others_follow_stops_nothing(empty_app: App, clock: ManualClock) -> None:
    clock.set("2026-11-24 06:00")
    await load_digest(empty_app, "Topic A")
    async with empty_app.store.database.write() as connection:
        for table, columns, values in (
            ("topics", "slug, title, aliases, expression", "'follow-' || n, 'f' || n, '[]', 'f' || n"),
            ("digests", "topic_id, date, loaded_at", "n, '2026-11-24', now()"),
            (
                "entries",
                "digest_id, paper_id, page_id, position, headline, takeaways, sections, flags, figures",
                "n, 1, 1, 0, 'h', '[]', '[]', '[]', '[]'",
            ),
        ):
            rows = f"SELECT {values} FROM generate_series(2, {MOST_VALUES + 10}) AS n"
            await connection.execute(text(f"INSERT INTO {table} ({columns}) {rows}"))
    await add_reader(empty_app, "ada", "follow-2")
    await add_reader(empty_app, "ada", "topic-a", hour=11)
    assert await find_told(empty_app, clock) == {"ada": [False, True]}
    shared = await empty_app.store.history.find_shared_papers([1, 2])
    assert (len(shared[1]), len(shared[2])) == (0, 1)  # what chats follow is not kept
    assert await empty_app.store.history.find_received([1], range(MOST_VALUES + 10)) == {(1, 1), (1, 2)}
    assert {row.state for row in (await read_rows(empty_app)).values()} == {"sent"}
