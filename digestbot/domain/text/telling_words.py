"""The words of a paper that tell what it is about, each with how much."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from digestbot.domain.text.search_words import is_cjk, is_telling, split_tokens
from digestbot.late_patterns import compile_late

_ADDRESS = compile_late(r"https?://\S{1,2000}")
"""Where a paper’s code is says nothing of what it is about."""
_MAX_WORDS = 200
"""Words of a paper that are looked at: an abstract has about as many different ones."""
_MIN_LETTERS, _MIN_PAPERS, _MAX_SHARE, _SMALL_LIBRARY = 3, 2, 0.5, 40
"""A word in fewer papers is shared by none, and one in a larger share of them tells papers apart badly."""
_IN_BOTH, _IN_TITLE_ALONE, _ONCE, _TWICE, _MORE = 1.5, 0.5, 0.3, 1.0, 1.4
"""How much a word tells by where it stands: what an abstract says once is often by the way, and so is what only the
title says: “beyond”, “yet another”."""
_STEM = 6
"""Letters by which forms of a word are one: edits, editing, edited."""

# fmt: off
_OF_ANY_PAPER = frozenset((
    "against", "approach", "approaches", "method", "methods", "model", "models", "paper", "papers", "result",
    "results", "show", "shows", "study", "work", "works", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten",
))
# fmt: on
"""What papers of every field say, though not every one of them in its abstract."""


def count_telling_words(title: str, abstract: str) -> dict[str, float]:
    """How much each word that can tell something does, by where and how often it stands."""
    named, times = set(split_tokens(title)), Counter(split_tokens(_ADDRESS.sub(" ", abstract)))
    said = {token: _ONCE if count == 1 else _TWICE if count == 2 else _MORE for token, count in times.items()}
    told = said | {token: said[token] + _IN_BOTH if token in said else _IN_TITLE_ALONE for token in named}
    found = sorted(filter(can_tell, told), key=lambda token: (-told[token], token))
    return {token: told[token] for token in found[:_MAX_WORDS]}


def find_stem(word: str) -> str:
    """What the forms of a word have in common."""
    return word.removesuffix("s")[:_STEM]


def can_tell(token: str) -> bool:
    """Whether a word can tell what a paper is about: no number, and no single character."""
    is_word = len(token) >= _MIN_LETTERS or (len(token) > 1 and not token.isdecimal() and not token.isalpha())
    if not is_word or token.isdecimal() or token in _OF_ANY_PAPER:
        return False
    return not is_cjk(token) and is_telling((token,))


def weigh_words(times: Mapping[str, float], papers: Mapping[str, int], total: int) -> dict[str, float]:
    """How much each word tells, the most telling first: by how rare it is, and how often the paper has it."""
    most = max(total * _MAX_SHARE, _SMALL_LIBRARY)
    weights = {
        word: math.log((total + 1) / (papers[word] + 0.5)) * told
        for word, told in times.items()
        if _MIN_PAPERS <= papers.get(word, 0) <= most
    }
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
