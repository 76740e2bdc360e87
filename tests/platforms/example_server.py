"""Parlour itself, for ``example_adapter.py``: rooms over HTTP on loopback, which keep their rules."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from tests.platforms.example_adapter import escape

TOKEN = "secret"


class ParlourServer:
    """The rooms and what was posted there. ``errors`` are answered first, one a message."""

    def __init__(self) -> None:
        self.posts: defaultdict[str, list[str]] = defaultdict(list)
        self.moderators: defaultdict[str, list[str]] = defaultdict(list)
        self.errors: list[tuple[int, dict[str, object]]] = []
        self.history: defaultdict[str, list[str]] = defaultdict(list)
        """All that stood there, what was replaced too."""
        self._places: dict[str, int] = {}
        self._events: list[dict[str, object]] = []
        self._news = asyncio.Condition()
        app = web.Application(middlewares=[_check_token])
        app.router.add_get("/me", self._get_me)
        app.router.add_post("/messages", self._post_message)
        app.router.add_get("/events", self._get_events)
        app.router.add_get("/rooms/{room}/moderators", self._get_moderators)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    async def send_text(self, user: str, text: str, room: str = "") -> None:
        """Somebody types a line, in private where no room is named."""
        async with self._news:
            number = len(self._events) + 1
            self._events.append({"id": number, "room": room or user, "user": user, "text": text, "language": "en"})
            self._news.notify_all()

    async def _get_me(self, _: web.Request) -> web.Response:
        return web.json_response({"name": "digestbot"})

    async def _post_message(self, request: web.Request) -> web.Response:
        message = await request.json()
        if self.errors:
            status, body = self.errors.pop(0)
            return web.json_response(body, status=status)
        assert 0 < len(message["text"]) <= 2_000, "longer than a message may be"
        assert escape(message["text"]) == message["text"], "it mentions somebody"
        posts, key = self.posts[message["room"]], message["key"]
        self.history[message["room"]].append(message["text"])
        if key in self._places:
            posts[self._places[key]] = message["text"]
        else:
            posts.append(message["text"])
            self._places |= {key: len(posts) - 1} if key else {}
        return web.json_response({})

    async def _get_events(self, request: web.Request) -> web.Response:
        after = int(request.query["after"])
        async with self._news:
            await self._news.wait_for(lambda: len(self._events) > after)
        return web.json_response(self._events[after:])

    async def _get_moderators(self, request: web.Request) -> web.Response:
        return web.json_response(self.moderators[request.match_info["room"]])


@web.middleware
async def _check_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.headers.get("Authorization") != TOKEN:
        return web.json_response({"reason": "Parlour refuses the token"}, status=401)
    return await handler(request)
