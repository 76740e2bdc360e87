"""What a database or its driver answers, as a sentence with a remedy."""

from __future__ import annotations

import os
import socket
import sqlite3
import ssl
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

_SETTING = "DIGESTBOT_DATABASE_URL"
_NO_ROOM = "no room left on the disk of {location}: free some, then try again; nothing was half-written"
_TLS_ONLY = f"the database {{location}} takes only TLS: write sslmode=require in {_SETTING}"
_REFUSED = (
    f"the database {{location}} refuses the user or password: see {_SETTING}; in a password, write @ as %40, : as %3A,"
    " / as %2F, ? as %3F, # as %23 and % as %25"
)
_PAUSED = "the database {location} ended a transaction that stood still: was this process paused? Try again"
_POOLER_LOST = (
    "the connection pooler of {location} mixed up prepared statements: set its pool_mode to transaction or session, or"
    f" name the database without the pooler in {_SETTING}"
)
_CONNECTION_LOST = "the database {location} closed the connection: try again; if it goes on, see that server's log"


@dataclass(frozen=True, slots=True)
class _Remedy:
    """A sentence for errors whose words have ``sign``, or whose SQLSTATE is one of ``states``."""

    text: str
    sign: str = ""
    states: tuple[str, ...] = ()

    def fits(self, message: str, state: str) -> bool:
        return (bool(self.sign) and self.sign in message) or state in self.states


# The first that fits counts. PgBouncer has one SQLSTATE for nearly everything, and SQLite has none: those are known by
# their words. https://www.postgresql.org/docs/current/errcodes-appendix.html
_REMEDIES = (
    # TLS
    _Remedy(
        f"the database {{location}} has no TLS: write sslmode=disable in {_SETTING}, or turn TLS on there",
        "rejected SSL upgrade",
    ),
    _Remedy(_TLS_ONLY, "SSL required"),
    _Remedy(_TLS_ONLY, "no encryption"),
    _Remedy(_TLS_ONLY, "SSL off"),
    # who may come in
    _Remedy(_REFUSED, "password authentication failed", ("28P01",)),
    _Remedy(_REFUSED, "SASL authentication failed"),
    # a connection pooler
    _Remedy(
        f"the connection pooler of {{location}} answered: {{message}}; leave that parameter out of {_SETTING}, or name"
        " it in PgBouncer's ignore_startup_parameters",
        "unsupported startup parameter",
    ),
    _Remedy(
        "the connection pooler of {location} is in statement mode, which has no transactions: set its pool_mode to"
        " transaction or session",
        "statement pooling mode",
    ),
    _Remedy(_POOLER_LOST, "prepared statement", ("26000", "42P05")),
    # what does not exist
    _Remedy(
        f"the database {{location}} answered: {{message}}; createdb makes it, and {_SETTING} names it", "does not exist"
    ),
    # a connection's end
    _Remedy(_PAUSED, "idle-in-transaction timeout", ("25P03",)),
    _Remedy(_CONNECTION_LOST, "connection is closed"),
    _Remedy(_CONNECTION_LOST, "connection was closed"),
    _Remedy(_CONNECTION_LOST, "cannot switch to state"),  # the driver's, when the server's last word comes meanwhile
    # the disk
    _Remedy(_NO_ROOM, "No space left on device", ("53100",)),
    _Remedy(_NO_ROOM, "disk is full"),
    _Remedy(
        "the disk of {location} did not take the data: is it full or failing? Nothing was half-written",
        "disk I/O error",
        ("58030",),
    ),
    # SQLite
    _Remedy(
        "cannot open the database {location}: is its folder there, and may digestbot write to it?", "unable to open"
    ),
    _Remedy(
        "the database {location} cannot be written: give digestbot write permission on it and its folder", "readonly"
    ),
    _Remedy("the database {location} is busy in another program: try again when that is done", "database is locked"),
    _Remedy(f"{{location}} is not a SQLite database: name another file in {_SETTING}", "not a database"),
    _Remedy(
        "the database {location} is damaged: “digestbot db restore PATH” restores a backup; see docs/backup.md",
        "malformed",
    ),
)


def describe_error(error: BaseException, location: str) -> str:
    """A driver's error as a sentence with a remedy."""
    original = getattr(error, "orig", None) or error
    message, state = str(original), str(getattr(original, "sqlstate", None) or "")
    text = next((remedy.text for remedy in _REMEDIES if remedy.fits(message, state)), None)
    if text is None and isinstance(error, OSError):
        text = _describe_connection_error(error)
    text = text or "the database {location} answered: {message}"
    return text.replace("{location}", location).replace("{message}", message)


def is_database_error(error: BaseException) -> bool:
    """Whether it is a driver's error, SQLAlchemy's, or one of the connection to a server.

    SQLAlchemy does not wrap those of PostgreSQL's driver while it connects.
    """
    return isinstance(error, SQLAlchemyError | sqlite3.Error | OSError) or type(error).__module__.startswith("asyncpg")


def _describe_connection_error(error: OSError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of the database {{location}} cannot be verified ({error.verify_message}): name its"
                f" authority's with sslrootcert=/PATH in {_SETTING}, and the host as the certificate does"
            )
        case ssl.SSLError():
            return f"TLS with the database {{location}} failed ({error.reason}): see sslmode and sslcert in {_SETTING}"
        case socket.gaierror():
            return f"the host of the database {{location}} is not known: is it right in {_SETTING}?"
        case TimeoutError():
            return "the database {location} does not answer: does it run, and does its firewall let this machine in?"
        case _ if error.strerror is None:
            return _CONNECTION_LOST
    cause = os.strerror(error.errno) if error.errno else error.strerror
    return f"cannot reach the database {{location}}: is PostgreSQL running there? ({cause})"
