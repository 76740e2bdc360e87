"""Numbers in a text, checked against its source: rounded values, percentages and number words count as equal."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALES = {
    "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12, "t": 12,
    "百": 2, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10,
}  # fmt: skip
_UNIT = r"\s?(?P<unit>thousand|million|billion|trillion|十亿|百亿|百万|千万|[百千万亿]|(?<=\d)(?:k|mn?|bn?|t)(?![a-z]))"
_CLAIMED_NUMBER = re.compile(
    rf"(?<![A-Za-z_\d.,])(?<![A-Za-z][-‐.])(?P<digits>{_DIGITS})(?![\d])(?:{_UNIT})?(?P<percent>\s?[%％])?"
    r"(?P<glued>[A-Za-z]*)",
    re.IGNORECASE,
)
_SOURCE_NUMBER = re.compile(rf"(?P<digits>{_DIGITS})(?:{_UNIT})?", re.IGNORECASE)
_NUMBER_WORDS = {
    word: value
    for value, words in enumerate(
        ("zero", "one once", "two twice both double half pair", "three third thirds triple", "four quarter quarters",
         "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve dozen", "thirteen", "fourteen", "fifteen",
         "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
    )
    for word in words.split()
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}  # fmt: skip
_MAX_COMMON_VALUE = Decimal(10)
"""Whole numbers up to ten usually count items in a sentence and are not measurements."""
_GLUED_UNITS = re.compile(
    r"(?i)x|ms|s|min|h|hz|khz|mhz|ghz|kb|mb|gb|tb|px|fps|mm|cm|m|km|nm|kg|g|db|pp|d|epochs?|shot|th|st|nd|rd|K|c"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, its value, and its possible values with the unit: 40m may be metres, or millions."""

    text: str
    value: Decimal
    scaled_value: Decimal
    is_percent: bool = False

    @property
    def decimal_places(self) -> int:
        """The number of digits after the decimal point."""
        return max(0, -int(self.value.as_tuple().exponent))


def find_unsupported_numbers(text: str, source: str) -> tuple[str, ...]:
    """The numbers in a text, as written, that do not occur in the source in any form."""
    claimed = [number for number in _iter_claimed_numbers(text) if number.is_percent or not _is_common(number.value)]
    if not claimed:
        return ()
    known_values = _find_known_values(source)
    return tuple(dict.fromkeys(number.text for number in claimed if not _is_supported(number, known_values)))


def _is_common(value: Decimal) -> bool:
    return value <= _MAX_COMMON_VALUE and value == value.to_integral_value()


def _iter_claimed_numbers(text: str) -> Iterator[Number]:
    for match in _CLAIMED_NUMBER.finditer(text):
        if match["glued"] and not _GLUED_UNITS.fullmatch(match["glued"]):
            continue  # part of a name such as 4DGS
        value, scaled_value = _parse_value(match["digits"], None), _parse_value(match["digits"], match["unit"])
        has_glued_unit = bool(match["unit"]) and match["unit"].isascii() and len(match["unit"]) <= 2
        yield Number(match[0].strip(), value if has_glued_unit else scaled_value, scaled_value, bool(match["percent"]))


@lru_cache(maxsize=16)
def _find_known_values(source: str) -> Sequence[Decimal]:
    """All values in a source, sorted; cached, since every field of a summary is checked against the same source."""
    return sorted(set(_iter_known_values(source)))


def _iter_known_values(source: str) -> Iterator[Decimal]:
    for match in _SOURCE_NUMBER.finditer(source):
        yield _parse_value(match["digits"], None)
        if match["unit"]:
            yield _parse_value(match["digits"], match["unit"])
    for word in set(re.findall(r"[a-z]+", source.lower())) & _NUMBER_WORDS.keys():
        yield Decimal(_NUMBER_WORDS[word])


def _parse_value(digits: str, unit: str | None) -> Decimal:
    return Decimal(digits.replace(",", "")).scaleb(_SCALES[unit.lower()] if unit else 0)


def _is_supported(number: Number, known_values: Sequence[Decimal]) -> bool:
    """Whether the source has the number: exactly, as a percentage, or with more digits."""
    value = number.value
    half_step = Decimal(1).scaleb(-number.decimal_places) / 2
    if _has_between(known_values, number.scaled_value, number.scaled_value):
        return True
    if _has_between(known_values, value - half_step, value + half_step):
        return True
    return number.is_percent and _has_between(known_values, (value - half_step) / 100, (value + half_step) / 100)


def _has_between(sorted_values: Sequence[Decimal], low: Decimal, high: Decimal) -> bool:
    place = bisect_left(sorted_values, low)
    return place < len(sorted_values) and sorted_values[place] <= high
