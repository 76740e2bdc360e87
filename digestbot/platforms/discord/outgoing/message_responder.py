"""Answers in private chats and in threads: messages of the bot's own, changed as long as they are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from digestbot.cards.card import Attachment, Card
from digestbot.domain.subscription import Address
from digestbot.errors import RejectedMessageError
from digestbot.platforms.common.live_answers import LiveAnswers
from digestbot.platforms.common.live_message import LiveMessage
from digestbot.platforms.discord.outgoing.message import OutgoingMessage
from digestbot.platforms.discord.outgoing.messenger import Messenger
from digestbot.platforms.discord.outgoing.responder import ShownReply


@dataclass(slots=True)
class MessageResponder:
    """Answers with messages of the bot's own; ``live`` are the answers whose work goes on."""

    messenger: Messenger
    live: LiveAnswers = field(default_factory=LiveAnswers)

    async def respond(self, address: Address, shown: ShownReply, idempotency_key: str, person: str = "") -> None:
        """Send a reply's messages, each once however often it is sent, and go on with it if it goes on.

        ``person`` is who is answered where that is in a thread. Raises :class:`~digestbot.errors.DeliveryError`.
        """
        send = partial(self._send_messages, address, shown, idempotency_key)
        await self.live.present_reply(shown.reply, person or address.chat, address.thread, send)

    async def _send_messages(
        self, address: Address, shown: ShownReply, key: str, card: Card
    ) -> LiveMessage[OutgoingMessage | Attachment]:
        first, *others = shown.build(card)
        assert isinstance(first, OutgoingMessage), "a card has a message before its file"  # noqa: S101  # for the type checker
        posted = await self.messenger.send_answer(address, first, f"{key}.0")
        for number, message in enumerate(others, 1):
            await self.messenger.send_answer(address, message, f"{key}.{number}")

        async def edit(message: OutgoingMessage | Attachment) -> None:
            if isinstance(message, Attachment):
                raise RejectedMessageError("no file can take the place of a text")
            await self.messenger.change_answer(address, posted, message, first.style)

        below: list[OutgoingMessage | Attachment] = []

        async def send(message: OutgoingMessage | Attachment) -> None:
            if message not in below:
                below.append(message)
            await self.messenger.send_answer(address, message, f"{key}.b{below.index(message)}")

        return LiveMessage(shown.build, edit, send, partial(self.messenger.acquire_for_progress, address))
