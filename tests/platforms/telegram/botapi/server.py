"""The Bot API over real HTTP on loopback: methods, checks, limits and faults."""

from __future__ import annotations

import asyncio
import json
import re
import time
import traceback
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from tests.platforms.telegram.botapi import spec
from tests.platforms.telegram.botapi.methods import Limits, Methods, RefusedError
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, Chat, Message

TOKEN = "4242:AAtest-token-that-must-never-be-shown"
_JSON_FIELDS = {
    "reply_markup", "rich_message", "media", "commands", "scope", "results", "reply_parameters", "button",
    "link_preview_options", "allowed_updates", "chat_id", "message_id", "message_thread_id", "offset", "limit",
    "timeout", "user_id", "cache_time", "is_personal", "show_alert", "allow_paid_broadcast", "drop_pending_updates",
    "max_connections",
}  # fmt: skip


@dataclass
class Fault:
    """Something that goes wrong for the next calls of a method.

    ``kind`` is a status (429, 500, 502), or ``timeout`` or ``reset``, with ``-after`` when the call was carried out
    before; ``chat`` bounds it to one chat.
    """

    method: str
    kind: int | str
    times: int = 1
    chat: int | None = None
    retry_after: int = 1
    description: str = ""


@dataclass
class Call:
    """A request as it came."""

    method: str
    params: dict[str, Any]
    files: dict[str, bytes]
    at: float


@dataclass
class BotApi(Methods):
    """The server. ``newer`` knows what came after Bot API 10.1; ``rich`` knows rich messages at all."""

    newer: bool = True
    rich: bool = True
    inline: bool = True
    limits: Limits = field(default_factory=Limits)
    dead_media: Callable[[str], bool] = lambda url: False
    latency: float = 0.0
    hang_seconds: float = 30.0

    def __post_init__(self) -> None:
        self.url = ""
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, dict[str, Any]] = {BOT_ID: BOT}
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.callback_answers: dict[str, dict[str, Any]] = {}
        self.callback_asked: dict[str, float] = {}
        self.inline_answers: dict[str, dict[str, Any]] = {}
        self.inline_messages: dict[str, Message] = {}
        self.webhook: dict[str, Any] = {}
        self.webhook_status: list[int] = []
        self.busiest_second = 0
        self._updates: deque[dict[str, Any]] = deque()
        self._next_update = 1
        self._changed = asyncio.Condition()
        self._sent: deque[float] = deque()
        self._sent_to: dict[int, deque[float]] = defaultdict(deque)
        self._files: dict[str, bytes] = {}
        self._runner: web.AppRunner | None = None

    # -- coming and going -------------------------------------------------------------------------------------

    async def __aenter__(self) -> BotApi:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_post("/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    # -- for tests ----------------------------------------------------------------------------------------------

    async def until(self, true: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Wait for something to become true, and give it."""
        async with asyncio.timeout(seconds), self._changed:
            while not (value := true()):
                await self._changed.wait()
            return value

    async def quiet(self, seconds: float = 1.5) -> None:
        """Wait until nothing new was posted for a while."""
        before = -1
        while before != (before := len(self.messages())):
            await asyncio.sleep(seconds)

    async def changed(self) -> None:
        """Wake those who wait."""
        async with self._changed:
            self._changed.notify_all()

    def fail(self, method: str, kind: int | str, times: int = 1, **more: Any) -> None:
        """Let the next calls of a method go wrong."""
        self.faults.append(Fault(method, kind, times, **more))

    def of(self, method: str) -> list[Call]:
        """The calls of a method, as they came."""
        return [call for call in self.calls if call.method == method]

    def messages(self) -> list[Message]:
        """Everything the bot has posted."""
        return [message for chat in self.chats.values() for message in chat.messages]

    async def update(self, **kind: Any) -> None:
        """Something happened: tell the bot."""
        update = {"update_id": self._next_update, **kind}
        self._next_update += 1
        if self.webhook.get("url"):
            await self._bring(update)
        else:
            self._updates.append(update)
        await self.changed()

    async def _bring(self, update: dict[str, Any]) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        async with ClientSession() as session, session.post(self.webhook["url"], json=update, headers=headers) as got:
            self.webhook_status.append(got.status)

    # -- requests ---------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            if request.match_info["token"] != TOKEN:
                raise RefusedError(401, "Unauthorized")
            params, files = await _read(request)
            self.calls.append(Call(method, params, files, time.monotonic()))
            fault = self._fault(method, params)
            if fault:
                await self._before(fault, request)
            self._check(method, params, files)
            result = await self._method(method)(params, files)
            await self.changed()
            if fault:
                await self._after(fault, request)
        except RefusedError as refused:
            answer = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                answer["parameters"] = refused.parameters
            await self.changed()
            return web.json_response(answer, status=refused.code)
        except Exception:
            self.violations.append(f"the test server itself failed in {method}: {traceback.format_exc()}")
            raise
        return web.json_response({"ok": True, "result": result})

    def _method(self, method: str) -> Callable[..., Any]:
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", method).lower()
        known = method != "sendRichMessage" or self.rich
        if not known or not hasattr(self, f"_do_{name}"):
            raise RefusedError(404, "Not Found")
        return getattr(self, f"_do_{name}")

    def _check(self, method: str, params: dict[str, Any], files: dict[str, bytes]) -> None:
        found = spec.problems(method, params, set(files), newer=self.newer)
        if found:
            self.violations += found
            raise RefusedError(400, f"Bad Request: {found[0]}")

    def _fault(self, method: str, params: dict[str, Any]) -> Fault | None:
        for fault in self.faults:
            if fault.method == method and fault.chat in (None, params.get("chat_id")):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    async def _before(self, fault: Fault, request: web.Request) -> None:
        match fault.kind:
            case 429:
                why = f"Too Many Requests: retry after {fault.retry_after}"
                raise RefusedError(429, why, retry_after=fault.retry_after)
            case 500 | 502:
                raise RefusedError(int(fault.kind), {500: "Internal Server Error", 502: "Bad Gateway"}[int(fault.kind)])
            case int(code):
                raise RefusedError(code, fault.description)
            case "timeout":
                await asyncio.sleep(self.hang_seconds)
                raise RefusedError(500, "too late")
            case "reset":
                assert request.transport
                request.transport.abort()
                raise RefusedError(500, "nobody hears this")

    async def _after(self, fault: Fault, request: web.Request) -> None:
        if fault.kind == "timeout-after":
            await asyncio.sleep(self.hang_seconds)
        if fault.kind == "reset-after":
            assert request.transport
            request.transport.abort()


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    if request.content_type == "application/json":
        return await request.json(), {}
    params: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    posted = await request.post()
    for name, value in posted.items():
        if isinstance(value, str):
            params[name] = json.loads(value) if name in _JSON_FIELDS else value
        elif isinstance(value, web.FileField):
            files[name] = value.file.read()
    return params, files
