"""Digests of follows: written by the thousand, each once, from papers that are stored already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import EXTRACT_WRITER, Entry
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import from_entry, to_entry
from digestbot.store.digests.digests import select_entries
from digestbot.store.tables import digests, entries, pages, subscriptions, topics

_PAGE_URI = "digestbot:announcements/{day}"
_MAX_BATCH_ENTRIES, _MAX_BATCH_DIGESTS = 5_000, 500
_MAX_IDS = 500


@dataclass(frozen=True, slots=True)
class FoundPapers:
    """What a day brought to a follow: the ids of its topic's row and of the papers', in the order of the digest."""

    topic_id: int
    paper_ids: tuple[int, ...]


class FollowDigestStore:
    """Writes digests of follows, and reads what they are made of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self, day: date, found: Sequence[FoundPapers], entries_by_paper: Mapping[int, Entry], now: datetime
    ) -> int:
        """Write a digest of a day for each follow that has none of that day yet; the number of digests written.

        What a digest once holds stays, whatever is found later.
        """
        count = 0
        needed = {paper_id for one in found for paper_id in one.paper_ids}
        columns = {paper_id: from_entry(entries_by_paper[paper_id]) for paper_id in needed}
        for batch in _split_batches([one for one in found if one.paper_ids]):
            async with self._database.write() as connection:
                count += await _save_batch(connection, day, batch, columns, now)
        return count

    async def list_summarised(self, paper_ids: Sequence[int]) -> dict[int, Entry]:
        """The newest entry of each paper with a summary that is more than an extract, in a digest for everybody."""
        found: dict[int, Entry] = {}
        for start in range(0, len(paper_ids), _MAX_IDS):
            query = (
                select_entries()
                .join(digests, digests.c.id == entries.c.digest_id)
                .join(topics, topics.c.id == digests.c.topic_id)
                .where(entries.c.paper_id.in_(paper_ids[start : start + _MAX_IDS]), topics.c.expression.is_(None))
                .where(entries.c.writer != EXTRACT_WRITER, entries.c.headline != "")
                .order_by(digests.c.date)
            )
            async with self._database.read() as connection:
                found |= await read_sound_rows(connection, query, _to_pair, entries.c.id)
        return found

    async def list_lone_topics(self, subscriber_id: int, expressions: Sequence[str]) -> dict[int, str]:
        """Those of the follows that no other chat has, by the ids of their topics' rows."""
        is_others = (subscriptions.c.topic_id == topics.c.id, subscriptions.c.subscriber_id != subscriber_id)
        has_others = select(subscriptions.c.id).where(*is_others).exists()
        found: dict[int, str] = {}
        async with self._database.read() as connection:
            for start in range(0, len(expressions), _MAX_IDS):
                is_one = topics.c.expression.in_(expressions[start : start + _MAX_IDS])
                query = select(topics.c.id, topics.c.expression).where(is_one, ~has_others)
                found |= {row.id: row.expression for row in await connection.execute(query)}
        return found

    async def list_received(self, paper_ids: Sequence[int], before: date) -> dict[int, set[int]]:
        """By topic, which of the papers an earlier digest of a follow has, that was delivered to somebody."""
        received: dict[int, set[int]] = {}
        for start in range(0, len(paper_ids), _MAX_IDS):
            query = (
                select(digests.c.topic_id, entries.c.paper_id)
                .join_from(entries, digests, digests.c.id == entries.c.digest_id)
                .join(topics, topics.c.id == digests.c.topic_id)
                .where(entries.c.paper_id.in_(paper_ids[start : start + _MAX_IDS]), topics.c.expression.is_not(None))
                .where(digests.c.date < before, _is_delivered())
            )
            async with self._database.read() as connection:
                for topic_id, paper_id in await connection.execute(query):
                    received.setdefault(topic_id, set()).add(paper_id)
        return received


def _is_delivered() -> ColumnElement[bool]:
    """Whether a digest is none from before all that follow its topic now."""
    first = subscriptions.c.delivered_from
    is_wanted = or_(first.is_(None), first <= digests.c.date)
    return select(subscriptions.c.id).where(subscriptions.c.topic_id == digests.c.topic_id, is_wanted).exists()


def _to_pair(row: Any) -> tuple[int, Entry]:  # noqa: ANN401
    return row.paper_id, to_entry(row)


def _split_batches(found: Sequence[FoundPapers]) -> Iterator[list[FoundPapers]]:
    """Parts that are each written at once, while others wait."""
    batch: list[FoundPapers] = []
    entry_count = 0
    for one in found:
        batch.append(one)
        entry_count += len(one.paper_ids)
        if entry_count >= _MAX_BATCH_ENTRIES or len(batch) >= _MAX_BATCH_DIGESTS:
            yield batch
            batch, entry_count = [], 0
    if batch:
        yield batch


async def _save_batch(
    connection: AsyncConnection,
    day: date,
    batch: Sequence[FoundPapers],
    columns: Mapping[int, dict[str, Any]],
    now: datetime,
) -> int:
    page_id = await _get_or_create_page(connection, day)
    digest_ids = await _insert_digests(connection, day, [one.topic_id for one in batch], now)
    rows = [
        {"digest_id": digest_ids[one.topic_id], "paper_id": paper_id, "page_id": page_id, "position": position}
        | columns[paper_id]
        for one in batch
        if one.topic_id in digest_ids
        for position, paper_id in enumerate(one.paper_ids)
    ]
    if rows:
        await connection.execute(insert_into(connection, entries), rows)
    return len(digest_ids)


async def _insert_digests(
    connection: AsyncConnection, day: date, topic_ids: Collection[int], now: datetime
) -> dict[int, int]:
    """The ids of the new digests by topic; a follow that was deleted meanwhile gets none."""
    query = select(topics.c.id).where(topics.c.id.in_(topic_ids)).with_for_update(read=True, key_share=True)
    rows = [{"topic_id": id_, "date": day, "loaded_at": now} for id_ in (await connection.scalars(query)).all()]
    if not rows:
        return {}
    statement = insert_into(connection, digests).values(rows).on_conflict_do_nothing()
    inserted = await connection.execute(statement.returning(digests.c.topic_id, digests.c.id))
    return {row.topic_id: row.id for row in inserted}


async def _get_or_create_page(connection: AsyncConnection, day: date) -> int:
    """The row that stands for a day's announcements where loaded pages have theirs."""
    uri = _PAGE_URI.format(day=day)
    values = {"uri": uri, "fingerprint": "", "counts": {}, "etag": "", "last_modified": ""}
    await connection.execute(insert_into(connection, pages).values(**values).on_conflict_do_nothing())
    return int(await connection.scalar(select(pages.c.id).where(pages.c.uri == uri)) or 0)
