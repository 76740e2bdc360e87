"""Forum posts: one a digest, tagged by its topic.

A post has no key that would make it come once: so that one that may be there already is looked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import discord
import structlog

from digestbot.cards.card import NewThread
from digestbot.errors import PermanentDeliveryError
from digestbot.platforms.discord import errors

MAX_THREAD_NAME_CHARACTERS, _MAX_TAG_CHARACTERS, _MAX_TAGS = 100, 20, 20
"""Characters of a thread's and a tag's name, and tags of a forum (discord.com/developers/docs/resources/channel)."""
AUTO_ARCHIVE_MINUTES: Final = 10_080
"""Minutes until an idle thread is archived: a week, the maximum."""
_AcquireSlot = Callable[[], Awaitable[None]]
_log = structlog.get_logger(__name__)


class ForumPoster:
    """Posts in forums."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def create_post(
        self,
        channel_id: int,
        thread: NewThread,
        content: dict[str, Any],
        acquire_slot: _AcquireSlot,
        *,
        is_retry: bool,
    ) -> str:
        """Open a post with its first message, and return its id. ``acquire_slot`` waits for the request's turn.

        ``content`` is what its first message is made of. With ``is_retry`` it may be open already: then the one that is
        there is taken.
        """
        forum = await self._get_forum(channel_id, acquire_slot)
        name = thread.name[:MAX_THREAD_NAME_CHARACTERS]
        if is_retry and (existing := await self._find_existing_post(forum, name, acquire_slot)):
            return existing
        tags = await self._choose_tags(forum, thread.tag, acquire_slot)
        created = await forum.create_thread(
            name=name,
            **content,
            applied_tags=tags,
            auto_archive_duration=AUTO_ARCHIVE_MINUTES,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return str(created.thread.id)

    async def _find_existing_post(self, forum: discord.ForumChannel, name: str, acquire_slot: _AcquireSlot) -> str:
        """The id of the newest post with this name that the bot opened; empty if there is none."""
        await acquire_slot()
        threads = await forum.guild.active_threads()
        own_posts = [
            thread.id
            for thread in threads
            if thread.parent_id == forum.id and thread.name == name and self._is_own_thread(thread)
        ]
        return str(max(own_posts)) if own_posts else ""

    def _is_own_thread(self, thread: discord.Thread) -> bool:
        return self._client.user is not None and thread.owner_id == self._client.user.id

    async def _get_forum(self, channel_id: int, acquire_slot: _AcquireSlot) -> discord.ForumChannel:
        channel = self._client.get_channel(channel_id)
        if channel is None:
            await acquire_slot()
            channel = await self._client.fetch_channel(channel_id)
        if not isinstance(channel, discord.ForumChannel):
            raise PermanentDeliveryError("the channel is no forum any more")
        return channel

    async def _choose_tags(
        self, forum: discord.ForumChannel, name: str, acquire_slot: _AcquireSlot
    ) -> list[discord.ForumTag]:
        """The tag of the topic, made where it may be; none where the forum can do without.

        Raises :class:`PermanentDeliveryError` where it demands one.
        """
        name = name[:_MAX_TAG_CHARACTERS].strip()
        matching = [tag for tag in forum.available_tags if tag.name.casefold() == name.casefold()]
        member = forum.guild.me  # known once the gateway told of the server: until then a tag is tried
        permissions = forum.permissions_for(member) if member else discord.Permissions(manage_channels=True)
        usable = [tag for tag in matching if not tag.moderated or permissions.manage_threads]
        if usable or not name:
            return usable[:1]
        if len(forum.available_tags) < _MAX_TAGS and permissions.manage_channels and not matching:
            await acquire_slot()
            try:
                return [await forum.create_tag(name=name)]
            except (discord.HTTPException, *errors.CONNECTION_ERRORS) as error:
                _log.info("discord_tag_not_created", reason=errors.describe_error(error))
        if forum.flags.require_tag:
            full = "has 20 tags already" if len(forum.available_tags) >= _MAX_TAGS else "has no tag for it"
            raise PermanentDeliveryError(f"the forum demands a tag and {full}: add one called “{name}”")
        return []
