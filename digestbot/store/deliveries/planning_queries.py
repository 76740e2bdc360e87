"""What is planned, in SQL: the subscriptions that are due, the digests that they miss, and the outbox rows of both.

``planning.py`` says what is missed and why; here are the statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Join,
    ScalarSelect,
    Select,
    Subquery,
    Update,
    and_,
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
from digestbot.store.bundles import has_begun
from digestbot.store.database.engine import insert_into
from digestbot.store.database.sql_datetime import UtcDateTime, add_milliseconds
from digestbot.store.tables import digests, outbox, schedules, subscribers, subscriptions

CATCH_UP_DAYS = 14
"""How far back in dates a delivery reaches; of what is older, it only tells the number."""
_INSERT_COLUMNS = [
    *("subscriber_id", "digest_id", "platform", "lead_digest_id", "older_count", "state", "due_at", "available_at"),
    *("attempts", "parts_sent", "thread", "reason"),
]
_REPLANNED_COLUMNS = ("lead_digest_id", "state", "available_at")
"""What a dropped row gets anew."""
_FRESH_VALUES = (literal(0), literal(0), literal(""), literal(""))
"""Attempts, parts sent, thread and reason of a new row."""
_JITTER_SLOTS = 9973
"""A prime: the number of slots over which a morning's deliveries are spread."""


@dataclass(frozen=True, slots=True)
class PlanningPolicy:
    """How deliveries are spread, so that 08:00 is not a single spike.

    Private chats are due within the first ``jitter`` after their time, in a different order each day, groups and
    channels within the second. Times missed by more than ``max_age``, because nothing ran, count from now.
    """

    jitter: timedelta = timedelta(seconds=10)
    max_age: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Planning:
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
    def current_second(self) -> ColumnElement[datetime]:
        """Now, without its fraction of a second."""
        return literal(self.now.replace(microsecond=0), UtcDateTime())

    def select_topics(self, topic_ids: Select[Any]) -> Subquery:
        """Each topic's newest digest, and the highest planning numbers and loading times of its other ones.

        Only of these topics: there may be a hundred thousand follows, of which most are not due.
        """
        counts = and_(digests.c.date <= self.today, digests.c.topic_id.in_(topic_ids))
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
                func.min(latest.c.date, type_=Date()).label("date"),
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
class DueGroup:
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


def select_due_topics(plan: Planning, *, has_new_digests: bool) -> Select[Any]:
    """The topics of the subscriptions whose time has come, and of those that get what is loaded, if anything is."""
    due = select(schedules.c.id).where(schedules.c.next_due <= plan.now)
    is_due = subscriptions.c.schedule_id.in_(due)
    if has_new_digests:
        new_topics = select(digests.c.topic_id).where(digests.c.planning_number == plan.number)
        gets_new = and_(subscriptions.c.instant.is_(True), subscriptions.c.topic_id.in_(new_topics))
        found = select(subscriptions.c.topic_id).where(is_due).union(select(subscriptions.c.topic_id).where(gets_new))
        return select(found.subquery("due_topics").c.topic_id)
    return select(subscriptions.c.topic_id).where(is_due)


def find_first_date(today: date) -> date:
    """The date of the oldest digests that are delivered late."""
    return today - timedelta(days=CATCH_UP_DAYS)


def _find_highest(column: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.max(case((condition, column)), type_=column.type)


def build_scheduled_group(plan: Planning, topics: Subquery) -> DueGroup:
    """The subscriptions whose time has come."""
    long_ago = schedules.c.last_due < literal(plan.now - plan.policy.max_age, UtcDateTime())
    took_part = schedules.c.previous_due > subscriptions.c.starts_at
    return DueGroup(
        topics,
        base=case((long_ago, plan.current_second), else_=schedules.c.last_due),
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


def build_instant_group(plan: Planning, topics: Subquery) -> DueGroup:
    """The subscriptions that get what is loaded."""
    number = plan.number or 0
    new_topics = select(digests.c.topic_id).where(digests.c.planning_number == number)
    return DueGroup(
        topics,
        base=plan.current_second,
        is_due=and_(subscriptions.c.instant.is_(True), subscriptions.c.topic_id.in_(new_topics)),
        wants_newest=and_(topics.c.number == number, topics.c.loaded_at > subscriptions.c.since),
        is_covered=topics.c.previous_number > subscriptions.c.missed_planning_number,
        last_number=literal(number - 1),
    )


def upsert_planned(connection: AsyncConnection, rows: Any) -> Any:  # noqa: ANN401
    """The planning statement. Sent and failed rows remain; rows still on their way count from now."""
    statement = insert_into(connection, outbox).from_select(_INSERT_COLUMNS, rows)
    old, new = outbox.c, statement.excluded
    dropped = old.state == literal_column("'dropped'")
    replanned = {name: case((dropped, new[name]), else_=old[name]) for name in _REPLANNED_COLUMNS}
    is_begun = and_(dropped, has_begun(outbox))  # it goes on as it was
    replanned |= {
        "due_at": new.due_at,
        "attempts": case((is_begun, 1), (dropped, new.attempts), else_=old.attempts),  # it stays a message of its own
        "ended_at": case((dropped, None), else_=old.ended_at),
        "older_count": case((is_begun, old.older_count), (dropped, new.older_count), else_=old.older_count),
    }
    return statement.on_conflict_do_update(
        index_elements=["subscriber_id", "digest_id"], set_=replanned, where=or_(old.available_at.is_not(None), dropped)
    )


def resume_shared(plan: Planning, group: DueGroup) -> Update:
    """Let messages of several topics that were dropped after they had begun go on when one of their topics is due.

    The lead's own topic may have been left: where it is due, the message was planned with it.
    """
    follower, own = outbox.alias("follower"), digests.alias("own")
    is_own = (follower.c.subscriber_id == outbox.c.subscriber_id, follower.c.lead_digest_id == outbox.c.digest_id)
    is_subscriber = subscriptions.c.subscriber_id == follower.c.subscriber_id
    due = (
        select(follower.c.id)
        .join(own, own.c.id == follower.c.digest_id)
        .join(subscriptions, and_(is_subscriber, subscriptions.c.topic_id == own.c.topic_id))
        .join(schedules, schedules.c.id == subscriptions.c.schedule_id)
        .join(subscribers, subscribers.c.id == follower.c.subscriber_id)
        .where(*is_own, follower.c.state == DeliveryState.BUNDLED.value, group.is_due)
        .where(subscribers.c.pause_reason == "", subscriptions.c.is_paused.is_(False))
    )
    again = {"state": DeliveryState.DUE.value, "due_at": plan.current_second, "available_at": plan.current_second}
    statement = update(outbox).where(*_list_dropped_lately(plan), has_begun(outbox), due.exists())
    return statement.values(**again, attempts=1, ended_at=None)


def select_newest(plan: Planning, topics: Subquery, base: ColumnElement[Any]) -> Select[Any]:
    """Outbox rows of the newest digests, for subscriptions to be narrowed by a ``WHERE``."""
    due = _build_due_time(plan, base)
    return (
        select(subscriptions.c.subscriber_id, topics.c.digest_id, subscribers.c.platform)
        .add_columns(null(), literal(0), literal(DeliveryState.DUE.value), due, due)
        .add_columns(*_FRESH_VALUES)
        .select_from(_join_subscriptions(topics))
        .where(subscribers.c.pause_reason == "", subscriptions.c.is_paused.is_(False), _is_wanted(topics.c.date))
    )


def select_missed(plan: Planning, group: DueGroup, *, includes_dropped: bool) -> Select[Any]:
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


def _select_found(plan: Planning, group: DueGroup, *, includes_dropped: bool) -> Select[Any]:
    """The digests that these subscriptions miss, each with its place among those of its subscription."""
    topics, missed, row = group.topics, digests.alias("missed"), outbox.alias("row_there")
    dropped, on_its_way = row.c.state == literal_column("'dropped'"), row.c.available_at.is_not(None)
    is_missed, may_miss = group.is_missed(missed.c.planning_number, missed.c.loaded_at), group.has_missed
    if includes_dropped:
        is_missed = or_(is_missed, func.coalesce(dropped, false(), type_=Boolean()))
        may_miss = or_(may_miss, subscriptions.c.subscriber_id.in_(select_droppers(plan)))
    is_newest = missed.c.id == topics.c.digest_id
    is_alone = func.coalesce(or_(on_its_way, and_(dropped, has_begun(row))), false(), type_=Boolean())
    order: dict[str, Any] = {"partition_by": (subscriptions.c.id, is_alone), "order_by": missed.c.date.desc()}
    return (
        select(subscriptions.c.subscriber_id, missed.c.id.label("digest_id"), subscribers.c.platform)
        .add_columns(_build_due_time(plan, group.base).label("due_at"), is_alone.label("is_alone"))
        .add_columns(func.row_number().over(**order).label("place"))
        .add_columns(func.first_value(missed.c.id).over(**order).label("lead_digest_id"))
        .add_columns(topics.c.topic_id, topics.c.digest_id.label("newest_id"), subscriptions.c.since)
        .add_columns(subscriptions.c.delivered_from)
        .add_columns(func.coalesce(group.is_covered, false(), type_=Boolean()).label("is_covered"))
        .add_columns(group.last_number.label("last_number"))
        .add_columns(group.is_missed(topics.c.old_number, topics.c.old_loaded_at).label("misses_old"))
        .select_from(_join_subscriptions(topics))
        .join(missed, and_(missed.c.topic_id == topics.c.topic_id, missed.c.date >= topics.c.start))
        .outerjoin(row, and_(row.c.subscriber_id == subscriptions.c.subscriber_id, row.c.digest_id == missed.c.id))
        .where(subscribers.c.pause_reason == "", subscriptions.c.is_paused.is_(False), group.is_due, may_miss)
        .where(missed.c.date <= plan.today, missed.c.planning_number <= plan.number, _is_wanted(missed.c.date))
        .where(or_(and_(is_newest, group.wants_newest), and_(missed.c.date >= plan.first_date, is_missed)))
        .where(or_(row.c.id.is_(None), dropped, on_its_way))
    )


def _count_older(plan: Planning, found: Subquery) -> ScalarSelect[int]:
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
        .where(or_(found.c.delivered_from.is_(None), older.c.date >= found.c.delivered_from))
        .correlate(found)
        .scalar_subquery()
    )


def select_droppers(plan: Planning) -> Select[Any]:
    """The subscribers with dropped deliveries of dates that are still delivered."""
    return select(outbox.c.subscriber_id).where(*_list_dropped_lately(plan))


def _list_dropped_lately(plan: Planning) -> tuple[ColumnElement[bool], ...]:
    """Whether a row was dropped, and may be of a date that is still delivered."""
    since = plan.now - timedelta(days=CATCH_UP_DAYS + 2)
    given_up = literal_column("state IN ('failed', 'dropped')", Boolean())  # as in the index
    return given_up, outbox.c.state == literal_column("'dropped'"), outbox.c.ended_at > since


def _is_wanted(date_column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a digest of a date is none from before the chat asked for it."""
    first = subscriptions.c.delivered_from
    return or_(first.is_(None), date_column >= first)


def _join_subscriptions(topics: Subquery) -> Join:
    return (
        schedules.join(subscriptions, subscriptions.c.schedule_id == schedules.c.id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .join(topics, topics.c.topic_id == subscriptions.c.topic_id)
    )


def _build_due_time(plan: Planning, base: ColumnElement[Any]) -> ColumnElement[Any]:
    return add_milliseconds(base, _jitter_milliseconds(plan)) if plan.policy.jitter else base


def _jitter_milliseconds(plan: Planning) -> ColumnElement[int]:
    """Milliseconds derived from the subscriber and the day, so that nobody is always last."""
    slot = (cast(subscribers.c.id, BigInteger) * 48_271 + plan.now.toordinal() * 6_967) % _JITTER_SLOTS
    milliseconds = int(plan.policy.jitter.total_seconds() * 1000)
    group_offset = case((subscribers.c.title != "", milliseconds), else_=0)
    return slot * milliseconds // _JITTER_SLOTS + group_offset
