"""Summaries of single papers that somebody asked for, kept for everyone: by paper, version and language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from digestbot.domain.digest import Entry, Figure, Summary
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import from_entry, to_figures, to_summary
from digestbot.store.tables import paper_summaries, papers

_MAX_IDS = 500
_COLUMNS = ("headline", "takeaways", "sections", "flags", "figures", "basis", "writer")


@dataclass(frozen=True, slots=True)
class StoredSummary:
    """A summary of one version of a paper in one language, with the figures that may be shown with it."""

    paper_id: int
    version: int
    language: str
    summary: Summary
    figures: tuple[Figure, ...]
    made_at: datetime


class PaperSummaryStore:
    """Reads and writes the summaries of single papers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, paper_id: int, language: str, entry: Entry, now: datetime) -> None:
        """Keep the summary and figures of an entry for the version of its paper, in the place of an earlier one.

        The paper's licence is kept too, where it was not known before.
        """
        columns = from_entry(entry)
        values = {name: columns[name] for name in _COLUMNS} | {"made_at": now}
        key = {"paper_id": paper_id, "language": language, "version": entry.paper.version}
        async with self._database.write() as connection:
            statement = insert_into(connection, paper_summaries).values(**key, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
            if entry.paper.licence:
                is_unknown = (papers.c.id == paper_id, papers.c.licence == "")
                await connection.execute(update(papers).where(*is_unknown).values(licence=entry.paper.licence))

    async def find(self, paper_id: int, version: int, language: str) -> StoredSummary | None:
        """The summary of a version of a paper in a language."""
        condition = paper_summaries.c.paper_id == paper_id
        query = select(paper_summaries).where(
            condition, paper_summaries.c.version == version, paper_summaries.c.language == language
        )
        async with self._database.read() as connection:
            found = await read_sound_rows(connection, query, _to_stored, paper_summaries.c.paper_id)
        return found[0] if found else None

    async def list_for_papers(self, paper_ids: Sequence[int]) -> dict[int, list[StoredSummary]]:
        """All summaries of some papers, those of the newest versions first."""
        found: dict[int, list[StoredSummary]] = {}
        for start in range(0, len(paper_ids), _MAX_IDS):
            is_wanted = paper_summaries.c.paper_id.in_(paper_ids[start : start + _MAX_IDS])
            query = select(paper_summaries).where(is_wanted).order_by(paper_summaries.c.version.desc())
            async with self._database.read() as connection:
                for stored in await read_sound_rows(connection, query, _to_stored, paper_summaries.c.paper_id):
                    found.setdefault(stored.paper_id, []).append(stored)
        return found


def _to_stored(row: Row[Any]) -> StoredSummary:
    return StoredSummary(row.paper_id, row.version, row.language, to_summary(row), to_figures(row), row.made_at)
