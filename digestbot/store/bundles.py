"""Bundles: the rows of all digests that a chat receives at one time, in one message, with one of them as the lead.

Only the lead is claimed, sent and tried again. The others wait as ``bundled``, and end as it does. Planning bundles
each topic's digests with its newest; :func:`bundle_topics` puts the topics together then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.delivery import ENDED_STATES, DeliveryState, OutboxUpdate
from digestbot.domain.subscription import PostMode
from digestbot.store.database.sql_datetime import database_now
from digestbot.store.tables import digests, outbox, subscribers, subscriptions, topics

_BUNDLED, _DUE = DeliveryState.BUNDLED.value, DeliveryState.DUE.value
_lead = outbox.alias("lead")
_is_bundled_with = and_(
    outbox.c.state == _BUNDLED,
    outbox.c.subscriber_id == _lead.c.subscriber_id,
    outbox.c.lead_digest_id == _lead.c.digest_id,
)


def has_begun(row: FromClause) -> ColumnElement[bool]:
    """Whether messages of a dropped row have arrived, or may have: it is only claimed once if it was never tried.

    When it is planned again, it is the same message again, under the same key.
    """
    return or_(row.c.parts_sent > 0, row.c.attempts > 1)


async def bundle_topics(connection: AsyncConnection, after_id: int, *, replanned_since: datetime | None = None) -> None:
    """Let what was just planned for a chat come as one message: the rows after this id, one of them as the lead.

    With ``replanned_since``, the rows that were planned again from that time on are among them too. Chats that want a
    message for each topic get those, and forums a post for each.
    """
    has_several = select(subscriptions.c.subscriber_id).group_by(subscriptions.c.subscriber_id)
    has_several = has_several.having(func.count() > 1)
    if await connection.scalar(has_several.limit(1)) is None:
        return
    placed = _place_planned(after_id, has_several, replanned_since)
    values = {"state": _BUNDLED, "available_at": None, "lead_digest_id": placed.c.lead_digest_id}
    statement = update(outbox).where(outbox.c.id == placed.c.id, placed.c.place > 1, *_is_untried(outbox))
    if (await connection.execute(statement.values(**values))).rowcount != 0:  # sqlite3 counts none of a WITH
        follows_follower = and_(_is_bundled_with, _lead.c.state == _BUNDLED)
        await connection.execute(update(outbox).where(follows_follower).values(lead_digest_id=_lead.c.lead_digest_id))


def _place_planned(after_id: int, subscriber_ids: Select[Any], replanned_since: datetime | None) -> CTE:
    """The rows that were just planned for these subscribers, each with its place among those of its subscriber."""
    wants_one = (subscribers.c.bundle == true(), subscribers.c.post_mode != PostMode.FORUM.value)
    columns = (outbox.c.id, outbox.c.subscriber_id, outbox.c.digest_id, outbox.c.due_at)
    of_several = (outbox.c.subscriber_id + 0).in_(subscriber_ids)  # as it is written, it is no key to all their rows
    planned = select(*columns).where(*_is_untried(outbox), of_several)
    parts = [planned.where(outbox.c.id > after_id)]
    if replanned_since:
        is_old = (outbox.c.id <= after_id, outbox.c.available_at >= replanned_since)
        parts.append(planned.where(*is_old, outbox.c.available_at == outbox.c.due_at))
    found = union_all(*parts).subquery("planned")
    order: dict[str, Any] = {"partition_by": found.c.subscriber_id, "order_by": (found.c.due_at, found.c.id)}
    return (
        select(found.c.id, func.row_number().over(**order).label("place"))
        .add_columns(func.first_value(found.c.digest_id).over(**order).label("lead_digest_id"))
        .join_from(found, subscribers, subscribers.c.id == found.c.subscriber_id)
        .where(*wants_one)
        .cte("placed")
    )


def _is_untried(row: FromClause) -> tuple[ColumnElement[bool], ...]:
    """Whether a row is due, and nobody has tried to send it."""
    return row.c.state == _DUE, row.c.attempts == 0, row.c.parts_sent == 0, row.c.available_at.is_not(None)


def select_bundles(lead_ids: Collection[int]) -> Select[Any]:
    """The leads' ids, each with the id of a digest that comes with it, and how many older ones its topic has."""
    return (
        select(_lead.c.id, outbox.c.digest_id, outbox.c.older_count)
        .join(outbox, _is_bundled_with)
        .where(_lead.c.id.in_(lead_ids))
    )


async def settle_bundles(connection: AsyncConnection, updates: Sequence[OutboxUpdate]) -> None:
    """End what is bundled with the leads among the updated rows as they ended, or let it be due by itself."""
    split = [change for change in updates if change.splits_bundle]
    if split:
        await _split_bundles(connection, [change.id for change in split])
    followers = [change.id for change in updates if change.has_bundle and change.ended_at and not change.splits_bundle]
    if followers:
        await end_bundles(connection, followers)


async def end_bundles(connection: AsyncConnection, lead_ids: Collection[int]) -> None:
    """End what is bundled with leads that have ended, as they did.

    A lead that was dropped after it had begun keeps it: the rest is sent when it is planned again.
    """
    has_ended = and_(_lead.c.state.in_(ENDED_STATES), or_(_lead.c.state != "dropped", ~has_begun(_lead)))
    values = {"state": _lead.c.state, "ended_at": _lead.c.ended_at, "reason": _lead.c.reason}
    statement = update(outbox).where(_is_bundled_with, _lead.c.id.in_(lead_ids), has_ended)
    await connection.execute(statement.values(**values))


async def _split_bundles(connection: AsyncConnection, lead_ids: Collection[int]) -> None:
    """Let each digest of a bundle be due by itself: if the platform refuses one of them, the others still arrive."""
    given_back = _lead.c.state.in_((DeliveryState.FAILED.value, _DUE))
    values = {"state": _DUE, "due_at": _lead.c.due_at, "available_at": _lead.c.due_at, "lead_digest_id": None}
    statement = update(outbox).where(_is_bundled_with, _lead.c.id.in_(lead_ids), given_back)
    await connection.execute(statement.values(**values))


async def drop_orphans(
    connection: AsyncConnection, now: datetime | database_now, subscriber_id: int | None = None
) -> int:
    """Drop what is bundled with a lead that is gone or has ended, so that it is planned again; the number of rows."""
    is_resumable = and_(_lead.c.state == "dropped", has_begun(_lead))
    is_waiting = or_(_lead.c.available_at.is_not(None), is_resumable)
    has_lead = exists(select(_lead.c.id).where(_is_bundled_with, is_waiting)).correlate(outbox)
    statement = update(outbox).where(outbox.c.state == _BUNDLED, ~has_lead)
    if subscriber_id is not None:
        statement = statement.where(outbox.c.subscriber_id == subscriber_id)
    values = {"state": "dropped", "ended_at": now, "reason": "the digest that it was to come with is gone"}
    return int((await connection.execute(statement.values(**values))).rowcount)


# -- topics that leave their bundles --------------------------------------------------------------------------


async def drop_due(connection: AsyncConnection, subscriber_id: int, topic_ids: Any) -> None:  # noqa: ANN401
    """Delete the deliveries of some topics (a query or a list) that are due; one that is on its way stays.

    What comes with them and is of other topics still comes at its time. A message that was tried already may have
    arrived: it stays whole for the others' sake.
    """
    left = set(await connection.scalars(select(topics.c.id).where(topics.c.id.in_(topic_ids))))
    own = select(subscriptions.c.topic_id).where(subscriptions.c.subscriber_id == subscriber_id)
    kept = set(await connection.scalars(own)) - left
    for lead, followers in await _read_open_bundles(connection, subscriber_id):
        rows = [*([lead] if lead else []), *followers]
        has_left = any(row.topic_id in left for row in rows)
        is_shared = lead is not None and _may_have_arrived(lead) and any(row.topic_id in kept for row in rows)
        if has_left and not is_shared and not (lead and lead.state == DeliveryState.SENDING.value):
            await _remove_topics(connection, lead, followers, left)


def _may_have_arrived(lead: Row[Any]) -> bool:
    return bool(lead.attempts or lead.parts_sent)


async def _read_open_bundles(
    connection: AsyncConnection, subscriber_id: int
) -> list[tuple[Row[Any] | None, list[Row[Any]]]]:
    """A chat's deliveries that have not ended: each lead, if it is there, with the rows that come with it."""
    is_own = outbox.c.subscriber_id == subscriber_id
    leads = select(_lead.c.lead_digest_id).where(_lead.c.subscriber_id == subscriber_id, _lead.c.state == _BUNDLED)
    is_open = or_(outbox.c.state.in_((_DUE, DeliveryState.SENDING.value, _BUNDLED)), outbox.c.digest_id.in_(leads))
    query = select(outbox, digests.c.topic_id).join(digests, digests.c.id == outbox.c.digest_id)
    query = query.where(is_own, is_open).order_by(outbox.c.id).with_for_update(of=outbox)
    rows = (await connection.execute(query)).all()
    followers: dict[int, list[Row[Any]]] = {row.digest_id: [] for row in rows if row.state != _BUNDLED}
    for row in rows:
        if row.state == _BUNDLED:
            followers.setdefault(row.lead_digest_id, []).append(row)
    by_digest = {row.digest_id: row for row in rows if row.state != _BUNDLED}
    return [(by_digest.get(digest_id), bundled) for digest_id, bundled in followers.items()]


async def _remove_topics(
    connection: AsyncConnection, lead: Row[Any] | None, followers: Sequence[Row[Any]], left: Collection[int]
) -> None:
    """Delete the rows of these topics from a bundle; if its lead is among them, another row leads the rest."""
    is_leadless = lead is not None and lead.state == _DUE and lead.topic_id in left
    gone = [row.id for row in followers if row.topic_id in left]
    if is_leadless and lead is not None:
        gone.append(lead.id)
    await connection.execute(delete(outbox).where(outbox.c.id.in_(gone)))
    rest = [row for row in followers if row.topic_id not in left]
    if not (is_leadless and rest) or lead is None:
        return
    first, *others = rest
    times = {"due_at": lead.due_at, "available_at": lead.available_at}
    now_due = update(outbox).where(outbox.c.id == first.id)
    await connection.execute(now_due.values(state=_DUE, lead_digest_id=None, **times))
    follow = update(outbox).where(outbox.c.id.in_([row.id for row in others]))
    await connection.execute(follow.values(lead_digest_id=first.digest_id))
