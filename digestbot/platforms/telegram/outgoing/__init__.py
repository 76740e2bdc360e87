"""Rendering cards for Telegram, and sending them."""
