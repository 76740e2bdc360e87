"""The gateway connections of all of this process's shards."""

from __future__ import annotations

import asyncio

from digestbot.core.ports import IncidentReporter
from digestbot.errors import SettingsError
from digestbot.platforms.common.connecting import NotReachedError
from digestbot.platforms.discord.client import DigestClient
from digestbot.platforms.discord.gateway.budget import IdentifyBudget
from digestbot.platforms.discord.gateway.outage import ConnectionLog
from digestbot.platforms.discord.gateway.shard import ShardConnection, ShardingRefusedError
from digestbot.platforms.discord.gateway.timing import Backoff, GatewayPace
from digestbot.settings import DiscordSettings


class GatewayConnection:
    """Keeps the client connected."""

    def __init__(
        self,
        client: DigestClient,
        settings: DiscordSettings,
        incidents: IncidentReporter,
        pace: GatewayPace,
    ) -> None:
        self._client, self._settings, self._pace = client, settings, pace
        self._log = ConnectionLog(pace, incidents)
        self._budget = IdentifyBudget(client, self._log, pace)
        self._backoff = Backoff(pace.times)

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises :class:`~digestbot.errors.SettingsError` if Discord refuses the bot.
        """
        self._client.begin_session = self._begin_session
        try:
            while True:
                await self._run_shards(await self._count_shards())
        finally:
            await self._log.close()

    async def _count_shards(self) -> int:
        """How many shards there are: as set, or as Discord recommends."""
        while not self._settings.shard_count:
            try:
                return (await self._budget.ask_again()).shards
            except NotReachedError as error:
                await self._fail(error.reason)
        return self._settings.shard_count

    async def _run_shards(self, count: int) -> None:
        """Run them until cancelled, or until Discord wants another number of them."""
        shard_ids = self._settings.shard_list or list(range(count))
        self._announce_shards(count, shard_ids)
        try:
            async with asyncio.TaskGroup() as tasks:
                for shard_id in shard_ids:
                    shard = ShardConnection(self._client, shard_id, self._budget, self._log, self._pace)
                    tasks.create_task(shard.run())
        except ExceptionGroup as failures:
            if not isinstance(failures.exceptions[0], ShardingRefusedError):
                raise failures.exceptions[0] from None
            await self._take_other_shards(failures.exceptions[0])

    def _announce_shards(self, count: int, shard_ids: list[int]) -> None:
        """Tell discord.py's state which shards there are, as ``AutoShardedClient.launch_shards`` does."""
        self._client.shard_count = self._client._connection.shard_count = count
        self._client._connection.shard_ids = shard_ids

    async def _take_other_shards(self, error: ShardingRefusedError) -> None:
        """Begin anew with as many shards as Discord wants now, unless the settings say how many there are."""
        if self._settings.shard_count:
            reason = (
                f"DIGESTBOT_DISCORD__SHARD_COUNT: {error}; leave it and DIGESTBOT_DISCORD__SHARD_IDS out, or raise it"
            )
            await self._log.record_refusal(0, reason)
            raise SettingsError(reason)
        await self._fail(str(error))

    async def _fail(self, cause: str) -> None:
        self._log.record_loss(0, cause)
        self._backoff.failures += 1
        await self._pace.sleep(self._backoff.next_pause())

    def _begin_session(self, shard_id: int) -> None:
        """A shard begins a session: Discord tells it of all its servers again, and of those that are gone, nothing."""
        self._budget.record_start(shard_id)
        for guild in [guild for guild in self._client.guilds if guild.shard_id == shard_id]:
            self._client._connection._remove_guild(guild)
