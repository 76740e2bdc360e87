"""The timezones that users and settings may name: those of the ``tzdata`` package.

They are the same on every machine, so a timezone that was chosen on one is there on the next, also in a container that
has none of its own.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_NO_PLACES = frozenset(("Factory", "localtime", "posixrules"))
"""What stands for whatever a machine is set to."""


@cache
def list_timezones() -> tuple[str, ...]:
    """All IANA names, sorted."""
    names = files("tzdata").joinpath("zones").read_text("utf-8").split()
    return tuple(sorted(set(names) - _NO_PLACES))


@cache
def get_timezone(name: str) -> ZoneInfo:
    """The timezone with an IANA name. Raises :class:`ValueError` if there is none."""
    if name not in list_timezones():
        raise ValueError(f"there is no timezone “{name}”")
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
