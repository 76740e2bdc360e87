"""What arXiv announces in the night is everybody's own digest in the morning."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from digestbot.announcements.day_matching import match_day
from digestbot.app import App
from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementDay, AnnouncementKind, DayState
from digestbot.domain.digest import EXTRACT_WRITER, Entry
from digestbot.domain.paper import Paper
from digestbot.domain.queries import parse_query, print_query
from digestbot.domain.queries.typed import MAX_STORED_BYTES
from digestbot.domain.subscription import Address
from digestbot.domain.topic import Topic
from digestbot.store import Store
from digestbot.store.announcements.follows import build_slug, lock_topics
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.digests.follow_digests import FoundPapers
from digestbot.store.tables import digests, entries, topics
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import HANG_SECONDS

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
NEW, CROSS, REPLACED = AnnouncementKind


def announce(number: str, title: str, kind: AnnouncementKind = NEW, **changes: object) -> AnnouncedPaper:
    abstract = str(changes.get("abstract", f"Pictures are hard to make. We present {title.lower()}."))
    authors = ("Bernhard Kerbl", "Wei Wang")
    paper = Paper(f"2611.{number}", 1, title, authors, abstract, str(changes.get("comment", "")))
    return AnnouncedPaper(paper, ("cs.GR",), None, kind)


async def save_day(store: Store, *announced: AnnouncedPaper, day: date = DAY) -> None:
    await store.announcements.save_papers(day, announced)
    await store.announcements.save_day(AnnouncementDay(day, DayState.COMPLETE, NOW, completed_at=NOW))


async def follow(app: App, line: str, chat: str = "local") -> Topic:
    topic = await app.store.follows.get_or_create(print_query(parse_query(line)), line)
    subscriber = await app.subscriptions.get_or_create(Address("console", chat), "en")
    await app.subscriptions.subscribe(subscriber, topic, None)
    return topic


async def list_digest(app: App, topic: Topic, day: date = DAY) -> list[str]:
    stored = await app.store.digests.get_by_date(topic.slug, day)
    return [entry.paper.arxiv_id.partition(".")[2] for entry in stored.digest.entries] if stored else []


async def test_what_was_announced_in_the_night_is_there_in_the_morning(empty_app: App, clock: ManualClock) -> None:
    splatting, nothing = await follow(empty_app, "gaussian-splatting"), await follow(empty_app, "knitting")
    await save_day(
        empty_app.store,
        announce("00001", "Gaussian splatting of avatars"),
        announce("00002", "Fields of radiance", abstract="Pictures. We compare with gaussian splatting here."),
        announce("00003", "Robots that walk"),
    )
    assert await match_day(empty_app.store, DAY, NOW) == 1
    assert await list_digest(empty_app, splatting) == ["00001", "00002"]
    assert await empty_app.store.digests.get_latest(nothing.slug) is None
    platform = RecordingPlatform()
    for moment in ("2026-11-24 09:30", "2026-11-25 08:05", "2026-11-25 08:10"):
        clock.set(moment)
        await empty_app.build_delivery_service([platform]).run_cycle()
    assert len(platform.sent) == 1
    told = str(platform.sent[0][1])
    assert "Gaussian splatting of avatars" in told
    assert "We present gaussian splatting of avatars." in told
    assert "Robots" not in told


async def test_matching_again_changes_nothing_and_one_that_was_interrupted_goes_on(empty_app: App) -> None:
    follows = [await follow(empty_app, line) for line in ("splatting", "robots", "author:Kerbl")]
    await save_day(empty_app.store, announce("00001", "Splatting"), announce("00002", "Robots"))
    first = await empty_app.store.database.engine.connect()
    await first.close()
    ids = {one.topic.slug: one.id async for page in empty_app.store.follows.iterate() for one in page}
    stored = await empty_app.store.announcements.list_papers(DAY)
    entry = Entry(stored[0].announced.paper, make_entry().summary)
    begun = [FoundPapers(ids[follows[0].slug], (stored[0].paper_id,))]
    assert await empty_app.store.follow_digests.save(DAY, begun, {stored[0].paper_id: entry}, NOW) == 1
    assert await empty_app.store.announcements.list_unmatched_days() == [DAY]
    assert await match_day(empty_app.store, DAY, NOW) == 2
    assert await empty_app.store.announcements.list_unmatched_days() == []
    rows = await read_rows(empty_app.store)
    assert await match_day(empty_app.store, DAY, NOW + timedelta(hours=1)) == 0
    assert await read_rows(empty_app.store) == rows
    assert [await list_digest(empty_app, topic) for topic in follows] == [["00001"], ["00002"], ["00002", "00001"]]


async def read_rows(store: Store) -> list[object]:
    query = select(digests.c.id, digests.c.topic_id, digests.c.loaded_at, entries.c.id, entries.c.paper_id)
    async with store.database.read() as connection:
        return [tuple(row) for row in await connection.execute(query.join(entries).order_by(entries.c.id))]


async def test_the_most_telling_come_first_and_new_versions_do_not_come(empty_app: App) -> None:
    topic = await follow(empty_app, "splatting")
    await save_day(
        empty_app.store,
        announce("00005", "Splatting elsewhere", CROSS),
        announce("00002", "A title without it", abstract="Splatting is old. We do it."),
        announce("00001", "Splatting"),
        announce("00004", "Splatting, corrected", REPLACED),
        announce("00003", "Splatting again"),
        announce("00006", "Splatting", comment="This paper has been withdrawn by the authors"),
    )
    await match_day(empty_app.store, DAY, NOW)
    assert await list_digest(empty_app, topic) == ["00003", "00001", "00002", "00005"]


@pytest.mark.parametrize("kind", [CROSS, NEW])
async def test_what_a_follow_had_before_does_not_come_again(empty_app: App, kind: AnnouncementKind) -> None:
    earlier = await follow(empty_app, "splatting")
    await save_day(empty_app.store, announce("00001", "Splatting"))
    await match_day(empty_app.store, DAY, NOW)
    later, next_day = await follow(empty_app, "author:Kerbl", "other"), DAY + timedelta(days=1)
    await save_day(empty_app.store, announce("00001", "Splatting", kind), announce("00002", "Nets"), day=next_day)
    await match_day(empty_app.store, next_day, NOW + timedelta(days=1))
    assert await list_digest(empty_app, earlier, next_day) == []
    assert await list_digest(empty_app, later, next_day) == ["00002", "00001"]


async def test_a_summary_that_everybody_may_see_is_better_than_an_extract(empty_app: App) -> None:
    topic = await follow(empty_app, "splatting")
    shown = make_entry("2611.00001", title="Splatting", headline="It splats.")
    await empty_app.store.digests.save_pages([(PageKey("a", "", {}), [make_digest(entries=[shown])])], NOW)
    await save_day(empty_app.store, announce("00001", "Splatting"), announce("00002", "Splatting too"))
    await match_day(empty_app.store, DAY, NOW)
    stored = await empty_app.store.digests.get_by_date(topic.slug, DAY)
    assert stored
    told = {entry.paper.arxiv_id: entry for entry in stored.digest.entries}
    assert told["2611.00001"].summary.headline == "It splats."
    assert told["2611.00001"].figures
    assert told["2611.00002"].summary.headline == "We present splatting too."
    assert told["2611.00002"].summary.writer == EXTRACT_WRITER


async def test_equal_follows_share_a_topic_that_nobody_else_hears_of(empty_app: App) -> None:
    topic = await follow(empty_app, "NeRF OR slam")
    assert await follow(empty_app, "slams | nerf", "other") == topic
    assert topic == Topic(build_slug("nerf OR slam"), "NeRF OR slam", (), "nerf OR slam")
    assert await empty_app.store.follows.find("nerf OR slam") == topic
    assert await empty_app.store.follows.find("slam") is None
    assert await empty_app.store.digests.list_topics() == []


async def test_follows_with_the_same_short_slug_are_told_apart(empty_app: App) -> None:
    first = await empty_app.store.follows.get_or_create("nerf")
    async with empty_app.store.database.write() as connection:
        taken = update(topics).where(topics.c.slug == first.slug).values(slug=build_slug("slam"))
        await connection.execute(taken)
    second = await empty_app.store.follows.get_or_create("slam")
    assert second.expression == "slam"
    assert second.slug == build_slug("slam", 32)


async def test_the_longest_expressions_that_are_accepted_can_be_followed(empty_app: App) -> None:
    letters = random.Random(5)  # that cannot be compressed
    longest = "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(MAX_STORED_BYTES // 3))
    topic = await empty_app.store.follows.get_or_create(longest)
    assert await empty_app.store.follows.find(longest) == topic


async def test_a_topic_of_the_operators_takes_no_follow_for_its_own(empty_app: App) -> None:
    topic = await empty_app.store.follows.get_or_create("nerf", "NeRF")
    await empty_app.store.digests.define_topics([Topic("fields", "NeRF")])
    assert await empty_app.store.follows.find("nerf") == topic
    assert [one.slug for one, _, _ in await empty_app.store.digests.list_topics()] == ["fields"]


async def test_follows_that_nobody_has_any_more_and_old_digests_are_deleted(empty_app: App) -> None:
    kept, left = await follow(empty_app, "splatting"), await follow(empty_app, "author:Wang")
    await save_day(empty_app.store, announce("00001", "Splatting"))
    await match_day(empty_app.store, DAY, NOW)
    subscriber = await empty_app.subscriptions.find(Address("console", "local"))
    assert subscriber
    await empty_app.subscriptions.unsubscribe(subscriber, left)
    later = NOW + timedelta(days=31)
    assert await empty_app.store.follows.prune(NOW) == 1
    assert await empty_app.store.follows.find(left.expression) is None
    assert await list_digest(empty_app, kept) == ["00001"]
    assert await empty_app.store.follows.prune(later) == 0
    assert await list_digest(empty_app, kept) == []
    assert await empty_app.store.follows.find(kept.expression) == kept


async def test_a_follow_that_is_deleted_a_moment_before_it_is_kept_is_made_again(empty_app: App) -> None:
    prune, subscriptions = empty_app.store.follows.prune, empty_app.subscriptions
    subscriber = await subscriptions.get_or_create(Address("console", "local"), "en")
    first, second = [await empty_app.store.follows.get_or_create(line) for line in ("splatting", "cat:cs.CV")]
    assert await prune(NOW) == 2
    assert (await subscriptions.subscribe(subscriber, first, None)).topic.expression == first.expression
    await subscriptions.replace_topic(subscriber, first, second)
    assert await prune(NOW) == 1
    (kept,) = await subscriptions.list_for(subscriber)
    assert (kept.topic.slug, kept.topic.expression) == (second.slug, second.expression)
    state = await subscriptions.read_state(subscriber, slugs=[second.slug])
    token = await subscriptions.keep_step(subscriber, state)
    await subscriptions.unsubscribe(subscriber, second)
    assert await prune(NOW) == 1
    await subscriptions.undo(subscriber, token)
    assert [one.topic.slug for one in await subscriptions.list_for(subscriber)] == [second.slug]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_follow_that_somebody_just_subscribes_to_is_not_deleted(empty_app: App) -> None:
    kept, _ = [await empty_app.store.follows.get_or_create(line) for line in ("splatting", "knitting")]
    async with asyncio.timeout(HANG_SECONDS), empty_app.store.database.write() as connection:
        assert await lock_topics(connection, {kept.slug: kept.expression})
        assert await empty_app.store.follows.prune(NOW) == 1
    assert await empty_app.store.follows.find(kept.expression) == kept


async def test_a_follow_that_cannot_be_read_stops_no_other(empty_app: App) -> None:
    bad, good = await follow(empty_app, "nerf"), await follow(empty_app, "splatting")
    async with empty_app.store.database.write() as connection:
        await connection.execute(update(topics).where(topics.c.slug == bad.slug).values(expression='"nerf author:x'))
    await save_day(empty_app.store, announce("00001", "Splatting"))
    assert await match_day(empty_app.store, DAY, NOW) == 1
    assert await list_digest(empty_app, good) == ["00001"]


async def test_follows_come_in_pages_of_any_size(empty_app: App) -> None:
    made = [await follow(empty_app, f"word{number}") for number in range(7)]
    for size in (1, 3, 7, 50):
        pages = [page async for page in empty_app.store.follows.iterate(size)]
        assert [one.topic for page in pages for one in page] == made
        assert max(map(len, pages)) <= size
