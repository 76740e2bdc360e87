"""Measuring and truncating text."""

from __future__ import annotations

WORD_JOINER = "\u2060"
"""A zero-width word joiner; between an ``@`` and a name it prevents a mention."""


def count_utf16_units(text: str) -> int:
    """The length in UTF-16 code units: what Telegram counts, and never less than what Discord does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def count_utf8_bytes(text: str) -> int:
    """The length in bytes of UTF-8, as Telegram counts callback data."""
    return len(text.encode())


def truncate(text: str, limit: int) -> str:
    """Truncate text to a number of characters, with an ellipsis if any are dropped."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
