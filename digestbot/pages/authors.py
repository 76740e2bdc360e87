"""The authors of an entry, as its page lists them."""

from __future__ import annotations

import re

from digestbot.pages.escapes import split_names, unescape_line

_NAME_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?", re.IGNORECASE)
_WORDS_OF_TWO = 4
_MAX_WORDS = 8
_BETWEEN_NAMES = r"\s{0,2}(?:[,，、;；&]|and|和)\s{0,2}"


def split_authors(names: str) -> tuple[str, ...]:
    """Split ``A, B and C`` into names; a suffix such as "Jr." stays with its name."""
    authors: list[str] = []
    for part in split_names(names):
        name = unescape_line(part)
        if authors and _NAME_SUFFIX.fullmatch(part.strip()):  # an escaped one is a name
            authors[-1] = f"{authors[-1]}, {name}"
        elif name:
            authors.append(name)
    return tuple(authors)


def separate_authors(authors: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Separate two names between which a comma is missing, if the entry's text lists them as two.

    By itself "Renato Pajarola Michael Wimmer" is no more two people than "Jeya Maria Jose Valanarasu" is.
    """
    return tuple(name for author in authors for name in _separate_author(author, text))


def _separate_author(author: str, text: str) -> tuple[str, ...]:
    words = author.split()
    if not _WORDS_OF_TWO <= len(words) <= _MAX_WORDS:
        return (author,)
    for place in range(2, len(words) - 1):
        first, second = words[:place], words[place:]
        if re.search(_build_name_pattern(first) + _BETWEEN_NAMES + _build_name_pattern(second), text):
            return " ".join(first), " ".join(second)
    return (author,)


def _build_name_pattern(words: list[str]) -> str:
    """The name in full or with an initial."""
    given, *_, surname = words
    return rf"\b(?:{re.escape(given)}|{re.escape(given[0])}\.)(?:\s[^\s,，、;；]{{1,30}}){{0,4}}?\s{re.escape(surname)}"
