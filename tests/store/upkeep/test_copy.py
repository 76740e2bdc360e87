"""An installation moves to another database, whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import func, select, update

from digestbot.app import App, open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.errors import StoreError
from digestbot.settings import load_settings
from digestbot.store import Database
from digestbot.store.search.search_index import index_all_papers
from digestbot.store.tables import leases, outbox, papers
from digestbot.store.upkeep.copy import copy_database, list_copied_tables
from tests.fakes import ManualClock, RecordingPlatform
from tests.postgresql import PostgreSql

ADA = Address("console", "ada")


@pytest.fixture
def target_url(postgresql: PostgreSql) -> Iterator[str]:
    with postgresql.open_database() as url:
        yield url


@pytest.fixture
async def target(target_url: str) -> AsyncIterator[Database]:
    database = Database(target_url)
    yield database
    await database.close()


@pytest.fixture
async def used_app(app: App, clock: ManualClock) -> App:
    """An installation that somebody uses: subscribed, delivered, saved."""
    for text in ("/subscribe protein-design 10:00", "/save 2611.90112"):
        assert (await app.dispatcher.handle_message(IncomingMessage(ADA, text))).card.ok
    clock.set("2026-11-24 10:00")
    assert (await app.build_delivery_service([RecordingPlatform()]).run_cycle()).sent == 1
    return app


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_everything_is_there_and_goes_on(
    used_app: App, target: Database, target_url: str, clock: ManualClock
) -> None:
    told: list[str] = []
    assert await used_app.store.leases.acquire("sender console", "a", "here", 60)
    counts = await copy_database(used_app.store.database, target, lambda table, done, number: told.append(table))
    assert counts["outbox"] == counts["subscriptions"] == counts["saved_papers"] == 1
    assert set(told) >= {"papers", "entries", "outbox"}
    async with target.read() as connection:  # it is the old process's
        assert (await connection.execute(select(leases))).all() == []
    settings = load_settings(database_url=target_url, delivery_jitter_seconds=0)
    async with open_app(settings, clock) as there:
        platform = RecordingPlatform()
        assert (await there.build_delivery_service([platform]).run_cycle()).sent == 0  # it was delivered before
        assert (await there.store.search.find("antibody loops")).total == 1
        assert await there.store.key_values.get_database_id() == await used_app.store.key_values.get_database_id()
        assert (
            await there.dispatcher.handle_message(
                IncomingMessage(Address("console", "new"), "/subscribe climate-emulation")
            )
        ).card.ok


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_database_that_has_something_is_refused(used_app: App, target: Database) -> None:
    counts = await copy_database(used_app.store.database, target, lambda *_: None)
    assert await copy_database(used_app.store.database, target, lambda *_: None) == counts  # what is equal is a copy
    async with target.write() as connection:
        await connection.execute(update(papers).where(papers.c.id == 1).values(title="Another"))
    with pytest.raises(StoreError, match=r"is not empty \(.* has rows\): name a new database"):
        await copy_database(used_app.store.database, target, lambda *_: None)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_fails_half_way_leaves_nothing(used_app: App, target: Database) -> None:
    async with used_app.store.database.write() as connection:
        await connection.execute(update(papers).where(papers.c.id == 1).values(title="a\0b"))  # PostgreSQL has no NUL
    with pytest.raises(StoreError):
        await copy_database(used_app.store.database, target, lambda *_: None)
    async with target.read() as connection:
        for table in list_copied_tables():
            assert await connection.scalar(select(func.count()).select_from(table)) == 0, table


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_arrives_otherwise_is_noticed(
    used_app: App, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digestbot.store.upkeep import copy as copying

    async def damage_index(new) -> None:
        await index_all_papers(new)
        await new.execute(update(outbox).values(reason="changed on the way"))

    monkeypatch.setattr(copying, "index_all_papers", damage_index)
    with pytest.raises(StoreError, match="outbox differs after copying"):
        await copying.copy_database(used_app.store.database, target, lambda *_: None)


async def test_a_database_is_not_copied_onto_itself(used_app: App) -> None:
    before = await used_app.store.subscribers.count_stored(1)
    again = Database(used_app.settings.effective_database_url)
    with pytest.raises(StoreError):
        await copy_database(used_app.store.database, again, lambda *_: None)
    await again.close()
    assert await used_app.store.subscribers.count_stored(1) == before
