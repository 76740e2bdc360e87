"""Weekdays as people write them, in English and Chinese: ``mon wed fri``, ``every weekday``, ``周一至周五``."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from digestbot.domain.subscription import EVERY_DAY
from digestbot.late_patterns import compile_late

WEEKDAYS, WEEKEND = frozenset(range(5)), frozenset((5, 6))
_NAMES = (
    ("mon", "monday", "mo"),
    ("tue", "tuesday", "tues", "tu"),
    ("wed", "wednesday", "weds", "we"),
    ("thu", "thursday", "thur", "thurs", "th"),
    ("fri", "friday", "fr"),
    ("sat", "saturday", "sa"),
    ("sun", "sunday", "su"),
)
_NUMBERS = {name: day for day, names in enumerate(_NAMES) for name in names}
_CHINESE_NUMBERS = {
    name: day for day, names in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for name in names
}
_END = r"(?![a-z0-9])"
_DAY = rf"(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?:s|\.)?{_END}"
_RANGE = r"\s?(?:-|~|\bto\b|\bthru\b|\bthrough\b|\buntil\b|\btill\b|至|到)\s?"
_DAYS = compile_late(rf"(?P<first>{_DAY})(?:{_RANGE}(?P<last>{_DAY}))?(?P<more>(?:{_RANGE}{_DAY})*)")
_ANY_DAY = compile_late(_DAY)
_WEEK, _CHINESE_DAY = "(?:周|星期|礼拜)", "[一二三四五六日天]"
_CHINESE_DAYS = compile_late(
    rf"(?:每个?|逢)?{_WEEK}(?P<first>{_CHINESE_DAY}|[1-7](?!\d|[点时:]))"
    rf"(?:\s?(?:-|~|到|至)\s?{_WEEK}?(?P<last>{_CHINESE_DAY}(?![十点时])|[1-7](?!\d|[点时:]))"
    rf"|(?P<more>(?:[,和及与]?{_CHINESE_DAY}(?![十点时:]))*))"
)
_GROUPS: dict[str, frozenset[int]] = {
    r"(?:every|each) ?day|daily|everyday|all(?: days| week)?|7 days a week|(?:once )?(?:a|per) day|nightly": EVERY_DAY,
    r"(?:week|work|working|business|school) ?-?days?|office days": WEEKDAYS,
    r"(?:every|each) (?=(?:morning|afternoon|evening|night|noon|midnight)(?![a-z]))": EVERY_DAY,
    r"week ?-?ends?": WEEKEND,
    r"mwf|m/w/f": frozenset((0, 2, 4)),
    r"m ?- ?f": WEEKDAYS,
    r"tth|tuth|t/th": frozenset((1, 3)),
    r"weekly|(?:every|each) week|(?:once )?(?:a|per) week": frozenset((0,)),
}
_CHINESE_GROUPS: dict[str, frozenset[int]] = {
    "每天|每日|天天|日日|每一天|每(?=[早晚]|[上下中]午)": EVERY_DAY,
    "每?个?(?:工作日|上班日|平日)": WEEKDAYS,
    "每?个?(?:周末|双休日)": WEEKEND,
    rf"每个?{_WEEK}(?![一二三四五六日天1-7末])|一周一次|每周一次": frozenset((0,)),
}
_GROUP_PATTERNS = tuple(
    (compile_late(f"(?:{pattern}){_END if groups is _GROUPS and '(?=' not in pattern else ''}"), days)
    for groups in (_GROUPS, _CHINESE_GROUPS)
    for pattern, days in groups.items()
)
_IS_WEEKLY = compile_late(rf"weekly|(?:every|each) week|(?:once )?(?:a|per) week|每个?{_WEEK}|一周一次|每周一次")
_OFTEN = compile_late(
    r"(?:hourly|monthly|yearly|annually|quarterly|bi-?weekly|fortnightly|twice(?: (?:a|per) (?:day|week)| daily)?"
    r"|(?:every|each) (?:other|second|third|\d+(?:st|nd|rd|th)?|two|three|four|six|few) \w+"
    r"|(?:every|each) (?:hour|minute|month|year|fortnight)|once (?:a|per) (?:month|year)"
    r"|\d+ ?x (?:a|per) (?:day|week)|(?:\d+|two|three) times (?:a|per) (?:day|week))(?![a-z0-9])"
    r"|每个?(?:小时|月|年|季度|分钟)|每隔?[两二三四五六七八九十\d]+个?(?:天|周|小时|星期|月)|隔[天日周](?:一次)?"
    r"|双周|[一每][天日周月][两二三四\d]次"
)
_START_DAY = rf"(?P<day>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}){_END}"
_STARTS = compile_late(
    r"(?:(?:start(?:s|ing)?|begin(?:s|ning)?|from|as of)(?: from| on)? )?"
    r"(?:(?P<today>today|now)|(?P<tomorrow>tomorrow|tmr|tmrw)"
    rf"|(?:the )?(?P<after>day after tomorrow)|next (?:week|{_START_DAY}))(?![a-z0-9])(?: on(?:wards)?(?![a-z0-9]))?"
    rf"|(?:start(?:s|ing)?|begin(?:s|ning)?|from|as of)(?: from| on)? "
    rf"{_START_DAY.replace('<day>', '<from>')}(?!{_RANGE})(?: on(?:wards)?(?![a-z0-9]))?"
    r"|[从自]?(?:(?P<zh_today>今(?:[天日]|(?=[早晚夜])))|(?P<zh_tomorrow>明(?:[天日]|(?=[早晚])))"
    r"|(?P<zh_after>后[天日])"
    rf"|下个?{_WEEK}(?P<zh_day>{_CHINESE_DAY}(?![十点时]))?)(?:开始|起)?"
    rf"|[从自]{_WEEK}(?P<zh_from>{_CHINESE_DAY}(?![十点时]))(?:开始|起)?(?!\s?[-~到至])"
)


class DaysFound(NamedTuple):
    """Weekdays; ``is_weekly``: one a week, whichever, so that a day beside it is the one."""

    days: frozenset[int]
    is_weekly: bool = False


class StartDay(NamedTuple):
    """The day of the first delivery: so many days from today, or the next such weekday, or that of the next week."""

    days_ahead: int = 0
    weekday: int | None = None
    is_next_week: bool = False

    def find_date(self, today: date) -> date:
        """The day that is meant on a day."""
        if self.weekday is None:
            return today + timedelta(days=self.days_ahead)
        if self.is_next_week:
            return today + timedelta(days=7 - today.weekday() + self.weekday)
        return today + timedelta(days=(self.weekday - today.weekday() - 1) % 7 + 1)


def match_days(text: str, position: int) -> tuple[int, DaysFound] | None:
    """The longest name of weekdays that begins at a position of folded text, and its end."""
    found = [
        (match.end(), DaysFound(days, bool(_IS_WEEKLY.fullmatch(match[0]))))
        for pattern, days in _GROUP_PATTERNS
        if (match := pattern.match(text, position))
    ]
    if match := _DAYS.match(text, position):
        found.append((match.end(), DaysFound(_read_days(match))))
    if match := _CHINESE_DAYS.match(text, position):
        found.append((match.end(), DaysFound(_read_chinese_days(match))))
    return max(found, key=lambda one: one[0], default=None)


def match_often(text: str, position: int) -> int | None:
    """The end of a rhythm that no digest comes in, such as ``hourly``, that begins at a position of folded text."""
    match = _OFTEN.match(text, position)
    return match.end() if match else None


def match_start(text: str, position: int) -> tuple[int, StartDay] | None:
    """The day from which on something holds, where one begins at a position of folded text."""
    match = _STARTS.match(text, position)
    return (match.end(), _read_start(match)) if match else None


def _read_start(match: re.Match[str]) -> StartDay:
    groups = {name.removeprefix("zh_"): value for name, value in match.groupdict().items() if value}
    for name, days in (("today", 0), ("tomorrow", 1), ("after", 2)):
        if name in groups:
            return StartDay(days)
    day = groups.get("day") or groups.get("from") or "mon"
    is_chinese = day in _CHINESE_NUMBERS
    number = _CHINESE_NUMBERS[day] if is_chinese else _NUMBERS[day]
    is_next_week = "from" not in groups and (is_chinese or "day" not in groups)
    return StartDay(weekday=number, is_next_week=is_next_week)


def _read_days(match: re.Match[str]) -> frozenset[int]:
    first, last = _read_day(match["first"]), _read_day(match["last"] or match["first"])
    if match["more"]:  # mon-wed-fri is three days
        return frozenset((first, last, *(_read_day(name) for name in _ANY_DAY.findall(match["more"]))))
    return _list_range(first, last)


def _read_day(name: str) -> int:
    name = name.rstrip(".")
    return _NUMBERS[name] if name in _NUMBERS else _NUMBERS[name.removesuffix("s")]


def _read_chinese_days(match: re.Match[str]) -> frozenset[int]:
    first = _CHINESE_NUMBERS[match["first"]]
    if match["last"]:
        return _list_range(first, _CHINESE_NUMBERS[match["last"]])
    return frozenset((first, *(_CHINESE_NUMBERS[name] for name in match["more"] or "" if name in _CHINESE_NUMBERS)))


def _list_range(first: int, last: int) -> frozenset[int]:
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
