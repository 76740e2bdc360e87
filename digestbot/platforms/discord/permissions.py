"""Permissions of members and the bot in a channel, and those the bot needs.

The names are those of discord.com/developers/docs/topics/permissions; the locale has the words of Discord's settings.
"""

from __future__ import annotations

import discord

from digestbot.domain.subscription import PostMode

GuildPlace = discord.abc.GuildChannel | discord.Thread
"""A channel or thread of a server, as received from the gateway."""
THREAD_TYPES = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)
POSTABLE_TYPES = (discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum, *THREAD_TYPES)
"""Channels that digests can be posted in."""
INVITE_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    create_public_threads=True,
    send_messages_in_threads=True,
)
"""Permissions requested by the invitation link."""


def is_moderator(allowed: discord.Permissions) -> bool:
    """Whether these permissions allow changing what a channel receives."""
    return allowed.view_channel and (allowed.manage_channels or allowed.manage_guild)


def find_missing_permissions(
    allowed: discord.Permissions, kind: discord.ChannelType, posts: PostMode, *, needs_embeds: bool = False
) -> list[str]:
    """The permissions that the bot needs and lacks to post in a channel in this way: ``permission.`` names."""
    needed = {"view_channel": allowed.view_channel}
    if kind in THREAD_TYPES:
        needed["send_messages_in_threads"] = allowed.send_messages_in_threads
    elif kind is discord.ChannelType.forum:
        needed["create_posts"] = allowed.send_messages
        needed["send_messages_in_threads"] = allowed.send_messages_in_threads
    else:
        needed["send_messages"] = allowed.send_messages
        if posts is PostMode.THREADS:
            needed["create_public_threads"] = allowed.create_public_threads
            needed["send_messages_in_threads"] = allowed.send_messages_in_threads
    if needs_embeds:
        needed["embed_links"] = allowed.embed_links
    return [name for name, has in needed.items() if not has]


def get_bot_permissions(place: GuildPlace) -> discord.Permissions:
    """The bot's permissions in the channel."""
    member = place.guild.me
    return place.permissions_for(member) if member else discord.Permissions.none()


def get_member_permissions(place: GuildPlace, member: discord.Member | discord.User) -> discord.Permissions:
    """A member's permissions in the channel; a private thread is for its members and thread managers."""
    if not isinstance(member, discord.Member):
        return discord.Permissions.none()
    allowed = place.permissions_for(member)
    if isinstance(place, discord.Thread) and place.is_private() and not allowed.manage_threads:
        is_inside = any(other.id == member.id for other in place.members)
        return allowed if is_inside else discord.Permissions.none()
    return allowed
