"""Who receives what: chats that are paused, left, moved and forgotten."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from digestbot.domain.delivery import mark_sent
from digestbot.domain.subscription import (
    Address,
    CardStyle,
    Layout,
    PostMode,
    Preferences,
    Schedule,
    Subscriber,
    SubscriptionPlan,
)
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox, schedules, subscribers
from tests.factories import make_digest, make_entry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NINE = Schedule(time(9), "UTC")
EVERYTHING = Preferences(
    "Asia/Tokyo",
    time(6, 30),
    frozenset((0, 4)),
    "zh",
    Layout.FULL,
    CardStyle.CLASSIC,
    PostMode.THREADS,
    publish=True,
)
"""Nothing of it is a default."""


async def add_chat(
    store: Store, name: str, thread: str = "", platform: str = "telegram", title: str = ""
) -> Subscriber:
    return await store.subscribers.get_or_create(Address(platform, name, thread), Preferences(), title)


async def read_pause_reasons(store: Store) -> dict[str, str]:
    """Why each chat is paused, by platform, chat and thread."""
    async with store.database.read() as connection:
        rows = await connection.execute(select(subscribers))
        return {f"{row.platform} {row.chat} {row.thread}".strip(): row.pause_reason for row in rows}


async def add_subscriptions(store: Store, subscriber: Subscriber, *slugs: str, instant: bool = False) -> None:
    due = NOW + timedelta(days=1)
    for slug in slugs:
        await store.subscribers.subscribe(
            subscriber.id,
            slug,
            lambda *_: SubscriptionPlan(NINE, due, has_own_schedule=True, instant=instant),
            now=NOW - timedelta(days=1),
        )


async def load_topics(store: Store, *topics: str) -> None:
    pages = [(PageKey(topic, "", {}), [make_digest(topic)]) for topic in topics]
    await store.digests.save_pages(pages, NOW)


async def test_a_chat_is_found_as_it_was_set_up_by_its_whole_address(store: Store) -> None:
    address = Address("telegram", "-100", "7")
    made = await store.subscribers.get_or_create(address, EVERYTHING, "The Lab", "ada")
    assert (made.preferences, made.title, made.moderator_chat, made.pause_reason) == (EVERYTHING, "The Lab", "ada", "")
    assert await store.subscribers.find(address) == made
    others = (Address("telegram", "-100"), Address("telegram", "-100", "8"), Address("discord", "-100", "7"))
    for other in (*others, Address("telegram", "-1", "7")):
        assert await store.subscribers.find(other) is None
        assert (await store.subscribers.get_or_create(other, Preferences())).id != made.id
    again = await store.subscribers.get_or_create(address, Preferences(), "", "bo")  # what is not said stays
    assert again == replace(made, moderator_chat="bo")
    await store.subscribers.update_preferences(made.id, asdict(Preferences()), lambda *_: [], NOW)
    assert [one.preferences for one in await store.subscribers.list_in_chat("telegram", "-100")] == [Preferences()] * 3
    assert {one.id for one in await store.subscribers.list_moderated("telegram", "bo")} == {made.id}


async def test_a_chat_that_is_paused_keeps_its_first_reason_until_it_goes_on(store: Store) -> None:
    first, other = await add_chat(store, "1"), await add_chat(store, "2")
    assert await store.subscribers.pause(first.id, "by request")
    assert not await store.subscribers.pause(first.id, "blocked")
    assert await read_pause_reasons(store) == {"telegram 1": "by request", "telegram 2": ""}
    await store.subscribers.resume(first.id, NOW)
    assert await store.subscribers.pause(first.id, "blocked")
    assert await store.subscribers.pause(first.id, "")
    assert await read_pause_reasons(store) == {"telegram 1": "", "telegram 2": ""}
    assert await store.subscribers.pause(other.id, "x")


async def test_a_whole_chat_is_paused_with_its_threads_and_no_other(store: Store) -> None:
    for name, thread, platform in (
        ("-1", "", "telegram"), ("-1", "7", "telegram"), ("-1", "8", "telegram"), ("-2", "", "telegram"),
        ("-1", "", "discord"),
    ):  # fmt: skip
        made = await add_chat(store, name, thread, platform)
        if thread == "8":
            await store.subscribers.pause(made.id, "by request")
    await store.subscribers.pause_chat("telegram", "-1", "blocked")
    assert await read_pause_reasons(store) == {
        "telegram -1": "blocked",
        "telegram -1 7": "blocked",
        "telegram -1 8": "by request",
        "telegram -2": "",
        "discord -1": "",
    }


async def test_what_is_left_is_remembered_for_a_while_and_comes_back(store: Store) -> None:
    for thread in ("1", "2", "3"):
        await add_chat(store, "guild", thread, "discord")
    await add_chat(store, "guild", "1", "telegram")
    by_request = await add_chat(store, "guild", "4", "discord")
    await store.subscribers.pause(by_request.id, "by request")
    gone = await store.subscribers.mark_left("discord", "guild", NOW, "the channel is gone", "3")
    assert [chat.address.thread for chat in gone] == ["3"]
    assert await store.subscribers.mark_left("discord", "guild", NOW, "the channel is gone", "3") == []
    assert await store.subscribers.list_chats_with_threads("discord") == {"guild": True}
    await store.subscribers.mark_left("discord", "guild", NOW + timedelta(days=1), "not in the server any more")
    assert await read_pause_reasons(store) == {
        "discord guild 1": "not in the server any more",
        "discord guild 2": "not in the server any more",
        "discord guild 3": "the channel is gone",
        "discord guild 4": "by request",
        "telegram guild 1": "",
    }
    assert await store.subscribers.list_chats_with_threads("discord") == {"guild": False}
    await store.subscribers.mark_returned("discord", "guild", ["1", "3"])
    assert await store.subscribers.list_chats_with_threads("discord") == {"guild": True}
    await store.subscribers.mark_left("telegram", "guild", NOW, "kicked")
    assert await store.subscribers.prune_left("discord", NOW + timedelta(days=1)) == 0
    assert await store.subscribers.prune_left("discord", NOW + timedelta(days=2)) == 2
    assert set(await read_pause_reasons(store)) == {"discord guild 1", "discord guild 3", "telegram guild 1"}


async def test_a_chat_that_moved_takes_its_deliveries_along_and_gets_none_again(store: Store) -> None:
    await load_topics(store, "Topic A", "Topic B", "Topic C")
    old, new = await add_chat(store, "-1"), await add_chat(store, "-100")
    thread, other = await add_chat(store, "-1", "7"), await add_chat(store, "-2")
    await add_subscriptions(store, old, "topic-a", "topic-b")
    await add_subscriptions(store, new, "topic-b", "topic-c")
    await add_subscriptions(store, thread, "topic-a")
    await add_subscriptions(store, other, "topic-a")
    for subscriber in (old, new, thread, other):
        await store.outbox.plan_now(subscriber.id, NOW)
    claimed = await store.outbox.claim("telegram", NOW, timedelta(seconds=30), 99)
    assert sum(1 + len(one.bundled_digest_ids) for one in claimed) == 6
    await store.outbox.apply_updates([mark_sent(one, NOW) for one in claimed])
    await store.subscribers.migrate_chat("telegram", "-1", "-100")
    assert await store.subscribers.find(Address("telegram", "-1")) is None
    moved = await store.subscribers.find(Address("telegram", "-100", "7"))  # which was not there: it is the same
    assert moved
    assert moved.id == thread.id
    assert [one.topic.slug for one in await store.subscribers.list_subscriptions(new.id)] == [
        "topic-a",
        "topic-b",
        "topic-c",
    ]
    assert await store.subscribers.count_stored(new.id) == {"subscriptions": 3, "deliveries": 3, "saved": 0}
    for subscriber in (new, thread, other):
        assert await store.outbox.plan_now(subscriber.id, NOW) == 0
    assert {one.id for one in await store.subscribers.list_in_chat("telegram", "-100")} == {new.id, thread.id}
    assert await store.subscribers.find(Address("telegram", "-2")) == other


async def test_a_chat_that_moved_keeps_what_it_hides_filters_renames_and_saved(store: Store) -> None:
    await load_topics(store, "Topic A", "Topic B", "Topic C")
    old, new = await add_chat(store, "-1"), await add_chat(store, "-100")
    await add_subscriptions(store, old, "topic-a", "topic-b", "topic-c")
    await add_subscriptions(store, new, "topic-b", "topic-c")
    followed = store.followed_topics
    for slug in ("topic-a", "topic-b", "topic-c"):
        await followed.rename(old.id, slug, f"Old {slug}")
        await followed.set_filter(old.id, slug, "splatting")
    await followed.rename(new.id, "topic-c", "New")
    await followed.set_filter(new.id, "topic-c", "robot")
    await followed.set_mutes(old.id, ["survey", "video"])
    await followed.set_mutes(new.id, ["audio", "video"])
    entry = await store.digests.get_paper(make_entry().paper.arxiv_id)
    assert entry
    await store.saved_papers.save_paper(old.id, entry.paper_id, NOW, 10)
    await store.subscribers.migrate_chat("telegram", "-1", "-100")
    kept = {one.topic.slug: (one.label, one.filter) for one in await store.subscribers.list_subscriptions(new.id)}
    assert kept == {
        "topic-a": ("Old topic-a", "splatting"),
        "topic-b": ("Old topic-b", "splatting"),
        "topic-c": ("New", "robot"),
    }
    assert await followed.get_mutes(new.id) == ("audio", "video", "survey")
    assert (await store.subscribers.count_stored(new.id))["saved"] == 1


async def test_who_leaves_a_topic_gets_no_more_of_it_and_all_of_the_others(store: Store) -> None:
    await load_topics(store, "Topic A", "Topic B")
    ada, bo = await add_chat(store, "ada"), await add_chat(store, "bo")
    for subscriber in (ada, bo):
        await add_subscriptions(store, subscriber, "topic-a", "topic-b")
        await store.outbox.plan_now(subscriber.id, NOW)
    assert await store.subscribers.unsubscribe(ada.id, "topic-a")
    assert not await store.subscribers.unsubscribe(ada.id, "topic-a")
    assert [one.topic.slug for one in await store.subscribers.list_subscriptions(ada.id)] == ["topic-b"]
    claimed = await store.outbox.claim("telegram", NOW, timedelta(seconds=30), 99)
    assert sorted((one.subscriber.address.chat, len(one.bundled_digest_ids)) for one in claimed) == [
        ("ada", 0),
        ("bo", 1),
    ]
    assert await store.subscribers.unsubscribe(bo.id, "topic-b")  # one that is on its way stays, to be marked
    async with store.database.read() as connection:
        assert len((await connection.execute(select(outbox))).all()) == 3


async def test_who_is_forgotten_leaves_no_trace_in_what_others_set_up(store: Store) -> None:
    ada, same = await add_chat(store, "ada"), await add_chat(store, "ada", platform="discord")
    lab = await store.subscribers.get_or_create(Address("telegram", "lab"), Preferences(), "The Lab", "ada")
    far = await store.subscribers.get_or_create(Address("discord", "lab"), Preferences(), "The Lab", "ada")
    mine = await store.subscribers.get_or_create(Address("telegram", "mine"), Preferences(), "Mine", "bo")
    await store.subscribers.delete(ada.id)
    left = {one.id: one.moderator_chat for one in (*await store.subscribers.list_in_chat("telegram", "lab"), far, mine)}
    assert left == {lab.id: "", far.id: "ada", mine.id: "bo"}
    assert await store.subscribers.find(Address("discord", "lab")) == far
    assert await store.subscribers.find(Address("telegram", "mine")) == mine
    assert await store.subscribers.find(same.address) == same
    assert await store.subscribers.find(ada.address) is None


async def test_no_schedule_is_kept_that_nobody_has(store: Store) -> None:
    """One person could try all there are: each would be planned every day."""
    await load_topics(store, "Topic A")
    ada, bob = await add_chat(store, "1"), await add_chat(store, "2")
    await add_subscriptions(store, bob, "topic-a")

    async def subscribe(minute: int) -> None:
        schedule = Schedule(time(9, minute), "UTC")
        due, past = NOW + timedelta(days=1), NOW - timedelta(days=1)
        plan = SubscriptionPlan(schedule, due, has_own_schedule=True)
        await store.subscribers.subscribe(ada.id, "topic-a", lambda *_: plan, now=past)

    async def count_schedules() -> int:
        async with store.database.read() as connection:
            return len((await connection.scalars(select(schedules.c.id))).all())

    for minute in range(10):
        await subscribe(minute)
    assert await count_schedules() == 2
    (subscription,) = await store.subscribers.list_subscriptions(ada.id)
    seven = [(subscription.id, Schedule(time(7), "UTC"), NOW)]
    await store.subscribers.update_preferences(ada.id, {"layout": Layout.FULL}, lambda *_: seven, NOW)
    assert await count_schedules() == 2
    await store.subscribers.unsubscribe(ada.id, "topic-a")
    assert await count_schedules() == 1
    await subscribe(30)
    await store.subscribers.delete(ada.id)
    await subscribe_again(store, bob)
    assert await count_schedules() == 1


async def subscribe_again(store: Store, subscriber: Subscriber) -> None:
    """With the same schedule: it stays."""
    await add_subscriptions(store, subscriber, "topic-a")
