"""Discord's client: discord.py without privileged intents, and with a minimal cache."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from digestbot.core.ports import LeaderCheck, always_lead
from digestbot.log import silence_library
from digestbot.net.addresses import find_proxy
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing.components import ActionButton, ActionMenu
from digestbot.settings import DiscordSettings

MAX_RATE_LIMIT_WAIT_SECONDS = 30.0
"""Longest rate limit in seconds that discord.py waits out itself; a longer one postpones the delivery."""


class DigestClient(discord.AutoShardedClient):
    """The client. Listeners attach the handlers of its events."""

    def __init__(self, settings: DiscordSettings) -> None:
        super().__init__(
            intents=build_intents(),
            shard_count=settings.shard_count,
            shard_ids=settings.shard_list,  # type: ignore[arg-type]  # None is all of them
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=MAX_RATE_LIMIT_WAIT_SECONDS,
            http_trace=_forbid_repeated_posts(),
            proxy=find_proxy(settings.api_url),
        )
        self.tree = GuardedCommandTree(self)
        self.add_dynamic_items(ActionButton, ActionMenu)
        self.begin_session: Callable[[int], None] = lambda _: None

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002
        """A session is begun now: that it may be was waited for before the connection was made."""
        self.begin_session(shard_id or 0)


class GuardedCommandTree(app_commands.CommandTree[DigestClient]):
    """The slash commands, which are left to another process as soon as ``accepts_interactions`` says no."""

    accepts_interactions: LeaderCheck = staticmethod(always_lead)

    async def interaction_check(self, interaction: discord.Interaction[DigestClient], /) -> bool:  # noqa: ARG002
        """Whether to run a command or complete it."""
        return self.accepts_interactions()


def build_intents() -> discord.Intents:
    """Servers with their channels, and direct messages; none of these intents is privileged."""
    return discord.Intents(guilds=True, dm_messages=True)


def set_api_url(api_url: str) -> None:
    """Send requests to another server. discord.py has one base URL per process."""
    Route.BASE = api_url.rstrip("/")
    silence_library("discord", "discord.client", "discord.http", "discord.gateway")


def set_gateway_url(url: URL) -> None:
    """Connect to another server's gateway. discord.py has one per process."""
    DiscordWebSocket.DEFAULT_GATEWAY = url


def _forbid_repeated_posts() -> aiohttp.TraceConfig:
    """Keeps discord.py from retrying requests that must not be repeated: a forum post has no idempotency key."""

    async def check_response(
        session: aiohttp.ClientSession,  # noqa: ARG001
        context: Any,  # noqa: ANN401, ARG001
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        opens_post = params.method == "POST" and re.search(r"/channels/\d+/threads$", params.url.path)
        if opens_post and params.response.status >= 500:
            raise errors.MaybePostedError(f"HTTP {params.response.status}")

    config = aiohttp.TraceConfig()
    config.on_request_end.append(check_response)
    return config
