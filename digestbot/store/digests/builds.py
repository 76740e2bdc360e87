"""The builder's records: paid drafts, daily usage, and finished digests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import builds, digests, drafts, entries, first_sightings, papers, spending, topics

DRAFT_RETENTION = timedelta(days=60)
"""How long drafts are kept: a version of a paper comes up again within days or never."""
SIGHTING_RETENTION = timedelta(days=400)
"""How long it is kept when a paper was first seen: longer than any topic's ``max_age_days``."""
_RESERVE = "(reserved)"
"""The row of ``spending`` for what is reserved: it is named like no model."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Model usage: tokens, calls and cost in millionths of a dollar."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    microdollars: int = 0

    @property
    def tokens(self) -> int:
        """Input and output tokens."""
        return self.tokens_in + self.tokens_out

    @property
    def dollars(self) -> float:
        """The cost in dollars."""
        return self.microdollars / 1_000_000

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.microdollars + other.microdollars,
        )

    def __neg__(self) -> Usage:
        return Usage(-self.calls, -self.tokens_in, -self.tokens_out, -self.microdollars)


class BuildStore:
    """Reads and writes the builder's records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get_draft(self, key: str) -> dict[str, Any] | None:
        """The draft stored under a key."""
        async with self._database.read() as connection:
            query = select(drafts.c.draft).where(drafts.c.key == key)
            found = await read_sound_rows(connection, query, lambda row: dict(row.draft), drafts.c.key)
        return found[0] if found else None

    async def save_draft(self, key: str, arxiv_id: str, version: int, draft: dict[str, Any], now: datetime) -> None:
        """Store a draft and delete expired ones."""
        values = {"arxiv_id": arxiv_id, "version": version, "draft": draft, "made_at": now}
        async with self._database.write() as connection:
            statement = insert_into(connection, drafts).values(key=key, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
            await connection.execute(delete(drafts).where(drafts.c.made_at < now - DRAFT_RETENTION))

    async def reserve_usage(self, day: date, expected: Usage, fits: Callable[[Usage], bool]) -> bool:
        """Add expected usage to a day's, and commit it, if the day's total then still ``fits``."""
        async with self._database.write() as connection:
            await _add_usage(connection, day, _RESERVE, expected)  # first: other processes then wait for this one
            if fits(await _sum_usage(connection, day)):
                return True
            await _add_usage(connection, day, _RESERVE, -expected)
        return False

    async def settle_usage(self, day: date, reserved: Usage, costs: Iterable[tuple[str, Usage]]) -> None:
        """Replace what was reserved by what each model's answers cost, in one step."""
        async with self._database.write() as connection:
            await _add_usage(connection, day, _RESERVE, -reserved)
            for model, usage in costs:
                await _add_usage(connection, day, model, usage)

    async def get_usage(self, day: date) -> Usage:
        """A day's usage over all models, with what is reserved: on its way, or asked before a kill."""
        async with self._database.read() as connection:
            return await _sum_usage(connection, day)

    async def get_reserved_usage(self, day: date) -> Usage:
        """The part of a day's usage that is reserved."""
        async with self._database.read() as connection:
            return await _sum_usage(connection, day, _RESERVE)

    async def is_finished(self, topic: str, day: date) -> bool:
        """Whether a topic's digest for a date is finished."""
        query = select(builds.c.papers).where(builds.c.topic == topic, builds.c.date == day)
        async with self._database.read() as connection:
            return await connection.scalar(query) is not None

    async def get_last_build(self, topic: str) -> tuple[date, int] | None:
        """The date and paper count of the last finished digest."""
        query = select(builds.c.date, builds.c.papers).where(builds.c.topic == topic).order_by(builds.c.date.desc())
        async with self._database.read() as connection:
            found = await read_sound_rows(
                connection, query.limit(1), lambda row: (row.date, int(row.papers)), builds.c.topic
            )
        return found[0] if found else None

    async def mark_finished(self, topic: str, day: date, paper_count: int, now: datetime) -> None:
        """Mark a digest with ``paper_count`` papers as finished."""
        values = {"ended_at": now, "papers": paper_count}
        async with self._database.write() as connection:
            statement = insert_into(connection, builds).values(topic=topic, date=day, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["topic", "date"], set_=values))

    async def list_shown_versions(self, slugs: Iterable[str], before: date) -> dict[str, int]:
        """The papers that the topics' digests showed before a date, each with its newest version shown."""
        query = (
            select(papers.c.arxiv_id, func.max(entries.c.version).label("version"))
            .join(entries, entries.c.paper_id == papers.c.id)
            .join(digests, digests.c.id == entries.c.digest_id)
            .join(topics, topics.c.id == digests.c.topic_id)
            .where(topics.c.slug.in_(list(slugs)), digests.c.date < before)
            .group_by(papers.c.arxiv_id)
        )
        async with self._database.read() as connection:
            rows = await read_sound_rows(connection, query, lambda row: (row.arxiv_id, int(row.version)), papers.c.id)
        return dict(rows)

    async def list_first_sightings(self, names: Sequence[str]) -> dict[str, datetime]:
        """When papers without a date were first seen; those that were not are missing."""
        query = select(first_sightings).where(first_sightings.c.paper.in_(names))
        async with self._database.read() as connection:
            return dict(
                await read_sound_rows(
                    connection, query, lambda row: (str(row.paper), row.seen_at), first_sightings.c.paper
                )
            )

    async def save_first_sightings(self, names: Iterable[str], now: datetime) -> None:
        """Note that papers without a date were seen, and forget what was seen long ago."""
        rows = [{"paper": name, "seen_at": now} for name in dict.fromkeys(names)]
        async with self._database.write() as connection:
            await connection.execute(insert_into(connection, first_sightings).on_conflict_do_nothing(), rows)
            await connection.execute(
                delete(first_sightings).where(first_sightings.c.seen_at < now - SIGHTING_RETENTION)
            )


async def _add_usage(connection: AsyncConnection, day: date, model: str, usage: Usage) -> None:
    statement = insert_into(connection, spending).values(day=day, model=model, **_usage_columns(usage))
    added = {name: spending.c[name] + statement.excluded[name] for name in _usage_columns(usage)}
    await connection.execute(statement.on_conflict_do_update(index_elements=["day", "model"], set_=added))


async def _sum_usage(connection: AsyncConnection, day: date, model: str | None = None) -> Usage:
    sums = [func.coalesce(func.sum(spending.c[name]), 0) for name in _usage_columns(Usage())]
    query = select(*sums).where(spending.c.day == day)
    row = (await connection.execute(query if model is None else query.where(spending.c.model == model))).one()
    return Usage(*(int(value) for value in row))


def _usage_columns(usage: Usage) -> dict[str, int]:
    return {name: getattr(usage, name) for name in ("calls", "tokens_in", "tokens_out", "microdollars")}
