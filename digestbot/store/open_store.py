"""Opens the store alone, for what needs none of the bot's other services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from digestbot.store import Database, Store
from digestbot.store.upkeep.migrate import migrate


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the store on its migrated database, and close it at the end."""
    store = Store(Database(url))
    try:
        await migrate(store.database)
        yield store
    finally:
        await store.close()
