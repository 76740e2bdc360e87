"""Discord as a chat platform, on discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import discord
import structlog
from discord.utils import MISSING

from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.catalog import DigestCatalog
from digestbot.core.delivery.limits import Limits, Rate, Rates
from digestbot.core.ports import STANDALONE, Clock, ReplyHandler, SendContext
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import DeliveryError, SettingsError
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.client import DigestClient, find_gateway, point_at
from digestbot.platforms.discord.commands import Translations, add_commands, sync
from digestbot.platforms.discord.completion import Completion
from digestbot.platforms.discord.guilds import Guilds
from digestbot.platforms.discord.messenger import Messenger
from digestbot.platforms.discord.part import Part, parts_of
from digestbot.platforms.discord.permissions import NEEDED
from digestbot.platforms.discord.presses import Presses
from digestbot.platforms.discord.talk import COMMON, NAME, Talk
from digestbot.platforms.discord.turns import Turns
from digestbot.settings import DiscordSettings
from digestbot.sources.figures import Downloads, Shown
from digestbot.store import Store

_FIRST_RETRY, _LAST_RETRY = 1.0, 60.0
_FINISHED_IN = 10.0
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Rooms:
    """What the client hands its events to."""

    platform: DiscordPlatform
    presses: Presses
    guilds: Guilds


class DiscordPlatform:
    """Posts cards in Discord's channels, and answers commands and buttons there.

    ``private`` lets figures be looked for at private addresses, for tests.
    """

    name = NAME
    can_share_listening = False

    def __init__(
        self,
        settings: DiscordSettings,
        store: Store,
        library: DigestCatalog,
        subscriptions: SubscriptionService,
        clock: Clock,
        *,
        private: bool = False,
    ) -> None:
        self._settings = settings
        self.listener_key = f"{self.name} {settings.shard_ids}".strip()
        self._store, self._library, self._subscriptions, self._clock = store, library, subscriptions, clock
        self._shown = Shown(Downloads(private=private))
        self._connects_in = 0.0
        point_at(settings.api_url)
        self.client = DigestClient(settings)
        limits = Limits(rates(settings))
        self._messenger = Messenger(self.client, limits, store.shortcuts, clock, settings.timeout_seconds)

    # -- sending ------------------------------------------------------------------------------------------------

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:  # noqa: ARG002  # there is one form
        """What a chat is shown."""
        return COMMON

    def render(self, card: Card, card_style: CardStyle) -> list[Part]:  # noqa: ARG002  # there is one form
        """The card as Discord's messages."""
        return parts_of(card, self._shown)

    async def acquire(self, address: Address) -> None:
        """Wait for the token's and the channel's limits. Raises :class:`~digestbot.errors.DeliveryError`."""
        await self._messenger.limit(address)

    async def send(self, address: Address, message: Part, context: SendContext = STANDALONE) -> str:
        """Post one message; the thread for those after it. Raises :class:`~digestbot.errors.DeliveryError`."""
        return await self._messenger.deliver(address, message, context)

    # -- listening ----------------------------------------------------------------------------------------------

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Answer until cancelled."""
        self.answers(reply_handler)
        if self._connects_in:
            _log.error("discord_sessions_used_up", again_in_seconds=self._connects_in)
            await asyncio.sleep(self._connects_in)
            self._connects_in = 0.0
        await self.tell_commands()  # a bot in thousands of servers is ready only minutes after it is connected
        clearing = asyncio.create_task(self.client.rooms.guilds.clear())
        try:
            await self.client.connect()
        except (discord.ConnectionClosed, discord.GatewayNotFound) as error:
            raise SettingsError(f"Discord ended the connection: {error}") from None
        finally:
            clearing.cancel()
            await asyncio.gather(clearing, return_exceptions=True)

    def answers(self, reply: ReplyHandler) -> None:
        """Answer commands, buttons and messages with these answers from now on."""
        talk = Talk(reply, self._subscriptions)
        presses = Presses(talk, Turns(self._store.shortcuts, self._clock), self._shown)
        guilds = Guilds(self.client, self._store, self._subscriptions, self._clock, self._tell)
        self.client.rooms = Rooms(self, presses, guilds)
        if not self.client.tree.get_commands():
            completion = Completion(self._library, self._subscriptions)
            add_commands(self.client.tree, self._run, self._look_up, completion)

    async def _run(self, *said: object) -> None:
        await self.client.rooms.presses.run(*said)  # type: ignore[arg-type]

    async def _look_up(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await self.client.rooms.presses.look_up(interaction, message)

    async def answer_message(self, message: discord.Message) -> None:
        """Answer what somebody wrote in private."""
        try:
            parts = await self.client.rooms.presses.message(message)
            await self._send_all(Address(NAME, str(message.author.id)), parts, key=str(message.id))
        except DeliveryError as error:
            _log.info("discord_answer_failed", reason=error.reason)

    async def tell_commands(self) -> None:
        """Tell Discord the commands, where they changed. What it does not take is logged: the old ones stay."""
        tree = self.client.tree
        try:
            if tree.translator is None:
                await tree.set_translator(Translations())
            await sync(tree, self._store.memory, self._settings.test_guild)
        except (discord.DiscordException, *errors.LOST) as error:
            _log.error("discord_commands_not_told", reason=errors.words(error))

    def say_ready(self) -> None:
        """Tell the operator that everything is there, and how the bot is invited."""
        invite = discord.utils.oauth_url(
            self.client.application_id or 0, permissions=NEEDED, scopes=("bot", "applications.commands")
        )
        _log.info("discord_listening", bot=str(self.client.user), servers=len(self.client.guilds), invite=invite)

    async def _tell(self, address: Address, card: Card) -> None:
        await self._send_all(address, parts_of(card, self._shown))

    async def _send_all(self, address: Address, parts: Sequence[Part], key: str = "") -> None:
        """Send parts; what has a ``key`` comes once, however often it is sent."""
        for number, part in enumerate(parts):
            await self.acquire(address)
            await self.send(address, part, SendContext(f"{key}.{number}") if key else STANDALONE)

    # -- coming and going ---------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Find out who the bot is, as often as it takes to reach the server.

        Raises :class:`~digestbot.errors.SettingsError` when Discord refuses the token.
        """
        wait = _FIRST_RETRY
        while not await self._reached(wait):
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LAST_RETRY)

    async def _reached(self, wait: float) -> bool:
        """Try to reach Discord; where it fails, it is said how long the next try is put off."""
        try:
            await self.client.login(self._settings.secret())
            self._connects_in = await find_gateway(self.client)
        except discord.LoginFailure:
            raise SettingsError(
                "DIGESTBOT_DISCORD__TOKEN: Discord refuses this token; the developer portal makes a new one"
            ) from None
        except (discord.HTTPException, discord.GatewayNotFound, *errors.LOST) as error:
            _log.warning("discord_not_reached", reason=errors.words(error), again_in_seconds=wait)
            await self.client.http.close()
            self.client.http.clear()
            self.client.http.connector = MISSING  # closed with its session; the next try makes its own
            return False
        return True

    async def close(self) -> None:
        """Finish what is being published, and close the connections."""
        await self._messenger.finish(_FINISHED_IN)
        await self.client.close()


def rates(settings: DiscordSettings) -> Rates:
    """What the token may send (discord.com/developers/docs/topics/rate-limits), and five in five seconds a channel.

    The channel's is what Discord's buckets have been seen to be; discord.py keeps what each answer says of them.
    """
    five = Rate(5, 5.0)
    return Rates(token=Rate(settings.requests_per_second, 1.0), chat=five, burst=five, group=five)
