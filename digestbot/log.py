"""Structured logs, to standard error: one line an event, key=value."""

from __future__ import annotations

import contextlib
import logging
import sys

import structlog


class _TolerantStream:
    """Standard error that may be a file on a full disk: what it does not take is lost, and nothing else is."""

    def write(self, text: str) -> None:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Pass it on."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def silence_library(*names: str) -> None:
    """Keep a client library's loggers quiet: at length they repeat what is logged here."""
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def configure_logging(level: int = logging.INFO) -> None:
    """Set up logging for the process, from ``level`` on.

    Client libraries log warnings only: their other lines can name addresses.
    """
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_TolerantStream()),  # type: ignore[arg-type]  # all that print needs
        cache_logger_on_first_use=True,
    )
