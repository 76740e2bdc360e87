"""The time zones that people and settings may name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def list_timezones() -> tuple[str, ...]:
    """Every IANA name that this machine knows, sorted; cached, since reading them takes tens of milliseconds."""
    return tuple(sorted(available_timezones()))
