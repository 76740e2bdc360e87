"""Server changes: the bot added or removed, channels deleted, permissions changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
import structlog

from digestbot.core.notices import notify_moderators
from digestbot.core.ports import Clock, MessageSender
from digestbot.core.subscriptions import PAUSED_BY_REQUEST, SubscriptionService
from digestbot.domain.subscription import Address, Subscriber
from digestbot.i18n import translate
from digestbot.platforms.common.people import resume_chats
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.incoming.context import PLATFORM_NAME
from digestbot.platforms.discord.permissions import GuildPlace, can_post
from digestbot.store import Store

_LEFT_GUILD_RETENTION = timedelta(days=30)
"""How long data about a server that the bot left, or a deleted channel, is kept."""
_PRUNE_INTERVAL_SECONDS = 3600.0
_REMOVED_REASON = translate("en", "reason.bot_removed")
_DELETED_REASON = translate("en", "reason.channel_deleted")
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
        self._needs_check: dict[int, bool] = {}
        self._archived_threads: dict[int, discord.Thread | None] = {}

    async def on_shard_ready(self, shard_id: int) -> None:
        """Catch up with changes in a shard's servers, made while it was offline."""
        self._archived_threads.clear()
        for chat, was_there in (await self._store.list_chats_with_threads(PLATFORM_NAME)).items():
            if get_shard_id(self._client, int(chat)) != shard_id:
                continue
            guild = self._client.get_guild(int(chat))
            if guild:
                await self.on_guild_join(guild)
            elif was_there:
                await self._check_missing(int(chat))

    async def _check_missing(self, guild_id: int) -> None:
        """Ask Discord about a server that the gateway did not name: only its answer says that the bot has left it."""
        try:
            guild = await self._client.fetch_guild(guild_id, with_counts=False)
        except (discord.NotFound, discord.Forbidden):
            await self.on_guild_remove(guild_id)
        except (discord.HTTPException, *errors.CONNECTION_ERRORS):
            return  # the next session tells
        else:
            await self.on_guild_join(guild)

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
        """Resume deliveries where the bot may post again, unless the chat asked for the pause; note new names.

        A server is looked at once at a time: what it tells of meanwhile is looked at together, after that.
        """
        is_busy = guild.id in self._needs_check
        self._needs_check[guild.id] = True
        if is_busy:
            return
        try:
            while self._needs_check[guild.id]:
                self._needs_check[guild.id] = False
                await self._check_guild(guild)
        finally:
            del self._needs_check[guild.id]

    async def on_thread_change(self, guild_id: int, thread_id: int, name: str = "") -> None:
        """A thread changed, or became visible; one that is archived is not among those that the gateway tells of."""
        self._archived_threads.pop(thread_id, None)
        guild = self._client.get_guild(guild_id)
        if guild is None:
            return
        if name:
            await self._store.rename(Address(PLATFORM_NAME, str(guild_id), str(thread_id)), f"#{name}")
        await self.on_permissions_change(guild)

    async def _check_guild(self, guild: discord.Guild) -> None:
        postable: set[str] = set()
        for chat in await self._store.list_in_chat(PLATFORM_NAME, str(guild.id)):
            place = guild.get_channel_or_thread(int(chat.address.thread))
            if place:
                await self._note_name(chat, place.name)
            is_stopped = chat.pause_reason not in ("", PAUSED_BY_REQUEST)
            if is_stopped and await self._can_post(place, chat):
                postable.add(chat.address.thread)
        if postable:
            await resume_chats(
                self._store,
                self._subscriptions,
                PLATFORM_NAME,
                str(guild.id),
                lambda chat: chat.address.thread in postable,
            )

    async def _note_name(self, chat: Subscriber, name: str) -> None:
        """Keep the channel's name as it is now, for what moderators are told."""
        if chat.title and chat.title != f"#{name}":
            await self._store.rename(chat.address, f"#{name}")

    async def _can_post(self, place: GuildPlace | None, chat: Subscriber) -> bool:
        there = place or await self._find_archived_thread(int(chat.address.thread))
        return there is not None and can_post(there, chat.preferences.post_mode)

    async def _find_archived_thread(self, thread_id: int) -> discord.Thread | None:
        """A thread that the gateway does not tell of, asked for once until it changes; ``None`` if there is none."""
        if thread_id not in self._archived_threads:
            found = None
            try:
                found = await self._client.fetch_channel(thread_id)
            except (discord.Forbidden, discord.NotFound):
                pass
            except (discord.HTTPException, *errors.CONNECTION_ERRORS):
                return None
            self._archived_threads[thread_id] = found if isinstance(found, discord.Thread) else None
        return self._archived_threads[thread_id]

    async def run_pruning(self) -> None:
        """Until cancelled, delete the data of servers that were left a month ago."""
        while True:
            if count := await self._store.prune_left(PLATFORM_NAME, self._clock.now() - _LEFT_GUILD_RETENTION):
                _log.info("left_chats_deleted", platform=PLATFORM_NAME, chats=count)
            await asyncio.sleep(_PRUNE_INTERVAL_SECONDS)


def get_shard_id(client: discord.AutoShardedClient, guild_id: int) -> int:
    """The shard that a server belongs to."""
    return (guild_id >> 22) % (client.shard_count or 1)
