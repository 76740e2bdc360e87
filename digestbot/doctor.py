"""``digestbot doctor``: checks the installation and says how to fix what is wrong. It changes nothing."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from digestbot.core.schedule import find_next_due
from digestbot.domain.arxiv.announcement import MISSED_DAYS, AnnouncementDay, DayState
from digestbot.domain.arxiv.announcement_calendar import find_due_time, find_newest_day
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.calendar import find_today
from digestbot.domain.timezones import get_timezone
from digestbot.errors import DigestbotError, MissingExtraError
from digestbot.platforms.registry import PLATFORMS
from digestbot.settings import BuilderSettings, Settings, list_overridden_settings
from digestbot.store import Database, Store
from digestbot.store.database.file_modes import (
    HAS_MODES,
    PRIVATE_FOLDER_MODE,
    can_others_write,
    find_open_files,
    read_folder_mode,
)
from digestbot.store.database.integrity import find_damage
from digestbot.store.database.process_lock import find_owner_pid
from digestbot.store.database.sqlite_file import COMPANION_SUFFIXES, find_companion
from digestbot.store.deliveries.delivery_report import FailureReason, PlatformBacklog
from digestbot.store.upkeep.migrate import HEAD_REVISION, get_revision, is_newer_revision

if TYPE_CHECKING:
    from digestbot.core.ports import RemotePlatform

_FAILURE_LOOKBACK = timedelta(days=7)
_BUILD_GRACE_PERIOD = timedelta(hours=1)
"""How long after its scheduled time a topic's digest counts as late."""
_HARVEST_GRACE_PERIOD = timedelta(hours=2)
"""How long after their time nobody need have asked for announcements."""
_MISSING_REMEDY = (
    "it is tried again by itself; arXiv answers clients better that name a contact (DIGESTBOT_BUILDER__CONTACT), and "
    "status.arxiv.org says what is wrong there"
)
_BROKEN_REMEDY = "arXiv may have changed its pages: see whether there is a newer digestbot, or report it with this line"
_CONNECT_TIMEOUT_SECONDS = 10.0
"""Timeout for a platform's answer in seconds."""
_ANSWER_TIMEOUT_SECONDS = 30.0
"""Timeout for a model's answer to one short question in seconds."""
_BIG_FILE_BYTES = 200_000_000
"""The size of a database file whose check may take more than a second or two."""
_REMEDIES = {
    "blocked": "the person blocked the bot; nothing to do",
    "kicked": "invite the bot again; it goes on by itself",
    "not found": "the chat is gone; nothing to do",
    "permission": "give the bot the permission in that channel; it goes on by itself",
    "lacks": "give the bot the permission in that channel; it goes on by itself",
    "too late": "see why it could not get out in time; “digestbot deliveries --failed --retry” sends it now",
    "paused": "/resume in that chat",
    "may have arrived": "by setting it is not sent again; “digestbot deliveries --failed --retry” does",
    "bug": "please report it with the log's lines; “digestbot deliveries --failed --retry” tries again",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``remedy`` says how to fix a problem."""

    is_ok: bool
    subject: str
    text: str
    remedy: str = ""


async def iter_findings(
    settings: Settings,
    now: datetime,
    notify: Callable[[str], None] = lambda _: None,
    *,
    asks_others: bool = True,
) -> AsyncGenerator[Finding, None]:
    """Run all checks, one after the other; ``notify`` is told before one that takes long.

    With ``asks_others`` each platform is asked about its token, and each model one short question.
    """
    for text in list_overridden_settings():
        yield Finding(True, "settings", text)
    database = Database(settings.effective_database_url)
    store = Store(database)
    try:
        can_be_read = True
        async for finding in _examine_database(database, notify):
            can_be_read = can_be_read and finding.is_ok
            yield finding
        if can_be_read:
            yield await _examine_processes(store, is_needed=_has_token(settings) or bool(settings.build_specs))
            async for finding in _examine_digests(settings, store, find_today(now)):
                yield finding
            async for finding in _examine_schedules(store, now):
                yield finding
            async for finding in _examine_announcements(settings, store, now):
                yield finding
            async for finding in _examine_builder(settings, store, now, asks_others=asks_others):
                yield finding
            async for finding in _examine_deliveries(store, now):
                yield finding
        chats = await store.report.count_subscribers() if can_be_read else {}
        async for finding in _examine_platforms(settings, store, chats, asks_others=asks_others):
            yield finding
    finally:
        await store.close()


async def _examine_database(database: Database, notify: Callable[[str], None]) -> AsyncIterator[Finding]:
    """Check that the database can be used as it is, and that a file is undamaged."""
    finding = await _examine_revision(database)
    yield finding
    if finding.is_ok and database.file:
        size = database.file.stat().st_size
        if size >= _BIG_FILE_BYTES:
            notify(f"reading all {size / 1_000_000:,.0f} MB of {database.location}, to see whether it is damaged")
        yield await _examine_integrity(database)
        if HAS_MODES:
            for finding in _examine_modes(database.file):
                yield finding


async def _examine_revision(database: Database) -> Finding:
    subject = f"database {database.location}"
    if database.file and not database.file.exists():
        return Finding(False, subject, "is not there yet", "“digestbot load PATH” makes it and loads pages")
    try:
        read_only_reason = await database.find_read_only_reason()
        current = await get_revision(database)
    except DigestbotError as error:
        return Finding(False, subject, str(error), "when that is mended, run doctor again")
    if read_only_reason:
        remedy = (
            "name the primary in DIGESTBOT_DATABASE_URL; of several hosts, target_session_attrs=read-write finds it"
        )
        return Finding(False, subject, f"cannot be written: it is {read_only_reason}", remedy)
    if current == HEAD_REVISION:
        return Finding(True, subject, f"can be read, revision {HEAD_REVISION}")
    text = f"has revision {current}, this version {HEAD_REVISION}" if current else "is empty"
    if current and is_newer_revision(current):
        remedy = "update digestbot: a newer version wrote it; or “digestbot db restore PATH” with a backup from before"
        return Finding(False, subject, text, remedy)
    return Finding(False, subject, text, "“digestbot db migrate”, or any start, brings it up to date")


async def _examine_integrity(database: Database) -> Finding:
    """Look for damage in a SQLite file: after a failing disk, or a copy made while the bot ran."""
    started_at = time.monotonic()
    try:
        damage = await find_damage(database)
    except DigestbotError as error:
        damage = [str(error)]
    seconds = time.monotonic() - started_at
    if not damage:
        return Finding(True, "database file", f"is undamaged (quick_check took {seconds:.1f} s)")
    text = f"is damaged (quick_check took {seconds:.1f} s): {damage[0]}"
    remedy = "stop the bot, and restore a backup: digestbot db restore PATH; see docs/backup.md"
    return Finding(False, "database file", text, remedy)


def _examine_modes(file: Path) -> Iterator[Finding]:
    """Look for what other users of the machine may do with a database that was not made by this version."""
    open_files = find_open_files((file, *(find_companion(file, suffix) for suffix in COMPANION_SUFFIXES)))
    for path, mode in islice(open_files, 1):  # what is beside a file has its mode, and may be gone in a moment
        text = f"{path} is open to other users of this machine (mode {mode:04o})"
        yield Finding(False, "file mode", text, f"chmod 600 {shlex.quote(str(path))}")
    folder, mode = file.absolute().parent, read_folder_mode(file)
    if can_others_write(mode):
        text = f"{folder} lets other users of this machine replace the database (mode {mode:04o})"
        yield Finding(False, "folder mode", text, f"chmod go-w {shlex.quote(str(folder))}")
    elif mode != PRIVATE_FOLDER_MODE:
        yield Finding(True, "folder mode", f"others may see the names in {folder} (mode {mode:04o})")


async def _examine_processes(store: Store, *, is_needed: bool) -> Finding:
    if store.database.is_server:
        active_leases = [
            f"{lease.name} by {lease.location}" for lease in await store.leases.list_all() if lease.is_active
        ]
        if any(name.startswith("sender") for name in active_leases):
            return Finding(True, "processes", "; ".join(active_leases))
        return Finding(False, "processes", "no sender runs", "start one: digestbot run --role sender")
    pid = find_owner_pid(store.database)
    if pid:
        return Finding(True, "process", f"the bot runs, process {pid}")
    if not is_needed:
        return Finding(True, "process", "the bot does not run; “digestbot chat” needs none")
    return Finding(False, "process", "the bot does not run", "start it: digestbot run")


async def _examine_digests(settings: Settings, store: Store, today: date) -> AsyncIterator[Finding]:
    topics = await store.digests.list_topics(today)
    latest_date = max((day for _, day, _ in topics if day), default=None)
    if latest_date is None and settings.announcements.enabled:
        yield Finding(True, "digests", "none is loaded; arXiv's new papers come to whoever follows something")
    elif latest_date is None:
        yield Finding(False, "digests", "none is loaded", "digestbot load PATH")
    else:
        count = sum(count for *_, count in topics)
        where = "1 topic" if len(topics) == 1 else f"{len(topics)} topics"
        yield Finding(True, "digests", f"{count} in {where}, the newest of {latest_date}")
    for slug, (count, latest) in sorted((await store.digests.count_after(today + timedelta(days=1))).items()):
        text = f"{count} of {slug} dated in the future, up to {latest}: delivered when their day comes"
        yield Finding(False, "digests", text, "if the date is wrong, correct the page and load it again")
    chats = await store.report.count_subscribers()
    chat_counts = ", ".join(f"{count} on {platform}" for platform, count in sorted(chats.items()))
    yield Finding(True, "chats", chat_counts or "none yet")
    for (platform, reason), count in sorted((await store.report.count_paused()).items()):
        if reason != "by request":
            yield Finding(False, "paused chats", f"{count} on {platform}: {reason}", _find_remedy(reason))


async def _examine_schedules(store: Store, now: datetime) -> AsyncIterator[Finding]:
    unsound = await store.subscribers.find_unsound_schedules(lambda schedule: find_next_due(schedule, now))
    for schedule_id, reason in unsound.items():
        text = f"row {schedule_id} of schedules cannot be planned, and whoever has it gets nothing: {reason}"
        yield Finding(False, "schedules", text, "in those chats, set the time again: /settings timezone Europe/Berlin")


async def _examine_announcements(settings: Settings, store: Store, now: datetime) -> AsyncIterator[Finding]:
    """Check that the newest announcements are there, and which days before are missing."""
    if not settings.announcements.enabled:
        return
    newest = find_newest_day(now)
    days = await store.announcements.list_days(newest - MISSED_DAYS)
    if not days:
        yield Finding(True, "announcements", "none yet: “digestbot run” harvests arXiv's every night")
        return
    yield await _describe_newest_day(store, newest, days[0], now)
    missing = [day for day in days if not day.state.is_settled and day.day != newest]
    if missing:
        text = f"{_count_days(len(missing))} not whole before that: {missing[0].day} ({missing[0].problem})"
        yield Finding(False, "announcements", text, _MISSING_REMEDY)


async def _describe_newest_day(store: Store, newest: date, day: AnnouncementDay, now: datetime) -> Finding:
    if day.day < newest:
        is_early = now < find_due_time(newest) + _HARVEST_GRACE_PERIOD
        text = f"the newest are of {day.day}, and those of {newest} are out"
        return Finding(is_early, "announcements", text, "does the bot run? “digestbot run” harvests them")
    number = await store.announcements.count_papers(day.day)
    papers = "1 paper" if number == 1 else f"{number:,} papers"
    texts = {
        DayState.COMPLETE: f"{day.day} is complete: {papers}",
        DayState.QUIET: f"{day.day} is quiet: arXiv announced nothing",
        DayState.OPEN: f"{day.day} is on its way, with {papers} so far: {day.problem}",
        DayState.LATE: f"{day.day} is late, with {papers} so far: {day.problem}",
        DayState.BROKEN: f"{day.day} cannot be read: {day.problem}",
    }
    is_ok = day.state.is_settled or day.state is DayState.OPEN
    remedy = _BROKEN_REMEDY if day.state is DayState.BROKEN else _MISSING_REMEDY
    return Finding(is_ok, "announcements", texts[day.state], remedy)


def _count_days(count: int) -> str:
    return "1 day is" if count == 1 else f"{count} days are"


async def _examine_builder(
    settings: Settings, store: Store, now: datetime, *, asks_others: bool
) -> AsyncIterator[Finding]:
    """Check whether digests can be built, today's usage, and which topics are late."""
    builder_settings, specs = settings.builder, settings.build_specs
    if not specs:
        return
    if find_spec("pydantic_ai") is None or find_spec("feedparser") is None:
        remedy = MissingExtraError("making digests", "build").remedy
        yield Finding(False, "builder", "the extra “build” is not installed", remedy)
    names = ", ".join(model.name for model in builder_settings.list_usable_models())
    if names and builder_settings.daily_token_limit:
        usage = await store.builds.get_usage(now.date())
        text = f"{names}; today {usage.tokens:,} tokens of {builder_settings.daily_token_limit:,}, ${usage.dollars:.2f}"
        text += f" of ${builder_settings.daily_cost_limit_usd:.2f}"
        reserved = await store.builds.get_reserved_usage(now.date())
        if reserved.tokens:
            text += f" ({reserved.tokens:,} of the tokens reserved for what is being asked, or was when a build ended)"
        yield Finding(True, "models", text)
        yield await _examine_answers(builder_settings, names) if asks_others else _skip("model answers")
    else:
        remedy = "name one under [[builder.models]], and set its key, such as DIGESTBOT_BUILDER__API_KEYS__OPENAI"
        yield Finding(False, "models", "none has a key, so summaries are the beginnings of abstracts", remedy)
    for spec in specs:
        yield await _examine_last_build(spec, store, now.astimezone(get_timezone(settings.timezone)))


async def _examine_answers(builder_settings: BuilderSettings, names: str) -> Finding:
    """Ask each model one short question, as ``digestbot init`` does."""
    subject = "model answers"
    patience = min(builder_settings.timeout_seconds, _ANSWER_TIMEOUT_SECONDS)
    try:
        from digestbot.builder.models.model_writer import ModelWriter  # noqa: PLC0415  # late: the clients take two seconds
    except ImportError:
        return Finding(True, subject, "not asked: the extra “build” is not installed")
    chosen = builder_settings.model_copy(update={"timeout_seconds": patience})
    writer = ModelWriter(chosen, chosen.list_usable_models())
    try:
        async with asyncio.timeout(patience * len(chosen.models)):
            problems = await writer.find_silent_models()
    except TimeoutError:
        problems = [f"no answer in {patience * len(chosen.models):g} s"]
    finally:
        await writer.close()
    if not problems:
        return Finding(True, subject, f"{names} answered one short question")
    remedy = "see whether its name, key and base_url under [[builder.models]] are right, and its server is up"
    return Finding(False, subject, "; ".join(problems), remedy)


def _skip(subject: str) -> Finding:
    return Finding(True, subject, "not asked (--offline)")


async def _examine_last_build(spec: BuildSpec, store: Store, now: datetime) -> Finding:
    """Check that a topic's digest of the day exists when it is due; ``now`` is in the bot's timezone."""
    last_build = await store.builds.get_last_build(spec.topic.slug)
    subject = f"builder {spec.topic.slug}"
    text = f"last made of {last_build[0]}, {last_build[1]} papers" if last_build else "never made"
    due_at = datetime.combine(now.date(), spec.build_at, now.tzinfo) + _BUILD_GRACE_PERIOD
    if now < due_at or (last_build and last_build[0] >= now.date()):
        return Finding(True, subject, f"{text}; every day at {spec.build_at:%H:%M}")
    remedy = f"does the bot run? “digestbot build {spec.topic.slug}” makes it now, and says what is wrong"
    return Finding(False, subject, f"{text}, and not today", remedy)


async def _examine_deliveries(store: Store, now: datetime) -> AsyncIterator[Finding]:
    backlogs = await store.report.list_backlogs(now)
    for backlog in backlogs:
        yield _describe_backlog(backlog)
    if not backlogs:
        yield Finding(True, "deliveries", "nothing is waiting")
    for reason in await store.report.list_failure_reasons(now - _FAILURE_LOOKBACK):
        yield _describe_failure(reason)


def _describe_backlog(backlog: PlatformBacklog) -> Finding:
    text = f"{backlog.count} wait on {backlog.platform}, the oldest since {backlog.oldest_due_at:%Y-%m-%d %H:%M} UTC"
    if backlog.stuck_count:
        remedy = f"is a sender running, with a token for {backlog.platform}? The log says what it waits for"
        return Finding(False, "deliveries", f"{text}; {backlog.stuck_count} are stuck", remedy)
    return Finding(True, "deliveries", text)


def _describe_failure(failure: FailureReason) -> Finding:
    last_time = f"{failure.last_at:%Y-%m-%d %H:%M} UTC"
    text = f"{failure.count} {failure.state} on {failure.platform}: {failure.reason} (last {last_time})"
    return Finding(False, "deliveries", text, _find_remedy(failure.reason))


def _find_remedy(reason: str) -> str:
    lowered = reason.lower()
    remedies = (remedy for phrase, remedy in _REMEDIES.items() if phrase in lowered)
    return next(remedies, "“digestbot deliveries --failed” lists them; --retry sends them again")


async def _examine_platforms(
    settings: Settings, store: Store, chats: Mapping[str, int], *, asks_others: bool
) -> AsyncIterator[Finding]:
    if not _has_token(settings):
        yield _describe_missing_tokens(chats)
    elif asks_others:
        from digestbot.app import build_app, build_platforms  # noqa: PLC0415  # the platforms' libraries take a second

        for platform in build_platforms(build_app(settings, store)):
            yield await _examine_platform(platform)
    else:
        for spec in PLATFORMS:
            if spec.is_configured(settings):
                yield _skip(f"{spec.name} token")
    if settings.admin_address is None:
        remedy = f"DIGESTBOT_ADMIN_CHAT={PLATFORMS[0].name}: and your own number"
        yield Finding(True, "admin chat", f"none: trouble is in the log only ({remedy})")


def _has_token(settings: Settings) -> bool:
    return any(spec.is_configured(settings) for spec in PLATFORMS)


def _describe_missing_tokens(chats: Mapping[str, int]) -> Finding:
    """No token is no trouble where nobody but the terminal receives anything."""
    variables = " or ".join(spec.token_variable for spec in PLATFORMS)
    waiting = ", ".join(f"{count} on {spec.name}" for spec in PLATFORMS if (count := chats.get(spec.name)))
    if waiting:
        return Finding(False, "platforms", f"no token is set, and chats wait: {waiting}", f"set {variables}")
    return Finding(True, "platforms", f"no token is set: the terminal is the only chat ({variables} adds another)")


async def _examine_platform(platform: RemotePlatform) -> Finding:
    subject = f"{platform.name} token"
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
            await platform.connect()
        return Finding(True, subject, "is taken")
    except DigestbotError as error:
        return Finding(False, subject, str(error), "put the right one into .env, and start again")
    except TimeoutError:
        return Finding(
            False, subject, f"{platform.name} did not answer in {_CONNECT_TIMEOUT_SECONDS:g} s", "is the network up?"
        )
    finally:
        await platform.close()
