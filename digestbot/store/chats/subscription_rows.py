"""Rows of ``subscriptions`` and of the schedules that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.subscription import Schedule, Subscription, SubscriptionPlan
from digestbot.store.database.engine import insert_into
from digestbot.store.digests.digest_rows import to_topic
from digestbot.store.planning_number import read_missed_number
from digestbot.store.tables import schedules, subscriptions, topics

_KEPT_COLUMNS = frozenset({"subscriber_id", "topic_id", "delivered_from", "shown_from"})
_TOPIC_COLUMNS = (topics.c.slug, topics.c.title, topics.c.aliases, topics.c.expression)


def to_schedule(row: Row[Any]) -> Schedule:
    """Convert a row of ``schedules``; days are stored as digits."""
    return Schedule(row.time, row.timezone, frozenset(map(int, row.days)))


async def read_restart_columns(connection: AsyncConnection, now: datetime) -> dict[str, Any]:
    """The columns of a subscription that takes part in plannings from now on, and is to get what it missed."""
    return {"starts_at": now, "missed_planning_number": await read_missed_number(connection)}


async def delete_subscriptions(connection: AsyncConnection, subscriber_id: int, topic_ids: Any) -> bool:  # noqa: ANN401
    """Delete the subscriptions of some topics; whether there were any."""
    statement = delete(subscriptions).where(
        subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.topic_id.in_(topic_ids)
    )
    schedule_ids = (await connection.scalars(statement.returning(subscriptions.c.schedule_id))).all()
    await delete_unused_schedules(connection, list(set(schedule_ids)))
    return bool(schedule_ids)


async def write_subscription(
    connection: AsyncConnection, subscriber_id: int, topic_id: int | None, plan: SubscriptionPlan, now: datetime
) -> None:
    """Add a subscription, or change it to what is planned."""
    restarted = await read_restart_columns(connection, plan.starts_at or now)
    values = {
        "schedule_id": await _get_or_create_schedule(connection, plan.schedule, plan.next_due),
        "has_own_schedule": plan.has_own_schedule,
        "has_own_timezone": plan.has_own_timezone,
        "instant": plan.instant,
        "is_paused": False,
        "resumes_at": None,
    }
    key = {"subscriber_id": subscriber_id, "topic_id": topic_id, "since": now}
    dates = {"delivered_from": plan.delivered_from, "shown_from": plan.shown_from}
    statement = insert_into(connection, subscriptions).values(**key, **dates, **values, **restarted)
    old, new = subscriptions.c, statement.excluded
    is_same = and_(old.schedule_id == new.schedule_id, old.instant == new.instant, old.is_paused.is_(False))
    if plan.starts_at is None:
        restarted = {name: case((is_same, old[name]), else_=value) for name, value in restarted.items()}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["subscriber_id", "topic_id"], set_={**values, **restarted})
    )


async def write_restored(
    connection: AsyncConnection,
    subscriber_id: int,
    restored: Sequence[tuple[int, tuple[SubscriptionPlan, Mapping[str, Any]]]],
    now: datetime,
) -> None:
    """Write subscriptions as they were; each column of a row that is there becomes what it was, but for its dates."""
    if not restored:
        return
    missed = (await read_restart_columns(connection, now))["missed_planning_number"]
    schedule_ids: dict[Schedule, int] = {}
    rows = []
    for topic_id, (plan, columns) in restored:
        if plan.schedule not in schedule_ids:
            schedule_ids[plan.schedule] = await _get_or_create_schedule(connection, plan.schedule, plan.next_due)
        own = {"has_own_schedule": plan.has_own_schedule, "has_own_timezone": plan.has_own_timezone}
        key = {"subscriber_id": subscriber_id, "topic_id": topic_id, "schedule_id": schedule_ids[plan.schedule]}
        restart = {"starts_at": plan.starts_at or now, "missed_planning_number": missed}
        rows.append({**key, **own, "instant": plan.instant, **columns, **restart})
    statement = insert_into(connection, subscriptions)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in _KEPT_COLUMNS}
    upsert = statement.on_conflict_do_update(index_elements=["subscriber_id", "topic_id"], set_=changes)
    await connection.execute(upsert, rows)


async def reschedule(
    connection: AsyncConnection, changes: Sequence[tuple[int, Schedule, datetime]], now: datetime
) -> None:
    """Give subscriptions new schedules with their next due times; times before now do not apply to them."""
    ids_by_schedule: dict[tuple[Schedule, datetime], list[int]] = {}
    for subscription_id, schedule, next_due in changes:
        ids_by_schedule.setdefault((schedule, next_due), []).append(subscription_id)
    earlier = select(subscriptions.c.schedule_id).where(subscriptions.c.id.in_([id_ for id_, _, _ in changes]))
    earlier_ids = (await connection.scalars(earlier.distinct())).all()
    for (schedule, next_due), ids in ids_by_schedule.items():
        schedule_id = await _get_or_create_schedule(connection, schedule, next_due)
        statement = update(subscriptions).where(subscriptions.c.id.in_(ids))
        await connection.execute(
            statement.values(schedule_id=schedule_id, **await read_restart_columns(connection, now))
        )
    await delete_unused_schedules(connection, earlier_ids)


async def _get_or_create_schedule(connection: AsyncConnection, schedule: Schedule, next_due: datetime) -> int:
    """The row of a schedule, created with its next due time if needed."""
    key = {"time": schedule.time, "timezone": schedule.timezone, "days": "".join(map(str, sorted(schedule.days)))}
    query = select(schedules.c.id).where(*(schedules.c[name] == value for name, value in key.items()))
    query = query.with_for_update(read=True, key_share=True)  # so that nobody deletes it meanwhile
    statement = insert_into(connection, schedules).values(**key, next_due=next_due)
    if (schedule_id := await connection.scalar(query)) is None:
        await connection.execute(statement.on_conflict_do_nothing())
        schedule_id = await connection.scalar(query)
    return int(schedule_id or 0)


async def delete_unused_schedules(connection: AsyncConnection, schedule_ids: Sequence[int]) -> None:
    """Delete those that no subscription has any more: one person could try all that there are.

    One that somebody else just looks at stays.
    """
    if not schedule_ids:
        return
    free = select(schedules.c.id).where(schedules.c.id.in_(schedule_ids)).with_for_update(skip_locked=True)
    free_ids = (await connection.scalars(free)).all()
    is_used = select(subscriptions.c.id).where(subscriptions.c.schedule_id == schedules.c.id).exists()
    await connection.execute(delete(schedules).where(schedules.c.id.in_(free_ids), ~is_used))


def select_subscriptions() -> Select[Any]:
    """Every subscription with its schedule and topic, for :func:`to_subscription`."""
    columns = (schedules.c.time, schedules.c.timezone, schedules.c.days, schedules.c.next_due)
    return select(subscriptions, *columns, *_TOPIC_COLUMNS).join(topics).join(schedules)


def to_subscription(row: Row[Any]) -> Subscription:
    """Convert a row of :func:`select_subscriptions`."""
    topic = replace(to_topic(row), title=row.label) if row.label else to_topic(row)
    own = (row.has_own_schedule, row.has_own_timezone)
    pause, chosen = (row.is_paused, row.resumes_at), (row.label, row.filter)
    start = (row.instant, row.next_due, row.starts_at)
    since = (row.since, row.delivered_from, row.shown_from)
    return Subscription(row.id, topic, to_schedule(row), *own, *start, *pause, *chosen, *since)
