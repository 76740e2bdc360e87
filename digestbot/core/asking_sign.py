"""Tells who answers a person that a command waits for somebody else's answer, so that the person hears of it."""

from __future__ import annotations

import asyncio


class AskingSign:
    """Is raised when an answer takes longer than a person expects, with who is being asked."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.source = ""

    def put_up(self, source: str) -> None:
        """Tell that ``source`` is being asked, and has not answered yet."""
        self.source = source
        self._event.set()

    async def wait(self) -> None:
        """Wait until it is told."""
        await self._event.wait()
