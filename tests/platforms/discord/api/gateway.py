"""The gateway: sessions that identify, get events in order, are cut, and resume with what they missed.

discord.com/developers/docs/events/gateway. What it does wrong when asked to is named in tests/LOOPBACK.md.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
"""Members, presences and message contents (discord.com/developers/docs/events/gateway#privileged-intents)."""


@dataclass
class GatewaySession:
    """What one shard was told; ``socket`` is closed while it is cut off."""

    id: str
    shard: list[int]
    socket: web.WebSocketResponse
    request: web.Request
    events: list[str] = field(default_factory=list)
    greeted: bool = False

    async def send_event(self, name: str, data: Any) -> None:
        self.events.append(json.dumps({"op": 0, "t": name, "s": len(self.events) + 1, "d": data}))
        if not self.socket.closed:
            with suppress(ConnectionError):  # broken off: it is told when the session is resumed
                await self.socket.send_str(self.events[-1])


class Gateway:
    """Takes connections; ``greet`` tells a new session what there is."""

    def __init__(self, token: str, greet: Callable[[GatewaySession, str], Awaitable[None]]) -> None:
        self.token = token
        self._greet = greet
        self.sessions: dict[str, GatewaySession] = {}
        self.identified: list[dict[str, Any]] = []
        self.resumed = 0
        self.refused = 0
        self.beats = 0
        self.violations: list[str] = []
        self._identified_at: dict[int, list[float]] = {}
        # -- switches
        self.starts_left = 1000
        """How often a session may still be begun today: one too many ends all of them, and the token."""
        self.starts_again_in = 0.0
        """Seconds until they are a thousand again, as ``session_start_limit`` says it."""
        self.max_concurrency = 1
        self.concurrency_seconds = 0.0
        """Discord has 5: so long, only ``max_concurrency`` sessions may be begun. 0 allows any number."""
        self.now: Callable[[], float] = time.monotonic
        """The clock of these seconds."""
        self.refused_resumes = 0
        """So many attempts to resume are answered with op 9, though the session is there."""
        self.times = 1
        """How often each event is told."""
        self.told_again = 0
        """So many events that a session was told already are told again when it resumes."""
        self.beat_every = 41.25
        self.acknowledges = True
        """Whether heartbeats are answered."""
        self.refuses_with = 0
        """The HTTP status that every connection is refused with."""
        self.attempts = 0
        """How many connections were tried, those that are refused among them."""
        self.is_mute = False
        """Connections are taken, and nothing is said on them, not even HELLO."""
        self.greets = True
        """Whether READY and RESUMED come."""
        self.ends_greeted_with: int | None = None
        """After READY or RESUMED the connection is closed at once, with this code; 7 is op 7 instead."""
        self.invalidates = False
        """Every session that is begun is answered with op 9, false; it counts all the same."""
        self.answers_close = True
        """Whether the close of the other side is answered."""
        self.resume_url = ""
        """Where sessions are to be resumed, if not here."""

    async def broadcast_event(self, name: str, data: Any) -> None:
        """An event for all who are connected, or will be again."""
        for session in list(self.sessions.values()):
            for _ in range(self.times):
                await session.send_event(name, data)

    @property
    def is_heard(self) -> bool:
        """Whether somebody is connected who knows what there is."""
        return any(session.greeted and not session.socket.closed for session in self.sessions.values())

    @property
    def start_limit(self) -> dict[str, Any]:
        """As ``/gateway/bot`` tells it."""
        again = round(1000 * self.starts_again_in)
        known = {"total": 1000, "remaining": max(0, self.starts_left), "reset_after": again}
        return known | {"max_concurrency": self.max_concurrency}

    async def close_connections(self, code: int = 4000) -> None:
        """Close every connection; the sessions can be resumed."""
        for session in self.sessions.values():
            await session.socket.close(code=code)

    async def abort_connections(self) -> None:
        """Break every connection off, without a word of closing."""
        for session in self.sessions.values():
            if session.request.transport:
                session.request.transport.abort()

    async def request_reconnect(self) -> None:
        """Op 7: connect again, and resume."""
        await self._say_to_all({"op": 7, "d": None})

    async def invalidate_sessions(self, *, resumable: bool) -> None:
        """Op 9: the sessions are no more, unless they are ``resumable``."""
        there = list(self.sessions.values())
        if not resumable:
            self.sessions.clear()
        for session in there:
            await session.socket.send_json({"op": 9, "d": resumable})

    async def request_heartbeat(self) -> None:
        """Op 1 from the server: a heartbeat at once."""
        await self._say_to_all({"op": 1, "d": None})

    async def _say_to_all(self, payload: dict[str, Any]) -> None:
        for session in self.sessions.values():
            if not session.socket.closed:
                await session.socket.send_json(payload)

    # -- what the other side says -------------------------------------------------------------------------------

    async def handle_connection(self, request: web.Request) -> web.StreamResponse:
        self.attempts += 1
        if self.refuses_with:
            return web.Response(status=self.refuses_with)
        socket = web.WebSocketResponse(autoclose=self.answers_close)
        await socket.prepare(request)
        if self.is_mute:
            await self._hold(socket)
            return socket
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": round(1000 * self.beat_every)}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._handle_payload(socket, json.loads(message.data), request)
        if not self.answers_close:
            await self._hold(socket)
        return socket

    async def _hold(self, socket: web.WebSocketResponse) -> None:
        """Say nothing until the other side is gone."""
        request = socket._req
        while request and request.transport and not request.transport.is_closing():
            await asyncio.sleep(0.01)

    async def _handle_payload(
        self, socket: web.WebSocketResponse, payload: dict[str, Any], request: web.Request
    ) -> None:
        if payload["op"] == 1:
            self.beats += 1
            if self.acknowledges:
                await socket.send_json({"op": 11})
        elif payload["op"] == 2:
            await self._start_session(socket, payload["d"], request)
        elif payload["op"] == 6:
            await self._resume_session(socket, payload["d"], request)

    async def _start_session(self, socket: web.WebSocketResponse, data: dict[str, Any], request: web.Request) -> None:
        shard = data.get("shard", [0, 1])
        self.starts_left -= 1
        if data["token"] != self.token or self.starts_left < 0:
            if self.starts_left < 0:
                self.violations.append("a session was begun though none was left: the token is reset")
            await socket.close(code=4004)
            return
        if self.invalidates or self._too_many_at_once(shard[0]):
            self.refused += 1
            await socket.send_json({"op": 9, "d": False})
            return
        self.identified.append(data)
        if data["intents"] & PRIVILEGED:
            self.violations.append(f"privileged intents: {data['intents']}")
        session = GatewaySession(f"session{len(self.identified)}", shard, socket, request)
        self.sessions = {key: one for key, one in self.sessions.items() if one.shard != session.shard}
        self.sessions[session.id] = session
        if self.greets:
            await self._greet(session, f"ws://{request.host}/gateway")
            session.greeted = True
        await self._end_greeted(socket)

    async def _end_greeted(self, socket: web.WebSocketResponse) -> None:
        if self.ends_greeted_with == 7:
            await socket.send_json({"op": 7, "d": None})
        elif self.ends_greeted_with:
            await socket.close(code=self.ends_greeted_with)

    def _too_many_at_once(self, shard: int) -> bool:
        now = self.now()
        begun = self._identified_at.setdefault(shard % self.max_concurrency, [])
        begun[:] = [moment for moment in begun if moment > now - self.concurrency_seconds]
        begun.append(now)
        return len(begun) > 1 and self.concurrency_seconds > 0

    async def _resume_session(self, socket: web.WebSocketResponse, data: dict[str, Any], request: web.Request) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None or self.refused_resumes:
            self.refused_resumes = max(0, self.refused_resumes - 1)
            self.sessions.pop(data["session_id"], None)
            await socket.send_json({"op": 9, "d": False})
            return
        session.socket, session.request = socket, request
        self.resumed += 1
        for event in session.events[max(0, data["seq"] - self.told_again) :]:
            await socket.send_str(event)
        if self.greets:
            await session.send_event("RESUMED", {})
        await self._end_greeted(socket)

    async def close(self) -> None:
        await asyncio.gather(*(session.socket.close() for session in self.sessions.values()))
