"""A text's words as queries compare them: those of the search, in the singular."""

from __future__ import annotations

from digestbot.domain.queries.plurals import to_singular
from digestbot.domain.text.search_words import split_tokens
from digestbot.late_patterns import compile_late

MAX_TOKENS = 3_000
"""How many of a text's first words are looked at, as in the search."""
_MAX_JOINED_PARTS = 4
_POSSESSIVE = compile_late(r"(?<=[^\W_])['’]s(?![^\W_])")
_HYPHENS = frozenset("-\u2010\u2011")
_COMPOUND = compile_late(r"[^\W_]{1,100}(?:[-\u2010\u2011][^\W_]{1,100}){1,3}(?![^\W_]|[-\u2010\u2011][^\W_])")


def split_singular_tokens(text: str) -> list[str]:
    """The words in order; "Alzheimer's" is "Alzheimer"."""
    if "'" in text or "’" in text:
        text = _POSSESSIVE.sub("", text)
    return list(map(to_singular, split_tokens(text)[:MAX_TOKENS]))


def find_compounds(text: str) -> set[str]:
    """Words with hyphens as one word each: "pre-training" is found as "pretraining" too."""
    likely = (word for word in text.split() if not _HYPHENS.isdisjoint(word))
    found = (match[0] for word in likely for match in _COMPOUND.finditer(word) if match[0].isascii())
    return set(filter(None, map(join_tokens, map(split_singular_tokens, found))))


def join_tokens(tokens: list[str] | tuple[str, ...]) -> str:
    """A few words as the one word that they may be written as; empty where that is not usual."""
    if not 2 <= len(tokens) <= _MAX_JOINED_PARTS or not all(map(str.isascii, tokens)):
        return ""
    return to_singular("".join(tokens))
