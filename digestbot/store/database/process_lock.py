"""A lock on the database file: a second bot on the same file would send everything twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from digestbot.errors import StoreError
from digestbot.store.database.engine import Database
from digestbot.store.database.file_modes import PRIVATE_FILE_MODE

_LOCK_SUFFIX, _PID_SUFFIX = ".lock", ".pid"
LOCK_SUFFIXES = (_LOCK_SUFFIX, _PID_SUFFIX)
"""What is kept beside a file that a bot uses."""


@contextmanager
def hold_process_lock(database: Database) -> Iterator[None]:
    """Lock a database file for the duration of the block; the system releases the lock if the process dies.

    Raises :class:`~digestbot.errors.StoreError` with the owner's process id. Servers are not locked.
    """
    if database.file is None:
        yield
        return
    lock = _file_lock(database.file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise StoreError(
            f"the bot already runs on {database.file}: process {find_owner_pid(database) or 'unknown'}. Stop that one "
            "first, or name another database in DIGESTBOT_DATABASE_URL; on PostgreSQL several work together"
        ) from None
    pid_file = _pid_file(database.file)
    try:
        pid_file.touch(PRIVATE_FILE_MODE)
        pid_file.write_text(f"{os.getpid()}\n", "utf-8")
        yield
    finally:
        pid_file.unlink(missing_ok=True)
        lock.release()


def find_owner_pid(database: Database) -> int | None:
    """The process id of the bot that uses a file; ``None`` if there is none."""
    if database.file is None or not _pid_file(database.file).exists():
        return None
    lock = _file_lock(database.file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        content = _pid_file(database.file).read_text("utf-8").strip()
        return int(content) if content.isdigit() else None
    lock.release()
    return None


def _file_lock(file: Path) -> FileLock:
    return FileLock(file.with_name(file.name + _LOCK_SUFFIX), mode=PRIVATE_FILE_MODE, thread_local=False)


def _pid_file(file: Path) -> Path:
    return file.with_name(file.name + _PID_SUFFIX)
