"""The bot behind a Discord token."""

from __future__ import annotations

from digestbot.errors import TemporaryDeliveryError
from digestbot.platforms.common.accounts import BotAccount, ask_account
from digestbot.platforms.discord.permissions import build_invitation
from digestbot.settings import DiscordSettings


async def find_account(settings: DiscordSettings) -> BotAccount:
    """The bot that the token is for, and the address that invites it. Raises as :func:`ask_account` does."""
    headers = {"Authorization": f"Bot {settings.get_token()}"}
    user = await ask_account(f"{settings.api_url}/users/@me", headers)
    application = await ask_account(f"{settings.api_url}/oauth2/applications/@me", headers)
    try:
        return BotAccount(str(user["username"]), build_invitation(int(application["id"])))
    except (KeyError, TypeError, ValueError):
        raise TemporaryDeliveryError("the answer is not Discord's") from None
