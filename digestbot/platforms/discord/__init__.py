"""Discord: channel posts, slash commands and cards of components."""

from digestbot.platforms.discord.adapter import DiscordPlatform, connected

__all__ = ["DiscordPlatform", "connected"]
