"""The bot behind a Telegram token."""

from __future__ import annotations

from digestbot.errors import TemporaryDeliveryError
from digestbot.platforms.common.accounts import BotAccount, ask_account
from digestbot.settings import TelegramSettings


async def find_account(settings: TelegramSettings) -> BotAccount:
    """The bot that the token is for. Raises as :func:`ask_account` does."""
    answer = await ask_account(f"{settings.api_url}/bot{settings.get_token()}/getMe", method="POST")
    bot = answer.get("result")
    if not isinstance(bot, dict) or not isinstance(bot.get("username"), str):
        raise TemporaryDeliveryError("the answer is not Telegram's")
    return BotAccount(f"@{bot['username']}", f"https://t.me/{bot['username']}")
