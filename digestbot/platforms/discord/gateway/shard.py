"""One shard's connection: begun, resumed and begun again for as long as it takes.

In place of discord.py's ``Shard`` and of the loop in ``AutoShardedClient.connect``: these swallow a cancellation while
they connect, begin sessions without asking how many are left, and at once where one ends at once, wait up to 17 minutes
after an outage, one shard in the time of all, and connect the first time by recursion. Each connection is discord.py's
own (``DiscordWebSocket``), and so is everything that comes over it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NoReturn

import discord
import structlog
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from yarl import URL

from digestbot.errors import SettingsError
from digestbot.platforms.common.connecting import NotReachedError
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.gateway.budget import IdentifyBudget
from digestbot.platforms.discord.gateway.outage import ConnectionLog
from digestbot.platforms.discord.gateway.socket import GatewaySocket
from digestbot.platforms.discord.gateway.timing import Backoff, GatewayPace

_MAX_VAIN_RESUMES = 3
"""A session that could not be resumed so often is given up: some never can be (discord-api-docs issue 1619)."""
_TOKEN_REFUSED_CODE = 4004
_SHARDING_CODES = {4010, 4011}
_REFUSALS = {
    4012: "Discord no longer speaks this version of its gateway (4012): update digestbot",
    4013: "Discord does not know the intents that digestbot asks for (4013): update digestbot",
    4014: "Discord does not allow the intents that digestbot asks for (4014): it needs no privileged one, so update it",
}
_log = structlog.get_logger(__name__)


class ShardingRefusedError(Exception):
    """Discord wants another number of shards."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"Discord refuses the number of shards ({code})")


@dataclass(frozen=True, slots=True)
class GatewaySession:
    """A session that may be resumed."""

    id: str
    sequence: int | None
    url: URL


class ShardConnection:
    """Keeps one shard connected. ``client`` is where its events go."""

    def __init__(
        self,
        client: discord.AutoShardedClient,
        shard_id: int,
        budget: IdentifyBudget,
        log: ConnectionLog,
        pace: GatewayPace,
    ) -> None:
        self._client, self._shard_id = client, shard_id
        self._budget, self._log, self._pace = budget, log, pace
        self._backoff = Backoff(pace.times)
        self._socket_class = GatewaySocket.announcing_to(self._take_socket, pace.times.close)
        self._socket: GatewaySocket | None = None
        self._session: GatewaySession | None = None
        self._vain_resumes = 0
        self._refused_in_a_row = 0

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises :class:`ShardingRefusedError`, and :class:`~digestbot.errors.SettingsError` if Discord refuses the bot.
        """
        while True:
            if pause := self._plan_pause():
                await self._pace.sleep(pause)
            self._backoff.failures += 1  # until it lasted
            cause = await self._connect_once()
            self._log.record_loss(self._shard_id, cause)

    def _plan_pause(self) -> float:
        pause = self._backoff.next_pause()
        is_begun_in_vain = self._session is None and self._backoff.failures > 1
        return max(pause, self._budget.spread_seconds) if is_begun_in_vain else pause

    async def _connect_once(self) -> str:
        """Connect, and hand events on until the connection ends; why it did."""
        resumed, self._socket = self._session, None
        try:
            await self._open()
            await self._hand_on_events()
        except ReconnectWebSocket:
            return self._socket.describe_end() if self._socket else "Discord asked for a new connection"
        except discord.ConnectionClosed as error:
            return await self._take_refusal(error.code)
        except NotReachedError as error:
            return error.reason
        except SettingsError as error:
            await self._log.record_refusal(self._shard_id, str(error))
            raise
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            return errors.describe_error(error)
        except asyncio.CancelledError:
            await self._close_socket(1000)  # the bot is offline at once, not when its session times out
            raise
        except Exception as error:  # noqa: BLE001  # an event that discord.py cannot read must not be the last one
            _log.exception("discord_event_not_read", shard=self._shard_id)
            return type(error).__name__
        finally:
            await self._close_socket(4000)
            self._session = self._find_session(resumed)

    # -- connecting ---------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        """Resume the session, or begin one."""
        if self._session is None:
            async with self._budget.take_turn(self._shard_id) as url, asyncio.timeout(self._pace.times.open):
                await self._socket_class.from_client(self._client, gateway=url, shard_id=self._shard_id)
            return
        async with asyncio.timeout(self._pace.times.open):
            await self._socket_class.from_client(
                self._client,
                gateway=self._choose_url(self._session),
                shard_id=self._shard_id,
                resume=True,
                session=self._session.id,
                sequence=self._session.sequence,
            )

    def _choose_url(self, session: GatewaySession) -> URL:
        """Where a session is resumed; where nothing listens there, every second time where sessions begin."""
        return DiscordWebSocket.DEFAULT_GATEWAY if self._refused_in_a_row % 2 else session.url

    def _take_socket(self, socket: GatewaySocket) -> None:
        self._socket = socket

    async def _close_socket(self, code: int) -> None:
        if self._socket and not (self._socket.is_closed_here and self._socket.socket.closed):
            await self._socket.close(code)

    # -- while it is connected ----------------------------------------------------------------------------------

    async def _hand_on_events(self) -> NoReturn:
        """Hand every event on to the client, until the connection ends with an exception."""
        socket = self._socket
        assert socket  # noqa: S101  # from_client has announced it
        await self._await_greeting(socket)
        self._log.record_greeting(self._shard_id, is_resumed=self._session is not None)
        greeted_at, is_stable = self._pace.now(), False
        while True:
            async with asyncio.timeout(self._pace.times.silence):
                await socket.poll_event()
            if not is_stable and self._pace.now() - greeted_at >= self._pace.times.stable:
                is_stable = True
                self._backoff.failures = self._vain_resumes = 0
                self._log.record_stability(self._shard_id)

    async def _await_greeting(self, socket: GatewaySocket) -> None:
        """Hand events on until Discord says that the session has begun, or that it was told all that it missed."""
        loop = asyncio.get_running_loop()
        greeting = socket.wait_for("READY" if self._session is None else "RESUMED", lambda _: True)
        async with asyncio.timeout(self._pace.times.greeting) as limit:
            while not greeting.done():
                sequence = socket.sequence
                await socket.poll_event()
                if socket.sequence != sequence:
                    limit.reschedule(loop.time() + self._pace.times.greeting)

    # -- when it has ended --------------------------------------------------------------------------------------

    def _find_session(self, resumed: GatewaySession | None) -> GatewaySession | None:
        """The session that may be resumed the next time."""
        socket = self._socket
        if socket is None:  # nobody listened
            self._refused_in_a_row += 1
            return resumed
        self._refused_in_a_row = 0
        if not (socket.has_session and socket.session_id) or self._is_in_vain(socket, resumed):
            self._vain_resumes = 0
            if resumed:  # an answer, after an outage: a new session need not wait for long
                self._backoff.shorten()
            return None
        return GatewaySession(socket.session_id, socket.sequence, socket.gateway)

    def _is_in_vain(self, socket: GatewaySocket, resumed: GatewaySession | None) -> bool:
        """Whether the session was resumed too often without any event but RESUMED."""
        if resumed is None or (socket.sequence or 0) > (resumed.sequence or 0) + 1:
            self._vain_resumes = 0
            return False
        self._vain_resumes += 1
        return self._vain_resumes >= _MAX_VAIN_RESUMES

    async def _take_refusal(self, code: int) -> str:
        """Discord closed the connection for good; a token that it refuses here is asked about where it is certain."""
        if code in _SHARDING_CODES:
            raise ShardingRefusedError(code)
        try:
            if code in _REFUSALS:
                raise SettingsError(_REFUSALS[code])
            if code == _TOKEN_REFUSED_CODE:
                await self._budget.ask_again()
        except SettingsError as error:
            await self._log.record_refusal(self._shard_id, str(error))
            raise
        except NotReachedError as error:
            return error.reason
        return f"the connection was closed (code {code})"
