"""Alerts for the operator: one per incident."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.notices import send_card
from digestbot.core.ports import Platform
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import AmbiguousDeliveryError, DeliveryError, StoreError
from digestbot.store.key_values import KeyValueStore

_log = structlog.get_logger(__name__)


class AdminAlerts:
    """Sends the admin chat one alert when an incident opens, and one when it is resolved.

    ``platforms`` are those that can send by now; others are added when they are reached. The chat receives one alert
    per incident, even across a restart. An incident is over when every component that was affected works again.
    """

    def __init__(
        self, key_values: KeyValueStore, platforms: Mapping[str, Platform], admin: Address | None, language: str
    ) -> None:
        self._key_values = key_values
        self._platforms = dict(platforms)
        self._admin = admin
        self._preferences = Preferences(language=language)
        self._is_open: dict[str, bool] = {}
        self._affected: dict[str, set[str]] = {}

    @property
    def language(self) -> str:
        """The language that the admin reads."""
        return self._preferences.language

    def add_platform(self, platform: Platform) -> None:
        """Register a platform that can send alerts from now on."""
        self._platforms[platform.name] = platform

    async def open(self, kind: str, reason: str, component: str = "") -> None:
        """Open an incident. If the alert cannot be sent, the next call tries again."""
        self._affected.setdefault(kind, set()).add(component)
        if self._admin and not await self._was_sent(kind):
            self._is_open[kind] = await self._send(replies.alert_card(self._preferences.language, reason))
            if self._is_open[kind]:
                await self._save_state(kind, "told")

    async def resolve(self, kind: str, component: str = "") -> None:
        """Resolve an incident for one of its reporters."""
        affected = self._affected.setdefault(kind, set())
        affected.discard(component)
        if self._admin and not affected and await self._was_sent(kind):
            self._is_open[kind] = False
            await self._save_state(kind, "")
            await self._send(replies.resolved_card(self._preferences.language))

    async def _was_sent(self, kind: str) -> bool:
        """Whether the alert was sent; while the database is away, as far as this process remembers."""
        if kind not in self._is_open:
            try:
                self._is_open[kind] = bool(await self._key_values.get(_storage_key(kind)))
            except StoreError:
                return False
        return self._is_open[kind]

    async def _save_state(self, kind: str, state: str) -> None:
        try:
            await self._key_values.set(_storage_key(kind), state)
        except StoreError:
            _log.info("alert_not_saved", kind=kind)

    async def _send(self, card: Card) -> bool:
        """Send a card; whether it may have arrived."""
        admin = self._admin
        platform = self._platforms.get(admin.platform) if admin else None
        if admin is None or platform is None:
            return False
        try:
            await send_card(platform, admin, card, self._preferences.card_style)
        except DeliveryError as error:
            _log.warning("admin_alert_not_sent", platform=admin.platform, reason=error.reason)
            return isinstance(error, AmbiguousDeliveryError)
        return True


def _storage_key(kind: str) -> str:
    return f"alarm {kind}"
