"""Names of authors taken apart: “Ludwig van Beethoven” is Beethoven, Ludwig, with the particle “van”.

What arXiv tells is a name as it is written. What it does not tell is guessed by what is usual: particles stand in lower
case before the family name, the last word is the family name, and of two of the most frequent Spanish names at the end
both are. Whoever is no person, and any name in Chinese characters, stays whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from digestbot.late_patterns import compile_late

_SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "2nd", "3rd"))
_PARTICLES = frozenset((
    "af", "al", "am", "av", "bin", "bint", "d", "da", "dal", "dalla", "das", "de", "degli", "dei", "del", "della",
    "delle",
    "den", "der", "des", "di", "do", "dos", "du", "e", "el", "ibn", "la", "las", "le", "les", "lo", "los", "op", "st.",
    "te", "ten", "ter", "uit", "van", "vom", "von", "zu", "zum", "zur", "'t", "’t",
))  # fmt: skip
_CAPITAL_PARTICLES = frozenset((
    "Da", "Dal", "De", "Del", "Della", "Den", "Der", "Des", "Di", "Do", "Dos", "Du", "La", "Le", "Lo", "Van",
    "Von", "Ten", "Ter",
))  # fmt: skip
"""Particles that are part of the family name where they have a capital; others are given names as well."""
_JOINING = frozenset(("y", "i"))
"""What stands between two family names: Ramón y Cajal."""
_SPANISH = frozenset((
    "aguilar", "alvarez", "castillo", "castro", "cruz", "delgado", "diaz", "dominguez", "fernandez", "flores", "garcia",
    "gil", "gimenez", "gomez", "gonzalez", "gutierrez", "guzman", "hernandez", "herrera", "jimenez", "lopez", "marquez",
    "martinez", "medina", "mendoza", "molina", "morales", "moreno", "munoz", "navarro", "nunez", "ortega",
    "ortiz", "perez",
    "ramirez", "ramos", "reyes", "rivera", "rodriguez", "rojas", "romero", "ruiz", "sanchez", "santiago", "serrano",
    "suarez", "torres", "vargas", "vasquez", "vazquez", "velasquez",
))  # fmt: skip
_GROUP = compile_late(
    r"\b(?:collaborations?|team|consortium|group|project|committee|initiative|network|foundation|institute|university"
    r"|laborator(?:y|ies)|labs?|research|association|society|corporation|inc|ltd|gmbh|company|organi[sz]ation|community"
    r"|contributors|authors|alliance|cent(?:er|re)|department|working|agency|openai|deepmind|nvidia)\b|^the\s|(?-i:\bAI\b)|[@:;/&\d]"
    r"|(?:团队|小组|项目组|实验室|研究院|大学|公司|课题组)$",
    re.IGNORECASE,
)
_CJK = compile_late(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LATIN = compile_late(r"[A-Za-z\u00c0-\u024f]")
_NO_NAME = compile_late(r"[\\{}$^_~#%|<>*=+\[\]\"`!?()]")
"""What stands in no person's name."""
_AND_OTHERS = frozenset(("et al", "et al.", "and others", "others", "等"))


@dataclass(frozen=True, slots=True)
class AuthorName:
    """A person's name in its parts, or a ``literal`` that has none: a group, or a name in one word or script."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def sort_name(self) -> str:
        """What the author is found by: the family name, or all of it."""
        return self.family or self.literal


@dataclass(frozen=True, slots=True)
class AuthorList:
    """The authors of a paper; with ``has_more``, there are others who are not named."""

    names: tuple[AuthorName, ...]
    has_more: bool = False


def parse_authors(texts: Iterable[str]) -> AuthorList:
    """The authors by their names as they are written. What has no letter is none, and so is “et al.”."""
    cleaned = [clean_text(text) for text in texts]
    has_more = any(text.casefold() in _AND_OTHERS for text in cleaned)
    named = (text for text in cleaned if any(map(str.isalpha, text)) and text.casefold() not in _AND_OTHERS)
    names = tuple(map(parse_name, named))
    return AuthorList(names, has_more and bool(names))


def clean_text(text: str) -> str:
    """Text in one line, without what is invisible or turns it around."""
    kept = (one for one in text if one.isspace() or unicodedata.category(one)[0] != "C" or one == "\u200d")
    return " ".join("".join(kept).split())


def parse_name(text: str) -> AuthorName:
    """A name in its parts."""
    if _CJK.search(text):
        return _parse_cjk(text)
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    suffix = next((piece for piece in pieces[1:] if piece.casefold() in _SUFFIXES), "")
    pieces = [piece for index, piece in enumerate(pieces) if not (index and piece == suffix)]
    if len(pieces) > 2 or _GROUP.search(text) or _NO_NAME.search(text):
        return AuthorName(literal=text)
    if len(pieces) == 2:
        particle, family = _split_particle(pieces[0].split())
        return AuthorName(family, pieces[1], particle, suffix)
    words = pieces[0].split() if pieces else [text]
    if not suffix and len(words) > 2 and words[-1].casefold() in _SUFFIXES:
        *words, suffix = words
    return _parse_words(words, suffix) if len(words) > 1 else AuthorName(literal=text)


def _parse_cjk(text: str) -> AuthorName:
    """A name in characters: as it is, unless a space parts the family name from the rest."""
    words = text.split()
    is_parted = len(words) == 2 and not _LATIN.search(text) and not _GROUP.search(text)
    return AuthorName(words[0], words[1]) if is_parted else AuthorName(literal=text)


def _parse_words(words: list[str], suffix: str) -> AuthorName:
    start = _find_family(words)
    particle, family = _split_particle(words[start:])
    return AuthorName(family, " ".join(words[:start]), particle, suffix)


def _find_family(words: list[str]) -> int:
    """Where the family name begins, its particles with it; at least one word is before it."""
    start = len(words) - 1
    if start > 1 and words[start - 1] in _JOINING:
        start -= 2
    elif start > 1 and _fold_word(words[start - 1]) in _SPANISH and "." not in words[start - 1]:
        start -= 1
    while start > 1 and (words[start - 1] in _PARTICLES or words[start - 1] in _CAPITAL_PARTICLES):
        start -= 1
    return max(start, 1)


def _split_particle(words: list[str]) -> tuple[str, str]:
    """The particles in lower case, and the family name, which those with a capital belong to."""
    count = next((number for number, word in enumerate(words[:-1]) if word not in _PARTICLES), len(words) - 1)
    return " ".join(words[:count]), " ".join(words[count:])


def _fold_word(word: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one)).casefold()
