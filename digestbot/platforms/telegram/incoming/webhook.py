"""The webhook: receives updates from Telegram, authenticated by a secret token."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math

from telegram import Bot, Update

from digestbot.core.ports import Webhook
from digestbot.platforms.telegram.incoming.updates import ALLOWED_UPDATES
from digestbot.platforms.telegram.transport import drop_unreadable
from digestbot.settings import TelegramSettings

WEBHOOK_PATH = "/telegram"
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name (core.telegram.org/bots/api#setwebhook)


class WebhookReceiver:
    """Puts updates received below ``public_url`` into the queue."""

    def __init__(self, bot: Bot, settings: TelegramSettings, public_url: str, queue: asyncio.Queue[object]) -> None:
        self._bot = bot
        self._settings = settings
        self._url = public_url.rstrip("/") + WEBHOOK_PATH
        self._queue = queue

    def describe(self) -> Webhook:
        """The webhook's path, secret and handler."""
        return Webhook(WEBHOOK_PATH, _SECRET_HEADER, self.is_secret, self.handle_update)

    async def register(self) -> None:
        """Register the URL with Telegram. Raises ``TelegramError``."""
        await self._bot.set_webhook(self._url, allowed_updates=ALLOWED_UPDATES, secret_token=self._get_secret())

    def is_secret(self, secret: str) -> bool:
        """Whether it is the secret that Telegram was told."""
        return hmac.compare_digest(secret.encode(), self._get_secret().encode())

    async def handle_update(self, body: bytes) -> int:
        """Accept an update; the HTTP status of the response."""
        try:
            payload = json.loads(body, parse_float=_parse_finite, parse_constant=_parse_finite)
        except (ValueError, RecursionError):
            return 400
        if not isinstance(payload, dict) or not isinstance(payload.get("update_id"), int):
            return 400
        await self._queue.put(Update.de_json(drop_unreadable(payload), self._bot))
        return 200

    def _get_secret(self) -> str:
        """The operator's, or one derived from the token: the same after a restart, and no way back to the token."""
        configured = self._settings.webhook_secret
        if configured is not None:
            return configured.get_secret_value()
        return hmac.new(self._settings.get_token().encode(), b"webhook", hashlib.sha256).hexdigest()


def _parse_finite(text: str) -> float:
    """A number in an update. Raises :class:`ValueError` for one that is none, or too large: the library takes both."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a number that a message has")
    return number
