"""What people type, without what makes no difference to its meaning: case, accents, widths, traditional characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_TRADITIONAL = dict(
    zip(
        "週點時鐘號後兩個東區從開為設過來間內禮雙關於這裡發終與經現實處長馬國灣韓倫紐約羅爾漢蘭臺門級擺齊爾麥應貳參離從將訂閱",
        "周点时钟号后两个东区从开为设过来间内礼双关于这里发终与经现实处长马国湾韩伦纽约罗尔汉兰台门级摆齐尔麦应二三离从将订阅",
        strict=True,
    )
)
_SAME_SIGNS = {"’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "〜": "~", "。": ".", "、": ",", "；": ";"}


def normalize_widths(text: str) -> str:
    """The text with full-width characters as plain ones, and spaces of one kind."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fold_text(text: str) -> str:
    """The text for comparison, with as many characters as it has with its widths normalized."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


@lru_cache(4_096)
def _fold_character(char: str) -> str:
    if char.isascii():
        return char.lower()
    known = _TRADITIONAL.get(char) or _SAME_SIGNS.get(char)
    parts = unicodedata.normalize("NFKD", char)
    plain = known or (parts[0] if all(map(unicodedata.combining, parts[1:])) else char)
    lowered = plain.lower()
    return lowered if len(lowered) == 1 else plain
