"""Servers that change: the bot added or removed, channels deleted, permissions taken and given back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import discord
import structlog

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.ports import Clock
from digestbot.core.subscriptions import PAUSED_BY_REQUEST, SubscriptionService
from digestbot.domain.subscription import Address, Subscriber
from digestbot.errors import DeliveryError
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.permissions import lacking, own
from digestbot.platforms.discord.talk import NAME
from digestbot.store import Store

_KEPT = timedelta(days=30)
"""How long what is stored about a server that the bot left, or a deleted channel, is kept."""
_CLEARED_EVERY = 3600.0
_REMOVED = "the bot was removed from the server"
_DELETED = "the channel was deleted"
Tell = Callable[[Address, Card], Awaitable[None]]
_log = structlog.get_logger(__name__)


class Guilds:
    """Keeps the store in step with what happens to servers; ``tell`` writes to a person in private."""

    def __init__(
        self,
        client: discord.AutoShardedClient,
        store: Store,
        subscriptions: SubscriptionService,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._client = client
        self._store = store.subscribers
        self._subscriptions = subscriptions
        self._clock = clock
        self._tell = tell

    async def ready(self) -> None:
        """Find out what happened while nothing was connected."""
        for chat, was_there in (await self._store.chats(NAME)).items():
            guild = self._client.get_guild(int(chat))
            if guild:
                await self.joined(guild)
            elif was_there and self._is_ours(int(chat)):
                await self.removed(int(chat))

    async def joined(self, guild: discord.Guild) -> None:
        """The bot is in a server, for the first time or again: some of its channels may be gone."""
        places = {chat.address.thread for chat in await self._store.in_chat(NAME, str(guild.id))}
        there = {place for place in places if await self._is_there(guild, int(place))}
        await self._store.returned(NAME, str(guild.id), there)
        for place in sorted(places - there):
            await self.deleted(guild.id, int(place))
        await self.changed(guild)

    async def _is_there(self, guild: discord.Guild, channel: int) -> bool:
        """Whether a channel is there; a thread that the gateway did not tell of may only be put away."""
        if guild.get_channel_or_thread(channel):
            return True
        try:
            await self._client.fetch_channel(channel)
        except discord.NotFound:
            return False
        except (discord.HTTPException, *errors.LOST):
            return True
        return True

    def _is_ours(self, guild: int) -> bool:
        """Whether a server belongs to the shards of this process."""
        count = self._client.shard_count or 1
        return (guild >> 22) % count in (self._client.shard_ids or range(count))

    async def removed(self, guild: int) -> None:
        """The bot was removed from a server: what is stored about it is deleted later."""
        chats = await self._store.in_chat(NAME, str(guild))
        await self._store.left(NAME, str(guild), self._clock.now(), _REMOVED)
        await self._report(chats, _REMOVED)

    async def deleted(self, guild: int, channel: int) -> None:
        """A channel or thread is there no more."""
        chats = await self._store.in_chat(NAME, str(guild))
        there = [chat for chat in chats if chat.address.thread == str(channel)]
        await self._store.left(NAME, str(guild), self._clock.now(), _DELETED, thread=str(channel))
        await self._report(there, _DELETED)

    async def changed(self, guild: discord.Guild) -> None:
        """Deliver again where the bot may: but to nobody who asked for a pause."""
        for subscriber in await self._store.in_chat(NAME, str(guild.id)):
            if (
                subscriber.pause_reason
                and subscriber.pause_reason != PAUSED_BY_REQUEST
                and _may_post(guild, subscriber)
            ):
                await self._subscriptions.resume(subscriber)
                _log.info("subscriber_resumed", platform=NAME)

    async def _report(self, chats: Iterable[Subscriber], reason: str) -> None:
        """Tell whoever set the chats up, once for all that are paused by this."""
        told: dict[str, list[Subscriber]] = {}
        for chat in chats:
            if chat.moderator_chat and not chat.pause_reason:
                told.setdefault(chat.moderator_chat, []).append(chat)
        for moderator, theirs in told.items():
            titles = ", ".join(chat.title or chat.address.thread for chat in theirs)
            try:
                await self._tell(
                    Address(NAME, moderator), replies.paused_card(theirs[0].preferences.language, titles, reason)
                )
            except DeliveryError as error:
                _log.info("trouble_not_reported", platform=NAME, reason=error.reason)

    async def clear(self) -> None:
        """Delete, until cancelled, what is stored about servers that were left a month ago."""
        while True:
            if gone := await self._store.forget_left(NAME, self._clock.now() - _KEPT):
                _log.info("left_chats_forgotten", platform=NAME, chats=gone)
            await asyncio.sleep(_CLEARED_EVERY)


def _may_post(guild: discord.Guild, subscriber: Subscriber) -> bool:
    place = guild.get_channel_or_thread(int(subscriber.address.thread))
    if place is None or (isinstance(place, discord.Thread) and place.locked and not own(place).manage_threads):
        return False
    return not lacking(own(place), place.type, subscriber.preferences.post_mode)
