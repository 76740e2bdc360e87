"""The real PgBouncer in transaction mode: what the bot does goes through it, without a setting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from digestbot.app import open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.errors import StoreError
from digestbot.settings import load_settings
from digestbot.store import Database, Store
from digestbot.store.upkeep.migrate import migrate
from tests.fakes import ManualClock, RecordingPlatform
from tests.pgbouncer import PgBouncer, needs_pgbouncer, run_pgbouncer
from tests.postgresql import PostgreSql
from tests.waiting import HANG_SECONDS

pytestmark = needs_pgbouncer
NOW = "2026-11-24 09:00"
PREPARED = text("SELECT count(*) FROM pg_prepared_statements")
READERS = [Address("console", f"reader{number}") for number in range(6)]


@pytest.fixture(scope="module")
def pooler(postgresql: PostgreSql) -> Iterator[PgBouncer]:
    """With two connections to the server for all: every transaction has another one than its own last."""
    with run_pgbouncer(postgresql.socket_folder, default_pool_size="2", server_round_robin="1") as pooler:
        yield pooler


def find_name(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]


async def test_an_installation_is_made_read_and_delivered_through_it(
    postgresql: PostgreSql, pooler: PgBouncer, loaded_template: str
) -> None:
    clock = ManualClock(NOW)
    with postgresql.open_database(loaded_template, directly=True) as direct:
        url = pooler.build_url(find_name(direct))
        settings = load_settings(database_url=url, delivery_jitter_seconds=0)
        async with open_app(settings, clock) as app, open_app(settings, clock) as other, asyncio.timeout(HANG_SECONDS):
            for commands in (
                ["/start", "/topics", "/latest protein-design", "/search antibody loops", "/paper 2611.90112"],
                ["/subscribe protein-design 10:00", "/subscribe climate-emulation 10:00", "/save 2611.90112", "/saved"],
                ["/settings language zh", "/subscriptions", "/search climate", "/unsubscribe climate-emulation"],
            ):
                for command in commands:
                    replies = await asyncio.gather(
                        *(
                            (app, other)[number % 2].dispatcher.handle_message(IncomingMessage(reader, command))
                            for number, reader in enumerate(READERS)
                        )
                    )
                    assert all(reply.card.ok for reply in replies), command
            assert (await app.store.search.find("antibody loops")).total == 1
            clock.set("2026-11-24 10:00")
            platforms = [RecordingPlatform(), RecordingPlatform()]
            cycles = await asyncio.gather(
                *(
                    each.build_delivery_service([platform]).run_cycle()
                    for each, platform in zip((app, other), platforms, strict=True)
                )
            )
            assert sum(cycle.sent for cycle in cycles) == len(READERS)  # each once, whoever claimed it
            granted = [
                await each.store.leases.acquire("sender", name, "-", 60) for name, each in (("a", app), ("b", other))
            ]
            assert granted == [True, False]
            async with app.store.database.read() as connection:
                assert await connection.scalar(PREPARED) == 0


async def test_processes_that_start_together_migrate_once(postgresql: PostgreSql, pooler: PgBouncer) -> None:
    with postgresql.open_database(empty=True, directly=True) as direct:
        databases = [Database(pooler.build_url(find_name(direct))) for _ in range(3)]
        async with asyncio.timeout(HANG_SECONDS):
            await asyncio.gather(*map(migrate, databases))
        for database in databases:
            await database.close()


async def test_a_direct_connection_keeps_its_prepared_statements(postgresql: PostgreSql) -> None:
    with postgresql.open_database(directly=True) as url:
        store = Store(Database(url))
        for _ in range(3):
            await store.key_values.get("x")
        async with store.database.read() as connection:
            assert (await connection.scalar(PREPARED) or 0) > 1
        await store.close()


async def test_a_process_that_is_paused_within_a_transaction_locks_nobody_out_here_either(
    postgresql: PostgreSql, pooler: PgBouncer
) -> None:
    with postgresql.open_database(directly=True) as direct:
        url = pooler.build_url(find_name(direct), "?idle_in_transaction_session_timeout=300ms")
        store = Store(Database(url))
        await store.key_values.set("x", "first")
        async with asyncio.timeout(HANG_SECONDS):
            with pytest.raises(StoreError, match=r"closed the connection|stood still"):
                await pause_within_transaction(store)
        assert await store.key_values.get("x") == "second"
        await store.close()


async def pause_within_transaction(store: Store) -> None:
    async with store.database.write() as paused:
        await paused.execute(text("UPDATE key_values SET value = 'paused'"))
        await store.key_values.set("x", "second")
        await paused.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("mode", "parameters", "words"),
    [
        ("transaction", "?options=-c%20lock_timeout%3D5s", "leave that parameter out"),
        ("statement", "", "set its pool_mode to transaction or session"),
    ],
)
async def test_what_it_cannot_do_is_said(postgresql: PostgreSql, mode: str, parameters: str, words: str) -> None:
    with (
        postgresql.open_database(directly=True) as direct,
        run_pgbouncer(postgresql.socket_folder, pool_mode=mode) as pooler,
    ):
        store = Store(Database(pooler.build_url(find_name(direct), parameters)))
        with pytest.raises(StoreError, match=words):
            await store.key_values.get("x")
        await store.close()
