"""Forum posts: one a digest, tagged by its topic.

A post has no key that would make it come once: so that one that may be there already is looked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final
from weakref import WeakValueDictionary

import discord
import structlog

from digestbot.cards.card import NewThread
from digestbot.domain.subscription import Address
from digestbot.errors import Informed, PermanentDeliveryError, TemporaryDeliveryError
from digestbot.i18n import translate
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing.tags import (
    MAX_TAG_CHARACTERS,
    TagChoice,
    choose_tag,
    describe_problem,
    name_tag,
)

MAX_THREAD_NAME_CHARACTERS = 100
"""Characters of a thread's name (discord.com/developers/docs/resources/channel)."""
AUTO_ARCHIVE_MINUTES: Final = 10_080
"""Minutes until an idle thread is archived: a week, the maximum."""
_AcquireSlot = Callable[[], Awaitable[None]]
TitleLister = Callable[[], Awaitable[Collection[str]]]
"""Lists the titles of all topics."""
ThreadFinder = Callable[[Address, Collection[str]], Awaitable[Collection[str]]]
"""Finds those of some threads that earlier deliveries to an address have opened."""
_log = structlog.get_logger(__name__)


class ForumPoster:
    """Posts in forums. ``acquire_slot`` waits for a request's turn."""

    def __init__(
        self,
        client: discord.Client,
        acquire_slot: _AcquireSlot,
        list_titles: TitleLister,
        find_known_threads: ThreadFinder,
    ) -> None:
        self._client = client
        self._acquire_slot = acquire_slot
        self._list_titles = list_titles
        self._find_known_threads = find_known_threads
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def create_post(self, address: Address, thread: NewThread, content: dict[str, Any], *, is_retry: bool) -> str:
        """Open a post with its first message, and return its id.

        ``content`` is what its first message is made of, and whom that calls. With ``is_retry`` it may be open already:
        then the one that is there is taken.
        """
        forum = await self._fetch_forum(int(address.thread))
        name = thread.format_name(MAX_THREAD_NAME_CHARACTERS)
        if is_retry and (existing := await self._find_existing_post(address, forum, name, thread.tag)):
            return existing
        created = await forum.create_thread(
            name=name,
            **content,
            applied_tags=await self._prepare_tags(forum, thread.tag),
            auto_archive_duration=AUTO_ARCHIVE_MINUTES,
        )
        return str(created.thread.id)

    async def find_problem(self, channel_id: int, title: str) -> str:
        """Why a topic's digests cannot be posted in a forum as it is; empty if they can, or nobody knows."""
        try:
            forum = await self._fetch_forum(channel_id)
        except (TemporaryDeliveryError, PermanentDeliveryError, discord.HTTPException):
            return ""
        return choose_tag(forum, await self._name_tag(title)).problem

    async def _find_existing_post(self, address: Address, forum: discord.ForumChannel, name: str, title: str) -> str:
        """The id of the newest post with this name that the bot opened; empty if there is none.

        Those of other deliveries are not meant, whatever they are called, nor those of other topics by their tags.
        """
        tag = choose_tag(forum, await self._name_tag(title)).tag
        await self._acquire_slot()
        threads = await forum.guild.active_threads()
        own_posts = {
            str(thread.id)
            for thread in threads
            if thread.parent_id == forum.id and thread.name == name and self._is_own_thread(thread)
            if not tag or not thread.applied_tags or tag in thread.applied_tags
        }
        known = await self._find_known_threads(address, own_posts) if own_posts else ()
        return max(own_posts.difference(known), key=int, default="")

    def _is_own_thread(self, thread: discord.Thread) -> bool:
        return self._client.user is not None and thread.owner_id == self._client.user.id

    async def _fetch_forum(self, channel_id: int) -> discord.ForumChannel:
        """The forum as it is: the gateway may not have told yet of its tags, and they are only changed all together.

        Raises :class:`PermanentDeliveryError` if it is none, and :class:`TemporaryDeliveryError` without an answer:
        nothing was posted.
        """
        await self._acquire_slot()
        try:
            channel = await self._client.fetch_channel(channel_id)
        except (discord.DiscordServerError, *errors.CONNECTION_ERRORS) as error:
            raise TemporaryDeliveryError(errors.describe_error(error)) from None
        if not isinstance(channel, discord.ForumChannel):
            raise PermanentDeliveryError(translate("en", "reason.not_a_forum"))
        return channel

    async def _name_tag(self, title: str) -> str:
        others = [other for other in await self._list_titles() if other != title] if _is_shortened(title) else []
        return name_tag(title, others)

    async def _prepare_tags(self, forum: discord.ForumChannel, title: str) -> Sequence[discord.ForumTag]:
        """The topic's tag, made where it may be; none where the forum can do without.

        Raises :class:`TemporaryDeliveryError` where it demands one.
        """
        choice = choose_tag(forum, await self._name_tag(title))
        if choice.new_name:
            async with self._locks.setdefault(forum.id, asyncio.Lock()):
                choice = await self._create_tag(forum.id, choice.new_name)
        if choice.problem:
            raise TemporaryDeliveryError(choice.problem, Informed.MODERATOR)
        return [choice.tag] if choice.tag else []

    async def _create_tag(self, channel_id: int, name: str) -> TagChoice:
        """Make a tag beside those that the forum has at this moment, unless it is there by now."""
        forum = await self._fetch_forum(channel_id)
        choice = choose_tag(forum, name)
        if not choice.new_name:
            return choice
        await self._acquire_slot()
        try:
            changed = await forum.edit(available_tags=[*forum.available_tags, discord.ForumTag(name=name)])
        except (discord.HTTPException, *errors.CONNECTION_ERRORS) as error:
            _log.info("discord_tag_not_created", reason=errors.describe_error(error))
            changed = None
        if changed:
            return choose_tag(changed, name)
        is_demanded = forum.flags.require_tag
        return TagChoice(problem=describe_problem(name, is_moderated=False, is_full=False) if is_demanded else "")


def _is_shortened(title: str) -> bool:
    return len(title) > MAX_TAG_CHARACTERS
