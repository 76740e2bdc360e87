"""A database file is backed up while it is in use, and restored so that it can be undone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digestbot.errors import StoreError
from digestbot.settings import build_sqlite_url
from digestbot.store import Database
from digestbot.store.upkeep.backup import Backup, back_up
from digestbot.store.upkeep.migrate import HEAD_REVISION
from digestbot.store.upkeep.restore import restore_backup
from tests.test_doctor import damage_table

NOW = datetime(2026, 11, 24, 9, 30, 12, tzinfo=UTC)
STAMP = "2026-11-24-093012"


@pytest.fixture
def file(tmp_path: Path, loaded_file: Path) -> Path:
    shutil.copy(loaded_file, tmp_path / "a.db")
    return tmp_path / "a.db"


def back_up_file(file: Path, path: Path, *, overwrites: bool = False, verifies: bool = True) -> Backup:
    return back_up(_open(file), path, NOW, lambda *_: None, overwrites=overwrites, verifies=verifies)


def restore_file(file: Path, path: Path) -> Path | None:
    return restore_backup(_open(file), path, NOW, lambda *_: None)


def _open(file: Path) -> Database:
    return Database(build_sqlite_url(file))


def execute(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement).fetchall()


def read_all(file: Path) -> list[object]:
    """All that a file has, table by table; of an index, the tables of which it consists."""
    with closing(sqlite3.connect(file)) as connection:
        made = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        tables = [name for kind, name, sql in made if kind == "table" and not sql.startswith("CREATE VIRTUAL")]
        rows = {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in tables}
        return [*made, *rows.items()]


def list_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Backing up


def test_a_backup_has_everything_and_only_its_owner_reads_it(file: Path, tmp_path: Path) -> None:
    backup = back_up_file(file, tmp_path / "b.db")
    assert (backup.path, backup.revision, backup.row_counts["digests"]) == (tmp_path / "b.db", HEAD_REVISION, 16)
    assert read_all(tmp_path / "b.db") == read_all(file)
    assert stat.S_IMODE((tmp_path / "b.db").stat().st_mode) == 0o600
    assert list_names(tmp_path) == {"a.db", "b.db"}


def test_in_a_folder_it_gets_a_dated_name(file: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert back_up_file(file, tmp_path / "backups").path == tmp_path / "backups" / f"a-{STAMP}.db"
    with pytest.raises(StoreError, match="is there already"):
        back_up_file(file, tmp_path / "backups")


def test_nothing_is_overwritten_unless_that_is_asked_for(file: Path, tmp_path: Path) -> None:
    (tmp_path / "b.db").write_text("something else")
    with pytest.raises(StoreError, match=r"b\.db is there already: name another file, or overwrite it with --force"):
        back_up_file(file, tmp_path / "b.db")
    assert (tmp_path / "b.db").read_text() == "something else"
    back_up_file(file, tmp_path / "b.db", overwrites=True)
    assert read_all(tmp_path / "b.db") == read_all(file)
    with pytest.raises(StoreError, match="is the database itself"):
        back_up_file(file, file, overwrites=True)


def test_while_others_write_it_is_as_it_was_at_one_moment_and_does_not_begin_anew(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.store.database.sqlite_file._PAGES_PER_STEP", 5)
    told: list[int] = []
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")

        def write_pair(_doing: str, done: int, _total: int) -> None:
            told.append(done)
            writer.execute("BEGIN IMMEDIATE")  # it waits for no backup
            for name in ("first", "second"):
                writer.execute("REPLACE INTO key_values VALUES (?, ?)", (name, str(done)))
            writer.execute("COMMIT")

        write_pair("", -1, 0)
        back_up(_open(file), tmp_path / "b.db", NOW, write_pair, overwrites=False, verifies=False)
    assert len(told) > 5
    assert sorted(set(told)) == told
    values = execute(tmp_path / "b.db", "SELECT name, value FROM key_values WHERE name IN ('first', 'second')")
    assert sorted(values) == [("first", "-1"), ("second", "-1")]


def test_what_is_still_in_the_write_ahead_log_is_in_it(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO key_values VALUES ('new', '1')")
        writer.commit()
        assert (tmp_path / "a.db-wal").stat().st_size > 0
        back_up_file(file, tmp_path / "b.db")
    assert execute(tmp_path / "b.db", "SELECT value FROM key_values WHERE name = 'new'") == [("1",)]


def test_a_copy_of_a_damaged_database_is_not_kept_where_it_is_verified(file: Path, tmp_path: Path) -> None:
    damage_table(file, "entries")
    (tmp_path / "b.db").write_text("a good one")
    with pytest.raises(StoreError, match="damaged"):
        back_up_file(file, tmp_path / "b.db", overwrites=True)
    assert (tmp_path / "b.db").read_text() == "a good one"
    assert list_names(tmp_path) == {"a.db", "b.db"}


def test_what_killed_backups_left_is_removed_and_what_others_are_writing_is_not(file: Path, tmp_path: Path) -> None:
    ended = os.fork()
    if not ended:
        os._exit(0)
    os.waitpid(ended, 0)
    for pid in (ended, os.getppid()):
        (tmp_path / f".digestbot-{pid}.unfinished").write_text("half")
    back_up_file(file, tmp_path / "b.db")
    assert list_names(tmp_path) == {"a.db", "b.db", f".digestbot-{os.getppid()}.unfinished"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing/b.db", "there is no folder .*missing to put the backup into: make it first"),
        ("a.db/b.db", "a.db is a file, so no backup can be put into it: name a folder"),
        ("a.db-wal", "a.db-wal is the database itself, or a part of it: name another file"),
        ("a.db-journal", "a.db-journal is the database itself, or a part of it"),
        ("a.db.lock", "a.db.lock is the database itself, or a part of it"),
        ("./x/../a.db-shm", "a.db-shm is the database itself, or a part of it"),
        ("/dev/null", "/dev/null is not a file: name another one"),
        ("/proc/b.db", "cannot read or write /proc/b.db: "),
    ],
)
def test_where_no_backup_can_be_put_is_a_sentence(file: Path, tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(StoreError, match=sentence):
        back_up_file(file, tmp_path / name, overwrites=True)


def test_what_is_no_database_of_this_digestbot_is_not_backed_up(file: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no database .*c\.db, so there is nothing to back up"):
        back_up_file(tmp_path / "c.db", tmp_path / "b.db")
    (tmp_path / "c.db").touch()
    with pytest.raises(StoreError, match="has none of digestbot's tables"):
        back_up_file(tmp_path / "c.db", tmp_path / "b.db")
    execute(file, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="update digestbot"):
        back_up_file(file, tmp_path / "b.db")
    assert list_names(tmp_path) == {"a.db", "c.db"}


# Restoring


def test_what_was_there_is_kept_and_the_restore_can_be_undone(file: Path, tmp_path: Path) -> None:
    back_up_file(file, tmp_path / "b.db")
    backed_up = read_all(file)
    execute(file, "DELETE FROM entries")
    changed = read_all(file)
    kept = restore_file(file, tmp_path / "b.db")
    assert kept == tmp_path / f"a-before-restore-{STAMP}.db"
    assert (read_all(file), read_all(kept)) == (backed_up, changed)
    again = restore_file(file, kept)
    assert again == tmp_path / f"a-before-restore-{STAMP}-2.db"
    assert (read_all(file), read_all(again)) == (changed, backed_up)


def test_a_database_that_is_gone_comes_back(file: Path, tmp_path: Path) -> None:
    back_up_file(file, tmp_path / "b.db")
    file.unlink()
    assert restore_file(file, tmp_path / "b.db") is None
    assert read_all(file) == read_all(tmp_path / "b.db")


@pytest.mark.parametrize("damage", ["a page", "the header", "the end", "everything"])
def test_a_damaged_database_is_replaced_and_kept_with_what_is_beside_it(
    file: Path, tmp_path: Path, damage: str
) -> None:
    back_up_file(file, tmp_path / "b.db")
    leave_log(file)
    content = file.read_bytes()
    match damage:
        case "a page":
            damage_table(file, "papers")
        case "the header":
            file.write_bytes(b"\0" * 100 + content[100:])
        case "the end":
            file.write_bytes(content[: len(content) // 2])
        case _:
            file.write_bytes(b"no database " * 100)
    kept = restore_file(file, tmp_path / "b.db")
    assert kept
    assert kept.exists()
    assert read_all(file) == read_all(tmp_path / "b.db")
    assert execute(file, "PRAGMA integrity_check") == [("ok",)]


def leave_log(file: Path) -> None:
    """What a killed process leaves: a log that is not yet in the file."""
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO key_values VALUES ('log', '1')")
        writer.commit()
        beside = {path: path.read_bytes() for path in file.parent.glob(f"{file.name}-*")}
    for path, content in beside.items():
        path.write_bytes(content)


@pytest.fixture
def wrong(file: Path, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "wrong.db"
    yield path
    assert execute(file, "SELECT count(*) FROM digests") == [(16,)]  # nothing was changed
    assert not list(tmp_path.glob("*before-restore*"))


def test_what_cannot_be_restored_is_refused_before_anything_changes(file: Path, tmp_path: Path, wrong: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no file .*wrong\.db to restore"):
        restore_file(file, wrong)
    with pytest.raises(StoreError, match="is a folder"):
        restore_file(file, tmp_path)
    with pytest.raises(StoreError, match="is the database itself"):
        restore_file(file, file)
    wrong.write_text("no database " * 100)
    with pytest.raises(StoreError, match="is damaged, or not a SQLite database"):
        restore_file(file, wrong)
    wrong.unlink()
    execute(wrong, "CREATE TABLE alembic_version (version_num)")
    with pytest.raises(StoreError, match="is a database of another program"):
        restore_file(file, wrong)
    shutil.copy(file, wrong)
    damage_table(wrong, "papers")
    with pytest.raises(StoreError, match=r"is damaged, or not a SQLite database .*restore another backup"):
        restore_file(file, wrong)
    shutil.copy(file, wrong)
    execute(wrong, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"is of a newer digestbot .*: update digestbot, then restore it"):
        restore_file(file, wrong)


def test_a_backup_with_a_log_beside_it_is_restored_with_it(file: Path, tmp_path: Path) -> None:
    """A file that was copied by hand, with all that was beside it."""
    shutil.copy(file, tmp_path / "b.db")
    leave_log(tmp_path / "b.db")
    assert (tmp_path / "b.db-wal").exists()
    restore_file(file, tmp_path / "b.db")
    assert execute(file, "SELECT value FROM key_values WHERE name = 'log'") == [("1",)]


def test_how_far_it_is_is_told(file: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    database = _open(file)
    back_up(database, tmp_path / "b.db", NOW, lambda *now: told.append(now), overwrites=False, verifies=True)
    restore_backup(database, tmp_path / "b.db", NOW, lambda *now: told.append(now))
    size = file.stat().st_size
    assert told == [
        ("Copying", size, size),
        ("Verifying", 0, 0),
        ("Checking", 0, 0),
        ("Copying", size, size),
        ("Restoring", size, size),
    ]
