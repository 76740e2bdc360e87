"""How long a pause is to be, as people say it: ``1 week``, ``until monday``, ``until 1 dec``, ``两周``."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.core.times.clock_times import match_clock, match_part
from digestbot.core.times.weekdays import DaysFound, match_days, match_start
from digestbot.core.times.written_dates import WrittenDate, match_written_date
from digestbot.late_patterns import compile_late

_ENGLISH_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORD_NUMBERS = {
    **{word: number for number, word in enumerate(_ENGLISH_NUMBERS, 1)},
    **{word: number for number, word in enumerate("一二三四五六七八九十", 1)},
    "a": 1,
    "an": 1,
    "another": 1,
    "the next": 1,
    "两": 2,
    "a couple of": 2,
}
_UNITS = {
    "minutes": "min|mins|minute|minutes|分钟",
    "hours": "h|hr|hrs|hour|hours|个?小时|个?钟头",
    "days": "d|day|days|天|日",
    "weeks": "w|wk|wks|week|weeks|周|个?星期|个?礼拜",
    "months": "mo|month|months|个?月",
    "years": "y|yr|year|years|年",
}
_NUMBER = rf"(?:\d{{1,4}}|{'|'.join(sorted(_WORD_NUMBERS, key=len, reverse=True))})"
_END = r"(?![a-z0-9])"
_DURATION = compile_late(
    rf"(?:for )?(?P<number>{_NUMBER})\s?(?:more )?(?:"
    + "|".join(f"(?P<{unit}>{names}){_END}" for unit, names in _UNITS.items())
    + ")"
)
_UNTIL = compile_late(
    rf"(?P<through>through|thru|including){_END}|(?:until|till|til|to|up to|before|by){_END}|直?到|至|等到"
)
_NEXT_MONTH = compile_late(rf"(?:(?:the )?end of (?:the|this) month|next month|the first){_END}|下个?月初?|月底")
_DAY_OF_MONTH = compile_late(r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)(?![a-z0-9])|(?P<chinese>\d{1,2})[号日]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = compile_late(
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|(?:nov|dec)(?:ember)?)(?![a-z0-9])"
    r"|(?P<chinese>十[一二]|[一二三四五六七八九十]|1[0-2]|[1-9])月(?:份|初)?(?!\d)"
)
_CHINESE_MONTHS = {name: number for number, name in enumerate("一二三四五六七八九十", 1)} | {"十一": 11, "十二": 12}
_SPANS = {
    **dict.fromkeys(("today", "for today", "今天", "tonight"), "day"),
    **dict.fromkeys(
        ("this week", "for this week", "this weekend", "for the weekend", "the weekend", "本周", "这周"), "week"
    ),
    **dict.fromkeys(("this month", "本月", "这个月"), "month"),
}
_FILLERS = compile_late(rf"(?:on|at|the|of|again|please|for){_END}|的|再|恢复|为止|请|[\s,.!]")
_MAX_DAYS, _MAX_WORDS = 3 * 366, 12


def read_pause(text: str, now: datetime) -> datetime | None:
    """The end of the pause that all of a text is, in the timezone of ``now``; ``None`` if it is none.

    Raises :class:`ValueError` for a pause that is over already, or longer than three years.
    """
    folded = fold_text(normalize_widths(text))
    try:
        end = _read_span(folded, now) or _read_duration(folded, now) or _read_until(folded, now)
    except OverflowError:
        raise ValueError("no pause can last that long") from None
    if end is None:
        return None
    if not timedelta(0) < end.astimezone(UTC) - now.astimezone(UTC) < timedelta(days=_MAX_DAYS):
        raise ValueError(f"no pause can end {end}")
    return end


def split_pause(words: Sequence[str], now: datetime) -> tuple[str, datetime | None]:
    """A topic's name and the end of the pause after it, or before it. Raises :class:`ValueError`."""
    for count in range(max(0, len(words) - _MAX_WORDS), len(words)):
        if end := read_pause(" ".join(words[count:]), now):
            return " ".join(words[:count]), end
    for count in range(min(len(words) - 1, _MAX_WORDS), 0, -1):
        if end := read_pause(" ".join(words[:count]), now):
            return " ".join(words[count:]), end
    return " ".join(words), None


def _read_span(folded: str, now: datetime) -> datetime | None:
    kind = _SPANS.get(folded)
    if kind is None:
        return None
    if kind == "month":
        return _find_moment(_find_next_month(now.date()), time(0), now)
    days = 1 if kind == "day" else 7 - now.weekday()
    return _find_moment(now.date() + timedelta(days=days), time(0), now)


def _read_duration(folded: str, now: datetime) -> datetime | None:
    position, end = 0, now
    while match := _DURATION.match(folded, position):
        number = int(match["number"]) if match["number"].isdecimal() else _WORD_NUMBERS[match["number"]]
        unit = next(unit for unit in _UNITS if match[unit])
        end = _add(end, number, unit)
        position = _skip(folded, match.end())
    return end if position and position == len(folded) else None


def _add(moment: datetime, number: int, unit: str) -> datetime:
    if unit in ("months", "years"):
        months = moment.month - 1 + number * (12 if unit == "years" else 1)
        year, month = moment.year + months // 12, months % 12 + 1
        return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
    step = timedelta(**{unit: number})
    if unit in ("hours", "minutes"):  # as long on the night when the clocks change
        return (moment.astimezone(UTC) + step).astimezone(moment.tzinfo)
    return moment + step


def _read_until(folded: str, now: datetime) -> datetime | None:
    start = _UNTIL.match(folded)
    if start is None:
        return None
    position, day, clock = _skip(folded, start.end()), None, None
    while position < len(folded):
        if found := _match_date(folded, position, now.date()):
            position, day = found[0], found[1]
        elif time_found := _match_time(folded, position):
            position, clock = time_found
        else:
            return None
        position = _skip(folded, position)
    if day is None and clock is None:
        return None
    if day is None and clock is not None:
        end = _find_moment(now.date(), clock, now)
        is_later = end.astimezone(UTC) > now.astimezone(UTC)
        return end if is_later else _find_moment(now.date() + timedelta(days=1), clock, now)
    assert day is not None, "one of both is"  # noqa: S101  # for the type checker
    return _find_moment(day + timedelta(days=1 if start["through"] and not clock else 0), clock or time(0), now)


def _match_time(folded: str, position: int) -> tuple[int, time] | None:
    if (found := match_clock(folded, position)) and found[1]:
        return found[0], found[1].time
    part = match_part(folded, position)
    return (part[0], part[1][1]) if part else None


def _match_date(folded: str, position: int, today: date) -> tuple[int, date] | None:
    if written := match_written_date(folded, position):
        return written[0], _choose_date(written[1], today)
    if month := _match_month(folded, position, today):
        return month
    if start := match_start(folded, position):
        return start[0], start[1].find_date(today)
    if (days := match_days(folded, position)) and (day := _find_day(days[1], today)):
        return days[0], day
    return None


def _match_month(folded: str, position: int, today: date) -> tuple[int, date] | None:
    """A day of no month that is named, or the beginning of a month."""
    if match := _DAY_OF_MONTH.match(folded, position):
        return match.end(), _find_day_of_month(int(match["day"] or match["chinese"]), today)
    if match := _MONTH.match(folded, position):
        return match.end(), _find_month(match["name"] or "", match["chinese"] or "", today)
    if match := _NEXT_MONTH.match(folded, position):
        return match.end(), _find_next_month(today)
    return None


def _find_day(found: DaysFound, today: date) -> date | None:
    """The next day of a weekday's name, or the first of the weekend; of other groups, there is none."""
    if len(found.days) != 1 and found.days != frozenset((5, 6)):
        return None
    return today + timedelta(days=(min(found.days) - today.weekday() - 1) % 7 + 1)


def _choose_date(written: WrittenDate, today: date) -> date:
    """The date; without a year, the next such. Raises :class:`ValueError` for one that no calendar has."""
    dates = [*written.list_dates(today.year), *written.list_dates(today.year + 1)]
    if not dates:
        raise ValueError(f"no calendar has {written}")
    return dates[0] if written.year else next(one for one in dates if one > today)


def _find_day_of_month(number: int, today: date) -> date:
    """The next day with that number. Raises :class:`ValueError` for one that no month has."""
    if not 1 <= number <= 31:
        raise ValueError(f"no month has {number} days")
    month = today if number > today.day else _find_next_month(today)
    while monthrange(month.year, month.month)[1] < number:
        month = _find_next_month(month)
    return month.replace(day=number)


def _find_month(name: str, chinese: str, today: date) -> date:
    """The first day of the next month with that name."""
    number = _MONTHS.index(name[:3]) + 1 if name else _CHINESE_MONTHS.get(chinese) or int(chinese)
    return date(today.year + (number <= today.month), number, 1)


def _find_next_month(today: date) -> date:
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def _find_moment(day: date, clock: time, now: datetime) -> datetime:
    """A local time: the next where the clocks show it twice, and as much later where they skip it."""
    local = datetime.combine(day, clock, now.tzinfo)
    moments = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    chosen = next((moment for moment in moments if moment > now.astimezone(UTC)), moments[0])
    return chosen.astimezone(now.tzinfo)


def _skip(folded: str, position: int) -> int:
    while match := _FILLERS.match(folded, position):
        position = match.end()
    return position
