"""Pauses that end by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.planning_number import read_missed_number
from digestbot.store.tables import subscribers, subscriptions

_MAX_RESUMED = 500
"""Pauses that end in one planning; the next one takes others."""


async def resume_due(connection: AsyncConnection, now: datetime) -> None:
    """Resume the chats and topics whose pause ends, as at its end: what was scheduled since then counts."""
    pauses_end = (subscribers.c.resumes_at <= now, subscribers.c.left_at.is_(None))
    chats = select(subscribers.c.id, subscribers.c.resumes_at).where(*pauses_end).limit(_MAX_RESUMED)
    rows = (await connection.execute(chats)).all()
    paused_topics = select(subscriptions.c.id, subscriptions.c.resumes_at).where(subscriptions.c.resumes_at <= now)
    topic_rows = (await connection.execute(paused_topics.limit(_MAX_RESUMED))).all()
    if not rows and not topic_rows:
        return
    missed = {"missed_planning_number": await read_missed_number(connection)}
    for resumes_at, ids in _group_by_time(rows).items():
        of_chats = update(subscriptions).where(subscriptions.c.subscriber_id.in_(ids))
        later = case((subscriptions.c.starts_at > resumes_at, subscriptions.c.starts_at), else_=resumes_at)
        await connection.execute(of_chats.values(starts_at=later, **missed))
        clear_pause = update(subscribers).where(subscribers.c.id.in_(ids))
        await connection.execute(clear_pause.values(pause_reason="", resumes_at=None))
    for resumes_at, ids in _group_by_time(topic_rows).items():
        values = {"is_paused": False, "resumes_at": None, "starts_at": resumes_at, **missed}
        await connection.execute(update(subscriptions).where(subscriptions.c.id.in_(ids)).values(**values))


def _group_by_time(rows: Iterable[Any]) -> dict[datetime, list[int]]:
    ids: dict[datetime, list[int]] = {}
    for row in rows:
        ids.setdefault(row.resumes_at, []).append(row.id)
    return ids
