"""What a database or its driver answers, as a sentence with a remedy."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import ssl
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

_SETTING = "DIGESTBOT_DATABASE_URL"
_NO_ROOM = "no room left on the disk of {location}: free some, then try again; nothing was half-written"
_BROKEN_DISK = "the disk of {location} did not take the data: is it full or failing? Nothing was half-written"
_DAMAGED = "the database {location} is damaged: “digestbot db restore PATH” restores a backup; see docs/backup.md"
_NO_TLS = f"the database {{location}} has no TLS: write sslmode=disable in {_SETTING}, or turn TLS on there"
_TLS_ONLY = f"the database {{location}} takes only TLS: write sslmode=require in {_SETTING}"
_NO_ROOT_CERTIFICATE = f"the root certificate for {{location}} is not there: name it with sslrootcert= in {_SETTING}"
_NO_CLIENT_CERTIFICATE = (
    f"the database {{location}} wants this client's certificate: name it with sslcert= and sslkey= in {_SETTING}"
)
_WRONG_PASSWORD = (
    f"the database {{location}} refuses the user or password: see {_SETTING}; in a password, write @ as %40, : as %3A,"
    " / as %2F, ? as %3F, # as %23 and % as %25"
)
_NO_ROLE = (
    "the server of {location} has no such user, or one that may not log in: make it there (createuser), or correct the"
    f" user in {_SETTING}"
)
_NOT_LET_IN = (
    "the server of {location} does not let this user in from this machine: allow it there (pg_hba.conf, or the hoster's"
    " list of addresses)"
)
_NO_DATABASE = f"there is no database {{location}}: make it there (createdb), or correct its name in {_SETTING}"
_NO_TABLES = (
    "the database {location} lacks digestbot's tables ({message}): “digestbot db migrate” makes them; is its"
    " search_path the right one?"
)
_NO_PERMISSION = (
    "the database {location} does not let this user do that ({message}): make the user its owner, or GRANT ALL ON"
    " SCHEMA public to it"
)
_NO_CONNECTIONS = (
    "the server of {location} has no connection left: raise its limit, end what holds them, or put a connection pooler"
    " before it"
)
_STARTING = "the server of {location} is starting up, shutting down or recovering: try again in a moment"
_READ_ONLY = (
    "the database {location} cannot be written: it is a standby, or set to read-only; name the primary in"
    f" {_SETTING}; of several hosts, target_session_attrs=read-write finds it"
)
_PAUSED = "the database {location} ended a transaction that stood still: was this process paused? Try again"
_CONNECTION_LOST = "the database {location} closed the connection: try again; if it goes on, see that server's log"
_TOO_SLOW = "the database {location} needed longer than its statement_timeout or lock_timeout: try again, or raise it"
_BUSY = "the database {location} is busy with the same rows: try again"
_CHANGED = "the tables of {location} were changed meanwhile: try again"
_POOLER_PARAMETER = (
    f"the connection pooler of {{location}} answered: {{message}}; leave that parameter out of {_SETTING}, or name it"
    " in PgBouncer's ignore_startup_parameters"
)
_POOLER_MODE = (
    "the connection pooler of {location} is in statement mode, which has no transactions: set its pool_mode to"
    " transaction or session"
)
_POOLER_STATEMENTS = (
    "a prepared statement of {location} is gone or mixed up, as behind a connection pooler that digestbot did not"
    f" recognize: name the database without the pooler in {_SETTING}"
)
_POOLER_ALONE = "the connection pooler of {location} does not reach the server behind it: see the pooler's log"


class _Remedy(NamedTuple):
    """A sentence for errors with one of the SQLSTATEs, or whose words have ``sign``, a regular expression."""

    text: str
    sign: str = ""
    states: tuple[str, ...] = ()

    def fits(self, message: str, state: str) -> bool:
        return state in self.states or bool(self.sign and re.search(self.sign, message))


# The first that fits counts. PgBouncer has one SQLSTATE for nearly everything, the driver has none for its own errors,
# and SQLite has none at all: those are known by their words. A server's words may be in any language.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_REMEDIES = (
    _Remedy(_NO_TLS, "rejected SSL upgrade"),
    _Remedy(_TLS_ONLY, "SSL required|no encryption|SSL off"),
    _Remedy(_NO_ROOT_CERTIFICATE, "root certificate file"),
    _Remedy(_NO_CLIENT_CERTIFICATE, "valid client certificate|TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    _Remedy(_WRONG_PASSWORD, "password authentication failed|SASL authentication failed", ("28P01",)),
    _Remedy(_NO_ROLE, r'role ".*" (does not exist|is not permitted)|no such user'),
    _Remedy(_NOT_LET_IN, r"pg_hba\.conf", ("28000",)),
    _Remedy(_NO_DATABASE, 'database ".*" does not exist|no such database', ("3D000",)),
    _Remedy(_POOLER_PARAMETER, "unsupported startup parameter"),
    _Remedy(_POOLER_MODE, "statement pooling mode"),
    _Remedy(_POOLER_STATEMENTS, 'prepared statement ".*" (does not|already) exist', ("26000", "42P05")),
    _Remedy(_POOLER_ALONE, "server_login_retry|server login has been failing|cannot connect to server"),
    _Remedy(_NO_CONNECTIONS, "max_client_conn|[Mm]ax client|query_wait_timeout", ("53300",)),
    _Remedy(_STARTING, "", ("57P03",)),
    _Remedy(_READ_ONLY, "target_session_attrs|None of the hosts match", ("25006",)),
    _Remedy(_PAUSED, "idle-in-transaction timeout", ("25P03",)),
    _Remedy(
        _CONNECTION_LOST,
        # the last: the driver's own, when the server's farewell comes while it asks
        "connection is closed|connection was closed|cannot switch to state",
        ("57P01", "57P02", "57P05", "08003", "08006"),
    ),
    _Remedy(_TOO_SLOW, "", ("57014", "55P03")),
    _Remedy(_BUSY, "", ("40001", "40P01")),
    _Remedy(_CHANGED, "cached plan must not change"),
    _Remedy(_NO_TABLES, "", ("42P01", "3F000")),
    _Remedy(_NO_PERMISSION, "", ("42501",)),
    _Remedy(_NO_ROOM, "No space left on device|disk is full", ("53100",)),
    _Remedy(_BROKEN_DISK, "disk I/O error", ("58030",)),
    _Remedy(_DAMAGED, "malformed", ("XX001", "XX002")),
    # SQLite
    _Remedy(
        "cannot open the database {location}: is its folder there, and may digestbot write to it?", "unable to open"
    ),
    _Remedy(
        "the database {location} cannot be written: give digestbot write permission on it and its folder", "readonly"
    ),
    _Remedy("the database {location} is busy in another program: try again when that is done", "database is locked"),
    _Remedy(f"{{location}} is not a SQLite database: name another file in {_SETTING}", "not a database"),
)


def describe_error(error: BaseException, location: str) -> str:
    """A driver's error as a sentence with a remedy."""
    original = _find_original(error)
    message, state = str(original).partition("\n")[0], str(getattr(original, "sqlstate", None) or "")
    text = next((remedy.text for remedy in _REMEDIES if remedy.fits(message, state)), None)
    if text is None and isinstance(original, OSError):
        text = _describe_connection_error(original)
    text = text or "the database {location} answered: {message}"
    return text.replace("{location}", location).replace("{message}", message)


def _find_original(error: BaseException) -> BaseException:
    """The driver's own error, which SQLAlchemy wraps twice for PostgreSQL."""
    wrapped: BaseException = getattr(error, "orig", None) or error
    cause = wrapped.__cause__
    return cause if cause and wrapped is not error and _is_postgresql_error(cause) else wrapped


def is_database_error(error: BaseException) -> bool:
    """Whether it is a driver's error, SQLAlchemy's, or one of the connection to a server.

    SQLAlchemy does not wrap those of PostgreSQL's driver while it connects.
    """
    return isinstance(error, SQLAlchemyError | sqlite3.Error | OSError) or _is_postgresql_error(error)


def _is_postgresql_error(error: BaseException) -> bool:
    return type(error).__module__.startswith("asyncpg")


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
