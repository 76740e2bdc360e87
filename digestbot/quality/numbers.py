"""Numbers in a text, checked against its source: for what they stand for, however they are written.

Rounded values, percentages, words, other units and other scales count as equal. Small whole numbers are judged where
they can be: with a unit or as a factor, from four on, and where the source counts the same thing otherwise.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from digestbot.quality.derived import iter_derived
from digestbot.quality.quantities import (
    CENTURY,
    FACTOR,
    MONTH,
    PERCENT,
    SHARE,
    Quantity,
    find_quantities,
    normalize_numbers,
)

_MAX_COMMON_COUNT = 3
"""Whole numbers up to three usually count what a sentence lists."""
_MAX_SMALL = 10
_MAX_SCALED_ERROR = 0.05
_RATIO_ERROR = 0.03
_ROUGH_RATIO = 0.06
_EPSILON = 1e-9
_APPROXIMATE = re.compile(
    r"(?i)(?:\b(?:about|around|roughly|approximately|nearly|almost|some)\s|[约近~≈]|接近|大约)\s?$"
)
_AT_LEAST = re.compile(r"(?i)(?:\b(?:more\sthan|over|above|at\sleast|exceed(?:s|ing)?)\s|超过|超|逾|至少|高于)\s?$")
_AT_MOST = re.compile(r"(?i)(?:\b(?:less\sthan|fewer\sthan|under|below|within|at\smost)\s|不到|不足|低于|少于)\s?$")
_MAX_BOUND_ERROR = 0.25
_BELOW_NEXT_STEP = 0.99
"""25 is more than 20, and nobody says that it is more than 24."""
_POINTS_BEHIND = re.compile(
    r"\s?(?:(?:and|or|to)\s\d+(?:\.\d+)?\s?)?(?:percentage\s)?points?\b|\s?(?:和\s?[\d.]+\s?)?个?点"
)
_REST = re.compile(
    r"(?i)\b(?:fail\w*|remain\w*|left|other|rest|miss\w*|wrong\w*|(?:wo)?men|(?:fe)?males?)\b|[剩其余败失未错男女]"
)
_REST_CHARACTERS = 40
_MIN_PRODUCT = 1_000
_FOR_EACH = re.compile(r"\s?(?:[A-Za-z][\w-]*\s){0,4}?(?:an?|per|each|every)\s", re.IGNORECASE)
_A_SECOND = re.compile(r"\s?(?:[A-Za-z][\w-]*\s){0,4}?(?:a|per|each|every)\ssecond\b", re.IGNORECASE)
_ROUGHLY = re.compile(r"(?:about|roughly|nearly)\b", re.IGNORECASE)
_EACH_BEFORE = re.compile(r"每[^，。；\d]{1,12}$|平均[^，。；\d]{0,12}$")
_CHANGE_CHARACTERS = 40
_CHANGE = re.compile(
    r"(?i)\b(?:by|fell|falls?|drop\w*|reduc\w*|cuts?|sav\w*|lower|higher|above|below|ris\w*|rose|increas\w*|decreas\w*|"
    r"gain\w*|improv\w*|more|less|fewer|faster|slower|better|worse|shorter|points?|outperform\w*|surpass\w*|declin\w*|"
    r"shr\w*|grow\w*|grew)\b|[降减升提增高低少多快慢省差胜优超缩]"
)
_MONEY_BEHIND = re.compile(r"\s?(?:美元|元|欧元|dollars?|euros?|cents?)")
_ROUGH_SHARE = 0.03
"""How far a share in words is from what it is said to be about: 35% is about a third."""
_WHOLE_UNITS = ("time", "bytes")
"""Units whose values are not rounded when they are told: 11 months are no 10.8 without a unit."""
_SHARES_THAT_FOLLOW = (f"difference {PERCENT}", "difference ", "change")
_NAMED_BEFORE = re.compile(r"\b[A-Z][\w+.-]*[\s-]$")
_PLAIN_WORDS_TEXT = (
    "Of The In With All Our We From Over On For At About Only Using Across Each These Those Top By To And It Is "
    "Are Under After Before Within Between Than Or Both Up"
)
_PLAIN_WORDS = frozenset(_PLAIN_WORDS_TEXT.split())
_LIST_MARK = re.compile(r"(?:^|[\n(（])[ \t]?$")
_REFERENCE = re.compile(
    r"\b(?i:sections?|sec\.|figures?|figs?\.|tables?|tab\.|equations?|eqs?\.|appendix|chapters?|steps?)\s?\(?$|[图表第]\s?$"
)
_STEM = re.compile(r"(?<![\w.-])((?:[A-Za-z][\w.]{0,20}-){0,2}[A-Za-z][\w.]{1,20})-$")
_NAME = re.compile(r"(?<![\w+.-])[A-Za-z][\w+.-]*+(?:\s|(?<=-))$")


@dataclass(slots=True)
class _KnownValues:
    """The values of a source: by unit, and by what they count; sorted."""

    text: str
    by_unit: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: set[float] = field(default_factory=set)
    counts_by_noun: dict[str, set[float]] = field(default_factory=lambda: defaultdict(set))


def find_unsupported_numbers(text: str, source: str) -> tuple[str, ...]:
    """The numbers in a text, as written, that do not occur in the source in any form."""
    plain = normalize_numbers(text)
    readings: dict[tuple[int, int], list[Quantity]] = defaultdict(list)
    for one in find_quantities(plain):
        readings[one.start, 0].append(one)
    if not readings:
        return ()
    known = _read_source(source)
    return tuple(
        dict.fromkeys(
            max((one.text for one in ways), key=len)
            for ways in readings.values()
            if not any(_is_supported(one, known, plain) for one in _leave_doubtful_out(ways))
        )
    )


def _leave_doubtful_out(ways: Sequence[Quantity]) -> Sequence[Quantity]:
    """The readings of a number without those that are more likely something else; a K may be a unit as well."""
    return [one for one in ways if not one.is_doubtful or one.text.endswith("K")] or ways


@lru_cache(maxsize=16)
def _read_source(source: str) -> _KnownValues:
    """All values of a source; cached, since every field of a summary is checked against the same source."""
    plain = normalize_numbers(source)
    known = _KnownValues(" ".join(plain.replace("-", " ").split()).casefold())
    quantities = find_quantities(plain)
    for one in quantities:
        _add_value(known, one, plain)
    for unit, value in iter_derived(quantities, plain):
        known.by_unit[unit].append(value)
    for match in re.finditer(r"(?<!\d)(\d{1,3}) (\d{3})(?![\d.,])", plain):
        known.by_unit[""].append(float(match[1] + match[2]))
    for values in known.by_unit.values():
        values.sort()
    return known


def _add_value(known: _KnownValues, one: Quantity, text: str) -> None:
    if one.is_doubtful:
        return
    known.by_unit[one.unit].append(one.value)
    if not one.unit and "point" in one.nouns[:2]:
        known.by_unit["told points"].append(one.value)
    if one.is_named and one.is_count and one.value <= _MAX_SMALL:
        return
    known.by_unit["raw"].append(one.raw)
    if not one.unit and not one.is_word and not one.nouns:
        known.by_unit["cell"].append(one.value)
    if not one.is_count or _is_name_number(one, text):
        return
    known.counts.add(one.value)
    for noun in one.nouns:
        known.counts_by_noun[noun].add(one.value)


def _is_supported(one: Quantity, known: _KnownValues, text: str) -> bool:
    if _is_known_bound(one, known, text):
        return True
    if one.unit in (SHARE, PERCENT):
        return _is_known_proportion(one, known, text) or _is_known_rest(one, known, text)
    if one.unit == FACTOR and _is_approximate(one, text) and _has_near(one, known.by_unit["ratio"], _ROUGH_RATIO):
        return True
    if one.unit:
        return _UNIT_RULES.get(one.unit, _is_known_measure)(one, known)
    return _is_told_otherwise(one, known, text) or _is_known_plain(one, known, text)


def _is_known_plain(one: Quantity, known: _KnownValues, text: str) -> bool:
    if _is_no_claim(one, known, text):
        return True
    if one.is_count and one.value <= _MAX_SMALL:
        return _is_known_count(one, known)
    return _is_known_number(one, known, text)


def _is_told_otherwise(one: Quantity, known: _KnownValues, text: str) -> bool:
    """Whether a number without a unit is points of a known percentage, a sum of counts, or so many for each."""
    if _POINTS_BEHIND.match(text, one.end) and _is_known_points(one, known):
        return True
    if one.is_count and one.value in known.by_unit["count"]:
        return True
    if one.value >= _MIN_PRODUCT and _is_approximate(one, text):
        return _has_near(one, known.by_unit["product"], _RATIO_ERROR)
    if _A_SECOND.match(text, one.end) and one.value:
        return _has_between(known.by_unit["time"], 1 / (one.value * 1.03), 1.03 / one.value)
    is_rate = _FOR_EACH.match(text, one.end) or _EACH_BEFORE.search(text[max(0, one.start - 24) : one.start])
    error = max(one.step, _RATIO_ERROR * one.value)
    return bool(is_rate) and _has_between(known.by_unit["rate"], one.value - error, one.value + error)


def _is_known_points(one: Quantity, known: _KnownValues) -> bool:
    share = replace(one, value=one.value / 100, step=one.step / 100, unit=PERCENT)
    return _is_known_share(share, known) or _has_value(one, known.by_unit["points"])


def _is_known_rest(one: Quantity, known: _KnownValues, text: str) -> bool:
    """Whether a share is what a known percentage leaves, and said to be so: "under 3% fail" where 97.14% do not."""
    around = text[max(0, one.start - _REST_CHARACTERS) : one.end + _REST_CHARACTERS]
    if not _REST.search(around):
        return False
    error = max(one.step, 0.005)
    room = one.value / 3 if _AT_MOST.search(text[max(0, one.start - 16) : one.start]) else error
    return _has_between(known.by_unit["rest"], one.value - room, one.value + error)


def _is_known_proportion(one: Quantity, known: _KnownValues, text: str) -> bool:
    if _is_approximate(one, text):
        one = replace(one, step=_ROUGH_SHARE if one.is_word else max(one.step, _MAX_SCALED_ERROR * one.value))
    return _is_known_share(one, known) or (_is_of_change(one, text) and _is_known_change(one, known))


def _is_known_number(one: Quantity, known: _KnownValues, text: str) -> bool:
    if _has_value(one, known.by_unit[""], text) or _is_derived(one, known):
        return True
    if 0 < one.value < 1 and not _MONEY_BEHIND.match(text, one.end):
        return any(_has_value(one, known.by_unit[unit]) for unit in (SHARE, PERCENT)) or _has_raw(one, known)
    return not _is_counted_otherwise(one, known) and _has_raw(one, known)


def _is_approximate(one: Quantity, text: str) -> bool:
    return (
        _APPROXIMATE.search(text[max(0, one.start - 16) : one.start]) is not None
        or _ROUGHLY.match(one.text) is not None
    )


def _is_known_bound(one: Quantity, known: _KnownValues, text: str) -> bool:
    """Whether a number is the round one below or above a value of the source, and said to be so: “more than 200”."""
    before = text[max(0, one.start - 16) : one.start]
    room = min(_find_last_step(one), _MAX_BOUND_ERROR * one.value)
    if _AT_LEAST.search(before):
        return _has_between(known.by_unit[one.unit], one.value, one.value + room * _BELOW_NEXT_STEP)
    return bool(_AT_MOST.search(before)) and _has_between(
        known.by_unit[one.unit], one.value - room * _BELOW_NEXT_STEP, one.value
    )


def _find_last_step(one: Quantity) -> float:
    """The step of the last digit that is not 0: of 200 that is 100; five of them where it is 5, as of 15 minutes."""
    if not float(one.raw).is_integer():
        return 2 * one.step
    digits = f"{one.raw:.0f}"
    scale = one.value / one.raw if one.raw else 1.0
    step = 10.0 ** (len(digits) - len(digits.rstrip("0"))) * scale
    return float(5 * step if digits.rstrip("0").endswith("5") else step)


def _is_known_month(one: Quantity, known: _KnownValues) -> bool:
    return not known.by_unit[MONTH] or one.value in known.by_unit[MONTH]


def _is_known_century(one: Quantity, known: _KnownValues) -> bool:
    return one.value in known.by_unit[CENTURY] or one.value in known.by_unit["raw"]


def _is_no_claim(one: Quantity, known: _KnownValues, text: str) -> bool:
    """Whether a number is part of a name, or marks an item of a list."""
    before = text[max(0, one.start - 40) : one.start]
    if one.is_named:
        return not _is_other_version(one, known, text)
    if (one.is_word and one.value == 1) or _REFERENCE.search(before):
        return True
    name = _NAME.search(before)
    if name and f"{name[0].rstrip(' -')} {one.text}".casefold().replace("-", " ") in known.text:
        return True
    return (
        one.value <= _MAX_SMALL
        and bool(_LIST_MARK.search(before))
        and text[one.end : one.end + 1] in (".", ")", "）", "、")
    )


def _is_other_version(one: Quantity, known: _KnownValues, text: str) -> bool:
    """Whether a source names this with another number only: ``ResNet-50`` where there is ``ResNet-18``."""
    stem = _STEM.search(text[max(0, one.start - 30) : one.start])
    if not stem or not (number := re.match(r"\d+", text[one.start :])):
        return False
    name = f"{stem[1]} ".replace("-", " ").casefold()
    return f"{name}{number[0]}" not in known.text and re.search(rf"(?<!\w){re.escape(name)}\d", known.text) is not None


def _is_known_count(one: Quantity, known: _KnownValues) -> bool:
    """Whether a source may count what a claim counts: it has the number, or the number only counts what is listed."""
    return not _is_counted_otherwise(one, known) and _is_counted(one, known)


def _is_counted_otherwise(one: Quantity, known: _KnownValues) -> bool:
    """Whether a source counts what a claim counts, and has other numbers of it only."""
    counts = [known.counts_by_noun[noun] for noun in one.nouns[:2] if noun in known.counts_by_noun]
    return one.is_count and bool(counts) and not any(one.value in values for values in counts)


def _is_counted(one: Quantity, known: _KnownValues) -> bool:
    return one.value in known.counts or one.value <= _MAX_COMMON_COUNT


def _is_known_factor(one: Quantity, known: _KnownValues) -> bool:
    if _has_value(one, known.by_unit[FACTOR]) or _has_value(one, known.by_unit[SHARE], invert=True):
        return True
    if _has_value(one, known.by_unit[PERCENT]) or _has_value(one, known.by_unit[PERCENT], invert=True):
        return True
    error = min(one.step, _RATIO_ERROR * one.value) if one.step else _RATIO_ERROR * one.value
    if _has_between(known.by_unit["ratio"], one.value - error, one.value + error):
        return True
    return _has_value(one, known.by_unit["cell"])


def _is_known_share(one: Quantity, known: _KnownValues) -> bool:
    step = one.step or (0.005 if one.unit == SHARE else 0.0)
    low, high = one.value - step - _EPSILON, one.value + step + _EPSILON
    if any(_has_between(known.by_unit[unit], low, high) for unit in (PERCENT, SHARE, "")):
        return True
    if one.unit == PERCENT and _has_between(known.by_unit["cell"], 100 * low, 100 * high):
        return True
    if one.value and any(
        _has_between(known.by_unit[unit], 1 / high, 1 / max(low, _EPSILON)) for unit in (FACTOR, "ratio")
    ):
        return True
    return one.unit == PERCENT and _has_between(known.by_unit["told points"], 100 * low, 100 * high)


def _is_of_change(one: Quantity, text: str) -> bool:
    """Whether a claim says that something changed by so much, or differs by it."""
    around = text[max(0, one.start - _CHANGE_CHARACTERS) : one.start] + " " + text[one.end : one.end + 12]
    return _CHANGE.search(around) is not None


def _is_known_change(one: Quantity, known: _KnownValues) -> bool:
    """Whether two numbers of a source differ by a share or percentage."""
    step = one.step or (0.005 if one.unit == SHARE else 0.0)
    low, high = one.value - step - _EPSILON, one.value + step + _EPSILON
    if one.unit == PERCENT and any(
        _has_between(known.by_unit[name], 100 * low, 100 * high) for name in ("difference ", "points")
    ):
        return True
    return any(_has_between(known.by_unit[name], low, high) for name in _SHARES_THAT_FOLLOW)


def _is_known_measure(one: Quantity, known: _KnownValues) -> bool:
    """Whether a source has a measure, in any unit of its dimension, or without one, as tables have it."""
    if _has_value(one, known.by_unit[one.unit]) or _is_derived(one, known):
        return True
    exact = replace(one, step=0.0) if one.unit in _WHOLE_UNITS else one
    return _has_value_near(one.raw, exact, known.by_unit["cell"])


_UNIT_RULES: dict[str, Callable[[Quantity, _KnownValues], bool]] = {
    FACTOR: _is_known_factor,
    MONTH: _is_known_month,
    CENTURY: _is_known_century,
}


def _has_value(one: Quantity, values: Sequence[float], text: str = "", *, invert: bool = False) -> bool:
    step = one.step
    if one.value and step > _MAX_SCALED_ERROR * one.value and one.raw != one.value:
        step = _MAX_SCALED_ERROR * one.value
    if text and _APPROXIMATE.search(text[max(0, one.start - 16) : one.start]):
        step = max(step, _find_rough_step(one))
    low, high = one.value - step, one.value + step
    error = _EPSILON * max(1.0, one.value) if one.value > 1e-3 else 1e-6 * one.value
    if one.unit == "time":
        error = 0.02 * one.value if one.value > 20 * 86_400 else error
    if invert:
        return bool(one.value) and _has_between(values, 1 / (high + error), 1 / max(low - error, _EPSILON))
    return _has_between(values, low - error, high + error)


def _has_value_near(value: float, one: Quantity, values: Sequence[float]) -> bool:
    step = one.step * (value / one.value) if one.value else 0.0
    return _has_between(values, value - step - _EPSILON * value, value + step + _EPSILON * value)


def _has_raw(one: Quantity, known: _KnownValues) -> bool:
    """Whether a source has the number as it is written, with another scale or unit behind it."""
    return one.raw == one.value and _has_value(one, known.by_unit["raw"])


def _is_derived(one: Quantity, known: _KnownValues) -> bool:
    names = (f"difference {one.unit}", "points") if not one.unit else (f"difference {one.unit}",)
    return not one.is_count and any(_has_value(one, known.by_unit[name]) for name in names)


def _has_near(one: Quantity, values: Sequence[float], error: float) -> bool:
    return _has_between(values, (1 - error) * one.value, (1 + error) * one.value)


def _find_rough_step(one: Quantity) -> float:
    """Half the step of the last digit that is not 0 of a number that is said to be about so much."""
    digits = f"{one.raw:.0f}" if float(one.raw).is_integer() else ""
    zeros = len(digits) - len(digits.rstrip("0"))
    scale = one.value / one.raw if one.raw else 1.0
    return min(0.5 * 10.0**zeros * scale, _MAX_SCALED_ERROR * one.value)


def _is_name_number(one: Quantity, text: str) -> bool:
    """Whether a small number belongs to a name before it, such as ``Table 5`` and ``LLaMA 2``."""
    match = _NAMED_BEFORE.search(text[max(0, one.start - 30) : one.start])
    return (
        match is not None and one.value <= _MAX_SMALL and not one.is_word and match[0].rstrip(" -") not in _PLAIN_WORDS
    )


def _has_between(sorted_values: Sequence[float], low: float, high: float) -> bool:
    place = bisect_left(sorted_values, low)
    return place < len(sorted_values) and sorted_values[place] <= high
