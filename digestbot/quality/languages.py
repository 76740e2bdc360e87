"""Which of two languages a text is in: a card is written in one of them."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
_MIN_CHINESE_SHARE = 0.25
_MIN_ENGLISH_CHARACTERS, _MIN_ENGLISH_WORDS = 60, 8
_WORD = re.compile(r"\b[a-z]{2,}\b")


def is_chinese(text: str) -> bool:
    """Whether a text is Chinese, whatever names it has."""
    return len(_HAN.findall(text)) > _MIN_CHINESE_SHARE * len(text)


def has_chinese(text: str) -> bool:
    """Whether a text has anything Chinese."""
    return bool(_HAN.search(text))


def is_english(text: str) -> bool:
    """Whether a text is a sentence or more of English, without anything Chinese."""
    if len(text) < _MIN_ENGLISH_CHARACTERS or _HAN.search(text):
        return False
    return len(_WORD.findall(text)) >= _MIN_ENGLISH_WORDS
