"""A message whose card is replaced as work goes on, on platforms whose messages can be edited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import structlog

from digestbot.cards.card import Card
from digestbot.errors import DeliveryError, PermanentDeliveryError, RateLimitedError, RejectedMessageError
from digestbot.platforms.common.live_answers import NobodySeesError

_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between the attempts to show the card that stays."""
_LONGEST_WAIT_SECONDS = 300.0
"""How long a card is held back at most because the platform asks for that; then it is tried all the same."""
_REFUSALS = (PermanentDeliveryError, RejectedMessageError)
"""What trying again cannot mend."""
_log = structlog.get_logger(__name__)
Outgoing = TypeVar("Outgoing")
"""A message as the platform renders it."""


@dataclass(slots=True)
class LiveMessage(Generic[Outgoing]):
    """Where the cards of an answer are shown, one after the other.

    ``render`` makes a card's messages: ``edit`` puts the first of them into the message that is there, and ``send``
    sends the others of the last card below it. Both raise :class:`~digestbot.errors.DeliveryError`:
    :class:`~digestbot.errors.RejectedMessageError` where the message is gone, or takes no such change. ``edit`` is
    ``None`` where there is no message, so that the last card is sent. ``wait`` waits until a message may be changed
    that could as well stay as it is.
    """

    render: Callable[[Card], Sequence[Outgoing]]
    edit: Callable[[Outgoing], Awaitable[object]] | None
    send: Callable[[Outgoing], Awaitable[object]]
    wait: Callable[[], Awaitable[None]]

    async def wait_for_turn(self) -> None:
        """Wait until the message may be changed."""
        await self.wait()

    async def show(self, card: Card) -> bool:
        """Put the card into the message, if it is still there. Raises :class:`NobodySeesError`."""
        if self.edit is None:
            return False
        try:
            await self.edit(self.render(card)[0])
        except PermanentDeliveryError:
            raise NobodySeesError from None
        except DeliveryError as error:
            _log.info("progress_not_shown", reason=error.reason)
            if isinstance(error, RejectedMessageError):
                self.edit = None
            return False
        return True

    async def finish(self, card: Card, *, is_shown: bool) -> None:
        """Show the card that stays: in the message, or below where that is gone. Raises :class:`NobodySeesError`."""
        try:
            await self.put(card, is_shown=is_shown)
        except PermanentDeliveryError:
            raise NobodySeesError from None
        except DeliveryError as error:
            _log.warning("answer_not_shown", reason=error.reason)

    async def put(self, card: Card, *, is_shown: bool = False) -> Self:
        """Show the whole card, trying as often as there is hope. Raises :class:`~digestbot.errors.DeliveryError`."""
        first, *rest = self.render(card)
        if not is_shown and not await self._put_first(first):
            rest = [first, *rest]
        for message in rest:
            await _persist(self.send, message)
        return self

    async def _put_first(self, message: Outgoing) -> bool:
        """Whether the message that is there has become this one."""
        if self.edit is None:
            return False
        try:
            await _persist(self.edit, message)
        except RejectedMessageError:
            return False
        return True


async def _persist(call: Callable[[Outgoing], Awaitable[object]], message: Outgoing) -> None:
    """Make a call until it is made: after lost connections, faults of the server, and waits that it asks for.

    What may have arrived is sent again: somebody waits for it, and twice is better than never.
    """
    for pause in _PAUSES:
        try:
            await call(message)
        except RateLimitedError as error:
            await asyncio.sleep(min(error.retry_after, _LONGEST_WAIT_SECONDS))
        except _REFUSALS:
            raise
        except DeliveryError as error:
            _log.info("answer_delayed", reason=error.reason)
            await asyncio.sleep(pause)
        else:
            return
    await call(message)
