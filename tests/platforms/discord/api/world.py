"""What there is on the server of tests: people, servers, channels, threads, messages."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass, field
from typing import Any

import discord

from tests.platforms.discord.api.answers import RefusedError

TEXT, DM, VOICE, GROUP, NEWS, FORUM, MEDIA, THREAD, PRIVATE_THREAD = 0, 1, 2, 3, 5, 15, 16, 11, 12
FORUMS = (FORUM, MEDIA)
APPLICATION = 1100000000000000001
COMPONENTS_V2, SILENT, EPHEMERAL, ACTION_ROW = 1 << 15, 1 << 12, 64, 1
_EPOCH = 1_420_070_400_000
_numbers = itertools.count(1)
_MENTION = re.compile(r"@everyone|@here|<@[&!]?\d+>")
BOT_MAY = discord.Permissions.none()
BOT_MAY.update(
    view_channel=True,
    connect=True,
    send_messages=True,
    embed_links=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    manage_channels=True,
    read_message_history=True,
)


def make_snowflake() -> int:
    """A new number, of now."""
    return (int(time.time() * 1000) - _EPOCH << 22) | (next(_numbers) & 0x3FFFFF)


@dataclass
class User:
    name: str
    id: int = field(default_factory=make_snowflake)
    bot: bool = False

    def to_json(self) -> dict[str, Any]:
        known = {"id": str(self.id), "username": self.name, "discriminator": "0", "avatar": None}
        return known | {"bot": self.bot, "global_name": None}


@dataclass
class Attachment:
    """A file that somebody attaches. ``told_size`` is what Discord says of it, ``status`` what asking for it gives."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    told_size: int = -1
    status: int = 200
    id: int = field(default_factory=make_snowflake)

    def to_json(self, url: str) -> dict[str, Any]:
        size = len(self.content) if self.told_size < 0 else self.told_size
        known = {"id": str(self.id), "filename": self.name, "size": size, "content_type": self.content_type}
        return known | {"url": url, "proxy_url": url}


@dataclass
class Message:
    """A message as it was sent, and what became of it; ``answered`` is the one that it replies to."""

    channel: Channel
    body: dict[str, Any]
    author: User
    id: int = field(default_factory=make_snowflake)
    asked_by: User | None = None
    published: bool = False
    edits: int = 0
    called: frozenset[str] = frozenset()
    """Whom it called when it came: an edit calls nobody."""
    answered: Message | None = None

    def __post_init__(self) -> None:
        self.called = find_called(self.body, self.channel.guild)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def components(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body.get("components") or []
        return found

    @property
    def embeds(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body.get("embeds") or []
        return found

    @property
    def content(self) -> str:
        return self.body.get("content") or ""

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """The files that came with it: their names, and what is in them."""
        return self.body.get("files") or []

    def edit(self, changes: dict[str, Any]) -> None:
        """Change what is named. The flag of the second version is set for good, and leaves room for nothing else."""
        before, after = self.flags, int(changes.get("flags") or 0)
        if "flags" in changes and before & COMPONENTS_V2 and not after & COMPONENTS_V2:
            raise RefusedError(400, 50035, "Invalid Form Body: flags: the flag cannot be unset")
        body = {**self.body, **changes, "flags": (after or before) | before & (COMPONENTS_V2 | EPHEMERAL | SILENT)}
        check_form(body)
        self.body = body
        self.edits += 1

    @property
    def flags(self) -> int:
        return int(self.body.get("flags") or 0)

    def to_json(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.to_json(),
            "content": self.body.get("content") or "",
            "timestamp": "2026-11-24T08:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": self.body.get("attachments") or [],
            "embeds": self.body.get("embeds") or [],
            "pinned": False,
            "type": 0,
            "flags": self.flags,
            "components": _number_components(self.components),
        }
        if self.body.get("nonce"):
            known["nonce"] = self.body["nonce"]
        if self.answered:
            place = {"channel_id": str(self.channel.id), "message_id": str(self.answered.id), "type": 0}
            known |= {"type": 19, "message_reference": place, "referenced_message": self.answered.to_json()}
        if self.asked_by:
            owners = {"0": str(self.channel.guild.id)} if self.channel.guild else {"1": str(self.asked_by.id)}
            known["interaction_metadata"] = {
                "id": str(self.id),
                "type": 2,
                "user": self.asked_by.to_json(),
                "authorizing_integration_owners": owners,
            }
        return known


def list_shown_mentions(body: dict[str, Any]) -> set[str]:
    """What a message shows as mentions: in its content and in texts of the second version; in embeds none calls."""
    texts = [body.get("content") or ""]
    waiting = list(body.get("components") or [])
    while waiting:
        part = waiting.pop()
        texts.append(part.get("content") or "")
        waiting += part.get("components") or []
    return {found for text in texts for found in _MENTION.findall(text)}


def find_called(body: dict[str, Any], guild: Guild | None) -> frozenset[str]:
    """Whom a new message calls: what it shows, as far as it allows that (resources/message#allowed-mentions-object).

    A role that not everybody may mention takes the permission for all of them.
    """
    allowed = body.get("allowed_mentions") or {"parse": ["everyone", "roles", "users"]}
    parse, named = allowed.get("parse") or [], {*map(str, allowed.get("roles") or [])}
    named |= {*map(str, allowed.get("users") or [])}
    called = set()
    for mention in list_shown_mentions(body):
        kind = "everyone" if mention in ("@everyone", "@here") else "roles" if "&" in mention else "users"
        number = mention.strip("<@&!>")
        role = next((one for one in (guild.roles if guild else ()) if str(one["id"]) == number), None)
        may = kind == "users" or (guild is not None and guild.calls_all) or bool(role and role["mentionable"])
        if may and (kind in parse or number in named):
            called.add(mention)
    return frozenset(called)


def check_form(body: dict[str, Any]) -> None:
    """Refuse a message that is of both versions, or of none."""
    is_second = int(body.get("flags") or 0) & COMPONENTS_V2
    if is_second and (body.get("content") or body.get("embeds")):
        raise RefusedError(400, 50035, "Invalid Form Body: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
    if not is_second and any(part["type"] != ACTION_ROW for part in body.get("components") or ()):
        raise RefusedError(400, 50035, "Invalid Form Body: components: UNION_TYPE_CHOICES")
    if not any(body.get(part) for part in ("content", "embeds", "components", "files")):
        raise RefusedError(400, 50006, "Cannot send an empty message")


def _number_components(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Components as Discord gives them back, each with a number."""
    count = itertools.count(1)

    def number_component(part: dict[str, Any]) -> dict[str, Any]:
        part = {**part, "id": next(count)}
        if part.get("components"):
            part["components"] = [number_component(one) for one in part["components"]]
        if part.get("accessory"):
            part["accessory"] = number_component(part["accessory"])
        return part

    return [number_component(part) for part in components]


@dataclass
class Channel:
    """A channel or a thread. ``refuses`` is what every message to it is answered with: status, code and words."""

    name: str
    type: int
    guild: Guild | None = None
    id: int = field(default_factory=make_snowflake)
    parent: Channel | None = None
    owner: User | None = None
    messages: list[Message] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    applied_tags: list[str] = field(default_factory=list)
    refuses: tuple[int, int, str] | None = None
    bot_may: discord.Permissions = field(default_factory=lambda: discord.Permissions(BOT_MAY.value))
    flags: int = 0
    overwrites: list[dict[str, Any]] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    has_bot: bool = False
    """Whether the bot is in the thread: of private ones it sees no others, unless it manages threads."""

    @property
    def is_hidden(self) -> bool:
        """Whether it is a private thread that the bot may not see."""
        return self.type == PRIVATE_THREAD and not self.has_bot and not self.is_allowed("manage_threads")

    @property
    def guild_id(self) -> int:
        return self.guild.id if self.guild else 0

    @property
    def is_thread(self) -> bool:
        return self.type in (THREAD, PRIVATE_THREAD)

    def is_allowed(self, *needed: str) -> bool:
        """Whether the bot may do this here; in a thread, what it may do is the channel's."""
        may = self.parent.bot_may if self.is_thread and self.parent else self.bot_may
        return all(getattr(may, name) for name in needed)

    def to_json(self) -> dict[str, Any]:
        known: dict[str, Any] = {"id": str(self.id), "type": self.type, "name": self.name, "flags": self.flags}
        if self.guild:
            known |= {"guild_id": str(self.guild.id), "position": 0, "permission_overwrites": self.overwrites}
        if self.type in (DM, GROUP):
            known |= {"recipients": [self.owner.to_json()] if self.owner else [], "last_message_id": None}
        if self.type == GROUP:
            known |= {"owner_id": str(self.owner.id) if self.owner else None, "icon": None}
        if self.type == VOICE:
            known |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if self.type in FORUMS:
            known |= {"available_tags": self.tags, "default_sort_order": None, "default_forum_layout": 0, "topic": None}
        if self.is_thread and self.parent and self.owner:
            known |= {
                "parent_id": str(self.parent.id),
                "owner_id": str(self.owner.id),
                "message_count": len(self.messages),
                "member_count": 1,
                "rate_limit_per_user": 0,
                "applied_tags": self.applied_tags,
                "thread_metadata": {
                    "archived": self.archived,
                    "auto_archive_duration": 10080,
                    "archive_timestamp": "2026-11-24T08:00:00+00:00",
                    "locked": self.locked,
                },
            }
            if self.has_bot:
                known["member"] = member_of_thread(self)
        return known


@dataclass
class Guild:
    name: str
    owner: User
    id: int = field(default_factory=make_snowflake)
    channels: list[Channel] = field(default_factory=list)
    locale: str = "en-US"
    features: list[str] = field(default_factory=list)
    max_threads: int = 1000
    """How many threads may be active at once."""
    blocked_words: tuple[str, ...] = ()
    """What AutoMod takes in no message and no title."""
    roles: list[dict[str, Any]] = field(default_factory=list)
    """Beside @everyone, which each server has."""
    calls_all: bool = False
    """Whether the bot may mention everyone, and roles that not everybody may."""

    def create_role(self, name: str, *, mentionable: bool = True) -> str:
        """A new role; how a message mentions it."""
        number = make_snowflake()
        self.roles.append(self._describe_role(number, name) | {"mentionable": mentionable, "position": 1})
        return f"<@&{number}>"

    def _describe_role(self, number: int, name: str) -> dict[str, Any]:
        colours = {"color": 0, "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}
        known = {"id": str(number), "name": name, "permissions": "0", "position": 0, "hoist": False, "managed": False}
        return known | colours | {"mentionable": False, "flags": 0}

    def create_channel(self, name: str, kind: int = TEXT, **more: Any) -> Channel:
        channel = Channel(name, kind, self, **more)
        self.channels.append(channel)
        return channel

    def list_threads(self) -> list[Channel]:
        return [channel for channel in self.channels if channel.is_thread]

    def list_active_threads(self) -> list[Channel]:
        """The threads that are not put away, and that the bot may see: the gateway tells of no others."""
        return [channel for channel in self.list_threads() if not channel.archived and not channel.is_hidden]

    def count_active_threads(self) -> int:
        return sum(not channel.archived for channel in self.list_threads())

    def to_json(self, bot: User) -> dict[str, Any]:
        """As it is told when the bot joins; one that was known before comes with ``unavailable`` false."""
        everyone = self._describe_role(self.id, "@everyone") | {"permissions": str(BOT_MAY.value)}
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "roles": [everyone, *self.roles],
            "emojis": [],
            "features": self.features,
            "channels": [channel.to_json() for channel in self.channels if not channel.is_thread],
            "threads": [channel.to_json() for channel in self.list_active_threads()],
            "members": [member_json(bot)],
            "member_count": 3,
            "large": False,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "premium_tier": 0,
            "nsfw_level": 0,
            "preferred_locale": self.locale,
            "system_channel_flags": 0,
            "afk_timeout": 300,
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "stickers": [],
            "premium_progress_bar_enabled": False,
        }


def member_of_thread(thread: Channel) -> dict[str, Any]:
    """The bot as a member of a thread, as the gateway tells it."""
    return {
        "id": str(thread.id),
        "user_id": str(APPLICATION),
        "join_timestamp": "2026-11-24T08:00:00+00:00",
        "flags": 0,
    }


def member_json(user: User) -> dict[str, Any]:
    known = {
        "user": user.to_json(),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
    }
    return known | {"flags": 0, "nick": None, "avatar": None, "premium_since": None, "pending": False}
