"""Operator commands: doctor, deliveries, and database maintenance."""

from __future__ import annotations

import json
import logging
import re
import shlex
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digestbot.cards.text import replace_unprintable
from digestbot.cli import runtime
from digestbot.errors import DigestbotError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digestbot.settings import Settings
    from digestbot.store.database.sqlite_file import FileProgress
    from digestbot.store.deliveries.delivery_report import DeliveryRecord

database_app = typer.Typer(help="Migrate, back up, restore or copy the database.", no_args_is_help=True)
_COUNTED_TABLES = {
    "digests": ("digest", "digests"),
    "subscribers": ("chat", "chats"),
    "subscriptions": ("subscription", "subscriptions"),
    "outbox": ("delivery", "deliveries"),
}
"""The tables whose number of rows means something to an operator, and what one row is, and several are."""
_TIMESPAN_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not contact platforms or models.")] = False,
) -> None:
    """Check settings, tokens, models, database and deliveries, and say how to fix problems."""
    settings = runtime.prepare_settings(logging.WARNING)
    raise typer.Exit(runtime.run_async(_run_doctor(settings, asks_others=not offline)))


async def _run_doctor(settings: Settings, *, asks_others: bool) -> int:
    from contextlib import aclosing

    from digestbot.doctor import iter_findings

    problem_count = 0
    typer.echo("ok   settings")
    async with aclosing(iter_findings(settings, datetime.now(UTC), _print_note, asks_others=asks_others)) as findings:
        async for finding in findings:
            typer.echo(f"{'ok  ' if finding.is_ok else 'BAD '} {finding.subject}: {finding.text}")
            if not finding.is_ok:
                problem_count += 1
                typer.echo(f"     -> {finding.remedy}")
    return 1 if problem_count else 0


def _print_note(text: str) -> None:
    typer.echo(f"     {text} …", err=True)


def deliveries(
    failed: Annotated[bool, typer.Option("--failed", help="Only deliveries that were given up.")] = False,
    since: Annotated[str, typer.Option("--since", help="Start of the period: 24h, 7d, or 2026-11-24.")] = "24h",
    retry: Annotated[bool, typer.Option("--retry", help="With --failed: retry them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Maximum number to list.")] = 50,
) -> None:
    """Show deliveries and their state."""
    now = datetime.now(UTC)
    start = _parse_since(since, now)
    if retry and not failed:
        raise DigestbotError("--retry requires --failed: it retries the deliveries that were given up")
    runtime.run_async(
        _print_deliveries(
            runtime.prepare_settings(logging.WARNING),
            start,
            now,
            failed=failed,
            retry=retry,
            as_json=as_json,
            limit=limit,
        )
    )


async def _print_deliveries(
    settings: Settings, start: datetime, now: datetime, *, failed: bool, retry: bool, as_json: bool, limit: int
) -> None:
    from digestbot.domain.delivery import DeliveryState
    from digestbot.store.deliveries.delivery_report import GIVEN_UP_STATES
    from digestbot.store.open_store import open_store

    async with open_store(settings.effective_database_url) as store:
        report = store.report
        if retry:
            typer.echo(f"{await report.retry_given_up(start, now)} deliveries are due again")
            return
        counts = await report.count_by_state(start)
        if not as_json:
            for (platform, state), count in sorted(counts.items()):
                typer.echo(f"{platform}: {count} {state}")
            if not counts:
                typer.echo(f"nothing was due since {start:%Y-%m-%d %H:%M} UTC")
        for record in await report.list_records(start, GIVEN_UP_STATES if failed else tuple(DeliveryState), limit):
            typer.echo(json.dumps(_record_to_json(record), ensure_ascii=False) if as_json else _format_record(record))


def _record_to_json(record: DeliveryRecord) -> dict[str, object]:
    return {
        "platform": record.address.platform,
        "chat": record.address.chat,
        "thread": record.address.thread,
        "title": record.title,
        "topic": record.topic,
        "date": record.date,
        "state": record.state.value,
        "due": record.due_at.isoformat(),
        "next_or_ended_at": record.next_or_ended_at.isoformat() if record.next_or_ended_at else None,
        "attempts": record.attempts,
        "reason": record.reason,
    }


def _format_record(record: DeliveryRecord) -> str:
    chat = f"{record.address.platform} {record.address.chat} {record.address.thread}".strip()
    name = f" “{replace_unprintable(record.title)}”" if record.title else ""
    reason = f": {replace_unprintable(record.reason)}" if record.reason else ""
    attempt = f", attempt {record.attempts}" if record.attempts > 1 else ""
    digest = f"{replace_unprintable(record.topic)} {record.date}"
    return f"{record.due_at:%Y-%m-%d %H:%M} {record.state:<7} {chat}{name}  {digest}{attempt}{reason}"


def _parse_since(text: str, now: datetime) -> datetime:
    timespan = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if timespan:
        return now - timedelta(**{_TIMESPAN_UNITS[timespan[2]]: int(timespan[1])})
    try:
        timestamp = datetime.fromisoformat(text)
    except ValueError:
        problem = "neither a span such as 24h or 7d nor a date such as 2026-11-24"
        raise DigestbotError(f"--since “{text}” is {problem}") from None
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)


@database_app.command("migrate")
def migrate_command() -> None:
    """Migrate the database to this version's schema; every start also does this."""
    runtime.run_async(_migrate_database(runtime.prepare_settings(logging.WARNING)))


async def _migrate_database(settings: Settings) -> None:
    from digestbot.store import Database
    from digestbot.store.upkeep.migrate import HEAD_REVISION, migrate

    database = Database(settings.effective_database_url)
    try:
        await migrate(database)
    finally:
        await database.close()
    typer.echo(f"{database.location} has revision {HEAD_REVISION}")


@database_app.command("backup")
def backup_command(
    path: Annotated[str, typer.Argument(help="A new file, or a folder for a file with a dated name.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read the whole copy and compare it with the database.")
    ] = False,
) -> None:
    """Back up the database, even while the bot runs; on PostgreSQL, print the commands."""
    from digestbot.store import Database
    from digestbot.store.upkeep.backup import back_up, check_folder
    from digestbot.store.upkeep.server_tools import describe_server_backup

    database = Database(runtime.prepare_settings(logging.WARNING).effective_database_url)
    if database.is_server:
        raise DigestbotError(describe_server_backup(database, Path(path)))
    if path.endswith("/"):
        check_folder(Path(path))
    with _open_byte_bar() as progress:
        backup = back_up(database, Path(path), datetime.now(UTC), progress, overwrites=force, verifies=verify)
    size = backup.path.stat().st_size / 1_000_000
    typer.echo(f"{database.location} was backed up to {backup.path}: {size:,.1f} MB, revision {backup.revision}")
    if verify:
        counted = ((backup.row_counts.get(table, 0), words) for table, words in _COUNTED_TABLES.items())
        rows = ", ".join(f"{count:,} {one if count == 1 else many}" for count, (one, many) in counted)
        typer.echo(f"The copy is undamaged, and all {sum(backup.row_counts.values()):,} rows are in it ({rows} …)")


@database_app.command("restore")
def restore_command(
    path: Annotated[Path, typer.Argument(help="A file that “digestbot db backup” made.")],
) -> None:
    """Replace the database with a backup; the bot must not be running. On PostgreSQL, print the commands."""
    from digestbot.store import Database
    from digestbot.store.database.process_lock import hold_process_lock
    from digestbot.store.upkeep.restore import is_restorable, restore_backup
    from digestbot.store.upkeep.server_tools import describe_server_restore

    settings = runtime.prepare_settings(logging.WARNING)
    database = Database(settings.effective_database_url)
    if database.is_server:
        raise DigestbotError(describe_server_restore(database, path))
    with hold_process_lock(database):
        with _open_byte_bar() as progress:
            kept = restore_backup(database, path, datetime.now(UTC), progress)
        typer.echo(f"{database.location} was restored from {path}")
        if kept and is_restorable(kept):
            typer.echo(f"What it had before is in {kept}. To undo this: digestbot db restore {shlex.quote(str(kept))}")
        elif kept:
            typer.echo(f"What it had before is in {kept}, as it was: damaged, or of a newer digestbot")
        runtime.run_async(_finish_restore(settings))


async def _finish_restore(settings: Settings) -> None:
    from digestbot.store import Database, Store
    from digestbot.store.upkeep.migrate import HEAD_REVISION, migrate

    store = Store(Database(settings.effective_database_url))
    try:
        await migrate(store.database)
        await store.key_values.renew_database_id()
    finally:
        await store.close()
    typer.echo(f"{store.database.location} has revision {HEAD_REVISION}")


@contextmanager
def _open_byte_bar() -> Iterator[FileProgress]:
    """Show on a terminal how far a file is; yields the function to tell it."""
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def update_bar(doing: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None, description=doing)

        yield update_bar


@database_app.command("copy")
def copy_command(
    to: Annotated[str, typer.Argument(help="The new, empty database: postgresql://USER:PASSWORD@HOST/NAME")],
) -> None:
    """Copy this installation to another database and verify it; the bot must not be running."""
    runtime.run_async(_copy_database(runtime.prepare_settings(logging.WARNING), to))


async def _copy_database(settings: Settings, to: str) -> None:
    from contextlib import AsyncExitStack

    from digestbot.store import Database
    from digestbot.store.database.process_lock import hold_process_lock
    from digestbot.store.upkeep.copy import check_different, copy_database
    from digestbot.store.upkeep.migrate import migrate

    source = Database(settings.effective_database_url)
    if source.file and not source.file.exists():
        raise SettingsError(f"DIGESTBOT_DATABASE_URL: {source.location} does not exist, so there is nothing to copy")
    target = Database(to, "TO")
    check_different(source, target)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(source.close)
        stack.push_async_callback(target.close)
        stack.enter_context(hold_process_lock(source))
        await migrate(source)
        await migrate(target)
        counts = await copy_database(source, target, _print_progress)
    typer.echo(f"{sum(counts.values())} rows of {len(counts)} tables were copied to {target.location} and verified")
    typer.echo("Now set DIGESTBOT_DATABASE_URL to the new database. The old one is unchanged.")


def _print_progress(table: str, copied_count: int, row_count: int) -> None:
    typer.echo(f"{table}: {copied_count} of {row_count}", err=True)
