"""Parse dates and page numbers as people write them; times, days and places are in ``options.py``."""

from __future__ import annotations

import re
from datetime import date, timedelta

from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late

_DATE = compile_late(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PAGE = compile_late(r"p([1-9]\d{0,3})", re.IGNORECASE)


def parse_date(word: str, today: date) -> date | None:
    """Parse ``2024-10-27``, ``today`` or ``yesterday``; ``None`` if the word does not look like a date.

    Raises :class:`CommandError` for a word in date format that is not a valid date.
    """
    days_ago = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}.get(word.casefold())
    if days_ago is not None:
        return today - timedelta(days=days_ago)
    match = _DATE.fullmatch(word)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise CommandError("not_a_date", text=word) from None


def parse_page_number(word: str) -> int | None:
    """Parse a page number such as ``p2``; ``None`` for any other word."""
    match = _PAGE.fullmatch(word)
    return int(match[1]) if match else None


def split_page_number(words: tuple[str, ...], min_words: int = 0) -> tuple[tuple[str, ...], int]:
    """Split a trailing page number from the words, of which at least ``min_words`` are left: P53 is a gene."""
    page_number = parse_page_number(words[-1]) if len(words) > min_words else None
    return (words[:-1], page_number) if page_number else (words, 1)
