"""Years in a comment, as they are written beside a venue, and the numbers by which conferences are called."""

from __future__ import annotations

import re

_YEAR = re.compile(r"(?<![\d.:-])(?:19[89]|20[0-4])\d(?![\d/]|:\d)")
_SHORT_YEAR = re.compile(r"(?<=\w)['’]([0-4]\d)\b")
_YEAR_AFTER = re.compile(
    r"[\s'’‘`,()\[:_–-]{0,4}(?P<long>(?:19[89]|20[0-4])\d)(?!\d|[.:/]\d)"
    r"|(?:\s?['’‘`-]?\s?|\()(?P<short>0?[0-3]\d)(?![\dA-Za-z]|[.:/]\d)(?!\s?(?:\+|pages|pp|figures|tables|references))",
    re.IGNORECASE,
)
_APOSTROPHE = re.compile(r"['’‘`]")
_UNITS = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
]  # fmt: skip
_TENS = {"twent": 20, "thirt": 30, "fort": 40, "fift": 50, "sixt": 60, "sevent": 70, "eight": 80, "ninet": 90}
ORDINAL_PATTERN = (
    rf"\b(?:\d{{1,3}}\s?-?\s?(?:st|nd|rd|th)|(?:{'|'.join(_TENS)})(?:ieth|y[\s-]?(?:{'|'.join(_UNITS[:9])}))"
    rf"|{'|'.join(_UNITS)})\b"
)
_ORDINAL = re.compile(ORDINAL_PATTERN, re.IGNORECASE)


def read_year_after(text: str, position: int) -> str:
    """The year that follows directly: ``CVPR2024``, ``AAAI-26``, ``KDD '25``, ``(ICST), 2021``; empty if none does."""
    match = _YEAR_AFTER.match(text, position)
    if not match or match["long"]:
        return match["long"] if match else ""
    return "" if is_ordinal(text, match[0]) else f"20{match['short'][-2:]}"


def is_ordinal(text: str, written: str) -> bool:
    """Whether two digits behind a name are the conference's number: "the 29th International … (ISQS-29)"."""
    return not _APOSTROPHE.search(written) and written[-2:].isdigit() and int(written[-2:]) == read_ordinal(text)


def find_year(text: str, position: int = 0) -> str:
    """The next year after a position, else the last one before it; empty if there is none."""
    if after := _YEAR.search(text, position):
        return after[0]
    if before := _YEAR.findall(text[:position]):
        return str(before[-1])
    short = _SHORT_YEAR.search(text)
    return f"20{short[1]}" if short else ""


def read_ordinal(text: str) -> int:
    """The first ordinal number, in digits or words; 0 if there is none."""
    match = _ORDINAL.search(text)
    if not match:
        return 0
    written = match[0].lower()
    if written[0].isdigit():
        return int(re.match(r"\d+", written)[0])  # type: ignore[index]  # it begins with one
    tens = next((number for word, number in _TENS.items() if re.match(rf"{word}(?:ieth|y)", written)), 0)
    unit = re.split(r"y[\s-]?", written)[-1]
    return tens + (_UNITS.index(unit) + 1 if unit in _UNITS else 0)
