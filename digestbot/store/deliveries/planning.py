"""Planning: what is due is put into the outbox, by a few statements however many subscriptions there are.

Plannings are numbered, one after the other. A digest has the number of the planning that first saw it, and a schedule
that of its last planning: so whatever a digest's date, and whenever it was loaded, it is known which schedules have not
delivered it yet, and no clock is asked.

A subscription that its schedule's last planning covered misses only the digests that were numbered since. One that
did not take part, because it is new, was paused or had another schedule, is looked up in the outbox: it misses every
digest loaded since it exists that has no row there. Of what a subscription misses, the newest digest is its delivery's
*lead*. The other digests' rows are ``bundled`` with it, and end as it does. What one planning brings to a chat comes as
one message: then one lead leads the other topics' too (``bundles.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.calendar import find_today
from digestbot.domain.subscription import Occurrences, Schedule
from digestbot.store.bundles import bundle_topics
from digestbot.store.chats.pauses import resume_due
from digestbot.store.chats.subscription_rows import to_schedule
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.database.sql_datetime import UtcDateTime
from digestbot.store.deliveries.planning_queries import (
    Planning,
    PlanningPolicy,
    build_instant_group,
    build_scheduled_group,
    resume_shared,
    select_droppers,
    select_due_topics,
    select_missed,
    select_newest,
    upsert_planned,
)
from digestbot.store.planning_number import begin_planning
from digestbot.store.tables import digests, outbox, schedules, subscriptions

FindOccurrences = Callable[[Schedule, datetime], Occurrences]


async def plan_due(
    connection: AsyncConnection, now: datetime, find_occurrences: FindOccurrences, policy: PlanningPolicy
) -> int:
    """Plan what is due, and move the schedules on; the number of deliveries, each with what is bundled with it."""
    number = await begin_planning(connection)
    await resume_due(connection, now)
    unsound: dict[int, str] = {}
    occurrences = await _read_due_schedules(connection, now, find_occurrences, unsound)
    has_new_digests = bool((await connection.execute(_number_new_digests(now, number))).rowcount)
    if not occurrences and not has_new_digests:
        return 0
    last_due = {id_: {"last_due": times.last} for id_, times in occurrences.items()}
    await _update_schedules(connection, last_due, previous_due=schedules.c.last_due)
    plan = Planning(now, number, policy, frozenset(unsound))
    earliest = min((now, *(times.last for times in occurrences.values())))
    count = await _insert_planned(connection, plan, earliest, has_new_digests=has_new_digests)
    next_due = {id_: {"next_due": times.upcoming} for id_, times in occurrences.items()}
    await _update_schedules(connection, next_due, planning_number=number)
    return count


async def plan_newest(connection: AsyncConnection, subscriber_id: int, now: datetime) -> int:
    """Plan the newest digests of one subscriber's topics as due now; the number of rows."""
    plan = Planning(now, None, PlanningPolicy(timedelta(0)))
    is_own = subscriptions.c.subscriber_id == subscriber_id
    topics = plan.select_topics(select(subscriptions.c.topic_id).where(is_own))
    statement = upsert_planned(connection, select_newest(plan, topics, literal(now, UtcDateTime())).where(is_own))
    newest_before = await connection.scalar(_select_newest_id())
    count = max((await connection.execute(statement)).rowcount, 0)
    await bundle_topics(connection, newest_before)
    return count


# -- what happens first and last ------------------------------------------------------------------------------


async def _read_due_schedules(
    connection: AsyncConnection, now: datetime, find_occurrences: FindOccurrences, unsound: dict[int, str]
) -> dict[int, Occurrences]:
    """The times of the due schedules, which are locked; one that cannot be planned is passed over."""
    columns = (schedules.c.id, schedules.c.time, schedules.c.timezone, schedules.c.days)
    query = select(*columns).where(schedules.c.next_due <= now).order_by(schedules.c.id).with_for_update()

    def find_times(row: Row[Any]) -> tuple[int, Occurrences]:
        return row.id, find_occurrences(to_schedule(row), now)

    return dict(await read_sound_rows(connection, query, find_times, schedules.c.id, unsound))


def _number_new_digests(now: datetime, number: int) -> Any:  # noqa: ANN401
    """Number the digests loaded since the last planning; those of the future when their day has come."""
    is_new = (digests.c.planning_number.is_(None), digests.c.date <= find_today(now))
    return update(digests).where(*is_new).values(planning_number=number)


async def _update_schedules(
    connection: AsyncConnection,
    times: Mapping[int, Mapping[str, datetime]],
    **values: Any,  # noqa: ANN401
) -> None:
    """Set each schedule's own times, and values that are the same for all."""
    if not times:
        return
    own: dict[str, Any] = {name: bindparam(f"new_{name}") for name in next(iter(times.values()))}
    statement = update(schedules).where(schedules.c.id == bindparam("row_id")).values(**own, **values)
    rows = [
        {"row_id": id_, **{f"new_{name}": time for name, time in own_times.items()}} for id_, own_times in times.items()
    ]
    await connection.execute(statement, rows)


async def _insert_planned(
    connection: AsyncConnection, plan: Planning, earliest: datetime, *, has_new_digests: bool
) -> int:
    """Add what is due; the number of deliveries. Most mornings, nearly all of them miss the newest digest only.

    ``earliest``: nothing is due from an earlier time.
    """
    newest_before = await connection.scalar(_select_newest_id())
    includes_dropped = await connection.scalar(select_droppers(plan).limit(1)) is not None
    topics = plan.select_topics(select_due_topics(plan, has_new_digests=has_new_digests))
    groups = [build_scheduled_group(plan, topics), *([build_instant_group(plan, topics)] if has_new_digests else [])]
    bundled_before, count = await connection.scalar(_count_bundled()) or 0, 0
    for group in groups:
        missed = select_missed(plan, group, includes_dropped=includes_dropped)
        newest = select_newest(plan, topics, group.base).where(group.is_due, group.wants_newest, ~group.has_missed)
        for rows in (missed, newest):
            count += max((await connection.execute(upsert_planned(connection, rows))).rowcount, 0)
        if includes_dropped:
            count += max((await connection.execute(resume_shared(plan, group))).rowcount, 0)
    if count > 1:
        await bundle_topics(connection, newest_before, replanned_since=earliest if includes_dropped else None)
    return count - max((await connection.scalar(_count_bundled()) or 0) - bundled_before, 0)


def _select_newest_id() -> Select[Any]:
    return select(func.coalesce(func.max(outbox.c.id), 0))


def _count_bundled() -> Select[Any]:
    return select(func.count()).select_from(outbox).where(outbox.c.state == literal_column("'bundled'"))
