"""Migrate a database to this version's schema at start-up."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from digestbot.errors import StoreError
from digestbot.store.database.engine import Database

HEAD_REVISION = "0031"
"""The newest revision in ``migrations/``, so that Alembic need not be imported for an up-to-date database."""


def find_migrations() -> Path:
    """The migrations folder: inside the package in a wheel, next to it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "migrations"
    return packaged if packaged.is_dir() else package.parent / "migrations"


async def migrate(database: Database) -> None:
    """Run the missing migrations. Raises :class:`StoreError` for a database of a newer digestbot."""
    if await get_revision(database) == HEAD_REVISION:
        return
    async with database.write() as connection:
        if database.is_server:  # if several processes start together, only one migrates
            await connection.execute(text("SELECT pg_advisory_xact_lock(7012117)"))
        await connection.run_sync(_upgrade, database.location)
        if not await connection.scalar(text("SELECT count(*) FROM (SELECT 1 FROM paper_search LIMIT 1) AS indexed")):
            from digestbot.store.search.search_index import index_all_papers  # noqa: PLC0415  # late, as for the other imports here

            await index_all_papers(connection)  # a migration emptied the index, since its words are made otherwise now


async def get_revision(database: Database) -> str | None:
    """The database's revision; ``None`` if empty."""
    async with database.read() as connection:
        return await connection.run_sync(_read_revision)


def is_newer_revision(revision: str) -> bool:
    """Whether this version does not know a revision: a newer digestbot migrated to it."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # late: only a database that must change pays for it

    return revision not in {script.revision for script in ScriptDirectory(str(find_migrations())).walk_revisions()}


def describe_newer_database(location: str, revision: str) -> str:
    """The sentence for a database of a newer digestbot, with what to do."""
    return (
        f"the database {location} was written by a newer digestbot (revision {revision}, this one knows "
        f"{HEAD_REVISION}): update digestbot, or name another database in DIGESTBOT_DATABASE_URL"
    )


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return current


def _upgrade(connection: Connection, location: str) -> None:
    from alembic import command  # noqa: PLC0415  # late: only a database that must change pays for it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(find_migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    current = _read_revision(connection)
    if current and is_newer_revision(current):
        raise StoreError(describe_newer_database(location, current))
    command.upgrade(config, "head")
