"""One connection to the gateway, as discord.py makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from discord.gateway import DiscordWebSocket

_SESSION_ENDING_CODES = {4003, 4007, 4009}
"""Not authenticated, an invalid sequence, a session that timed out: what follows has to be a new session."""


class GatewaySocket(DiscordWebSocket):
    """discord.py's connection, known from its beginning, and closed in time.

    ``from_client`` gives a connection only once Discord has said HELLO; one that says nothing would stay open.
    ``close`` waits half a minute for Discord's answer, which a dead connection never gives.
    """

    close_seconds: float
    announce: Callable[[GatewaySocket], None]

    def __init__(self, socket: Any, *, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ANN401  # aiohttp's, or a test's
        super().__init__(socket, loop=loop)
        self.is_closed_here = False
        self.announce(self)

    @classmethod
    def announcing_to(cls, announce: Callable[[GatewaySocket], None], close_seconds: float) -> type[GatewaySocket]:
        """The same class, whose connections are told to ``announce`` as soon as they are there."""
        return type("GatewaySocket", (cls,), {"announce": staticmethod(announce), "close_seconds": close_seconds})

    async def close(self, code: int = 4000) -> None:
        """Close the connection; after ``close_seconds`` without waiting for the other side."""
        self.is_closed_here = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self.close_seconds):
                await super().close(code)

    @property
    def has_session(self) -> bool:
        """Whether there is a session that may be resumed."""
        return self.session_id is not None and self.socket.close_code not in _SESSION_ENDING_CODES

    def describe_end(self) -> str:
        """Why it ended, in words for the log."""
        if self.is_closed_here:
            ended = self.session_id is None
            return "Discord ended the session (op 9)" if ended else "Discord asked for a new connection, or was silent"
        return f"the connection was closed (code {self.socket.close_code})"
