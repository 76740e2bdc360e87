"""SQLite files as whole files: for backing them up and restoring them, outside of the engine and its pool."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from digestbot.errors import StoreError
from digestbot.store.database.database_errors import describe_error
from digestbot.store.database.integrity import parse_quick_check

FileProgress = Callable[[str, int, int], None]
"""Called with what is being done, the number of bytes done, and their total; 0 if that is not known."""
COMPANION_SUFFIXES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file in use; a file whose process was killed is not complete without them."""
_UNUSABLE_CODES = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_PRIMARY_CODE_MASK = 0xFF
_PAGES_PER_STEP = 2_000
_BUSY_TIMEOUT_SECONDS = 15.0
_DIGESTBOT_TABLES = {"digests", "entries", "subscribers", "outbox"}
"""Tables that every revision has."""


def open_file(file: Path) -> sqlite3.Connection:
    """Open a file that others may be using; it is not made if it is not there."""
    return _connect(file, "mode=rw")


def open_copy(file: Path) -> sqlite3.Connection:
    """Open a file that nobody writes to, without leaving anything beside it."""
    has_companion = any(_is_filled(find_companion(file, suffix)) for suffix in COMPANION_SUFFIXES)
    return _connect(file, "mode=ro" if has_companion else "mode=ro&immutable=1")


def create_file(file: Path) -> sqlite3.Connection:
    """Open an empty file to copy into. It is synchronised with the disk, but has no journal: it is published whole."""
    connection = _connect(file, "mode=rw")
    connection.execute("PRAGMA journal_mode=OFF")
    return connection


def find_companion(file: Path, suffix: str) -> Path:
    """The path of what SQLite keeps beside a file."""
    return file.with_name(file.name + suffix)


def begin_snapshot(connection: sqlite3.Connection) -> None:
    """Keep seeing the file as it is now, whatever others write, until the connection is closed."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, doing: str, progress: FileProgress) -> None:
    """Copy everything, as one transaction of the target."""
    [page_size] = source.execute("PRAGMA page_size").fetchone()

    def report_pages(_status: int, remaining: int, total: int) -> None:
        progress(doing, (total - remaining) * page_size, total * page_size)

    source.backup(target, pages=_PAGES_PER_STEP, progress=report_pages)


def read_revision(connection: sqlite3.Connection) -> str | None:
    """The migration's revision; ``None`` if the tables are not digestbot's."""
    if not {*_DIGESTBOT_TABLES, "alembic_version"} <= set(list_tables(connection)):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def list_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables, without those of which SQLite itself and the search index consist."""
    names = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    return [name for name in names if not name.startswith(("sqlite_", "paper_search"))]


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """The number of rows by table."""
    return {
        table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608  # a table's own name
        for table in list_tables(connection)
    }


def find_first_damage(connection: sqlite3.Connection) -> str:
    """The first thing that SQLite finds damaged; empty if there is none. It reads every page."""
    rows = connection.execute("PRAGMA quick_check(1)")
    return next(iter(parse_quick_check(str(row) for (row,) in rows)), "")


def is_unusable(error: sqlite3.Error) -> bool:
    """Whether SQLite can do nothing with a file: it is damaged, or not a database at all."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE_MASK in _UNUSABLE_CODES


@contextmanager
def translate_file_errors(file: Path, *, source: Path | None = None) -> Iterator[None]:
    """Translate errors of SQLite and of the system into a :class:`~digestbot.errors.StoreError` with a remedy.

    While ``file`` is written from another one, that one is the damaged one.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(describe_error(error, str(source if source and is_unusable(error) else file))) from error
    except OSError as error:
        raise StoreError(f"cannot read or write {file}: {error.strerror}") from error


def _connect(file: Path, options: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(file.absolute()))}?{options}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_SECONDS)


def _is_filled(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0
