"""Planning: what is due is put into the outbox, by a few statements however many subscriptions there are.

Plannings are numbered, one after the other. A digest has the number of the planning that first saw it, and a schedule
that of its last planning: so whatever a digest's date, and whenever it was loaded, it is known which schedules have not
delivered it yet, and no clock is asked.

A subscription that its schedule's last planning covered misses only the digests that were numbered since. One that
did not take part, because it is new, was paused or had another schedule, is looked up in the outbox: it misses every
digest loaded since it exists that has no row there. Of what a subscription misses, the newest digest is its delivery's
*lead*. The other digests' rows are ``bundled`` with it, and end as it does (``bundles.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Join,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.calendar import find_today
from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Occurrences, Schedule
from digestbot.store.bundles import has_begun
from digestbot.store.engine import insert_into
from digestbot.store.planning_number import begin_planning
from digestbot.store.sound_rows import read_sound_rows
from digestbot.store.sql_datetime import UtcDateTime, add_milliseconds
from digestbot.store.subscribers import to_schedule
from digestbot.store.tables import digests, outbox, schedules, subscribers, subscriptions

CATCH_UP_DAYS = 14
"""How far back in dates a delivery reaches; of what is older, it only tells the number."""
_INSERT_COLUMNS = [
    *("subscriber_id", "digest_id", "platform", "lead_digest_id", "older_count", "state", "due_at", "available_at"),
    *("attempts", "parts_sent", "thread", "reason"),
]
_REPLANNED_COLUMNS = ("lead_digest_id", "state", "available_at", "attempts")
"""What a dropped row gets anew."""
_FRESH_VALUES = (literal(0), literal(0), literal(""), literal(""))
"""Attempts, parts sent, thread and reason of a new row."""
_JITTER_SLOTS = 9973
"""A prime: the number of slots over which a morning's deliveries are spread."""
FindOccurrences = Callable[[Schedule, datetime], Occurrences]


@dataclass(frozen=True, slots=True)
class PlanningPolicy:
    """How deliveries are spread, so that 08:00 is not a single spike.

    Private chats are due within the first ``jitter`` after their time, in a different order each day, groups and
    channels within the second. Times missed by more than ``max_age``, because nothing ran, count from now.
    """

    jitter: timedelta = timedelta(seconds=10)
    max_age: timedelta = timedelta(hours=24)


async def plan_due(
    connection: AsyncConnection, now: datetime, find_occurrences: FindOccurrences, policy: PlanningPolicy
) -> int:
    """Plan what is due, and move the schedules on; the number of deliveries, each with what is bundled with it."""
    number = await begin_planning(connection)
    unsound: dict[int, str] = {}
    occurrences = await _read_due_schedules(connection, now, find_occurrences, unsound)
    has_new_digests = bool((await connection.execute(_number_new_digests(now, number))).rowcount)
    if not occurrences and not has_new_digests:
        return 0
    last_due = {id_: {"last_due": times.last} for id_, times in occurrences.items()}
    await _update_schedules(connection, last_due, previous_due=schedules.c.last_due)
    plan = _Plan(now, number, policy, frozenset(unsound))
    count = await _insert_planned(connection, plan, has_new_digests=has_new_digests)
    next_due = {id_: {"next_due": times.upcoming} for id_, times in occurrences.items()}
    await _update_schedules(connection, next_due, planning_number=number)
    return count


async def plan_newest(connection: AsyncConnection, subscriber_id: int, now: datetime) -> int:
    """Plan the newest digests of one subscriber's topics as due now; the number of rows."""
    plan = _Plan(now, None, PlanningPolicy(timedelta(0)))
    rows = _select_newest(plan, plan.select_topics(), literal(now, UtcDateTime()))
    statement = _upsert_planned(connection, rows.where(subscriptions.c.subscriber_id == subscriber_id))
    return max((await connection.execute(statement)).rowcount, 0)


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


# -- what is planned ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """One planning: its moment, number (``None``: digests without one count too), policy, and what it passes over."""

    now: datetime
    number: int | None
    policy: PlanningPolicy
    unsound_schedules: frozenset[int] = frozenset()

    @property
    def today(self) -> date:
        """The date of the newest digests that count."""
        return find_today(self.now)

    @property
    def first_date(self) -> date:
        """The date of the oldest digests that are delivered late."""
        return find_first_date(self.today)

    @property
    def moment(self) -> ColumnElement[datetime]:
        """Now, to the second."""
        return literal(self.now.replace(microsecond=0), UtcDateTime())

    def select_topics(self) -> Subquery:
        """Each topic's newest digest, and the highest planning numbers and loading times of its other ones."""
        counts = digests.c.date <= self.today
        if self.number is not None:  # what is loaded while this goes on waits for the next planning
            counts = and_(counts, digests.c.planning_number <= self.number)
        newest = select(digests.c.topic_id, func.max(digests.c.date).label("date")).where(counts)
        latest = newest.group_by(digests.c.topic_id).subquery("latest")
        is_newest, is_other = digests.c.date == latest.c.date, digests.c.date < latest.c.date
        is_old, is_earlier = digests.c.date < self.first_date, digests.c.planning_number < (self.number or 0)
        start = case((latest.c.date < self.first_date, latest.c.date), else_=self.first_date)
        return (
            select(
                latest.c.topic_id,
                func.min(start, type_=Date()).label("start"),
                _find_highest(digests.c.id, is_newest).label("digest_id"),
                _find_highest(digests.c.planning_number, is_newest).label("number"),
                _find_highest(digests.c.loaded_at, is_newest).label("loaded_at"),
                _find_highest(digests.c.planning_number, is_other).label("other_number"),
                _find_highest(digests.c.loaded_at, is_other).label("other_loaded_at"),
                _find_highest(digests.c.planning_number, and_(is_other, is_old)).label("old_number"),
                _find_highest(digests.c.loaded_at, and_(is_other, is_old)).label("old_loaded_at"),
                _find_highest(digests.c.planning_number, is_earlier).label("previous_number"),
            )
            .select_from(latest.join(digests, digests.c.topic_id == latest.c.topic_id))
            .where(counts)
            .group_by(latest.c.topic_id)
            .subquery("topics_planned")
        )


@dataclass(frozen=True, slots=True)
class _Group:
    """The subscriptions that are due for one reason, and what they miss, in SQL.

    ``base`` is the time from which a delivery is due. ``wants_newest`` is true where the newest digest is due although
    it may not be new. ``is_covered`` tells whether the last planning covered a subscription, and ``last_number`` is
    the number of that planning.
    """

    topics: Subquery
    base: ColumnElement[Any]
    is_due: ColumnElement[bool]
    wants_newest: ColumnElement[bool]
    is_covered: ColumnElement[bool]
    last_number: ColumnElement[int]

    def is_missed(self, number: ColumnElement[Any], loaded_at: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a digest with this number and loading time came after the last delivery."""
        is_new = case((self.is_covered, number > self.last_number), else_=loaded_at > subscriptions.c.since)
        return func.coalesce(is_new, false(), type_=Boolean())

    @property
    def has_missed(self) -> ColumnElement[bool]:
        """Whether another digest than the newest is missed."""
        return self.is_missed(self.topics.c.other_number, self.topics.c.other_loaded_at)


def find_first_date(today: date) -> date:
    """The date of the oldest digests that are delivered late."""
    return today - timedelta(days=CATCH_UP_DAYS)


def _find_highest(column: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.max(case((condition, column)), type_=column.type)


def _build_scheduled(plan: _Plan, topics: Subquery) -> _Group:
    """The subscriptions whose time has come."""
    long_ago = schedules.c.last_due < literal(plan.now - plan.policy.max_age, UtcDateTime())
    took_part = schedules.c.previous_due > subscriptions.c.starts_at
    return _Group(
        topics,
        base=case((long_ago, plan.moment), else_=schedules.c.last_due),
        is_due=and_(
            schedules.c.next_due <= plan.now,
            schedules.c.id.not_in(plan.unsound_schedules),
            schedules.c.last_due > subscriptions.c.starts_at,
            subscriptions.c.instant.is_(False),
        ),
        wants_newest=true(),
        is_covered=and_(took_part, schedules.c.planning_number > subscriptions.c.missed_planning_number),
        last_number=schedules.c.planning_number,
    )


def _build_instant(plan: _Plan, topics: Subquery) -> _Group:
    """The subscriptions that get what is loaded."""
    number = plan.number or 0
    new_topics = select(digests.c.topic_id).where(digests.c.planning_number == number)
    return _Group(
        topics,
        base=plan.moment,
        is_due=and_(subscriptions.c.instant.is_(True), subscriptions.c.topic_id.in_(new_topics)),
        wants_newest=and_(topics.c.number == number, topics.c.loaded_at > subscriptions.c.since),
        is_covered=topics.c.previous_number > subscriptions.c.missed_planning_number,
        last_number=literal(number - 1),
    )


async def _insert_planned(connection: AsyncConnection, plan: _Plan, *, has_new_digests: bool) -> int:
    """Add what is due; the number of deliveries. Most mornings, nearly all of them miss the newest digest only."""
    includes_dropped = await connection.scalar(_select_droppers(plan).limit(1)) is not None
    topics = plan.select_topics()
    groups = [_build_scheduled(plan, topics), *([_build_instant(plan, topics)] if has_new_digests else [])]
    bundled_before, count = await connection.scalar(_count_bundled()) or 0, 0
    for group in groups:
        missed = _select_missed(plan, group, includes_dropped=includes_dropped)
        newest = _select_newest(plan, topics, group.base).where(group.is_due, group.wants_newest, ~group.has_missed)
        for rows in (missed, newest):
            count += max((await connection.execute(_upsert_planned(connection, rows))).rowcount, 0)
    return count - max((await connection.scalar(_count_bundled()) or 0) - bundled_before, 0)


def _count_bundled() -> Select[Any]:
    return select(func.count()).select_from(outbox).where(outbox.c.state == literal_column("'bundled'"))


# -- the statements -------------------------------------------------------------------------------------------


def _upsert_planned(connection: AsyncConnection, rows: Any) -> Any:  # noqa: ANN401
    """The planning statement. Sent and failed rows remain; rows still on their way count from now."""
    statement = insert_into(connection, outbox).from_select(_INSERT_COLUMNS, rows)
    old, new = outbox.c, statement.excluded
    dropped = old.state == literal_column("'dropped'")
    replanned = {name: case((dropped, new[name]), else_=old[name]) for name in _REPLANNED_COLUMNS}
    is_begun = and_(dropped, has_begun(outbox))  # it goes on as it was
    replanned |= {
        "due_at": new.due_at,
        "ended_at": case((dropped, None), else_=old.ended_at),
        "older_count": case((is_begun, old.older_count), (dropped, new.older_count), else_=old.older_count),
    }
    return statement.on_conflict_do_update(
        index_elements=["subscriber_id", "digest_id"], set_=replanned, where=or_(old.available_at.is_not(None), dropped)
    )


def _select_newest(plan: _Plan, topics: Subquery, base: ColumnElement[Any]) -> Select[Any]:
    """Outbox rows of the newest digests, for subscriptions to be narrowed by a ``WHERE``."""
    due = _build_due_time(plan, base)
    return (
        select(subscriptions.c.subscriber_id, topics.c.digest_id, subscribers.c.platform)
        .add_columns(null(), literal(0), literal(DeliveryState.DUE.value), due, due)
        .add_columns(*_FRESH_VALUES)
        .select_from(_join_subscriptions(topics))
        .where(subscribers.c.pause_reason == "")
    )


def _select_missed(plan: _Plan, group: _Group, *, includes_dropped: bool) -> Select[Any]:
    """Outbox rows of everything that is missed by the subscriptions that may miss more than the newest digest.

    The newest row of a subscription leads the others. Rows that are on their way already, or may have arrived in part,
    are deliveries of their own.
    """
    found = _select_found(plan, group, includes_dropped=includes_dropped).subquery("found")
    is_bundled = and_(~found.c.is_alone, found.c.place > 1)
    return select(
        found.c.subscriber_id,
        found.c.digest_id,
        found.c.platform,
        case((is_bundled, found.c.lead_digest_id), else_=null()),
        case((and_(~is_bundled, found.c.misses_old), _count_older(plan, found)), else_=0),
        case((is_bundled, DeliveryState.BUNDLED.value), else_=DeliveryState.DUE.value),
        found.c.due_at,
        case((is_bundled, null()), else_=found.c.due_at),
        *_FRESH_VALUES,
    ).where(true())


def _select_found(plan: _Plan, group: _Group, *, includes_dropped: bool) -> Select[Any]:
    """The digests that these subscriptions miss, each with its place among those of its subscription."""
    topics, missed, row = group.topics, digests.alias("missed"), outbox.alias("row_there")
    dropped, on_its_way = row.c.state == literal_column("'dropped'"), row.c.available_at.is_not(None)
    is_missed, may_miss = group.is_missed(missed.c.planning_number, missed.c.loaded_at), group.has_missed
    if includes_dropped:
        is_missed = or_(is_missed, func.coalesce(dropped, false(), type_=Boolean()))
        may_miss = or_(may_miss, subscriptions.c.subscriber_id.in_(_select_droppers(plan)))
    is_newest = missed.c.id == topics.c.digest_id
    is_alone = func.coalesce(or_(on_its_way, and_(dropped, has_begun(row))), false(), type_=Boolean())
    order: dict[str, Any] = {"partition_by": (subscriptions.c.id, is_alone), "order_by": missed.c.date.desc()}
    return (
        select(subscriptions.c.subscriber_id, missed.c.id.label("digest_id"), subscribers.c.platform)
        .add_columns(_build_due_time(plan, group.base).label("due_at"), is_alone.label("is_alone"))
        .add_columns(func.row_number().over(**order).label("place"))
        .add_columns(func.first_value(missed.c.id).over(**order).label("lead_digest_id"))
        .add_columns(topics.c.topic_id, topics.c.digest_id.label("newest_id"), subscriptions.c.since)
        .add_columns(func.coalesce(group.is_covered, false(), type_=Boolean()).label("is_covered"))
        .add_columns(group.last_number.label("last_number"))
        .add_columns(group.is_missed(topics.c.old_number, topics.c.old_loaded_at).label("misses_old"))
        .select_from(_join_subscriptions(topics))
        .join(missed, and_(missed.c.topic_id == topics.c.topic_id, missed.c.date >= topics.c.start))
        .outerjoin(row, and_(row.c.subscriber_id == subscriptions.c.subscriber_id, row.c.digest_id == missed.c.id))
        .where(subscribers.c.pause_reason == "", group.is_due, may_miss)
        .where(missed.c.date <= plan.today, missed.c.planning_number <= plan.number)
        .where(or_(and_(is_newest, group.wants_newest), and_(missed.c.date >= plan.first_date, is_missed)))
        .where(or_(row.c.id.is_(None), dropped, on_its_way))
    )


def _count_older(plan: _Plan, found: Subquery) -> ScalarSelect[int]:
    """The number of missed digests that are too old to be delivered."""
    older = digests.alias("older")
    is_missed = case(
        (found.c.is_covered, older.c.planning_number > found.c.last_number), else_=older.c.loaded_at > found.c.since
    )
    is_received = exists().where(outbox.c.subscriber_id == found.c.subscriber_id, outbox.c.digest_id == older.c.id)
    return (
        select(func.count())
        .select_from(older)
        .where(older.c.topic_id == found.c.topic_id, older.c.date < plan.first_date, older.c.id != found.c.newest_id)
        .where(older.c.planning_number <= plan.number, is_missed, ~is_received)
        .correlate(found)
        .scalar_subquery()
    )


def _select_droppers(plan: _Plan) -> Select[Any]:
    """The subscribers with dropped deliveries of dates that are still delivered."""
    since = plan.now - timedelta(days=CATCH_UP_DAYS + 2)
    given_up = literal_column("state IN ('failed', 'dropped')", Boolean())  # as in the index
    is_dropped = outbox.c.state == literal_column("'dropped'")
    return select(outbox.c.subscriber_id).where(given_up, is_dropped, outbox.c.ended_at > since)


def _join_subscriptions(topics: Subquery) -> Join:
    return (
        schedules.join(subscriptions, subscriptions.c.schedule_id == schedules.c.id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .join(topics, topics.c.topic_id == subscriptions.c.topic_id)
    )


def _build_due_time(plan: _Plan, base: ColumnElement[Any]) -> ColumnElement[Any]:
    return add_milliseconds(base, _jitter_milliseconds(plan)) if plan.policy.jitter else base


def _jitter_milliseconds(plan: _Plan) -> ColumnElement[int]:
    """Milliseconds derived from the subscriber and the day, so that nobody is always last."""
    slot = (cast(subscribers.c.id, BigInteger) * 48_271 + plan.now.toordinal() * 6_967) % _JITTER_SLOTS
    milliseconds = int(plan.policy.jitter.total_seconds() * 1000)
    group_offset = case((subscribers.c.title != "", milliseconds), else_=0)
    return slot * milliseconds // _JITTER_SLOTS + group_offset
