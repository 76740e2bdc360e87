"""Server changes: the bot added or removed, channels deleted, permissions changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import discord
import structlog

from digestbot.core.notices import notify_moderators
from digestbot.core.ports import Clock, MessageSender
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Subscriber
from digestbot.platforms.common.people import resume_chats
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.incoming.context import PLATFORM_NAME
from digestbot.platforms.discord.permissions import find_missing_permissions, get_bot_permissions
from digestbot.store import Store

_LEFT_GUILD_RETENTION = timedelta(days=30)
"""How long data about a server that the bot left, or a deleted channel, is kept."""
_PRUNE_INTERVAL_SECONDS = 3600.0
_REMOVED_REASON = "the bot was removed from the server"
_DELETED_REASON = "the channel was deleted"
_log = structlog.get_logger(__name__)


class GuildEventHandler:
    """Keeps the store in step with server changes; ``sender`` sends direct messages."""

    def __init__(
        self,
        client: discord.AutoShardedClient,
        store: Store,
        subscriptions: SubscriptionService,
        clock: Clock,
        sender: MessageSender,
    ) -> None:
        self._client = client
        self._store = store.subscribers
        self._subscriptions = subscriptions
        self._clock = clock
        self._sender = sender

    async def on_shard_ready(self, shard_id: int) -> None:
        """Catch up with changes in a shard's servers, made while it was offline."""
        for chat, was_there in (await self._store.list_chats_with_threads(PLATFORM_NAME)).items():
            if get_shard_id(self._client, int(chat)) != shard_id:
                continue
            guild = self._client.get_guild(int(chat))
            if guild:
                await self.on_guild_join(guild)
            elif was_there:
                await self.on_guild_remove(int(chat))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot is in a server, for the first time or again: check which channels still exist."""
        channel_ids = {chat.address.thread for chat in await self._store.list_in_chat(PLATFORM_NAME, str(guild.id))}
        existing = {channel_id for channel_id in channel_ids if await self._has_channel(guild, int(channel_id))}
        await self._store.mark_returned(PLATFORM_NAME, str(guild.id), existing)
        for channel_id in sorted(channel_ids - existing):
            await self.on_channel_delete(guild.id, int(channel_id))
        await self.on_permissions_change(guild)

    async def _has_channel(self, guild: discord.Guild, channel_id: int) -> bool:
        """Whether a channel exists; a thread unknown to the gateway may only be archived."""
        if guild.get_channel_or_thread(channel_id):
            return True
        try:
            await self._client.fetch_channel(channel_id)
        except discord.NotFound:
            return False
        except (discord.HTTPException, *errors.CONNECTION_ERRORS):
            return True
        return True

    async def on_guild_remove(self, guild_id: int) -> None:
        """The bot was removed from a server: its data is deleted later."""
        chats = await self._store.mark_left(PLATFORM_NAME, str(guild_id), self._clock.now(), _REMOVED_REASON)
        await notify_moderators(self._sender, chats, _REMOVED_REASON)

    async def on_channel_delete(self, guild_id: int, channel_id: int) -> None:
        """A channel or thread was deleted."""
        chats = await self._store.mark_left(
            PLATFORM_NAME, str(guild_id), self._clock.now(), _DELETED_REASON, thread=str(channel_id)
        )
        await notify_moderators(self._sender, chats, _DELETED_REASON)

    async def on_permissions_change(self, guild: discord.Guild) -> None:
        """Resume deliveries where the bot may post again, unless the chat asked for the pause."""
        await resume_chats(self._store, self._subscriptions, PLATFORM_NAME, str(guild.id), partial(_can_post, guild))

    async def run_pruning(self) -> None:
        """Until cancelled, delete the data of servers that were left a month ago."""
        while True:
            if count := await self._store.prune_left(PLATFORM_NAME, self._clock.now() - _LEFT_GUILD_RETENTION):
                _log.info("left_chats_deleted", platform=PLATFORM_NAME, chats=count)
            await asyncio.sleep(_PRUNE_INTERVAL_SECONDS)


def get_shard_id(client: discord.AutoShardedClient, guild_id: int) -> int:
    """The shard that a server belongs to."""
    return (guild_id >> 22) % (client.shard_count or 1)


def _can_post(guild: discord.Guild, subscriber: Subscriber) -> bool:
    channel = guild.get_channel_or_thread(int(subscriber.address.thread))
    if channel is None or (
        isinstance(channel, discord.Thread) and channel.locked and not get_bot_permissions(channel).manage_threads
    ):
        return False
    return not find_missing_permissions(get_bot_permissions(channel), channel.type, subscriber.preferences.post_mode)
