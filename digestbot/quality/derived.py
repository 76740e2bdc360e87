"""What follows from the numbers of a text: what they differ by, how often one is in another, what they add up to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from digestbot.quality.quantities import MONTH, PERCENT, SHARE, Quantity

_CONTRAST = re.compile(
    r"(?i)\b(?:from|to|vs|versus|against|instead|compared|than|rather|down|up|over|for)\b|→|->|降|升|至|到|比|/"
)
_SPAN = re.compile(r"\b(?:and|to|until|till)\b|[-–—至到]")
_FIRST_YEAR, _LAST_YEAR = 1_800, 2_200
_YEAR_SECONDS = 365.25 * 86_400
_FROM_TO = re.compile(r"\bto\b|→|->|降|升|至|到")
_AWAY = re.compile(
    r"\s(?:(?:points?|more|better)\s)?(?:(?P<above>above|higher|more|over|better|faster|longer|larger)"
    r"|(?P<below>below|lower|less|under|fewer|worse|shorter|smaller))\b"
)
_SENTENCE_END = re.compile(r"(?<!\bvs)[.!?]\s|[。！？]")
_PARTS = ("of", "out of", "of the", "of all", "in", "out of the")
_MAX_CONTRAST_CHARACTERS, _MAX_SHARES_CHARACTERS = 60, 120
"""How far apart two numbers, and two percentages, may stand that are held against each other."""
_ADDED = re.compile(r"\s?(?:[A-Za-z-]{2,20}\s){0,3}(?:and|plus)\s|\s?[^，。；,.;\d]{0,8}[和与加]\s?")
_MIN_RATED, _RATED_BEHIND = 10, 3
"""The least count of which a rate is made, and how many counts behind it are taken with it."""


def iter_derived(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[str, float]]:
    """What follows from two numbers of a text, by its unit, or by what it is: ``ratio``, ``difference``, ``change``.

    Numbers that are held against each other give these; counts that are added up a further ``count``, and those of one
    sentence how many there are for each (``rate``) and what they make together (``product``). A percentage gives what
    it leaves (``rest``).
    """
    yield from _iter_spans(quantities, text)
    yield from _iter_sums(quantities, text)
    yield from _iter_rates(quantities, text)
    yield from _iter_products(quantities, text)
    yield from _iter_crossed(quantities, text)
    yield from (("count", count) for one in quantities if one.unit == SHARE for count in _read_counts(one.text))
    yield from (("rest", 1 - one.value) for one in quantities if one.unit == PERCENT)
    for one, other in _iter_neighbours(quantities, text):
        between = text[one.end : other.start]
        if one.unit and other.unit and one.unit != other.unit:
            continue
        if not other.unit and one.value < other.value and between.strip() in _PARTS:
            yield SHARE, one.value / other.value
        if len(between) <= (_MAX_SHARES_CHARACTERS if one.unit == other.unit == PERCENT else _MAX_CONTRAST_CHARACTERS):
            if _is_contrast(one, other, between, text):
                is_directed = _FROM_TO.search(between) is not None
                yield from _iter_contrasts(one, other, one.value if is_directed else max(one.value, other.value))
            if one.unit == other.unit and (way := _AWAY.match(text, other.end)):
                yield one.unit, one.value + other.value * (1 if way["below"] else -1)


def _iter_spans(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[str, float]]:
    """The times between two years that follow each other within a sentence."""
    years = [one for one in quantities if one.is_count and not one.is_word and _FIRST_YEAR <= one.value <= _LAST_YEAR]
    for one, other in pairwise(years):
        between = text[one.end : other.start]
        if one.value < other.value and len(between) <= _MAX_CONTRAST_CHARACTERS and _SPAN.search(between):
            yield "time", (other.value - one.value) * _YEAR_SECONDS


def _iter_neighbours(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[Quantity, Quantity]]:
    """The numbers that follow each other within a sentence, also around what stands in brackets."""
    alike = [[one for one in quantities if one.unit == unit] for unit in {one.unit for one in quantities} if unit]
    outside = [one for one in quantities if text.count("(", 0, one.start) <= text.count(")", 0, one.start)]
    pairs = dict.fromkeys([*pairwise(quantities), *pairwise(outside), *chain.from_iterable(map(pairwise, alike))])
    return ((one, other) for one, other in pairs if not _SENTENCE_END.search(text, one.end, other.start))


def _is_contrast(one: Quantity, other: Quantity, between: str, text: str) -> bool:
    if MONTH in (one.unit, other.unit):
        return False
    if one.unit == other.unit == PERCENT:
        return True
    return bool(_CONTRAST.search(between) or _CONTRAST.search(text[max(0, one.start - 6) : one.start]))


def _iter_contrasts(one: Quantity, other: Quantity, base: float) -> Iterator[tuple[str, float]]:
    difference = abs(one.value - other.value)
    yield f"difference {one.unit or other.unit}", difference
    if PERCENT in (one.unit, other.unit):
        yield "points", 100 * difference
    if one.value and other.value:
        yield "ratio", max(one.value / other.value, other.value / one.value)
        yield "change", difference / abs(base)


def _read_counts(text: str) -> Iterator[float]:
    """The counts of which a share is made: 6 and 9 of “6 out of 9”."""
    numbers = re.findall(r"\d+", text)
    return map(float, numbers if len(numbers) == 2 else ())


def _iter_sums(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[str, float]]:
    """Two counts that are added up: “2 egocentric and 5 exocentric videos”."""
    for one, other in pairwise(quantities):
        if one.is_count and other.is_count and _ADDED.fullmatch(text, one.end, other.start):
            yield "count", one.value + other.value


def _iter_rates(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[str, float]]:
    """How many of one thing there are for each of another that the same sentence counts."""
    counts = [one for one in quantities if one.is_count and one.value >= _MIN_RATED and not one.is_doubtful]
    for place, one in enumerate(counts):
        for other in counts[place + 1 : place + 1 + _RATED_BEHIND]:
            if _SENTENCE_END.search(text, one.end, other.start):
                break
            yield "rate", max(one.value, other.value) / min(one.value, other.value)


def _iter_products(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[str, float]]:
    """What two numbers of a sentence make together: GPUs and the hours or days that they run, sequences and tokens."""
    for one, other in pairwise([one for one in quantities if one.is_count or one.unit == "time"]):
        if one.unit == other.unit == "time" or _SENTENCE_END.search(text, one.end, other.start):
            continue
        product = one.value * other.value
        if "time" in (one.unit, other.unit):
            yield "product", product / 3_600
            yield "product", product / 86_400
        else:
            yield "product", product


def _iter_crossed(quantities: Sequence[Quantity], text: str) -> Iterator[tuple[str, float]]:
    """The differences of two pairs of percentages: “90% and 87.5%, compared to 32.5% and 57.5%”."""
    shares = [one for one in quantities if one.unit == PERCENT]
    for one, second, third, fourth in zip(shares, shares[1:], shares[2:], shares[3:], strict=False):
        is_crossed = _CONTRAST.search(text, second.end, third.start) and not _SENTENCE_END.search(
            text, one.end, fourth.start
        )
        if is_crossed and _ADDED.fullmatch(text, one.end, second.start):
            yield "points", 100 * abs(one.value - third.value)
            yield "points", 100 * abs(second.value - fourth.value)
