"""Common start-up of commands: logging, settings, and error reporting."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from datetime import date

    from digestbot.settings import Settings

T = TypeVar("T")
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The one that wins first."""


def exit_with_error(message: str) -> NoReturn:
    """Print an error to standard error and exit with code 2."""
    sys.stderr.write(f"digestbot: {message}\n")
    raise SystemExit(2)


def prepare_settings(log_level: int = logging.INFO, **values: object) -> Settings:
    """Configure logging and load the settings. Raises :class:`~digestbot.errors.SettingsError`."""
    from digestbot.log import configure_logging
    from digestbot.settings import load_settings

    configure_logging(log_level)
    return load_settings(**values)


def find_language(settings: Settings | None = None) -> str:
    """The language for who sits at this terminal: the one that is set, or that of the locale; English otherwise."""
    if settings and "language" in settings.model_fields_set:
        return settings.language
    spoken = next((value for name in _LOCALE_VARIABLES if (value := os.environ.get(name))), "")
    return "zh" if spoken.lower().startswith("zh") else "en"


def parse_day(text: str, settings: Settings) -> date:
    """A day as chats take it: ``2026-11-23``, ``yesterday``, ``昨天``.

    Raises :class:`~digestbot.errors.DigestbotError` for what is none.
    """
    from datetime import UTC, datetime

    from digestbot.core.times.days import DayError, read_day
    from digestbot.domain.timezones import get_timezone
    from digestbot.errors import DigestbotError

    try:
        days = read_day(text, datetime.now(UTC).astimezone(get_timezone(settings.timezone)).date())
    except DayError:
        days = ()
    if len(days) == 1:
        return days[0]
    either = f"may be {days[0]} or {days[1]}" if days else "is not a date such as 2026-11-24, today or yesterday"
    raise DigestbotError(f"--date “{text}” {either}")


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine; OS errors are reported as one sentence, and Ctrl-C shows no traceback."""
    try:
        return asyncio.run(coroutine)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise  # the reader of our output is gone
    except OSError as error:
        exit_with_error(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
