"""Permissions of members and the bot in a channel, and those the bot needs.

The names are those of discord.com/developers/docs/topics/permissions; the locale has the words of Discord's settings.
"""

from __future__ import annotations

import discord

from digestbot.domain.subscription import PostMode

GuildPlace = discord.abc.GuildChannel | discord.Thread
"""A channel or thread of a server, as received from the gateway."""
THREAD_TYPES = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)
FORUM_TYPES = (discord.ChannelType.forum, discord.ChannelType.media)
"""Channels of posts: nothing else can be posted in them."""
POSTABLE_TYPES = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    *FORUM_TYPES,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    *THREAD_TYPES,
)
"""Channels that digests can be posted in: those for talking have a chat of their own."""
INVITE_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    create_public_threads=True,
    send_messages_in_threads=True,
)
"""Permissions requested by the invitation link."""


def build_invitation(application_id: int) -> str:
    """The address at which a person adds the bot to a server."""
    return discord.utils.oauth_url(
        application_id, permissions=INVITE_PERMISSIONS, scopes=("bot", "applications.commands")
    )


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
    elif kind in FORUM_TYPES:
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


def is_left_out(place: GuildPlace) -> bool:
    """Whether it is a private thread that the bot is not in, and may not post in from outside."""
    if not isinstance(place, discord.Thread) or not place.is_private():
        return False
    return place.me is None and not get_bot_permissions(place).manage_threads


def can_post(place: GuildPlace, posts: PostMode) -> bool:
    """Whether the bot may post in a channel in this way, as far as the gateway tells."""
    if place.type not in POSTABLE_TYPES or (place.type in FORUM_TYPES) is not (posts is PostMode.FORUM):
        return False
    if isinstance(place, discord.Thread):
        if place.parent is None or is_left_out(place):
            return False
        if place.locked and not get_bot_permissions(place).manage_threads:
            return False
    return not find_missing_permissions(get_bot_permissions(place), place.type, posts)


def get_member_permissions(place: GuildPlace, member: discord.Member | discord.User) -> discord.Permissions:
    """A member's permissions in the channel; a private thread is for its members and thread managers."""
    if not isinstance(member, discord.Member):
        return discord.Permissions.none()
    allowed = place.permissions_for(member)
    if isinstance(place, discord.Thread) and place.is_private() and not allowed.manage_threads:
        is_inside = any(other.id == member.id for other in place.members)
        return allowed if is_inside else discord.Permissions.none()
    return allowed
