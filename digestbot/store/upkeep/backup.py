"""Back up a SQLite file, also while the bot writes to it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from digestbot.errors import StoreError
from digestbot.store.database import sqlite_file
from digestbot.store.database.engine import Database
from digestbot.store.database.process_lock import LOCK_SUFFIXES
from digestbot.store.database.sqlite_file import COMPANION_SUFFIXES, FileProgress
from digestbot.store.upkeep.migrate import describe_newer_database, is_newer_revision

_UNFINISHED_NAME = re.compile(r"\.digestbot-(\d{1,9})\.unfinished")


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: its file, its migration's revision, and its number of rows by table."""

    path: Path
    revision: str
    row_counts: dict[str, int]


def back_up(
    database: Database, path: Path, now: datetime, progress: FileProgress, *, overwrites: bool, verifies: bool
) -> Backup:
    """Copy a SQLite file as it is at this moment into ``path``, or under a dated name if that is a folder.

    The copy appears whole or not at all, and only its owner may read it. Raises
    :class:`~digestbot.errors.StoreError`.
    """
    file = _find_source(database)
    path = path / f"{file.stem}-{format_stamp(now)}{file.suffix}" if path.is_dir() else path
    _check_target(path, file, overwrites=overwrites)
    with sqlite_file.translate_file_errors(file), closing(sqlite_file.open_file(file)) as source:
        sqlite_file.begin_snapshot(source)
        backup = Backup(path, _check_revision(source, file), sqlite_file.count_rows(source))
        with sqlite_file.translate_file_errors(path, source=file), open_unfinished_file(path) as unfinished:
            write_copy(source, unfinished, progress)
            if verifies:
                _verify(unfinished, backup, progress)
            _check_target(path, file, overwrites=overwrites)  # again: it took a while
            publish_file(unfinished, path)
    return backup


def format_stamp(now: datetime) -> str:
    """The time as a part of a file's name, in UTC."""
    return f"{now:%Y-%m-%d-%H%M%S}"


@contextmanager
def open_unfinished_file(path: Path) -> Iterator[Path]:
    """A new file beside ``path`` that only its owner may read, and that is gone at the end unless it was published.

    What killed processes left of theirs is removed first.
    """
    _remove_leftovers(path.parent)
    unfinished = path.with_name(f".digestbot-{os.getpid()}.unfinished")
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def write_copy(source: Connection, unfinished: Path, progress: FileProgress) -> None:
    """Copy everything into an empty file."""
    with closing(sqlite_file.create_file(unfinished)) as target:
        sqlite_file.copy_pages(source, target, "Copying", progress)


def publish_file(unfinished: Path, path: Path) -> None:
    """Give a finished file its name, so that it survives the machine too."""
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _find_source(database: Database) -> Path:
    if database.file is None or not database.file.exists():
        raise StoreError(f"there is no database {database.location}, so there is nothing to back up")
    return database.file


def _check_target(path: Path, file: Path, *, overwrites: bool) -> None:
    check_folder(path.parent)
    if _belongs_to_database(path, file):
        raise StoreError(f"{path} is the database itself, or a part of it: name another file")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is not a file: name another one")
    if path.exists() and not overwrites:
        raise StoreError(f"{path} is there already: name another file, or overwrite it with --force")


def check_folder(folder: Path) -> None:
    """Check that backups can be put into a folder. Raises :class:`~digestbot.errors.StoreError`."""
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file, so no backup can be put into it: name a folder")
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder} to put the backup into: make it first")


def _belongs_to_database(path: Path, file: Path) -> bool:
    """Whether a path is the database's own, or that of a file that SQLite or digestbot keeps beside it."""
    path, file = path.resolve(), file.resolve()
    return path.parent == file.parent and path.name.removeprefix(file.name) in ("", *COMPANION_SUFFIXES, *LOCK_SUFFIXES)


def _check_revision(source: Connection, file: Path) -> str:
    revision = sqlite_file.read_revision(source)
    if revision is None:
        raise StoreError(f"{file} has none of digestbot's tables, so there is nothing to back up")
    if is_newer_revision(revision):
        raise StoreError(describe_newer_database(str(file), revision))
    return revision


def _verify(unfinished: Path, backup: Backup, progress: FileProgress) -> None:
    """Read the whole copy, and compare it with what was seen of the database."""
    progress("Verifying", 0, 0)
    with closing(sqlite_file.open_copy(unfinished)) as copy:
        problem = sqlite_file.find_first_damage(copy)
        if not problem and sqlite_file.read_revision(copy) != backup.revision:
            problem = f"it has not revision {backup.revision}"
        if not problem and sqlite_file.count_rows(copy) != backup.row_counts:
            problem = "it has not as many rows"
    if problem:
        raise StoreError(
            f"the copy for {backup.path} is wrong ({problem}), so it was not kept: “digestbot doctor” tells whether "
            "the database itself is damaged"
        )


def _remove_leftovers(folder: Path) -> None:
    """Remove what processes left that were killed while they wrote a file."""
    for leftover in folder.glob(".digestbot-*.unfinished"):
        named = _UNFINISHED_NAME.fullmatch(leftover.name)
        if named and not _is_running(int(named[1])):
            leftover.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    return True
