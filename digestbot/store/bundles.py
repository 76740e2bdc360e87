"""Bundles: the rows of digests that are delivered in one message with their topic's newest, the lead.

Only the lead is claimed, sent and tried again. The others wait as ``bundled``, and end as it does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.delivery import ENDED_STATES, DeliveryState, OutboxUpdate
from digestbot.store.sql_datetime import database_now
from digestbot.store.tables import outbox

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


def select_bundles(lead_ids: Collection[int]) -> Select[Any]:
    """The leads' ids, each with the id of a digest that comes with it."""
    return select(_lead.c.id, outbox.c.digest_id).join(outbox, _is_bundled_with).where(_lead.c.id.in_(lead_ids))


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
