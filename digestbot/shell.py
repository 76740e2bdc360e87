"""How every command starts: its log, its settings, and one sentence where something is wrong."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from digestbot.settings import Settings

T = TypeVar("T")


def fail(sentence: str) -> NoReturn:
    """Say what is wrong on standard error, and end with 2."""
    sys.stderr.write(f"digestbot: {sentence}\n")
    raise SystemExit(2)


def settings(log_level: int = logging.INFO, **values: object) -> Settings:
    """The settings, with the log going where it belongs. Raises :class:`~digestbot.errors.SettingsError`."""
    from digestbot.log import configure
    from digestbot.settings import load_settings

    configure(log_level)
    return load_settings(**values)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end: what the system refuses is a sentence too, and Ctrl-C no traceback."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise  # what reads us has gone: nothing to say
    except OSError as error:
        fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
