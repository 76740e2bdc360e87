"""Posts deliveries in channels, threads, forums and direct messages, each message once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import discord
import structlog

from digestbot.cards.card import Attachment, NewThread
from digestbot.core.delivery.rate_limiter import RateLimiter
from digestbot.core.ports import Clock, SendContext
from digestbot.domain.subscription import Address, CardStyle, PostMode
from digestbot.errors import CutShortError, Informed, RateLimitedError, RefusedPartError
from digestbot.i18n import translate
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing.announcement import Announcement
from digestbot.platforms.discord.outgoing.body import MessageBody
from digestbot.platforms.discord.outgoing.forums import AUTO_ARCHIVE_MINUTES, MAX_THREAD_NAME_CHARACTERS, ForumPoster
from digestbot.platforms.discord.outgoing.message import OutgoingMessage, build_file
from digestbot.platforms.discord.outgoing.poster import MessagePoster
from digestbot.platforms.discord.outgoing.publisher import Publisher
from digestbot.platforms.discord.permissions import find_missing_permissions, get_bot_permissions, is_left_out
from digestbot.store.chats.callback_tokens import CallbackTokenStore

_MAX_CACHED_PRIVATE_CHATS = 20_000
_MAX_THREAD_WAIT_SECONDS = 120.0
"""How long a message waits for its thread: Discord remembers its key for some minutes."""
_MAX_BACKLOG_SECONDS = 1.0
"""How many seconds' worth of messages may wait while a message still costs a second request for its line."""
_Result = TypeVar("_Result")
BodyPreparer = Callable[[OutgoingMessage, CardStyle], Awaitable[MessageBody]]
"""Prepares a message in a form."""
_log = structlog.get_logger(__name__)


class Messenger:
    """What goes out unasked; ``seconds`` is how long a request may take, its waiting for Discord's buckets included."""

    def __init__(
        self,
        client: discord.Client,
        rate_limiter: RateLimiter,
        callback_tokens: CallbackTokenStore,
        clock: Clock,
        timeout_seconds: float,
        *,
        forums: ForumPoster,
        publisher: Publisher,
        shows_previews: bool = True,
    ) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._callback_tokens = callback_tokens
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._shows_previews = shows_previews
        self._forums = forums
        self._publisher = publisher
        self._private_channels: OrderedDict[str, int] = OrderedDict()

    async def acquire(self, address: Address) -> None:
        """Wait for the rate limits. Raises :class:`RateLimitedError` if Discord asks for a longer wait."""
        chat = address.thread or address.chat
        if wait := self._rate_limiter.flood_wait_seconds(chat):
            raise RateLimitedError(f"Discord asks to wait {wait:.0f} s", wait)
        await self._rate_limiter.acquire_for_delivery(chat, group=False)

    async def acquire_for_progress(self, address: Address) -> None:
        """Wait until a message there may be changed that could as well stay as it is."""
        await self._rate_limiter.acquire_for_progress(address.thread or address.chat, group=False)

    async def send_answer(
        self, address: Address, message: OutgoingMessage | Attachment, idempotency_key: str = ""
    ) -> discord.Message:
        """Send what answers somebody in private or in a thread; with a key it arrives once, however often it is sent.

        Raises :class:`~digestbot.errors.DeliveryError`.
        """
        await self.acquire(address)
        context = SendContext(idempotency_key)
        prepare = partial(self._prepare_body, owner=f"discord {address.chat}", mention="")
        async with self._translate_errors(address, message):
            channel_id = int(address.thread or await self._get_private_channel(address.chat))
            if isinstance(message, Attachment):
                return await self._send_file(channel_id, message, idempotency_key)
            return await self._send(channel_id, message, prepare, context, Announcement())

    async def _send_file(self, channel_id: int, attachment: Attachment, key: str) -> discord.Message:
        nonce: dict[str, Any] = {"nonce": key} if key else {}
        there = self._client.get_partial_messageable(channel_id)
        return await self._request(lambda: there.send(file=build_file(attachment), **nonce))

    async def change_answer(
        self, address: Address, posted: discord.Message, message: OutgoingMessage, style: CardStyle
    ) -> None:
        """Put another message in place of one that was sent by :meth:`send_answer` in this style.

        Raises :class:`~digestbot.errors.DeliveryError`.
        """
        there = self._client.get_partial_messageable(posted.channel.id).get_partial_message(posted.id)
        nobody = Announcement().allowed_mentions
        try:
            body = await self._prepare_body(message, style, owner=f"discord {address.chat}", mention="")
            await self._request_beside(lambda: there.edit(**body.build_edit(), allowed_mentions=nobody))
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            if isinstance(error, discord.RateLimited):
                self._rate_limiter.record_flood_wait(address.thread or address.chat, error.retry_after)
            raise errors.to_answer_error(error) from None

    async def send_delivery(self, address: Address, message: OutgoingMessage, context: SendContext) -> str:
        """Post one message; the thread for the messages after it. Raises :class:`~digestbot.errors.DeliveryError`."""
        async with self._translate_errors(address, message):
            return await self._post_message(address, message, context)

    @asynccontextmanager
    async def _translate_errors(self, address: Address, message: OutgoingMessage | Attachment) -> AsyncIterator[None]:
        try:
            yield
        except discord.RateLimited as error:
            self._rate_limiter.record_flood_wait(address.thread or address.chat, error.retry_after)
            raise errors.to_delivery_error(error) from None
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            raise errors.to_delivery_error(error, self._describe_missing_permissions(address, message)) from None

    async def _post_message(self, address: Address, outgoing: OutgoingMessage, context: SendContext) -> str:
        announcement = self._build_announcement(address, context)
        prepare = partial(self._prepare_body, owner="", mention=announcement.mention)
        if context.thread:
            await self._post_in_thread(int(context.thread), outgoing, prepare, context, announcement)
            return ""
        channel_id = int(address.thread or await self._get_private_channel(address.chat))
        if outgoing.opens and outgoing.opens.is_forum_post:
            body = await prepare(outgoing, self._choose_style(outgoing, channel_id))
            line = announcement.write_line(outgoing.preview if self._shows_previews else "")
            content = body.build_new(line) | announcement.build_options()
            post = self._forums.create_post(address, outgoing.opens, content, is_retry=context.is_retry)
            return await self._with_timeout(post)
        message = await self._send(channel_id, outgoing, prepare, context, announcement)
        if outgoing.publish and not context.is_test:
            await self._publisher.add(address, message.id)
        return await self._start_thread(channel_id, message.id, outgoing.opens) if outgoing.opens else ""

    async def open_answer_thread(self, channel_id: int, message_id: int, name: str) -> str:
        """The thread under an answer, which is opened where there is none. Raises :class:`DeliveryError`."""
        try:
            return await self._start_thread(channel_id, message_id, NewThread(name))
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            raise errors.to_delivery_error(error) from None

    def _build_announcement(self, address: Address, context: SendContext) -> Announcement:
        """Whom a message calls: a role that is not there any more, as far as the gateway tells, is left out."""
        guild = self._client.get_guild(int(address.chat)) if address.thread else None
        role_id = int(context.mention_role) if context.mention_role.isdecimal() else 0
        is_gone = guild is not None and guild.get_role(role_id) is None
        if is_gone or not address.thread or role_id == int(address.chat):  # a server's own number is @everyone
            role_id = 0
        return Announcement(role_id, calls=not context.is_test, is_silent=context.is_silent)

    async def _send(
        self,
        channel_id: int,
        outgoing: OutgoingMessage,
        prepare: BodyPreparer,
        context: SendContext,
        announcement: Announcement,
    ) -> discord.Message:
        style = self._choose_style(outgoing, channel_id)
        poster = MessagePoster(
            self._client.get_partial_messageable(channel_id),
            prepare,
            self._request,
            self._request_beside,
            announcement,
        )
        return await poster.post(outgoing, style, context.idempotency_key, with_line=self._shows_line(style))

    async def _post_in_thread(
        self,
        thread_id: int,
        outgoing: OutgoingMessage,
        prepare: BodyPreparer,
        context: SendContext,
        announcement: Announcement,
    ) -> None:
        """Post one of a digest's papers in the digest's own thread or post.

        That may be locked or deleted by now, which says nothing about the channel: only this digest ends there. A
        paper that is refused for what it says is left out.
        """
        try:
            await self._send(thread_id, outgoing, prepare, context, announcement)
        except discord.HTTPException as error:
            if errors.is_channel_gone(error):
                raise CutShortError(translate("en", "reason.digest_thread_deleted")) from None
            if errors.is_thread_closed(error):
                raise CutShortError(translate("en", "reason.digest_thread_locked")) from None
            if errors.is_about_message(error):
                raise RefusedPartError(errors.explain_error(error), Informed.MODERATOR) from None
            raise

    async def _prepare_body(self, outgoing: OutgoingMessage, style: CardStyle, owner: str, mention: str) -> MessageBody:
        """The message in a form, after what its buttons stand for is stored."""
        body = await outgoing.get_body(style, mention=mention)
        if outgoing.long_callbacks:
            await self._callback_tokens.save(outgoing.long_callbacks, self._clock.now(), owner)
        return body

    async def _get_private_channel(self, user: str) -> int:
        """Open the direct message channel with a user."""
        if user not in self._private_channels:
            await self._acquire_token_slot()
            chat = await self._with_timeout(self._client.create_dm(discord.Object(int(user))))
            self._private_channels[user] = chat.id
            if len(self._private_channels) > _MAX_CACHED_PRIVATE_CHATS:
                self._private_channels.popitem(last=False)
        return self._private_channels[user]

    async def _start_thread(self, channel_id: int, message_id: int, thread: NewThread) -> str:
        """Open a thread under a message; it has the message's own number.

        Raises :class:`CutShortError` where there can be none: the digest is there, and its papers with it.
        """
        await self._acquire_token_slot()
        start = self._client.http.start_thread_with_message(  # the message's own method wants its server cached
            channel_id,
            message_id,
            name=thread.format_name(MAX_THREAD_NAME_CHARACTERS),
            auto_archive_duration=AUTO_ARCHIVE_MINUTES,
        )
        try:
            await self._with_timeout(start)
        except discord.RateLimited as error:
            if (
                error.retry_after > _MAX_THREAD_WAIT_SECONDS
            ):  # by then the message's key is forgotten, and it came twice
                raise CutShortError(f"Discord opens no thread for {error.retry_after:.0f} s") from None
            raise
        except discord.HTTPException as error:
            if errors.is_unknown_message(error):
                raise CutShortError(translate("en", "reason.digest_thread_deleted")) from None
            if errors.is_thread_existing(error):
                return str(message_id)
            if errors.is_about_permissions(error) or not errors.is_answer_of_discord(error):
                raise
            reason = translate("en", "reason.without_thread", reason=errors.explain_thread_error(error))
            raise CutShortError(reason, Informed.MODERATOR) from None
        return str(message_id)

    async def _acquire_token_slot(self) -> None:
        """Take the token's next place, for a request beside the messages themselves."""
        await self._rate_limiter.acquire_token_slot()

    async def _request(self, call: Callable[[], Awaitable[_Result]]) -> _Result:
        """Send a request whose turn it is."""
        return await self._with_timeout(call())

    async def _request_beside(self, call: Callable[[], Awaitable[_Result]]) -> _Result:
        """Send a request beside the messages themselves, when it is its turn."""
        await self._acquire_token_slot()
        return await self._with_timeout(call())

    def _choose_style(self, outgoing: OutgoingMessage, channel_id: int) -> CardStyle:
        """The message's own, if embeds are shown there as far as the gateway tells; else what needs none."""
        channel: Any = self._client.get_channel(channel_id)
        if outgoing.style is CardStyle.RICH or getattr(channel, "guild", None) is None:
            return outgoing.style
        return CardStyle.CLASSIC if get_bot_permissions(channel).embed_links else CardStyle.RICH

    def _shows_line(self, style: CardStyle) -> bool:
        """Whether a card that is news has its line first: a rich one costs a second request for it."""
        return self._shows_previews and (
            style is CardStyle.CLASSIC or self._rate_limiter.token_backlog_seconds < _MAX_BACKLOG_SECONDS
        )

    async def _with_timeout(self, request: Awaitable[_Result]) -> _Result:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await request
        except TimeoutError:
            _let_go_of_the_global_limit(self._client)
            raise

    def _describe_missing_permissions(self, address: Address, message: OutgoingMessage | Attachment) -> str:
        """Why the bot may not post there, as far as the gateway tells; empty if that is nothing more than Discord."""
        channel: Any = self._client.get_channel(int(address.thread)) if address.thread else None
        if channel is None:
            return _describe_unseen_place(self._client.get_guild(int(address.chat)) if address.thread else None)
        if getattr(channel, "guild", None) is None:
            return ""
        if is_left_out(channel):
            return translate("en", "reason.not_in_thread")
        mode = message.post_mode if isinstance(message, OutgoingMessage) else PostMode.PAGES
        missing = find_missing_permissions(get_bot_permissions(channel), channel.type, mode)
        names = ", ".join(f"“{translate('en', f'permission.{name}')}”" for name in missing)
        return translate("en", "reason.lacks", permissions=names) if names else ""


def _describe_unseen_place(guild: discord.Guild | None) -> str:
    """What a place is that its server's channels do not show: the gateway tells of all channels, and of no thread that
    the bot may not see.
    """
    return translate("en", "reason.cannot_see_thread") if guild and guild.channels else ""


def _let_go_of_the_global_limit(client: discord.Client) -> None:
    """Let requests go out again where one was given up while it waited for the limit of all.

    discord.py ends that wait for all others only at the end of the wait of the one that was told of the limit; given
    up before, nothing would ever go out again. What goes out too soon is told to wait, as the first was.
    """
    client.http._global_over.set()  # there is no other way to it
