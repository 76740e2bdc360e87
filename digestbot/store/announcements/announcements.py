"""arXiv's announcements: the papers of each day, and how far their harvest is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementDay, AnnouncementKind, DayState, PaperCount
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import from_paper, to_paper
from digestbot.store.search.search_index import drop_from_index, index_papers
from digestbot.store.tables import (
    announcement_days,
    announcements,
    entries,
    key_values,
    paper_summaries,
    papers,
    saved_papers,
    subscriptions,
    topics,
)

_BATCH_SIZE = 50
"""Papers a transaction: indexing them takes some 50 ms, in which nobody else is answered."""
_MAX_DELETED = 200
"""Papers that are deleted in one transaction."""
_CATEGORY = re.compile(r"\bcat:\s{0,5}\"?([a-z]{1,8}(?:-[a-z]{2,4})?)", re.IGNORECASE)
_PROGRESS = "harvest "
"""What the keys of how far a harvest is begin with."""
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class StoredAnnouncement:
    """A paper as a day's announcement lists it, and its row in ``papers``."""

    paper_id: int
    announced: AnnouncedPaper


class AnnouncementStore:
    """Reads and writes the papers of each day, and the days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- papers ---------------------------------------------------------------------------------------------------

    async def save_papers(self, day: date, announced: Sequence[AnnouncedPaper]) -> None:
        """Store what a day announced, each paper at its newest version. Saving it again changes nothing."""
        unique = list({item.paper.arxiv_id: item for item in announced}.values())
        for batch in _split_batches(unique):
            async with self._database.write() as connection:
                ids = await _upsert_papers(connection, day, batch)
                await _upsert_announcements(connection, day, batch, ids)
                await index_papers(connection, sorted(ids.values()))

    async def list_papers(self, day: date, kinds: Sequence[AnnouncementKind] = ()) -> list[StoredAnnouncement]:
        """The papers that a day announced, in the order of their identifiers; of these kinds only, if any are named.

        Those that are withdrawn by now are left out.
        """
        query = select(papers, announcements.c.kind).join(announcements).where(announcements.c.day == day)
        if kinds:
            query = query.where(announcements.c.kind.in_([kind.value for kind in kinds]))
        async with self._database.read() as connection:
            found = await read_sound_rows(connection, query.order_by(papers.c.arxiv_id), _to_announcement, papers.c.id)
        return [item for item in found if not item.announced.paper.is_withdrawn]

    async def list_arxiv_ids(self, day: date) -> set[str]:
        """The identifiers of all papers of a day that are there, also of those that were withdrawn."""
        query = select(papers.c.arxiv_id).join(announcements).where(announcements.c.day == day)
        async with self._database.read() as connection:
            return set((await connection.scalars(query)).all())

    async def list_announced_before(self, day: date) -> set[int]:
        """The ids of those of a day's papers that may have come before: cross-lists, and what is there twice."""
        earlier = announcements.alias()
        is_known = select(earlier.c.day).where(earlier.c.paper_id == announcements.c.paper_id, earlier.c.day < day)
        is_cross_list = announcements.c.kind == AnnouncementKind.CROSS_LIST.value
        query = select(announcements.c.paper_id).where(
            announcements.c.day == day, or_(is_cross_list, is_known.exists())
        )
        async with self._database.read() as connection:
            return set((await connection.scalars(query)).all())

    async def update_kinds(self, day: date, kinds: Mapping[str, AnnouncementKind]) -> None:
        """Correct as what a day's papers were announced: all listings together may know better than the first ones."""
        query = select(papers.c.arxiv_id, papers.c.id, announcements.c.kind).join(announcements)
        async with self._database.write() as connection:
            rows = (await connection.execute(query.where(announcements.c.day == day))).all()
            for row in rows:
                kind = kinds.get(row.arxiv_id)
                if kind and kind.value != row.kind:
                    is_it = and_(announcements.c.day == day, announcements.c.paper_id == row.id)
                    await connection.execute(update(announcements).where(is_it).values(kind=kind.value))

    async def count_papers(self, day: date | None = None) -> int:
        """How many papers were announced and are kept: on a day, or ever."""
        query = select(func.count()).select_from(papers).where(papers.c.announced_on.is_not(None))
        if day:
            query = select(func.count()).select_from(announcements).where(announcements.c.day == day)
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def delete_before(self, day: date) -> int:
        """Forget papers that were last announced, or asked for, before a day.

        Those that a digest shows or somebody saved stay. Returns how many were deleted.
        """
        count = 0
        while ids := await self._delete_batch(day):
            count += len(ids)
        async with self._database.write() as connection:
            await connection.execute(delete(announcements).where(announcements.c.day < day))
            await connection.execute(delete(announcement_days).where(announcement_days.c.day < day))
        return count

    async def _delete_batch(self, day: date) -> list[int]:
        is_needed = or_(
            select(entries.c.id).where(entries.c.paper_id == papers.c.id).exists(),
            select(saved_papers.c.paper_id).where(saved_papers.c.paper_id == papers.c.id).exists(),
            select(paper_summaries.c.paper_id).where(paper_summaries.c.paper_id == papers.c.id).exists(),
        )
        is_fetched_before = and_(papers.c.announced_on.is_(None), papers.c.fetched_at < _begin_day(day))
        is_old = or_(papers.c.announced_on < day, is_fetched_before)
        query = select(papers.c.id).where(is_old, ~is_needed).limit(_MAX_DELETED)
        async with self._database.write() as connection:
            ids = list((await connection.scalars(query)).all())
            if ids:
                await drop_from_index(connection, ids)
                await connection.execute(delete(papers).where(papers.c.id.in_(ids)))
        return ids

    # -- days -----------------------------------------------------------------------------------------------------

    async def get_day(self, day: date) -> AnnouncementDay | None:
        """How far a day's harvest is; ``None`` if it has not begun."""
        found = await self._list_days(select(announcement_days).where(announcement_days.c.day == day))
        return found[0] if found else None

    async def list_days(self, since: date = date.min) -> list[AnnouncementDay]:
        """How far each day's harvest is, newest first."""
        return await self._list_days(select(announcement_days).where(announcement_days.c.day >= since))

    async def list_unmatched_days(self) -> list[date]:
        """The days that are complete and not matched against the follows yet, oldest first."""
        is_due = and_(announcement_days.c.state == DayState.COMPLETE.value, announcement_days.c.matched_at.is_(None))
        found = await self._list_days(select(announcement_days).where(is_due))
        return [day.day for day in reversed(found)]

    async def _list_days(self, query: Select[Any]) -> list[AnnouncementDay]:
        newest_first = query.order_by(announcement_days.c.day.desc())
        async with self._database.read() as connection:
            return await read_sound_rows(connection, newest_first, _to_day, announcement_days.c.day)

    async def save_day(self, day: AnnouncementDay) -> None:
        """Store how far a day's harvest is; when it was matched stays as it is."""
        counts = {name: {"expected": count.expected, "stored": count.stored} for name, count in day.archives.items()}
        values = {
            "archives": counts,
            "state": day.state.value,
            "problem": day.problem,
            "tried_at": day.tried_at,
            "completed_at": day.completed_at,
        }
        async with self._database.write() as connection:
            statement = insert_into(connection, announcement_days).values(day=day.day, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["day"], set_=values))

    async def save_first_days(self, days: Sequence[AnnouncementDay]) -> None:
        """Store the days that a harvest begins with, all or none; those with ``matched_at`` are matched no more."""
        rows = [
            {"day": day.day, "archives": {}, "state": day.state.value, "problem": "", "tried_at": day.tried_at}
            | {"matched_at": day.matched_at}
            for day in days
        ]
        async with self._database.write() as connection:
            await connection.execute(insert_into(connection, announcement_days).on_conflict_do_nothing(), rows)

    async def mark_matched(self, day: date, now: datetime) -> None:
        """Note that a day's papers were matched against all follows."""
        statement = update(announcement_days).where(announcement_days.c.day == day).values(matched_at=now)
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def list_followed_archives(self) -> set[str]:
        """The archives that follows name with ``cat:`` and that have a subscriber."""
        query = select(topics.c.id, topics.c.expression).where(topics.c.expression.like("%cat:%"))
        query = query.where(select(subscriptions.c.id).where(subscriptions.c.topic_id == topics.c.id).exists())
        async with self._database.read() as connection:
            found = await read_sound_rows(connection, query, lambda row: str(row.expression), topics.c.id)
        return {name.lower() for expression in found for name in _CATEGORY.findall(expression)}

    # -- progress -------------------------------------------------------------------------------------------------

    async def get_progress(self, name: str) -> dict[str, Any]:
        """What a harvest that was interrupted left under a name, to go on from there; empty if there is nothing."""
        query = select(key_values.c.value).where(key_values.c.name == f"{_PROGRESS}{name}")
        async with self._database.read() as connection:
            return _read_progress(await connection.scalar(query))

    async def save_progress(self, name: str, progress: Mapping[str, Any]) -> None:
        """Keep what a harvest goes on from; nothing, if there is nothing in it."""
        key = f"{_PROGRESS}{name}"
        async with self._database.write() as connection:
            if not progress:
                await connection.execute(delete(key_values).where(key_values.c.name == key))
                return
            values = {"value": json.dumps(progress, separators=(",", ":"))}
            statement = insert_into(connection, key_values).values(name=key, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def _begin_day(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _split_batches(items: Sequence[ItemT]) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), _BATCH_SIZE):
        yield items[start : start + _BATCH_SIZE]


async def _upsert_papers(connection: AsyncConnection, day: date, batch: Sequence[AnnouncedPaper]) -> dict[str, int]:
    """Store each paper at its newest version; their rows' ids by identifier."""
    statement = insert_into(connection, papers)
    new, rows = statement.excluded, [_from_announced(item, day) for item in batch]
    is_newer = new.version >= papers.c.version
    updates: dict[str, ColumnElement[Any]] = {
        name: case((is_newer, new[name]), else_=papers.c[name]) for name in from_paper(batch[0].paper)
    }
    updates["licence"] = func.coalesce(func.nullif(new.licence, ""), papers.c.licence)
    updates["publication"] = func.coalesce(func.nullif(new.publication, ""), papers.c.publication)
    updates["categories"] = func.coalesce(func.nullif(new.categories, ""), papers.c.categories)
    updates["submitted_at"] = func.coalesce(new.submitted_at, papers.c.submitted_at)
    updates["announced_on"] = case((papers.c.announced_on > new.announced_on, papers.c.announced_on), else_=day)
    await connection.execute(statement.on_conflict_do_update(index_elements=["arxiv_id"], set_=updates), rows)
    arxiv_ids = [item.paper.arxiv_id for item in batch]
    stored = await connection.execute(select(papers.c.arxiv_id, papers.c.id).where(papers.c.arxiv_id.in_(arxiv_ids)))
    return {row.arxiv_id: row.id for row in stored}


async def _upsert_announcements(
    connection: AsyncConnection, day: date, batch: Sequence[AnnouncedPaper], ids: Mapping[str, int]
) -> None:
    rows = [{"day": day, "paper_id": ids[item.paper.arxiv_id], "kind": item.kind.value} for item in batch]
    statement = insert_into(connection, announcements)
    updates = {"kind": statement.excluded.kind}
    await connection.execute(statement.on_conflict_do_update(index_elements=["day", "paper_id"], set_=updates), rows)


def _from_announced(item: AnnouncedPaper, day: date) -> dict[str, Any]:
    own = {"categories": " ".join(item.categories), "submitted_at": item.submitted_at, "announced_on": day}
    return from_paper(item.paper) | own


def _to_announcement(row: Row[Any]) -> StoredAnnouncement:
    paper, categories = to_paper(row), tuple(row.categories.split())
    return StoredAnnouncement(row.id, AnnouncedPaper(paper, categories, row.submitted_at, AnnouncementKind(row.kind)))


def _to_day(row: Row[Any]) -> AnnouncementDay:
    counts = {name: PaperCount(int(count["expected"]), int(count["stored"])) for name, count in row.archives.items()}
    times = (row.completed_at, row.matched_at)
    return AnnouncementDay(row.day, DayState(row.state), row.tried_at, row.problem, counts, *times)


def _read_progress(value: str | None) -> dict[str, Any]:
    try:
        progress = json.loads(value or "{}")
    except ValueError:
        return {}
    return progress if isinstance(progress, dict) else {}
