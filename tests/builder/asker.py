"""A process that asks an archive: ``python -m tests.builder.asker DATABASE URL DELAY COUNT``."""

from __future__ import annotations

import asyncio
import os
import sys

from digestbot.builder.sources.pace import SharedPace
from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.store.database.engine import Database
from digestbot.store.request_paces import RequestPaceStore


async def main(database_url: str, url: str, delay: str, count: str) -> None:
    database = Database(database_url)
    pace = SharedPace(RequestPaceStore(database), str(os.getpid()))
    async with PoliteClient(float(delay), allow_private_hosts=True, pace=pace) as polite:
        await asyncio.gather(*(polite.get(url) for _ in range(int(count))))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
