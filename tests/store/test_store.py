"""The store as itself, on a real file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from digestbot.errors import SettingsError, StoreError
from digestbot.settings import sqlite_url
from digestbot.store import Database, Store
from digestbot.store.engine import explain
from digestbot.store.migrate import HEAD, migrate, scripts
from digestbot.store.search import queries
from digestbot.store.tables import metadata


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


@pytest.mark.parametrize("url", ["nonsense", "postgresql+asyncpg://u:secret@h/d"])
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
