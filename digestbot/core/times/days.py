"""Which day's digest is wanted, as people say it: ``yesterday``, ``last friday``, ``23 Nov``, ``上周五``, ``23日``.

A day without a year, a week or a month is the last such day: digests are of the past.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.core.times.weekdays import match_days
from digestbot.core.times.written_dates import WrittenDate, match_written_date
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late

_MAX_WORDS, _MAX_CHARACTERS = 7, 60
"""Words and characters that say a day at most."""
AN_ORDINARY_DAY = date(2024, 6, 15)
"""Whatever day it is, it is the same texts that are about days."""
_RELATIVE = {
    0: "today|tonight|this morning|今天|今日|今早|当天",
    1: "yesterday|last night|yday|昨天|昨日|昨晚",
    2: "(?:the )?day before yesterday|前天|前日",
    3: "大前天",
    -1: "tomorrow|明天|明日",
}
_RELATIVE_DAYS = tuple((days, compile_late(words)) for days, words in _RELATIVE.items())
_NUMBERS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "两": 2,
    **{word: number for number, word in enumerate("一二三四五六七八九十", 1)},
}  # fmt: skip
_NUMBER = rf"(?P<number>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_AGO = compile_late(
    rf"{_NUMBER}\s?(?:(?P<days>d|days?|[天日])|(?P<weeks>w|wks?|weeks?|个?星期|个?礼拜|周))\s?(?:ago|earlier|[之以]?前)"
)
_WEEK, _CHINESE_DAY = "(?:周|星期|礼拜)", "[一二三四五六日天1-7]"
_CHINESE_WEEKDAY = compile_late(rf"(?P<weeks>上上个?|上个?|[这本]个?|下个?)?(?P<day>{_WEEK}{_CHINESE_DAY})")
_ENGLISH_WEEKDAY = compile_late(
    r"(?P<which>last week'?s? |last |past |previous |this past |this |next |on )?(?P<day>[a-z]{3,9})\.?"
    r"(?P<after> last week)?"
)
_MONTH_DAY = compile_late(r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th|日|号)")
_NUMERALS = compile_late(
    r"(?<![周期拜])[一二三四五六七八九]?十?[一二三四五六七八九](?=[月日号])|[一二三]?十(?=[月日号])"
)
_AROUND = compile_late(r"^(?:(?:on|of|from|for|dated|in|at|the one|the) |的|在)+|(?:'s|的|那天|那期|这天)$")
_RANGE = compile_late(
    r"(?:the )?(?:last|past|previous|this|recent)(?: (?:\d{1,3}|[a-z]{3,5}))? (?:days?|weeks?|months?|years?|weekend)"
    r"|(?:since|before|after|until|till) \S.{0,40}|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,9}"
    r"(?: \d{4})?|(?:19|20)\d\d年?|weekends?|\d{1,2}月份?|(?:19|20)\d\d[-/.年]\d{1,2}月?"
    r"|(?:上上?|[这本])个?(?:周末?|星期|礼拜|月|年)|(?:最近|过去|近)\S{1,10}|\S{1,12}(?:以来|以后|以前|之后|之前)|[去今]年"
)
_BETWEEN = compile_late(r"\s?(?:\s[-–—]\s|~|\bto\b|\bthrough\b|\bthru\b|\buntil\b|\band\b|\.\.|到|至|和)\s?")


class DayError(CommandError):
    """Words that say no day: ``near`` is one that is near what they say, if there is one."""

    def __init__(self, key: str, text: str, near: date | None = None) -> None:
        self.near = near
        super().__init__(key, text=text)


def read_day(text: str, today: date) -> tuple[date, ...]:
    """The day that all of a text says; two where it can be either, none where it says no day.

    Raises :class:`DayError` for several days, and for a date that no calendar has.
    """
    folded = fold_text(normalize_widths(text))
    for _ in range(2):
        folded = _AROUND.sub("", folded.strip(" ,.!?。"))
    folded = _NUMERALS.sub(lambda match: str(_read_numeral(match[0])), folded)
    if not folded or len(folded) > _MAX_CHARACTERS:
        return ()
    if found := _read_plain_day(folded, today, text) or _read_day_of_week(folded, today):
        return found
    if _RANGE.fullmatch(folded) or _is_range(folded, today, text):
        raise DayError("several_days", text)
    return ()


def _read_numeral(text: str) -> int:
    """A number up to 99 in Chinese."""
    tens, ten, ones = text.rpartition("十")
    return (10 * _NUMBERS.get(tens, 1) if ten else 0) + _NUMBERS.get(ones, 0)


def split_day(words: Sequence[str], today: date) -> tuple[tuple[str, ...], str]:
    """The words without the longest run at their end, or at their beginning, that says a day; and that run."""
    longest = min(len(words) - 1, _MAX_WORDS)
    for count in range(longest, 0, -1):
        for start, end in ((len(words) - count, len(words)), (0, count)):
            if says_day(run := " ".join(words[start:end]), today):
                return (*words[:start], *words[end:]), run
    return tuple(words), ""


def says_day(text: str, today: date = AN_ORDINARY_DAY) -> bool:
    """Whether a text is about days, also ones that there cannot be."""
    try:
        return bool(read_day(text, today))
    except DayError:
        return True


def _read_plain_day(folded: str, today: date, text: str) -> tuple[date, ...]:
    """A day by how long ago it was, or by its date."""
    for days, pattern in _RELATIVE_DAYS:
        if pattern.fullmatch(folded):
            return (today - timedelta(days=days),)
    if match := _AGO.fullmatch(folded):
        number = _NUMBERS.get(match["number"]) or int(match["number"])
        return (today - timedelta(days=number * (1 if match["days"] else 7)),)
    if match := _MONTH_DAY.fullmatch(folded):
        return _find_day_of_month(int(match["day"]), today, text)
    return _read_date(folded, today, text)


def _find_day_of_month(day: int, today: date, text: str) -> tuple[date, ...]:
    """The last day up to today with a number."""
    for months in range(3):
        year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
        if 1 <= day <= monthrange(year, month + 1)[1] and date(year, month + 1, day) <= today:
            return (date(year, month + 1, day),)
    raise DayError("not_a_date", text, today)


def _read_date(folded: str, today: date, text: str) -> tuple[date, ...]:
    """A date, with its weekday before or after it if that is written."""
    for position, weekday in _list_after_weekday(folded):
        if (found := match_written_date(folded, position)) is None:
            continue
        end, written = found
        rest = folded[end:].strip(" ,()")
        after = match_days(rest, 0) if rest else None
        if rest and (after is None or after[0] != len(rest)):
            continue
        days = weekday if after is None else after[1].days
        return _choose_dates(written, days, today, text)
    return ()


def _list_after_weekday(folded: str) -> list[tuple[int, frozenset[int] | None]]:
    before = match_days(folded, 0)
    after = [(len(folded) - len(folded[before[0] :].lstrip(" ,.")), before[1].days)] if before else []
    return [*after, (0, None)]


def _choose_dates(written: WrittenDate, weekdays: frozenset[int] | None, today: date, text: str) -> tuple[date, ...]:
    """The dates that are meant: of the year in which they are past, or tomorrow, and of that weekday."""
    dates = [
        one if written.year or one <= today + timedelta(days=1) else _move_to_past(written, one)
        for one in written.list_dates(today.year)
    ]
    known = tuple(one for one in dates if one and (weekdays is None or one.weekday() in weekdays))
    if not known:
        raise DayError("not_a_date", text, _find_near(written, today))
    return known


def _move_to_past(written: WrittenDate, one: date) -> date | None:
    return next((other for other in written.list_dates(one.year - 1) if other.month == one.month), None)


def _find_near(written: WrittenDate, today: date) -> date:
    """A day near a date that there is not, such as the last of February for the 30th."""
    year, month = written.year or today.year, min(max(written.month, 1), 12)
    if not 1 <= year <= 9999:
        return today
    return date(year, month, min(max(written.day, 1), monthrange(year, month)[1]))


def _read_day_of_week(folded: str, today: date) -> tuple[date, ...]:
    """The last such weekday, or that of a week that is named."""
    if match := _CHINESE_WEEKDAY.fullmatch(folded):
        which = (match["weeks"] or "").removesuffix("个")
        weeks_ago = {"": None, "上": 1, "上上": 2, "下": -1}.get(which, 0)
    elif match := _ENGLISH_WEEKDAY.fullmatch(folded):
        which = (match["which"] or "").strip()
        weeks_ago = 1 if match["after"] or which.startswith("last week") else -1 if which == "next" else None
    else:
        return ()
    found = match_days(match["day"], 0)
    if found is None or found[0] != len(match["day"]) or found[1].is_weekly:
        return ()
    if len(found[1].days) > 1:
        return ()
    (weekday,) = found[1].days
    return (_find_weekday(weekday, weeks_ago, today, is_before_today=which in ("last", "past", "previous")),)


def _find_weekday(weekday: int, weeks_ago: int | None, today: date, *, is_before_today: bool) -> date:
    if weeks_ago is not None:
        return today + timedelta(days=weekday - today.weekday() - 7 * weeks_ago)
    days = (today.weekday() - weekday) % 7
    return today - timedelta(days=days or (7 if is_before_today else 0))


def _is_range(folded: str, today: date, text: str) -> bool:
    """Whether there are days on both sides of what stands between a first and a last one."""
    for match in _BETWEEN.finditer(folded):
        sides = (folded[: match.start()].removeprefix("from "), folded[match.end() :])
        if all(_read_plain_day(side, today, text) or _read_day_of_week(side, today) for side in sides if side):
            return bool(folded[match.end() :])
    return False
