"""Posts one message as what it has to become: with a line of text first, where a notification would be empty.

Discord's notifications show a message's ``content``, and Components V2 have none (discord-api-docs issue 7854). So the
line is posted, and the message is edited into its card: the new flag, the components and the empty content in one
request. The edit is a step that is repeated: whoever posts the same ``nonce`` again is given the line, and edits it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from digestbot.domain.subscription import CardStyle
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing.announcement import Announcement
from digestbot.platforms.discord.outgoing.body import MessageBody
from digestbot.platforms.discord.outgoing.message import OutgoingMessage

_Requester = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
_SECOND_NONCE = "e"
"""What is added to the key of a card whose line somebody deleted: 25 characters at most, and a key has 24.

With the first key Discord answers that the message is unknown, for some minutes (discord-api-docs issue 6647).
"""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MessagePoster:
    """Posts to one channel, announced like this.

    ``prepare`` makes a message in a form, and stores what its buttons stand for. ``request_beside`` sends a request
    that is no message of its own, when it is its turn.
    """

    channel: discord.PartialMessageable
    prepare: Callable[[OutgoingMessage, CardStyle], Awaitable[MessageBody]]
    request: _Requester
    request_beside: _Requester
    announcement: Announcement

    async def post(self, outgoing: OutgoingMessage, style: CardStyle, key: str, *, with_line: bool) -> discord.Message:
        """Post the message in this style; ``with_line`` puts its line of text first.

        It ends as the card, whatever an earlier attempt with the same ``key`` left there.
        """
        body = await self.prepare(outgoing, style)
        words = outgoing.preview if with_line else ""
        line = self.announcement.write_line(words)
        new = {"content": line} if words and body.is_rich else body.build_new(line)
        try:
            posted = await self._send(new, key)
            if _is_whole(posted, body):
                return posted
            return await self._complete(posted, await self.prepare(outgoing, CardStyle.RICH), key)
        except discord.NotFound as error:
            if not (key and errors.is_unknown_message(error)):
                raise
        return await self._send(body.build_new(line), f"{key}{_SECOND_NONCE}")  # somebody deleted what was there

    async def _send(self, content: dict[str, Any], key: str) -> discord.Message:
        nonce: dict[str, Any] = {"nonce": key} if key else {}
        message: discord.Message = await self.request(
            lambda: self.channel.send(**content, **nonce, **self.announcement.build_options())
        )
        return message

    async def _complete(self, line: discord.Message, body: MessageBody, key: str) -> discord.Message:
        """Edit a line, or what lost its embeds, into the card. What Discord refuses leaves nothing behind."""
        there = self.channel.get_partial_message(line.id)
        try:
            edited: discord.Message = await self.request_beside(
                lambda: there.edit(**body.build_change(), allowed_mentions=self.announcement.allowed_mentions)
            )
        except discord.HTTPException as error:
            if key and 400 <= error.status < 500 and error.status != 429 and not errors.is_unknown_message(error):
                await self._delete(there)
            raise
        return edited

    async def _delete(self, line: discord.PartialMessage) -> None:
        try:
            await self.request_beside(line.delete)
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            _log.info("discord_line_not_deleted", reason=errors.describe_error(error))


def _is_whole(posted: discord.Message, body: MessageBody) -> bool:
    """Whether the message is a card: Discord drops embeds where the bot may not embed links, and says nothing."""
    return posted.flags.components_v2 or bool(posted.embeds and not body.is_rich)
