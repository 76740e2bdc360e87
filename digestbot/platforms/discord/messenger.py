"""Posts the parts of deliveries: in channels, threads, forums and private chats, each once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from typing import Any, TypeVar

import discord
import structlog

from digestbot.core.delivery.limits import Limits
from digestbot.core.ports import Clock, SendContext
from digestbot.domain.subscription import Address
from digestbot.errors import DeliveryError
from digestbot.locale import translate
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.forums import ARCHIVED_AFTER, MOST_NAME, Forums
from digestbot.platforms.discord.part import Part
from digestbot.platforms.discord.permissions import lacking, own
from digestbot.store.shortcuts import Shortcuts

_PRIVATE_CHATS = 20_000
_Result = TypeVar("_Result")
_log = structlog.get_logger(__name__)


class Messenger:
    """What goes out unasked; ``seconds`` is how long a request may take, its waiting for Discord's buckets included."""

    def __init__(
        self, client: discord.Client, limits: Limits, shortcuts: Shortcuts, clock: Clock, seconds: float
    ) -> None:
        self._client = client
        self._limits = limits
        self._shortcuts = shortcuts
        self._clock = clock
        self._seconds = seconds
        self._forums = Forums(client)
        self._private: OrderedDict[str, int] = OrderedDict()
        self._publishing: set[asyncio.Task[None]] = set()

    async def limit(self, address: Address) -> None:
        """Wait for the limits. Raises :class:`DeliveryError` where Discord asks for more than that."""
        chat = address.thread or address.chat
        if wait := self._limits.flood_wait(chat):
            raise DeliveryError(f"Discord asks to wait {wait:.0f} s", retry_after=wait)
        await self._limits.delivery(chat, group=False)

    async def deliver(self, address: Address, part: Part, step: SendContext) -> str:
        """Post a part; the thread that the parts after it go in. Raises :class:`DeliveryError`."""
        try:
            return await self._posted(address, part, step)
        except discord.RateLimited as error:
            self._limits.flooded(address.thread or address.chat, error.retry_after)
            raise errors.translated(error) from None
        except (discord.DiscordException, *errors.LOST) as error:
            raise errors.translated(error, self._lacking(address, part)) from None

    async def _posted(self, address: Address, part: Part, step: SendContext) -> str:
        view = await part.view()
        if part.long:
            await self._shortcuts.keep(part.long, self._clock.now())
        channel = int(step.thread or address.thread or await self._private_chat(address.chat))
        if part.opens and part.opens.is_forum_post and not step.thread:
            return await self._in_time(self._forums.post(channel, part.opens, view, self._counted, again=step.is_retry))
        once: dict[str, Any] = {"nonce": step.idempotency_key} if step.idempotency_key else {}
        there = self._client.get_partial_messageable(channel)
        message = await self._in_time(there.send(view=view, allowed_mentions=discord.AllowedMentions.none(), **once))
        if part.publish:
            self._publish(channel, message.id)
        return await self._thread(channel, message, part.opens.name) if part.opens and not step.thread else ""

    async def _private_chat(self, user: str) -> int:
        """The channel of a private chat with a person."""
        if user not in self._private:
            await self._counted()
            chat = await self._in_time(self._client.create_dm(discord.Object(int(user))))
            self._private[user] = chat.id
            if len(self._private) > _PRIVATE_CHATS:
                self._private.popitem(last=False)
        return self._private[user]

    async def _thread(self, channel: int, message: discord.Message, name: str) -> str:
        """Open a thread under a message; it has the message's own number."""
        await self._counted()
        try:
            await self._in_time(
                self._client.http.start_thread_with_message(  # the message's own method wants its server cached
                    channel, message.id, name=name[:MOST_NAME], auto_archive_duration=ARCHIVED_AFTER
                )
            )
        except discord.HTTPException as error:
            if not errors.thread_exists(error):
                raise
        return str(message.id)

    def _publish(self, channel: int, message: int) -> None:
        """Publish what is out; beside the delivery, since only ten an hour may be, and it must not come twice."""
        task = asyncio.create_task(self._published(channel, message))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

    async def _published(self, channel: int, message: int) -> None:
        posted = self._client.get_partial_messageable(channel).get_partial_message(message)
        try:
            while (wait := await self._asked_to_wait(posted)) is not None:  # noqa: ASYNC110  # Discord names the time
                await asyncio.sleep(wait)
        except discord.HTTPException as error:
            if not errors.published_already(error):
                _log.warning("discord_not_published", channel=channel, reason=errors.words(error))
        except errors.LOST as error:
            _log.warning("discord_not_published", channel=channel, reason=errors.words(error))

    async def _asked_to_wait(self, posted: discord.PartialMessage) -> float | None:
        """Publish; the seconds that Discord asks to wait before, or ``None`` when it is done."""
        await self._counted()
        try:
            await posted.publish()
        except discord.RateLimited as error:
            return error.retry_after
        return None

    async def finish(self, seconds: float) -> None:
        """Wait for what is being published; what takes longer is left."""
        if self._publishing:
            _, late = await asyncio.wait(self._publishing, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _counted(self) -> None:
        """Take the token's next place, for a request beside the messages themselves."""
        await self._limits.extra()

    async def _in_time(self, request: Awaitable[_Result]) -> _Result:
        try:
            async with asyncio.timeout(self._seconds):
                return await request
        except TimeoutError:
            _let_go_of_the_global_limit(self._client)
            raise

    def _lacking(self, address: Address, part: Part) -> str:
        """The permissions that are missing there, as far as the gateway tells."""
        place: Any = self._client.get_channel(int(address.thread)) if address.thread else None
        if place is None or not hasattr(place, "guild"):
            return ""
        missing = lacking(own(place), place.type, part.posts)
        return ", ".join(f"“{translate('en', f'permission.{name}')}”" for name in missing)


def _let_go_of_the_global_limit(client: discord.Client) -> None:
    """Let requests go out again where one was given up while it waited for the limit of all.

    discord.py ends that wait for all others only at the end of the wait of the one that was told of the limit; given
    up before, nothing would ever go out again. What goes out too soon is told to wait, as the first was.
    """
    client.http._global_over.set()  # there is no other way to it
