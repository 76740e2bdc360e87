"""Discord's client: discord.py without privileged intents, and with a minimal cache."""

from __future__ import annotations

import re
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


async def fetch_gateway_url(client: DigestClient) -> float:
    """Connect where the server says, with the shards that the settings name too; in how many seconds that may be.

    A thousand sessions a day may be begun: with one more Discord ends them all, and takes the token back.
    """
    _, url, starts = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = URL(url)
    return 0.0 if starts["remaining"] else starts["reset_after"] / 1000


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
