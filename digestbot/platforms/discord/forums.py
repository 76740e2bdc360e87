"""Forum posts: one a digest, tagged by its topic.

A post has no key that would make it come once: so that one that may be there already is looked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import discord
import structlog

from digestbot.cards.card import NewThread
from digestbot.errors import DeliveryError
from digestbot.platforms.discord import errors

MOST_NAME, _TAG, _TAGS = 100, 20, 20
"""Characters of a thread's and a tag's name, and tags of a forum (discord.com/developers/docs/resources/channel)."""
ARCHIVED_AFTER: Final = 10_080
"""Minutes until a thread without messages is put away: a week, the longest."""
_Count = Callable[[], Awaitable[None]]
_log = structlog.get_logger(__name__)


class Forums:
    """Posts in forums."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post(
        self, channel_id: int, thread: NewThread, view: discord.ui.LayoutView, count: _Count, *, again: bool
    ) -> str:
        """Open a post with its first message; its number. ``count`` takes a request's place.

        Where it may have been opened ``again`` and before, the one that is there is taken.
        """
        forum = await self._forum(channel_id, count)
        name = thread.name[:MOST_NAME]
        if again and (there := await self._there(forum, name, count)):
            return there
        tags = await self._tags(forum, thread.tag, count)
        made = await forum.create_thread(
            name=name,
            view=view,
            applied_tags=tags,
            auto_archive_duration=ARCHIVED_AFTER,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return str(made.thread.id)

    async def _there(self, forum: discord.ForumChannel, name: str, count: _Count) -> str:
        """The newest post of this name that the bot opened; empty when there is none."""
        await count()
        threads = await forum.guild.active_threads()
        mine = [one.id for one in threads if one.parent_id == forum.id and one.name == name and self._is_ours(one)]
        return str(max(mine)) if mine else ""

    def _is_ours(self, thread: discord.Thread) -> bool:
        return self._client.user is not None and thread.owner_id == self._client.user.id

    async def _forum(self, channel_id: int, count: _Count) -> discord.ForumChannel:
        found = self._client.get_channel(channel_id)
        if found is None:
            await count()
            found = await self._client.fetch_channel(channel_id)
        if not isinstance(found, discord.ForumChannel):
            raise DeliveryError("the channel is no forum any more", permanent=True)
        return found

    async def _tags(self, forum: discord.ForumChannel, name: str, count: _Count) -> list[discord.ForumTag]:
        """The tag of the topic, made where it may be; none where the forum can do without.

        Raises :class:`DeliveryError` where it demands one.
        """
        name = name[:_TAG].strip()
        named = [tag for tag in forum.available_tags if tag.name.casefold() == name.casefold()]
        me = forum.guild.me  # known once the gateway told of the server: until then a tag is tried
        mine = forum.permissions_for(me) if me else discord.Permissions(manage_channels=True)
        usable = [tag for tag in named if not tag.moderated or mine.manage_threads]
        if usable or not name:
            return usable[:1]
        if len(forum.available_tags) < _TAGS and mine.manage_channels and not named:
            await count()
            try:
                return [await forum.create_tag(name=name)]
            except (discord.HTTPException, *errors.LOST) as error:
                _log.info("discord_tag_not_made", reason=errors.words(error))
        if forum.flags.require_tag:
            full = "has 20 tags already" if len(forum.available_tags) >= _TAGS else "has no tag for it"
            raise DeliveryError(f"the forum demands a tag and {full}: add one called “{name}”", permanent=True)
        return []
