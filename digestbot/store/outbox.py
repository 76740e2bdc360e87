"""The outbox: planned, claimed and sent deliveries.

Rows are unique by subscriber and digest, so planning is idempotent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.calendar import find_today
from digestbot.domain.delivery import Delivery, DeliveryState, OutboxUpdate
from digestbot.domain.subscription import (
    Address,
    CardStyle,
    Layout,
    Occurrences,
    PostMode,
    Preferences,
    Schedule,
    Subscriber,
)
from digestbot.store.engine import Database, insert_into
from digestbot.store.sql_datetime import UtcDateTime, add_milliseconds
from digestbot.store.subscribers import to_schedule
from digestbot.store.tables import digests, outbox, schedules, subscribers, subscriptions

_PLANNED_COLUMNS = ("state", "due_at", "available_at", "attempts", "parts_sent", "thread", "reason")
_INSERT_COLUMNS = ["subscriber_id", "digest_id", "platform", *_PLANNED_COLUMNS]
_UPDATE_COLUMNS = [field.name for field in fields(OutboxUpdate) if field.name not in {"id", "claim_number"}]
_SENT_COLUMNS = ("state", "available_at", "reason", "ended_at")
"""What a sent row changes: with fewer columns, more rows share one statement."""
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


class Outbox:
    """Plans, claims and updates deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- planning ---------------------------------------------------------------------------------------------

    async def plan(
        self, now: datetime, find_occurrences: Callable[[Schedule, datetime], Occurrences], policy: PlanningPolicy
    ) -> int:
        """Plan all due deliveries with one statement and advance the schedules, in one transaction; the number of rows.

        A subscription whose scheduled time has come gets its topic's newest digest, unless it already had that:
        however many times were missed, it gets one digest. An instant subscription gets it as soon as it is
        loaded. ``find_occurrences`` gives a schedule's times around a moment. Processes that plan at the same
        time wait for each other.
        """
        async with self._database.write() as connection:
            due_schedules = (await connection.execute(_select_due_schedules(now))).all()
            new_digests = (await connection.scalars(_take_new_digests(now))).all()
            if not due_schedules and not new_digests:
                return 0
            occurrences = {row.id: find_occurrences(to_schedule(row), now) for row in due_schedules}
            await _set_schedule_times(connection, "last_due", {key: times.last for key, times in occurrences.items()})
            rows = union_all(_select_scheduled(now, policy), _select_instant(now, policy, new_digests))
            row_count = (await connection.execute(_upsert_planned(connection, rows))).rowcount
            await _set_schedule_times(
                connection, "next_due", {key: times.upcoming for key, times in occurrences.items()}
            )
        return max(row_count, 0)

    async def plan_now(self, subscriber_id: int, now: datetime) -> int:
        """Plan the newest digests of one subscriber's topics as due now; the number of rows."""
        policy = PlanningPolicy(timedelta(0))
        rows = _select_rows(literal(now, UtcDateTime()), now, policy).where(
            subscriptions.c.subscriber_id == subscriber_id
        )
        async with self._database.write() as connection:
            return max((await connection.execute(_upsert_planned(connection, rows))).rowcount, 0)

    # -- claiming ---------------------------------------------------------------------------------------------

    async def claim(
        self,
        platform: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        state: DeliveryState = DeliveryState.SENDING,
        *,
        except_ids: Sequence[int] = (),
    ) -> list[Delivery]:
        """Claim a platform's free rows, the longest waiting first: due rows, and rows whose lease expired.

        They become ``sending``. With the state ``due`` they are only reserved, until each is started by its own
        update. Rows that another process is claiming at the same time are skipped, and those of ``except_ids``.
        """
        pick = (
            select(outbox.c.id)
            .where(outbox.c.platform == platform, outbox.c.available_at <= now)
            .where(*([outbox.c.id.not_in(except_ids)] if except_ids else []))
            .order_by(outbox.c.available_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("pick")
        )
        statement = (
            update(outbox)
            .where(outbox.c.id.in_(select(pick.c.id)))
            .values(
                state=state.value,
                available_at=now + lease,
                attempts=outbox.c.attempts + 1,
                claim_number=outbox.c.claim_number + 1,
            )
            .returning(outbox.c.id)
        )
        async with self._database.write() as connection:
            ids = (await connection.scalars(statement)).all()
            rows = await connection.execute(_select_claimed(ids)) if ids else ()
            return [_to_delivery(row) for row in rows]

    async def apply_updates(self, updates: Sequence[OutboxUpdate]) -> set[int]:
        """Apply the updates of claimed rows, all in one transaction; the ids of the rows that took them.

        A row that has ended, or was claimed again since, takes none. Rows that change alike share one statement, and
        most do: one statement per row takes three times as long.
        """
        groups: dict[tuple[Any, ...], list[OutboxUpdate]] = {}
        for change in sorted(updates, key=attrgetter("id")):
            groups.setdefault((change.claim_number, *_list_new_values(change).values()), []).append(change)
        updated: set[int] = set()
        async with self._database.write() as connection:
            for changes in groups.values():
                held = _is_held([change.id for change in changes], changes[0].claim_number)
                statement = update(outbox).where(held).values(_list_new_values(changes[0]))
                updated.update(await connection.scalars(statement.returning(outbox.c.id)))
        return updated

    async def renew_leases(self, claims: Collection[tuple[int, int]], lease_until: datetime) -> set[int]:
        """Extend the leases of claimed rows, each an id with its claim number; the ids of those that were extended.

        Rows that ended, were claimed again, or were postponed beyond that time are not.
        """
        by_number: dict[int, list[int]] = {}
        for id_, claim_number in sorted(claims):
            by_number.setdefault(claim_number, []).append(id_)
        renewed: set[int] = set()
        async with self._database.write() as connection:
            for claim_number, ids in by_number.items():
                statement = update(outbox).where(_is_held(ids, claim_number), outbox.c.available_at < lease_until)
                extended = statement.values(available_at=lease_until).returning(outbox.c.id)
                renewed.update(await connection.scalars(extended))
        return renewed

    async def reclaim(self, platform: str, now: datetime) -> int:
        """Free the rows that the platform's previous sender left ``sending``; the number of rows. For its successor."""
        was_sending = and_(outbox.c.platform == platform, outbox.c.state == DeliveryState.SENDING.value)
        statement = update(outbox).where(was_sending, outbox.c.available_at.is_not(None)).values(available_at=now)
        async with self._database.write() as connection:
            return int((await connection.execute(statement)).rowcount)

    async def fail_ambiguous(self, platform: str, now: datetime, reason: str, *, except_ids: Sequence[int] = ()) -> int:
        """Fail the platform's rows with expired leases, since they may have been delivered; the number of rows.

        Those of ``except_ids`` are left as they are.
        """
        has_expired = and_(outbox.c.state == DeliveryState.SENDING.value, outbox.c.available_at <= now)
        statement = update(outbox).where(has_expired, outbox.c.platform == platform)
        statement = statement.where(outbox.c.id.not_in(except_ids)) if except_ids else statement
        failed = {"state": DeliveryState.FAILED.value, "available_at": None, "reason": reason, "ended_at": now}
        async with self._database.write() as connection:
            return int((await connection.execute(statement.values(**failed))).rowcount)

    async def prune(self, before: datetime, limit: int, now: datetime) -> int:
        """Delete deliveries that ended before a given time, up to ``limit`` at once; the number of rows.

        Deliveries of a topic's newest digest are kept, since they prevent it from being sent again.
        """
        other = digests.alias("other")
        is_same_topic = (other.c.topic_id == digests.c.topic_id, other.c.date <= find_today(now))
        newest = select(func.max(other.c.date)).where(*is_same_topic).scalar_subquery()
        old_digests = select(digests.c.id).where(digests.c.loaded_at < before, digests.c.date < newest)
        has_ended = (outbox.c.available_at.is_(None), outbox.c.ended_at < before)
        prunable = select(outbox.c.id).where(outbox.c.digest_id.in_(old_digests), *has_ended).limit(limit)
        async with self._database.write() as connection:
            return int((await connection.execute(delete(outbox).where(outbox.c.id.in_(prunable)))).rowcount)


# -- the statements -------------------------------------------------------------------------------------------


def _is_held(ids: Sequence[int], claim_number: int) -> ColumnElement[bool]:
    """Whether a row is one of these and still that claim's: it has not ended, and was not claimed again."""
    return and_(outbox.c.id.in_(ids), outbox.c.claim_number == claim_number, outbox.c.available_at.is_not(None))


def _list_new_values(change: OutboxUpdate) -> dict[str, Any]:
    """The columns that an update changes."""
    columns = _SENT_COLUMNS if change.state is DeliveryState.SENT else _UPDATE_COLUMNS
    return {name: getattr(change, name) for name in columns}


def _select_due_schedules(now: datetime) -> Select[Any]:
    """The due schedules, locked by the process that plans them."""
    return select(schedules).where(schedules.c.next_due <= now).order_by(schedules.c.id).with_for_update()


def _take_new_digests(now: datetime) -> Any:  # noqa: ANN401
    """Take the digests loaded since the last planning; those of the future when their day has come."""
    is_new = (digests.c.announced.is_(False), digests.c.date <= find_today(now))
    return update(digests).where(*is_new).values(announced=True).returning(digests.c.id)


def _upsert_planned(connection: AsyncConnection, rows: Any) -> Any:  # noqa: ANN401
    """The planning statement. Sent and failed rows remain; rows still on their way count from now."""
    statement = insert_into(connection, outbox).from_select(_INSERT_COLUMNS, rows)
    old, new = outbox.c, statement.excluded
    dropped = old.state == literal_column("'dropped'")
    replanned = {
        "due_at": new.due_at,
        "state": case((dropped, new.state), else_=old.state),
        "available_at": case((dropped, new.available_at), else_=old.available_at),
        "attempts": case((dropped, new.attempts), else_=old.attempts),
        "ended_at": case((dropped, None), else_=old.ended_at),
    }
    return statement.on_conflict_do_update(
        index_elements=["subscriber_id", "digest_id"], set_=replanned, where=or_(old.available_at.is_not(None), dropped)
    )


async def _set_schedule_times(connection: AsyncConnection, column: str, times: Mapping[int, datetime]) -> None:
    """Set a column of several schedules, each to its own time."""
    statement = update(schedules).where(schedules.c.id == bindparam("row_id")).values({column: bindparam("new_time")})
    if times:
        await connection.execute(statement, [{"row_id": row_id, "new_time": time} for row_id, time in times.items()])


def _select_scheduled(now: datetime, policy: PlanningPolicy) -> Select[Any]:
    long_ago = schedules.c.last_due < literal(now - policy.max_age, UtcDateTime())
    base = case((long_ago, literal(_truncate_to_second(now), UtcDateTime())), else_=schedules.c.last_due)
    return _select_rows(base, now, policy).where(
        schedules.c.next_due <= now,
        schedules.c.last_due > subscriptions.c.starts_at,
        subscriptions.c.instant.is_(False),
    )


def _select_instant(now: datetime, policy: PlanningPolicy, new_digests: Sequence[int]) -> Select[Any]:
    base = literal(_truncate_to_second(now), UtcDateTime())
    return _select_rows(base, now, policy).where(
        digests.c.id.in_(new_digests), subscriptions.c.instant.is_(True), digests.c.loaded_at > subscriptions.c.since
    )


def _select_rows(base: ColumnElement[Any], now: datetime, policy: PlanningPolicy) -> Select[Any]:
    """Outbox rows of the newest digests, for subscriptions to be narrowed by a ``WHERE``."""
    newest = select(digests.c.topic_id, func.max(digests.c.date).label("date"))
    newest = newest.where(digests.c.date <= find_today(now)).group_by(digests.c.topic_id)
    latest = newest.subquery("newest")
    due = add_milliseconds(base, _jitter_milliseconds(now, policy)) if policy.jitter else base
    return (
        select(
            subscriptions.c.subscriber_id,
            digests.c.id,
            subscribers.c.platform,
            literal(DeliveryState.DUE.value),
            due,
            due,
            literal(0),
            literal(0),
            literal(""),
            literal(""),
        )
        .select_from(schedules)
        .join(subscriptions, subscriptions.c.schedule_id == schedules.c.id)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .join(latest, latest.c.topic_id == subscriptions.c.topic_id)
        .join(digests, and_(digests.c.topic_id == latest.c.topic_id, digests.c.date == latest.c.date))
        .where(subscribers.c.pause_reason == "")
    )


def _jitter_milliseconds(now: datetime, policy: PlanningPolicy) -> ColumnElement[int]:
    """Milliseconds derived from the subscriber and the day, so that nobody is always last."""
    slot = (cast(subscribers.c.id, BigInteger) * 48_271 + now.toordinal() * 6_967) % _JITTER_SLOTS
    milliseconds = int(policy.jitter.total_seconds() * 1000)
    group_offset = case((subscribers.c.title != "", milliseconds), else_=0)
    return slot * milliseconds // _JITTER_SLOTS + group_offset


def _truncate_to_second(now: datetime) -> datetime:
    return now.replace(microsecond=0)


def _to_delivery(row: Row[Any]) -> Delivery:
    id_, digest_id, attempts, due_at, parts_sent, thread, reason, claim_number, *subscriber_columns = tuple(row)
    subscriber_id, platform, chat, chat_thread, pause_reason, title, moderator_chat, *preference_columns = (
        subscriber_columns
    )
    address = Address(platform, chat, chat_thread)
    subscriber = Subscriber(
        subscriber_id, address, _to_preferences(*preference_columns), pause_reason, title, moderator_chat
    )
    return Delivery(id_, subscriber, digest_id, attempts, due_at, parts_sent, thread, reason, claim_number)


@lru_cache(maxsize=1024)
def _to_preferences(language: str, layout: str, card_style: str, post_mode: str, publish: bool) -> Preferences:
    """The display preferences of a delivery; its timing comes from its schedule and is not read again."""
    return Preferences(
        language=language,
        layout=Layout(layout),
        card_style=CardStyle(card_style),
        post_mode=PostMode(post_mode),
        publish=publish,
    )


def _select_claimed(ids: Sequence[int]) -> Select[Any]:
    """Claimed rows with their subscribers' data; a subscriber's topics in the order in which they were loaded."""
    outbox_columns = ("id", "digest_id", "attempts", "due_at", "parts_sent", "thread", "reason", "claim_number")
    subscriber_columns = ("id", "platform", "chat", "thread", "pause_reason", "title", "moderator_chat")
    preference_columns = ("language", "layout", "card_style", "post_mode", "publish")
    return (
        select(
            *(outbox.c[name] for name in outbox_columns),
            *(subscribers.c[name] for name in (*subscriber_columns, *preference_columns)),
        )
        .select_from(outbox.join(subscribers))
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.due_at, outbox.c.subscriber_id, outbox.c.digest_id)
    )
