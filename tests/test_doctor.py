"""What ``digestbot doctor`` finds: each thing that can be wrong, what it says to do, and where nothing is wrong."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.doctor import Finding, iter_findings
from digestbot.domain.delivery import DeliveryState, mark_dropped, mark_failed
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import StoreError
from digestbot.settings import Settings, build_sqlite_url, load_settings
from digestbot.store import Database, Store
from digestbot.store.database.process_lock import hold_process_lock
from digestbot.store.digests.builds import Usage
from digestbot.store.upkeep.migrate import HEAD_REVISION
from tests.builder.endpoint import open_endpoint
from tests.fakes import ManualClock
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.postgresql import PostgreSql
from tests.store.test_leases import shift_leases

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MODEL: dict[str, Any] = {"api_keys": {"openai": "sk-key"}, "models": [{"name": "small-model"}]}
LOOPS = {"title": "Loops", "queries": ["abs:loops"]}


async def list_findings(
    settings: Settings, now: datetime = NOW, *, asks_others: bool = True
) -> dict[str, list[Finding]]:
    """The findings by their subjects."""
    findings: dict[str, list[Finding]] = {}
    async for finding in iter_findings(settings, now, asks_others=asks_others):
        findings.setdefault(finding.subject.partition(" /")[0], []).append(finding)
        assert bool(finding.remedy) or finding.is_ok, finding
    return findings


async def get_finding(settings: Settings, subject: str, now: datetime = NOW, *, asks_others: bool = True) -> Finding:
    [finding] = (await list_findings(settings, now, asks_others=asks_others))[subject]
    return finding


# The database


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        (None, "is not there yet", "“digestbot load PATH” makes it"),
        (b"", "is empty", "“digestbot db migrate”"),
        (b"no database" * 100, "", "run doctor again"),
    ],
)
async def test_a_database_that_cannot_be_used_is_all_that_is_told_of_it(
    tmp_path: Path, content: bytes | None, says: str, remedy: str
) -> None:
    file = tmp_path / "other.db"
    if content is not None:
        file.write_bytes(content)  # a few bytes
    findings = await list_findings(load_settings(database_url=build_sqlite_url(file)))
    [database] = findings["database"]
    assert not database.is_ok
    assert says in database.text
    assert remedy in database.remedy
    assert set(findings) == {"database", "platforms", "admin chat"}
    assert file.exists() == (content is not None)  # it changes nothing


async def test_tables_of_an_older_version_are_told_and_left(settings: Settings, tmp_path: Path) -> None:
    assert (await get_finding(settings, "database")).text == f"can be read, revision {HEAD_REVISION}"
    with sqlite3.connect(tmp_path / "test.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    database = await get_finding(settings, "database")
    assert (database.is_ok, database.text) == (False, f"has revision 0001, this version {HEAD_REVISION}")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
async def test_tables_of_a_newer_version_ask_for_a_newer_digestbot(settings: Settings, store: Store) -> None:
    async with store.database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    findings = await list_findings(settings)
    [database] = [found for subject, [found, *_] in findings.items() if subject.startswith("database")]
    assert (database.is_ok, database.text) == (False, f"has revision 9999, this version {HEAD_REVISION}")
    assert database.remedy.startswith("update digestbot")
    assert "deliveries" not in findings


def damage_table(file: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(file)) as connection:
        page, size = connection.execute(
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = ?", (table,)
        ).fetchone()
    with file.open("r+b") as content:
        content.seek((page - 1) * size)
        content.write(b"\xff" * size)


def set_mode(path: Path, mode: int) -> None:
    path.chmod(mode)


def read_mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_what_other_users_of_the_machine_may_do_is_told_and_left(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "test.db"
    set_mode(tmp_path, 0o700)
    set_mode(file, 0o600)
    assert not {"file mode", "folder mode"} & (await list_findings(settings)).keys()
    for mode in (0o640, 0o604, 0o660, 0o644):
        set_mode(file, mode)
        found = await get_finding(settings, "file mode")
        assert (found.is_ok, found.remedy) == (False, f"chmod 600 {file}")
        assert f"(mode 0{mode:o})" in found.text
        assert read_mode(file) == mode
    for mode, is_ok in ((0o755, True), (0o711, True), (0o777, False), (0o770, False), (0o1777, True)):
        set_mode(tmp_path, mode)
        assert (await get_finding(settings, "folder mode")).is_ok is is_ok
        assert read_mode(tmp_path) == mode


async def test_a_damaged_file_is_told_with_what_was_found_and_what_to_do(settings: Settings, app: App) -> None:
    await app.store.close()
    file = app.store.database.file
    assert file
    notes: list[str] = []
    well = [finding async for finding in iter_findings(settings, NOW, notes.append)]
    [undamaged] = [finding for finding in well if finding.subject == "database file"]
    assert undamaged.is_ok
    assert re.fullmatch(r"is undamaged \(quick_check took \d+\.\d s\)", undamaged.text)
    assert notes == []
    damage_table(file, "entries")
    findings = await list_findings(settings)
    [damaged] = findings["database file"]
    assert not damaged.is_ok
    assert re.match(r"is damaged \(quick_check took \d+\.\d s\): \S", damaged.text)
    assert "digestbot db restore PATH" in damaged.remedy
    assert "deliveries" not in findings  # what a damaged file says of them is worth nothing


async def test_before_a_big_file_is_read_it_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digestbot.doctor._BIG_FILE_BYTES", 1)
    notes: list[str] = []
    async for _ in iter_findings(settings, NOW, notes.append):
        pass
    [note] = notes
    assert note.startswith("reading all ")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_server_that_can_only_be_read_is_named(settings: Settings, postgresql: PostgreSql) -> None:
    with postgresql.run_as_standby():
        standby = await get_finding(settings, "database")
        store = Store(Database(settings.effective_database_url))
        with pytest.raises(StoreError, match="cannot be written: it is a standby"):
            await store.key_values.set("x", "y")
        await store.close()
    assert (standby.is_ok, standby.text) == (False, "cannot be written: it is a standby of another server")
    assert "name the primary" in standby.remedy
    name = settings.effective_database_url.split("?")[0].rsplit("/", 1)[1]
    postgresql.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    read_only = await get_finding(settings, "database")
    assert (read_only.is_ok, "default_transaction_read_only" in read_only.text) == (False, True)


# Processes


async def test_it_tells_whether_the_bot_runs_on_the_file(settings: Settings, store: Store) -> None:
    with hold_process_lock(store.database):
        running = await get_finding(settings, "process")
    assert running.is_ok
    assert running.text.startswith("the bot runs, process ")
    idle = await get_finding(settings, "process")
    assert (idle.is_ok, idle.text) == (True, "the bot does not run; “digestbot chat” needs none")
    with_topic = settings.model_copy(update={"topics": load_settings(topics=[LOOPS]).topics})
    ended = await get_finding(with_topic, "process")
    assert (ended.is_ok, ended.text, ended.remedy) == (False, "the bot does not run", "start it: digestbot run")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_on_a_server_it_tells_which_processes_run_and_whether_one_sends(settings: Settings, store: Store) -> None:
    await store.leases.acquire("gateway telegram", "a", "here, process 1", 60)
    alone = await get_finding(settings, "processes")
    assert (alone.is_ok, alone.text) == (False, "no sender runs")
    assert alone.remedy == "start one: digestbot run --role sender"
    await store.leases.acquire("sender telegram", "b", "there, process 2", 60)
    both = await get_finding(settings, "processes")
    assert both.is_ok
    assert set(both.text.split("; ")) == {
        "gateway telegram by here, process 1",
        "sender telegram by there, process 2",
    }
    await shift_leases(store, -61_000)
    assert not (await get_finding(settings, "processes")).is_ok


# Digests and chats


async def test_it_tells_of_digests_and_chats(settings: Settings, empty_app: App) -> None:
    nothing = await list_findings(settings)
    assert [(f.is_ok, f.text) for f in nothing["digests"] + nothing["chats"]] == [
        (False, "none is loaded"),
        (True, "none yet"),
    ]
    for day in ("2026-11-20", "2026-11-22", "2026-11-21"):
        await load_digest(empty_app, day=day)
    await load_digest(empty_app, day="2026-11-19", topic="Topic B")
    for platform, chat in (("telegram", "1"), ("telegram", "2"), ("discord", "1")):
        await empty_app.store.subscribers.get_or_create(Address(platform, chat), Preferences())
    told = await list_findings(settings)
    assert [(f.is_ok, f.text) for f in told["digests"] + told["chats"]] == [
        (True, "4 in 2 topics, the newest of 2026-11-22"),
        (True, "1 on discord, 2 on telegram"),
    ]
    assert "paused chats" not in told
    await load_digest(empty_app, day="2027-11-24")
    assert [f.text for f in (await list_findings(settings))["digests"]] == [
        "4 in 2 topics, the newest of 2026-11-22",
        "1 of topic-a dated in the future, up to 2027-11-24: delivered when their day comes",
    ]


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("Forbidden: bot was blocked by the user", "the person blocked the bot; nothing to do"),
        ("Forbidden: bot was kicked from the group chat", "invite the bot again; it goes on by itself"),
        ("Bad Request: chat Not Found", "the chat is gone; nothing to do"),
        ("not enough permission to post", "give the bot the permission in that channel; it goes on by itself"),
        ("the bot lacks Send Messages", "give the bot the permission in that channel; it goes on by itself"),
        ("something unheard of", "“digestbot deliveries --failed” lists them; --retry sends them again"),
    ],
)
async def test_a_paused_chat_is_told_with_what_to_do(
    settings: Settings, empty_app: App, reason: str, remedy: str
) -> None:
    store = empty_app.store.subscribers
    for chat, why in (("1", reason), ("2", reason), ("3", "by request")):
        await store.pause((await store.get_or_create(Address("telegram", chat), Preferences())).id, why)
    paused = await get_finding(settings, "paused chats")
    assert (paused.is_ok, paused.text, paused.remedy) == (False, f"2 on telegram: {reason}", remedy)


# Deliveries


async def add_due_delivery(app: App, clock: ManualClock, **ago: float) -> None:
    """A delivery on Telegram that became due so long before now."""
    moment = NOW - timedelta(**ago)
    clock.moment = moment
    await load_digest(app)
    assert (
        await app.dispatcher.handle_message(IncomingMessage(Address("telegram", "1"), "/subscribe topic-a"))
    ).card.ok
    who = await app.subscriptions.find(Address("telegram", "1"))
    assert who
    assert await app.store.outbox.plan_now(who.id, moment) == 1
    clock.moment = NOW


@pytest.mark.parametrize(("minutes", "stuck"), [(1, False), (29, False), (31, True)])
async def test_what_waits_is_told_and_is_wrong_once_nobody_takes_it(
    settings: Settings, empty_app: App, clock: ManualClock, minutes: int, stuck: bool
) -> None:
    assert (await get_finding(settings, "deliveries")).text == "nothing is waiting"
    await add_due_delivery(empty_app, clock, minutes=minutes)
    waiting = await get_finding(settings, "deliveries")
    since = f"{NOW - timedelta(minutes=minutes):%Y-%m-%d %H:%M}"
    text = f"1 wait on telegram, the oldest since {since} UTC"
    assert (waiting.is_ok, waiting.text) == (not stuck, f"{text}; 1 are stuck" if stuck else text)
    assert waiting.remedy == ("is a sender running, with a token for telegram? The log says what it waits for") * stuck


@pytest.mark.parametrize(
    ("state", "reason", "remedy"),
    [
        (DeliveryState.DROPPED, "too late: it was due at …", "see why it could not get out in time"),
        (DeliveryState.DROPPED, "the chat is paused: by request", "/resume in that chat"),
        (DeliveryState.FAILED, "it may have arrived", "by setting it is not sent again"),
        (DeliveryState.FAILED, "a BUG in the bot: KeyError", "please report it with the log's lines"),
        (DeliveryState.FAILED, "Bad Request: message is too long", "“digestbot deliveries --failed” lists them"),
    ],
)
async def test_what_was_given_up_in_the_last_week_is_told_with_what_to_do(
    settings: Settings, empty_app: App, clock: ManualClock, state: DeliveryState, reason: str, remedy: str
) -> None:
    await add_due_delivery(empty_app, clock, minutes=10)
    [claimed] = await empty_app.store.outbox.claim("telegram", NOW, timedelta(seconds=30), 1)
    give_up = mark_dropped if state is DeliveryState.DROPPED else mark_failed
    await empty_app.store.outbox.apply_updates([give_up(claimed, NOW, reason)])
    for later, told in ((timedelta(), True), (timedelta(days=7), True), (timedelta(days=7, seconds=1), False)):
        findings = (await list_findings(settings, NOW + later))["deliveries"]
        assert findings[0] == Finding(True, "deliveries", "nothing is waiting")
        assert len(findings) == (2 if told else 1)
        for finding in findings[1:]:
            assert not finding.is_ok
            assert finding.text == f"1 {state} on telegram: {reason} (last {NOW:%Y-%m-%d %H:%M} UTC)"
            assert finding.remedy.startswith(remedy)


# Digests that are made here


async def test_where_nothing_is_made_here_the_builder_is_not_spoken_of(settings: Settings) -> None:
    assert not [subject for subject in await list_findings(settings) if "builder" in subject or "models" in subject]


@pytest.mark.parametrize(
    ("own", "well"),
    [
        (MODEL, True),
        ({}, False),
        (MODEL | {"daily_token_limit": 0}, False),
        ({"models": [{"name": "small-model"}]}, False),
        ({"models": [{"name": "small-model", "base_url": "http://127.0.0.1:1"}]}, True),
    ],
)
async def test_it_tells_whether_a_model_can_be_asked_and_what_today_cost(
    settings: Settings, store: Store, own: dict[str, Any], well: bool
) -> None:
    yesterday = NOW.date() - timedelta(days=1)
    await store.builds.settle_usage(NOW.date(), Usage(), [("small-model", Usage(1, 1_200, 34, 560_000))])
    await store.builds.settle_usage(yesterday, Usage(), [("small-model", Usage(1, 9_000, 9_000, 9_000_000))])
    chosen = settings.model_copy(update={"topics": load_settings(topics=[LOOPS]).topics})
    chosen.builder = load_settings(builder=own).builder
    models = await get_finding(chosen, "models", asks_others=False)
    assert models.is_ok == well
    if well:
        assert models.text == "small-model; today 1,234 tokens of 2,000,000, $0.56 of $5.00"
        assert await store.builds.reserve_usage(NOW.date(), Usage(3, 700, 66, 40_000), lambda _: True)
        asking = (await get_finding(chosen, "models", asks_others=False)).text
        assert asking.startswith("small-model; today 2,000 tokens of 2,000,000, $0.60 of $5.00 (766 of the tokens")
    else:
        assert "set its key, such as DIGESTBOT_BUILDER__API_KEYS__OPENAI" in models.remedy


async def test_each_model_is_asked_one_question_unless_nobody_is_to_be_asked(settings: Settings) -> None:
    chosen = settings.model_copy(update={"topics": load_settings(topics=[LOOPS]).topics})
    async with open_endpoint() as endpoint:
        model = {"name": "small-model", "base_url": endpoint.url, "account": "own"}
        chosen.builder = load_settings(builder={"models": [model], "api_keys": {"own": endpoint.key}}).builder
        answered = await get_finding(chosen, "model answers")
        assert (answered.is_ok, answered.text) == (True, "small-model answered one short question")
        asked_count = len(endpoint.asked)
        skipped = await get_finding(chosen, "model answers", asks_others=False)
        assert (skipped.is_ok, skipped.text) == (True, "not asked (--offline)")
        assert len(endpoint.asked) == asked_count == 1
    silent = await get_finding(chosen, "model answers")
    assert not silent.is_ok
    assert "small-model" in silent.text
    assert "[[builder.models]]" in silent.remedy


@pytest.mark.parametrize("missing", ["pydantic_ai", "feedparser"])
async def test_an_extra_that_is_not_there_is_told(
    settings: Settings, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings.model_copy(update={"topics": load_settings(topics=[LOOPS]).topics})
    assert "builder" not in await list_findings(chosen)
    monkeypatch.setitem(sys.modules, missing, None)  # as Python sees what is not installed
    builder = await get_finding(chosen, "builder")
    assert (builder.is_ok, "digestbot[build]" in builder.remedy) == (False, True)


@pytest.mark.parametrize(
    ("timezone", "last", "now", "well"),
    [
        ("UTC", None, "06:59", True),
        ("UTC", None, "07:00", False),
        ("UTC", "2026-11-24", "23:00", True),
        ("UTC", "2026-11-23", "06:59", True),
        ("UTC", "2026-11-23", "07:00", False),
        ("Asia/Shanghai", "2026-11-23", "16:30", True),  # there it is half past midnight of the 25th
        ("Asia/Shanghai", "2026-11-24", "22:59", True),
        ("Asia/Shanghai", "2026-11-24", "23:00", False),
        ("America/Los_Angeles", "2026-11-23", "07:00", True),  # there it is still the 23rd
    ],
)
async def test_a_topics_digest_is_behind_an_hour_after_its_time_in_the_bots_timezone(
    settings: Settings, store: Store, timezone: str, last: str | None, now: str, well: bool
) -> None:
    if last:
        await store.builds.mark_finished("loops", date.fromisoformat(last), 3, NOW)
    topics = load_settings(topics=[LOOPS]).topics
    chosen = settings.model_copy(update={"topics": topics, "timezone": timezone})
    made = await get_finding(chosen, "builder loops", datetime.fromisoformat(f"2026-11-24T{now}:00+00:00"))
    text = f"last made of {last}, 3 papers" if last else "never made"
    assert (made.is_ok, made.text) == (well, f"{text}; every day at 06:00" if well else f"{text}, and not today")
    assert ("digestbot build loops" in made.remedy) == (not well)


# Platforms


async def test_a_missing_token_is_trouble_only_where_chats_wait(empty_app: App, settings: Settings) -> None:
    alone = await get_finding(settings, "platforms")
    assert alone.is_ok
    assert "DIGESTBOT_TELEGRAM__TOKEN or DIGESTBOT_DISCORD__TOKEN adds another" in alone.text
    await empty_app.subscriptions.get_or_create(Address("console", "local"), "en")
    assert (await get_finding(settings, "platforms")).is_ok
    await empty_app.subscriptions.get_or_create(Address("telegram", "1"), "en")
    waiting = await get_finding(settings, "platforms")
    assert (waiting.is_ok, waiting.text) == (False, "no token is set, and chats wait: 1 on telegram")
    assert waiting.remedy == "set DIGESTBOT_TELEGRAM__TOKEN or DIGESTBOT_DISCORD__TOKEN"


async def test_a_token_is_not_tried_where_nobody_is_to_be_asked(settings: Settings) -> None:
    url = settings.effective_database_url
    chosen = load_settings(database_url=url, telegram={"token": TOKEN, "api_url": "http://127.0.0.1:1"})
    skipped = await get_finding(chosen, "telegram token", asks_others=False)
    assert (skipped.is_ok, skipped.text) == (True, "not asked (--offline)")


async def test_a_token_is_tried_and_a_platform_that_does_not_answer_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "4242:AAanother-token-that-is-wrong"
    async with BotApi() as api:
        for token, well, says in ((TOKEN, True, "is taken"), (wrong, False, "refuses this token")):
            chosen = load_settings(
                database_url=settings.effective_database_url, telegram={"token": token, "api_url": api.url}
            )
            findings = await list_findings(chosen)
            [tried] = findings["telegram token"]
            assert (tried.is_ok, says in tried.text) == (well, True)
            assert token not in str(findings)
            assert "platforms" not in findings
    silent = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    async with silent:
        monkeypatch.setattr("digestbot.doctor._CONNECT_TIMEOUT_SECONDS", 0.1)
        url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        chosen = load_settings(database_url=settings.effective_database_url, telegram={"token": TOKEN, "api_url": url})
        tried = await get_finding(chosen, "telegram token")
    assert (tried.is_ok, tried.text) == (False, "telegram did not answer in 0.1 s")


async def test_who_hears_of_trouble_is_asked_for_once_it_is_nobody(settings: Settings) -> None:
    nobody = await get_finding(settings, "admin chat")
    assert (nobody.is_ok, "DIGESTBOT_ADMIN_CHAT=telegram:" in nobody.text) == (True, True)
    assert "admin chat" not in await list_findings(settings.model_copy(update={"admin_chat": "telegram:1"}))
