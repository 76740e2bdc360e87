"""What was before a chat's commands changed it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.tables import undo_steps

_MAX_STEPS = 20
"""Steps kept of one chat: the newest."""


class UndoStepStore:
    """Remembers what a chat's last commands changed, each under a token of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, subscriber_id: int, state: Mapping[str, Any], now: datetime) -> str:
        """Keep what was before a change; the step's token."""
        token, is_own = secrets.token_hex(4), undo_steps.c.subscriber_id == subscriber_id
        newest = select(undo_steps.c.id).where(is_own).order_by(undo_steps.c.id.desc()).limit(_MAX_STEPS)
        values = {"subscriber_id": subscriber_id, "token": token, "state": dict(state), "made_at": now}
        async with self._database.write() as connection:
            await connection.execute(insert_into(connection, undo_steps).values(**values))
            await connection.execute(delete(undo_steps).where(is_own, undo_steps.c.id.not_in(newest)))
        return token

    async def find(self, subscriber_id: int, token: str = "") -> tuple[str, dict[str, Any]] | None:
        """A chat's step, by default its newest: its token and what was; ``None`` if there is none any more."""
        query = select(undo_steps.c.token, undo_steps.c.state).where(undo_steps.c.subscriber_id == subscriber_id)
        if token:
            query = query.where(undo_steps.c.token == token)
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(undo_steps.c.id.desc()).limit(1))).first()
        return (row.token, row.state) if row else None

    async def remove(self, subscriber_id: int, token: str) -> bool:
        """Forget a step; false if somebody else was first."""
        statement = delete(undo_steps).where(undo_steps.c.subscriber_id == subscriber_id, undo_steps.c.token == token)
        async with self._database.write() as connection:
            return bool((await connection.execute(statement)).rowcount)
