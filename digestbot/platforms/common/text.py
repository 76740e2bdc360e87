"""Text as the platforms measure and cut it."""

from __future__ import annotations

WORD_JOINER = "\u2060"
"""Takes no room; between an ``@`` and a name it keeps the two from being a mention."""


def count_utf16_units(text: str) -> int:
    """The length in UTF-16 code units: what Telegram counts, and never less than what Discord does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def count_utf8_bytes(text: str) -> int:
    """The length in bytes of UTF-8, as Telegram counts callback data."""
    return len(text.encode())


def truncate(text: str, limit: int) -> str:
    """The text in at most so many characters, with an ellipsis where some are missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
