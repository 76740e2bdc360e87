"""Commands that are killed (SIGKILL) at one step after another, and run once more: nothing is lost or half-done."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from digestbot.store.upkeep.migrate import HEAD_REVISION
from tests.cli.test_admin import build_environment, make_older
from tests.conftest import SAMPLES
from tests.killed import STEPS
from tests.processes import start_process

KILLS = 3
Check = Callable[[], object]


def run_until(folder: Path, step: int, *words: str, **more: str) -> tuple[int, int]:
    """Run a command up to a step; its exit code, and how many steps it had if it lived."""
    own = build_environment("sqlite:///a.db", **more)
    with tempfile.TemporaryFile() as told:
        process = start_process(
            str(step), *words, folder=folder, environment=own, module="tests.killed", stderr=told.fileno()
        )
        code = process.block()
        told.seek(0)
        counted = re.search(rf"^{STEPS}(\d+)$", told.read().decode(), re.MULTILINE)
    return code, int(counted[1]) if counted else 0


def kill_often(folder: Path, *words: str, check: Check, **more: str) -> Path:
    """Kill a command at steps from the first to the last, and let it live; a copy of the folder where it just lived."""
    alive = folder.with_name(f"{folder.name}-alive")
    shutil.copytree(folder, alive)
    code, count = run_until(alive, 0, *words, **more)
    assert (code, count > KILLS) == (0, True)
    for number in range(KILLS):
        step = 1 + number * (count - 1) // (KILLS - 1)
        code, _ = run_until(folder, step, *words, **more)
        assert code in (-9, 0), step  # what earlier ones did need not be done again
        check()
    assert run_until(folder, 0, *words, **more)[0] == 0
    check()
    return alive


def read_file(file: Path, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of an undamaged file, or those of some tables; whoever was killed has left it readable."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'paper_search%'"
        names = tables or [name for (name,) in connection.execute(query)]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


SUBSCRIBER = (
    "INSERT INTO subscribers (id, platform, chat, thread, timezone, time, days, language, layout, pause_reason)"
    " VALUES (1, 'console', 'ada', '', 'UTC', '08:00:00.000000', '[0]', 'en', 'cards', '')"
)
ENTRIES = (
    "SELECT topics.slug, digests.date, papers.arxiv_id, entries.position, entries.headline, pages.fingerprint"
    " FROM entries JOIN digests ON digests.id = digest_id JOIN topics ON topics.id = topic_id"
    " JOIN papers ON papers.id = paper_id JOIN pages ON pages.id = page_id ORDER BY 1, 2, 3"
)


def execute(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture
def used_file(folder: Path, loaded_file: Path) -> Path:
    """The sample pages, and somebody who subscribed."""
    shutil.copy(loaded_file, folder / "a.db")
    execute(folder / "a.db", SUBSCRIBER)
    return folder / "a.db"


def test_pages_that_are_loaded(folder: Path, migrated_file: Path) -> None:
    file = folder / "a.db"
    shutil.copy(migrated_file, file)
    execute(file, SUBSCRIBER)

    def check_subscriber() -> None:
        assert len(read_file(file, "subscribers")["subscribers"]) == 1

    alive = kill_often(folder, "load", str(SAMPLES / "2026-11-23"), check=check_subscriber)
    search = "SELECT count(*) FROM paper_search WHERE paper_search MATCH 'antibody'"
    for query in (ENTRIES, search):
        assert execute(file, query) == execute(alive / "a.db", query)
    assert len(execute(file, ENTRIES)) > 4


def test_a_migration(folder: Path) -> None:
    file = folder / "a.db"
    make_older(file)
    execute(file, SUBSCRIBER.replace("pause_reason", "paused"))

    def check_revision() -> None:
        rows = read_file(file, "alembic_version", "subscribers")
        assert rows["alembic_version"] in ([("0006",)], [(HEAD_REVISION,)])
        assert len(rows["subscribers"]) == 1

    kill_often(folder, "db", "migrate", check=check_revision)
    assert execute(file, "SELECT version_num FROM alembic_version") == [(HEAD_REVISION,)]


def test_a_copy_to_another_database(folder: Path, used_file: Path) -> None:
    rows = read_file(used_file)

    def check_both() -> None:
        assert read_file(used_file) == rows
        if (folder / "b.db").exists():
            copied = read_file(folder / "b.db")
            assert copied == rows or not any(copied[table] for table in copied if table != "alembic_version")

    kill_often(folder, "db", "copy", "sqlite:///b.db", check=check_both)
    assert read_file(folder / "b.db") == rows


@pytest.mark.parametrize("words", [["backups/"], ["b.db", "--force", "--verify"]])
def test_a_backup(folder: Path, used_file: Path, words: list[str]) -> None:
    (folder / "backups").mkdir()
    shutil.copy(used_file, folder / "b.db")
    execute(folder / "b.db", "DELETE FROM entries")
    rows, earlier_rows = read_file(used_file), read_file(folder / "b.db")

    def check_all() -> None:
        assert read_file(used_file) == rows
        assert read_file(folder / "b.db") in (rows, earlier_rows)
        for made in folder.glob("backups/*.db"):
            assert read_file(made) == rows

    kill_often(folder, "db", "backup", *words, check=check_all)
    assert read_file(folder / "b.db") == rows or list(folder.glob("backups/*.db"))
    assert not list(folder.rglob("*.unfinished"))


def test_a_restore(folder: Path, used_file: Path) -> None:
    shutil.copy(used_file, folder / "b.db")
    execute(folder / "b.db", "DELETE FROM entries")
    execute(used_file, "INSERT INTO key_values VALUES ('identity', '0123')")
    rows, restored_rows = read_file(used_file), read_file(folder / "b.db")

    def check_all() -> None:
        assert read_file(used_file) in (rows, restored_rows)
        assert read_file(folder / "b.db") == restored_rows
        assert read_file(used_file) == rows or any(read_file(kept) == rows for kept in folder.glob("a-before-*.db"))

    kill_often(folder, "db", "restore", "b.db", check=check_all)
    assert read_file(used_file) == restored_rows
    assert not list(folder.rglob("*.unfinished"))


def test_a_restore_into_a_damaged_database(folder: Path, used_file: Path) -> None:
    shutil.copy(used_file, folder / "b.db")
    used_file.write_bytes(b"no database " * 1000)
    rows = read_file(folder / "b.db")

    def check_all() -> None:
        is_restored = used_file.read_bytes().startswith(b"SQLite")
        assert not is_restored or read_file(used_file) == rows
        if is_restored:
            assert [kept for kept in folder.glob("a-before-*.db") if kept.read_bytes() == b"no database " * 1000]

    kill_often(folder, "db", "restore", "b.db", check=check_all)
    assert read_file(used_file) == rows
