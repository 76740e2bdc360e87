"""Turns interactions into the core's messages: the user, the target channel, and their permissions there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import discord

from digestbot.cards.capabilities import Capabilities
from digestbot.core.ports import ChatPlace, ChatRole, IncomingMessage, Platform, ReplyHandler, know_no_topic_obstacle
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Address, CardStyle, PostMode, Preferences
from digestbot.i18n import translate
from digestbot.platforms.common.people import get_language
from digestbot.platforms.discord import errors, permissions
from digestbot.platforms.discord.permissions import GuildPlace

PLATFORM_NAME = "discord"
MISSING_COMMANDS = ("start",)
"""Commands of other platforms: Discord has no first message."""
COMMON_CAPABILITIES = Capabilities(
    missing_commands=MISSING_COMMANDS,
    localized_commands=True,
    section_buttons=True,
    card_styles=(CardStyle.RICH, CardStyle.CLASSIC),
    card_styles_key="settings.format_about_embeds",
    can_be_quiet=True,
    forms=True,
)
"""What cards can have, in either form: each is laid out for both."""
_ROLE_NUMBER = re.compile(r"(?:<@&)?(\d{15,20})>?")
_OTHER_CHANNEL_COMMAND = re.compile(r"in (\d{1,20}) (.+)", re.DOTALL)


def get_common_capabilities(style: CardStyle) -> Capabilities:  # noqa: ARG001  # both can show the same
    """The capabilities of cards in a private chat."""
    return COMMON_CAPABILITIES


@dataclass(frozen=True, slots=True)
class TargetChannel:
    """A command's target channel, with the permissions of the user and the bot there."""

    channel_id: int
    title: str
    kind: discord.ChannelType
    member_permissions: discord.Permissions
    bot_permissions: discord.Permissions

    @property
    def is_forum(self) -> bool:
        """Whether all that can be posted there is a post of its own."""
        return self.kind in permissions.FORUM_TYPES

    @property
    def default_post_mode(self) -> PostMode:
        """The default post mode of the channel."""
        return PostMode.FORUM if self.is_forum else PostMode.PAGES

    def capabilities_for(self, style: CardStyle) -> Capabilities:  # noqa: ARG002  # both can show the same
        """The capabilities of cards in the channel."""
        is_text_channel = self.kind in (discord.ChannelType.text, discord.ChannelType.news)
        return replace(
            COMMON_CAPABILITIES,
            post_modes=(PostMode.PAGES, PostMode.THREADS) if is_text_channel else (),
            can_publish=self.kind is discord.ChannelType.news,
            private_answers=True,
            can_mention=True,
        )

    async def is_moderator(self) -> bool:
        """Whether the user may change what the channel receives."""
        return permissions.is_moderator(self.member_permissions)

    async def find_missing_permissions(self, preferences: Preferences) -> Sequence[str]:
        """The permissions that the bot needs there and lacks."""
        needs_embeds = preferences.card_style is CardStyle.CLASSIC or preferences.publish
        return permissions.find_missing_permissions(
            self.bot_permissions, self.kind, preferences.post_mode, needs_embeds=needs_embeds
        )


@dataclass(slots=True)
class InteractionContext:
    """The conversation: turns interactions into what was said; ``reply`` is the core's answer to it.

    ``find_tag_problem`` finds what keeps a topic's posts out of a forum. ``sender`` sends what a delivery would.
    ``get_bot_id`` gives the bot's own number once it is logged in.
    """

    reply: ReplyHandler
    subscriptions: SubscriptionService
    find_tag_problem: Callable[[int, str], Awaitable[str]]
    sender: Platform | None = None
    get_bot_id: Callable[[], int] = lambda: 0

    async def get_language(self, interaction: discord.Interaction) -> str:
        """The language the user set, else their app's."""
        person = Address(PLATFORM_NAME, str(interaction.user.id))
        return await get_language(self.subscriptions, person, str(interaction.locale))

    def build_message(
        self,
        interaction: discord.Interaction,
        text: str,
        target: TargetChannel | None,
        *,
        public: bool = False,
        is_about_server: bool = True,
    ) -> IncomingMessage:
        """What was said in an interaction; without a ``target`` it is about the person's own chat with the bot.

        It is about the whole server where no other channel is the target.
        """
        person, language = Address(PLATFORM_NAME, str(interaction.user.id)), str(interaction.locale)
        if target is None:
            return IncomingMessage(
                person,
                text,
                language,
                is_public=public,
                capabilities_for=get_common_capabilities,
                sender=self.sender,
            )
        return IncomingMessage(
            Address(PLATFORM_NAME, str(interaction.guild_id), str(target.channel_id)),
            text,
            language,
            user=person,
            is_moderator=target.is_moderator,
            title=f"#{target.title}",
            moderator_chat=str(interaction.user.id),
            denial_key="discord_moderators_only",
            missing_permissions=target.find_missing_permissions,
            default_post_mode=target.default_post_mode,
            find_obstacle=partial(_find_obstacle, interaction, target),
            find_topic_obstacle=partial(self.find_tag_problem, target.channel_id)
            if target.is_forum
            else know_no_topic_obstacle,
            chat_language=_find_server_language(interaction),
            capabilities_for=target.capabilities_for,
            is_public=public,
            is_ephemeral=not public,
            hides_errors=True,
            describe_place=partial(_describe_place, interaction),
            has_places=True,
            is_about_server=is_about_server,
            sender=self.sender,
            find_roles=partial(_find_roles, interaction, target),
            parent_place=_find_parent(interaction, target),
        )


def _find_parent(interaction: discord.Interaction, target: TargetChannel) -> Address | None:
    """The channel that a thread belongs to; ``None`` for what is no thread of the interaction's channel."""
    if target.kind not in permissions.THREAD_TYPES:
        return None
    here = interaction.channel_id
    parent = getattr(interaction.channel, "parent_id", None) if target.channel_id == here else here
    return Address(PLATFORM_NAME, str(interaction.guild_id), str(parent)) if parent else None


def _find_roles(interaction: discord.Interaction, target: TargetChannel, text: str) -> list[ChatRole]:
    """The roles of the server that a text names, by mention, number or name; all of them if it says nothing."""
    found = find_roles(interaction.guild, text)
    may_call_all = target.bot_permissions.mention_everyone
    return [ChatRole(str(role.id), role.name, role.mentionable or may_call_all) for role in found]


def find_roles(guild: discord.Guild | None, text: str) -> list[discord.Role]:
    """The roles of a server that a text names, the highest first; all of them if it says nothing.

    @everyone is none, nor is a bot's own.
    """
    known = reversed(guild.roles) if guild else ()
    roles = [role for role in known if not role.is_default() and not role.is_bot_managed()]
    number = _ROLE_NUMBER.fullmatch(text)
    if number:
        return [role for role in roles if role.id == int(number[1])]
    name = text.removeprefix("@").casefold()
    return [role for role in roles if not name or role.name.casefold().removeprefix("@") == name]


def _describe_place(interaction: discord.Interaction, address: Address) -> ChatPlace | None:
    """A channel of the server as the person sees it; ``None`` if they do not."""
    target = find_channel(interaction, int(address.thread)) if address.thread.isdecimal() else None
    if target is None:
        return None
    is_moderated = permissions.is_moderator(target.member_permissions)
    return ChatPlace(f"#{target.title}", is_moderated, build_channel_prefix(interaction, target))


async def _find_obstacle(interaction: discord.Interaction, target: TargetChannel) -> str:
    """Why the bot cannot post in a private thread: it is not in there. An archived one must be asked for."""
    if target.kind is not discord.ChannelType.private_thread or target.bot_permissions.manage_threads:
        return ""
    thread = interaction.guild.get_thread(target.channel_id) if interaction.guild else None
    if thread is None:
        thread = await _fetch_thread(interaction.client, target.channel_id)
    return "" if thread and thread.me else translate("en", "reason.not_in_thread")


async def _fetch_thread(client: discord.Client, thread_id: int) -> discord.Thread | None:
    """A thread that the gateway does not tell of; ``None`` where the bot may not see it."""
    try:
        thread = await client.fetch_channel(thread_id)
    except (discord.HTTPException, *errors.CONNECTION_ERRORS):
        return None
    return thread if isinstance(thread, discord.Thread) else None


def _find_server_language(interaction: discord.Interaction) -> str:
    """The language that a server chose; empty where it chose none.

    Only a Community server can choose: that of any other is English, whatever is spoken there.
    """
    guild, locale = interaction.guild, interaction.guild_locale
    if locale is None or (locale is discord.Locale.american_english and not (guild and "COMMUNITY" in guild.features)):
        return ""
    return str(locale)


def is_in_guild(interaction: discord.Interaction) -> bool:
    """Whether it came from a server that the bot is in: a user-installed app works anywhere."""
    guild = interaction.guild_id
    return guild is not None and (interaction.is_guild_integration() or interaction.client.get_guild(guild) is not None)


def get_current_channel(interaction: discord.Interaction) -> TargetChannel | None:
    """The channel of the interaction; ``None`` outside the bot's servers."""
    channel = interaction.channel
    if not is_in_guild(interaction) or interaction.channel_id is None or channel is None:
        return None
    title = getattr(channel, "name", "") or str(channel.id)
    return TargetChannel(
        interaction.channel_id, title, channel.type, interaction.permissions, interaction.app_permissions
    )


def find_channel(interaction: discord.Interaction, channel_id: int) -> TargetChannel | None:
    """Another channel of the same server; ``None`` if it does not exist or the user cannot see it."""
    if interaction.channel_id == channel_id:
        return get_current_channel(interaction)
    guild = interaction.guild
    channel: GuildPlace | None = guild.get_channel_or_thread(channel_id) if guild and is_in_guild(interaction) else None
    if channel is None:
        return None
    member_permissions = permissions.get_member_permissions(channel, interaction.user)
    if not member_permissions.view_channel:
        return None
    return TargetChannel(
        channel.id, channel.name, channel.type, member_permissions, permissions.get_bot_permissions(channel)
    )


def split_channel_prefix(command: str) -> tuple[int | None, str]:
    """The channel that a button's command is about, where it is another one than its message's; and the command."""
    match = _OTHER_CHANNEL_COMMAND.fullmatch(command)
    return (int(match[1]), match[2]) if match else (None, command)


def build_channel_prefix(interaction: discord.Interaction, target: TargetChannel | None) -> str:
    """What a card's buttons write before their commands, so that they act on the channel that it is about."""
    return f"in {target.channel_id}" if target and target.channel_id != interaction.channel_id else ""
