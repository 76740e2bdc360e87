"""Mistyped names of commands: a letter too few, too many, or in another's place."""

from __future__ import annotations

from digestbot.core.lines.names import list_names

_MIN_LETTERS, _LONG_LETTERS = 5, 8
"""Letters that a name needs for a slip to be told from another word, and those of one in which one may be another."""


def find_meant_name(word: str) -> str:
    """The command whose name a word is but for a slip; empty if there is none, or if the word is a name itself."""
    folded = word.casefold()
    names = list_names()
    if folded in names or not folded.isascii() or not folded.isalpha():
        return ""
    likely = (name for name in names if name.isascii() and len(name) >= _MIN_LETTERS and _is_slip(folded, name))
    return names.get(next(likely, ""), "")


def _is_slip(word: str, name: str) -> bool:
    if word[:1] != name[:1] or abs(len(word) - len(name)) > 1:
        return False
    if len(word) == len(name):
        return _is_swap(word, name) or (len(name) >= _LONG_LETTERS and _count_different(word, name) == 1)
    longer, shorter = sorted((word, name), key=len, reverse=True)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(1, len(longer)))


def _is_swap(word: str, name: str) -> bool:
    """Whether two neighbours changed places."""
    at = next((i for i, (one, other) in enumerate(zip(word, name, strict=True)) if one != other), -1)
    return at >= 0 and word == name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


def _count_different(word: str, name: str) -> int:
    return sum(one != other for one, other in zip(word, name, strict=True))
