"""The database that a test gets is as its template: what the test before left in it is gone."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest

from tests.emptied_database import restore, take_snapshot
from tests.postgresql import PostgreSql

_ADD_TOPIC = "INSERT INTO topics (slug, title, aliases) VALUES ('a', 'A', '[]') RETURNING id"


@pytest.fixture
def run(postgresql: PostgreSql) -> Callable[[str, str], object]:
    def run(url: str, statement: str) -> object:
        return postgresql.ask(url.split("?", maxsplit=1)[0].rpartition("/")[2], statement)

    return run


def test_rows_and_numbers_are_as_in_the_template(postgresql: PostgreSql, loaded_template: str, run) -> None:
    with postgresql.open_database(loaded_template) as first:
        new = run(first, _ADD_TOPIC)
        run(first, "DELETE FROM papers")
    with postgresql.open_database(loaded_template) as second:
        assert second == first
        assert run(second, "SELECT count(*) FROM topics WHERE slug = 'a'") == 0
        assert run(second, "SELECT count(*) FROM papers") > 0
        assert run(second, _ADD_TOPIC) == new


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE topics ADD COLUMN extra text",
        "ALTER TABLE topics ALTER COLUMN title DROP NOT NULL",
        "CREATE TABLE extra (id int)",
        "CREATE INDEX extra ON topics (title)",
        "DROP TABLE saved_papers",
        "REVOKE SELECT ON topics FROM postgres",
        "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO ''Asia/Tokyo''', current_database()); END$$",
        "DO $$BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 3', current_database()); END$$",
    ],
)
async def test_whatever_changes_the_schema_is_noticed(postgresql: PostgreSql, statement: str) -> None:
    with postgresql.open_database() as url:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        snapshot = await take_snapshot(connection)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(statement)
        assert not await restore(connection, snapshot)
        await transaction.rollback()
        assert await restore(connection, snapshot)
        await connection.close()


def test_one_whose_schema_was_changed_is_not_given_again(postgresql: PostgreSql, run) -> None:
    with postgresql.open_database() as first:
        run(first, "CREATE TABLE extra (id int)")
    with postgresql.open_database() as second:
        assert second != first
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        run(first, "SELECT 1")
