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
from digestbot.core.delivery.rate_limiter import Rate, RateLimiter, RateLimits
from digestbot.core.ports import STANDALONE, Clock, ReplyHandler, SendContext, Webhook
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import DeliveryError, SettingsError
from digestbot.figures.downloads import FigureAvailability, FigureDownloader
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.client import DigestClient, fetch_gateway_url, set_api_url
from digestbot.platforms.discord.incoming.autocomplete import Autocomplete
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES, PLATFORM_NAME, InteractionContext
from digestbot.platforms.discord.incoming.guild_events import GuildEventHandler
from digestbot.platforms.discord.incoming.interactions import InteractionHandler
from digestbot.platforms.discord.incoming.slash_commands import CommandTranslator, add_commands, sync_commands
from digestbot.platforms.discord.outgoing.message import OutgoingMessage, build_messages
from digestbot.platforms.discord.outgoing.messenger import Messenger
from digestbot.platforms.discord.outgoing.responder import InteractionResponder
from digestbot.platforms.discord.permissions import INVITE_PERMISSIONS
from digestbot.settings import DiscordSettings
from digestbot.store import Store

_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 1.0, 60.0
_SHUTDOWN_TIMEOUT_SECONDS = 10.0
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class EventHandlers:
    """What the client hands its events to."""

    platform: DiscordPlatform
    interactions: InteractionHandler
    guild_events: GuildEventHandler


class DiscordPlatform:
    """Posts cards in Discord's channels, and answers commands and buttons there.

    ``allow_private_hosts`` lets figures be looked for at private addresses, for tests.
    """

    name = PLATFORM_NAME
    webhook: Webhook | None = None

    def __init__(
        self,
        settings: DiscordSettings,
        store: Store,
        catalog: DigestCatalog,
        subscriptions: SubscriptionService,
        clock: Clock,
        *,
        allow_private_hosts: bool = False,
    ) -> None:
        self._settings = settings
        self.listener_key = f"{self.name} {settings.shard_ids}".strip()
        self._store, self._catalog, self._subscriptions, self._clock = store, catalog, subscriptions, clock
        self._figures = FigureAvailability(FigureDownloader(allow_private_hosts=allow_private_hosts))
        self._connects_in = 0.0
        self._was_opened = False
        set_api_url(settings.api_url)
        self.client = DigestClient(settings)
        rate_limiter = RateLimiter(build_rate_limits(settings))
        self._messenger = Messenger(self.client, rate_limiter, store.callback_tokens, clock, settings.timeout_seconds)

    # -- sending ------------------------------------------------------------------------------------------------

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:  # noqa: ARG002  # there is one form
        """What a chat is shown."""
        return COMMON_CAPABILITIES

    def render(self, card: Card, card_style: CardStyle) -> list[OutgoingMessage]:  # noqa: ARG002  # there is one form
        """The card as Discord's messages."""
        return build_messages(card, self._figures)

    async def acquire(self, address: Address) -> None:
        """Wait for the token's and the channel's limits. Raises :class:`~digestbot.errors.DeliveryError`."""
        await self._messenger.acquire(address)

    async def send(self, address: Address, message: OutgoingMessage, context: SendContext = STANDALONE) -> str:
        """Post one message; the thread for those after it. Raises :class:`~digestbot.errors.DeliveryError`."""
        return await self._messenger.send_delivery(address, message, context)

    # -- listening ----------------------------------------------------------------------------------------------

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Answer until cancelled."""
        self.set_reply_handler(reply_handler)
        if self._connects_in:
            _log.error("discord_sessions_used_up", again_in_seconds=self._connects_in)
            await asyncio.sleep(self._connects_in)
            self._connects_in = 0.0
        await self.sync_commands()  # a bot in thousands of servers is ready only minutes after it is connected
        pruning = asyncio.create_task(self.client.handlers.guild_events.run_pruning())
        try:
            await self.client.connect()
        except (discord.ConnectionClosed, discord.GatewayNotFound) as error:
            raise SettingsError(f"Discord ended the connection: {error}") from None
        finally:
            pruning.cancel()
            await asyncio.gather(pruning, return_exceptions=True)

    def set_reply_handler(self, reply: ReplyHandler) -> None:
        """Answer commands, buttons and messages with these answers from now on."""
        context = InteractionContext(reply, self._subscriptions)
        interactions = InteractionHandler(
            context, InteractionResponder(self._store.callback_tokens, self._clock), self._figures
        )
        guild_events = GuildEventHandler(self.client, self._store, self._subscriptions, self._clock, self._send_card)
        self.client.handlers = EventHandlers(self, interactions, guild_events)
        if not self.client.tree.get_commands():
            autocomplete = Autocomplete(self._catalog, self._subscriptions)
            add_commands(self.client.tree, self._run_command, self._look_up_papers, autocomplete)

    async def _run_command(self, *arguments: object) -> None:
        await self.client.handlers.interactions.handle_command(*arguments)  # type: ignore[arg-type]

    async def _look_up_papers(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await self.client.handlers.interactions.handle_look_up(interaction, message)

    async def answer_message(self, message: discord.Message) -> None:
        """Answer what somebody wrote in private."""
        try:
            parts = await self.client.handlers.interactions.answer_private_message(message)
            await self._send_messages(Address(PLATFORM_NAME, str(message.author.id)), parts, key=str(message.id))
        except DeliveryError as error:
            _log.info("discord_answer_failed", reason=error.reason)

    async def sync_commands(self) -> None:
        """Tell Discord the commands, where they changed. What it does not take is logged: the old ones stay."""
        tree = self.client.tree
        try:
            if tree.translator is None:
                await tree.set_translator(CommandTranslator())
            await sync_commands(tree, self._store.key_values, self._settings.test_guild)
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            _log.error("discord_commands_not_told", reason=errors.describe_error(error))

    def log_ready(self) -> None:
        """Tell the operator that everything is there, and how the bot is invited."""
        invite = discord.utils.oauth_url(
            self.client.application_id or 0, permissions=INVITE_PERMISSIONS, scopes=("bot", "applications.commands")
        )
        _log.info("discord_listening", bot=str(self.client.user), servers=len(self.client.guilds), invite=invite)

    async def _send_card(self, address: Address, card: Card) -> None:
        await self._send_messages(address, build_messages(card, self._figures))

    async def _send_messages(self, address: Address, messages: Sequence[OutgoingMessage], key: str = "") -> None:
        """Send parts; what has a ``key`` comes once, however often it is sent."""
        for number, message in enumerate(messages):
            await self.acquire(address)
            await self.send(address, message, SendContext(f"{key}.{number}") if key else STANDALONE)

    # -- coming and going ---------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Find out who the bot is, as often as it takes to reach the server.

        Raises :class:`~digestbot.errors.SettingsError` when Discord refuses the token.
        """
        wait = _FIRST_RETRY_SECONDS
        while not await self._try_to_connect(wait):
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_RETRY_SECONDS)

    async def _try_to_connect(self, wait: float) -> bool:
        """Try to reach Discord; where it fails, it is said how long the next try is put off."""
        self._was_opened = True
        try:
            await self.client.login(self._settings.get_token())
            self._connects_in = await fetch_gateway_url(self.client)
        except discord.LoginFailure:
            raise SettingsError(
                "DIGESTBOT_DISCORD__TOKEN: Discord refuses this token; the developer portal makes a new one"
            ) from None
        except (discord.HTTPException, discord.GatewayNotFound, *errors.CONNECTION_ERRORS) as error:
            _log.warning("discord_not_reached", reason=errors.describe_error(error), again_in_seconds=wait)
            await self.client.http.close()
            self.client.http.clear()
            self.client.http.connector = MISSING  # closed with its session; the next try makes its own
            return False
        return True

    async def close(self) -> None:
        """Finish what is being published, and close the connections."""
        await self._messenger.finish_publishing(_SHUTDOWN_TIMEOUT_SECONDS)
        if self._was_opened:  # discord.py cannot close a client that was never opened
            await self.client.close()


def build_rate_limits(settings: DiscordSettings) -> RateLimits:
    """What the token may send (discord.com/developers/docs/topics/rate-limits), and five in five seconds a channel.

    The channel's is what Discord's buckets have been seen to be; discord.py keeps what each answer says of them.
    """
    five_in_five_seconds = Rate(5, 5.0)
    return RateLimits(
        token=Rate(settings.requests_per_second, 1.0),
        chat=five_in_five_seconds,
        burst=five_in_five_seconds,
        group=five_in_five_seconds,
    )
