"""The outbox: what is due, claimed, sent. A row is unique by subscriber and digest, so planning twice plans once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from digestbot.store.engine import Database, insert
from digestbot.store.moments import UtcDateTime, later
from digestbot.store.subscribers import schedule_of
from digestbot.store.tables import digests, outbox, schedules, subscribers, subscriptions

_PLANNED = ("state", "due_at", "free_at", "attempts", "parts", "thread", "reason")
_COLUMNS = ["subscriber_id", "digest_id", "platform", *_PLANNED]
_MARKED = [field.name for field in fields(OutboxUpdate) if field.name != "id"]
_PLACES = 9973
"""A prime: how many moments a morning's deliveries are spread over."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a morning is spread, so that 08:00 is not one spike.

    Private chats are due within the first ``spread`` of it, each day in another order, groups and channels within the
    second. A time that passed longer than ``late`` ago, while nothing ran, counts from now.
    """

    spread: timedelta = timedelta(seconds=10)
    late: timedelta = timedelta(hours=24)


class Outbox:
    """Plans, claims and marks deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- planning ---------------------------------------------------------------------------------------------

    async def plan(self, now: datetime, times: Callable[[Schedule, datetime], Occurrences], pace: Pace) -> int:
        """Plan all that is due by one statement, and move the schedules on, in one transaction; how many rows.

        A subscription whose schedule's time has come gets its topic's newest digest, unless it had that: what was
        missed comes as one digest. An instant one gets it as soon as it is loaded. ``times`` gives a schedule's moments
        around another. Of several processes that plan at once, each waits for the one before.
        """
        async with self._database.write() as connection:
            passed = (await connection.execute(_passed(now))).all()
            fresh = (await connection.scalars(_announced())).all()
            if not passed and not fresh:
                return 0
            its = {row.id: times(schedule_of(row), now) for row in passed}
            await _set(connection, "last_due", {key: moments.last for key, moments in its.items()})
            rows = union_all(_scheduled(now, pace), _instant(now, pace, fresh))
            planned = (await connection.execute(_planning(connection, rows))).rowcount
            await _set(connection, "next_due", {key: moments.upcoming for key, moments in its.items()})
        return max(planned, 0)

    async def plan_now(self, subscriber_id: int, now: datetime) -> int:
        """Plan the newest digests of one subscriber's topics, due now; how many rows."""
        at_once = Pace(timedelta(0))
        rows = _rows(literal(now, UtcDateTime()), now, at_once).where(subscriptions.c.subscriber_id == subscriber_id)
        async with self._database.write() as connection:
            return max((await connection.execute(_planning(connection, rows))).rowcount, 0)

    # -- claiming ---------------------------------------------------------------------------------------------

    async def claim(
        self, platform: str, now: datetime, lease: timedelta, most: int, state: DeliveryState = DeliveryState.SENDING
    ) -> list[Delivery]:
        """Take a platform's free rows, the longest waiting first: those that are due, and whose lease ran out.

        They are ``sending`` now; with the state ``due`` they are only kept from others, until each is begun by a mark
        of its own. Rows that another process is taking at this moment are passed over.
        """
        pick = (
            select(outbox.c.id)
            .where(outbox.c.platform == platform, outbox.c.free_at <= now)
            .order_by(outbox.c.free_at, outbox.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("pick")
        )
        taken = (
            update(outbox)
            .where(outbox.c.id.in_(select(pick.c.id)))
            .values(state=state.value, free_at=now + lease, attempts=outbox.c.attempts + 1)
            .returning(outbox.c.id)
        )
        async with self._database.write() as connection:
            ids = (await connection.scalars(taken)).all()
            found = await connection.execute(_claimed(ids)) if ids else ()
            return [_delivery(row) for row in found]

    async def mark(self, marks: Sequence[OutboxUpdate]) -> None:
        """Note what became of claimed rows, all in one transaction.

        Most are sent, and those of a moment are one statement: a statement a row would cost three times as much.
        """
        sent: dict[datetime | None, list[int]] = {}
        others = []
        for mark in sorted(marks, key=attrgetter("id")):
            if mark.state is DeliveryState.SENT:
                sent.setdefault(mark.ended_at, []).append(mark.id)
            else:
                others.append({"marked": mark.id} | {f"new_{name}": getattr(mark, name) for name in _MARKED})
        async with self._database.write() as connection:
            for moment, ids in sent.items():
                ended = {"state": DeliveryState.SENT.value, "free_at": None, "reason": "", "ended_at": moment}
                await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**ended))
            if others:
                changed = update(outbox).where(outbox.c.id == bindparam("marked"))
                values = {name: bindparam(f"new_{name}", type_=outbox.c[name].type) for name in _MARKED}
                await connection.execute(changed.values(values), others)

    async def renew(self, ids: Sequence[int], lease_until: datetime) -> None:
        """Keep claimed rows for longer: not those that have come to an end, or that were put off for even longer."""
        kept = update(outbox).where(outbox.c.id.in_(ids), outbox.c.free_at < lease_until)
        async with self._database.write() as connection:
            await connection.execute(kept.values(free_at=lease_until))

    async def take_over(self, platform: str, now: datetime) -> int:
        """Free what the platform's sender before was sending when it died; how many rows. Only for its successor."""
        left = and_(outbox.c.platform == platform, outbox.c.state == DeliveryState.SENDING.value)
        freed = update(outbox).where(left, outbox.c.free_at.is_not(None)).values(free_at=now)
        async with self._database.write() as connection:
            return int((await connection.execute(freed)).rowcount)

    async def fail_ambiguous(self, platform: str, now: datetime, reason: str) -> int:
        """Give up the platform's rows whose lease ran out, since they may have arrived; how many there were."""
        ran_out = and_(outbox.c.state == DeliveryState.SENDING.value, outbox.c.free_at <= now)
        given_up = update(outbox).where(ran_out, outbox.c.platform == platform)
        failed = {"state": DeliveryState.FAILED.value, "free_at": None, "reason": reason, "ended_at": now}
        async with self._database.write() as connection:
            return int((await connection.execute(given_up.values(**failed))).rowcount)

    async def forget(self, before: datetime, most: int) -> int:
        """Delete deliveries that ended before a moment, some at a time; how many.

        Not those of a topic's newest digest: their rows are what keeps it from being sent again.
        """
        other = digests.alias("other")
        newest = select(func.max(other.c.date)).where(other.c.topic_id == digests.c.topic_id).scalar_subquery()
        old = select(digests.c.id).where(digests.c.loaded_at < before, digests.c.date < newest)
        ended = (outbox.c.free_at.is_(None), outbox.c.ended_at < before)
        some = select(outbox.c.id).where(outbox.c.digest_id.in_(old), *ended).limit(most)
        async with self._database.write() as connection:
            return int((await connection.execute(delete(outbox).where(outbox.c.id.in_(some)))).rowcount)


# -- the statements -------------------------------------------------------------------------------------------


def _passed(now: datetime) -> Select[Any]:
    """The schedules whose time has come; who has them plans them."""
    return select(schedules).where(schedules.c.next_due <= now).order_by(schedules.c.id).with_for_update()


def _announced() -> Any:  # noqa: ANN401
    """Take the digests that were loaded since the last planning."""
    return update(digests).where(digests.c.announced.is_(False)).values(announced=True).returning(digests.c.id)


def _planning(connection: AsyncConnection, rows: Any) -> Any:  # noqa: ANN401
    """The one statement that plans. What was sent or has failed stays; what is on its way counts from now."""
    made = insert(connection, outbox).from_select(_COLUMNS, rows)
    old, new = outbox.c, made.excluded
    dropped = old.state == literal_column("'dropped'")
    again = {
        "due_at": new.due_at,
        "state": case((dropped, new.state), else_=old.state),
        "free_at": case((dropped, new.free_at), else_=old.free_at),
        "attempts": case((dropped, new.attempts), else_=old.attempts),
        "ended_at": case((dropped, None), else_=old.ended_at),
    }
    return made.on_conflict_do_update(
        index_elements=["subscriber_id", "digest_id"], set_=again, where=or_(old.free_at.is_not(None), dropped)
    )


async def _set(connection: AsyncConnection, column: str, moments: Mapping[int, datetime]) -> None:
    """Set a moment of each of some schedules."""
    changed = update(schedules).where(schedules.c.id == bindparam("its")).values({column: bindparam("moment")})
    if moments:
        await connection.execute(changed, [{"its": key, "moment": moment} for key, moment in moments.items()])


def _scheduled(now: datetime, pace: Pace) -> Select[Any]:
    long_ago = schedules.c.last_due < literal(now - pace.late, UtcDateTime())
    base = case((long_ago, literal(_whole(now), UtcDateTime())), else_=schedules.c.last_due)
    return _rows(base, now, pace).where(
        schedules.c.next_due <= now,
        schedules.c.last_due > subscriptions.c.starts_at,
        subscriptions.c.instant.is_(False),
    )


def _instant(now: datetime, pace: Pace, fresh: Sequence[int]) -> Select[Any]:
    base = literal(_whole(now), UtcDateTime())
    return _rows(base, now, pace).where(
        digests.c.id.in_(fresh), subscriptions.c.instant.is_(True), digests.c.loaded_at > subscriptions.c.since
    )


def _rows(base: ColumnElement[Any], now: datetime, pace: Pace) -> Select[Any]:
    """Outbox rows of the newest digests for the subscriptions that a ``WHERE`` is to choose."""
    newest = select(digests.c.topic_id, func.max(digests.c.date).label("date")).group_by(digests.c.topic_id)
    last = newest.subquery("newest")
    due = later(base, _spread(now, pace)) if pace.spread else base
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
        .join(last, last.c.topic_id == subscriptions.c.topic_id)
        .join(digests, and_(digests.c.topic_id == last.c.topic_id, digests.c.date == last.c.date))
        .where(subscribers.c.paused == "")
    )


def _spread(now: datetime, pace: Pace) -> ColumnElement[int]:
    """Milliseconds, by the subscriber and the day, so that nobody is always the last."""
    place = (cast(subscribers.c.id, BigInteger) * 48_271 + now.toordinal() * 6_967) % _PLACES
    milliseconds = int(pace.spread.total_seconds() * 1000)
    of_many = case((subscribers.c.title != "", milliseconds), else_=0)
    return place * milliseconds // _PLACES + of_many


def _whole(now: datetime) -> datetime:
    return now.replace(microsecond=0)


def _delivery(row: Row[Any]) -> Delivery:
    id_, digest_id, attempts, due_at, parts, thread, reason, *theirs = tuple(row)
    subscriber_id, platform, chat, place, paused, title, moderator, *shown = theirs
    address = Address(platform, chat, place)
    subscriber = Subscriber(subscriber_id, address, _shown(*shown), paused, title, moderator)
    return Delivery(id_, subscriber, digest_id, attempts, due_at, parts, thread, reason)


@lru_cache(maxsize=1024)
def _shown(language: str, layout: str, format: str, posts: str, publish: bool) -> Preferences:
    """How a delivery is shown; when it comes was its schedule's, and is not read again."""
    return Preferences(
        language=language,
        layout=Layout(layout),
        card_style=CardStyle(format),
        post_mode=PostMode(posts),
        publish=publish,
    )


def _claimed(ids: Sequence[int]) -> Select[Any]:
    """Claimed rows with what is needed of their subscribers; one's topics in the order in which they were loaded."""
    own = ("id", "digest_id", "attempts", "due_at", "parts", "thread", "reason")
    who = ("id", "platform", "chat", "thread", "paused", "title", "moderator")
    shown = ("language", "layout", "format", "posts", "publish")
    return (
        select(*(outbox.c[name] for name in own), *(subscribers.c[name] for name in (*who, *shown)))
        .select_from(outbox.join(subscribers))
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.due_at, outbox.c.subscriber_id, outbox.c.digest_id)
    )
