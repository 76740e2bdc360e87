"""``digestbot run`` in a process of its own, on a clock that is so many seconds off, patient for a short while only.

``python -m tests.crash.process -3600``: an hour back. What failed is tried again after parts of a second where a bot
waits for 10 seconds to an hour, so that a run of it takes minutes, not a day.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from digestbot.app import opened, run
from digestbot.core.delivery import backoff
from digestbot.errors import DigestbotError
from digestbot.log import configure
from digestbot.settings import load_settings

backoff._FIRST, backoff._CEILING = timedelta(seconds=0.3), timedelta(seconds=2)


class Shifted:
    """The machine's clock, set wrong."""

    def __init__(self, seconds: float) -> None:
        self._by = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


async def main(seconds: float) -> None:
    configure()
    async with opened(load_settings(), Shifted(seconds)) as app:
        await run(app)


if __name__ == "__main__":
    try:
        asyncio.run(main(float(sys.argv[1])))
    except DigestbotError as error:
        sys.exit(f"digestbot: {error}")
