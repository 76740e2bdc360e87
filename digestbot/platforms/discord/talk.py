"""What people say, as the core understands it: who speaks, about which channel, and what they may do there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from digestbot.cards.capabilities import Capabilities
from digestbot.core.ports import IncomingMessage, ReplyHandler
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle, PostMode, Preferences
from digestbot.platforms.discord import permissions
from digestbot.platforms.discord.permissions import Place

NAME = "discord"
COMMON = Capabilities()
_ELSEWHERE = re.compile(r"in (\d{1,20}) (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """The channel that a command is about: what the person and the bot may do there."""

    place_id: int
    title: str
    kind: discord.ChannelType
    theirs: discord.Permissions
    ours: discord.Permissions

    @property
    def posts(self) -> PostMode:
        """How a digest comes there where nothing was chosen."""
        return PostMode.FORUM if self.kind is discord.ChannelType.forum else PostMode.PAGES

    def shows(self, form: CardStyle) -> Capabilities:  # noqa: ARG002  # there is one form
        """What a digest there can look like."""
        text = self.kind in (discord.ChannelType.text, discord.ChannelType.news)
        return replace(
            COMMON,
            post_modes=(PostMode.PAGES, PostMode.THREADS) if text else (),
            can_publish=self.kind is discord.ChannelType.news,
        )

    async def moderates(self) -> bool:
        """Whether the person may change what the channel receives."""
        return permissions.moderates(self.theirs)

    async def lacking(self, wants: Preferences) -> Sequence[str]:
        """What the bot may not do there, and needs."""
        return permissions.lacking(self.ours, self.kind, wants.post_mode)


@dataclass(slots=True)
class Talk:
    """The conversation: turns interactions into what was said; ``reply`` is the core's answer to it."""

    reply: ReplyHandler
    subscriptions: SubscriptionService

    async def language(self, interaction: discord.Interaction) -> str:
        """The language that a person set, else the one of their app."""
        person = Address(NAME, str(interaction.user.id))
        return (await self.subscriptions.preferences_for(person, str(interaction.locale))).language

    def said(
        self, interaction: discord.Interaction, text: str, target: Target | None, *, public: bool = False
    ) -> IncomingMessage:
        """What was said in an interaction; without a ``target`` it is about the person's own chat with the bot."""
        person, language = Address(NAME, str(interaction.user.id)), str(interaction.locale)
        if target is None:
            return IncomingMessage(person, text, language, is_public=public)
        return IncomingMessage(
            Address(NAME, str(interaction.guild_id), str(target.place_id)),
            text,
            language,
            user=person,
            is_moderator=target.moderates,
            title=f"#{target.title}",
            moderator_chat=str(interaction.user.id),
            denial_key="discord_moderators_only",
            missing_permissions=target.lacking,
            default_post_mode=target.posts,
            capabilities_for=target.shows,
            is_public=public,
        )


def in_server(interaction: discord.Interaction) -> bool:
    """Whether it came from a server that the bot is in: an app that a person installed comes along anywhere."""
    guild = interaction.guild_id
    return guild is not None and (interaction.is_guild_integration() or interaction.client.get_guild(guild) is not None)


def here(interaction: discord.Interaction) -> Target | None:
    """The channel where it was said; ``None`` outside of the bot's servers."""
    channel = interaction.channel
    if not in_server(interaction) or interaction.channel_id is None or channel is None:
        return None
    title = getattr(channel, "name", "") or str(channel.id)
    return Target(interaction.channel_id, title, channel.type, interaction.permissions, interaction.app_permissions)


def named(interaction: discord.Interaction, place_id: int) -> Target | None:
    """Another channel of the same server; ``None`` for what is not there, or the person cannot see."""
    if interaction.channel_id == place_id:
        return here(interaction)
    guild = interaction.guild
    place: Place | None = guild.get_channel_or_thread(place_id) if guild and in_server(interaction) else None
    if place is None:
        return None
    theirs = permissions.of(place, interaction.user)
    if not theirs.view_channel:
        return None
    return Target(place.id, place.name, place.type, theirs, permissions.own(place))


def elsewhere(command: str) -> tuple[int | None, str]:
    """The channel that a button's command is about, where it is another one than its message's; and the command."""
    match = _ELSEWHERE.fullmatch(command)
    return (int(match[1]), match[2]) if match else (None, command)


def prefix(interaction: discord.Interaction, target: Target | None) -> str:
    """What a card's buttons write before their commands, so that they act on the channel that it is about."""
    return f"in {target.place_id}" if target and target.place_id != interaction.channel_id else ""
