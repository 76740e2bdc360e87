"""Connections that end where a client is too slow, and no more of them than the process can hold."""

from __future__ import annotations

import asyncio
from operator import attrgetter

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 256
"""Maximum number of open connections: a platform that brings its updates opens 100 at most."""
HEADER_SECONDS = 10.0
"""How long a request may take to arrive, up to the end of its headers."""
REQUEST_SECONDS = 60.0
"""How long a request may take from then on, until its answer has been taken."""


class ImpatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, which itself waits for a slow client for ever."""

    _timer: asyncio.TimerHandle | None = None
    _opened_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Give a new connection its time; where there are too many, the oldest that has asked nothing yet ends."""
        super().connection_made(transport)
        self._opened_at = self.loop.time()
        self._restart_timer(HEADER_SECONDS)
        if len(self.connections) > MAX_CONNECTIONS:
            idle = [other for other in self.connections if isinstance(other, ImpatientProtocol) and not other._is_busy]
            min(idle, key=attrgetter("_opened_at")).transport.abort()  # this one at least

    def data_received(self, data: bytes) -> None:
        """Limit what is left of the request once its headers are there."""
        was_busy = self._is_busy
        if not was_busy and self._timer is None:
            self._restart_timer(HEADER_SECONDS)
        super().data_received(data)
        if self._is_busy and not was_busy:
            self._restart_timer(REQUEST_SECONDS)

    def on_response_complete(self) -> None:
        """Stop the time of a request whose answer was taken; the next may be there already."""
        if not self.transport.get_write_buffer_size():
            self._stop_timer()
        super().on_response_complete()
        if self._is_busy:
            self._restart_timer(REQUEST_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self._stop_timer()
        super().connection_lost(exc)

    @property
    def _is_busy(self) -> bool:
        """Whether a request has been read up to its body, and is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _restart_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
