"""Which day it is, for digests whose readers live in all timezones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_LATEST_UTC_OFFSET = timedelta(hours=14)
"""Kiribati's, where every day begins first."""


def find_today(now: datetime) -> date:
    """Today's date where it is latest (UTC+14): whoever makes a digest in the morning, anywhere, makes it of today."""
    return (now.astimezone(UTC) + _LATEST_UTC_OFFSET).date()
