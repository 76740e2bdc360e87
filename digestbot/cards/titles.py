"""Titles of papers where there is little room."""

from __future__ import annotations

from digestbot.cards.card import Line, Math
from digestbot.cards.text import math_to_text
from digestbot.domain.text.lengths import shorten_inside
from digestbot.late_patterns import compile_late

_NAME_END = compile_late(r"[:：]\s|：|\s[–—-]\s")
_WEAK_ENDS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "via", "with")
)
"""Words that no shortened title ends with."""


def format_short_title(title: Line, width: int) -> str:
    """What a paper is called: the name before the colon, else the first words; at most ``width`` columns.

    A Chinese character takes two columns. A title that is cut gets an ellipsis.
    """
    text = " ".join("".join(math_to_text(run.source) if isinstance(run, Math) else run.text for run in title).split())
    name = _NAME_END.split(text, maxsplit=1)[0].strip()
    if name and measure_width(name) <= width:
        return name
    return text if measure_width(text) <= width else f"{_cut_at_word(text, width - 1)}…"


def shorten_to_width(name: str, width: int) -> str:
    """The name; if it takes more than ``width`` columns, its beginning and its end."""
    limit = len(name)
    while limit > 2 and measure_width(shorten_inside(name, limit)) > width:
        limit -= 1
    return shorten_inside(name, limit)


def _cut_at_word(text: str, width: int) -> str:
    kept = ""
    for character in text:
        if measure_width(kept + character) > width:
            break
        kept += character
    is_inside_word = text[len(kept) : len(kept) + 1].isascii() and not text[len(kept) : len(kept) + 1].isspace()
    space = kept.rfind(" ")
    if is_inside_word and space > width // 2:
        kept = kept[:space]
    words = kept.split()
    while len(words) > 1 and words[-1].casefold() in _WEAK_ENDS:
        words.pop()
    return " ".join(words).rstrip(",，、")


def measure_width(text: str) -> int:
    """How many columns a text takes: a Chinese character takes two."""
    return sum(1 + (ord(character) >= 0x2E80) for character in text)
