"""The operator's commands, in processes of their own as they are typed."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from digestbot.app import open_app
from digestbot.cli import admin
from digestbot.core.ports import IncomingMessage
from digestbot.domain.delivery import mark_dropped, mark_failed, mark_sent
from digestbot.domain.subscription import Address, Preferences
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store import Database
from digestbot.store.upkeep.migrate import HEAD_REVISION, find_migrations
from tests.cli_process import read_to_the_end, run_cli
from tests.conftest import ROOT, SAMPLES
from tests.platforms.mornings import load_digest, read_rows
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.postgresql import PostgreSql
from tests.processes import ForkedProcess, start_process
from tests.waiting import HANG_SECONDS, wait_until

ADA = Address("telegram", "1001")


def build_environment(url: str, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
    given = {"DATABASE_URL": url, "POLL_SECONDS": "0.2", "DELIVERY_JITTER_SECONDS": "0"} | more
    return own | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | {f"DIGESTBOT_{k}": v for k, v in given.items()}


def run_command(folder: Path, *words: str, url: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return run_cli(
        *words, folder=folder, environment=build_environment(url or build_sqlite_url(folder / "a.db"), **more)
    )


@asynccontextmanager
async def run_bot(folder: Path, *words: str, url: str = "", **more: str) -> AsyncIterator[ForkedProcess]:
    """``digestbot run``, seen to run, and ended in order; none of its secrets is in its log."""
    own = build_environment(url or build_sqlite_url(folder / "a.db"), **more)
    with tempfile.NamedTemporaryFile(prefix="bot-", suffix=".log") as file:

        def log() -> str:
            return Path(file.name).read_text("utf-8")

        process = start_process("run", *words, folder=folder, environment=own, stderr=file.fileno())
        try:
            await wait_until(lambda: process.returncode is not None or "event=service_started" in log())
            assert process.returncode is None, log()
            yield process
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0, log()
            for secret in [value for name, value in more.items() if name.endswith("__TOKEN") or "__KEYS__" in name]:
                assert secret not in log()
            assert own["DIGESTBOT_DATABASE_URL"] not in log()  # a server's has a password
        finally:
            process.kill()
            await process.wait()


async def a_failed_delivery(url: str) -> None:
    """Ada subscribed, and yesterday's digest could not be delivered."""
    async with open_app(load_settings(database_url=url)) as app:
        assert (await app.dispatcher.handle_message(IncomingMessage(ADA, "/subscribe protein-design"))).card.ok
        known = await app.subscriptions.find(ADA)
        assert known
        now = app.clock.now()
        assert await app.store.outbox.plan_now(known.id, now) == 1
        (claimed,) = await app.store.outbox.claim("telegram", now, timedelta(seconds=30), 1)
        reason = "Bad Request: a message that \x1b[31mTelegram refuses"
        await app.store.outbox.apply_updates([mark_failed(claimed, now, reason)])


async def test_the_doctor_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    empty = run_command(tmp_path, "doctor")
    assert empty.returncode == 1
    assert "is not there yet\n     -> “digestbot load PATH” makes it" in empty.stdout
    assert "no token is set" in empty.stdout
    assert run_command(tmp_path, "load", str(SAMPLES)).returncode == 0
    async with run_bot(tmp_path) as running:
        well = await asyncio.to_thread(run_command, tmp_path, "doctor")
    assert f"the bot runs, process {running.pid}" in well.stdout
    assert "16 in 4 topics, the newest of 2026-11-23" in well.stdout
    assert "nothing is waiting" in well.stdout


async def test_the_doctor_tries_the_tokens_and_shows_none(tmp_path: Path, loaded_file: Path) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    await a_failed_delivery(build_sqlite_url(tmp_path / "a.db"))
    async with BotApi() as api:
        told = [
            await asyncio.to_thread(
                run_command,
                tmp_path,
                "doctor",
                TELEGRAM__TOKEN=token,
                TELEGRAM__API_URL=api.url,
                ADMIN_CHAT="telegram:1",
            )
            for token in (TOKEN, "4242:AAanother-token-that-is-wrong")
        ]
    assert "telegram token: is taken" in told[0].stdout
    assert "Telegram refuses this token" in told[1].stdout
    assert "BAD  deliveries: 1 failed on telegram: Bad Request" in told[0].stdout
    for one in told:
        assert one.returncode == 1
        assert "AA" not in one.stdout + one.stderr


async def test_deliveries_are_listed_with_their_reasons_and_sent_again(tmp_path: Path, loaded_file: Path) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    await a_failed_delivery(build_sqlite_url(tmp_path / "a.db"))
    listed = run_command(tmp_path, "deliveries", "--failed", "--since", "2h")
    assert "telegram: 1 failed" in listed.stdout
    assert "failed  telegram 1001  Protein Design 2026-11-23: Bad Request: a message that" in listed.stdout
    assert "\x1b" not in listed.stdout  # a reason is others' words
    (line,) = run_command(tmp_path, "deliveries", "--json").stdout.splitlines()
    assert json.loads(line) | {"due": "", "next_or_ended_at": ""} == {
        "platform": "telegram", "chat": "1001", "thread": "", "title": "", "topic": "Protein Design",
        "date": "2026-11-23", "state": "failed", "due": "", "next_or_ended_at": "", "attempts": 1,
        "reason": "Bad Request: a message that \x1b[31mTelegram refuses",
    }  # fmt: skip
    assert run_command(tmp_path, "deliveries", "--retry").returncode == 2
    assert "1 deliveries are due again" in run_command(tmp_path, "deliveries", "--failed", "--retry").stdout
    async with BotApi() as api:
        ada = Person(api, id=1001)
        ada.chat.members[4242] = "member"
        async with run_bot(tmp_path, TELEGRAM__TOKEN=TOKEN, TELEGRAM__API_URL=api.url):
            await api.wait_until(lambda: ada.chat.messages)
    assert "Protein Design" in ada.chat.messages[0].text


@pytest.mark.parametrize(("words", "says"), [("2x", "neither a span"), ("yesterday", "such as 24h or 7d")])
def test_a_since_that_is_none_is_a_sentence(tmp_path: Path, words: str, says: str) -> None:
    done = run_command(tmp_path, "deliveries", "--since", words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("0h", NOW),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:15", datetime(2026, 11, 20, 8, 15, tzinfo=UTC)),
        ("2026-11-20T08:15+08:00", datetime(2026, 11, 20, 0, 15, tzinfo=UTC)),
    ],
)
def test_since_is_a_span_or_a_moment_in_utc(text: str, since: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert admin._parse_since(text, NOW) == since
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_deliveries_are_filtered_counted_and_cut(database_url: str, tmp_path: Path) -> None:
    async with open_app(load_settings(database_url=database_url)) as app:
        await load_digest(app)
        now = app.clock.now()
        store = app.store.subscribers
        topic = (await app.catalog.find_topic("topic-a")).topic
        assert topic
        for chat in ("1", "2", "3", "4"):
            who = await store.get_or_create(Address("telegram", chat), Preferences(), "A \x1b[31m\u202egroup")
            await app.subscriptions.subscribe(who, topic, None)
            assert await app.store.outbox.plan_now(who.id, now) == 1
        claimed = await app.store.outbox.claim("telegram", now, timedelta(seconds=30), 3)
        end = now + timedelta(minutes=5)
        marks = (
            mark_sent(claimed[0], end),
            mark_failed(claimed[1], end, "refused"),
            mark_dropped(claimed[2], end, "too late"),
        )
        await app.store.outbox.apply_updates(marks)

    def list_deliveries(*words: str) -> list[str]:
        done = run_command(tmp_path, "deliveries", *words, url=database_url)
        assert done.returncode == 0, done.stderr
        assert not {"\x1b", "\u202e"} & set(done.stdout) or "--json" in words
        return done.stdout.splitlines()

    def list_states(*words: str) -> list[str]:
        return sorted(json.loads(line)["state"] for line in list_deliveries("--json", *words))

    counts = [f"telegram: 1 {state}" for state in ("dropped", "due", "failed", "sent")]
    assert (list_deliveries()[:4], len(list_deliveries())) == (counts, 8)
    assert list_deliveries("--failed", "--limit", "1")[:4] == counts
    assert list_states() == ["dropped", "due", "failed", "sent"]
    assert list_states("--failed") == ["dropped", "failed"]
    assert len(list_states("--limit", "2")) == 2
    assert all("A " in line and "group" in line for line in list_deliveries()[4:])
    assert run_command(tmp_path, "deliveries", "--limit", "0", url=database_url).returncode == 2
    assert list_deliveries("--since", "2030-01-01") == ["nothing was due since 2030-01-01 00:00 UTC"]
    [waiting] = [json.loads(line) for line in list_deliveries("--json") if '"due",' in line]
    assert waiting["due"] == waiting["next_or_ended_at"] == now.isoformat()
    [out] = [json.loads(line) for line in list_deliveries("--json") if '"sent",' in line]
    assert (out["due"], out["next_or_ended_at"]) == (now.isoformat(), end.isoformat())
    alone = run_command(tmp_path, "deliveries", "--retry", url=database_url)
    assert (alone.returncode, "--retry requires --failed" in alone.stderr) == (2, True)
    assert list_deliveries("--failed", "--retry") == ["2 deliveries are due again"]
    assert list_states("--failed") == []


# Backups


async def test_a_running_bot_is_backed_up_and_not_restored_into(tmp_path: Path, loaded_file: Path) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    async with run_bot(tmp_path) as running:
        made = await asyncio.to_thread(run_command, tmp_path, "db", "backup", "b.db", "--verify")
        refused = await asyncio.to_thread(run_command, tmp_path, "db", "restore", "b.db")
    assert (made.returncode, made.stderr) == (0, "")
    assert re.fullmatch(
        rf"{tmp_path}/a.db was backed up to b.db: 0\.\d MB, revision {HEAD_REVISION}\n"
        r"The copy is undamaged, and all \d+ rows are in it \(16 digests, 0 chats, 0 subscriptions, 0 deliveries …\)\n",
        made.stdout,
    )
    assert refused.returncode == 2
    assert f"already runs on {tmp_path / 'a.db'}: process {running.pid}" in refused.stderr
    again = run_command(tmp_path, "db", "backup", "b.db")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert (
        "there is no folder backups to put the backup into: make it first"
        in run_command(tmp_path, "db", "backup", "backups/").stderr
    )


def test_a_backup_of_an_older_version_is_brought_up_to_date_in_the_place_of_a_newer_one(
    tmp_path: Path, loaded_file: Path
) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    make_older(tmp_path / "old.db")
    make_newer(tmp_path / "a.db")
    restored = run_command(tmp_path, "db", "restore", "old.db")
    assert restored.returncode == 0, restored.stderr
    assert f"a.db has revision {HEAD_REVISION}" in restored.stdout
    [kept] = tmp_path.glob("a-before-restore-*.db")
    assert f"What it had before is in {kept}, as it was: damaged, or of a newer digestbot" in restored.stdout
    assert run_command(tmp_path, "deliveries").returncode == 0
    undone = run_command(tmp_path, "db", "restore", str(kept))
    assert (undone.returncode, "update digestbot, then restore it" in undone.stderr) == (2, True)


def make_older(file: Path) -> None:
    """A file with the tables of an earlier version."""

    def migrate_partly(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(find_migrations()))
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")

    async def migrate_file() -> None:
        database = Database(build_sqlite_url(file))
        async with database.write() as connection:
            await connection.run_sync(migrate_partly)
        await database.close()

    asyncio.run(migrate_file())


async def test_after_a_restore_no_delivery_shares_its_key_with_another(tmp_path: Path, loaded_file: Path) -> None:
    """Deliveries get the numbers of those that were made after the backup."""
    shutil.copy(loaded_file, tmp_path / "a.db")
    ids = []
    for _ in range(2):
        async with open_app(load_settings(database_url=build_sqlite_url(tmp_path / "a.db"))) as app:
            ids.append(await app.store.key_values.get_database_id())
        if not (tmp_path / "b.db").exists():
            assert run_command(tmp_path, "db", "backup", "b.db").returncode == 0
            assert run_command(tmp_path, "db", "restore", "b.db").returncode == 0
    assert len(set(ids)) == 2


async def test_at_a_terminal_it_shows_how_far_it_is(tmp_path: Path, loaded_file: Path) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    ours, theirs = pty.openpty()
    try:
        own = build_environment(build_sqlite_url(tmp_path / "a.db"))
        process = start_process("db", "backup", "b.db", folder=tmp_path, environment=own, stderr=theirs, stdout=theirs)
        os.close(theirs)
        seen = await asyncio.to_thread(read_to_the_end, ours)
        assert await process.wait() == 0
    finally:
        os.close(ours)
    assert "Copying" in seen


def test_the_commands_for_a_server_back_it_up_and_restore_it(
    tmp_path: Path, postgresql: PostgreSql, loaded_template: str
) -> None:
    with postgresql.open_database(loaded_template) as url:
        secret = url.replace("postgres@", "postgres:the-password@")
        told = [run_command(tmp_path, "db", words, "my dump", url=secret) for words in ("backup", "restore")]
        assert [done.returncode for done in told] == [2, 2]
        assert "the-password" not in "".join(done.stdout + done.stderr for done in told)
        dump = re.search(r"(pg_dump .*) \(it asks", told[0].stderr)
        fill = re.search(r"(createdb .*); then stop the bot, name (\w+) in DIGESTBOT_DATABASE_URL", told[1].stderr)
        assert dump
        assert fill
        tools = {"PATH": f"{postgresql.tools}:{os.environ['PATH']}"}
        for typed in (dump[1], fill[1]):
            subprocess.run(["sh", "-c", typed], cwd=tmp_path, env=tools, check=True, timeout=HANG_SECONDS)
        try:
            for there in (url, postgresql.build_url(fill[2])):
                assert "16 in 4 topics" in run_command(tmp_path, "doctor", url=there).stdout
        finally:
            postgresql.drop(fill[2])


# Moving to another database


@pytest.mark.parametrize("spelled", ["sqlite+aiosqlite:///{}/a.db", "sqlite:///{}/a.db", "sqlite:///a.db"])
def test_a_database_is_not_copied_onto_itself(tmp_path: Path, loaded_file: Path, spelled: str) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    before = run_command(tmp_path, "export", "protein-design").stdout
    onto = run_command(tmp_path, "db", "copy", spelled.format(tmp_path))
    assert onto.returncode == 2
    assert "Traceback" not in onto.stderr
    assert "is the source database" in onto.stderr
    assert run_command(tmp_path, "export", "protein-design").stdout == before


def test_an_empty_database_is_not_copied_onto_itself_either(tmp_path: Path) -> None:
    assert run_command(tmp_path, "db", "migrate").returncode == 0
    onto = run_command(tmp_path, "db", "copy", build_sqlite_url(tmp_path / "a.db"))
    assert (onto.returncode, "is the source database" in onto.stderr) == (2, True)


def test_a_copy_brings_the_old_database_up_to_date_and_leaves_out_one_that_is_not_there(tmp_path: Path) -> None:
    to = build_sqlite_url(tmp_path / "b.db")
    missing = run_command(tmp_path, "db", "copy", to)
    assert (missing.returncode, "there is nothing to copy" in missing.stderr) == (2, True)
    assert list(tmp_path.glob("*.db")) == []
    (tmp_path / "a.db").touch()  # a database of before the first table
    copied = run_command(tmp_path, "db", "copy", to)
    assert copied.returncode == 0, copied.stderr
    assert "copied to " in copied.stdout
    assert "Now set DIGESTBOT_DATABASE_URL to the new database. The old one is unchanged." in copied.stdout


def make_newer(file: Path) -> None:
    """As if a later version of digestbot had migrated it."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    "words",
    [
        "run",
        "chat",
        "deliveries",
        "export protein-design",
        "load {samples}",
        "build",
        "topics check",
        "db migrate",
        "db copy sqlite:///b.db",
        "db backup b.db",
        "doctor",
    ],
)
def test_of_a_newer_database_every_command_says_to_update_digestbot(
    tmp_path: Path, migrated_file: Path, words: str
) -> None:
    shutil.copy(migrated_file, tmp_path / "a.db")
    make_newer(tmp_path / "a.db")
    (tmp_path / "digestbot.toml").write_text('[[topics]]\ntitle = "Loops"\nqueries = ["abs:loops"]\n', "utf-8")
    done = run_command(tmp_path, *words.format(samples=SAMPLES).split())
    assert done.returncode == (1 if words == "doctor" else 2)
    told = done.stdout if words == "doctor" else done.stderr
    assert ("update digestbot" in told, "revision 9999" in told) == (True, True)
    assert words == "doctor" or told.splitlines()[-1].startswith("digestbot: the database ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("deliveries",), ("doctor",), ("db", "migrate")])
def test_a_servers_password_is_in_no_sentence(tmp_path: Path, words: tuple[str, ...], port: int) -> None:
    done = run_command(tmp_path, *words, url=f"postgresql+asyncpg://digestbot:the-password@127.0.0.1:{port}/digestbot")
    assert done.returncode == (1 if words == ("doctor",) else 2)
    assert f"127.0.0.1:{port}" in done.stdout + done.stderr or "127.0.0.1/digestbot" in done.stdout + done.stderr
    assert "the-password" not in done.stdout + done.stderr


async def test_a_second_bot_on_the_same_file_is_refused_and_a_killed_one_is_none(tmp_path: Path) -> None:
    async with run_bot(tmp_path) as first:
        second = await asyncio.to_thread(run_command, tmp_path, "run")
        assert second.returncode == 2
        assert f"already runs on {tmp_path / 'a.db'}: process {first.pid}" in second.stderr
        first.kill()
        await first.wait()
    async with run_bot(tmp_path) as third:
        assert third.pid != first.pid
    assert "the bot does not run" in run_command(tmp_path, "doctor").stdout


async def has_sent_all(url: str) -> None:
    """Wait until nothing is due, or on its way."""
    async with open_app(load_settings(database_url=url)) as app, asyncio.timeout(HANG_SECONDS):
        while {state for state, _ in await read_rows(app)} & {"due", "sending"}:
            await asyncio.sleep(0.01)


async def test_an_installation_moves_to_postgresql_and_two_processes_share_it(
    tmp_path: Path, loaded_file: Path, postgresql: PostgreSql
) -> None:
    shutil.copy(loaded_file, tmp_path / "a.db")
    await a_failed_delivery(build_sqlite_url(tmp_path / "a.db"))
    with postgresql.open_database(empty=True) as url:
        async with run_bot(tmp_path):
            busy = await asyncio.to_thread(run_command, tmp_path, "db", "copy", url)
            assert (busy.returncode, "already runs on" in busy.stderr) == (2, True)
        moved = await asyncio.to_thread(run_command, tmp_path, "db", "copy", url)
        assert moved.returncode == 0, moved.stderr
        assert "and verified" in moved.stdout
        again = await asyncio.to_thread(run_command, tmp_path, "db", "copy", url)
        assert (again.returncode, again.stdout) == (0, moved.stdout)  # if the first was killed just before it said so
        async with BotApi() as api:
            ada = Person(api, id=1001)
            own = {"TELEGRAM__TOKEN": TOKEN, "TELEGRAM__API_URL": api.url}
            async with (
                run_bot(tmp_path, "--role", "sender", url=url, **own),
                run_bot(tmp_path, "--role", "gateway", url=url, **own),
                run_bot(tmp_path, "--role", "sender", url=url, **own),
            ):
                assert (await ada.send_text("/start")).find_button("Protein Design")
                told = await asyncio.to_thread(run_command, tmp_path, "doctor", url=url, **own)
                retried = await asyncio.to_thread(run_command, tmp_path, "deliveries", "--failed", "--retry", url=url)
                assert "1 deliveries are due again" in retried.stdout, retried.stderr
                await api.wait_until(lambda: any("Mon 23 Nov" in message.text for message in ada.chat.messages))
                await has_sent_all(url)
            headings = [message.text.split("\n")[0] for message in ada.chat.messages]
            assert headings.count("Protein Design · Mon 23 Nov · 3 papers") == 1, headings
    assert "gateway telegram by" in told.stdout
    assert "sender telegram by" in told.stdout


async def test_what_prometheus_scrapes_counts_what_happened(tmp_path: Path, port: int) -> None:
    async with run_bot(tmp_path, METRICS="true", PORT=str(port)), ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/health") as answer:
            assert await answer.text() == "ok\n"
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            text = await answer.text()
    for name in ("deliveries_due", "deliveries_sent", "deliveries_failed", "delivery_lag_seconds", "limiter_wait"):
        assert f"digestbot_{name}" in text
