"""Daily quotas of what a model does for people: each person's, and each chat's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from digestbot.core.clock import Clock
from digestbot.core.ports import IncomingMessage
from digestbot.errors import DigestbotError
from digestbot.store.chats.quotas import QuotaHolder, QuotaStore, QuotaUsedUpError


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """How many summaries and questions, counted together, a person and a chat may have a day; 0 for none."""

    person: int
    chat: int


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """One use that was counted, on which day and for whom."""

    day: date
    holders: tuple[QuotaHolder, ...] = ()


class QuotaReachedError(DigestbotError):
    """A person, or a chat if ``is_chat``, had ``limit`` uses on this day; the next ones are from ``renews_at`` on."""

    def __init__(self, limit: int, renews_at: datetime, *, is_chat: bool) -> None:
        self.limit, self.renews_at, self.is_chat = limit, renews_at, is_chat
        super().__init__(f"no more than {limit} a day")


class QuotaService:
    """Counts uses by days in UTC, as the models' budget does: both are there again at the same time.

    A chat is a group with all of its topics, or a server with all of its channels; a private chat is its person.
    """

    def __init__(self, store: QuotaStore, clock: Clock, limits: QuotaLimits) -> None:
        self._store, self._clock, self._limits = store, clock, limits

    async def take(self, message: IncomingMessage) -> QuotaUse:
        """Count a use for the person and the chat of a message, before its work begins.

        Raises :class:`QuotaReachedError`, and nothing is counted then.
        """
        use = QuotaUse(self._clock.now().astimezone(UTC).date(), self._list_holders(message))
        try:
            await self._store.take(use.day, use.holders)
        except QuotaUsedUpError as error:
            is_chat = error.holder != use.holders[0]
            raise QuotaReachedError(error.holder.limit, self.find_renewal(), is_chat=is_chat) from None
        return use

    def allows_any(self, message: IncomingMessage) -> bool:
        """Whether the operator allows the person and the chat of a message any use a day."""
        return all(holder.limit for holder in self._list_holders(message))

    async def check(self, message: IncomingMessage) -> None:
        """Raise :class:`QuotaReachedError` where no use is left for the person or the chat; nothing is counted."""
        day, holders = self._clock.now().astimezone(UTC).date(), self._list_holders(message)
        for holder in holders:
            if await self._store.count_uses(day, holder.platform, holder.chat) >= holder.limit:
                raise QuotaReachedError(holder.limit, self.find_renewal(), is_chat=holder != holders[0])

    async def give_back(self, use: QuotaUse) -> None:
        """Count a use no more: nothing came of it, or nothing had to be done."""
        await self._store.give_back(use.day, use.holders)

    async def count_left(self, message: IncomingMessage) -> int:
        """How many uses are left today for the person in the chat."""
        day = self._clock.now().astimezone(UTC).date()
        left = [
            holder.limit - await self._store.count_uses(day, holder.platform, holder.chat)
            for holder in self._list_holders(message)
        ]
        return max(0, min(left))

    def find_renewal(self) -> datetime:
        """When the next day begins, for quotas and for the models' budget."""
        day = self._clock.now().astimezone(UTC).date()
        return datetime.combine(day + timedelta(days=1), time(), UTC)

    def _list_holders(self, message: IncomingMessage) -> tuple[QuotaHolder, ...]:
        person = message.user or message.address
        own = QuotaHolder(person.platform, person.chat, self._limits.person)
        if message.user is None:
            return (own,)
        return own, QuotaHolder(message.address.platform, message.address.chat, self._limits.chat)
