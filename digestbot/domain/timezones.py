"""The timezones that users and settings may name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def list_timezones() -> tuple[str, ...]:
    """All IANA names known to this machine, sorted; cached, since reading them takes tens of milliseconds."""
    return tuple(sorted(available_timezones()))
