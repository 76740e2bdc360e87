"""Discord as a chat platform, on discord.py."""

from __future__ import annotations

import asyncio

import discord
from discord.utils import MISSING

from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.answers.answer_limiter import DEFAULT_ANSWER_LIMITS, AnswerLimiter, AnswerLimits
from digestbot.core.catalog import DigestCatalog
from digestbot.core.delivery.rate_limiter import Rate, RateLimiter, RateLimits
from digestbot.core.notices import tell_of_problem
from digestbot.core.ports import (
    STANDALONE,
    Clock,
    IncidentReporter,
    LeaderCheck,
    ReplyHandler,
    SendContext,
    UnreportedIncidents,
    Webhook,
    always_lead,
)
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import SettingsError
from digestbot.figures.downloads import FigureAvailability, FigureDownloader
from digestbot.platforms.common.connecting import NotReachedError, retry_until_reached
from digestbot.platforms.common.live_answers import LiveAnswers
from digestbot.platforms.common.tasks import run_beside
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.client import DigestClient, set_api_url, set_gateway_url
from digestbot.platforms.discord.gateway.budget import TOKEN_REFUSAL, fetch_limits
from digestbot.platforms.discord.gateway.connection import GatewayConnection
from digestbot.platforms.discord.gateway.timing import GatewayPace
from digestbot.platforms.discord.incoming.autocomplete import Autocomplete
from digestbot.platforms.discord.incoming.command_sync import CommandSync
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES, PLATFORM_NAME, InteractionContext
from digestbot.platforms.discord.incoming.documents import AttachmentReader
from digestbot.platforms.discord.incoming.events import EventRouter
from digestbot.platforms.discord.incoming.follow_ups import FollowUpThreads
from digestbot.platforms.discord.incoming.guild_events import GuildEventHandler
from digestbot.platforms.discord.incoming.interactions import InteractionHandler
from digestbot.platforms.discord.incoming.slash_commands import add_commands
from digestbot.platforms.discord.outgoing.forums import ForumPoster
from digestbot.platforms.discord.outgoing.message import OutgoingMessage, build_messages
from digestbot.platforms.discord.outgoing.message_responder import MessageResponder
from digestbot.platforms.discord.outgoing.messenger import Messenger
from digestbot.platforms.discord.outgoing.publisher import Publisher
from digestbot.platforms.discord.outgoing.responder import InteractionResponder
from digestbot.settings import DiscordSettings
from digestbot.store import Store

_SHUTDOWN_TIMEOUT_SECONDS = 2.0
"""How long posts may still be published when the process stops: of ten seconds, this part's share."""


class DiscordPlatform:
    """Posts cards in Discord's channels, and replies to commands and buttons.

    For tests, ``allow_private_hosts`` lets figures and files be fetched from private addresses, and ``pace`` is that of
    the gateway connection.
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
        answer_limits: AnswerLimits = DEFAULT_ANSWER_LIMITS,
        pace: GatewayPace | None = None,
    ) -> None:
        self._limiter = AnswerLimiter(clock, answer_limits)
        self._settings = settings
        self.listener_key = f"{self.name} {settings.shard_ids}".strip()
        self._store, self._catalog, self._subscriptions, self._clock = store, catalog, subscriptions, clock
        self._figures = FigureAvailability(FigureDownloader(allow_private_hosts=allow_private_hosts))
        self._allow_private_hosts = allow_private_hosts
        self._pace = pace or GatewayPace()
        self._incidents: IncidentReporter = UnreportedIncidents()
        self._was_opened = False
        self._live_answers: tuple[LiveAnswers, ...] = ()
        set_api_url(settings.api_url)
        self.client = DigestClient(settings)
        rate_limiter = self._rate_limiter = RateLimiter(build_rate_limits(settings))
        self._publisher = Publisher(
            self.client,
            store.publications,
            clock,
            self.name,
            acquire_slot=self._acquire_slot,
            report=self._report_problem,
        )
        self._forums = ForumPoster(self.client, self._acquire_slot, self._list_titles, store.history.find_threads)
        self._messenger = Messenger(
            self.client,
            rate_limiter,
            store.callback_tokens,
            clock,
            settings.timeout_seconds,
            shows_previews=settings.push_previews,
            forums=self._forums,
            publisher=self._publisher,
        )
        self._command_sync = CommandSync(self.client.tree, store.key_values, settings.test_guild)

    # -- sending ------------------------------------------------------------------------------------------------

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:  # noqa: ARG002  # both can show the same
        """The capabilities of cards in a chat."""
        return COMMON_CAPABILITIES

    def render(self, card: Card, card_style: CardStyle) -> list[OutgoingMessage]:
        """Render the card as Discord messages."""
        return build_messages(card, self._figures, style=card_style)

    async def acquire(self, address: Address) -> None:
        """Wait for the rate limits of the token and the channel. Raises :class:`~digestbot.errors.DeliveryError`."""
        await self._messenger.acquire(address)

    async def send(self, address: Address, message: OutgoingMessage, context: SendContext = STANDALONE) -> str:
        """Post one message; the thread for those after it. Raises :class:`~digestbot.errors.DeliveryError`."""
        return await self._messenger.send_delivery(address, message, context)

    async def _acquire_slot(self) -> None:
        """Take the token's next place, for a request beside the messages themselves."""
        await self._rate_limiter.acquire_token_slot()

    async def _report_problem(self, address: Address, reason: str) -> None:
        """Tell the moderator of a channel of something that only they can mend."""
        if subscriber := await self._subscriptions.find(address):
            await tell_of_problem(self, self._store, self._clock, subscriber, reason)

    async def _list_titles(self) -> list[str]:
        """The titles of all topics."""
        return [summary.topic.title for summary in await self._catalog.list_topics()]

    # -- listening ----------------------------------------------------------------------------------------------

    async def listen(self, reply_handler: ReplyHandler, is_leading: LeaderCheck = always_lead) -> None:
        """Reply to interactions until cancelled."""
        guild_events = self.set_reply_handler(reply_handler, is_leading)
        await self._command_sync.run()  # a bot in thousands of servers is ready only minutes after it is connected
        try:
            async with run_beside(guild_events.run_pruning()):
                await GatewayConnection(self.client, self._settings, self._incidents, self._pace).run()
        finally:
            await asyncio.gather(*(answers.close(_SHUTDOWN_TIMEOUT_SECONDS) for answers in self._live_answers))

    def report_incidents_to(self, reporter: IncidentReporter) -> None:
        """Tell the admin of a gateway that stays away."""
        self._incidents = reporter

    def set_reply_handler(self, reply: ReplyHandler, is_leading: LeaderCheck = always_lead) -> GuildEventHandler:
        """Set the handler that replies to commands, buttons and messages."""
        context = InteractionContext(reply, self._subscriptions, self._forums.find_problem, self, self._get_bot_id)
        responder = InteractionResponder(self._store.callback_tokens, self._clock)
        message_responder = MessageResponder(self._messenger)
        self._live_answers = (responder.live, message_responder.live)
        attachments = AttachmentReader(self._allow_private_hosts)
        threads = FollowUpThreads(message_responder)
        interactions = InteractionHandler(context, responder, self._figures, self._limiter, threads, attachments)
        guild_events = GuildEventHandler(self.client, self._store, self._subscriptions, self._clock, self)
        events = EventRouter(self.client, interactions, guild_events, self._command_sync, message_responder)
        events.attach(is_leading)
        self.client.tree.clear_commands(guild=None)
        autocomplete = Autocomplete(self._catalog, self._subscriptions, self._limiter)
        add_commands(self.client.tree, interactions.handle_command, interactions.handle_look_up, autocomplete)
        return guild_events

    def _get_bot_id(self) -> int:
        return self.client.user.id if self.client.user else 0

    # -- coming and going ---------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Log in, retrying until the server is reached.

        Raises :class:`~digestbot.errors.SettingsError` when Discord refuses the token.
        """
        await retry_until_reached(PLATFORM_NAME, self._log_in)
        self._publisher.start()

    async def _log_in(self) -> None:
        self._was_opened = True
        try:
            await self.client.login(self._settings.get_token())
            set_gateway_url((await fetch_limits(self.client, self._settings.timeout_seconds)).url)
        except discord.LoginFailure:
            raise SettingsError(TOKEN_REFUSAL) from None
        except NotReachedError:
            await self._close_session()
            raise
        except (discord.HTTPException, *errors.CONNECTION_ERRORS) as error:
            await self._close_session()
            raise NotReachedError(errors.describe_error(error)) from None
        except (KeyError, TypeError, ValueError):
            await self._close_session()
            raise NotReachedError("the answer is not Discord's") from None  # a captive portal's, say

    async def _close_session(self) -> None:
        """Close what the login opened: the next attempt opens its own."""
        await self.client.http.close()
        self.client.http.clear()
        self.client.http.connector = MISSING  # closed with its session

    async def close(self) -> None:
        """Leave what is still to be published, and close all connections."""
        await self._publisher.stop(_SHUTDOWN_TIMEOUT_SECONDS)
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
