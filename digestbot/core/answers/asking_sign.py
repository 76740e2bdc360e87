"""Tells who answers a person that a command waits for somebody else's answer, so that the person hears of it."""

from __future__ import annotations

import asyncio


class AskingSign:
    """Is raised when an answer takes longer than a person expects, with who is being asked, and for what."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.source = self.subject = ""

    def put_up(self, source: str, subject: str = "") -> None:
        """Tell that ``source`` is being asked for ``subject``, and has not answered yet."""
        self.source, self.subject = source, subject
        self._event.set()

    async def wait(self) -> None:
        """Wait until it is told."""
        await self._event.wait()
