"""The timezones that users and settings may name: those of the ``tzdata`` package.

They are the same on every machine, so a timezone that was chosen on one is there on the next, also in a container that
has none of its own. An offset of whole hours is one of them (``Etc/GMT-8`` is UTC+8); any other is named as it is
written: ``UTC+05:30``.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from digestbot.late_patterns import compile_late

_NO_PLACES = frozenset(("Factory", "localtime", "posixrules"))
"""What stands for whatever a machine is set to."""
_HOURS_NAME = compile_late(r"(?:Etc/)?GMT([+-])(\d{1,2})")
_OFFSET_NAME = compile_late(r"UTC([+-])(\d\d):([0-5]\d)")
_LEAST_MINUTES, _MOST_MINUTES = -12 * 60, 14 * 60
"""The offsets that places on Earth have."""


@cache
def list_timezones() -> tuple[str, ...]:
    """All IANA names, sorted."""
    names = files("tzdata").joinpath("zones").read_text("utf-8").split()
    return tuple(sorted(set(names) - _NO_PLACES))


@cache
def get_timezone(name: str) -> tzinfo:
    """The timezone with an IANA name, or an offset's. Raises :class:`ValueError` if there is none."""
    if match := _OFFSET_NAME.fullmatch(name):
        return timezone(timedelta(minutes=_count_minutes(match[1], match[2], match[3])), name)
    if name not in list_timezones():
        raise ValueError(f"there is no timezone “{name}”")
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def _count_minutes(sign: str, hours: str, minutes: str = "0") -> int:
    return (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)


def name_offset(minutes: int) -> str | None:
    """The name of the timezone that is so many minutes before UTC all year; ``None`` if no place has it."""
    if not _LEAST_MINUTES <= minutes <= _MOST_MINUTES:
        return None
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    if rest:
        return f"UTC{sign}{hours:02}:{rest:02}"
    return f"Etc/GMT{'+' if minutes < 0 else '-'}{hours}"  # POSIX writes zones east of Greenwich with a minus


def format_timezone(name: str) -> str:
    """A timezone's name as people write it: ``UTC+8`` for ``Etc/GMT-8``."""
    if match := _HOURS_NAME.fullmatch(name):
        return _format_offset(-_count_minutes(match[1], match[2]))
    if match := _OFFSET_NAME.fullmatch(name):
        return _format_offset(_count_minutes(match[1], match[2], match[3]))
    return "UTC" if name in ("Etc/UTC", "Etc/GMT") else name


def format_offset_at(name: str, moment: datetime) -> str:
    """How far a timezone is before UTC at a moment: ``UTC+5:30``."""
    offset = moment.astimezone(get_timezone(name)).utcoffset() or timedelta()
    return _format_offset(round(offset.total_seconds() / 60))


def _format_offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"
