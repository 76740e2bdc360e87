"""How many sessions may be begun, and when: Discord takes back the token of a bot that begins too many."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import discord
from yarl import URL

from digestbot.errors import SettingsError
from digestbot.platforms.common.connecting import NotReachedError
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.gateway.outage import ConnectionLog
from digestbot.platforms.discord.gateway.timing import GatewayPace

TOKEN_REFUSAL = "DIGESTBOT_DISCORD__TOKEN: Discord refuses this token; the developer portal makes a new one"  # noqa: S105  # a sentence
_LONGEST_WAIT_SECONDS = 300.0
"""After so long at most it is asked again whether sessions may be begun, and tried again to tell the admin."""


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What ``GET /gateway/bot`` says: where to connect, with how many shards, and how many sessions may be begun."""

    url: URL
    shards: int
    total: int
    remaining: int
    reset_seconds: float
    max_concurrency: int


async def fetch_limits(client: discord.Client, timeout_seconds: float) -> GatewayLimits:
    """Ask Discord where and how often to connect.

    Raises :class:`NotReachedError`, and :class:`~digestbot.errors.SettingsError` if Discord refuses the token.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            shards, url, starts = await client.http.get_bot_gateway()
        reset_seconds = starts["reset_after"] / 1000
        return GatewayLimits(
            URL(url), shards, starts["total"], starts["remaining"], reset_seconds, starts["max_concurrency"]
        )
    except discord.GatewayNotFound as error:
        cause = error.__cause__ or error
        if isinstance(cause, discord.HTTPException) and cause.status == 401:
            raise SettingsError(TOKEN_REFUSAL) from None
        raise NotReachedError(errors.describe_error(cause)) from None
    except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
        raise NotReachedError(errors.describe_error(error)) from None
    except (KeyError, TypeError, ValueError):  # somebody else's page, an empty body
        raise NotReachedError("the answer to GET /gateway/bot is not Discord's") from None


class IdentifyBudget:
    """Lets shards begin sessions one after the other, as often as Discord allows.

    A resumed session costs nothing. With one session too many Discord ends them all, and takes the token back.
    """

    def __init__(self, client: discord.Client, log: ConnectionLog, pace: GatewayPace) -> None:
        self._client = client
        self._log = log
        self._pace = pace
        self._limits: GatewayLimits | None = None
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._begun_at: dict[int, float] = {}

    @property
    def spread_seconds(self) -> float:
        """Seconds between sessions that end at once, so that the second half of a day's sessions lasts the day."""
        limits = self._limits
        is_scarce = limits is not None and 0 < limits.remaining < limits.total / 2
        return limits.reset_seconds / limits.remaining if limits and is_scarce else 0.0

    async def read_limits(self) -> GatewayLimits:
        """What Discord says, at most one interval old.

        Raises :class:`NotReachedError`, and :class:`~digestbot.errors.SettingsError` if Discord refuses the token.
        """
        async with self._fetching:
            is_fresh = self._pace.now() - self._fetched_at < self._pace.times.begin_interval
            if self._limits is None or not is_fresh or not self._limits.remaining:
                self._limits = await fetch_limits(self._client, self._pace.times.open)
                self._fetched_at = self._pace.now()
            return self._limits

    async def ask_again(self) -> GatewayLimits:
        """What Discord says now: whether the token is good, and how many shards there are to be."""
        self._limits = None
        return await self.read_limits()

    @asynccontextmanager
    async def take_turn(self, shard_id: int) -> AsyncIterator[URL]:
        """Wait until the shard may begin a session; the address to connect to. Raises as :meth:`read_limits` does."""
        bucket = shard_id % (await self.read_limits()).max_concurrency
        async with self._turns[bucket]:
            await self._wait_for_interval(bucket)
            yield (await self._wait_for_start(shard_id)).url

    def record_start(self, shard_id: int) -> None:
        """A session is being begun."""
        if self._limits:
            self._begun_at[shard_id % self._limits.max_concurrency] = self._pace.now()
            self._limits = replace(self._limits, remaining=max(0, self._limits.remaining - 1))

    async def _wait_for_interval(self, bucket: int) -> None:
        if bucket in self._begun_at:
            left = self._begun_at[bucket] + self._pace.times.begin_interval - self._pace.now()
            if left > 0:
                await self._pace.sleep(left)

    async def _wait_for_start(self, shard_id: int) -> GatewayLimits:
        while not (limits := await self.read_limits()).remaining:
            seconds = max(limits.reset_seconds, self._pace.times.begin_interval)
            self._log.record_exhaustion(shard_id, limits.total, seconds)
            await self._pace.sleep(min(seconds, _LONGEST_WAIT_SECONDS))
        return limits
