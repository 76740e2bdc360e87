"""The operator's commands: is all well, what became of deliveries, and the database."""

from __future__ import annotations

import json as json_
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digestbot import shell
from digestbot.cards.text import replace_unprintable
from digestbot.errors import DigestbotError, SettingsError

if TYPE_CHECKING:
    from digestbot.settings import Settings
    from digestbot.store.delivery_report import DeliveryRecord

db = typer.Typer(help="The database: migrate it, or copy it to another.", no_args_is_help=True)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def doctor() -> None:
    """Look at settings, tokens, database and deliveries: what is wrong, and what to do."""
    raise typer.Exit(shell.run(_doctor(shell.settings(logging.WARNING))))


async def _doctor(settings: Settings) -> int:
    from digestbot.doctor import examine

    wrong = 0
    typer.echo("ok   settings")
    async for finding in examine(settings, datetime.now(UTC)):
        typer.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.subject}: {finding.text}")
        if not finding.well:
            wrong += 1
            typer.echo(f"     -> {finding.remedy}")
    return 1 if wrong else 0


def deliveries(
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were given up.")] = False,
    since: Annotated[str, typer.Option("--since", help="Since when: 24h, 7d, or 2026-11-24.")] = "24h",
    retry: Annotated[bool, typer.Option("--retry", help="With --failed: send them again.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="How many to list.")] = 50,
) -> None:
    """What became of deliveries."""
    now = datetime.now(UTC)
    start = _since(since, now)
    if retry and not failed:
        raise DigestbotError("--retry goes with --failed: it sends again what was given up")
    shell.run(
        _deliveries(shell.settings(logging.WARNING), start, now, failed=failed, retry=retry, json=json, most=most)
    )


async def _deliveries(
    settings: Settings, start: datetime, now: datetime, *, failed: bool, retry: bool, json: bool, most: int
) -> None:
    from digestbot.app import opened
    from digestbot.domain.delivery import DeliveryState
    from digestbot.store.delivery_report import GIVEN_UP_STATES

    async with opened(settings) as parts:
        ledger = parts.store.report
        if retry:
            typer.echo(f"{await ledger.retry_given_up(start, now)} are due again")
            return
        counts = await ledger.count_by_state(start)
        if not json:
            for (platform, state), number in sorted(counts.items()):
                typer.echo(f"{platform}: {number} {state}")
            if not counts:
                typer.echo(f"nothing was due since {start:%Y-%m-%d %H:%M} UTC")
        for record in await ledger.list_records(start, GIVEN_UP_STATES if failed else tuple(DeliveryState), most):
            typer.echo(json_.dumps(_fields(record), ensure_ascii=False) if json else _line(record))


def _fields(record: DeliveryRecord) -> dict[str, object]:
    return {
        "platform": record.address.platform,
        "chat": record.address.chat,
        "thread": record.address.thread,
        "title": record.title,
        "topic": record.topic,
        "date": record.date,
        "state": record.state.value,
        "due": record.due_at.isoformat(),
        "at": record.next_or_ended_at.isoformat() if record.next_or_ended_at else None,
        "attempts": record.attempts,
        "reason": record.reason,
    }


def _line(record: DeliveryRecord) -> str:
    where = f"{record.address.platform} {record.address.chat} {record.address.thread}".strip()
    name = f" “{replace_unprintable(record.title)}”" if record.title else ""
    why = f": {replace_unprintable(record.reason)}" if record.reason else ""
    tried = f", attempt {record.attempts}" if record.attempts > 1 else ""
    digest = f"{replace_unprintable(record.topic)} {record.date}"
    return f"{record.due_at:%Y-%m-%d %H:%M} {record.state:<7} {where}{name}  {digest}{tried}{why}"


def _since(text: str, now: datetime) -> datetime:
    span = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if span:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        wanted = "neither a span such as 24h or 7d nor a date such as 2026-11-24"
        raise DigestbotError(f"--since “{text}” is {wanted}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@db.command("migrate")
def migrate_() -> None:
    """Bring the database to this version's tables; every start does so by itself."""
    shell.run(_migrate(shell.settings(logging.WARNING)))


async def _migrate(settings: Settings) -> None:
    from digestbot.store import Database
    from digestbot.store.migrate import HEAD_REVISION, migrate

    database = Database(settings.database)
    try:
        await migrate(database)
    finally:
        await database.close()
    typer.echo(f"{database.location} has revision {HEAD_REVISION}")


@db.command("copy")
def copy_(
    to: Annotated[str, typer.Argument(help="The new, empty database: postgresql+asyncpg://USER:PASSWORD@HOST/NAME")],
) -> None:
    """Copy this installation to another database, whole and verified; the bot must not run meanwhile."""
    shell.run(_copy(shell.settings(logging.WARNING), to))


async def _copy(settings: Settings, to: str) -> None:
    from contextlib import AsyncExitStack

    from digestbot.store import Database
    from digestbot.store.copy import copy_database
    from digestbot.store.migrate import migrate
    from digestbot.store.process_lock import hold_process_lock

    source = Database(settings.database)
    if source.file and not source.file.exists():
        raise SettingsError(f"DIGESTBOT_DATABASE_URL: {source.location} is not there; there is nothing to copy")
    target = Database(to)
    if target.url == source.url:
        raise DigestbotError(f"{target.location} is the database to copy from: name another to copy into")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(source.close)
        stack.push_async_callback(target.close)
        stack.enter_context(hold_process_lock(source))
        await migrate(source)
        await migrate(target)
        counts = await copy_database(source, target, _progress)
    typer.echo(f"{sum(counts.values())} rows of {len(counts)} tables are in {target.location}, each compared")
    typer.echo("Now set DIGESTBOT_DATABASE_URL to it. The old database is as it was.")


def _progress(table: str, done: int, number: int) -> None:
    typer.echo(f"{table}: {done} of {number}", err=True)
