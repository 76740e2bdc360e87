"""The authors of an entry, as its page lists them."""

from __future__ import annotations

import re

from digestbot.pages.escapes import split_names, unescape_line

_NAME_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?", re.IGNORECASE)
_WORDS_OF_TWO = 4
_MAX_WORDS = 8
_MARKED_LINE = re.compile(r"\s{0,9}(?P<mark>\*\*|__|\*|_)(?P<text>[^*_\n:：]{2,2000})(?P=mark)\s{0,9}")
_CAPITALIZED = re.compile(r"[A-ZÀ-ÞĀ-Ž\u0370-\u052f][^\d\s?!()\[\]{}]{0,40}")
_PARTICLES = frozenset(
    (
        "al",
        "bin",
        "da",
        "dal",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "et",
        "ibn",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "von",
        "y",
        "zu",
    )
)
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,12}(?:[·・][\u3400-\u9fff]{1,12}){1,3}")
_OTHER_WORDS = re.compile(
    r"\b(?:papers?|award|oral|poster|spotlight|presentation|best|accepted|abstract|summary|overview|highlights?|idea|key"
    r"|takeaways?|introduction|background|motivation|update|new|note|why|what|how|models?|learning)\b|摘要|作者",
    re.IGNORECASE,
)
"""What a bold line has that is no list of names."""
_MAX_WORDS_ALONE = 4
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


def read_marked_names(line: str) -> str:
    """The names on a line in bold or italics without a label; empty if they are no names.

    One Chinese name alone could be any word.
    """
    match = _MARKED_LINE.fullmatch(line)
    if match is None or _OTHER_WORDS.search(match["text"]):
        return ""
    names = [unescape_line(part).rstrip(" .*†‡¹²³⁴⁵") for part in split_names(match["text"]) if part.strip()]
    is_list = len(names) > 1 and all(map(_is_name, names))
    is_one = len(names) == 1 and _is_latin_name(names[0]) and len(names[0].split()) <= _MAX_WORDS_ALONE
    return match["text"] if is_list or is_one else ""


def _is_name(name: str) -> bool:
    return bool(_HAN_NAME.fullmatch(name)) or _is_latin_name(name) or bool(_NAME_SUFFIX.fullmatch(name))


def _is_latin_name(name: str) -> bool:
    words = name.split()
    others = [word for word in words if word.rstrip(".").casefold() not in _PARTICLES]
    return 1 < len(words) <= _MAX_WORDS and len(others) > 0 and all(map(_CAPITALIZED.fullmatch, others))


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
