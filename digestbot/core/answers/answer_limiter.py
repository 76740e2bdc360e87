"""How much one person and one chat are answered, so that a flood by one is nobody else's wait."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from digestbot.core.ports import Clock

_MAX_REMEMBERED = 20_000
"""People and chats whose allowances are remembered at most; the ones not heard of for longest go first."""


class Admission(StrEnum):
    """What is done with a message: it is answered, or refused; the first that is refused gets a notice."""

    ANSWERED = "answered"
    NOTICED = "noticed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many answers at once, and then so many a second."""

    burst: int
    per_second: float

    @property
    def recovery_seconds(self) -> float:
        """How long it takes until the whole burst is there again."""
        return self.burst / self.per_second


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """The allowances of a person, of a chat of many, of a member there, and for what is offered while somebody types.

    A chat has twice what a person has, so that one member cannot use it up. A member of a Telegram group has half of
    the 20 messages a minute that a bot may send there (core.telegram.org/bots/faq). Keystrokes come faster than
    commands, and cost less.
    """

    person: Allowance = Allowance(10, 1.0)
    chat: Allowance = Allowance(20, 2.0)
    group_member: Allowance = Allowance(8, 1 / 6)
    typing: Allowance = Allowance(20, 4.0)


DEFAULT_ANSWER_LIMITS = AnswerLimits()
"""The limits of a platform that people write to."""


class _Account:
    """What is left of an allowance, as of a moment in seconds. There are many of these."""

    __slots__ = ("allowance", "as_of", "is_noticed", "left")

    def __init__(self, allowance: Allowance, now: float) -> None:
        self.allowance = allowance
        self.left = float(allowance.burst)
        self.as_of = now
        self.is_noticed = False

    def take(self, now: float) -> bool:
        """Take one answer, if there is one left."""
        self.left = min(self.allowance.burst, self.left + max(0.0, now - self.as_of) * self.allowance.per_second)
        self.as_of = now
        if self.left >= self.allowance.burst:
            self.is_noticed = False
        if self.left < 1:
            return False
        self.left -= 1
        return True


class AnswerLimiter:
    """Keeps the limits of one platform, by person and by chat, in memory."""

    def __init__(self, clock: Clock, limits: AnswerLimits = DEFAULT_ANSWER_LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._accounts: OrderedDict[tuple[str, ...], _Account] = OrderedDict()

    def admit(self, person: str, chat: str = "", *, is_slow_group: bool = False) -> Admission:
        """Count a command or a tap of a person; ``chat`` is where others read along.

        ``is_slow_group`` means that the platform lets a bot send only some messages a minute there.
        """
        limits = self._limits
        accounts = [self._get_account(("person", person), limits.person)]
        if chat and chat != person:
            if is_slow_group:
                accounts.append(self._get_account(("member", chat, person), limits.group_member))
            accounts.append(self._get_account(("chat", chat), limits.chat))
        now = self._now()
        empty = next((account for account in accounts if not account.take(now)), None)
        if empty is None:
            return Admission.ANSWERED
        admission = Admission.REFUSED if empty.is_noticed else Admission.NOTICED
        empty.is_noticed = True
        return admission

    def admit_typing(self, person: str) -> bool:
        """Count a keystroke of a person to which something is offered; false if it is to be nothing."""
        return self._get_account(("typing", person), self._limits.typing).take(self._now())

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _get_account(self, key: tuple[str, ...], allowance: Allowance) -> _Account:
        account = self._accounts.get(key)
        if account is None:
            self._forget_accounts()
            account = self._accounts[key] = _Account(allowance, self._now())
        self._accounts.move_to_end(key)
        return account

    def _forget_accounts(self) -> None:
        """Forget those that have their whole burst again, the oldest first, and some where there are too many."""
        now = self._now()
        while self._accounts:
            oldest = next(iter(self._accounts.values()))
            is_full = now - oldest.as_of >= oldest.allowance.recovery_seconds
            if not is_full and len(self._accounts) < _MAX_REMEMBERED:
                break
            self._accounts.popitem(last=False)
