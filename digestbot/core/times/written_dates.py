"""Dates as people write them, in English and Chinese: ``23 Nov``, ``Nov 23rd, 2026``, ``23.11.``, ``11月23日``."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from digestbot.late_patterns import compile_late

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_MONTH = r"(?P<name>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,9}\.?"
_END = r"(?![a-z0-9])"
_DAY, _NUMBER = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?", r"(?P<month>\d{1,2})"
_YEAR = r"(?:,? (?P<year>\d{4}))?"
_SHORT_YEAR = r"(?P<year>\d{4}|\d{2})"
_PATTERNS = tuple(
    compile_late(pattern)
    for pattern in (
        rf"(?P<year>\d{{4}})(?P<sign>[-/.])\s?{_NUMBER}(?P=sign)\s?(?P<day>\d{{1,2}})(?!\d)",
        rf"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d){_END}",
        rf"(?:(?P<year>\d{{4}}|\d{{2}})\s?年)?\s?{_NUMBER}\s?月\s?(?P<day>\d{{1,2}})\s?[日号]?(?!\d)",
        rf"(?:the )?{_DAY}(?: of)? ?{_MONTH}{_YEAR}{_END}",
        rf"(?:the )?{_MONTH} ?(?:the )?{_DAY}{_YEAR}{_END}",
        rf"(?P<day>\d{{1,2}})\.\s?{_NUMBER}\.(?:\s?{_SHORT_YEAR}{_END})?(?!\d)",
        rf"(?P<day>\d{{1,2}})\.{_NUMBER}(?:{_END})(?!\.)",
        rf"(?P<either>\d{{1,2}}/\d{{1,2}})(?:/{_SHORT_YEAR})?(?![\d/])",
        rf"{_NUMBER}-(?P<day>\d{{1,2}})(?![\d-])",
    )
)


class WrittenDate(NamedTuple):
    """A date as it was written: without a year, of any; a month and a day may be meant in either order."""

    month: int
    day: int
    year: int | None = None
    is_either_way: bool = False

    def list_dates(self, year: int) -> list[date]:
        """The dates of the calendar that can be meant, in a year where none is named."""
        pairs = [(self.month, self.day), (self.day, self.month)] if self.is_either_way else [(self.month, self.day)]
        dates = []
        for month, day in dict.fromkeys(pairs):
            try:
                dates.append(date(self.year or year, month, day))
            except ValueError:
                continue
        return dates


def match_written_date(folded: str, position: int) -> tuple[int, WrittenDate] | None:
    """The longest date that begins at a position of folded text, and its end; also one that no calendar has."""
    matches = [match for pattern in _PATTERNS if (match := pattern.match(folded, position))]
    match = max(matches, key=re.Match.end, default=None)
    return (match.end(), _read_groups(match.groupdict())) if match else None


def _read_groups(groups: dict[str, str | None]) -> WrittenDate:
    written = groups.get("year")
    year = int(written) + (2000 if len(written) == 2 else 0) if written else None
    if either := groups.get("either"):
        month, day = map(int, either.split("/"))
        return WrittenDate(month, day, year, is_either_way=True)
    named = groups.get("name")
    month, day = _MONTHS[named[:3]] if named else int(groups["month"] or 0), int(groups["day"] or 0)
    is_either_way = month > 12 and groups.get("sign") is None and not named  # 11.23 where people write 23.11.
    return WrittenDate(month, day, year, is_either_way)
