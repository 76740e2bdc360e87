"""Invented digest pages, for the demo."""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_NEWEST = date(2026, 11, 23)
_DATE = re.compile(r"2026-11-2\d")


def write_samples(folder: Path, newest: date) -> None:
    """Write the pages into a folder, dated so that the newest are of this day."""
    shift = newest - _NEWEST
    for day in files(__name__).iterdir():
        if day.is_dir() and _DATE.fullmatch(day.name):
            _write_day(day, folder / _shift_dates(day.name, shift), shift)


def _write_day(day: Traversable, folder: Path, shift: timedelta) -> None:
    folder.mkdir(parents=True)
    for page in day.iterdir():
        text = _shift_dates(page.read_text("utf-8"), shift)
        (folder / page.name).write_text(text, "utf-8")


def _shift_dates(text: str, shift: timedelta) -> str:
    return _DATE.sub(lambda match: str(date.fromisoformat(match[0]) + shift), text)
