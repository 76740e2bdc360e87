"""The store as itself, on a real file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, inspect, literal, select, text, update

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address, CardStyle, PostMode
from digestbot.domain.topic import Topic
from digestbot.errors import SettingsError, StoreError
from digestbot.settings import build_sqlite_url
from digestbot.store import Database, Store
from digestbot.store.database.database_errors import describe_error
from digestbot.store.database.process_lock import find_owner_pid, hold_process_lock
from digestbot.store.database.sql_datetime import UtcDateTime, add_milliseconds
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import key_values, metadata
from digestbot.store.upkeep.migrate import HEAD_REVISION, find_migrations, migrate
from tests.factories import make_digest
from tests.fakes import ManualClock
from tests.postgresql import PostgreSql

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def test_the_migrations_make_the_tables_that_queries_see(store: Store) -> None:
    def compare_tables(connection) -> list[object]:
        options = {"include_object": lambda _o, name, *_: not str(name).startswith("paper_search")}
        found: list[object] = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return found

    async with store.database.read() as connection:
        assert await connection.run_sync(compare_tables) == []


def test_the_newest_revision_is_the_one_that_starting_up_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(find_migrations()))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD_REVISION]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_foreign_keys_and_wal_are_on(store: Store) -> None:
    async with store.database.read() as connection:
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"


async def test_a_database_of_a_newer_version_is_refused(store: Store) -> None:
    async with store.database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer digestbot"):
        await migrate(store.database)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no database " * 100)
    database = Database(build_sqlite_url(tmp_path / "a.db"))
    with pytest.raises(StoreError, match=r"a\.db is not a SQLite database"):
        await migrate(database)
    await database.close()


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(StoreError, match="cannot create the folder /dev/null/x"):
        Database("sqlite:////dev/null/x/a.db")


def test_a_read_only_database_is_said_with_what_to_do(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (x)").connection.close()
    connection = sqlite3.connect(f"file:{tmp_path}/a.db?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as refused:
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
    assert "give digestbot write permission" in describe_error(refused.value, "a.db")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("password authentication failed for user", "see DIGESTBOT_DATABASE_URL"),
        ('database "x" does not exist', "make it there (createdb)"),
        ("could not extend file: No space left on device", "free some, then try again"),
        ("unable to open database file", "is its folder there"),
        ("attempt to write a readonly database", "give digestbot write permission"),
        ("database or disk is full", "free some, then try again"),
        ("disk I/O error", "is it full or failing?"),
        ("database is locked", "busy in another program"),
        ("file is not a database", "name another file"),
        ("database disk image is malformed", "db restore PATH"),
        ("something else", "the database a.db answered: something else"),
    ],
)
def test_what_a_database_answers_is_said_with_what_to_do(words: str, remedy: str) -> None:
    message = describe_error(sqlite3.OperationalError(words), "a.db")
    assert remedy in message
    assert "a.db" in message


async def test_moments_are_kept_in_utc_and_reckoned_to_the_millisecond(store: Store) -> None:
    there = datetime(2026, 3, 29, 1, 59, 59, 999_000, tzinfo=ZoneInfo("Asia/Tokyo"))
    async with store.database.read() as connection:
        kept = await connection.scalar(select(literal(there, UtcDateTime())))
        assert kept is not None
        assert kept == there
        assert kept.tzinfo is UTC
        for milliseconds in (0, 1, 999, 1_000, 90_500, 86_400_000, -1_500):
            reckoned = await connection.scalar(select(add_milliseconds(literal(there, UtcDateTime()), milliseconds)))
            assert reckoned == there + timedelta(milliseconds=milliseconds)
    with pytest.raises(StoreError, match="no timezone"):
        async with store.database.read() as connection:
            await connection.scalar(select(literal(there.replace(tzinfo=None), UtcDateTime())))


async def test_readers_wait_for_no_writer_and_writers_for_each_other(store: Store) -> None:
    order = []

    async def write_second() -> None:
        await store.key_values.set("x", "second")
        order.append("second")

    async with store.database.write() as connection:
        await connection.execute(update(key_values).values(value="nothing"))
        async with store.database.write() if store.database.is_server else store.database.read() as other:
            assert await other.scalar(select(func.count()).select_from(key_values)) == 0
        made = insert(key_values).values(name="x", value="first")
        await connection.execute(made)
        assert await store.key_values.get("x") == ""
        writing = asyncio.create_task(write_second())
        order.append("first")
    await writing
    assert order == ["first", "second"]
    assert await store.key_values.get("x") == "second"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_those_who_wait_to_write_keep_no_connection_from_those_who_read(store: Store) -> None:
    written: list[int] = []

    async def write_number(number: int) -> None:
        await store.key_values.set("x", str(number))
        written.append(number)

    async with store.database.write():
        writing = [asyncio.create_task(write_number(number)) for number in range(50)]  # more than there are connections
        await asyncio.sleep(0)
        assert await store.key_values.get("x") == ""
        assert written == []
    await asyncio.gather(*writing)
    assert written == sorted(written)  # nobody waits longer than those who came later


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_server_that_ended_our_connections_is_asked_again(store: Store, postgresql: PostgreSql) -> None:
    await store.key_values.set("x", "kept")
    async with store.database.read() as connection:
        name = await connection.scalar(select(func.current_database()))
    postgresql.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert await store.key_values.get("x") == "kept"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_file_is_one_bots_until_it_ends(store: Store) -> None:
    database = store.database
    assert find_owner_pid(database) is None
    for _ in range(2):  # it is let go of, also by an error
        with contextlib.suppress(KeyError), hold_process_lock(database):
            assert find_owner_pid(database) == os.getpid()
            with (
                pytest.raises(StoreError, match=f"already runs on .*: process {os.getpid()}"),
                hold_process_lock(database),
            ):
                pass
            assert find_owner_pid(database) == os.getpid()
            raise KeyError
        assert find_owner_pid(database) is None


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_server_has_no_one_owner(store: Store) -> None:
    with hold_process_lock(store.database), hold_process_lock(store.database):
        assert find_owner_pid(store.database) is None


async def test_what_is_remembered_is_kept_by_name_and_the_identity_for_good(store: Store) -> None:
    identity = await store.key_values.get_database_id()
    await store.key_values.set("a", "one")
    await store.key_values.set("b", "two")
    await store.key_values.set("a", "three")
    assert [await store.key_values.get(name) for name in ("a", "b", "c")] == ["three", "two", ""]
    assert await store.key_values.get_database_id() == identity
    assert len(identity) == 16


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:secret@h/d"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="DIGESTBOT_DATABASE_URL") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


async def test_a_server_that_is_not_there_is_a_sentence_without_the_password() -> None:
    database = Database("postgresql+asyncpg://digestbot:secret@127.0.0.1:1/papers")
    with pytest.raises(StoreError, match=r"cannot reach the database 127\.0\.0\.1:1/papers") as refused:
        await migrate(database)
    assert "secret" not in str(refused.value)
    await database.close()


async def test_a_chat_that_moves_into_one_that_is_there_hands_over_what_it_lacks(app: App) -> None:
    old, new = Address("telegram", "-1"), Address("telegram", "-100")
    for address, topics in ((old, ("protein-design", "climate-emulation")), (new, ("protein-design",))):
        for topic in topics:
            assert (await app.dispatcher.handle_message(IncomingMessage(address, f"/subscribe {topic}"))).card.ok
    await app.store.subscribers.migrate_chat("telegram", "-1", "-100")
    assert await app.subscriptions.find(old) is None
    moved = await app.subscriptions.find(new)
    assert moved
    mine = await app.subscriptions.list_for(moved)
    assert [subscription.topic.slug for subscription in mine] == ["climate-emulation", "protein-design"]


async def test_a_shortcut_is_kept_for_half_a_year_after_its_last_use(store: Store, clock: ManualClock) -> None:
    await store.callback_tokens.save({"a": "search one", "b": "search two"}, clock.now())
    clock.advance(days=100)
    await store.callback_tokens.save({"a": "search one"}, clock.now())
    clock.advance(days=100)
    await store.callback_tokens.save({"c": "search three"}, clock.now())
    assert [await store.callback_tokens.get_command(word) for word in "abc"] == ["search one", None, "search three"]


async def test_a_database_of_the_version_before_keeps_its_subscribers(tmp_path: Path) -> None:
    database = Database(build_sqlite_url(tmp_path / "old.db"))

    def create_first(connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(find_migrations()))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO subscribers (platform, chat, thread, timezone, time, days, language, layout, paused)"
                " VALUES ('console', 'local', '', 'UTC', '08:00:00.000000', '[0]', 'zh', 'cards', '')"
            )
        )

    async with database.write() as connection:
        await connection.run_sync(create_first)
    await migrate(database)
    store = Store(database)
    kept = await store.subscribers.find(Address("console", "local"))
    assert kept
    assert (kept.preferences.language, kept.preferences.card_style, kept.title) == ("zh", CardStyle.DEFAULT, "")
    await store.close()


async def test_a_database_before_shared_schedules_keeps_subscriptions_and_what_was_delivered(tmp_path: Path) -> None:
    database = Database(build_sqlite_url(tmp_path / "old.db"))

    def create_old(connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(find_migrations()))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for statement in _OLD.strip().split(";\n"):
            connection.exec_driver_sql(statement)

    async with database.write() as connection:
        await connection.run_sync(create_old)
    await migrate(database)
    store = Store(database)
    ada = await store.subscribers.find(Address("console", "ada"))
    assert ada
    first, second = await store.subscribers.list_subscriptions(ada.id)
    assert (first.schedule.timezone, sorted(first.schedule.days), first.has_own_schedule) == ("UTC", [0, 4], True)
    assert (second.schedule.timezone, len(second.schedule.days)) == ("Asia/Tokyo", 7)
    assert [subscription.has_own_timezone for subscription in (first, second)] == [False, True]
    now = datetime(2026, 11, 25, tzinfo=UTC)
    records = await store.report.list_records(now - timedelta(days=9), tuple(DeliveryState), 10)
    assert [(record.state, record.topic) for record in records] == [("due", "Second"), ("sent", "First")]
    assert [d.due_at.hour for d in await store.outbox.claim("console", now, timedelta(seconds=1), 9)] == [9]
    assert await store.builds.list_shown_versions(["first"], now.date()) == {"2611.00001": 3}
    await store.close()


_OLD = """
INSERT INTO topics (id, slug, title, aliases) VALUES (1, 'first', 'First', '[]'), (2, 'second', 'Second', '[]');
INSERT INTO digests (id, topic_id, date, loaded_at) VALUES (1, 1, '2026-11-24', '2026-11-24 05:00:00.000000'),
 (2, 2, '2026-11-24', '2026-11-24 05:00:00.000000');
INSERT INTO pages (id, uri, fingerprint, counts, etag, last_modified) VALUES (1, 'file:1', 'x', '{}', '', '');
INSERT INTO papers (id, arxiv_id, version, title, authors, abstract, comment, links)
 VALUES (1, '2611.00001', 3, 'Loops', '[]', '', '', '[]');
INSERT INTO entries (digest_id, paper_id, page_id, position, headline, takeaways, sections, flags, figures)
 VALUES (1, 1, 1, 0, 'Loops bind.', '[]', '[]', '[]', '[]');
INSERT INTO subscribers (id, platform, chat, thread, timezone, time, days, language, layout, paused)
 VALUES (1, 'console', 'ada', '', 'UTC', '08:00:00.000000', '[0]', 'en', 'cards', '');
INSERT INTO subscriptions (id, subscriber_id, topic_id, own, instant, time, timezone, days, next_due, since)
 VALUES (5, 1, 1, 1, 0, '08:00:00.000000', 'UTC', '[0, 4]', '2026-11-27 08:00:00.000000', '2026-11-01 00:00:00.000000'),
 (6, 1, 2, 1, 0, '08:00:00.000000', 'Asia/Tokyo', '[0, 1, 2, 3, 4, 5, 6]', '2026-11-24 23:00:00.000000',
  '2026-11-01 00:00:00.000000');
INSERT INTO outbox (id, subscription_id, digest_id, state, due_at, attempts, reason, sent_at)
 VALUES (7, 5, 1, 'sent', '2026-11-24 08:00:00.000000', 1, '', '2026-11-24 08:00:01.000000'),
 (8, 6, 2, 'due', '2026-11-24 09:00:00.000000', 1, 'busy', NULL)
"""


@pytest.fixture
def unmigrated_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without tables."""
    if engine == "sqlite":
        yield build_sqlite_url(tmp_path / "old.db")
        return
    with request.getfixturevalue("postgresql").open_database(empty=True) as url:
        yield url


async def test_a_database_before_the_names_keeps_what_it_has_and_can_go_back(unmigrated_url: str) -> None:
    store = Store(Database(unmigrated_url))

    def move_to(connection: Connection, revision: str, *statements: str) -> list[object]:
        config = Config()
        config.set_main_option("script_location", str(find_migrations()))
        config.attributes["connection"] = connection
        (command.downgrade if "is_updated" in _list_columns(connection, "entries") else command.upgrade)(
            config, revision
        )
        results = [connection.exec_driver_sql(statement) for statement in statements]
        return [tuple(row) for result in results if result.returns_rows for row in result]

    async with store.database.write() as connection:
        await connection.run_sync(move_to, "0006", *_UNNAMED.strip().split(";\n"))
    await migrate(store.database)
    ada = await store.subscribers.find(Address("discord", "ada"))
    assert ada
    assert (ada.preferences.card_style, ada.preferences.post_mode) == (CardStyle.CLASSIC, PostMode.THREADS)
    assert (ada.pause_reason, ada.moderator_chat) == ("by request", "mod")
    assert await store.saved_papers.list_paper_ids(ada.id) == [1]
    (subscription,) = await store.subscribers.list_subscriptions(ada.id)
    assert subscription.has_own_schedule
    assert await store.key_values.get("identity") == "0123"
    assert await store.callback_tokens.get_command("w") == "search one"
    assert [(lease.name, lease.location) for lease in await store.leases.list_all()] == [("sender discord", "here")]
    stored = await store.digests.get_latest("first")
    assert stored
    assert stored.digest.published_at == datetime(2026, 11, 24, 5)  # noqa: DTZ001  # as the page says
    (kept,) = stored.digest.entries
    assert (kept.is_updated, kept.summary.flags) == (True, ("links", "prompt_injection"))
    now = datetime(2026, 11, 25, tzinfo=UTC)
    (delivery,) = await store.outbox.claim("discord", now, timedelta(0), 9)
    assert (delivery.parts_sent, delivery.subscriber.pause_reason) == (2, "by request")
    async with store.database.write() as connection:
        before = await connection.run_sync(
            move_to,
            "0006",
            "SELECT format, posts, paused, moderator FROM subscribers",
            "SELECT subscriber_id, paper_id FROM saved",
            "SELECT word, command FROM shortcuts",
            "SELECT name, value FROM memory",
            "SELECT parts, free_at IS NOT NULL FROM outbox",
            "SELECT CAST(flags AS TEXT) FROM entries",
        )
    assert before == [
        ("classic", "threads", "by request", "mod"),
        (1, 1),
        ("w", "search one"),
        ("identity", "0123"),
        (2, True),
        ('["links", "smuggled"]',),
    ]
    await store.close()


def _list_columns(connection: Connection, table: str) -> set[str]:
    known = inspect(connection)
    return {column["name"] for column in known.get_columns(table)} if known.has_table(table) else set()


_UNNAMED = """
INSERT INTO topics (id, slug, title, aliases) VALUES (1, 'first', 'First', '[]');
INSERT INTO digests (id, topic_id, date, published, loaded_at)
 VALUES (1, 1, '2026-11-24', '2026-11-24 05:00:00.000000', '2026-11-24 05:00:00.000000');
INSERT INTO pages (id, uri, fingerprint, counts, etag, last_modified) VALUES (1, 'file:1', 'x', '{}', '', '');
INSERT INTO papers (id, arxiv_id, version, title, authors, abstract, comment, links)
 VALUES (1, '2611.00001', 3, 'Loops', '[]', '', '', '[]');
INSERT INTO entries (digest_id, paper_id, page_id, position, headline, takeaways, sections, flags, figures, updated)
 VALUES (1, 1, 1, 0, 'Loops bind.', '[]', '[]', '["links", "smuggled"]', '[]', true);
INSERT INTO subscribers (id, platform, chat, thread, timezone, time, days, language, layout, format, paused, title,
 moderator, posts) VALUES (1, 'discord', 'ada', '', 'UTC', '08:00:00.000000', '[0]', 'en', 'cards', 'classic',
 'by request', '', 'mod', 'threads');
INSERT INTO schedules (id, time, timezone, days, next_due) VALUES (1, '08:00:00.000000', 'UTC', '0',
 '2026-11-27 08:00:00.000000');
INSERT INTO subscriptions (id, subscriber_id, topic_id, schedule_id, own, instant, since, starts_at)
 VALUES (5, 1, 1, 1, true, false, '2026-11-01 00:00:00.000000', '2026-11-01 00:00:00.000000');
INSERT INTO outbox (id, subscriber_id, digest_id, platform, state, due_at, free_at, attempts, parts, thread, reason)
 VALUES (7, 1, 1, 'discord', 'due', '2026-11-24 08:00:00.000000', '2026-11-24 08:00:00.000000', 1, 2, '', '');
INSERT INTO leases (name, holder, place, until) VALUES ('sender discord', 'x', 'here', '2026-11-24 08:00:00.000000');
INSERT INTO saved (subscriber_id, paper_id, saved_at) VALUES (1, 1, '2026-11-24 08:00:00.000000');
INSERT INTO shortcuts (word, command, used_at) VALUES ('w', 'search one', '2026-11-24 08:00:00.000000');
INSERT INTO memory (name, value) VALUES ('identity', '0123')
"""


async def test_a_page_under_an_alias_or_another_slug_is_its_topics(store: Store) -> None:
    await store.digests.define_topics([Topic("gs", "3D Gaussian Splatting", ("3DGS",))])
    pages = [
        (PageKey(f"file:{i}", "x", {}), [make_digest(title, f"2026-11-2{i}")])
        for i, title in enumerate(("3DGS", "3D Gaussian Splatting", "gs"))
    ]
    await store.digests.save_pages(pages, NOW)
    assert [(topic.slug, number) for topic, _, number in await store.digests.list_topics()] == [("gs", 3)]


async def test_a_topic_that_gets_another_slug_keeps_its_digests(store: Store) -> None:
    await store.digests.save_pages([(PageKey("file:1", "x", {}), [make_digest("Topic A")])], NOW)
    await store.digests.define_topics([Topic("a", "Topic A")])
    assert [(topic.slug, number) for topic, _, number in await store.digests.list_topics()] == [("a", 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_a_new_database_is_its_owners_alone_and_an_older_one_is_left_as_it_is(tmp_path: Path) -> None:
    def list_modes(folder: Path) -> dict[str, int]:
        return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}

    before = os.umask(0)
    try:
        for name, made, mode in (("new/deep", False, 0o600), ("old", True, 0o664)):
            folder = tmp_path / name
            if made:
                folder.mkdir(0o775)
                os.close(os.open(folder / "a.db", os.O_CREAT, 0o664))
            database = Database(build_sqlite_url(folder / "a.db"))
            with hold_process_lock(database):
                await migrate(database)
                async with database.write(), database.read():
                    modes = list_modes(folder)
            await database.close()
            assert {modes.pop(f"a.db{suffix}") for suffix in (".lock", ".pid")} == {0o600}
            assert set(modes) == {"a.db", "a.db-wal", "a.db-shm"}
            assert set(modes.values()) == {mode}
            assert folder.stat().st_mode & 0o777 == (0o775 if made else 0o700)
        assert list_modes(tmp_path)["new"] == 0o700
    finally:
        os.umask(before)
