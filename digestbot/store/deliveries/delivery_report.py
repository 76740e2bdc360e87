"""Delivery reports for operators: counts, backlogs and failure reasons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select, update

from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import digests, outbox, subscribers, topics

GIVEN_UP_STATES = (DeliveryState.FAILED, DeliveryState.DROPPED)
_STUCK_AFTER = timedelta(minutes=30)
"""A free row unclaimed for this long means that its platform's sender is not running or far behind."""


@dataclass(frozen=True, slots=True)
class PlatformBacklog:
    """What a platform has yet to send: how many, due since when, and how many are stuck."""

    platform: str
    count: int
    oldest_due_at: datetime
    stuck_count: int


@dataclass(frozen=True, slots=True)
class FailureReason:
    """Why deliveries were given up, and how many."""

    platform: str
    state: DeliveryState
    reason: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery's current state; ``next_or_ended_at`` is when it ended, or else when it may be tried next."""

    address: Address
    title: str
    topic: str
    date: str
    state: DeliveryState
    due_at: datetime
    next_or_ended_at: datetime | None
    attempts: int
    reason: str


class DeliveryReport:
    """Reads the outbox for operators, and requeues deliveries for retry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_by_state(self, since: datetime) -> dict[tuple[str, DeliveryState], int]:
        """Counts by platform and state of the deliveries due since a given time."""
        query = select(outbox.c.platform, outbox.c.state, func.count().label("number"))
        grouped = query.where(outbox.c.due_at >= since).group_by(outbox.c.platform, outbox.c.state)
        async with self._database.read() as connection:
            return dict(
                await read_sound_rows(
                    connection, grouped, lambda r: ((r.platform, DeliveryState(r.state)), r.number), outbox.c.state
                )
            )

    async def list_backlogs(self, now: datetime) -> list[PlatformBacklog]:
        """The due deliveries by platform."""
        free = and_(outbox.c.available_at.is_not(None), outbox.c.due_at <= now)
        stuck = func.count().filter(outbox.c.available_at < now - _STUCK_AFTER)
        query = select(
            outbox.c.platform,
            func.count().label("number"),
            func.min(outbox.c.due_at, type_=outbox.c.due_at.type).label("oldest"),
            stuck.label("stuck"),
        )
        async with self._database.read() as connection:
            return await read_sound_rows(
                connection,
                query.where(free).group_by(outbox.c.platform),
                lambda row: PlatformBacklog(row.platform, row.number, row.oldest, row.stuck),
                outbox.c.platform,
            )

    async def list_failure_reasons(self, since: datetime) -> list[FailureReason]:
        """Why deliveries due since a given time were given up, most frequent first."""
        count = func.count().label("number")
        query = (
            select(outbox.c.platform, outbox.c.state, outbox.c.reason, count)
            .add_columns(func.max(outbox.c.ended_at, type_=outbox.c.ended_at.type).label("last"))
            .where(outbox.c.state.in_(GIVEN_UP_STATES), outbox.c.ended_at >= since)
            .group_by(outbox.c.platform, outbox.c.state, outbox.c.reason)
            .order_by(count.desc())
            .limit(20)
        )
        async with self._database.read() as connection:
            return await read_sound_rows(
                connection,
                query,
                lambda r: FailureReason(r.platform, DeliveryState(r.state), r.reason, r.number, r.last),
                outbox.c.reason,
            )

    async def list_records(
        self, since: datetime, states: Collection[DeliveryState], limit: int
    ) -> list[DeliveryRecord]:
        """Deliveries due since a given time, newest first."""
        async with self._database.read() as connection:
            query = _select_records(since, states).limit(limit)
            return await read_sound_rows(connection, query, _to_record, outbox.c.id)

    async def retry_given_up(self, since: datetime, now: datetime) -> int:
        """Make deliveries given up since a given time due again, unless their chat is paused; the number of rows."""
        paused = select(subscribers.c.id).where(subscribers.c.pause_reason != "")
        given_up = update(outbox).where(
            outbox.c.state.in_(GIVEN_UP_STATES), outbox.c.ended_at >= since, outbox.c.subscriber_id.not_in(paused)
        )
        lead = outbox.alias("lead")
        is_lead = (lead.c.subscriber_id == outbox.c.subscriber_id, lead.c.digest_id == outbox.c.lead_digest_id)
        comes_with = exists().where(*is_lead, lead.c.state.in_(GIVEN_UP_STATES), lead.c.ended_at >= since)
        again = {"due_at": now, "attempts": 0, "ended_at": None}
        bundled = {**again, "state": DeliveryState.BUNDLED.value, "available_at": None}
        due = {**again, "state": DeliveryState.DUE.value, "available_at": now, "lead_digest_id": None}
        async with self._database.write() as connection:
            await connection.execute(given_up.where(comes_with).values(**bundled))
            return int((await connection.execute(given_up.values(**due))).rowcount)

    async def count_paused(self) -> dict[tuple[str, str], int]:
        """The number of paused chats by platform and reason."""
        query = select(subscribers.c.platform, subscribers.c.pause_reason, func.count().label("number"))
        grouped = query.where(subscribers.c.pause_reason != "").group_by(
            subscribers.c.platform, subscribers.c.pause_reason
        )
        async with self._database.read() as connection:
            return {(row.platform, row.pause_reason): row.number for row in await connection.execute(grouped)}

    async def count_subscribers(self) -> dict[str, int]:
        """The number of chats by platform."""
        query = select(subscribers.c.platform, func.count().label("number")).group_by(subscribers.c.platform)
        async with self._database.read() as connection:
            return {row.platform: row.number for row in await connection.execute(query)}


def _to_record(row: Row[Any]) -> DeliveryRecord:
    return DeliveryRecord(
        Address(row.platform, row.chat, row.thread),
        row.title,
        row.topic,
        str(row.date),
        DeliveryState(row.state),
        row.due_at,
        row.available_at or row.ended_at,
        row.attempts,
        row.reason,
    )


def _select_records(since: datetime, states: Collection[DeliveryState]) -> Select[tuple[object, ...]]:
    columns = (subscribers.c.chat, subscribers.c.thread, subscribers.c.title, topics.c.title.label("topic"))
    return (
        select(outbox, *columns, digests.c.date)
        .join(subscribers, subscribers.c.id == outbox.c.subscriber_id)
        .join(digests, digests.c.id == outbox.c.digest_id)
        .join(topics, topics.c.id == digests.c.topic_id)
        .where(or_(outbox.c.due_at >= since, outbox.c.ended_at >= since), outbox.c.state.in_(states))
        .order_by(outbox.c.due_at.desc(), outbox.c.id.desc())
    )
