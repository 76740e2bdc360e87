"""Text that can be stored and sent: without the characters that databases and UTF-8 do not take."""

from __future__ import annotations

from digestbot.late_patterns import compile_late

_UNWRITABLE = compile_late("[\x00\ud800-\udfff]")
"""PostgreSQL takes no NUL, and UTF-8 has no half of a surrogate pair."""


def drop_unwritable(text: str) -> str:
    """The text without NUL and halves of characters."""
    return _UNWRITABLE.sub("", text)
