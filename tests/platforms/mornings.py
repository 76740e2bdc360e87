"""What a morning needs in tests: digests that are loaded, and the outbox's rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from digestbot.app import App
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox
from tests.factories import make_digest, make_entry


async def load_digest(
    app: App, count: int = 2, day: str = "2026-11-24", topic: str = "Topic A", **more: object
) -> None:
    entries = [make_entry(f"2611.{i:05}", **more) for i in range(1, count + 1)]
    key = PageKey(f"{topic}/{day}", day, {})
    await app.store.digests.save_pages([(key, [make_digest(topic, day, entries)])], app.clock.now())


async def read_rows(app: App) -> list[tuple[str, str]]:
    async with app.store.database.read() as connection:
        found = await connection.execute(select(outbox.c.state, outbox.c.reason).order_by(outbox.c.id))
        return [(row.state, row.reason) for row in found]


def name_day(day: str) -> str:
    """A day as cards say it in English, such as ``Mon 23 Nov``."""
    named = date.fromisoformat(day)
    return f"{named:%a} {named.day} {named:%b}"
