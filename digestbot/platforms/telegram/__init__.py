"""Telegram: subscriptions, look-ups and cards as rich messages."""

from digestbot.platforms.telegram.adapter import TelegramPlatform, connected

__all__ = ["TelegramPlatform", "connected"]
