"""The connection to Discord: discord.py's client, with no privileged intents and nothing cached that is not needed."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing.components import ActionButton, ActionMenu
from digestbot.settings import DiscordSettings, find_proxy

if TYPE_CHECKING:
    from digestbot.platforms.discord.adapter import EventHandlers

MAX_RATE_LIMIT_WAIT_SECONDS = 30.0
"""Seconds that discord.py waits by itself when Discord asks it to; what is longer puts the delivery off."""
_log = structlog.get_logger(__name__)


class DigestCommandTree(app_commands.CommandTree["DigestClient"]):
    """The commands; what they cannot use is answered as well."""

    async def on_error(
        self, interaction: discord.Interaction[DigestClient], error: app_commands.AppCommandError, /
    ) -> None:
        """An option or a command of another version; anything else is a bug of ours."""
        outdated = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)
        if not isinstance(error, outdated):
            _log.error("discord_command_failed", command=getattr(interaction.command, "name", ""), exc_info=error)
        if interaction.type is not discord.InteractionType.autocomplete and not interaction.response.is_done():
            await interaction.client.handlers.interactions.answer_outdated(interaction)


class DigestClient(discord.AutoShardedClient):
    """Hands what the gateway brings to the handlers that know what to do with it."""

    handlers: EventHandlers

    def __init__(self, settings: DiscordSettings) -> None:
        super().__init__(
            intents=build_intents(),
            shard_count=settings.shard_count,
            shard_ids=settings.shard_list,  # type: ignore[arg-type]  # None is all of them
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=MAX_RATE_LIMIT_WAIT_SECONDS,
            http_trace=_forbid_repeated_posts(),
            proxy=find_proxy(settings.api_url),
        )
        self.tree = DigestCommandTree(self)
        self.add_dynamic_items(ActionButton, ActionMenu)

    async def on_ready(self) -> None:
        """All shards are there; commands that could not be told before are told now."""
        await self.handlers.guild_events.on_ready()
        await self.handlers.platform.sync_commands()
        self.handlers.platform.log_ready()

    async def on_button_action(self, interaction: discord.Interaction, data: str) -> None:
        """A button of ours was tapped, or an option of a menu chosen."""
        await self.handlers.interactions.handle_action(interaction, data)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """What no button of this version sends is answered here, or it would hang."""
        component = interaction.type is discord.InteractionType.component and not _is_own_component(
            interaction.data or {}
        )
        if component or interaction.type is discord.InteractionType.modal_submit:  # there are no forms here
            await self.handlers.interactions.answer_outdated(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote to the bot in private."""
        if message.guild is None and not message.author.bot and message.content:
            await self.handlers.platform.answer_message(message)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        await self.handlers.guild_events.on_guild_join(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        await self.handlers.guild_events.on_guild_remove(guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        await self.handlers.guild_events.on_channel_delete(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        await self.handlers.guild_events.on_channel_delete(event.guild_id, event.thread_id)

    async def on_guild_channel_update(self, before: object, after: discord.abc.GuildChannel) -> None:  # noqa: ARG002
        """A channel changed: the bot may be allowed to post there again."""
        await self.handlers.guild_events.on_permissions_change(after.guild)

    async def on_guild_role_update(self, before: object, after: discord.Role) -> None:  # noqa: ARG002
        """A role changed."""
        await self.handlers.guild_events.on_permissions_change(after.guild)

    async def on_member_update(self, before: object, after: discord.Member) -> None:  # noqa: ARG002
        """The bot's own roles changed: of others nothing is told."""
        await self.handlers.guild_events.on_permissions_change(after.guild)

    async def on_thread_update(self, before: object, after: discord.Thread) -> None:  # noqa: ARG002
        """A thread was opened again."""
        await self.handlers.guild_events.on_permissions_change(after.guild)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        """A thread that the gateway did not tell of is there: it was opened again, or the bot may see it now."""
        await self.handlers.guild_events.on_permissions_change(thread.guild)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """The gateway was lost; discord.py connects again by itself."""
        _log.info("discord_shard_disconnected", shard=shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """The gateway is there again, and nothing was missed."""
        _log.info("discord_shard_resumed", shard=shard_id)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:  # noqa: ARG002
        """One event's bug must not stop the others."""
        _log.exception("discord_event_failed", event_name=event_method)


def build_intents() -> discord.Intents:
    """Servers with their channels, and what is written to the bot in private; none of these is privileged."""
    return discord.Intents(guilds=True, dm_messages=True)


def set_api_url(api_url: str) -> None:
    """Send requests to another server. discord.py has one address for the whole process."""
    Route.BASE = api_url.rstrip("/")
    for name in ("discord", "discord.client", "discord.http", "discord.gateway"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they repeat, at length, what is logged here


async def fetch_gateway_url(client: DigestClient) -> float:
    """Connect where the server says, with the shards that the settings name too; in how many seconds that may be.

    A thousand sessions a day may be begun: with one more Discord ends them all, and takes the token back.
    """
    _, url, starts = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = URL(url)
    return 0.0 if starts["remaining"] else starts["reset_after"] / 1000


def _forbid_repeated_posts() -> aiohttp.TraceConfig:
    """Keeps discord.py from repeating what cannot be repeated: a forum's post has no key that makes it come once."""

    async def check_response(
        session: aiohttp.ClientSession,  # noqa: ARG001
        context: Any,  # noqa: ANN401, ARG001
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        opens_post = params.method == "POST" and re.search(r"/channels/\d+/threads$", params.url.path)
        if opens_post and params.response.status >= 500:
            raise errors.MaybePostedError(f"HTTP {params.response.status}")

    config = aiohttp.TraceConfig()
    config.on_request_end.append(check_response)
    return config


def _is_own_component(data: Any) -> bool:  # noqa: ANN401
    """Whether one of our items takes a component's data."""
    custom_id = str(data.get("custom_id", ""))
    items = (ActionButton, ActionMenu)
    return any(item.__discord_ui_compiled_template__.fullmatch(custom_id) for item in items)
