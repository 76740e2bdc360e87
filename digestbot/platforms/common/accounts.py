"""The bot behind a token, asked of its platform with one request and without its client library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from digestbot.errors import SettingsError, TemporaryDeliveryError
from digestbot.net.addresses import find_proxy

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_REFUSALS = (401, 403, 404)


@dataclass(frozen=True, slots=True)
class BotAccount:
    """A bot's name, and the address that a person opens to begin with it."""

    name: str
    address: str


async def ask_account(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> dict[str, Any]:
    """The platform's answer to a request.

    Raises :class:`SettingsError` where the token is refused, and :class:`TemporaryDeliveryError` where nothing comes
    that could be the platform's answer. Neither names the URL, which may have the token in it.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.request(method, url, headers=headers, proxy=find_proxy(url)) as response,
        ):
            if response.status in _REFUSALS:
                raise SettingsError("the token is refused")
            answer = await response.json(content_type=None) if response.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise TemporaryDeliveryError(type(error).__name__) from None
    if not isinstance(answer, dict):
        raise TemporaryDeliveryError(f"status {response.status}")
    return answer
