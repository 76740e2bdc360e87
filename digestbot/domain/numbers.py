"""Numbers in a text, held against those of its source: rounded, as a percentage, or in words, they are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALES = {
    "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12, "t": 12,
    "百": 2, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10,
}  # fmt: skip
_UNIT = r"\s?(?P<unit>thousand|million|billion|trillion|十亿|百亿|百万|千万|[百千万亿]|(?<=\d)(?:k|mn?|bn?|t)(?![a-z]))"
_CLAIMED = re.compile(
    rf"(?<![A-Za-z_\d.,])(?<![A-Za-z][-‐.])(?P<digits>{_DIGITS})(?![\d])(?:{_UNIT})?(?P<percent>\s?[%％])?"
    r"(?P<glued>[A-Za-z]*)",
    re.IGNORECASE,
)
_ANY = re.compile(rf"(?P<digits>{_DIGITS})(?:{_UNIT})?", re.IGNORECASE)
_WORDS = {
    word: value
    for value, words in enumerate(
        ("zero", "one once", "two twice both double half pair", "three third thirds triple", "four quarter quarters",
         "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve dozen", "thirteen", "fourteen", "fifteen",
         "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
    )
    for word in words.split()
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}  # fmt: skip
_COMMON = Decimal(10)
"""Whole numbers up to ten count things that a sentence lists; they are not measured."""
_UNITS_GLUED = re.compile(
    r"(?i)x|ms|s|min|h|hz|khz|mhz|ghz|kb|mb|gb|tb|px|fps|mm|cm|m|km|nm|kg|g|db|pp|d|epochs?|shot|th|st|nd|rd|K|c"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, its value, and what that is with the unit: 40m may be metres, or millions."""

    written: str
    value: Decimal
    scaled: Decimal
    percent: bool = False

    @property
    def places(self) -> int:
        """Digits after the point."""
        return max(0, -int(self.value.as_tuple().exponent))


def strange_numbers(text: str, source: str) -> tuple[str, ...]:
    """The numbers of a text, as written there, that its source has in no form."""
    claimed = [number for number in _claimed(text) if number.percent or not _is_common(number.value)]
    if not claimed:
        return ()
    known = _all_known(source)
    return tuple(dict.fromkeys(number.written for number in claimed if not _is_known(number, known)))


def _is_common(value: Decimal) -> bool:
    return value <= _COMMON and value == value.to_integral_value()


def _claimed(text: str) -> Iterator[Number]:
    for match in _CLAIMED.finditer(text):
        if match["glued"] and not _UNITS_GLUED.fullmatch(match["glued"]):
            continue  # part of a name, such as 4DGS
        value, scaled = _value(match["digits"], None), _value(match["digits"], match["unit"])
        glued = bool(match["unit"]) and match["unit"].isascii() and len(match["unit"]) <= 2
        yield Number(match[0].strip(), value if glued else scaled, scaled, bool(match["percent"]))


@lru_cache(maxsize=16)
def _all_known(source: str) -> frozenset[Decimal]:
    """All numbers of a source: each field of a summary is held against the same."""
    return frozenset(_known(source))


def _known(source: str) -> Iterator[Decimal]:
    for match in _ANY.finditer(source):
        yield _value(match["digits"], None)
        if match["unit"]:
            yield _value(match["digits"], match["unit"])
    for word in set(re.findall(r"[a-z]+", source.lower())) & _WORDS.keys():
        yield Decimal(_WORDS[word])


def _value(digits: str, unit: str | None) -> Decimal:
    return Decimal(digits.replace(",", "")).scaleb(_SCALES[unit.lower()] if unit else 0)


def _is_known(number: Number, known: frozenset[Decimal]) -> bool:
    """Whether the source has it: as it is, as a share, or with more digits."""
    value = number.value
    forms = {value, number.scaled, *([value / 100] if number.percent else [])}
    if forms & known:
        return True
    step = Decimal(1).scaleb(-number.places)
    return any(
        abs(other - value) * 2 <= step or (number.percent and abs(other * 100 - value) * 2 <= step) for other in known
    )
