"""Registry of the chat platforms. A new one needs its settings, its folder, and an entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digestbot.core.catalog import DigestCatalog
    from digestbot.core.clock import Clock
    from digestbot.core.ports import RemotePlatform
    from digestbot.core.subscriptions import SubscriptionService
    from digestbot.platforms.common.accounts import BotAccount
    from digestbot.settings import Settings
    from digestbot.store import Store

    PlatformFactory = Callable[[Settings, Store, DigestCatalog, SubscriptionService, Clock], RemotePlatform]


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """A chat platform under the name used in settings and addresses.

    ``build`` imports the client library, which takes a second; it connects to nothing. ``find_account`` asks whose bot
    a token is for. It raises :class:`~digestbot.errors.SettingsError` where the platform refuses the token, and
    :class:`~digestbot.errors.TemporaryDeliveryError` where it cannot be asked.
    """

    name: str
    build: PlatformFactory
    find_account: Callable[[Settings], Awaitable[BotAccount]]

    @property
    def token_variable(self) -> str:
        """The environment variable that configures it."""
        return f"DIGESTBOT_{self.name.upper()}__TOKEN"

    def is_configured(self, settings: Settings) -> bool:
        """Whether the operator configured it."""
        return settings.platforms[self.name].token is not None


def build_telegram(
    settings: Settings, store: Store, catalog: DigestCatalog, subscriptions: SubscriptionService, clock: Clock
) -> RemotePlatform:
    """Build the Telegram adapter, with a webhook if there is a public URL."""
    from digestbot.platforms.telegram import TelegramPlatform

    return TelegramPlatform(settings.telegram, store, catalog, subscriptions, clock, public_url=settings.public_url)


def build_discord(
    settings: Settings, store: Store, catalog: DigestCatalog, subscriptions: SubscriptionService, clock: Clock
) -> RemotePlatform:
    """Discord."""
    from digestbot.platforms.discord import DiscordPlatform

    return DiscordPlatform(settings.discord, store, catalog, subscriptions, clock)


async def find_telegram_account(settings: Settings) -> BotAccount:
    """The bot behind Telegram's token."""
    from digestbot.platforms.telegram.account import find_account

    return await find_account(settings.telegram)


async def find_discord_account(settings: Settings) -> BotAccount:
    """The bot behind Discord's token."""
    from digestbot.platforms.discord.account import find_account

    return await find_account(settings.discord)


PLATFORMS = (
    PlatformSpec("telegram", build_telegram, find_telegram_account),
    PlatformSpec("discord", build_discord, find_discord_account),
)
