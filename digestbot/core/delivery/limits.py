"""How fast a platform may be sent to, kept before it has to say so.

Our own: the libraries there are (aiolimiter's leaky bucket, pyrate-limiter's) let a full bucket and its refill through
within one second, and know no answer that goes before the deliveries that wait.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN_SAYS = 5
"""Different chats that are refused in a row, nothing getting through between: then the platform means the token."""
_CHATS = 20_000
"""Chats whose last sends are remembered: more than can be sent to before the oldest no longer matter."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``number`` in any ``seconds``."""

    number: int
    seconds: float

    def paced(self) -> Rate:
        """The same rate in small slices, one or a fiftieth at a time, and 2% slower.

        Sent in one burst a second, two bursts could arrive within one second of the platform's clock.
        """
        slice_ = max(1, self.number // 50)
        return Rate(slice_, 1.02 * self.seconds * slice_ / self.number)


class Window:
    """The last moments at which something was sent under a rate. Pure: moments are given, in seconds."""

    __slots__ = ("_moments", "_rate")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._moments: deque[float] = deque(maxlen=rate.number)

    def free_at(self) -> float:
        """The moment from which one more may be sent."""
        full = len(self._moments) == self._rate.number
        return self._moments[0] + self._rate.seconds if full else 0.0

    def note(self, moment: float) -> None:
        """One is sent at this moment."""
        self._moments.append(moment)


class _Chat:
    """What was sent to one chat: its last moments, that all its rates look at. There are many of these."""

    __slots__ = ("_moments", "_rates", "_steady")

    def __init__(self, steady: Rate, rates: tuple[Rate, ...]) -> None:
        self._steady = (steady, *rates)
        self._rates = rates
        self._moments: deque[float] = deque(maxlen=max(rate.number for rate in self._steady))

    def place(self, now: float, *, steady: bool) -> float:
        """Take the next place, and tell when it is."""
        moments, moment = self._moments, now
        for rate in self._steady if steady else self._rates:
            if len(moments) >= rate.number:
                moment = max(moment, moments[-rate.number] + rate.seconds)
        moments.append(moment)
        return moment


@dataclass(frozen=True, slots=True)
class Rates:
    """What one token may send: over all chats, steadily to one chat, in a burst to one chat, and to one group."""

    token: Rate
    chat: Rate
    burst: Rate
    group: Rate


class Limits:
    """Keeps the rates of one bot token.

    A delivery waits for its chat first and then, in order of arrival, for the token, so that one chat's wait holds
    up no other. An answer to a person may use the chat's short burst, and takes the token's next place before the
    deliveries that wait.
    """

    def __init__(self, rates: Rates, now: Callable[[], float] = time.monotonic) -> None:
        self._chat_rates = (rates.burst,)
        self._group_rates = (rates.burst, rates.group)
        self._steady = rates.chat
        self._token = Window(rates.token.paced())
        self._now = now
        self._queue = asyncio.Lock()
        self._chats: OrderedDict[str, _Chat] = OrderedDict()
        self._flooded: dict[str, float] = {}
        self._refused: set[str] = set()
        self._paused_until = 0.0

    async def delivery(self, chat: str, *, group: bool) -> None:
        """Wait until a delivery may be sent to the chat."""
        await self._until(self._chat(chat, group=group).place(self._now(), steady=True))
        async with self._queue:
            while (moment := self._token_free_at()) > self._now():
                await self._until(moment)
            self._token.note(self._now())

    async def answer(self, chat: str, *, group: bool) -> None:
        """Wait until an answer may be sent to the chat."""
        await self._until(self._chat(chat, group=group).place(self._now(), steady=False))
        await self.extra()

    async def extra(self) -> None:
        """Wait until a request that goes to no chat may be sent: the token's next place, as an answer's."""
        moment = max(self._now(), self._token_free_at())
        self._token.note(moment)
        await self._until(moment)

    def flooded(self, chat: str, seconds: float) -> None:
        """The platform asks to send nothing to the chat for so many seconds.

        Where it asks so for one chat after the other, it is the token that is to pause.
        """
        now = self._now()
        self._refused.add(chat)
        if len(self._refused) >= _TOKEN_SAYS:
            self._paused_until = max(self._paused_until, now + seconds)
        self._flooded = {other: until for other, until in self._flooded.items() if until > now}
        self._flooded[chat] = now + seconds

    def passed(self) -> None:
        """A message got through."""
        self._refused.clear()

    def flood_wait(self, chat: str) -> float:
        """How many seconds the platform asked to send nothing to the chat; 0 when it may be sent to.

        What is to be delivered then is better put off than waited for: its lease would run out.
        """
        return max(0.0, self._flooded.get(chat, 0.0) - self._now())

    def _token_free_at(self) -> float:
        return max(self._token.free_at(), self._paused_until)

    def _chat(self, chat: str, *, group: bool) -> _Chat:
        found = self._chats.get(chat)
        if found is None:
            found = _Chat(self._steady, self._group_rates if group else self._chat_rates)
            self._chats[chat] = found
            if len(self._chats) > _CHATS:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(chat)
        return found

    async def _until(self, moment: float) -> None:
        if (wait := moment - self._now()) > 0:
            await asyncio.sleep(wait)
