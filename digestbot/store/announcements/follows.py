"""Follows: topics whose content is a query, known only to the chats that follow them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.arxiv.categories import get_category_of
from digestbot.domain.calendar import find_today
from digestbot.domain.topic import FOLLOW_PREFIX, Topic
from digestbot.store.bundles import drop_orphans
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import to_topic
from digestbot.store.tables import digests, subscriptions, topics

_PAGE_SIZE = 2_000
_BATCH_SIZE = 500
_KEPT_DAYS = 30
"""How long digests of follows are kept: whoever was away sees the last two weeks of them."""
_SLUG_DIGITS, _LONG_SLUG_DIGITS = 12, 32


@dataclass(frozen=True, slots=True)
class StoredFollow:
    """A follow with the id of its topic's row; ``began_at`` is since when a chat has it."""

    id: int
    topic: Topic
    began_at: datetime


class FollowStore:
    """Reads and writes the topics of follows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, expression: str) -> Topic | None:
        """The follow of a normalised expression; ``None`` if nobody ever followed it."""
        async with self._database.read() as connection:
            return await _find_follow(connection, expression)

    async def get_or_create(self, expression: str, title: str = "", slug: str = "") -> Topic:
        """The follow of a normalised expression, created if needed; its title is the expression if none is given.

        What everybody may know has a ``slug`` of its own, if that is not taken.
        """
        async with self._database.write() as connection:
            if found := await _find_follow(connection, expression):
                return found
            secret = [build_slug(expression, digits) for digits in (_SLUG_DIGITS, _LONG_SLUG_DIGITS)]
            for one in filter(None, (slug, *secret)):  # two expressions can have the same short slug
                values = {"slug": one, "title": title or expression, "aliases": []}
                statement = insert_into(connection, topics).values(expression=expression, **values)
                await connection.execute(statement.on_conflict_do_nothing())
                if found := await _find_follow(connection, expression):
                    return found
        raise AssertionError("no two expressions have the same long slug")

    async def iterate(self, page_size: int = _PAGE_SIZE) -> AsyncIterator[list[StoredFollow]]:
        """All follows that somebody subscribed to, a page after the other."""
        last_id = 0
        while ids := await self._list_ids_after(last_id, page_size):
            yield await self._list_by_id(ids)
            last_id = ids[-1]

    async def _list_ids_after(self, last_id: int, limit: int) -> list[int]:
        query = select(topics.c.id).where(topics.c.id > last_id, _is_follow(), _has_subscriber())
        async with self._database.read() as connection:
            return list((await connection.scalars(query.order_by(topics.c.id).limit(limit))).all())

    async def _list_by_id(self, ids: Sequence[int]) -> list[StoredFollow]:
        began_at = select(func.min(subscriptions.c.since)).where(subscriptions.c.topic_id == topics.c.id)
        query = (
            select(topics, began_at.scalar_subquery().label("began_at"))
            .where(topics.c.id.between(ids[0], ids[-1]), topics.c.id.in_(ids), _has_subscriber())
            .order_by(topics.c.id)
        )
        async with self._database.read() as connection:
            return await read_sound_rows(connection, query, _to_follow, topics.c.id)

    async def prune(self, now: datetime) -> int:
        """Delete the follows that nobody has any more, and digests of follows that are 30 days old.

        Returns the number of follows. It is done in small parts, so that others write between them.
        """
        first_date = find_today(now) - timedelta(days=_KEPT_DAYS)
        old = select(digests.c.id).join(topics).where(_is_follow(), digests.c.date < first_date)
        forgotten = select(topics.c.id).where(_is_follow(), ~_has_subscriber())
        deleted_digests = await self._delete_in_parts(digests, old)
        free = forgotten.with_for_update(skip_locked=True)  # not what somebody else is just subscribing to
        deleted_follows = await self._delete_in_parts(topics, free, ~_has_subscriber())
        if deleted_digests or deleted_follows:
            async with self._database.write() as connection:
                await drop_orphans(connection, now)
        return deleted_follows

    async def _delete_in_parts(self, table: Table, query: Select[Any], *still: ColumnElement[bool]) -> int:
        count = 0
        while deleted := await self._delete_batch(table, query, *still):
            count += deleted
        return count

    async def _delete_batch(self, table: Table, query: Select[Any], *still: ColumnElement[bool]) -> int:
        """Delete some of the rows that a query finds, if they ``still`` are so once nobody else can change that."""
        async with self._database.write() as connection:
            ids = (await connection.scalars(query.limit(_BATCH_SIZE))).all()
            if not ids:
                return 0
            return int((await connection.execute(delete(table).where(table.c.id.in_(ids), *still))).rowcount)


async def lock_topics(connection: AsyncConnection, expressions: Mapping[str, str]) -> dict[str, int]:
    """The ids of topics by their slugs, so that nobody deletes them until the end of the transaction.

    Of follows, their ``expressions`` are known by slug, empty for other topics: one that nobody had any more and that
    was deleted a moment ago is made again.
    """
    query = select(topics.c.slug, topics.c.id).with_for_update(read=True, key_share=True)
    found = {row.slug: row.id for row in await connection.execute(query.where(topics.c.slug.in_(expressions)))}
    gone = {slug: expression for slug, expression in expressions.items() if expression and slug not in found}
    for slug, expression in gone.items():
        category = get_category_of(expression)
        values = {"slug": slug, "title": category.format_title("en") if category else expression, "aliases": []}
        statement = insert_into(connection, topics).values(expression=expression, **values)
        await connection.execute(statement.on_conflict_do_nothing())
    found |= (
        {row.slug: row.id for row in await connection.execute(query.where(topics.c.slug.in_(gone)))} if gone else {}
    )
    return found


def build_slug(expression: str, digits: int = _SLUG_DIGITS) -> str:
    """The slug of a follow: of its expression, it tells nothing."""
    return f"{FOLLOW_PREFIX}{sha256(expression.encode()).hexdigest()[:digits]}"


def _is_follow() -> Any:  # noqa: ANN401
    return topics.c.expression.is_not(None)


def _has_subscriber() -> Any:  # noqa: ANN401
    return select(subscriptions.c.id).where(subscriptions.c.topic_id == topics.c.id).exists()


async def _find_follow(connection: AsyncConnection, expression: str) -> Topic | None:
    query = select(topics).where(topics.c.expression == expression)
    found = await read_sound_rows(connection, query, to_topic, topics.c.id)
    return found[0] if found else None


def _to_follow(row: Row[Any]) -> StoredFollow:
    return StoredFollow(row.id, to_topic(row), row.began_at)
