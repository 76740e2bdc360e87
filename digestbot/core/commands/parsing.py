"""Parse times, timezones, weekdays and dates as people write them."""

from __future__ import annotations

import difflib
import re
from datetime import date, time, timedelta
from functools import cache

from digestbot.domain.subscription import EVERY_DAY
from digestbot.domain.timezones import list_timezones
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
_DAY_NUMBERS = {name: day for day, names in enumerate(_DAY_NAMES) for name in names}
_DAY_GROUPS = {
    **dict.fromkeys(("daily", "everyday", "all", "每天"), EVERY_DAY),
    **dict.fromkeys(("weekdays", "workdays", "工作日"), frozenset(range(5))),
    **dict.fromkeys(("weekend", "weekends", "周末"), frozenset((5, 6))),
}


def looks_like_time(word: str) -> bool:
    """Whether a word is meant as a time of day, valid or not."""
    return bool(_TIME_LIKE.fullmatch(word))


def parse_time(word: str) -> time:
    """Parse ``08:00``, ``7:30pm`` or ``8am``. Raises :class:`CommandError`."""
    match = _TIME.fullmatch(word.strip())
    if match and (match[2] or match[3]):
        hour, minute, meridiem = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        if meridiem and 1 <= hour <= 12:
            hour = hour % 12 + (12 if meridiem == "pm" else 0)
        elif meridiem:
            hour = 99
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise CommandError("not_a_time", "settings time 08:00", text=word)


def parse_timezone(word: str) -> str:
    """Parse an IANA timezone name, a city, or an offset such as UTC+8. Raises :class:`CommandError`."""
    if match := _OFFSET.fullmatch(word.strip()):
        sign = "-" if match[1] == "+" else "+"  # POSIX writes zones east of Greenwich with a minus
        if (name := f"Etc/GMT{sign}{int(match[2])}") in list_timezones():
            return name
    names = _build_list_timezones()
    normalized = _normalize_timezone(word)
    if normalized in names:
        return names[normalized]
    suggestions = difflib.get_close_matches(normalized, names, n=2, cutoff=0.75)
    examples = [f"settings timezone {names[name]}" for name in suggestions] or ["settings timezone Europe/Berlin"]
    raise CommandError("not_a_timezone", *examples, text=word)


def is_timezone(word: str) -> bool:
    """Whether a word names a timezone."""
    return _normalize_timezone(word) in _build_list_timezones() or bool(_OFFSET.fullmatch(word))


@cache
def _build_list_timezones() -> dict[str, str]:
    names = list_timezones()
    cities = {
        _normalize_timezone(name.rsplit("/", 1)[1]): name
        for name in names
        if "/" in name and not name.startswith("Etc/")
    }
    full_names = {_normalize_timezone(name): name for name in names}
    return {**cities, **full_names}


def _normalize_timezone(word: str) -> str:
    return word.strip().casefold().replace(" ", "_")


def parse_weekdays(word: str) -> frozenset[int]:
    """Parse ``mon,wed``, ``mon-fri``, ``weekdays``, ``daily`` or Chinese names. Raises :class:`CommandError`."""
    days: set[int] = set()
    for part in re.split(r"[,，、+]", word.strip().casefold()):
        if part in _DAY_GROUPS:
            days |= _DAY_GROUPS[part]
            continue
        ends = [_DAY_NUMBERS.get(end) for end in re.split(r"[-–~至到]", part)]
        if not 1 <= len(ends) <= 2 or None in ends:
            raise CommandError("not_days", "settings days mon-fri", "settings days sat,sun", text=word)
        first, last = ends[0], ends[-1]
        assert first is not None and last is not None, "checked above"  # noqa: S101, PT018  # for the type checker
        days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return frozenset(days)


def is_weekdays(word: str) -> bool:
    """Whether a word names weekdays."""
    try:
        return bool(parse_weekdays(word))
    except CommandError:
        return False


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
