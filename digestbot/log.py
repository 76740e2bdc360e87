"""Structured logging to standard error: one line per event, as key=value pairs."""

from __future__ import annotations

import contextlib
import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from digestbot.net.addresses import redact_urls

_ADDRESSES_TO_OPEN = frozenset({"invite"})
"""What holds an address that the operator is to open, and that has no secret."""


class _TolerantStream:
    """Standard error that ignores write errors, such as a full disk: log lines may be lost, but nothing else fails."""

    def write(self, text: str) -> None:
        """Write the text, ignoring errors."""
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush, ignoring errors."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


class _RedactingFormatter(logging.Formatter):
    """Shows addresses in other libraries' messages and errors without what may be secret."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the traceback if there is one."""
        return redact_urls(super().format(record))


def _redact_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Show addresses without what may be secret: also those in errors of other libraries."""
    return {
        name: redact_urls(value) if isinstance(value, str) and name not in _ADDRESSES_TO_OPEN else value
        for name, value in event.items()
    }


def silence_library(*names: str) -> None:
    """Keep a client library's loggers quiet: at length they repeat what is logged here."""
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def configure_logging(level: int = logging.INFO) -> None:
    """Set up logging for the process at ``level`` and above.

    Client libraries log warnings only, since their other messages can contain addresses.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_values,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_TolerantStream()),  # type: ignore[arg-type]  # all that print needs
        cache_logger_on_first_use=True,
    )
