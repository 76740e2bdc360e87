"""Restore a SQLite file from a backup, so that it can be undone."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from sqlite3 import Connection

from digestbot.errors import StoreError
from digestbot.store.database import sqlite_file
from digestbot.store.database.engine import Database
from digestbot.store.database.sqlite_file import COMPANION_SUFFIXES, FileProgress, find_companion
from digestbot.store.upkeep.backup import format_stamp, open_unfinished_file, publish_file, write_copy
from digestbot.store.upkeep.migrate import is_newer_revision


def restore_backup(database: Database, path: Path, now: datetime, progress: FileProgress) -> Path | None:
    """Replace a database file's content by a backup's; return the file that keeps what it had, if it had anything.

    The bot must not run. A process that is killed meanwhile leaves the content from before or the backup's, whole.
    Raises :class:`~digestbot.errors.StoreError`, before anything is changed if ``path`` cannot be restored.
    """
    file = database.file
    if file is None:
        raise StoreError(f"the database {database.location} is not a file, so nothing can be restored into it")
    _check_path(path, file)
    with sqlite_file.translate_file_errors(path), closing(sqlite_file.open_copy(path)) as backup:
        _check_backup(backup, path, progress)
        with sqlite_file.translate_file_errors(file):
            return _replace_content(backup, file, _find_free_path(file, now), progress)


def is_restorable(path: Path) -> bool:
    """Whether a file can be restored by this version."""
    try:
        with sqlite_file.translate_file_errors(path), closing(sqlite_file.open_copy(path)) as backup:
            _check_backup(backup, path, lambda *_: None)
    except StoreError:
        return False
    return True


def _find_free_path(file: Path, now: datetime) -> Path:
    """Where to keep what a file has: a dated name beside it that nothing has yet."""
    stem = f"{file.stem}-before-restore-{format_stamp(now)}"
    names = (f"{stem}{ending}{file.suffix}" for ending in chain([""], (f"-{number}" for number in count(2))))
    return next(path for name in names if not (path := file.with_name(name)).exists())


def _check_path(path: Path, file: Path) -> None:
    if not path.exists():
        raise StoreError(f"there is no file {path} to restore")
    if path.is_dir():
        raise StoreError(f"{path} is a folder: name one of the backups in it")
    if file.exists() and path.samefile(file):
        raise StoreError(f"{path} is the database itself: name a backup of it")


def _check_backup(backup: Connection, path: Path, progress: FileProgress) -> None:
    progress("Checking", 0, 0)
    try:
        damage = sqlite_file.find_first_damage(backup)
        revision = None if damage else sqlite_file.read_revision(backup)
    except sqlite3.DatabaseError as error:
        if not sqlite_file.is_unusable(error):
            raise
        damage, revision = str(error), None
    if damage:
        raise StoreError(
            f"{path} is damaged, or not a SQLite database ({damage}): restore another backup; nothing was changed"
        )
    if revision is None:
        raise StoreError(f"{path} is a database of another program: name a file that “digestbot db backup” made")
    if is_newer_revision(revision):
        raise StoreError(f"{path} is of a newer digestbot (revision {revision}): update digestbot, then restore it")


def _replace_content(backup: Connection, file: Path, kept: Path, progress: FileProgress) -> Path | None:
    if not file.exists():
        _replace_file(backup, file, progress)
        return None
    try:
        _keep_content(file, kept, progress)
        with closing(
            sqlite_file.open_file(file)
        ) as present:  # in it, not in its place: another command may have it open
            sqlite_file.copy_pages(backup, present, "Restoring", progress)
    except sqlite3.DatabaseError as error:
        if not sqlite_file.is_unusable(error):
            raise
        _keep_files(file, kept)
        _replace_file(backup, file, progress)
    return kept


def _keep_content(file: Path, kept: Path, progress: FileProgress) -> None:
    with closing(sqlite_file.open_file(file)) as present, open_unfinished_file(kept) as unfinished:
        sqlite_file.begin_snapshot(present)
        write_copy(present, unfinished, progress)
        publish_file(unfinished, kept)


def _keep_files(file: Path, kept: Path) -> None:
    """Keep a file that SQLite cannot read, with what is beside it: somebody may rescue something from it."""
    for suffix in ("", *COMPANION_SUFFIXES):
        part = find_companion(file, suffix)
        if part.exists():
            shutil.copy2(part, find_companion(kept, suffix))


def _replace_file(backup: Connection, file: Path, progress: FileProgress) -> None:
    """Put a new file in the place of one that is not there or cannot be read."""
    with open_unfinished_file(file) as unfinished:
        write_copy(backup, unfinished, progress)
        if file.exists():
            shutil.copymode(file, unfinished)
        for suffix in COMPANION_SUFFIXES:  # SQLite would take them for the new file's
            find_companion(file, suffix).unlink(missing_ok=True)
        publish_file(unfinished, file)
