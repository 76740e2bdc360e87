"""The Bot API over real HTTP on loopback: methods, checks, limits and faults."""

from __future__ import annotations

import asyncio
import json
import re
import time
import traceback
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import ClientSession, web

from tests.platforms.telegram.botapi import spec
from tests.platforms.telegram.botapi.methods import MethodHandlers, RefusedError, ServerLimits
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, Chat, Document, Message, new_id
from tests.waiting import HANG_SECONDS, wait_until

TOKEN = "4242:AAtest-token-that-must-never-be-shown"
_JSON_FIELDS = {
    "reply_markup", "rich_message", "media", "commands", "scope", "results", "reply_parameters", "button",
    "link_preview_options", "allowed_updates", "chat_id", "message_id", "message_thread_id", "offset", "limit",
    "timeout", "user_id", "cache_time", "is_personal", "show_alert", "allow_paid_broadcast", "drop_pending_updates",
    "max_connections",
}  # fmt: skip


def build_error_page(status: int, by: str = "nginx") -> str:
    """The page that a proxy answers with in place of Telegram."""
    title = f"{status} {HTTPStatus(status).phrase}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        f"<hr><center>{by}</center>\r\n</body>\r\n</html>\r\n"
    )


@dataclass
class CallFault:
    """Something that goes wrong for the next calls of a method; each kind is described in ``tests/LOOPBACK.md``.

    ``kind`` is a status, or a word; ``chat`` bounds it to one chat, and ``skip`` so many calls go well before.
    ``body`` is what stands before Telegram answers in its place, with ``headers``. A ``retry_after`` of ``None`` is
    left out.
    """

    method: str
    kind: int | str
    times: int = 1
    chat: int | None = None
    retry_after: int | None = 1
    description: str = ""
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    skip: int = 0


_BEFORE_READING = "unread"
_AFTERWARDS = ("timeout-after", "reset-after", "cut-head", "cut-body")


@dataclass
class RecordedCall:
    """A request as it came."""

    method: str
    params: dict[str, Any]
    files: dict[str, bytes]
    at: float


@dataclass
class BotApi(MethodHandlers):
    """The server. ``newer`` knows what came after Bot API 10.1; ``rich`` knows rich messages at all.

    ``token`` is the one that is taken; ``again`` is how often each update is brought once more although the bot had
    it, and ``webhook_faults`` is what goes wrong with the next of them that are brought to the webhook. What each
    switch does, and where the real server does so, is in ``tests/LOOPBACK.md``.
    """

    newer: bool = True
    rich: bool = True
    inline: bool = True
    limits: ServerLimits = field(default_factory=ServerLimits)
    dead_media: Callable[[str], bool] = lambda url: False
    latency: float = 0.0
    hang_seconds: float = HANG_SECONDS
    token: str = TOKEN
    again: int = 0
    webhook_faults: list[str] = field(default_factory=list)
    webhook_pause: float = 0.05

    def __post_init__(self) -> None:
        self.url = ""
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, dict[str, Any]] = {BOT_ID: BOT}
        self.calls: list[RecordedCall] = []
        self.violations: list[str] = []
        self.faults: list[CallFault] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.callback_answers: dict[str, dict[str, Any]] = {}
        self.callback_asked: dict[str, float] = {}
        self.inline_answers: dict[str, dict[str, Any]] = {}
        self.inline_messages: dict[str, Message] = {}
        self.webhook: dict[str, Any] = {}
        self.webhook_status: list[int] = []
        self.refused_by_webhook = 0
        self.refusals: Counter[int] = Counter()
        self.release = asyncio.Event()
        self.busiest_second = 0
        self._updates: deque[dict[str, Any]] = deque()
        self._next_update = 1
        self._changed = asyncio.Condition()
        self.brought: Counter[int] = Counter()
        self._poller: asyncio.Event | None = None
        self._hook = asyncio.Lock()
        self._bringing: set[asyncio.Task[None]] = set()
        self._sent: deque[float] = deque()
        self._sent_to: dict[int, deque[float]] = defaultdict(deque)
        self._files: dict[str, bytes] = {}
        self.file_names: dict[str, str] = {}
        """What the files of the last uploads are called, by their fields."""
        self.documents: dict[str, Document] = {}
        self._runner: web.AppRunner | None = None

    # -- coming and going -------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_post("/bot{token}/{method}", self._serve_request)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._bringing:
            task.cancel()
        await asyncio.gather(*self._bringing, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    # -- for tests ----------------------------------------------------------------------------------------------

    async def wait_until(self, true: Callable[[], Any], seconds: float = HANG_SECONDS) -> Any:
        """Wait for something to become true, and give it."""
        async with asyncio.timeout(seconds), self._changed:
            while not (value := true()):
                await self._changed.wait()
            return value

    async def notify_change(self) -> None:
        """Wake those who wait."""
        async with self._changed:
            self._changed.notify_all()

    def fail_next(self, method: str, kind: int | str, times: int = 1, **more: Any) -> None:
        """Let the next calls of a method go wrong."""
        self.faults.append(CallFault(method, kind, times, **more))

    def list_calls(self, method: str) -> list[RecordedCall]:
        """The calls of a method, as they came."""
        return [call for call in self.calls if call.method == method]

    def list_messages(self) -> list[Message]:
        """Everything the bot has posted."""
        return [message for chat in self.chats.values() for message in chat.messages]

    async def send_update(self, **kind: Any) -> None:
        """Something happened: tell the bot."""
        update = {"update_id": self._next_update, **kind}
        self._next_update += 1
        if self.webhook.get("url"):
            await self._deliver_update(update)
        else:
            self._updates.append(update)
        await self.notify_change()

    @property
    def is_polling(self) -> bool:
        """Whether a poll waits for updates."""
        return self._poller is not None

    async def poll_elsewhere(self) -> list[dict[str, Any]]:
        """Another process with the same token asks for updates: whoever asked before is told of a conflict."""
        url = f"{self.url}/bot{self.token}/getUpdates"
        async with ClientSession() as session, session.post(url, json={"timeout": 0}) as got:
            return list((await got.json())["result"])

    def upgrade_chat(self, chat: Chat) -> Chat:
        """The group becomes a supergroup, and nobody tells the bot: its next call is refused with the new id."""
        new = Chat(supergroup_id(), "supergroup", chat.title, members=dict(chat.members))
        self.chats[new.id] = new
        chat.migrated_to = new.id
        return new

    # -- the webhook ----------------------------------------------------------------------------------------------

    def _bring_waiting(self) -> None:
        waiting, self._updates = list(self._updates), deque()

        async def deliver_waiting() -> None:
            for update in waiting:
                await self._deliver_update(update)

        if waiting:
            task = asyncio.create_task(deliver_waiting())
            self._bringing.add(task)
            task.add_done_callback(self._bringing.discard)

    async def _deliver_update(self, update: dict[str, Any]) -> None:
        """Bring an update until the bot says that it has it: one after the other."""
        async with self._hook, asyncio.timeout(HANG_SECONDS):
            while not await self._post_to_webhook(update):
                await asyncio.sleep(self.webhook_pause)
            for _ in range(self.again):
                await self._post_to_webhook(update)

    async def _post_to_webhook(self, update: dict[str, Any]) -> bool:
        """Whether the bot said that it has the update."""
        fault = self.webhook_faults.pop(0) if self.webhook_faults else ""
        if fault in ("hangs-up", "half"):
            await self._cut_off(json.dumps(update).encode(), whole=fault == "hangs-up")
            return False
        try:
            async with ClientSession() as session, self._call_webhook(session, update) as got:
                self.webhook_status.append(got.status)
        except aiohttp.ClientError:
            self.refused_by_webhook += 1
            await self.notify_change()
            return False
        await self.notify_change()
        return got.ok and fault != "unheard"

    def _call_webhook(self, session: ClientSession, update: dict[str, Any]) -> Any:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        return session.post(self.webhook["url"], json=update, headers=headers)

    async def _cut_off(self, body: bytes, *, whole: bool) -> None:
        """Bring an update, and close the connection before the answer, or in the middle of the update."""
        url = urlsplit(self.webhook["url"])
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        head = (
            f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {self.webhook.get('secret_token', '')}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + (body if whole else body[: len(body) // 2]))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    # -- requests ---------------------------------------------------------------------------------------------

    async def _serve_request(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            if request.match_info["token"] != self.token:
                raise RefusedError(401, "Unauthorized")
            self._close_unread(method, request)
            try:
                params, files = await _read_request(request, self.file_names)
            except (ConnectionError, aiohttp.ClientError, web.RequestPayloadError):
                return web.Response(status=400)  # the client went away in the middle of its request
            self.calls.append(RecordedCall(method, params, files, time.monotonic()))
            fault = self._take_fault(method, params)
            if fault:
                await self._act_before(fault, request, params)
            self._check_request(method, params, files)
            result = await self._find_method(method)(params, files)
            await self.notify_change()
            if fault:
                await self._act_after(fault, request)
        except _ProxyError as instead:
            return instead.answer
        except RefusedError as refused:
            answer: dict[str, Any] = {"ok": False, "error_code": refused.code, "description": refused.description}
            self.refusals[refused.code] += 1
            if refused.parameters:
                answer["parameters"] = refused.parameters
            await self.notify_change()
            return web.json_response(answer, status=refused.code)
        except Exception:
            self.violations.append(f"the test server itself failed in {method}: {traceback.format_exc()}")
            raise
        return web.json_response({"ok": True, "result": result})

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        """A file by the path that getFile gave; ``fail_next("file", …)`` lets that go wrong."""
        path = request.match_info["path"]
        found = next((one for one in self.documents.values() if one.path == path), None)
        if request.match_info["token"] != self.token or found is None:
            return web.Response(status=404)
        if fault := self._take_fault("file", {}):
            if isinstance(fault.kind, int):
                return web.Response(status=fault.kind)
            _abort_connection(request)
        return web.Response(body=found.content)

    def _find_method(self, method: str) -> Callable[..., Any]:
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", method).lower()
        known = method != "sendRichMessage" or self.rich
        if not known or not hasattr(self, f"_do_{name}"):
            raise RefusedError(404, "Not Found")
        found: Callable[..., Any] = getattr(self, f"_do_{name}")
        return found

    def _check_request(self, method: str, params: dict[str, Any], files: dict[str, bytes]) -> None:
        found = spec.find_problems(method, params, set(files), newer=self.newer)
        if found:
            self.violations += found
            raise RefusedError(400, f"Bad Request: {found[0]}")

    def _take_fault(self, method: str, params: dict[str, Any]) -> CallFault | None:
        return self._next_fault(lambda fault: fault.method == method and fault.chat in (None, params.get("chat_id")))

    def _next_fault(self, applies: Callable[[CallFault], bool]) -> CallFault | None:
        for fault in self.faults:
            if not applies(fault):
                continue
            if fault.skip:
                fault.skip -= 1
                return None
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            return fault
        return None

    def _close_unread(self, method: str, request: web.Request) -> None:
        """Close the connection before the request is read, where that is the fault."""
        if self._next_fault(lambda fault: fault.method == method and fault.kind == _BEFORE_READING):
            _abort_connection(request)
            raise RefusedError(500, "nobody hears this")

    async def _act_before(self, fault: CallFault, request: web.Request, params: dict[str, Any]) -> None:
        await self.notify_change()
        if fault.body is not None:
            raise _ProxyError(fault)
        match fault.kind:
            case 429:
                suffix = f": retry after {fault.retry_after}" if fault.retry_after is not None else ""
                more = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
                raise RefusedError(429, fault.description or f"Too Many Requests{suffix}", **more)
            case int(code):
                raise RefusedError(code, fault.description or HTTPStatus(code).phrase)
            case "migrate":
                self.upgrade_chat(self.chats[params["chat_id"]])
            case "timeout":
                await self._until_given_up(request)
                raise RefusedError(500, "too late")
            case "late":
                await self._until_given_up(request)
            case "held":
                await self.release.wait()
            case "reset":
                _abort_connection(request)
                raise RefusedError(500, "nobody hears this")
            case known if known not in _AFTERWARDS:
                raise AssertionError(f"no such fault: {known}")

    async def _act_after(self, fault: CallFault, request: web.Request) -> None:
        if fault.kind == "timeout-after":
            await self._until_given_up(request)
        elif fault.kind == "reset-after":
            _abort_connection(request)
        elif fault.kind in ("cut-head", "cut-body"):
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le"
            if fault.kind == "cut-body":
                head += b'ngth: 500\r\n\r\n{"ok":true,"result":{"message_'
            assert request.transport
            request.transport.write(head)
            request.transport.close()

    async def _until_given_up(self, request: web.Request) -> None:
        """Wait until the client has gone, or for ``hang_seconds``."""
        try:
            async with asyncio.timeout(self.hang_seconds):
                await wait_until(lambda: request.transport is None or request.transport.is_closing())
        except TimeoutError:
            return


class _ProxyError(Exception):
    """An answer of what stands before Telegram."""

    def __init__(self, fault: CallFault) -> None:
        super().__init__(fault.kind)
        kind = "text/html" if (fault.body or "").startswith("<") else "application/json"
        status = fault.kind if isinstance(fault.kind, int) else 200
        self.answer = web.Response(status=status, text=fault.body, content_type=kind, headers=fault.headers)


def _abort_connection(request: web.Request) -> None:
    assert request.transport
    request.transport.abort()


def supergroup_id() -> int:
    """An id as supergroups and channels have."""
    return -1_000_000_000_000 - new_id()


async def _read_request(request: web.Request, names: dict[str, str]) -> tuple[dict[str, Any], dict[str, bytes]]:
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
            names[name] = value.filename
    return params, files
