"""Discord: channel posts, slash commands and cards of components."""

from digestbot.platforms.discord.adapter import DiscordPlatform

__all__ = ["DiscordPlatform"]
