"""Telegram as a chat platform, on python-telegram-bot."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from telegram import Bot, Update
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Updater

from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.catalog import DigestCatalog
from digestbot.core.delivery.limits import Limits, Rate, Rates
from digestbot.core.ports import STANDALONE, Clock, ReplyHandler, SendContext
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import SettingsError
from digestbot.platforms.telegram import commands, errors
from digestbot.platforms.telegram.channels import Channels
from digestbot.platforms.telegram.chats import Chats
from digestbot.platforms.telegram.inline import InlineMode
from digestbot.platforms.telegram.members import Members
from digestbot.platforms.telegram.messenger import Messenger
from digestbot.platforms.telegram.part import Part
from digestbot.platforms.telegram.presses import Presses
from digestbot.platforms.telegram.talk import NAME, Talk, capabilities
from digestbot.platforms.telegram.transport import AiohttpRequest, FloodError, PollingRequest, readable
from digestbot.platforms.telegram.updates import KINDS, Updates
from digestbot.settings import TelegramSettings
from digestbot.sources.figures import Downloads
from digestbot.store import Store

_FIRST_RETRY, _LAST_RETRY = 1.0, 60.0
_log = structlog.get_logger(__name__)


class TelegramPlatform:
    """Sends cards to Telegram's chats, and answers what is typed and tapped there.

    ``webhook_url`` is where Telegram is to bring updates; without one they are fetched by long polling. ``private``
    lets figures be fetched from private addresses, for tests.
    """

    name = NAME

    def __init__(
        self,
        settings: TelegramSettings,
        store: Store,
        library: DigestCatalog,
        subscriptions: SubscriptionService,
        clock: Clock,
        *,
        webhook_url: str = "",
        private: bool = False,
    ) -> None:
        self._settings = settings
        self._webhook_url = webhook_url
        self.listener_key, self.can_share_listening = self.name, bool(webhook_url)
        self._bot = _bot(settings)
        self._messenger = Messenger(
            self._bot,
            Limits(rates(settings)),
            store.shortcuts,
            clock,
            Downloads(private=private),
            paid=settings.paid_broadcast,
        )
        self._store, self._library, self._subscriptions = store, library, subscriptions
        self._queue: asyncio.Queue[object] = asyncio.Queue()

    # -- sending ------------------------------------------------------------------------------------------------

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        """What a chat is shown in a form."""
        return capabilities(self._form(card_style), rich=self._messenger.able.rich, choice=self._choice)

    def render(self, card: Card, card_style: CardStyle) -> list[Part]:
        """The card as Telegram's messages."""
        return self._messenger.parts(card, self._form(card_style))

    async def acquire(self, address: Address) -> None:
        """Wait for the token's and the chat's limits. Raises :class:`~digestbot.errors.DeliveryError`."""
        try:
            await self._messenger.limit(address)
        except TelegramError as error:
            raise errors.translated(error) from None

    async def send(self, address: Address, message: Part, context: SendContext = STANDALONE) -> str:  # noqa: ARG002  # no key is taken
        """Deliver one message. Raises :class:`~digestbot.errors.DeliveryError`."""
        try:
            await self._messenger.deliver(address, message)
        except TelegramError as error:
            raise errors.translated(error) from None
        return ""

    @property
    def _choice(self) -> bool:
        return self._settings.cards != "classic"

    def _form(self, format: CardStyle) -> CardStyle:
        return format if self._choice else CardStyle.CLASSIC

    # -- listening ----------------------------------------------------------------------------------------------

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Answer until cancelled: by long polling, or what the webhook brings."""
        updates = self._updates(reply_handler)
        async with self._updating():
            _log.info("telegram_listening", bot=self._bot.username, by="webhook" if self._webhook_url else "polling")
            await updates.handle(self._queue)

    def _updates(self, reply: ReplyHandler) -> Updates:
        members = Members(self._bot)
        channels = Channels(self._bot, members, self._store, self._subscriptions)
        talk = Talk(self._messenger, members, channels, reply, self._subscriptions, choice=self._choice)
        presses = Presses(talk, self._store.shortcuts)
        inline = InlineMode(self._messenger, self._library, self._subscriptions)
        return Updates(talk, presses, inline, Chats(talk, self._store, self._subscriptions), self._store)

    @asynccontextmanager
    async def _updating(self) -> AsyncIterator[None]:
        registering = asyncio.create_task(commands.register(self._bot))
        try:
            if self._webhook_url:
                await _retry_until_reached(self._set_webhook, (InvalidToken, BadRequest))
                yield
            else:
                async with _polling(self._bot, self._queue):
                    yield
        finally:
            registering.cancel()
            await asyncio.gather(registering, return_exceptions=True)

    async def _set_webhook(self) -> None:
        await self._bot.set_webhook(self._webhook_url, allowed_updates=KINDS, secret_token=self._webhook_secret())

    async def webhook(self, secret: str, body: bytes) -> int:
        """Take an update that Telegram brings; the HTTP status to answer with."""
        if not hmac.compare_digest(secret.encode(), self._webhook_secret().encode()):
            return 403
        try:
            given = json.loads(body)
        except ValueError:
            return 400
        if not isinstance(given, dict) or not isinstance(given.get("update_id"), int):
            return 400
        await self._queue.put(Update.de_json(readable(given), self._bot))
        return 200

    def _webhook_secret(self) -> str:
        """The operator's, or one made of the token: the same after a restart, and no way back to the token."""
        chosen = self._settings.webhook_secret
        if chosen is not None:
            return chosen.get_secret_value()
        return hmac.new(self._settings.secret().encode(), b"webhook", hashlib.sha256).hexdigest()

    # -- coming and going ---------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Find out who the bot is and what the server knows, as often as it takes to reach it.

        Raises :class:`~digestbot.errors.SettingsError` when Telegram refuses the token.
        """
        try:
            await _retry_until_reached(self._bot.initialize)
        except InvalidToken:
            raise SettingsError(
                "DIGESTBOT_TELEGRAM__TOKEN: Telegram refuses this token; @BotFather shows the right one"
            ) from None
        able = self._messenger.able
        able.username, able.inline = self._bot.username, bool(self._bot.supports_inline_queries)
        if self._choice:
            await self._messenger.probe()
        else:
            able.rich = False

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.shutdown()


async def _retry_until_reached(
    call: Callable[[], Awaitable[object]], final: tuple[type[TelegramError], ...] = (InvalidToken,)
) -> None:
    """Make a call as often as it takes to reach the server: it may be away, or ask to wait. Raises what is final."""
    wait = _FIRST_RETRY
    while True:
        try:
            await call()
        except final:
            raise
        except TelegramError as error:
            pause = max(wait, error.seconds) if isinstance(error, FloodError) else wait
            _log.warning("telegram_not_reached", reason=error.message, again_in_seconds=pause)
            await asyncio.sleep(pause)
            wait = min(wait * 2, _LAST_RETRY)
        else:
            return


@asynccontextmanager
async def _polling(bot: Bot, queue: asyncio.Queue[object]) -> AsyncIterator[None]:
    """Fetch updates into the queue."""
    updater = Updater(bot, queue)
    await updater.initialize()
    try:
        await updater.start_polling(allowed_updates=KINDS, bootstrap_retries=-1, error_callback=_poll_failed)
        yield
    finally:
        with contextlib.suppress(RuntimeError):
            await updater.stop()
        await updater.shutdown()


def _poll_failed(error: TelegramError) -> None:
    if errors.another_listens(error):
        _log.error("telegram_polled_twice", reason="another process uses this bot's token; stop one of them")
        return
    _log.warning("telegram_poll_failed", reason=error.message)


def _bot(settings: TelegramSettings) -> Bot:
    for name in ("telegram", "telegram.ext"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they repeat, at length, what is logged here
    api = settings.api_url.rstrip("/")
    return Bot(
        settings.secret(),
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=AiohttpRequest(settings.connections, read_timeout=settings.timeout_seconds),
        get_updates_request=PollingRequest(2, read_timeout=settings.timeout_seconds),
    )


def rates(settings: TelegramSettings) -> Rates:
    """What the token may send (core.telegram.org/bots/faq#broadcasting-to-users)."""
    a_second = settings.messages_per_second or (1000 if settings.paid_broadcast else 30)
    return Rates(token=Rate(a_second, 1.0), chat=Rate(1, 1.0), burst=Rate(3, 3.0), group=Rate(20, 60.0))
