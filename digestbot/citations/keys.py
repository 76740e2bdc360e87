"""The keys of citations: ``kerbl2023gaussian``, the first author, the year of the first version, a word of the title.

None of the three changes with a new version or a publication, so that a key stays what it is.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from digestbot.citations.record import Citation
from digestbot.late_patterns import compile_late

_LETTERS = str.maketrans({
    "ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ə": "e",
})  # fmt: skip
_WORD = compile_late(r"[a-z]+")
_FORMULA = compile_late(r"\$[^$]{0,300}\$")
_SMALL_WORDS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how", "in", "into",
    "is", "it",
    "its", "no", "not", "of", "on", "or", "the", "to", "towards", "toward", "via", "what", "when", "where",
    "which", "why",
    "with", "without", "you", "your", "we", "our", "that", "this", "than",
))  # fmt: skip
_MAX_NAME, _MAX_WORD, _MIN_WORD, _LETTER_COUNT = 30, 30, 3, 26


def add_keys(citations: Iterable[Citation]) -> list[Citation]:
    """The citations, each with a key of its own: the first with a key has it alone, others a letter after it."""
    used: set[str] = set()
    places: Counter[str] = Counter()
    keyed = []
    for citation in citations:
        own = _take_key(build_key(citation), used, places)
        keyed.append(replace(citation, key=own))
    return keyed


def _take_key(key: str, used: set[str], places: Counter[str]) -> str:
    """The first key that is free, looked for where the last one with the same beginning was found."""
    while True:
        places[key] += 1
        own = key + _name_place(places[key])
        if own not in used:
            used.add(own)
            return own


def build_key(citation: Citation) -> str:
    """The key of a citation alone."""
    names = citation.authors.names
    author = "".join(_WORD.findall(_fold_text(names[0].sort_name)))[:_MAX_NAME] if names else ""
    year = str(citation.submitted_year or citation.year or "")
    return f"{author or 'anon'}{year}{_find_word(citation.title)}"


def _find_word(title: str) -> str:
    words = _WORD.findall(_fold_text(_FORMULA.sub(" ", title)))
    return next((word[:_MAX_WORD] for word in words if len(word) >= _MIN_WORD and word not in _SMALL_WORDS), "paper")


def _fold_text(text: str) -> str:
    """The text in the letters a to z, as far as it has any."""
    lowered = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(one for one in lowered if not unicodedata.combining(one))


def _name_place(place: int) -> str:
    """Nothing for the first, then b to z, and numbers."""
    return "" if place == 1 else chr(ord("a") + place - 1) if place <= _LETTER_COUNT else f"-{place}"
