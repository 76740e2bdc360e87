"""How people write times, timezones, weekdays and dates."""

from __future__ import annotations

import difflib
import re
from datetime import date, time, timedelta
from functools import cache

from digestbot.domain.subscription import EVERY_DAY
from digestbot.domain.timezones import timezone_names
from digestbot.errors import CommandError

_TIME = re.compile(r"(\d{1,2})(?:[:：.h](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_TIME_LIKE = re.compile(r"\d{1,2}[:：]\d{1,2}\S*|\d{1,2}(?:am|pm)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:utc|gmt)\s*([+-])\s*(\d{1,2})", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PAGE = re.compile(r"p([1-9]\d{0,3})", re.IGNORECASE)
_DAY_NAMES = (
    ("mon", "monday", "周一", "星期一"),
    ("tue", "tuesday", "tues", "周二", "星期二"),
    ("wed", "wednesday", "周三", "星期三"),
    ("thu", "thursday", "thur", "thurs", "周四", "星期四"),
    ("fri", "friday", "周五", "星期五"),
    ("sat", "saturday", "周六", "星期六"),
    ("sun", "sunday", "周日", "星期日", "周天", "星期天"),
)
_DAYS = {name: day for day, names in enumerate(_DAY_NAMES) for name in names}
_GROUPS = {
    **dict.fromkeys(("daily", "everyday", "all", "每天"), EVERY_DAY),
    **dict.fromkeys(("weekdays", "workdays", "工作日"), frozenset(range(5))),
    **dict.fromkeys(("weekend", "weekends", "周末"), frozenset((5, 6))),
}


def looks_like_time(word: str) -> bool:
    """Whether a word is meant as a time of day, right or wrong."""
    return bool(_TIME_LIKE.fullmatch(word))


def time_of_day(word: str) -> time:
    """``08:00``, ``7:30pm`` or ``8am`` as a time. Raises :class:`CommandError`."""
    match = _TIME.fullmatch(word.strip())
    if match and (match[2] or match[3]):
        hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 99
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise CommandError("not_a_time", "settings time 08:00", text=word)


def timezone(word: str) -> str:
    """An IANA timezone from its name, its city, or an offset such as UTC+8. Raises :class:`CommandError`."""
    if match := _OFFSET.fullmatch(word.strip()):
        sign = "-" if match[1] == "+" else "+"  # POSIX writes zones east of Greenwich with a minus
        if (name := f"Etc/GMT{sign}{int(match[2])}") in timezone_names():
            return name
    names = _timezones()
    folded = _fold_zone(word)
    if folded in names:
        return names[folded]
    near = difflib.get_close_matches(folded, names, n=2, cutoff=0.75)
    examples = [f"settings timezone {names[name]}" for name in near] or ["settings timezone Europe/Berlin"]
    raise CommandError("not_a_timezone", *examples, text=word)


def is_timezone(word: str) -> bool:
    """Whether a word names a timezone."""
    return _fold_zone(word) in _timezones() or bool(_OFFSET.fullmatch(word))


@cache
def _timezones() -> dict[str, str]:
    names = timezone_names()
    cities = {_fold_zone(name.rsplit("/", 1)[1]): name for name in names if "/" in name and not name.startswith("Etc/")}
    short = {_fold_zone(name): name for name in names}
    return {**cities, **short}


def _fold_zone(word: str) -> str:
    return word.strip().casefold().replace(" ", "_")


def weekdays(word: str) -> frozenset[int]:
    """``mon,wed``, ``mon-fri``, ``weekdays``, ``daily`` or their Chinese names. Raises :class:`CommandError`."""
    found: set[int] = set()
    for part in re.split(r"[,，、+]", word.strip().casefold()):
        if part in _GROUPS:
            found |= _GROUPS[part]
            continue
        ends = [_DAYS.get(end) for end in re.split(r"[-–~至到]", part)]
        if not 1 <= len(ends) <= 2 or None in ends:
            raise CommandError("not_days", "settings days mon-fri", "settings days sat,sun", text=word)
        first, last = ends[0], ends[-1]
        assert first is not None and last is not None, "checked above"  # noqa: S101, PT018  # for the type checker
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return frozenset(found)


def is_weekdays(word: str) -> bool:
    """Whether a word names weekdays."""
    try:
        return bool(weekdays(word))
    except CommandError:
        return False


def day(word: str, today: date) -> date | None:
    """``2024-10-27``, ``today`` or ``yesterday``; ``None`` for a word that is no date at all.

    Raises :class:`CommandError` for one that has a date's form and names no day.
    """
    named = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}.get(word.casefold())
    if named is not None:
        return today - timedelta(days=named)
    match = _DATE.fullmatch(word)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise CommandError("not_a_date", text=word) from None


def page(word: str) -> int | None:
    """``p2`` as a page; ``None`` for any other word."""
    match = _PAGE.fullmatch(word)
    return int(match[1]) if match else None


def split_page(words: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The words without a page at their end, and the page."""
    number = page(words[-1]) if words else None
    return (words[:-1], number) if number else (words, 1)
