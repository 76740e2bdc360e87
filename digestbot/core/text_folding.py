"""What people type, without what makes no difference to its meaning: case, accents, widths, traditional characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from digestbot.domain.text.chinese_characters import SIMPLIFIED

_SAME_SIGNS = {"’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "〜": "~", "。": ".", "、": ",", "；": ";"}


def normalize_widths(text: str) -> str:
    """The text with full-width characters and other scripts' digits as plain ones, and spaces of one kind."""
    normal = unicodedata.normalize("NFKC", text)
    return " ".join((normal if normal.isascii() else "".join(map(_normalize_digit, normal))).split())


def _normalize_digit(char: str) -> str:
    """The digits of every script are those of Latin."""
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def fold_text(text: str) -> str:
    """The text for comparison, with as many characters as it has with its widths normalized."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


@lru_cache(4_096)
def _fold_character(char: str) -> str:
    if char.isascii():
        return char.lower()
    if char.isdecimal():
        return _normalize_digit(char)
    known = SIMPLIFIED.get(char) or _SAME_SIGNS.get(char)
    parts = unicodedata.normalize("NFKD", char)
    plain = known or (parts[0] if all(map(unicodedata.combining, parts[1:])) else char)
    lowered = plain.lower()
    return lowered if len(lowered) == 1 else plain
