"""The words of titles on SQLite: a table of their own, as new as the index, so that titles cost no other words."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.settings import build_sqlite_url
from digestbot.store import Store
from digestbot.store.database.engine import Database
from digestbot.store.search.search_fts5 import Fts5Index
from digestbot.store.search.search_index import index_papers
from digestbot.store.search.search_plans import WordCounts, build_plans
from digestbot.store.tables import papers
from digestbot.store.upkeep.migrate import find_migrations, migrate
from tests.store.announced import announce, make_paper

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

FEW, MANY, TIMES = 1_500, 4_500, 60
"""Papers whose abstracts have two words so many times, and whose titles have neither."""
MAX_MORE_STEPS = 100
"""It would be five times as many if all that have the words were looked at."""
INSERT = text(
    "INSERT INTO paper_search (rowid, title, authors, abstract, summary, takeaways)"
    " VALUES (:id, :title, '', :abstract, '', '')"
)
OPTIMIZE = text("INSERT INTO paper_search (paper_search) VALUES ('optimize')")


async def find_titles(connection: AsyncConnection, word: str) -> list[int]:
    query = text("SELECT rowid FROM paper_search_titles WHERE paper_search_titles MATCH :word ORDER BY rowid")
    return list((await connection.scalars(query, {"word": word})).all())


@on_sqlite
async def test_titles_are_looked_for_as_they_are_now(store: Store) -> None:
    one, two = make_paper("2611.00001", title="A dingo", abstract="Wombats"), make_paper("2611.00002", title="Emus")
    [first, second] = await announce(store, one, two)
    async with store.database.write() as connection:
        assert await find_titles(connection, "dingo") == [first]
        assert await find_titles(connection, "wombats") == []
        await connection.execute(papers.update().where(papers.c.id == first).values(title="More emus"))
        await index_papers(connection, [first])
        assert await find_titles(connection, "dingo") == []
        assert await find_titles(connection, "emus") == [first, second]
        await connection.execute(delete(papers))
        await index_papers(connection, [first, second])
        assert await find_titles(connection, "emus OR more") == []


async def test_a_database_of_the_version_before_has_its_titles(tmp_path: Path) -> None:
    database = Database(build_sqlite_url(tmp_path / "old.db"))

    def create_old(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(find_migrations()))
        config.attributes["connection"] = connection
        command.upgrade(config, "0030")
        connection.execute(INSERT, {"id": 7, "title": "a dingo", "abstract": "wombats"})

    async with database.write() as connection:
        await connection.run_sync(create_old)
    await migrate(database)
    async with database.read() as connection:
        assert await find_titles(connection, "dingo") == [7]
        assert await find_titles(connection, "wombats") == []
    await database.close()


@on_sqlite
async def test_a_chinese_title_is_found_by_words_whose_characters_newer_titles_have_apart(store: Store) -> None:
    async with store.database.write() as connection:
        titles = ["高 斯 泼 溅", *["斯 高 溅 泼"] * 600]
        rows = [{"id": number, "title": title, "abstract": "高 斯"} for number, title in enumerate(titles, 1)]
        await connection.execute(INSERT, rows)
        found = await Fts5Index().find(connection, build_plans("高斯")[0], WordCounts({"高": 601, "斯": 601}, 601, 6))
    assert found.ranked[0] == 1


@on_sqlite
async def test_what_a_title_costs_does_not_grow_with_the_papers_that_have_its_words_elsewhere(store: Store) -> None:
    few = await count_steps(store, 1, FEW)
    assert await count_steps(store, FEW + 1, MANY) < few + MAX_MORE_STEPS


async def count_steps(store: Store, first: int, last: int) -> int:
    """The steps of SQLite's machine for a search, once the papers up to the last are there."""
    abstract, steps = "wallaby habits " * TIMES, 0

    def count_step() -> int:
        nonlocal steps
        steps += 1
        return 0

    async with store.database.write() as connection:
        rows = [{"id": number, "title": "notes", "abstract": abstract} for number in range(first, last + 1)]
        await connection.execute(INSERT, rows)
        await connection.execute(OPTIMIZE)
    counts = WordCounts({"wallaby": last, "habits": last}, last, 2 * TIMES + 1)
    async with store.database.read() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        await driver.set_progress_handler(count_step, 1)
        found = await Fts5Index().find(connection, build_plans("wallaby habits")[0], counts)
        await driver.set_progress_handler(None, 1)
    assert (found.ranked[0], found.total) == (last, 1_000)
    return steps
