"""The gateway: sessions that identify, get events in order, are cut, and resume with what they missed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
"""Members, presences and message contents (discord.com/developers/docs/events/gateway#privileged-intents)."""


@dataclass
class Session:
    """What one shard was told; ``socket`` is closed while it is cut off."""

    id: str
    shard: list[int]
    socket: web.WebSocketResponse
    events: list[str] = field(default_factory=list)
    greeted: bool = False

    async def tell(self, name: str, data: Any) -> None:
        self.events.append(json.dumps({"op": 0, "t": name, "s": len(self.events) + 1, "d": data}))
        if not self.socket.closed:
            await self.socket.send_str(self.events[-1])


class Gateway:
    """Takes connections; ``greet`` tells a new session what there is."""

    def __init__(self, token: str, greet: Any) -> None:
        self._token = token
        self._greet = greet
        self.sessions: dict[str, Session] = {}
        self.identified: list[dict[str, Any]] = []
        self.resumed = 0
        self.violations: list[str] = []

    async def tell(self, name: str, data: Any) -> None:
        """An event for all who are connected, or will be again."""
        for session in list(self.sessions.values()):
            await session.tell(name, data)

    @property
    def is_heard(self) -> bool:
        """Whether somebody is connected who knows what there is."""
        return any(session.greeted and not session.socket.closed for session in self.sessions.values())

    async def cut(self, code: int = 4000) -> None:
        """Close every connection; the sessions can be resumed."""
        for session in self.sessions.values():
            await session.socket.close(code=code)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._received(socket, json.loads(message.data), request)
        return socket

    async def _received(self, socket: web.WebSocketResponse, said: dict[str, Any], request: web.Request) -> None:
        if said["op"] == 1:
            await socket.send_json({"op": 11})
        elif said["op"] == 2:
            await self._identify(socket, said["d"], request)
        elif said["op"] == 6:
            await self._resume(socket, said["d"])

    async def _identify(self, socket: web.WebSocketResponse, data: dict[str, Any], request: web.Request) -> None:
        self.identified.append(data)
        if data["token"] != self._token:
            await socket.close(code=4004)
            return
        if data["intents"] & PRIVILEGED:
            self.violations.append(f"privileged intents: {data['intents']}")
        session = Session(f"session{len(self.identified)}", data.get("shard", [0, 1]), socket)
        self.sessions = {key: one for key, one in self.sessions.items() if one.shard != session.shard}
        self.sessions[session.id] = session
        await self._greet(session, f"ws://{request.host}/gateway")
        session.greeted = True

    async def _resume(self, socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            await socket.send_json({"op": 9, "d": False})
            return
        session.socket = socket
        self.resumed += 1
        for event in session.events[data["seq"] :]:
            await socket.send_str(event)
        await session.tell("RESUMED", {})

    async def close(self) -> None:
        await asyncio.gather(*(session.socket.close() for session in self.sessions.values()))
