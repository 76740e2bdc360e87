"""Telegram: subscriptions, look-ups and cards as rich messages."""

from digestbot.platforms.telegram.adapter import TelegramPlatform

__all__ = ["TelegramPlatform"]
