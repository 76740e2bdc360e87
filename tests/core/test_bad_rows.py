"""One bad row is one bad row: whatever a column of any table holds, everybody else gets their digest."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Integer, Table, Time, insert

from digestbot.app import App, open_app
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import IncomingMessage
from digestbot.doctor import iter_findings
from digestbot.domain.subscription import Address
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.database import sound_rows
from digestbot.store.database.sql_datetime import UtcDateTime
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.digests.builds import Usage
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import (
    announcement_days,
    announcements,
    asked_questions,
    failed_works,
    metadata,
    paper_answers,
    paper_lookups,
    paper_paragraphs,
    paper_summaries,
    paper_texts,
    quota_uses,
    sent_pdfs,
)
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform
from tests.places import TIMES

HONEST = ("ada", "bo")
BAD_TEXT = "\x00 nonsense"
BAD_VALUES: dict[type, tuple[object, ...]] = {
    UtcDateTime: ("2026-13-45 25:61:00.000000",),
    DateTime: ("2026-13-45 25:61:00.000000",),
    Date: ("2026-02-31",),
    Time: ("25:00:00.000000",),
    JSON: ("{", "[[1]]"),
    Boolean: ("nonsense",),
    Integer: ("nonsense", -1),
}
QUIET = ("builds", "drafts", "spending", "callback_tokens", "saved_papers", "pages", "leases", "key_values",
         "publications", "told_problems", "announcement_days", "announcements", "quota_uses", "paper_lookups",
         "paper_texts", "paper_paragraphs", "paper_answers", "asked_questions", "sent_pdfs",
         "failed_works")  # fmt: skip
"""Tables that a morning hardly reads: one value a column, as for all in the short form."""
SPOKEN_OF = ("topics", "digests", "entries", "papers")
"""Tables that the answers to everybody's commands are made of."""
BAD_NAMES = {
    ("schedules", "timezone"): "localtime",
    ("schedules", "days"): "9x",
    ("subscribers", "timezone"): "Mars/Base",
}


MEANT = {("subscriptions", "filter"): "author:"}
"""Columns where any words mean something, with what means nothing there."""


def list_bad_values(column: Column[Any]) -> list[object]:
    """What a column may hold and must not."""
    if meaningless := MEANT.get((column.table.name, column.name)):
        return [meaningless]
    kinds = next((values for kind, values in BAD_VALUES.items() if isinstance(column.type, kind)), (BAD_TEXT,))
    if column.foreign_keys:
        kinds = (999_999,)
    named = BAD_NAMES.get((column.table.name, column.name))
    values = [*([named] if named else []), *kinds, *([None] if column.nullable else [])]
    return values if TIMES > 1 and column.table.name not in QUIET else values[:1]


def iter_cases() -> Iterator[tuple[str, str, object]]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.primary_key and isinstance(column.type, Integer) and not column.foreign_keys:
                continue  # SQLite takes nothing else there
            for value in list_bad_values(column):
                yield table.name, column.name, value


async def load_digest(app: App, topic: str, day: str, number: str) -> None:
    key = PageKey(f"{topic}/{day}", day, {})
    digest = make_digest(topic, day, [make_entry(number, title=f"{topic} measured")])
    await app.store.digests.save_pages([(key, [digest])], app.clock.now())


async def say(app: App, chat: str, text: str) -> bool:
    return (await app.dispatcher.handle_message(IncomingMessage(Address("console", chat), text, "en"))).card.ok


def open_bot(file: Path, clock: ManualClock) -> Any:
    return open_app(load_settings(database_url=build_sqlite_url(file), delivery_jitter_seconds=0, topics=[]), clock)


async def fill(file: Path, clock: ManualClock) -> None:
    """Honest readers of one topic, and Eve with a topic, a time and a delivery under way of her own."""
    async with open_bot(file, clock) as app:
        await load_digest(app, "Topic A", "2026-11-23", "2611.00001")
        await load_digest(app, "Eve's topic", "2026-11-22", "2611.00091")
        for chat in HONEST:
            assert await say(app, chat, "/subscribe topic-a 10:00")
        assert await say(app, "eve", "/subscribe eve-s-topic 09:30 mon-fri")
        assert await say(app, "eve", "/save 2611.00091")
        assert await say(app, "eve", "/latest eve-s-topic")
        clock.set("2026-11-24 09:30")
        platform = RecordingPlatform()
        await app.build_delivery_service([platform]).run_cycle()
        assert len(platform.sent) == 3
        clock.set("2026-11-24 10:00")
        await plan_deliveries(app.store, clock.now(), PlanningPolicy(timedelta(0)))
        await load_digest(app, "Topic A", "2026-11-24", "2611.00002")
        await load_digest(app, "Eve's topic", "2026-11-23", "2611.00092")
        await load_digest(app, "Eve's topic", "2026-11-24", "2611.00093")
        await app.store.leases.acquire("sender console", "eve", "here", 15)
        await app.store.callback_tokens.save({"token": "search one"}, clock.now())
        await app.store.builds.settle_usage(clock.now().date(), Usage(), [("model", Usage(1, 1, 1, 1))])
        await app.store.key_values.get_database_id()
        await app.store.publications.add(Address("discord", "1", "2"), "7", clock.now())
        eve = await app.subscriptions.find(Address("console", "eve"))
        assert eve
        await app.store.told_problems.record(eve.id, "a reason", clock.now(), timedelta(0))
        assert await app.store.request_paces.take_turn("arxiv", "eve", 3, 60) is None
        await app.store.builds.save_first_sightings(["10.1/x"], clock.now())
        await app.store.builds.save_draft("key", "2611.00091", 1, {}, clock.now())
        await app.store.builds.mark_finished("eve-s-topic", clock.now().date(), 1, clock.now())
        await announce(app, clock)
        await ask_about_papers(app, clock, eve.id)
        clock.set("2026-11-25 09:30")
        await plan_deliveries(app.store, clock.now(), PlanningPolicy(timedelta(0)))


async def announce(app: App, clock: ManualClock) -> None:
    """A day's announcement, of Eve's newest paper."""
    day, now = clock.now().date(), clock.now()
    entry = await app.store.digests.get_paper("2611.00093")
    assert entry
    values = {"archives": {"cs": [1, 1]}, "state": "complete", "problem": "", "tried_at": now, "completed_at": now}
    async with app.store.database.write() as connection:
        await connection.execute(insert(announcement_days).values(day=day, **values))
        await connection.execute(insert(announcements).values(day=day, paper_id=entry.paper_id, kind="new"))


async def ask_about_papers(app: App, clock: ManualClock, eve: int) -> None:
    """What is kept of a paper that was looked up, summarised and asked about, and of a PDF that was sent."""
    day, now = clock.now().date(), clock.now()
    entry = await app.store.digests.get_paper("2611.00093")
    assert entry
    place = {"platform": "console", "chat": "eve", "thread": ""}
    lists: dict[str, Any] = {name: [] for name in ("takeaways", "sections", "flags", "figures")}
    paper = {"paper": "2611.00093"}
    rows: tuple[tuple[Table, dict[str, Any]], ...] = (
        (quota_uses, {"platform": "console", "chat": "eve", "day": day, "uses": 1}),
        (paper_lookups, {**paper, "holder": "eve", "held_until": now, "missing_at": now}),
        (paper_summaries, {"paper_id": entry.paper_id, "language": "en", "version": 1, "headline": "It is so.",
                           "basis": "html", "writer": "", "made_at": now} | lists),
        (paper_texts, {"id": 1, **paper, "version": 1, "basis": "html", "read_at": now, "used_at": now}),
        (paper_paragraphs, {"text_id": 1, "position": 1, "section": "Part", "body": "Words.", "page": 0,
                            "next_page_at": 0, "tokens": "words"}),
        (failed_works, {"name": "summary 2611.00093v1 en", "failed_at": now}),
        (paper_answers, {"key": "k", **paper, "answer": {}, "made_at": now}),
        (asked_questions, {**place, **paper, "person": "eve", "question": "why?", "said": "So.", "asked_at": now}),
        (sent_pdfs, {"token": "t", "subscriber_id": eve, "fingerprint": "f", "language": "en", "file_name": "a.pdf",
                     "title": "A", "page_count": 1, "arxiv_id": "", "summary": {}, "sections": [], "sent_at": now}),
    )  # fmt: skip
    async with app.store.database.write() as connection:
        for table, values in rows:
            await connection.execute(insert(table).values(**values))


def damage(template: Path, file: Path, table: str, column: str, value: object) -> None:
    """Restore the database, and write a bad value into Eve's row, or into one that is nobody's."""
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(file)) as connection:
        source.backup(connection)
        connection.isolation_level = None
        where = {
            "subscribers": "chat = 'eve'",
            "topics": "slug = 'eve-s-topic'",
            "schedules": "days = '01234'",
            "subscriptions": "subscriber_id = (SELECT id FROM subscribers WHERE chat = 'eve')",
            "outbox": "state = 'due'",
            "digests": "date = '2026-11-24' AND topic_id = 2",
            "entries": "digest_id = 5",
            "papers": "arxiv_id = '2611.00093'",
            "pages": "id = 5",
            "spending": "model = 'model'",
            "undo_steps": "id = (SELECT max(id) FROM undo_steps)",
        }.get(table, "true")
        changed = connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
        assert changed.rowcount, table


async def run_morning(app: App, *, with_commands: bool) -> tuple[list[str], bool, list[str]]:
    """A morning: what goes wrong for the honest, whether Eve is served, and what is said about bad rows."""
    platform = RecordingPlatform()
    with structlog.testing.capture_logs() as logs:
        await app.build_delivery_service([platform]).run_cycle()
        answers = [await say(app, "ada", text) for text in ("/topics", "/latest topic-a") if with_commands]
    received = [address.chat for address, card in platform.sent if card.topic == "topic-a"]
    problems = [f"{chat} got {received.count(chat)}" for chat in HONEST if received.count(chat) != 1]
    problems += ["an honest command failed"] * (not all(answers))
    said = [str(line) for line in logs if line["log_level"] in ("warning", "error")]
    if await app.store.outbox.drop_orphans(app.clock.now()):
        said.append("planned anew")
    return problems, any(address.chat not in HONEST for address, _ in platform.sent), said


async def try_case(app: App, *, with_commands: bool) -> list[str]:
    """What is wrong with a morning on a damaged database."""
    problems, is_served, said = await run_morning(app, with_commands=with_commands)
    if problems or is_served or said:
        return problems
    findings = [
        finding
        async for finding in iter_findings(app.settings, app.clock.now() + timedelta(hours=1))
        if not finding.is_ok
    ]
    subjects = {"schedules", "deliveries", "paused chats", "digests"}
    return [] if subjects & {finding.subject for finding in findings} else ["Eve got nothing, and nobody says why"]


async def try_all(template: Path, file: Path) -> dict[str, object]:
    """What is wrong, by case; one bot for all of them, since it compiles its statements once."""
    failed: dict[str, object] = {}
    shutil.copy(template, file)
    async with open_bot(file, ManualClock("2026-11-25 10:00")) as app:
        for table, column, value in iter_cases():
            sound_rows._reported.clear()
            damage(template, file, table, column, value)
            try:
                problems = await try_case(app, with_commands=table in SPOKEN_OF)
            except Exception as error:  # noqa: BLE001  # to see all cases
                problems = [repr(error)]
            if problems:
                failed[f"{table}.{column} = {value!r}"] = problems
    return failed


async def test_whatever_a_column_holds_everybody_else_gets_theirs(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.worker._MAX_IN_FLIGHT", 4)  # as many are enough for three readers
    template = tmp_path / "template.db"
    shutil.copy(migrated_file, template)
    await fill(template, ManualClock("2026-11-23 09:00"))
    failed = await try_all(template, tmp_path / "case.db")
    assert not failed, "\n".join(f"{case}: {problems}" for case, problems in failed.items())
