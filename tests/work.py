"""How much work something is, in calls and rows: the same on a busy machine as on an idle one."""

from __future__ import annotations

import cProfile
import difflib
from collections.abc import Iterable
from datetime import date
from types import CodeType
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, delete, insert, select

from digestbot.app import App
from digestbot.domain.subscription import Address
from digestbot.store.tables import digests, entries, pages, papers, saved_papers, subscriptions, topics

TOPICS, SUBSCRIPTIONS, SAVED_PAPERS = 1_000, 200, 2_000
_COMPARISON = difflib.SequenceMatcher.ratio.__code__
_STATEMENT = Connection.execute.__code__
_ROW = CursorResult.fetchone.__code__

HOSTILE_LINES = {
    "nothing": "",
    "repeated words and digits": "a 1 " * 245,
    "repeated names": "diffusion model " * 60,
    "one long word": "d" * 980,
    "CJK": "扩散" * 240 + " 扩" * 240,
    "emoji and ligatures that grow": "🧬 ﷺ" * 240,
    "FTS syntax": '"NEAR( " OR * ' * 70,
    "too long": "a " * 2_048,
}
"""What may follow any command."""
HOSTILE_OPTIONS = {
    "times": "08:00 " * 150,
    "timezones": "Europe/Berlinn " * 60,
    "offsets": "UTC+14 " * 130,
    "weekdays": "mon-sun," * 120,
    "dates": "2024-10-27 " * 80,
    "pages": "p9999 " * 150,
}
"""What may follow a topic or the name of a setting."""
HOSTILE_IDENTIFIERS = {
    "versions": "2410.18974v" + "9" * 900,
    "addresses": "https://arxiv.org/abs/2410.18974 " * 29,
    "digits of another script": "٣" * 980,
    "payload": "topic_b_" + "QUFB" * 240,
    "accents": "e\u0301\u0327" * 300,
}
"""What may stand for a paper, a deep link or words to search for."""


class Work(NamedTuple):
    """Calls of functions on the loop's thread, names compared letter by letter, statements, and rows that were read."""

    calls: int
    comparisons: int
    statements: int
    rows: int


class WorkCounter:
    """Counts what runs in its block."""

    def __init__(self) -> None:
        self._profile = cProfile.Profile()
        self.work = Work(0, 0, 0, 0)

    def __enter__(self) -> WorkCounter:
        self._profile.enable()
        return self

    def __exit__(self, *error: object) -> None:
        self._profile.disable()
        stats: list[Any] = self._profile.getstats()
        counts = {entry.code: entry.callcount for entry in stats if isinstance(entry.code, CodeType)}
        calls = sum(entry.callcount for entry in stats)
        self.work = Work(calls, *(counts.get(code, 0) for code in (_COMPARISON, _STATEMENT, _ROW)))


async def fill_app(app: App, reader: Address) -> None:
    """A thousand topics with similar names, one with much to read, and a reader with all that one can have."""
    async with app.store.database.write() as connection:
        for table in (topics, pages, papers):  # the sample pages
            await connection.execute(delete(table))
        await connection.execute(insert(topics), [_make_topic(number) for number in range(TOPICS)])
    subscriber = await app.subscriptions.get_or_create(reader, "en")
    topic = (await app.catalog.find_topic("diffusion-model-0")).topic
    assert topic
    await app.subscriptions.subscribe(subscriber, topic, None)
    now = app.clock.now()
    async with app.store.database.write() as connection:
        topic_ids = (await connection.scalars(select(topics.c.id).order_by(topics.c.id))).all()
        digest = {"date": date(2026, 11, 23), "loaded_at": now, "published_at": None, "planning_number": None}
        await connection.execute(insert(digests), [{**digest, "topic_id": topic_id} for topic_id in topic_ids])
        one = (await connection.execute(select(subscriptions))).one()._asdict()
        await connection.execute(
            insert(subscriptions),
            [{**one, "id": number, "topic_id": topic_ids[number]} for number in range(2, SUBSCRIPTIONS + 1)],
        )
        await connection.execute(
            insert(pages), {"id": 1, "uri": "p", "fingerprint": "", "counts": {}, "etag": "", "last_modified": ""}
        )
        await connection.execute(insert(papers), list(_make_papers()))
        await connection.execute(insert(entries), [_make_entry(number) for number in range(1, SAVED_PAPERS + 2)])
        saved = {"subscriber_id": subscriber.id, "saved_at": now}
        await connection.execute(
            insert(saved_papers), [{**saved, "paper_id": number} for number in range(1, SAVED_PAPERS + 1)]
        )


def _make_topic(number: int) -> dict[str, Any]:
    return {
        "slug": f"diffusion-model-{number}",
        "title": f"Diffusion Model {number}",
        "aliases": [f"扩散模型 {number}"],
    }


def _make_papers() -> Iterable[dict[str, Any]]:
    paper = {"version": 1, "authors": ["Ada Moreno"], "abstract": "We measure.", "comment": "", "links": []}
    for number in range(1, SAVED_PAPERS + 2):
        yield {**paper, "id": number, "arxiv_id": f"2611.{number:05}", "title": f"Diffusion {number}"}


def _make_entry(number: int) -> dict[str, Any]:
    """An entry of a digest that has twenty."""
    texts = {"headline": "It measures.", "takeaways": ["One."], "sections": [], "flags": [], "figures": []}
    place = {"digest_id": (number - 1) // 20 + 1, "paper_id": number, "page_id": 1, "position": number % 20}
    return {**place, **texts}
