"""Parse page numbers; times, days and places are in ``options.py``, the days of digests in ``days.py``."""

from __future__ import annotations

import re

from digestbot.late_patterns import compile_late

_PAGE = compile_late(r"p([1-9]\d{0,3})", re.IGNORECASE)


def parse_page_number(word: str) -> int | None:
    """Parse a page number such as ``p2``; ``None`` for any other word."""
    match = _PAGE.fullmatch(word)
    return int(match[1]) if match else None


def split_page_number(words: tuple[str, ...], min_words: int = 0) -> tuple[tuple[str, ...], int]:
    """Split a trailing page number from the words, of which at least ``min_words`` are left: P53 is a gene."""
    page_number = parse_page_number(words[-1]) if len(words) > min_words else None
    return (words[:-1], page_number) if page_number else (words, 1)
