"""The chat platforms that there are: to add one, add its settings, its folder, and its entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digestbot.core.catalog import DigestCatalog
from digestbot.core.ports import Clock, RemotePlatform
from digestbot.core.subscriptions import SubscriptionService
from digestbot.settings import Settings
from digestbot.store import Store

PlatformFactory = Callable[[Settings, Store, DigestCatalog, SubscriptionService, Clock], RemotePlatform]


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """A platform by the name that its settings and addresses have.

    ``build`` imports the client library, which takes a second; it connects to nothing.
    """

    name: str
    build: PlatformFactory

    @property
    def token_variable(self) -> str:
        """The environment's variable that sets it up."""
        return f"DIGESTBOT_{self.name.upper()}__TOKEN"

    def is_configured(self, settings: Settings) -> bool:
        """Whether the operator set it up."""
        return settings.platforms[self.name].token is not None


def build_telegram(
    settings: Settings, store: Store, catalog: DigestCatalog, subscriptions: SubscriptionService, clock: Clock
) -> RemotePlatform:
    """Telegram; its updates are brought to the public address where there is one."""
    from digestbot.platforms.telegram import TelegramPlatform

    return TelegramPlatform(settings.telegram, store, catalog, subscriptions, clock, public_url=settings.public_url)


def build_discord(
    settings: Settings, store: Store, catalog: DigestCatalog, subscriptions: SubscriptionService, clock: Clock
) -> RemotePlatform:
    """Discord."""
    from digestbot.platforms.discord import DiscordPlatform

    return DiscordPlatform(settings.discord, store, catalog, subscriptions, clock)


PLATFORMS = (PlatformSpec("telegram", build_telegram), PlatformSpec("discord", build_discord))
