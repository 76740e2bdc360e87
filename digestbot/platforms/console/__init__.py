"""The terminal as a chat platform."""

from digestbot.platforms.console.adapter import ADDRESS, ConsolePlatform, JsonConsole

__all__ = ["ADDRESS", "ConsolePlatform", "JsonConsole"]
