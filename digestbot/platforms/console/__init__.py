"""The terminal as a chat platform."""

from digestbot.platforms.console.adapter import CONSOLE_ADDRESS, ConsolePlatform, JsonConsolePlatform

__all__ = ["CONSOLE_ADDRESS", "ConsolePlatform", "JsonConsolePlatform"]
