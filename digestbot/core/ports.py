"""What the core asks of the outside: small protocols, each of one job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from digestbot.cards.card import Card
from digestbot.domain.subscription import Address

Reply = Callable[[Address, str, str], Awaitable[Card]]
"""Answers what an address typed or tapped: address, the person's language as the platform knows it, text."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can show, as data: the core never asks which platform it is."""

    buttons: bool = True
    """Buttons carry a command each; without them the command is written out."""
    details: bool = True
    """Parts can be folded; without, they are named with the command that shows them."""
    math: bool = False
    """LaTeX is set; without, it is shown as its source."""
    text_length: int | None = None
    """The most characters in a message; ``None`` for no limit."""


class Sender(Protocol):
    """Delivers cards. Any process may send."""

    async def send(self, address: Address, card: Card) -> None:
        """Deliver one card. Raises :class:`~digestbot.errors.DeliveryError`."""


class Listener(Protocol):
    """Hears what people type and tap. Only one process listens for a bot token."""

    async def listen(self, reply: Reply) -> None:
        """Answer until there is no more to hear, or the task is cancelled."""


class Platform(Sender, Listener, Protocol):
    """A chat platform: a name, what it can show, and the two jobs."""

    name: str
    capabilities: Capabilities


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """This moment, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)
