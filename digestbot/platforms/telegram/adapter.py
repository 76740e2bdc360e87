"""Telegram as a chat platform, on python-telegram-bot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Updater

from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.answers.answer_limiter import DEFAULT_ANSWER_LIMITS, AnswerLimiter, AnswerLimits
from digestbot.core.catalog import DigestCatalog
from digestbot.core.delivery.rate_limiter import Rate, RateLimiter, RateLimits
from digestbot.core.ports import STANDALONE, Clock, LeaderCheck, ReplyHandler, SendContext, always_lead
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import SettingsError
from digestbot.figures.downloads import FigureDownloader
from digestbot.log import silence_library
from digestbot.platforms.common.connecting import NotReachedError, retry_until_reached
from digestbot.platforms.common.tasks import run_beside
from digestbot.platforms.telegram import commands, errors
from digestbot.platforms.telegram.commands import PLATFORM_NAME
from digestbot.platforms.telegram.incoming.answering import AnswerSender
from digestbot.platforms.telegram.incoming.callbacks import CallbackHandler
from digestbot.platforms.telegram.incoming.channel_setup import ChannelSetup
from digestbot.platforms.telegram.incoming.forms import WordForms
from digestbot.platforms.telegram.incoming.inline_mode import InlineMode
from digestbot.platforms.telegram.incoming.membership import MembershipHandler
from digestbot.platforms.telegram.incoming.messages import Conversation, build_capabilities
from digestbot.platforms.telegram.incoming.permissions import ChatPermissions
from digestbot.platforms.telegram.incoming.updates import ALLOWED_UPDATES, UpdateHandler
from digestbot.platforms.telegram.incoming.webhook import WebhookReceiver
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage
from digestbot.platforms.telegram.outgoing.messenger import Messenger
from digestbot.platforms.telegram.transport import AiohttpRequest, FloodError, PollingRequest
from digestbot.settings import TelegramSettings
from digestbot.store import Store

_log = structlog.get_logger(__name__)


class TelegramPlatform:
    """Sends cards to Telegram's chats, and replies to messages and buttons.

    Telegram brings updates to the ``public_url``; without one they are fetched by long polling.
    ``allow_private_hosts`` lets figures be fetched from private addresses, for tests.
    """

    name = PLATFORM_NAME

    def __init__(
        self,
        settings: TelegramSettings,
        store: Store,
        catalog: DigestCatalog,
        subscriptions: SubscriptionService,
        clock: Clock,
        *,
        public_url: str = "",
        allow_private_hosts: bool = False,
        answer_limits: AnswerLimits = DEFAULT_ANSWER_LIMITS,
    ) -> None:
        self._clock, self._limiter = clock, AnswerLimiter(clock, answer_limits)
        self._settings = settings
        self.listener_key = self.name
        self._bot = _build_bot(settings)
        self._update_queue: asyncio.Queue[object] = asyncio.Queue()
        self._receiver = WebhookReceiver(self._bot, settings, public_url, self._update_queue) if public_url else None
        self.webhook = self._receiver.describe() if self._receiver else None
        self._messenger = Messenger(
            self._bot,
            RateLimiter(build_rate_limits(settings)),
            store.callback_tokens,
            clock,
            FigureDownloader(allow_private_hosts=allow_private_hosts),
            paid_broadcast=settings.paid_broadcast,
        )
        self._store, self._catalog, self._subscriptions = store, catalog, subscriptions

    # -- sending ------------------------------------------------------------------------------------------------

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        """The capabilities of a card style."""
        return build_capabilities(
            self._effective_style(card_style),
            rich=self._messenger.features.rich_messages,
            can_choose_style=self._can_choose_style,
        )

    def render(self, card: Card, card_style: CardStyle) -> list[OutgoingMessage]:
        """Render the card as Telegram messages."""
        return self._messenger.render(card, self._effective_style(card_style))

    async def acquire(self, address: Address) -> None:
        """Wait for the rate limits of the token and the chat. Raises :class:`~digestbot.errors.DeliveryError`."""
        try:
            await self._messenger.acquire(address)
        except TelegramError as error:
            raise errors.to_delivery_error(error) from None

    async def send(self, address: Address, message: OutgoingMessage, context: SendContext = STANDALONE) -> str:
        """Deliver one message; no key is taken. Raises :class:`~digestbot.errors.DeliveryError`."""
        try:
            await self._messenger.send_delivery(address, message, is_silent=context.is_silent)
        except TelegramError as error:
            raise errors.to_delivery_error(error) from None
        return ""

    @property
    def _can_choose_style(self) -> bool:
        return self._settings.card_style != "classic"

    def _effective_style(self, format: CardStyle) -> CardStyle:
        return format if self._can_choose_style else CardStyle.CLASSIC

    # -- listening ----------------------------------------------------------------------------------------------

    async def listen(self, reply_handler: ReplyHandler, is_leading: LeaderCheck = always_lead) -> None:
        """Reply to updates until cancelled, by long polling or through the webhook."""
        updates = self._build_update_handler(reply_handler, is_leading)
        async with self._receive_updates():
            _log.info("telegram_listening", bot=self._bot.username, by="webhook" if self._receiver else "polling")
            await updates.handle_updates(self._update_queue)

    def _build_update_handler(self, reply: ReplyHandler, is_leading: LeaderCheck) -> UpdateHandler:
        permissions = ChatPermissions(self._bot)
        channels = ChannelSetup(self._bot, permissions, self._store, self._subscriptions)
        conversation = Conversation(
            AnswerSender(self._messenger, self._store.subscribers),
            permissions,
            channels,
            reply,
            self._subscriptions,
            can_choose_style=self._can_choose_style,
            sender=self,
        )
        forms = WordForms(self._messenger, self._store.callback_tokens, self._clock)
        callbacks = CallbackHandler(conversation, self._store.callback_tokens, forms, self._clock.now)
        inline = InlineMode(self._messenger, self._catalog, self._subscriptions)
        return UpdateHandler(
            conversation,
            callbacks,
            inline,
            MembershipHandler(conversation, self._store, self._subscriptions),
            self._store,
            forms=forms,
            limiter=self._limiter,
            is_leading=is_leading,
        )

    @asynccontextmanager
    async def _receive_updates(self) -> AsyncIterator[None]:
        async with run_beside(commands.register_commands(self._bot)):
            if self._receiver:
                await _reach(self._receiver.register, (InvalidToken, BadRequest))
                yield
            else:
                async with _poll_updates(self._bot, self._update_queue):
                    yield

    # -- coming and going ---------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Log in and detect the server's features, retrying until it is reached.

        Raises :class:`~digestbot.errors.SettingsError` when Telegram refuses the token.
        """
        try:
            await _reach(self._bot.initialize)
        except InvalidToken:
            raise SettingsError(
                "DIGESTBOT_TELEGRAM__TOKEN: Telegram refuses this token; @BotFather shows the right one"
            ) from None
        features = self._messenger.features
        features.username, features.inline_mode = self._bot.username, bool(self._bot.supports_inline_queries)
        if self._can_choose_style:
            await self._messenger.probe_rich_messages()
        else:
            features.rich_messages = False

    async def close(self) -> None:
        """Close all connections."""
        await self._bot.shutdown()


async def _reach(
    call: Callable[[], Awaitable[object]], final: tuple[type[TelegramError], ...] = (InvalidToken,)
) -> None:
    """Make a call, retrying until the server is reached. Raises errors that are ``final``."""

    async def attempt() -> None:
        try:
            await call()
        except final:
            raise
        except TelegramError as error:
            retry_after = error.seconds if isinstance(error, FloodError) else 0.0
            raise NotReachedError(error.message, retry_after) from None

    await retry_until_reached(PLATFORM_NAME, attempt)


@asynccontextmanager
async def _poll_updates(bot: Bot, queue: asyncio.Queue[object]) -> AsyncIterator[None]:
    """Fetch updates into the queue.

    The updater is stopped and not shut down: that would close the bot's connections, on which deliveries are in flight.
    """
    updater = Updater(bot, queue)
    await updater.initialize()
    try:
        await updater.start_polling(
            allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1, error_callback=_on_poll_error
        )
        yield
    finally:
        with contextlib.suppress(RuntimeError):
            await updater.stop()


def _on_poll_error(error: TelegramError) -> None:
    if errors.is_polling_conflict(error):
        _log.error("telegram_polling_conflict", reason="another process uses this bot's token; stop one of them")
        return
    _log.warning("telegram_poll_failed", reason=error.message)


def _build_bot(settings: TelegramSettings) -> Bot:
    silence_library("telegram", "telegram.ext")
    api_url = settings.api_url.rstrip("/")
    return Bot(
        settings.get_token(),
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=AiohttpRequest(settings.max_connections, read_timeout=settings.timeout_seconds),
        get_updates_request=PollingRequest(2, read_timeout=settings.timeout_seconds),
    )


def build_rate_limits(settings: TelegramSettings) -> RateLimits:
    """Rate limits of a token (core.telegram.org/bots/faq#broadcasting-to-users)."""
    per_second = settings.messages_per_second or (1000 if settings.paid_broadcast else 30)
    return RateLimits(token=Rate(per_second, 1.0), chat=Rate(1, 1.0), burst=Rate(3, 3.0), group=Rate(20, 60.0))
