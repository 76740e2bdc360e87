"""Stand-ins for what cannot run in a test: time, and a chat platform that keeps what it was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.answers.answer_limiter import Allowance, AnswerLimits
from digestbot.core.ports import STANDALONE, ReplyHandler, SendContext
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import DeliveryError

UNLIMITED = AnswerLimits(*[Allowance(1_000_000, 1_000_000.0)] * 4)
"""For tests in which one person does more in a moment than anybody would."""


class ManualClock:
    """A clock that stands where a test sets it, in UTC."""

    def __init__(self, moment: str) -> None:
        self.moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def set(self, moment: str) -> None:
        self.moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


class RecordingPlatform:
    """Keeps the cards it was sent; ``errors`` are raised first, one a send."""

    def __init__(self, name: str = "console", errors: list[DeliveryError] | None = None) -> None:
        self.name = name
        self.errors = errors or []
        self.sent: list[tuple[Address, Card]] = []

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        return Capabilities()

    def render(self, card: Card, card_style: CardStyle) -> list[Card]:
        return [card]

    async def acquire(self, address: Address) -> None:
        """Everything at once."""

    async def send(self, address: Address, message: Card, context: SendContext = STANDALONE) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((address, message))
        return ""

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Nobody speaks here."""
