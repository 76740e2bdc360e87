"""Trouble that an operator should hear of: once, not once a message."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.ports import Platform
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import DeliveryError, StoreError
from digestbot.store.memory import Memory

_log = structlog.get_logger(__name__)


class Alarm:
    """Tells the admin's chat what is wrong, and when it is over.

    ``platforms`` are those that can send by now. A kind of trouble that was told is not told again before it is over,
    a restart in between included; and it is over when all who met it (``by``) get on again.
    """

    def __init__(self, memory: Memory, platforms: Mapping[str, Platform], admin: Address | None, language: str) -> None:
        self._memory = memory
        self._platforms = platforms
        self._admin = admin
        self._preferences = Preferences(language=language)
        self._told: dict[str, bool] = {}
        self._met: dict[str, set[str]] = {}

    async def raised(self, kind: str, reason: str, by: str = "") -> None:
        """There is trouble of a kind. Where it cannot be told, it is tried when it is raised again."""
        self._met.setdefault(kind, set()).add(by)
        if self._admin and not await self._known(kind):
            self._told[kind] = await self._tell(replies.alert_card(self._preferences.language, reason))
            if self._told[kind]:
                await self._remember(kind, "told")

    async def over(self, kind: str, by: str = "") -> None:
        """Somebody does not meet such trouble any more."""
        met = self._met.setdefault(kind, set())
        met.discard(by)
        if self._admin and not met and await self._known(kind):
            self._told[kind] = False
            await self._remember(kind, "")
            await self._tell(replies.resolved_card(self._preferences.language))

    async def _known(self, kind: str) -> bool:
        """Whether the trouble was told; while the database is away, as far as this process remembers."""
        if kind not in self._told:
            try:
                self._told[kind] = bool(await self._memory.get(_name(kind)))
            except StoreError:
                return False
        return self._told[kind]

    async def _remember(self, kind: str, word: str) -> None:
        try:
            await self._memory.set(_name(kind), word)
        except StoreError:
            _log.info("alarm_not_remembered", kind=kind)

    async def _tell(self, card: Card) -> bool:
        """Send a card; whether it may have arrived."""
        admin = self._admin
        platform = self._platforms.get(admin.platform) if admin else None
        if admin is None or platform is None:
            return False
        try:
            for part in platform.render(card, self._preferences.card_style):
                await platform.acquire(admin)
                await platform.send(admin, part)
        except DeliveryError as error:
            _log.warning("admin_not_told", platform=admin.platform, reason=error.reason)
            return error.ambiguous
        return True


def _name(kind: str) -> str:
    return f"alarm {kind}"
