"""SQLite files that begin migrated: what migrating each from nothing would make of it again, 400 ms of work each time.

That migrations make what the tables say, and go on where they were killed, is tested where nothing of this is in force.
"""

from __future__ import annotations

from pathlib import Path

from digestbot.store import Database
from digestbot.store.database.file_modes import make_private_file
from digestbot.store.upkeep import migrate


def begin_migrated(template: bytes) -> None:
    """From now on, what migrates a file that is not there finds a copy of a migrated one. Call it once."""
    read_revision = migrate.get_revision

    async def copy_and_read(database: Database) -> str | None:
        if database.file and not database.file.exists():
            make_private_file(database.file)
            _write(database.file, template)
        return await read_revision(database)

    migrate.get_revision = copy_and_read


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
