"""What members and the bot may do in a channel, and what the bot needs there.

The names are those of discord.com/developers/docs/topics/permissions; the locale has the words of Discord's settings.
"""

from __future__ import annotations

import discord

from digestbot.domain.subscription import PostMode

GuildPlace = discord.abc.GuildChannel | discord.Thread
"""A channel or thread of a server, as the gateway tells of it."""
THREAD_TYPES = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)
POSTABLE_TYPES = (discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum, *THREAD_TYPES)
"""What digests can be posted in."""
INVITE_PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, create_public_threads=True, send_messages_in_threads=True
)
"""What an invitation asks for."""


def is_moderator(allowed: discord.Permissions) -> bool:
    """Whether somebody with these permissions in a channel may change what it receives."""
    return allowed.view_channel and (allowed.manage_channels or allowed.manage_guild)


def find_missing_permissions(allowed: discord.Permissions, kind: discord.ChannelType, posts: PostMode) -> list[str]:
    """What the bot needs to post in a channel of this kind in this way, and has not: ``permission.`` names."""
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
    return [name for name, has in needed.items() if not has]


def get_bot_permissions(place: GuildPlace) -> discord.Permissions:
    """What the bot may do there."""
    member = place.guild.me
    return place.permissions_for(member) if member else discord.Permissions.none()


def get_member_permissions(place: GuildPlace, member: discord.Member | discord.User) -> discord.Permissions:
    """What a member may do there; a private thread is for those who can manage threads, or who are in it."""
    if not isinstance(member, discord.Member):
        return discord.Permissions.none()
    allowed = place.permissions_for(member)
    if isinstance(place, discord.Thread) and place.is_private() and not allowed.manage_threads:
        is_inside = any(other.id == member.id for other in place.members)
        return allowed if is_inside else discord.Permissions.none()
    return allowed
