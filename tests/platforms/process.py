"""``digestbot run`` in a process of its own, at a time of day that a test chooses.

``python -m tests.platforms.process 2024-01-30T23:59:58`` starts its clock there and lets it run on.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from digestbot.app import open_app
from digestbot.log import configure_logging
from digestbot.service import run_service
from digestbot.settings import load_settings


class ShiftedClock:
    """The machine's clock, moved to a moment."""

    def __init__(self, moment: str) -> None:
        self._shift = datetime.fromisoformat(moment).replace(tzinfo=UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift


async def main(moment: str) -> None:
    configure_logging()
    async with open_app(load_settings(), ShiftedClock(moment)) as app:
        await run_service(app)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
