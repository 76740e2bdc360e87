"""The words that English papers have for what researchers ask in Chinese, and the other way round.

The table is ``research_words.txt`` beside this file. It has what is asked of papers of any field, and no more: it finds
passages where no model is there to translate a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from digestbot.domain.text.search_words import split_tokens
from digestbot.late_patterns import compile_late

_MAX_CHARACTERS = 8
_CHINESE = compile_late("[\u3400-\u9fff]")


def translate_to_english(text: str) -> tuple[str, ...]:
    """What English papers may say for the Chinese words of a text; the longest words that the table has count."""
    table = _read_table()[0]
    return tuple(dict.fromkeys(english for word in _split_chinese(text, frozenset(table)) for english in table[word]))


def translate_to_chinese(text: str) -> tuple[str, ...]:
    """What Chinese papers may say for the English words of a text."""
    table = _read_table()[1]
    found = (table.get(token, ()) for token in split_tokens(text))
    return tuple(dict.fromkeys(chinese for words in found for chinese in words))


def has_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return not text.isascii() and _CHINESE.search(text) is not None


def _split_chinese(text: str, known: frozenset[str]) -> Iterator[str]:
    place = 0
    while place < len(text):
        lengths = range(min(_MAX_CHARACTERS, len(text) - place), 0, -1)
        word = next((text[place : place + length] for length in lengths if text[place : place + length] in known), "")
        if word:
            yield word
        place += len(word) or 1


@cache
def _read_table() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    to_english: dict[str, tuple[str, ...]] = {}
    to_chinese: dict[str, tuple[str, ...]] = {}
    for line in files(__package__).joinpath("research_words.txt").read_text("utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        chinese, _, rest = line.partition(" = ")
        to_english[chinese] = tuple(word.strip() for word in rest.split(","))
        for word in to_english[chinese]:
            to_chinese[word] = (*to_chinese.get(word, ()), chinese)
    return to_english, to_chinese
