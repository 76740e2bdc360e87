"""When papers were submitted, as far as that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import papers


class SubmissionDateStore:
    """Reads when the first versions of papers were submitted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get_dates(self, paper_ids: Sequence[int]) -> dict[int, datetime]:
        """The dates that are known, by the papers' ids."""
        query = select(papers.c.id, papers.c.submitted_at).where(
            papers.c.id.in_(paper_ids), papers.c.submitted_at.is_not(None)
        )
        async with self._database.read() as connection:
            return dict(await read_sound_rows(connection, query, lambda row: (row.id, row.submitted_at), papers.c.id))
