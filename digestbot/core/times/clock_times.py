"""Times of day as people write them, in English and Chinese: ``8 pm``, ``20.30``, ``0800``, ``晚上八点半``."""

from __future__ import annotations

import re
from datetime import time
from enum import StrEnum
from typing import NamedTuple

from digestbot.late_patterns import compile_late

_WORD_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
_DIGITS = {"零": 0, "〇": 0, "两": 2} | {digit: number for number, digit in enumerate("一二三四五六七八九", 1)}
_WORDS = "|".join(_WORD_NUMBERS)
_MERIDIEM = r"(?:\s?(?P<half>[ap])\.?\s?m(?![a-z0-9])\.?|(?P<short_half>[ap])(?![a-z0-9]))"
_UNIT = r"(?:\s?(?:hours|hrs|h|uhr|o'? ?clock)(?![a-z0-9]))"
_END = r"(?![a-z0-9:])"
_NOT_COUNTING = (
    r"(?!\s(?:new |more |other |big |single |short )?(?:messages?|e?mails?|posts?|cards?|papers?|articles?|digests?"
    r"|summar(?:y|ies)|topics?|things?|notifications?|updates?|results?)(?![a-z]))"
)
"""A number before what it counts is no hour: “in one message”, “send me 3 papers”."""
_NUMBER = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_PATTERNS = tuple(
    compile_late(pattern)
    for pattern in (
        rf"(?P<hour>\d{{1,2}})(?:\s?[:.h ]\s?(?P<minute>\d{{2}}))?{_MERIDIEM}",
        rf"(?P<hour>\d{{1,2}})\s?[:.h]\s?(?P<minute>\d{{2}})(?::00)?{_UNIT}?(?:{_END}|(?=z(?![a-z0-9])))(?![/.]\d)",
        rf"(?P<hour>\d{{2}}|\d)(?P<minute>[0-5]\d){_UNIT}?{_END}(?!\s?[/.]\d)",
        rf"(?P<hour>\d{{2}}|\d)(?P<minute>[0-5]\d){_MERIDIEM}",
        rf"(?P<hour>\d{{1,2}}){_UNIT}?{_END}(?!\.\d){_NOT_COUNTING}",
        rf"(?P<word>{_WORDS})(?:{_MERIDIEM}|{_UNIT})?(?![a-z]){_NOT_COUNTING}",
        (
            rf"(?:(?P<half_hour>half) past|(?:a )?quarter (?P<way>past|to)) "
            rf"(?:(?P<hour>\d{{1,2}})|(?P<word>{_WORDS})){_MERIDIEM}?{_END}"
        ),
        (
            rf"(?!(?<=[早晚快慢])一点(?!钟|[一二三四五半\d]))(?P<number>{_NUMBER})\s?[点时](?![间区])(?:钟|整)?"
            rf"(?:(?P<half_hour>半)|(?P<quarters>[一三13])刻|过?(?P<minutes>{_NUMBER})分?)?"
        ),
    )
)
_TIME_LIKE = compile_late(
    r"\d{1,9}+\s?[:h]\s?\d{1,9}+(?::\d{1,9}+)?[a-y0-9]{0,9}+|\d{1,9}+\s?[ap]\.?m(?![a-z0-9])|\d{1,9}+[点时](?![间区])"
)


class DayPart(StrEnum):
    """A part of the day, which tells 8 in the morning from 8 in the evening."""

    SMALL_HOURS = "small hours"
    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    MIDNIGHT = "midnight"


_PART_NAMES: dict[str, tuple[DayPart, time]] = {
    **dict.fromkeys(("morning", "mornings", "早上", "早晨", "清晨", "一早", "早间", "早"), (DayPart.MORNING, time(8))),
    "上午": (DayPart.MORNING, time(9)),
    **dict.fromkeys(("noon", "midday", "noontime", "lunch", "lunchtime", "中午", "正午"), (DayPart.NOON, time(12))),
    **dict.fromkeys(("afternoon", "afternoons", "下午", "午后"), (DayPart.AFTERNOON, time(15))),
    **dict.fromkeys(("evening", "evenings", "傍晚"), (DayPart.EVENING, time(18))),
    **dict.fromkeys(("晚上", "晚间", "夜晚", "夜里", "夜间", "晚"), (DayPart.EVENING, time(20))),
    **dict.fromkeys(("night", "nights", "tonight"), (DayPart.EVENING, time(21))),
    **dict.fromkeys(("midnight", "午夜", "半夜", "子夜", "零时"), (DayPart.MIDNIGHT, time(0))),
    "凌晨": (DayPart.SMALL_HOURS, time(5)),
}  # fmt: skip


def _write_part(name: str) -> str:
    """A part's name as an expression; 晚一点 and 早些 are no times, but later and earlier."""
    if name.isascii():
        return f"{name}(?![a-z])"
    return name if len(name) > 1 else f"{name}(?!些|点|一点(?!钟|半|[一二三四五\\d]))"


_PART = compile_late("|".join(map(_write_part, sorted(_PART_NAMES, key=len, reverse=True))))


class Clock(NamedTuple):
    """A time as it was written; ``is_open``: before noon or after, which a part of the day can tell."""

    time: time
    is_open: bool


def match_clock(text: str, position: int) -> tuple[int, Clock | None] | None:
    """The longest time of day that begins at a position of folded text, and its end; without a clock if none has it."""
    matches = [match for pattern in _PATTERNS if (match := pattern.match(text, position))]
    if not matches:
        wrong = _TIME_LIKE.match(text, position)
        return (wrong.end(), None) if wrong else None
    match = max(matches, key=re.Match.end)
    wrong = _TIME_LIKE.match(text, position)
    if wrong and wrong.end() > match.end():
        return wrong.end(), None
    return match.end(), _read_clock({name: value for name, value in match.groupdict().items() if value})


def looks_like_time(text: str) -> bool:
    """Whether folded text is meant as a time of day, valid or not."""
    return bool(_TIME_LIKE.fullmatch(text))


def match_part(text: str, position: int) -> tuple[int, tuple[DayPart, time]] | None:
    """The part of the day that begins at a position of folded text, with the time that it stands for alone."""
    match = _PART.match(text, position)
    return (match.end(), _PART_NAMES[match[0]]) if match else None


def apply_part(part: DayPart, clock: Clock) -> time | None:
    """The time at a part of the day; ``None`` if there is none, as at 20:00 in the morning."""
    hour = clock.time.hour
    if clock.is_open:
        hour = _choose_hour(part, hour)
    elif hour not in _HOURS[part]:
        hour = -1
    return clock.time.replace(hour=hour) if hour >= 0 else None


_HOURS = {
    DayPart.SMALL_HOURS: range(7),
    DayPart.MORNING: range(12),
    DayPart.NOON: range(11, 15),
    DayPart.AFTERNOON: range(12, 22),
    DayPart.EVENING: (0, 1, 2, 3, 4, *range(16, 24)),
    DayPart.MIDNIGHT: range(1),
}


def _choose_hour(part: DayPart, hour: int) -> int:
    """The first of both hours with this number that is in the part of the day; -1 if neither is."""
    both = (hour % 12, hour % 12 + 12)
    ordered = both if part in (DayPart.SMALL_HOURS, DayPart.MORNING, DayPart.MIDNIGHT) else both[::-1]
    if part is DayPart.EVENING and hour == 12:  # twelve in the evening is midnight
        ordered = both
    return next((one for one in ordered if one in _HOURS[part] and (part, one) != (DayPart.MORNING, 0)), -1)


def _read_clock(groups: dict[str, str]) -> Clock | None:
    hour = _read_hour(groups)
    if groups.get("way") == "to":
        hour, minute = (hour - 1) % 24 or 12, 45
    elif "half_hour" in groups:
        minute = 30
    elif "quarters" in groups:
        minute = 15 if groups["quarters"] in "一1" else 45
    elif "way" in groups:
        minute = 15
    else:
        minute = _read_number(groups.get("minutes") or groups.get("minute") or "0")
    return _build_clock(hour, minute, groups)


def _read_hour(groups: dict[str, str]) -> int:
    word = groups.get("word")
    return _WORD_NUMBERS[word] if word else _read_number(groups.get("hour") or groups.get("number") or "")


def _build_clock(hour: int, minute: int, groups: dict[str, str]) -> Clock | None:
    half = groups.get("half") or groups.get("short_half")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        return None
    return Clock(time(hour, minute), is_open=not half and 1 <= hour <= 12)


def _read_number(text: str) -> int:
    """A number in digits, or in Chinese up to 59; 99 for what is none."""
    if text.isascii():
        return int(text or 99)
    tens, has_ten, units = text.rpartition("十")
    if has_ten:
        return _DIGITS.get(tens, 1 if not tens else 99) * 10 + (_DIGITS.get(units, 99) if units else 0)
    digits = [_DIGITS[digit] for digit in text]
    return digits[-1] if len(digits) == 1 or digits[0] == 0 else 99
