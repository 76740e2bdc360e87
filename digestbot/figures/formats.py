"""The image formats that chat platforms display."""

from __future__ import annotations

MAX_PICTURE_BYTES = 10_000_000
"""Telegram's limit for uploaded photos is 10 MB (core.telegram.org/bots/api#sending-files)."""
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
_SUFFIXES = {b"\x89PNG\r\n": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp"}


def find_picture_suffix(content: bytes) -> str:
    """The suffix of a picture's format, such as ``.png``; empty for what platforms do not display."""
    return next((suffix for start, suffix in _SUFFIXES.items() if content.startswith(start)), "")
