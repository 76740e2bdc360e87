"""Routes gateway events to their handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any

import discord
import structlog
from discord import app_commands

from digestbot.core.ports import LeaderCheck
from digestbot.domain.subscription import Address
from digestbot.errors import DeliveryError
from digestbot.platforms.discord.client import DigestClient
from digestbot.platforms.discord.incoming.command_sync import CommandSync
from digestbot.platforms.discord.incoming.context import PLATFORM_NAME
from digestbot.platforms.discord.incoming.documents import is_document
from digestbot.platforms.discord.incoming.forms import is_form, read_words
from digestbot.platforms.discord.incoming.guild_events import GuildEventHandler
from digestbot.platforms.discord.incoming.interactions import InteractionHandler
from digestbot.platforms.discord.outgoing.components import ActionButton, ActionMenu
from digestbot.platforms.discord.outgoing.message_responder import MessageResponder
from digestbot.platforms.discord.permissions import build_invitation

EventHandler = Callable[..., Coroutine[Any, Any, None]]
_log = structlog.get_logger(__name__)


class EventRouter:
    """Routes the client's events once :meth:`attach` was called."""

    def __init__(
        self,
        client: DigestClient,
        interactions: InteractionHandler,
        guild_events: GuildEventHandler,
        command_sync: CommandSync,
        message_responder: MessageResponder,
    ) -> None:
        self._client = client
        self._interactions = interactions
        self._guild_events = guild_events
        self._command_sync = command_sync
        self._message_responder = message_responder

    def attach(self, is_leading: LeaderCheck) -> None:
        """Receive every event that has a method here, and nothing from people once the process no longer leads."""
        for name in [name for name in vars(type(self)) if name.startswith("on_")]:
            self._client.event(_handle_while(is_leading, getattr(self, name)))
        self._client.tree.error(self._handle_command_error)
        self._client.tree.accepts_interactions = is_leading

    # -- the connection -----------------------------------------------------------------------------------------

    async def on_ready(self) -> None:
        """All shards are connected: register commands that could not be registered before."""
        await self._command_sync.run()
        invite = build_invitation(self._client.application_id or 0)
        _log.info("discord_listening", bot=str(self._client.user), servers=len(self._client.guilds), invite=invite)

    async def on_shard_ready(self, shard_id: int) -> None:
        """A shard has begun a session, for the first time or again: events may have been missed."""
        await self._guild_events.on_shard_ready(shard_id)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:  # noqa: ARG002
        """Log an event handler's exception; the others go on."""
        _log.exception("discord_event_failed", event_name=event_method)

    # -- people -------------------------------------------------------------------------------------------------

    async def on_button_action(self, interaction: discord.Interaction, data: str) -> None:
        """A button of the bot was tapped, or a menu option chosen."""
        await self._interactions.handle_action(interaction, data)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer forms that were sent off, and components of other versions, which would time out otherwise."""
        component = interaction.type is discord.InteractionType.component and not _is_own_component(
            interaction.data or {}
        )
        if interaction.type is discord.InteractionType.modal_submit:
            await self._handle_form(interaction)
        elif component:
            await self._interactions.answer_outdated(interaction)

    async def _handle_form(self, interaction: discord.Interaction) -> None:
        sent: Any = interaction.data or {}
        data, words = str(sent.get("custom_id", "")), read_words(interaction)
        if is_form(data) and words:
            await self._interactions.handle_form(interaction, data, words)
        else:
            await self._interactions.answer_outdated(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """The bot received a direct message."""
        if message.guild is not None or message.author.bot:
            return
        if not message.content and not any(map(is_document, message.attachments)):
            return
        try:
            if answer := await self._interactions.answer_private_message(message):
                address = Address(PLATFORM_NAME, str(message.author.id))
                await self._message_responder.respond(address, answer, idempotency_key=str(message.id))
        except DeliveryError as error:
            _log.info("discord_answer_failed", reason=error.reason)

    async def _handle_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Handle options and commands of other versions; anything else is a bug."""
        outdated = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)
        if not isinstance(error, outdated):
            _log.error("discord_command_failed", command=getattr(interaction.command, "name", ""), exc_info=error)
        if interaction.type is not discord.InteractionType.autocomplete and not interaction.response.is_done():
            await self._interactions.answer_outdated(interaction)

    # -- servers ------------------------------------------------------------------------------------------------

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        await self._guild_events.on_guild_join(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        await self._guild_events.on_guild_remove(guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        await self._guild_events.on_channel_delete(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        await self._guild_events.on_channel_delete(event.guild_id, event.thread_id)

    async def on_guild_channel_update(self, before: object, after: discord.abc.GuildChannel) -> None:  # noqa: ARG002
        """A channel changed: the bot may be allowed to post there again."""
        await self._guild_events.on_permissions_change(after.guild)

    async def on_guild_role_update(self, before: object, after: discord.Role) -> None:  # noqa: ARG002
        """A role changed."""
        await self._guild_events.on_permissions_change(after.guild)

    async def on_member_update(self, before: object, after: discord.Member) -> None:  # noqa: ARG002
        """The bot's own roles changed: without the members intent, no other member's are sent."""
        await self._guild_events.on_permissions_change(after.guild)

    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        """A thread was archived, opened again, locked, unlocked or renamed, whether it was known or not."""
        await self._guild_events.on_thread_change(event.guild_id, event.thread_id, event.data.get("name", ""))

    async def on_thread_join(self, thread: discord.Thread) -> None:
        """A thread became visible: it was unarchived, or the bot gained access."""
        await self._guild_events.on_thread_change(thread.guild.id, thread.id)

    async def on_thread_remove(self, thread: discord.Thread) -> None:
        """The bot was removed from a thread; discord.py keeps its membership."""
        thread.me = None


def _handle_while(is_leading: LeaderCheck, handler: Callable[..., Awaitable[None]]) -> EventHandler:
    """A handler that leaves events to the successor of a process that was paused."""

    @wraps(handler)
    async def handle(*args: object) -> None:
        if is_leading():
            await handler(*args)

    return handle


def _is_own_component(data: Any) -> bool:  # noqa: ANN401
    """Whether one of the bot's components handles this data."""
    custom_id = str(data.get("custom_id", ""))
    items = (ActionButton, ActionMenu)
    return any(item.__discord_ui_compiled_template__.fullmatch(custom_id) for item in items)
