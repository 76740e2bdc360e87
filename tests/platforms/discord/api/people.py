"""Somebody in a server, who types commands, chooses, taps, and sees what is answered."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import discord

from tests.platforms.discord import message_view
from tests.platforms.discord.api.answers import RefusedError
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import (
    APPLICATION,
    GROUP,
    Attachment,
    Channel,
    Message,
    User,
    check_form,
    make_snowflake,
    member_json,
)

_count = itertools.count(1)
_CHANNEL_OPTION = 7
READS = discord.Permissions(view_channel=True, send_messages=True, read_message_history=True)
MODERATES = discord.Permissions(READS.value | discord.Permissions(manage_channels=True).value)


@dataclass
class InteractionRecord:
    """One interaction, and what it was answered with."""

    api: DiscordApi
    user: User
    channel: Channel
    source: Message | None = None
    acknowledged: bool = False
    late: bool = False
    is_expired: bool = False
    """Whether its token is good for nothing any more, as after fifteen minutes."""
    kind: int = 0
    begun: float = field(default_factory=time.perf_counter)
    took: float = 0.0
    choices: list[dict[str, str]] = field(default_factory=list)
    form: dict[str, Any] = field(default_factory=dict)
    """The form that was opened."""
    messages: list[Message] = field(default_factory=list)
    _deferred: Message | None = None

    @property
    def message(self) -> Message:
        """The first message of the answer, where it was put."""
        assert self.messages, "it was not answered"
        return self.messages[0]

    @property
    def text(self) -> str:
        return "\n".join(message_view.get_text(message) for message in self.messages)

    @property
    def ephemeral(self) -> bool:
        return self.message.ephemeral

    def respond(self, body: dict[str, Any]) -> Message | None:
        self.took = self.took or time.perf_counter() - self.begun
        if self.acknowledged:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
        self.kind = body["type"]
        data = body.get("data") or {}
        message: Message | None = None
        if self.kind == 4:
            message = self._put_message(data)
        elif self.kind == 5:
            self._deferred = self._make_message(data)
        elif self.kind == 7:
            message = self._in_place(data)
        elif self.kind == 8:
            self.choices = data["choices"]
        elif self.kind == 9:
            self.form = _check_modal(data)
        self.acknowledged = True
        return message

    def follow_up(self, body: dict[str, Any]) -> Message:
        return self._put_message(body)

    def edit(self, body: dict[str, Any]) -> Message:
        if self.kind == 6:
            return self._in_place(body)
        if self._deferred:
            made, self._deferred = self._deferred, None
            made.edit(body)
            return self._show_message(made)
        return self.edit_message(self.message.id, body)

    def edit_message(self, number: int, body: dict[str, Any]) -> Message:
        """Edit a message of the answer; what everybody sees may be deleted."""
        found = [one for one in self.messages if one.id == number and (one.ephemeral or one in self.channel.messages)]
        if not found:
            raise RefusedError(404, 10008, "Unknown Message")
        found[0].edit(body)
        return found[0]

    def delete(self) -> None:
        self._deferred = None

    def _make_message(self, data: dict[str, Any]) -> Message:
        return Message(self.channel, data, self.api.bot, asked_by=self.user)

    def _put_message(self, data: dict[str, Any]) -> Message:
        check_form(data)
        return self._show_message(self._make_message(data))

    def _show_message(self, message: Message) -> Message:
        if not message.ephemeral:
            self.channel.messages.append(message)
        self.messages.append(message)
        return message

    def _in_place(self, data: dict[str, Any]) -> Message:
        assert self.source
        if self.source not in self.channel.messages and not self.source.ephemeral:
            raise RefusedError(404, 10008, "Unknown Message")
        self.source.edit(data)
        self.messages.append(self.source)
        return self.source


def _check_modal(data: dict[str, Any]) -> dict[str, Any]:
    """A form, if Discord takes it (interactions/receiving-and-responding#interaction-response-object)."""
    labels = data["components"]
    is_right = 1 <= len(data["title"]) <= 45 and 1 <= len(data["custom_id"]) <= 100 and 1 <= len(labels) <= 5
    for label in labels:
        is_right = is_right and label["type"] == 18 and 1 <= len(label["label"]) <= 45
        is_right = is_right and len(label.get("description") or "") <= 100
        is_right = is_right and 1 <= label["component"].get("max_length", 4000) <= 4000
    if not is_right:
        raise RefusedError(400, 50035, "Invalid Form Body")
    return data


@dataclass
class Person:
    """``permissions`` are what they may do in every channel, except those that they cannot see."""

    api: DiscordApi
    name: str
    permissions: discord.Permissions = READS
    language: str = "en-US"
    user: User = field(default_factory=lambda: User("somebody"))
    blind: list[Channel] = field(default_factory=list)
    installed: bool = False
    """Whether they installed the bot for themselves, and use it where it is no member."""

    def __post_init__(self) -> None:
        self.user.name = self.name

    async def slash(self, channel: Channel, name: str, /, **options: Any) -> InteractionRecord:
        """Type a command with its options."""
        command = self._find_command(name, channel)
        data = {"id": command["id"], "name": name, "type": 1, "options": self._build_options(command, options)}
        named = [value for value in options.values() if isinstance(value, Channel)]
        files = [value for value in options.values() if isinstance(value, Attachment)]
        if named or files:
            data["resolved"] = {
                "channels": {str(one.id): self._resolve_channel(one) for one in named},
                "attachments": {str(one.id): self.api.keep_attachment(one) for one in files},
            }
        return await self._start_interaction(channel, 2, data)

    async def type_option(
        self, channel: Channel, name: str, option: str, text: str, /, **options: Any
    ) -> InteractionRecord:
        """Begin to type an option; what is offered is in ``choices``."""
        command = self._find_command(name, channel)
        typed = [*self._build_options(command, options), {"name": option, "type": 3, "value": text, "focused": True}]
        data = {"id": command["id"], "name": name, "type": 1, "options": typed}
        return await self._start_interaction(channel, 4, data)

    async def tap(self, message: Message, label: str, which: int = 0) -> InteractionRecord:
        """Tap a button by its words."""
        data = {"component_type": 2, "custom_id": message_view.find_button_id(message, label, which)}
        return await self._start_interaction(message.channel, 3, data, message)

    async def choose(self, message: Message, label: str) -> InteractionRecord:
        """Choose an option of a menu by its words."""
        menus = message_view.list_menus(message)
        found = [(menu, option) for menu in menus for option in menu["options"] if label in option["label"]]
        assert found, f"no option {label!r} in {menus}"
        menu, option = found[0]
        data = {"component_type": 3, "custom_id": menu["custom_id"], "values": [option["value"]]}
        return await self._start_interaction(message.channel, 3, data, message)

    async def open_paper(self, message: Message, which: int = 0) -> InteractionRecord:
        """Choose one of a list's papers."""
        return await self.choose(message, message_view.list_papers(message)[which]["label"])

    async def submit_form(
        self, channel: Channel, form: str, words: str = "", below: Message | None = None
    ) -> InteractionRecord:
        """Send a form off: one that was opened for them, ``below`` a message, or whatever else they like."""
        field_ = {"type": 4, "id": 2, "custom_id": "words", "value": words}
        components = [{"type": 18, "id": 1, "component": field_}] if words else []
        return await self._start_interaction(channel, 5, {"custom_id": form, "components": components}, below)

    async def look_up(self, channel: Channel, text: str) -> InteractionRecord:
        """“Look up paper” on a message that somebody wrote."""
        message = Message(channel, {"content": text}, self.user)
        command = self._find_command("Look up paper", channel)
        resolved = {"messages": {str(message.id): message.to_json()}}
        data = {"id": command["id"], "name": command["name"], "type": 3, "target_id": str(message.id)}
        return await self._start_interaction(channel, 2, data | {"resolved": resolved})

    async def send_text(self, text: str, *files: Attachment, answered: Message | None = None) -> Message:
        """Write to the bot in private, with files or in reply to a message; its answer."""
        channel = self.api.get_private_channel(self.user)
        before = len(channel.messages)
        await self.type_text(text, *files, answered=answered)
        await self.api.wait_until(lambda: len(channel.messages) > before)
        return channel.messages[-1]

    async def type_text(self, text: str, *files: Attachment, answered: Message | None = None) -> Message:
        """Write to the bot in private, and wait for nothing; what was written."""
        channel = self.api.get_private_channel(self.user)
        kept = [self.api.keep_attachment(one) for one in files]
        own = Message(channel, {"content": text, "attachments": kept}, self.user, answered=answered)
        await self.api.gateway.broadcast_event("MESSAGE_CREATE", own.to_json() | {"channel_type": 1})
        return own

    def _find_command(self, name: str, channel: Channel) -> dict[str, Any]:
        guild = channel.guild.id if channel.guild else 0
        known = [*self.api.commands.get(guild, ()), *self.api.commands.get(0, ())]
        found: list[dict[str, Any]] = [command for command in known if command["name"] == name]
        assert found, f"there is no command {name!r}: {[one['name'] for one in known]}"
        return found[0]

    def _build_options(self, command: dict[str, Any], options: dict[str, Any]) -> list[dict[str, Any]]:
        known = {option["name"]: option for option in command.get("options") or []}
        made = []
        for name, value in options.items():
            assert name in known, f"/{command['name']} has no option {name!r}"
            shown = str(value.id) if isinstance(value, Channel | Attachment) else value
            made.append({"name": name, "type": known[name]["type"], "value": shown})
        return made

    def _resolve_channel(self, channel: Channel) -> dict[str, Any]:
        return {**channel.to_json(), "permissions": str(self._get_permissions(channel).value)}

    def _get_permissions(self, channel: Channel) -> discord.Permissions:
        return discord.Permissions.none() if channel in self.blind else self.permissions

    async def _start_interaction(
        self, channel: Channel, kind: int, data: dict[str, Any], message: Message | None = None
    ) -> InteractionRecord:
        asked = InteractionRecord(self.api, self.user, channel, message)
        number = make_snowflake()
        token = f"token{next(_count)}"
        self.api.interactions[token] = asked
        event: dict[str, Any] = {
            "id": str(number),
            "application_id": str(APPLICATION),
            "type": kind,
            "token": token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": channel.to_json(),
            "locale": self.language,
            "app_permissions": str(channel.bot_may.value),
            "entitlements": [],
            "attachment_size_limit": 10_000_000,
        }
        if message:
            event["message"] = message.to_json()
        if channel.guild:
            owner = {"1": str(self.user.id)} if self.installed else {"0": str(channel.guild.id)}
            member = member_json(self.user) | {"permissions": str(self._get_permissions(channel).value)}
            event |= {
                "guild_id": str(channel.guild.id),
                "member": member,
                "context": 0,
                "guild_locale": channel.guild.locale,
            }
        else:
            owner = {"1": str(self.user.id)}
            event |= {"user": self.user.to_json(), "context": 2 if channel.type == GROUP else 1}
        event["authorizing_integration_owners"] = owner
        await self.api.gateway.broadcast_event("INTERACTION_CREATE", event)
        await self._wait_for_answer(asked, kind)
        return asked

    async def _wait_for_answer(self, asked: InteractionRecord, kind: int) -> None:
        """Wait for the acknowledgement, then for the answer.

        Discord gives three seconds for it; how busy the machine is that runs the tests is no part of them.
        """
        try:
            await self.api.wait_until(lambda: asked.acknowledged)
        except TimeoutError:
            asked.late = True
            raise AssertionError("the interaction was not acknowledged in time") from None
        if kind != 4 and asked.kind in (4, 5, 7):
            await self.api.wait_until(lambda: asked.messages)
