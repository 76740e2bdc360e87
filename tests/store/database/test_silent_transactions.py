"""A process that is paused in the middle of a statement does not hold its locks for ever."""

from __future__ import annotations

import asyncio
import struct
from contextlib import closing
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

import pytest
from sqlalchemy import text

from digestbot.store import Database, Store
from digestbot.store.database.silent_transactions import end_silent_transactions
from tests.postgresql import PostgreSql
from tests.waiting import HANG_SECONDS

IMPATIENT = "&idle_in_transaction_session_timeout=100ms"
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
HAS_WAITED = text(
    "SELECT bool_or(clock_timestamp() - state_change > interval '200ms') FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class SilentClient:
    """Speaks PostgreSQL's protocol, and says nothing more in the middle of a statement.

    Source: https://www.postgresql.org/docs/current/protocol-flow.html
    """

    def __init__(self, folder: Path, database: str, statement: str, program: str = "digestbot") -> None:
        self.socket = socket(AF_UNIX, SOCK_STREAM)
        self.socket.settimeout(HANG_SECONDS)
        self.socket.connect(str(folder / ".s.PGSQL.5432"))
        start = struct.pack("!i", 196_608) + b"user\0postgres\0database\0" + database.encode()
        start += b"\0application_name\0" + program.encode() + b"\0\0"
        self.socket.sendall(struct.pack("!i", len(start) + 4) + start)
        self.read_until(b"Z")
        self.send(b"Q", f"BEGIN; {statement}".encode() + b"\0")
        self.read_until(b"Z")
        self.send(b"P", b"\0SELECT 1\0\0\0")  # prepared, and never run: a client that was paused
        self.send(b"H", b"")
        self.read_until(b"1")

    def send(self, kind: bytes, body: bytes) -> None:
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def read_until(self, kind: bytes) -> None:
        """Read the server's messages until one of this kind."""
        while True:
            head = self.socket.recv(5, 256)
            (length,) = struct.unpack("!i", head[1:])
            assert head[:1] != b"E", self.socket.recv(length - 4)
            if length > 4:
                self.socket.recv(length - 4, 256)
            if head[:1] == kind:
                return

    def close(self) -> None:
        self.socket.close()


@pytest.mark.parametrize(
    "lock", ["UPDATE key_values SET value = 'paused'", "SELECT pg_advisory_xact_lock(7012118)"], ids=["row", "planning"]
)
async def test_a_transaction_whose_client_is_silent_is_ended_for_those_who_wait(
    postgresql: PostgreSql, lock: str
) -> None:
    with postgresql.open_database(directly=True) as url:
        store = Store(Database(url + IMPATIENT))
        await store.key_values.set("x", "first")
        with closing(SilentClient(postgresql.socket_folder, store.database.name, lock)):
            waiting = asyncio.create_task(take_both(store))
            async with asyncio.timeout(HANG_SECONDS):
                while not await end_silent_transactions(store.database):
                    await asyncio.sleep(0.02)
                await waiting
        assert await store.key_values.get("x") == "second"
        await store.close()


async def test_nobody_is_ended_for_whom_nobody_waits(postgresql: PostgreSql) -> None:
    with postgresql.open_database(directly=True) as url:
        store = Store(Database(url + IMPATIENT))
        await store.key_values.set("x", "first")
        with closing(SilentClient(postgresql.socket_folder, store.database.name, "SELECT 1")) as client:
            idle = text(
                "SELECT clock_timestamp() - state_change > interval '150ms' FROM pg_stat_activity WHERE query LIKE :q"
            )
            async with asyncio.timeout(HANG_SECONDS):
                while not await ask(store, idle.bindparams(q="SELECT 1%")):
                    await asyncio.sleep(0.02)
            assert await end_silent_transactions(store.database) == 0
            client.send(b"S", b"")
            client.read_until(b"Z")
        await store.close()


async def test_a_program_that_is_none_of_ours_is_not_ended(postgresql: PostgreSql) -> None:
    """A nightly pg_dump that is slow, while a new version of the bot waits to change a table."""
    with postgresql.open_database(directly=True) as url:
        store = Store(Database(url + IMPATIENT))
        await store.key_values.set("x", "first")
        held = "UPDATE key_values SET value = 'dumped'"
        theirs = SilentClient(postgresql.socket_folder, store.database.name, held, program="pg_dump")
        waiting = asyncio.create_task(store.key_values.set("x", "second"))
        async with asyncio.timeout(HANG_SECONDS):
            while not await ask(store, HAS_WAITED):
                await asyncio.sleep(0.02)
        assert await end_silent_transactions(store.database) == 0
        theirs.close()
        await waiting
        await store.close()


async def test_who_has_switched_the_limit_off_keeps_it_off(postgresql: PostgreSql) -> None:
    with postgresql.open_database(directly=True) as url:
        store = Store(Database(url + "&idle_in_transaction_session_timeout=0"))
        await store.key_values.set("x", "first")
        with closing(SilentClient(postgresql.socket_folder, store.database.name, "UPDATE key_values SET value = ''")):
            waiting = asyncio.create_task(store.key_values.set("x", "second"))
            async with asyncio.timeout(HANG_SECONDS):
                while not await ask(store, WAITING):
                    await asyncio.sleep(0.02)
            assert await end_silent_transactions(store.database) == 0
            assert not waiting.done()
        await waiting  # its end frees the row
        await store.close()


async def test_a_file_has_none(store: Store) -> None:
    if not store.database.is_server:
        assert await end_silent_transactions(store.database) == 0


async def take_both(store: Store) -> None:
    """Wait for the lock of planning and for a row."""
    async with store.database.write() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(7012118)"))
        await connection.execute(text("UPDATE key_values SET value = 'second'"))


async def ask(store: Store, question: object) -> object:
    async with store.database.read() as connection:
        return await connection.scalar(question)  # type: ignore[call-overload]
