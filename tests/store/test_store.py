"""The store as itself, on a real file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from digestbot.app import App
from digestbot.core.ports import Said
from digestbot.domain.subscription import Address, Format
from digestbot.errors import SettingsError, StoreError
from digestbot.settings import sqlite_url
from digestbot.store import Database, Store
from digestbot.store.engine import explain
from digestbot.store.migrate import HEAD, migrate, scripts
from digestbot.store.search import queries
from digestbot.store.tables import metadata
from tests.fakes import SetClock


async def test_the_migrations_make_the_tables_that_queries_see(store: Store) -> None:
    def difference(connection) -> list[object]:
        options = {"include_object": lambda _o, name, *_: not str(name).startswith("paper_search")}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with store.database.read() as connection:
        assert await connection.run_sync(difference) == []


def test_the_newest_revision_is_the_one_that_starting_up_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts()))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_foreign_keys_and_wal_are_on(store: Store) -> None:
    async with store.database.read() as connection:
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"


async def test_a_database_of_a_newer_version_is_refused(store: Store) -> None:
    async with store.database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer digestbot"):
        await migrate(store.database)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no database " * 100)
    database = Database(sqlite_url(tmp_path / "a.db"))
    with pytest.raises(StoreError, match=r"a\.db is not a SQLite database"):
        await migrate(database)
    await database.close()


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(StoreError, match="cannot make the folder /dev/null/x"):
        Database("sqlite:////dev/null/x/a.db")


def test_a_read_only_database_is_said_with_what_to_do(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (x)").connection.close()
    connection = sqlite3.connect(f"file:{tmp_path}/a.db?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as refused:
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
    assert "give digestbot write permission" in explain(refused.value, "a.db")


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:secret@h/d"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="DIGESTBOT_DATABASE_URL") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


def test_what_is_typed_is_only_ever_quoted_text_in_a_query() -> None:
    assert queries('a" OR title:* NEAR(') == (
        '"a" AND "OR" AND "title" AND "NEAR"',
        '"a" * AND "OR" * AND "title" * AND "NEAR" *',
        '"a" OR "OR" OR "title" OR "NEAR"',
    )
    assert queries("高斯 splat")[0] == '"高 斯" AND "splat"'
    assert queries("!!! ***") == ()


async def test_a_chat_that_moves_into_one_that_is_there_hands_over_what_it_lacks(app: App) -> None:
    old, new = Address("telegram", "-1"), Address("telegram", "-100")
    for address, topics in ((old, ("protein-design", "climate-emulation")), (new, ("protein-design",))):
        for topic in topics:
            assert (await app.dispatcher.reply(Said(address, f"/subscribe {topic}"))).card.ok
    await app.store.subscribers.move("telegram", "-1", "-100")
    assert await app.subscriptions.who(old) is None
    moved = await app.subscriptions.who(new)
    assert moved
    mine = await app.subscriptions.of(moved)
    assert [subscription.topic.slug for subscription in mine] == ["climate-emulation", "protein-design"]


async def test_a_shortcut_is_kept_for_half_a_year_after_its_last_use(store: Store, clock: SetClock) -> None:
    await store.shortcuts.keep({"a": "search one", "b": "search two"}, clock.now())
    clock.forward(days=100)
    await store.shortcuts.keep({"a": "search one"}, clock.now())
    clock.forward(days=100)
    await store.shortcuts.keep({"c": "search three"}, clock.now())
    assert [await store.shortcuts.command(word) for word in "abc"] == ["search one", None, "search three"]


async def test_a_database_of_the_version_before_keeps_its_subscribers(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.db"))

    def first(connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(scripts()))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO subscribers (platform, chat, thread, timezone, time, days, language, layout, paused)"
                " VALUES ('console', 'local', '', 'UTC', '08:00:00.000000', '[0]', 'zh', 'cards', '')"
            )
        )

    async with database.write() as connection:
        await connection.run_sync(first)
    await migrate(database)
    store = Store(database)
    kept = await store.subscribers.find(Address("console", "local"))
    assert kept
    assert (kept.preferences.language, kept.preferences.format, kept.title) == ("zh", Format.RICH, "")
    await store.close()
