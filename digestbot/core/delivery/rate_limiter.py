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

_REFUSED_CHATS_BEFORE_TOKEN_PAUSE = 5
"""Different chats that are refused in a row, nothing getting through between: then the platform means the token."""
_MAX_REMEMBERED_CHATS = 20_000
"""Chats whose last sends are remembered at most, however many are sent to within the longest of their rates."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` in any ``seconds``."""

    count: int
    seconds: float

    def to_slices(self) -> Rate:
        """The same rate in small slices, one or a fiftieth at a time, and 2% slower.

        Sent in one burst a second, two bursts could arrive within one second of the platform's clock.
        """
        slice_ = max(1, self.count // 50)
        return Rate(slice_, 1.02 * self.seconds * slice_ / self.count)


class SlidingWindow:
    """The last moments at which something was sent under a rate. Pure: moments are given, in seconds."""

    __slots__ = ("_rate", "_timestamps")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._timestamps: deque[float] = deque(maxlen=rate.count)

    def next_allowed_at(self) -> float:
        """The moment from which one more may be sent."""
        full = len(self._timestamps) == self._rate.count
        return self._timestamps[0] + self._rate.seconds if full else 0.0

    def record(self, timestamp: float) -> None:
        """One is sent at this moment."""
        self._timestamps.append(timestamp)


class _ChatHistory:
    """What was sent to one chat: its last moments, that all its rates look at. There are many of these."""

    __slots__ = ("_burst_rates", "_spared_seconds", "_steady_rates", "_timestamps")

    def __init__(self, steady: Rate, rates: tuple[Rate, ...]) -> None:
        self._steady_rates = (steady, *rates)
        self._burst_rates = rates
        self._spared_seconds = max(rate.seconds / rate.count for rate in (steady, *(_halve(rate) for rate in rates)))
        self._timestamps: deque[float] = deque(maxlen=max(rate.count for rate in self._steady_rates))

    @property
    def last_slot(self) -> float:
        """The last place that was taken; a history is made to take one."""
        return self._timestamps[-1]

    def reserve_slot(self, now: float, *, steady: bool) -> float:
        """Take the next place, and tell when it is."""
        slot = max(now, self._find_slot(self._steady_rates if steady else self._burst_rates))
        self._timestamps.append(slot)
        return slot

    def find_spare_slot(self) -> float:
        """From when on a place may be taken that leaves half of the rates to others; it is not taken."""
        last = self._timestamps[-1] if self._timestamps else float("-inf")
        return max(last + self._spared_seconds, self._find_slot(self._steady_rates))

    def _find_slot(self, rates: tuple[Rate, ...]) -> float:
        timestamps = self._timestamps
        return max(
            (timestamps[-rate.count] + rate.seconds for rate in rates if len(timestamps) >= rate.count), default=0.0
        )


def _halve(rate: Rate) -> Rate:
    return Rate(rate.count, 2 * rate.seconds)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What one token may send: over all chats, steadily to one chat, in a burst to one chat, and to one group."""

    token: Rate
    chat: Rate
    burst: Rate
    group: Rate


class RateLimiter:
    """Keeps the rates of one bot token.

    A delivery waits for its chat first and then, in order of arrival, for the token, so that one chat's wait holds
    up no other. An answer to a person may use the chat's short burst, and takes the token's next place before the
    deliveries that wait.
    """

    def __init__(self, rates: RateLimits, now: Callable[[], float] = time.monotonic) -> None:
        self._chat_rates = (rates.burst,)
        self._group_rates = (rates.burst, rates.group)
        self._steady_rate = rates.chat
        self._remembered_seconds = max(rate.seconds for rate in (rates.chat, rates.burst, rates.group))
        self._token_rate = rates.token
        self._token = SlidingWindow(rates.token.to_slices())
        self._waiting_deliveries = 0
        self._now = now
        self._token_lock = asyncio.Lock()
        self._chats: OrderedDict[str, _ChatHistory] = OrderedDict()
        self._flood_wait_until: dict[str, float] = {}
        self._refused_chats: set[str] = set()
        self._paused_until = 0.0

    async def acquire_for_delivery(self, chat: str, *, group: bool) -> None:
        """Wait until a delivery may be sent to the chat."""
        await self._sleep_until(self._get_chat_history(chat, group=group).reserve_slot(self._now(), steady=True))
        self._waiting_deliveries += 1
        try:
            await self._wait_for_token()
        finally:
            self._waiting_deliveries -= 1

    async def _wait_for_token(self) -> None:
        async with self._token_lock:
            while (slot := self._token_available_at()) > self._now():
                await self._sleep_until(slot)
            self._token.record(self._now())

    async def acquire_for_answer(self, chat: str, *, group: bool) -> None:
        """Wait until an answer may be sent to the chat."""
        await self._sleep_until(self._get_chat_history(chat, group=group).reserve_slot(self._now(), steady=False))
        await self.acquire_token_slot()

    async def acquire_for_progress(self, chat: str, *, group: bool) -> None:
        """Wait until a message may be changed that could as well stay: half of the chat's rates are left to answers,
        and nothing that waits for the token waits for it.
        """
        while (slot := self._find_spare_slot(chat)) > self._now():
            await self._sleep_until(slot)
        self._get_chat_history(chat, group=group).reserve_slot(self._now(), steady=False)
        self._token.record(self._now())

    def _find_spare_slot(self, chat: str) -> float:
        history = self._chats.get(chat)
        flood_wait_until = self._flood_wait_until.get(chat, 0.0)
        return max(history.find_spare_slot() if history else 0.0, self._token_available_at(), flood_wait_until)

    async def acquire_token_slot(self) -> None:
        """Wait until a request that goes to no chat may be sent: the token's next place, as an answer's."""
        slot = max(self._now(), self._token_available_at())
        self._token.record(slot)
        await self._sleep_until(slot)

    @property
    def token_backlog_seconds(self) -> float:
        """How long the token needs for the deliveries that wait for nothing else."""
        return self._waiting_deliveries * self._token_rate.seconds / self._token_rate.count

    def record_flood_wait(self, chat: str, seconds: float) -> None:
        """The platform asks to send nothing to the chat for so many seconds.

        Where it asks so for one chat after the other, it is the token that is to pause.
        """
        now = self._now()
        self._refused_chats.add(chat)
        if len(self._refused_chats) >= _REFUSED_CHATS_BEFORE_TOKEN_PAUSE:
            self._paused_until = max(self._paused_until, now + seconds)
        self._flood_wait_until = {other: until for other, until in self._flood_wait_until.items() if until > now}
        self._flood_wait_until[chat] = now + seconds

    def record_success(self) -> None:
        """A message got through."""
        self._refused_chats.clear()

    def flood_wait_seconds(self, chat: str) -> float:
        """How many seconds the platform asked to send nothing to the chat; 0 when it may be sent to.

        What is to be delivered then is better put off than waited for: its lease would run out.
        """
        return max(0.0, self._flood_wait_until.get(chat, 0.0) - self._now())

    def _token_available_at(self) -> float:
        return max(self._token.next_allowed_at(), self._paused_until)

    def _get_chat_history(self, chat: str, *, group: bool) -> _ChatHistory:
        history = self._chats.get(chat)
        if history is None:
            self._forget_chats()
            history = _ChatHistory(self._steady_rate, self._group_rates if group else self._chat_rates)
            self._chats[chat] = history
        else:
            self._chats.move_to_end(chat)
        return history

    def _forget_chats(self) -> None:
        """Forget the chats that were sent to so long ago that no rate looks at it."""
        oldest = self._now() - self._remembered_seconds
        while self._chats:
            longest_ago = next(iter(self._chats.values()))
            if len(self._chats) < _MAX_REMEMBERED_CHATS and longest_ago.last_slot >= oldest:
                break
            self._chats.popitem(last=False)

    async def _sleep_until(self, timestamp: float) -> None:
        if (wait := timestamp - self._now()) > 0:
            await asyncio.sleep(wait)
