"""Questions that go on from an answer which all of a channel see: the next answer stands in a thread below that one.

A thread that was opened from a message has its number (discord.com/developers/docs/topics/threads).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import discord
import structlog

from digestbot.cards.card import Card, Heading, to_plain_text
from digestbot.domain.subscription import Address
from digestbot.errors import DeliveryError
from digestbot.platforms.common.live_answers import close_updates
from digestbot.platforms.discord.incoming.context import PLATFORM_NAME, TargetChannel
from digestbot.platforms.discord.outgoing.message_responder import MessageResponder
from digestbot.platforms.discord.outgoing.responder import ShownReply

_QUESTION_FORM = re.compile(r"1=ask \S")
"""What the data of a form begins with that asks for a question."""
_THREADED = (discord.ChannelType.text, discord.ChannelType.news)
_log = structlog.get_logger(__name__)


def asks_below_public_answer(interaction: discord.Interaction, data: str) -> bool:
    """Whether a form is for a question, and its button is on a message that all of a server's channel see."""
    message = interaction.message
    is_public = interaction.guild_id is not None and message is not None and not message.flags.ephemeral
    return is_public and _QUESTION_FORM.match(data) is not None


@dataclass(slots=True)
class FollowUpThreads:
    """Opens threads under answers, and answers there."""

    responder: MessageResponder

    def find_thread(self, interaction: discord.Interaction, target: TargetChannel | None) -> TargetChannel | None:
        """The thread under the tapped message, whether it is open or not yet; ``None`` where there can be none.

        The bot and the person both have to be allowed to write in it.
        """
        message = interaction.message
        if target is None or message is None or target.kind not in _THREADED:
            return None
        ours, theirs = target.bot_permissions, target.member_permissions
        may_write = ours.send_messages_in_threads and theirs.send_messages_in_threads
        if not (ours.create_public_threads and may_write):
            return None
        return replace(target, channel_id=message.id, kind=discord.ChannelType.public_thread)

    async def answer(self, interaction: discord.Interaction, channel_id: int, shown: ShownReply) -> str:
        """Answer in the thread under the tapped message; its address, empty where Discord does not open it."""
        message, guild_id = interaction.message, str(interaction.guild_id)
        assert message is not None, "a thread was found for it"  # noqa: S101  # for the type checker
        name = _find_title(shown.reply.card) or str(message.id)
        try:
            thread = await self.responder.messenger.open_answer_thread(channel_id, message.id, name)
            address = Address(PLATFORM_NAME, guild_id, thread)
            await self.responder.respond(address, shown, str(interaction.id), str(interaction.user.id))
        except DeliveryError as error:
            _log.info("discord_thread_not_opened", reason=error.reason)
            await close_updates(shown.reply)
            return ""
        return f"https://discord.com/channels/{guild_id}/{thread}"


def _find_title(card: Card) -> str:
    heading = next((block for block in card.blocks if isinstance(block, Heading)), None)
    return to_plain_text(heading.line).strip() if heading else ""
