"""The time zones that people and settings may name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def timezone_names() -> tuple[str, ...]:
    """Every IANA name that this machine knows, in order. Looking costs tens of milliseconds, so it is done once."""
    return tuple(sorted(available_timezones()))
