"""Sets of small numbers as integers, a bit a number: joining two of 1,500 numbers takes a tenth of a microsecond."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from itertools import compress
from operator import or_

_FEW, _DENSE_SHARE = 8, 10
"""Up to so many are taken out one by one; from one in so many on, it is quicker to look at every number."""
_TO_TRUTH = bytes.maketrans(b"01", b"\0\1")


def set_bits(numbers: Iterable[int]) -> int:
    """The numbers as a set."""
    bits = 0
    for number in numbers:
        bits |= 1 << number
    return bits


def list_bits(bits: int) -> list[int]:
    """The numbers in a set, in order."""
    count = bits.bit_count()
    if count <= _FEW:
        return _list_few(bits)
    digits = bin(bits)[:1:-1]
    if count * _DENSE_SHARE > len(digits):
        return list(compress(range(len(digits)), digits.encode().translate(_TO_TRUTH)))
    numbers = [digits.find("1")]
    for _ in range(count - 1):
        numbers.append(digits.find("1", numbers[-1] + 1))
    return numbers


def _list_few(bits: int) -> list[int]:
    numbers: list[int] = []
    while bits:
        lowest = bits & -bits
        numbers.append(lowest.bit_length() - 1)
        bits ^= lowest
    return numbers


def join_sets(sets: Iterable[int]) -> int:
    """The numbers that are in any of the sets."""
    return reduce(or_, sets, 0)


def group_places(values: Iterable[Iterable[str]]) -> dict[str, int]:
    """For each value, the set of the places where it stands."""
    grouped: dict[str, int] = defaultdict(int)
    for place, own in enumerate(values):
        for value in own:
            grouped[value] |= 1 << place
    return dict(grouped)


class PostingList:
    """The places where each word stands: as a set for common words, as a list for rare ones, which takes less room."""

    _MAX_LISTED_SHARE = 50

    def __init__(self, places_by_word: dict[str, list[int]], count: int) -> None:
        self._places = {word: self._pack(places, count) for word, places in places_by_word.items()}

    def _pack(self, places: list[int], count: int) -> int | tuple[int, ...]:
        return set_bits(places) if len(places) * self._MAX_LISTED_SHARE > count else tuple(places)

    def get(self, word: str) -> int:
        """The set of places; empty for a word that stands nowhere."""
        places = self._places.get(word, 0)
        return places if isinstance(places, int) else set_bits(places)
