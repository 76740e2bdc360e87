"""Authors' names, however they are written: with initials, without accents, the family name first or last."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from digestbot.domain.text.search_words import split_words

Part = tuple[str, ...]
"""A part of a name, in each of its spellings: ``("muller", "mueller")``."""
Name = tuple[Part, ...]

_EXPANDED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
"""What stands for these letters where they are not at hand; elsewhere the sign above them is left out."""
_TO_EXPANDED = str.maketrans(_EXPANDED)
PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "zu",
        "zur",
        "bin",
        "ibn",
        "al",
        "el",
        "y",
    ]
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_MAX_PARTS = 8
_MAX_INITIALS = 2
_VOWELS = frozenset("AEIOU")


def split_asked_name(text: str) -> tuple[str, ...]:
    """The parts of a name that is looked for, given names first, in lower case.

    Accents are left out, but for the letters that have more than one spelling without.
    """
    letters = unicodedata.normalize("NFC", _put_family_name_last(_spread_initials(text))).casefold()
    words = ["".join(map(_fold_letter, word)) for word in _split_letters(letters)]
    return tuple(_join_chinese(list(filter(None, words)))[:_MAX_PARTS])  # of an accent alone, nothing is left


def _split_letters(text: str) -> list[str]:
    return "".join(char if char.isalnum() or unicodedata.combining(char) else " " for char in text).split()


def _fold_letter(char: str) -> str:
    return char if char.isascii() or char in _EXPANDED else "".join(split_words(char))


def _spread_initials(text: str) -> str:
    """Names as PubMed and others write them: "Smith JB" and "JB Smith" are "J. B. Smith".

    In "Wei XU", a family name is written in capitals.
    """
    words = text.split()
    if len(words) < 2 or text.isupper():
        return text
    if _is_run_of_initials(words[-1]):
        return " ".join([*words[-1], *words[:-1]])
    return " ".join([*words[0], *words[1:]]) if _is_run_of_initials(words[0]) else text


def _is_run_of_initials(word: str) -> bool:
    is_short = word.isascii() and word.isalpha() and word.isupper() and len(word) <= _MAX_INITIALS
    return is_short and _VOWELS.isdisjoint(word[1:])


def _put_family_name_last(name: str) -> str:
    family, comma, given = name.partition(",")
    return f"{given} {family}" if comma and given.strip(" .,") else name


def _join_chinese(words: list[str]) -> list[str]:
    return words if not words or any(map(str.isascii, words)) else ["".join(words)]


def print_name(parts: Sequence[str]) -> str:
    """A name as people write it; what is read from it is the name again."""
    return " ".join(_print_part(part, is_first=not place) for place, part in enumerate(parts))


def _print_part(part: str, *, is_first: bool) -> str:
    if is_initial(part):
        return f"{part.upper()}."
    return part if part in PARTICLES and not is_first else part[:1].upper() + part[1:]


def is_initial(part: str) -> bool:
    """Whether a part of a name is only its first letter."""
    return len(part) == 1 and part.isascii()


@lru_cache(20_000)
def read_own_name(name: str) -> tuple[Name, ...]:
    """An author's name in the ways that it may be looked for: given names with hyphens as two words, and as one."""
    name = _put_family_name_last(name)
    apart = _split_name(name)
    together = _split_name(name.replace("-", "").replace("\u2010", ""))
    return (apart,) if together == apart else (apart, together)


def _split_name(name: str) -> Name:
    words = _drop_suffix(_join_chinese(split_words(name)))
    if name.isascii():
        return tuple((word,) for word in words)
    return _pair_spellings(words, _expand_letters(name))


def _pair_spellings(words: list[str], letters: str) -> Name:
    expanded = _drop_suffix(_join_chinese(split_words(letters)))
    if len(expanded) != len(words):
        return tuple((word,) for word in words)
    return tuple((one,) if one == other else (one, other) for one, other in zip(words, expanded, strict=True))


def _expand_letters(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().translate(_TO_EXPANDED)


def _drop_suffix(words: list[str]) -> list[str]:
    return words[:-1] if len(words) > 2 and words[-1] in _SUFFIXES else words


@lru_cache(5_000)
def read_asked_name(words: tuple[str, ...]) -> tuple[Name, ...]:
    """The name that is looked for, and with its given names as one word, at either end."""
    names = [words]
    if len(words) > 2 and not any(map(is_initial, words)):
        names += [("".join(words[:-1]), words[-1]), (words[0], "".join(words[1:]))]
    return tuple(tuple(map(_spell_part, name)) for name in names)


def _spell_part(word: str) -> Part:
    plain, expanded = "".join(split_words(word)), "".join(split_words(word.translate(_TO_EXPANDED)))
    return (plain,) if plain == expanded else (plain, expanded)


def is_same_name(asked: tuple[Name, ...], own: tuple[Name, ...]) -> bool:
    """Whether an author may be who is looked for."""
    return any(_match_name(one, other) for one in asked for other in own)


def _match_name(asked: Name, own: Name) -> bool:
    """Each part has its counterpart, in any order; an initial stands for any part that begins so.

    An initial too many is no harm, if the author gives no other. The family name must be written out in both.
    """
    full = [part for part in asked if not is_initial(part[0])]
    if len(full) == 1 and not _is_family_name(full[0], own):
        return False
    rest, has_written_out = list(own), False
    for part in full:
        found = _find_part(part, rest) or _find_initial(part, rest)
        if found is None:
            return False
        has_written_out = has_written_out or not is_initial(found[0])
        rest.remove(found)
    return has_written_out and _match_initials([part[0] for part in asked if is_initial(part[0])], rest)


def _match_initials(letters: list[str], rest: list[Part]) -> bool:
    has_unmatched = False
    for letter in letters:
        found = next((part for part in rest if part[0].startswith(letter)), None)
        if found:
            rest.remove(found)
        has_unmatched = has_unmatched or found is None
    return not has_unmatched or not rest


def _find_part(asked: Part, own: list[Part]) -> Part | None:
    return next((part for part in own if not set(part).isdisjoint(asked)), None)


def _find_initial(asked: Part, own: list[Part]) -> Part | None:
    return next((part for part in own if is_initial(part[0]) and asked[0].startswith(part[0])), None)


def _is_family_name(asked: Part, own: Name) -> bool:
    """Whether a part is not the first given name: of "Wei Wang", only "Wang"."""
    family = own[1:] if len(own) > 1 and not is_initial(own[-1][0]) else own
    return _find_part(asked, list(family)) is not None


def iter_parts(names: tuple[Name, ...]) -> Iterator[str]:
    """Every spelling of every part."""
    return (spelling for name in names for part in name for spelling in part)
