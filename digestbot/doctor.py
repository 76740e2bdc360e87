"""``digestbot doctor``: what is well, what is not, and what to do about it. It changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from zoneinfo import ZoneInfo

from digestbot.core.ports import RemotePlatform
from digestbot.domain.build_spec import BuildSpec
from digestbot.errors import DigestbotError, MissingExtraError
from digestbot.settings import Settings
from digestbot.store import Database, Store
from digestbot.store.delivery_report import FailureReason, PlatformBacklog
from digestbot.store.migrate import HEAD_REVISION, get_revision
from digestbot.store.process_lock import find_owner_pid

_LOOKS_BACK = timedelta(days=7)
_BUILT_IN = timedelta(hours=1)
"""After its hour, a topic's digest is behind."""
_REACHED_IN = 10.0
"""Seconds that a platform has to answer."""
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
    """One thing that was looked at: ``remedy`` says what to do where it is not well."""

    well: bool
    subject: str
    text: str
    remedy: str = ""


async def examine(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Look at everything, one after the other."""
    database = Database(settings.database)
    store = Store(database)
    try:
        found = await _database(database)
        yield found
        if found.well:
            yield await _running(store)
            async for finding in _library(store):
                yield finding
            async for finding in _builder(settings, store, now):
                yield finding
            async for finding in _deliveries(store, now):
                yield finding
        async for finding in _platforms(settings, store):
            yield finding
    finally:
        await store.close()


async def _database(database: Database) -> Finding:
    subject = f"database {database.location}"
    if database.file and not database.file.exists():
        return Finding(False, subject, "is not there yet", "“digestbot load PATH” makes it and loads pages")
    try:
        current = await get_revision(database)
    except DigestbotError as error:
        return Finding(False, subject, str(error), "see the sentence")
    if current != HEAD_REVISION:
        remedy = "“digestbot db migrate”, or any start, brings it up to date"
        return Finding(False, subject, f"has revision {current}, this version {HEAD_REVISION}", remedy)
    return Finding(True, subject, f"can be read, revision {HEAD_REVISION}")


async def _running(store: Store) -> Finding:
    if store.database.is_server:
        held = [f"{lease.name} by {lease.location}" for lease in await store.leases.list_all() if lease.is_active]
        if any(name.startswith("sender") for name in held):
            return Finding(True, "processes", "; ".join(held))
        return Finding(False, "processes", "no sender runs", "start one: digestbot run --role sender")
    pid = find_owner_pid(store.database)
    if pid:
        return Finding(True, "process", f"the bot runs, process {pid}")
    return Finding(False, "process", "the bot does not run", "start it: digestbot run")


async def _library(store: Store) -> AsyncIterator[Finding]:
    topics = await store.digests.list_topics()
    newest = max((day for _, day, _ in topics if day), default=None)
    if newest is None:
        yield Finding(False, "digests", "none is loaded", "digestbot load PATH")
    else:
        number = sum(number for *_, number in topics)
        yield Finding(True, "digests", f"{number} in {len(topics)} topics, the newest of {newest}")
    chats = await store.report.count_subscribers()
    listed = ", ".join(f"{number} on {platform}" for platform, number in sorted(chats.items()))
    yield Finding(True, "chats", listed or "none yet")
    for (platform, reason), number in sorted((await store.report.count_paused()).items()):
        if reason != "by request":
            yield Finding(False, "paused chats", f"{number} on {platform}: {reason}", _remedy(reason))


async def _builder(settings: Settings, store: Store, now: datetime) -> AsyncIterator[Finding]:
    """Whether digests can be made, what they cost today, and which topics are behind."""
    own, briefs = settings.builder, settings.briefs
    if not briefs:
        return
    if find_spec("pydantic_ai") is None or find_spec("feedparser") is None:
        remedy = MissingExtraError("making digests", "build").remedy
        yield Finding(False, "builder", "the extra “build” is not installed", remedy)
    names = ", ".join(model.name for model in own.list_usable_models())
    if names and own.daily_token_limit:
        spent = await store.builds.get_usage(now.date())
        text = f"{names}; today {spent.tokens:,} tokens of {own.daily_token_limit:,}, ${spent.dollars:.2f}"
        yield Finding(True, "models", f"{text} of ${own.daily_cost_limit_usd:.2f}")
    else:
        remedy = "name one under [[builder.models]], and set its key, such as DIGESTBOT_BUILDER__API_KEYS__OPENAI"
        yield Finding(False, "models", "none has a key, so summaries are the beginnings of abstracts", remedy)
    for brief in briefs:
        yield await _made(brief, store, now.astimezone(ZoneInfo(settings.timezone)))


async def _made(brief: BuildSpec, store: Store, now: datetime) -> Finding:
    """Whether a topic's digest of the day is there, when it should be; ``now`` is in the bot's timezone."""
    last = await store.builds.get_last_build(brief.topic.slug)
    subject = f"builder {brief.topic.slug}"
    text = f"last made of {last[0]}, {last[1]} papers" if last else "never made"
    due = datetime.combine(now.date(), brief.build_at, now.tzinfo) + _BUILT_IN
    if now < due or (last and last[0] >= now.date()):
        return Finding(True, subject, f"{text}; every day at {brief.build_at:%H:%M}")
    remedy = f"does the bot run? “digestbot build {brief.topic.slug}” makes it now, and says what is wrong"
    return Finding(False, subject, f"{text}, and not today", remedy)


async def _deliveries(store: Store, now: datetime) -> AsyncIterator[Finding]:
    waiting = await store.report.list_backlogs(now)
    for platform in waiting:
        yield _waiting(platform)
    if not waiting:
        yield Finding(True, "deliveries", "nothing is waiting")
    for reason in await store.report.list_failure_reasons(now - _LOOKS_BACK):
        yield _given_up(reason)


def _waiting(platform: PlatformBacklog) -> Finding:
    text = f"{platform.count} wait on {platform.platform}, the oldest since {platform.oldest_due_at:%Y-%m-%d %H:%M} UTC"
    if platform.stuck_count:
        remedy = f"is a sender running, with a token for {platform.platform}? The log says what it waits for"
        return Finding(False, "deliveries", f"{text}; {platform.stuck_count} are stuck", remedy)
    return Finding(True, "deliveries", text)


def _given_up(reason: FailureReason) -> Finding:
    last = f"{reason.last_at:%Y-%m-%d %H:%M} UTC"
    text = f"{reason.count} {reason.state} on {reason.platform}: {reason.reason} (last {last})"
    return Finding(False, "deliveries", text, _remedy(reason.reason))


def _remedy(reason: str) -> str:
    small = reason.lower()
    known = (remedy for sign, remedy in _REMEDIES.items() if sign in small)
    return next(known, "“digestbot deliveries --failed” lists them; --retry sends them again")


async def _platforms(settings: Settings, store: Store) -> AsyncIterator[Finding]:
    from digestbot.app import networks, wired  # noqa: PLC0415  # the platforms' libraries take a second to load

    found = networks(wired(settings, store))
    if not found:
        yield Finding(False, "platforms", "no token is set", "DIGESTBOT_TELEGRAM__TOKEN or DIGESTBOT_DISCORD__TOKEN")
    for network in found:
        yield await _reached(network)
    if settings.admin is None:
        remedy = "DIGESTBOT_ADMIN_CHAT=telegram: and your own number"
        yield Finding(True, "admin chat", f"none: trouble is in the log only ({remedy})")


async def _reached(network: RemotePlatform) -> Finding:
    subject = f"{network.name} token"
    try:
        async with asyncio.timeout(_REACHED_IN):
            await network.connect()
        return Finding(True, subject, "is taken")
    except DigestbotError as error:
        return Finding(False, subject, str(error), "put the right one into .env, and start again")
    except TimeoutError:
        return Finding(False, subject, f"{network.name} did not answer in {_REACHED_IN:g} s", "is the network up?")
    finally:
        await network.close()
