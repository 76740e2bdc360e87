"""REST: what discord.py asks for, checked against Discord's specification and rules."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.platforms.discord.api.answers import BEFORE_DISCORD, RefusedError, from_before, json_response, too_many
from tests.platforms.discord.api.gateway import Gateway, GatewaySession
from tests.platforms.discord.api.limits import ServerLimits
from tests.platforms.discord.api.rules import find_broken_rules
from tests.platforms.discord.api.world import (
    APPLICATION,
    DM,
    FORUMS,
    NEWS,
    TEXT,
    THREAD,
    Attachment,
    Channel,
    Guild,
    Message,
    User,
    check_form,
    make_snowflake,
    member_of_thread,
)
from tests.platforms.discord.spec import find_violations
from tests.waiting import wait_until

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.not-a-token-of-anybody-at-all"
MAX_FILE_BYTES = 10 * 1024 * 1024
_NONCES_KEPT = 300.0
"""Seconds in which the same nonce is the same message."""


@dataclass
class RequestFault:
    """What happens to the next requests that fit: an answer, or none before or after the work was done."""

    method: str
    path: str
    kind: int | str
    times: int
    retry_after: float = 0.0
    scope: str = "user"
    by: str = "discord"
    code: int = 0
    skip: int = 0

    @property
    def is_after(self) -> bool:
        """Whether the work is done all the same."""
        return str(self.kind).endswith("-after")


class DiscordApi:
    """``async with DiscordApi() as api``: a server on loopback. Strict: what it saw wrong is in ``violations``."""

    def __init__(
        self, *, per_second: int = 10_000, bucket: tuple[int, float] = (10_000, 1.0), strict: bool = True
    ) -> None:
        self._strict = strict
        self.bot = User("digestbot", APPLICATION, bot=True)
        self.guilds: list[Guild] = []
        self.direct: dict[int, Channel] = {}
        self.commands: dict[int, list[dict[str, Any]]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.violations: list[str] = []
        self.interactions: dict[str, Any] = {}
        self.refused = Counter[int]()
        self.hang_seconds = 1.0
        self.shards = 1
        """How many Discord recommends."""
        self.given_up = 0
        """How many answers nobody waited for any more."""
        self.by_number: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.fetched = Counter[str]()
        """How often each file was asked for."""
        self._faults: list[RequestFault] = []
        self._nonces: dict[tuple[int, str], tuple[Message, float]] = {}
        self.limits = ServerLimits(per_second, *bucket)
        self.gateway = Gateway(TOKEN, self._greet_session)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_get("/gateway", self.gateway.handle_connection)
        app.router.add_get("/gateway/", self.gateway.handle_connection)
        app.router.add_route("*", "/api/v10/{path:.*}", self._handle_request)
        app.router.add_get("/attachments/{number}/{name}", self._serve_attachment)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.gateway.close()
        await self._runner.cleanup()
        self.violations += self.gateway.violations

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    # -- what tests do --------------------------------------------------------------------------------------------

    async def add_guild(self, name: str, owner: User) -> Guild:
        """A server that the bot is in."""
        guild = Guild(name, owner)
        self.guilds.append(guild)
        await self.gateway.broadcast_event("GUILD_CREATE", guild.to_json(self.bot))
        return guild

    def fail_next(self, method: str, path: str, kind: int | str, times: int = 1, **more: Any) -> None:
        """Let the next requests that fit go wrong, after ``skip`` that go well, as tests/LOOPBACK.md describes.

        ``kind`` is a status, answered by Discord or what stands before it (``by``: ``page``, ``words``, ``banned``,
        ``empty``); or a word that ends in ``-before`` or ``-after`` the work: ``timeout``, ``late``, ``reset``, ``cut``
        and ``500``. A 429 of Discord's names ``retry_after`` and a ``scope``, other refusals a ``code``.
        """
        fault = RequestFault(method, path, kind, times, **more)
        assert fault.by in ("discord", *BEFORE_DISCORD), fault.by
        self._faults.append(fault)

    async def update_thread(self, thread: Channel, *, archived: bool | None = None, locked: bool | None = None) -> None:
        """A thread is put away, locked, or opened again; the gateway tells of it."""
        thread.archived = thread.archived if archived is None else archived
        thread.locked = thread.locked if locked is None else locked
        await self.gateway.broadcast_event("THREAD_UPDATE", thread.to_json())

    async def add_bot(self, thread: Channel) -> None:
        """Somebody mentions the bot in a private thread, and so adds it."""
        thread.has_bot = True
        await self.gateway.broadcast_event("THREAD_CREATE", thread.to_json())
        await self._tell_members(thread, {"added_members": [member_of_thread(thread)]})

    async def remove_bot(self, thread: Channel) -> None:
        """Somebody removes the bot from a private thread."""
        thread.has_bot = False
        await self._tell_members(thread, {"removed_member_ids": [str(self.bot.id)]})

    async def _tell_members(self, thread: Channel, change: dict[str, Any]) -> None:
        about = {"id": str(thread.id), "guild_id": str(thread.guild_id), "member_count": 1}
        await self.gateway.broadcast_event("THREAD_MEMBERS_UPDATE", about | change)

    async def add_role(self, guild: Guild, name: str, *, mentionable: bool = True) -> str:
        """A server has a new role, and the gateway tells of it; how a message mentions it."""
        mention = guild.create_role(name, mentionable=mentionable)
        await self.gateway.broadcast_event("GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": guild.roles[-1]})
        return mention

    async def delete_role(self, guild: Guild, mention: str) -> None:
        """Somebody deletes a role, and the gateway tells of it."""
        number = mention.strip("<@&>")
        guild.roles = [role for role in guild.roles if role["id"] != number]
        await self.gateway.broadcast_event("GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": number})

    async def rename(self, channel: Channel, name: str) -> None:
        """A channel or thread has another name."""
        channel.name = name
        event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        await self.gateway.broadcast_event(event, channel.to_json())

    async def delete_thread(self, thread: Channel) -> None:
        """A thread is deleted, and the gateway tells of it."""
        assert thread.guild
        assert thread.parent
        thread.guild.channels.remove(thread)
        gone = {"id": str(thread.id), "guild_id": str(thread.guild_id), "parent_id": str(thread.parent.id)}
        await self.gateway.broadcast_event("THREAD_DELETE", gone | {"type": thread.type})

    async def replace_tags(self, forum: Channel, *names: str, moderated: bool = False, told: bool = True) -> None:
        """The forum's tags are these now: those that had one of the names stay what they were. ``told`` by the
        gateway, or not yet."""
        before = {tag["name"]: tag for tag in forum.tags}
        new = {"moderated": moderated, "emoji_id": None, "emoji_name": None}
        forum.tags = [before.get(name) or {"id": str(make_snowflake()), "name": name, **new} for name in names]
        if told:
            await self.gateway.broadcast_event("CHANNEL_UPDATE", forum.to_json())

    async def wait_until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        await wait_until(holds)

    async def wait_until_connected(self) -> None:
        """Wait until the bot told its commands and is connected."""
        await self.wait_until(lambda: self.commands and self.gateway.is_heard)

    def list_bodies(self, method: str, path: str) -> list[Any]:
        """The bodies of the requests so far."""
        return [body for one, there, body in self.requests if one == method and re.search(path, there)]

    def get_channel(self, number: int) -> Channel:
        if number in self.by_number:
            return self.by_number[number]
        known = [channel for guild in self.guilds for channel in guild.channels]
        for channel in (*known, *self.direct.values()):
            if channel.id == number:
                return channel
        raise RefusedError(404, 10003, "Unknown Channel")

    def keep_attachment(self, attachment: Attachment) -> dict[str, Any]:
        """Keep a file that somebody attached, and tell where it is."""
        self.attachments[attachment.id] = attachment
        return attachment.to_json(f"http://127.0.0.1:{self.port}/attachments/{attachment.id}/file?ex=1&is=2&hm=secret")

    def _keep_files(self, body: dict[str, Any], files: list[tuple[str, bytes]]) -> dict[str, Any]:
        """The body of a message with its files, which Discord describes in full from then on: size and address."""
        sent = {str(number): self.keep_attachment(Attachment(*file)) for number, file in enumerate(files)}
        parts = [body, *([body["data"]] if isinstance(body.get("data"), dict) else [])]
        kept = [
            part | ({"attachments": [sent.get(str(one["id"]), one) for one in part["attachments"]]})
            if part.get("attachments")
            else part
            for part in parts
        ]
        return {**kept[0], **({"data": kept[1]} if kept[1:] else {}), "files": files}

    async def _serve_attachment(self, request: web.Request) -> web.Response:
        found = self.attachments[int(request.match_info["number"])]
        self.fetched[found.name] += 1
        return web.Response(status=found.status, body=found.content)

    # -- requests -------------------------------------------------------------------------------------------------

    async def _handle_request(self, request: web.Request) -> web.StreamResponse:
        path, method = "/" + request.match_info["path"], request.method
        body, files = await _read_body(request)
        if request.headers.get("Authorization", f"Bot {self.gateway.token}") != f"Bot {self.gateway.token}":
            return json_response({"code": 0, "message": "401: Unauthorized"}, status=401)
        if limited := self.limits.refuse_request(method, path):
            self.refused[429] += 1
            return limited
        self.requests.append((method, path, body))
        if self._strict:
            self.violations += find_violations(method, path, body) + find_broken_rules(path, body)
        if files:
            body = self._keep_files(body, files)
        fault = self._take_fault(method, path)
        if fault and not fault.is_after:
            return await self._send_failure(fault, request)
        if sum(len(content) for _, content in files) > MAX_FILE_BYTES:
            return json_response({"code": 40005, "message": "Request entity too large"}, status=413)
        try:
            done = await self._route_request(method, path, body)
        except RefusedError as error:
            self.refused[error.json["code"]] += 1
            done, fault = json_response(error.json, status=error.status), None
        if fault:
            return await self._fail_after(fault, request, done)
        done.headers.update(self.limits.build_headers(method, path))
        return done

    def _take_fault(self, method: str, path: str) -> RequestFault | None:
        for fault in self._faults:
            if fault.times and fault.method == method and re.search(fault.path, path):
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    async def _send_failure(self, fault: RequestFault, request: web.Request) -> web.StreamResponse:
        """Nothing is done, and this is answered."""
        if fault.kind == "reset-before":
            _break_off(request)
            return web.Response(status=504)
        if fault.kind == "timeout-before":
            await self._hang_until_closed(request)
            return web.Response(status=504)
        status = int(fault.kind)
        if fault.by != "discord":
            return from_before(status, fault.by)
        if status != 429:
            return json_response({"code": fault.code, "message": f"fault {status}"}, status=status)
        return too_many(fault.retry_after, fault.scope)

    async def _fail_after(self, fault: RequestFault, request: web.Request, done: web.Response) -> web.StreamResponse:
        """It is done, and the answer is lost, cut, late or wrong."""
        if fault.kind == "500-after":
            return from_before(500, fault.by) if fault.by != "discord" else _internal_error()
        if fault.kind in ("timeout-after", "late-after"):
            await self._hang_until_closed(request)
        if fault.kind == "late-after":
            return done
        if fault.kind == "cut-after":
            return await _send_half(request, done)
        _break_off(request)
        return done

    async def _hang_until_closed(self, request: web.Request) -> None:
        """Wait until the other side gave up, at most ``hang_seconds``."""
        end = time.monotonic() + self.hang_seconds
        while time.monotonic() < end and request.transport and not request.transport.is_closing():
            await asyncio.sleep(0.01)
        self.given_up += not request.transport or request.transport.is_closing()

    async def _route_request(self, method: str, path: str, body: Any) -> web.Response:
        for (verb, pattern), handler in _ROUTES.items():
            if verb == method and (match := re.fullmatch(pattern, path)):
                found = handler(self, *match.groups(), body)
                return await found if isinstance(found, Awaitable) else found
        self.violations.append(f"no such request here: {method} {path}")
        raise RefusedError(404, 0, "404: Not Found")

    # -- who and where --------------------------------------------------------------------------------------------

    async def _greet_session(self, session: GatewaySession, resume: str) -> None:
        shard, count = session.shard
        mine = [guild for guild in self.guilds if (guild.id >> 22) % count == shard]
        ready = {
            "v": 10,
            "user": self.bot.to_json(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self.gateway.resume_url or resume,
            "shard": session.shard,
            "application": {"id": str(APPLICATION), "flags": 0},
        }
        await session.send_event("READY", ready)
        for guild in mine:
            await session.send_event("GUILD_CREATE", guild.to_json(self.bot) | {"unavailable": False})

    def _get_me(self, body: Any) -> web.Response:
        return json_response(self.bot.to_json())

    def _get_application(self, body: Any) -> web.Response:
        known = {"id": str(APPLICATION), "name": "digestbot"}
        empty: dict[str, Any] = {"icon": None, "description": "", "rpc_origins": []}
        more = {
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": self.bot.to_json(),
            "summary": "",
            "flags": 0,
        }
        return json_response(known | empty | more | {"verify_key": "00", "team": None})

    def _get_gateway(self, body: Any) -> web.Response:
        url = f"ws://127.0.0.1:{self.port}/gateway"
        return json_response({"url": url, "shards": self.shards, "session_start_limit": self.gateway.start_limit})

    def _put_commands(self, application: str, body: Any) -> web.Response:
        return self._store_commands(0, body)

    def _guild_commands(self, application: str, guild: str, body: Any) -> web.Response:
        return self._store_commands(int(guild), body)

    def _store_commands(self, guild: int, body: Any) -> web.Response:
        own = {"application_id": str(APPLICATION), "version": "1", "default_member_permissions": None}
        self.commands[guild] = [{**one, **own, "id": str(make_snowflake()), "type": one.get("type", 1)} for one in body]
        return json_response([{"description": "", **one} for one in self.commands[guild]])

    def _open_private(self, body: Any) -> web.Response:
        user = int(body["recipient_id"])
        return json_response(self.get_private_channel(User("somebody", user)).to_json())

    def get_private_channel(self, user: User) -> Channel:
        """The private chat of somebody with the bot."""
        return self.direct.setdefault(user.id, Channel("", DM, owner=user))

    def _get_channel(self, channel: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        if there.is_hidden:
            raise RefusedError(403, 50001, "Missing Access")
        return json_response(there.to_json())

    async def _edit_channel(self, channel: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        _check_permissions(there, "manage_channels")
        tags = body.get("available_tags", there.tags)
        if len(tags) > 20:
            raise RefusedError(400, 30048, "Maximum number of tags in a forum channel has been reached (20)")
        if len({tag["name"] for tag in tags}) < len(tags):
            raise RefusedError(400, 40061, "Tag names must be unique")
        if any(not 0 < len(tag["name"]) <= 20 for tag in tags):
            raise RefusedError(400, 50035, "Invalid Form Body")
        new = {"moderated": False, "emoji_id": None, "emoji_name": None}
        there.tags = [{**new, **tag, "id": str(tag.get("id") or make_snowflake())} for tag in tags]
        await self.gateway.broadcast_event("CHANNEL_UPDATE", there.to_json())
        return json_response(there.to_json())

    # -- messages and threads -------------------------------------------------------------------------------------

    async def _post_message(self, channel: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        _check_permissions(there, "send_messages_in_threads" if there.is_thread else "send_messages")
        if there.type in FORUMS:
            raise RefusedError(400, 50008, "Cannot send messages in a non-text channel")
        if there.locked and not there.is_allowed("manage_threads"):
            archived = (403, 50083, "Thread is archived")
            raise RefusedError(*(archived if there.archived else (403, 160005, "Thread is locked")))
        _check_words(there, body)
        if there.archived:
            _check_active_threads(there)
            await self.update_thread(there, archived=False)
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        before = self._nonces.get((there.id, nonce or ""))
        if nonce and before and before[1] > time.monotonic():
            return json_response(_find_message(there, str(before[0].id)).to_json())
        check_form(body)
        message = Message(there, _drop_embeds(there, body), self.bot)
        there.messages.append(message)
        if nonce:
            self._nonces[there.id, nonce] = (message, time.monotonic() + _NONCES_KEPT)
        return json_response(message.to_json())

    def _edit_message(self, channel: str, message: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        if there.refuses:
            raise RefusedError(*there.refuses)
        found = _find_message(there, message)
        found.edit(_drop_embeds(there, body))
        return json_response(found.to_json())

    def _delete_message(self, channel: str, message: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        there.messages.remove(_find_message(there, message))
        return web.Response(status=204)

    async def _thread_under(self, channel: str, message: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        _check_permissions(there, "create_public_threads")
        if there.type not in (TEXT, NEWS):
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        if any(thread.id == int(message) for thread in (there.guild.channels if there.guild else ())):
            raise RefusedError(400, 160004, "A thread has already been created for this message")
        _check_title(there, body["name"])
        _check_active_threads(there)
        assert there.guild
        thread = there.guild.create_channel(body["name"], THREAD, id=int(message), parent=there, owner=self.bot)
        await self.gateway.broadcast_event("THREAD_CREATE", thread.to_json())
        return json_response(thread.to_json())

    async def _post_in_forum(self, channel: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        _check_permissions(there, "send_messages")
        applied = list(map(str, body.get("applied_tags") or []))
        known = {tag["id"]: tag for tag in there.tags}
        if there.flags & (1 << 4) and not applied:
            raise RefusedError(400, 40067, "A tag is required to create a forum post in this channel")
        if any(tag not in known for tag in applied):
            raise RefusedError(404, 10087, "Unknown Tag")
        if any(known[tag]["moderated"] for tag in applied) and not there.is_allowed("manage_threads"):
            raise RefusedError(403, 50013, "Missing Permissions")
        assert there.guild
        check_form(body["message"])
        _check_title(there, body["name"])
        _check_words(there, body["message"])
        _check_active_threads(there)
        thread = there.guild.create_channel(body["name"], THREAD, parent=there, owner=self.bot)
        thread.applied_tags = applied
        thread.messages.append(Message(thread, body["message"], self.bot, id=thread.id))
        await self.gateway.broadcast_event("THREAD_CREATE", thread.to_json())
        return json_response(thread.to_json() | {"message": thread.messages[0].to_json()})

    def _publish_message(self, channel: str, message: str, body: Any) -> web.Response:
        there = self.get_channel(int(channel))
        if there.type != NEWS:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        found = next((one for one in there.messages if one.id == int(message)), None)
        if found is None:
            raise RefusedError(404, 10008, "Unknown Message")
        if found.published:
            raise RefusedError(400, 40033, "This message has already been crossposted")
        found.published = True
        return json_response(found.to_json())

    def _get_guild(self, guild: str, body: Any) -> web.Response:
        found = next((one for one in self.guilds if one.id == int(guild)), None)
        if found is None:
            raise RefusedError(404, 10004, "Unknown Guild")
        return json_response(found.to_json(self.bot))

    def _list_active_threads(self, guild: str, body: Any) -> web.Response:
        (found,) = [one for one in self.guilds if one.id == int(guild)]
        return json_response({"threads": [thread.to_json() for thread in found.list_active_threads()], "members": []})

    # -- interactions ---------------------------------------------------------------------------------------------

    def _answer_interaction(self, interaction: str, token: str, body: Any) -> web.Response:
        asked = self.interactions.get(token)
        if asked is None or asked.late:
            raise RefusedError(404, 10062, "Unknown interaction")
        message = asked.respond(body)
        resource: dict[str, Any] = {"type": body["type"]}
        if message:
            resource["message"] = message.to_json()
        known = {"id": interaction, "type": 2, "response_message_id": str(message.id) if message else None}
        return json_response({"interaction": known, "resource": resource})

    def _follow_up(self, application: str, token: str, body: Any) -> web.Response:
        return json_response(self._find_interaction(token).follow_up(body).to_json())

    def _edit_original(self, application: str, token: str, body: Any) -> web.Response:
        return json_response(self._find_interaction(token).edit(body).to_json())

    def _edit_follow_up(self, application: str, token: str, message: str, body: Any) -> web.Response:
        return json_response(self._find_interaction(token).edit_message(int(message), body).to_json())

    def _delete_original(self, application: str, token: str, body: Any) -> web.Response:
        self._find_interaction(token).delete()
        return web.Response(status=204)

    def _find_interaction(self, token: str) -> Any:
        asked = self.interactions.get(token)
        if asked is None or not asked.acknowledged:
            raise RefusedError(404, 10015, "Unknown Webhook")
        if asked.is_expired:
            raise RefusedError(401, 50027, "Invalid Webhook Token")
        return asked


async def _read_body(request: web.Request) -> tuple[Any, list[tuple[str, bytes]]]:
    """A request's body, and the files that come with it (reference#uploading-files)."""
    if request.content_type != "multipart/form-data":
        return (await request.json() if request.can_read_body else None), []
    form = await request.post()
    parts = [form[name] for name in form if re.fullmatch(r"files\[\d+\]", name)]
    files = [(part.filename, part.file.read()) for part in parts if isinstance(part, web.FileField)]
    return json.loads(str(form["payload_json"])), files


def _check_permissions(there: Channel, needed: str) -> None:
    """Refuse what the bot may not do there, and what a test says that the channel refuses."""
    if there.refuses:
        raise RefusedError(*there.refuses)
    if there.guild and (not there.is_allowed("view_channel") or there.is_hidden):
        raise RefusedError(403, 50001, "Missing Access")
    if there.guild and not there.is_allowed(needed):
        raise RefusedError(403, 50013, "Missing Permissions")


def _find_message(there: Channel, number: str) -> Message:
    found = [message for message in there.messages if message.id == int(number)]
    if not found:
        raise RefusedError(404, 10008, "Unknown Message")
    return found[0]


def _drop_embeds(there: Channel, body: dict[str, Any]) -> dict[str, Any]:
    """What is left of a message where the bot may not embed links: its content, if it has any."""
    if not body.get("embeds") or not there.guild or there.is_allowed("embed_links"):
        return body
    if not body.get("content"):
        raise RefusedError(403, 50013, "Missing Permissions")
    return {**body, "embeds": []}


def _check_words(there: Channel, message: dict[str, Any]) -> None:
    """Refuse what AutoMod takes in no message."""
    if there.guild and any(word in json.dumps(message, ensure_ascii=False) for word in there.guild.blocked_words):
        raise RefusedError(400, 200000, "Message was blocked by automatic moderation")


def _check_title(there: Channel, name: str) -> None:
    """Refuse what AutoMod takes in no title."""
    if there.guild and any(word in name for word in there.guild.blocked_words):
        raise RefusedError(400, 200001, "Title was blocked by automatic moderation")


def _check_active_threads(there: Channel) -> None:
    """Refuse one more than there may be."""
    if there.guild and there.guild.count_active_threads() >= there.guild.max_threads:
        raise RefusedError(400, 160006, "Maximum number of active threads reached")


def _break_off(request: web.Request) -> None:
    if request.transport:
        request.transport.abort()


async def _send_half(request: web.Request, done: web.Response) -> web.StreamResponse:
    """The first half of an answer, and then the end of the connection."""
    assert isinstance(done.body, bytes)
    begun = web.StreamResponse(status=done.status, headers={"Content-Type": "application/json"})
    begun.content_length = len(done.body)
    await begun.prepare(request)
    await begun.write(done.body[: len(done.body) // 2])
    _break_off(request)
    return begun


def _internal_error() -> web.Response:
    return json_response({"code": 0, "message": "fault 500"}, status=500)


_N = r"(\d+)"
_ROUTES: dict[tuple[str, str], Callable[..., web.Response | Awaitable[web.Response]]] = {
    ("GET", "/users/@me"): DiscordApi._get_me,
    ("GET", "/oauth2/applications/@me"): DiscordApi._get_application,
    ("GET", "/gateway/bot"): DiscordApi._get_gateway,
    ("PUT", f"/applications/{_N}/commands"): DiscordApi._put_commands,
    ("PUT", f"/applications/{_N}/guilds/{_N}/commands"): DiscordApi._guild_commands,
    ("POST", "/users/@me/channels"): DiscordApi._open_private,
    ("GET", f"/channels/{_N}"): DiscordApi._get_channel,
    ("PATCH", f"/channels/{_N}"): DiscordApi._edit_channel,
    ("POST", f"/channels/{_N}/messages"): DiscordApi._post_message,
    ("PATCH", f"/channels/{_N}/messages/{_N}"): DiscordApi._edit_message,
    ("DELETE", f"/channels/{_N}/messages/{_N}"): DiscordApi._delete_message,
    ("POST", f"/channels/{_N}/messages/{_N}/threads"): DiscordApi._thread_under,
    ("POST", f"/channels/{_N}/threads"): DiscordApi._post_in_forum,
    ("POST", f"/channels/{_N}/messages/{_N}/crosspost"): DiscordApi._publish_message,
    ("GET", f"/guilds/{_N}"): DiscordApi._get_guild,
    ("GET", f"/guilds/{_N}/threads/active"): DiscordApi._list_active_threads,
    ("POST", f"/interactions/{_N}/([^/]+)/callback"): DiscordApi._answer_interaction,
    ("POST", f"/webhooks/{_N}/([^/]+)"): DiscordApi._follow_up,
    ("PATCH", f"/webhooks/{_N}/([^/]+)/messages/{_N}"): DiscordApi._edit_follow_up,
    ("PATCH", f"/webhooks/{_N}/([^/]+)/messages/@original"): DiscordApi._edit_original,
    ("DELETE", f"/webhooks/{_N}/([^/]+)/messages/@original"): DiscordApi._delete_original,
}
