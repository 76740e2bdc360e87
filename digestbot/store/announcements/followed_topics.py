"""What chats make of the topics that they alone know: their names, filters and mutes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, update

from digestbot.domain.topic import Topic
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows, read_texts
from digestbot.store.digests.digest_rows import to_topic
from digestbot.store.tables import digests, papers, subscribers, subscriptions, topics


@dataclass(frozen=True, slots=True)
class FollowedTopic:
    """A topic with an expression as one chat has it: ``label`` is what the chat calls it, empty if nothing else."""

    topic: Topic
    label: str
    latest_date: date | None
    digest_count: int
    shown_from: date | None = None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a chat leaves out of a topic's digests, and what it calls the topic; each empty where it does not."""

    label: str = ""
    filter: str = ""
    mutes: tuple[str, ...] = ()


Narrowings = Mapping[str, Narrowing]
"""One chat's by the topics' slugs; what holds for all other topics is under an empty one."""
NO_NARROWINGS: Narrowings = {}


def write_narrowings(narrowings: Narrowings) -> str:
    """What a chat leaves out, as an outbox row keeps it; empty for nothing."""
    own = {slug: [one.label, one.filter, *one.mutes] for slug, one in narrowings.items()}
    return json.dumps(own, separators=(",", ":"), ensure_ascii=False) if own else ""


def read_narrowings(text: str) -> Narrowings:
    """The same, as it was written; nothing where that cannot be read."""
    try:
        written = json.loads(text or "{}")
        return {slug: Narrowing(label, filter_, tuple(mutes)) for slug, (label, filter_, *mutes) in written.items()}
    except (ValueError, AttributeError, TypeError):
        return NO_NARROWINGS


def choose_narrowing(narrowings: Narrowings, slug: str) -> Narrowing:
    """What a chat leaves out of a topic's digests."""
    return narrowings.get(slug) or narrowings.get("") or Narrowing()


class FollowedTopicStore:
    """Reads and writes what one chat has of its topics beside when they come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_followed(self, subscriber_id: int, until: date = date.max) -> list[FollowedTopic]:
        """The topics with an expression that a chat receives, each with the date and number of its digests."""
        newest, count = func.max(digests.c.date), func.count(digests.c.id)
        first = subscriptions.c.shown_from
        is_shown = or_(first.is_(None), digests.c.date >= first)
        is_counted = and_(digests.c.topic_id == topics.c.id, digests.c.date <= until, is_shown)
        query = (
            select(topics, subscriptions.c.label, first, newest.label("newest"), count.label("number"))
            .join(subscriptions, subscriptions.c.topic_id == topics.c.id)
            .outerjoin(digests, is_counted)
            .where(subscriptions.c.subscriber_id == subscriber_id, topics.c.expression.is_not(None))
            .group_by(topics.c.id, subscriptions.c.label, first)
            .order_by(topics.c.title)
        )
        async with self._database.read() as connection:
            return await read_sound_rows(connection, query, _to_followed, topics.c.id)

    async def rename(self, subscriber_id: int, slug: str, label: str) -> None:
        """Set what a chat calls a topic; an empty ``label`` is the topic's own title."""
        await self._update_subscription(subscriber_id, slug, {"label": label})

    async def set_filter(self, subscriber_id: int, slug: str, expression: str) -> None:
        """Set what a topic's papers have to match too; with an empty ``expression`` all of them come."""
        await self._update_subscription(subscriber_id, slug, {"filter": expression})

    async def _update_subscription(self, subscriber_id: int, slug: str, values: Mapping[str, str]) -> None:
        topic_id = select(topics.c.id).where(topics.c.slug == slug).scalar_subquery()
        is_own = and_(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.topic_id == topic_id)
        async with self._database.write() as connection:
            await connection.execute(update(subscriptions).where(is_own).values(**values))

    async def get_mutes(self, subscriber_id: int) -> tuple[str, ...]:
        """The expressions of what a chat hides everywhere, the oldest first."""
        query = select(subscribers.c.mutes).where(subscribers.c.id == subscriber_id)
        async with self._database.read() as connection:
            found = await read_sound_rows(connection, query, lambda row: read_texts(row.mutes), subscribers.c.id)
        return found[0] if found else ()

    async def set_mutes(self, subscriber_id: int, mutes: Sequence[str]) -> None:
        """Set what a chat hides everywhere."""
        statement = update(subscribers).where(subscribers.c.id == subscriber_id).values(mutes=list(mutes))
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def find_narrowings(self, subscriber_ids: Collection[int]) -> dict[int, dict[str, Narrowing]]:
        """What these chats leave out and call otherwise, by chat and topic; only where there is anything."""
        has_own = or_(subscriptions.c.label != "", subscriptions.c.filter != "")
        of_topic = (
            select(subscriptions.c.subscriber_id, topics.c.slug, subscriptions.c.label, subscriptions.c.filter)
            .join(topics)
            .where(subscriptions.c.subscriber_id.in_(subscriber_ids), has_own)
        )
        muting = select(subscribers.c.id, subscribers.c.mutes).where(subscribers.c.id.in_(subscriber_ids))
        async with self._database.read() as connection:
            all_mutes = dict(
                await read_sound_rows(connection, muting, lambda row: (row.id, read_texts(row.mutes)), subscribers.c.id)
            )
            rows = (await connection.execute(of_topic)).all()
        mutes = {id_: hidden for id_, hidden in all_mutes.items() if hidden}
        found = {id_: {"": Narrowing(mutes=hidden)} for id_, hidden in mutes.items()}
        for row in rows:
            own = found.setdefault(row.subscriber_id, {})
            own[row.slug] = Narrowing(row.label, row.filter, mutes.get(row.subscriber_id, ()))
        return found

    async def find_categories(self, paper_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
        """The categories of papers by their ids, of those whose are known."""
        query = select(papers.c.id, papers.c.categories).where(papers.c.id.in_(paper_ids), papers.c.categories != "")
        async with self._database.read() as connection:
            return {row.id: tuple(row.categories.split()) for row in await connection.execute(query)}


def _to_followed(row: Row[Any]) -> FollowedTopic:
    return FollowedTopic(to_topic(row), row.label, row.newest, row.number, row.shown_from)
