"""Which words that somebody typed can be a paper's title, and which titles are the same."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from digestbot.domain.topic import normalize_name
from digestbot.late_patterns import compile_late

_MIN_WORDS, _MAX_WORDS, _MAX_CHARACTERS = 3, 40, 300
_MIN_SPOKEN_WORDS = 4
_LONG_WORD = 4
"""Letters of a word that titles in capitals begin with a capital."""
_CAPITAL_SHARE = 0.6
_SAME = 0.93
"""How alike two titles are that are the same but for a slip."""
_WORD = compile_late(r"\w+")
_CHINESE = compile_late(r"[\u3400-\u9fff]")
_SHORT_WORDS, _MIN_CHINESE = 2, 6
_NO_TITLE = compile_late(r"https?://|www\.|[@\n{}<>|]|[?!.。？！]\s*$")
_PERSONAL = compile_late(r"\b(?:i|i'm|me|my|mine|please|thanks|hi|hello)\b", re.IGNORECASE)
_TALK = compile_late(r"\b(?:i|i'm|me|my|mine|please|thanks|hi|hello)\b|[我您]", re.IGNORECASE)
_PHONE_NUMBER = compile_late(r"\+?\d(?:[ ().-]{0,2}\d){6,14}")


def can_be_title(text: str) -> bool:
    """Whether a text that stands for a paper can be its title: some words, and no address or the like."""
    words = _WORD.findall(text)
    return (
        len(text) <= _MAX_CHARACTERS
        and _MIN_WORDS <= len(words) <= _MAX_WORDS
        and not _NO_TITLE.search(text.rstrip("?!. "))
    )


def can_be_short_title(text: str) -> bool:
    """Whether a text that somebody called a title can be one of two words, or one in Chinese, which has no spaces."""
    if len(text) > _MAX_CHARACTERS or _NO_TITLE.search(text.rstrip("?!. ")):
        return False
    is_chinese = len(_CHINESE.findall(text)) >= _MIN_CHINESE
    return is_chinese or (len(_WORD.findall(text)) == _SHORT_WORDS and text.lstrip()[:1].isupper())


def is_private(text: str) -> bool:
    """Whether words are likelier what somebody tells of themselves than a title: who is asked for titles gets none.

    They have the number of a telephone, or speak of who writes or reads, and are not written as a title.
    """
    if _PHONE_NUMBER.search(text):
        return True
    return bool(_TALK.search(text)) and not _is_in_capitals(text)


def is_surely_title(text: str) -> bool:
    """Whether a line that nobody called a title is written as one: in capitals, with nothing that people say."""
    words = [word for word in _WORD.findall(text) if not word.isdecimal()]
    if len(words) < _MIN_SPOKEN_WORDS or not can_be_title(text) or _NO_TITLE.search(text) or _PERSONAL.search(text):
        return False
    return _is_in_capitals(text)


def _is_in_capitals(text: str) -> bool:
    """Whether most long words begin with a capital, and the first one does."""
    words = [word for word in _WORD.findall(text) if not word.isdecimal()]
    long_words = [word for word in words if len(word) >= _LONG_WORD]
    capitals = sum(word[0].isupper() for word in long_words)
    return text.lstrip()[:1].isupper() and capitals > 1 and capitals >= _CAPITAL_SHARE * len(long_words)


def is_same_title(title: str, other: str) -> bool:
    """Whether two titles are the same, but for case, punctuation and a slip."""
    one, two = (normalize_name(text)[:_MAX_CHARACTERS] for text in (title, other))
    return bool(one) and (one == two or SequenceMatcher(None, one, two, autojunk=False).ratio() >= _SAME)


def list_title_words(title: str) -> str:
    """The words of a title with spaces between them, as it is looked for."""
    return " ".join(_WORD.findall(title)[:_MAX_WORDS])
