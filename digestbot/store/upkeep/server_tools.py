"""What to type to back up and restore PostgreSQL: it has its own tools."""

from __future__ import annotations

import shlex
from pathlib import Path

from digestbot.store.database.engine import Database


def describe_server_backup(database: Database, path: Path) -> str:
    """The sentence with the command that backs up a server's database."""
    dump = ["pg_dump", "--format=custom", f"--file={path}", database.build_tool_url()]
    return (
        f"{database.location} is backed up by PostgreSQL's own tool, also while the bot runs: {shlex.join(dump)} "
        "(it asks for the password, or finds it in ~/.pgpass)"
    )


def describe_server_restore(database: Database, path: Path) -> str:
    """The sentence with the commands that restore into a new database, so that the present one is kept."""
    name = f"{database.name}_restored"
    create = ["createdb", f"--maintenance-db={database.build_tool_url()}", name]
    url = database.build_tool_url(name)
    fill = ["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={url}", str(path)]
    return (
        f"{database.location} is restored by PostgreSQL's own tools, into a new database beside it: "
        f"{shlex.join(create)} && {shlex.join(fill)}; then stop the bot, name {name} in DIGESTBOT_DATABASE_URL, "
        "and start it again"
    )
