"""Each thing that a PostgreSQL server refuses is its own sentence, with its own remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from sqlalchemy import text

from digestbot.errors import StoreError
from digestbot.store import Database
from digestbot.store.database.database_errors import describe_error
from tests.postgresql import PostgreSql

ROLE = "errors_test"


@dataclass(frozen=True)
class Place:
    """A database of a server, and its address."""

    url: str
    name: str


@pytest.fixture(scope="module")
def place(postgresql: PostgreSql) -> Iterator[Place]:
    with postgresql.open_database(directly=True) as url:
        name = url.split("?")[0].rsplit("/", 1)[1]
        postgresql.execute(f"CREATE ROLE {ROLE} LOGIN")
        postgresql.execute(f"CREATE ROLE {ROLE}_full LOGIN CONNECTION LIMIT 0")
        yield Place(url, name)
        postgresql.execute(f"DROP ROLE {ROLE}")
        postgresql.execute(f"DROP ROLE {ROLE}_full")


KINDS: dict[str, tuple[Callable[[Place], str], str, str]] = {
    "no database": (lambda place: place.url.replace(place.name, "nowhere"), "SELECT 1", "there is no database"),
    "no role": (lambda place: place.url.replace("postgres@", "nobody@"), "SELECT 1", "has no such user"),
    "no connection": (
        lambda place: place.url.replace("postgres@", f"{ROLE}_full@"),
        "SELECT 1",
        "has no connection left: raise its limit",
    ),
    "no socket": (lambda place: place.url.replace("host=/", "host=/nowhere/"), "SELECT 1", "is PostgreSQL running"),
    "no host": (lambda place: "postgresql://u@no-such-host.invalid/d", "SELECT 1", "host of the database"),
    "no permission": (
        lambda place: place.url.replace("postgres@", f"{ROLE}@"),
        "CREATE TABLE t (x int)",
        "GRANT ALL ON SCHEMA public",
    ),
    "no table": (lambda place: place.url, "SELECT * FROM nowhere", "lacks digestbot's tables"),
    "no prepared statement": (lambda place: place.url, "EXECUTE nothing", "name the database without the pooler"),
    "read-only": (
        lambda place: f"{place.url}&options=-c%20default_transaction_read_only%3Don",
        "CREATE TABLE t (x int)",
        "cannot be written: it is a standby, or set to read-only",
    ),
    "read-only, of several": (
        lambda place: f"{place.url}&options=-c%20default_transaction_read_only%3Don&target_session_attrs=read-write",
        "SELECT 1",
        "target_session_attrs=read-write finds it",
    ),
    "too slow": (lambda place: f"{place.url}&statement_timeout=20ms", "SELECT pg_sleep(9)", "statement_timeout"),
    "ended": (lambda place: place.url, "SELECT pg_terminate_backend(pg_backend_pid())", "closed the connection"),
    "unknown": (lambda place: place.url, "SELECT 1 / 0", "answered: division by zero"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_server_refuses_is_said_with_what_to_do(place: Place, kind: str) -> None:
    build_url, statement, words = KINDS[kind]
    database = Database(build_url(place))
    try:
        with pytest.raises(StoreError) as refused:
            await run(database, statement)
    finally:
        await database.close()
    message = str(refused.value)
    assert words in message
    assert "asyncpg" not in message
    assert "\n" not in message


async def run(database: Database, statement: str) -> None:
    async with database.write() as connection:
        await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("error", "words"),
    [  # what takes a server of its own, or a moment that cannot be chosen
        (asyncpg.CannotConnectNowError("the database system is starting up"), "is starting up"),
        (asyncpg.InvalidPasswordError('password authentication failed for user "u"'), "refuses the user or password"),
        (
            asyncpg.InvalidAuthorizationSpecificationError('no pg_hba.conf entry for host "1.2.3.4", no encryption'),
            "takes only TLS: write sslmode=require",
        ),
        (
            asyncpg.InvalidAuthorizationSpecificationError('no pg_hba.conf entry for host "1.2.3.4", SSL encryption'),
            "does not let this user in from this machine",
        ),
        (
            asyncpg.InvalidAuthorizationSpecificationError("connection requires a valid client certificate"),
            "name it with sslcert= and sslkey=",
        ),
        (asyncpg.DeadlockDetectedError("deadlock detected"), "busy with the same rows"),
        (asyncpg.DiskFullError("could not extend file"), "no room left on the disk"),
        (asyncpg.ProtocolViolationError("no more connections allowed (max_client_conn)"), "has no connection left"),
        (asyncpg.ProtocolViolationError("query_wait_timeout"), "has no connection left"),
        (asyncpg.ProtocolViolationError("server login has been failing"), "does not reach the server behind it"),
        (TimeoutError(), "does not answer: does it run"),
    ],
)
def test_what_no_test_can_bring_about_is_said_too(error: Exception, words: str) -> None:
    assert words in describe_error(error, "db.example.org/papers")
