"""What the builder remembers: drafts, spending, and the digests it is done with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from digestbot.store import Store
from digestbot.store.digests.builds import DRAFT_RETENTION, Usage
from digestbot.store.digests.digest_writer import PageKey
from tests.factories import make_digest, make_entry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def test_a_draft_is_kept_under_its_key_until_it_is_old(store: Store) -> None:
    await store.builds.save_draft("a", "2611.00001", 1, {"headline": "x"}, NOW)
    assert await store.builds.get_draft("a") == {"headline": "x"}
    assert await store.builds.get_draft("b") is None
    await store.builds.save_draft("b", "2611.00002", 1, {}, NOW + DRAFT_RETENTION + timedelta(days=1))
    assert await store.builds.get_draft("a") is None


async def test_what_a_day_has_cost_adds_up_over_models(store: Store) -> None:
    today = date(2026, 11, 24)
    for model, spent in (("a", Usage(1, 1000, 100, 250)), ("a", Usage(1, 500, 50, 125)), ("b", Usage(2, 10, 1, 0))):
        await store.builds.settle_usage(today, Usage(), [(model, spent)])
    assert await store.builds.get_usage(today) == Usage(4, 1510, 151, 375)
    for other in (-1, 1):
        assert await store.builds.get_usage(today + timedelta(days=other)) == Usage()
    assert (Usage(1, 2, 3, 4_500_000).tokens, Usage(1, 2, 3, 4_500_000).dollars) == (5, 4.5)


async def test_what_topics_showed_before_a_date_is_known_with_its_version(store: Store) -> None:
    pages = [
        (PageKey("file:1", "x", {}), [make_digest("Topic A", "2026-11-22", [make_entry("2611.00001", version=2)])]),
        (PageKey("file:2", "x", {}), [make_digest("Topic B", "2026-11-22", [make_entry("2611.00002")])]),
        (PageKey("file:3", "x", {}), [make_digest("Topic A", "2026-11-24", [make_entry("2611.00003")])]),
        (PageKey("file:4", "x", {}), [make_digest("Topic A", "2026-11-21", [make_entry("2611.00001", version=1)])]),
    ]
    await store.digests.save_pages(pages, NOW)
    assert await store.builds.list_shown_versions(["topic-a"], date(2026, 11, 24)) == {"2611.00001": 2}
    assert set(await store.builds.list_shown_versions(["topic-a", "topic-b"], date(2026, 11, 25))) == {
        "2611.00001",
        "2611.00002",
        "2611.00003",
    }


async def test_a_digest_is_done_even_with_nothing_in_it(store: Store) -> None:
    day = date(2026, 11, 24)
    assert not await store.builds.is_finished("topic-a", day)
    await store.builds.mark_finished("topic-a", day, 0, NOW)
    assert await store.builds.is_finished("topic-a", day)
    assert not await store.builds.is_finished("topic-a", day - timedelta(days=1))
    assert not await store.builds.is_finished("topic-b", day)
    await store.builds.mark_finished("topic-a", day - timedelta(days=1), 7, NOW)
    assert await store.builds.get_last_build("topic-a") == (day, 0)
    await store.builds.mark_finished("topic-a", day, 3, NOW)
    assert await store.builds.get_last_build("topic-a") == (day, 3)
    assert await store.builds.get_last_build("topic-b") is None


async def test_a_draft_made_anew_takes_the_place_of_the_one_before_and_is_as_old_as_itself(store: Store) -> None:
    await store.builds.save_draft("a", "2611.00001", 1, {"headline": "x"}, NOW)
    await store.builds.save_draft("a", "2611.00001", 1, {"headline": "y"}, NOW + timedelta(days=2))
    await store.builds.save_draft("b", "2611.00002", 1, {}, NOW + DRAFT_RETENTION + timedelta(days=1))
    assert await store.builds.get_draft("a") == {"headline": "y"}


async def test_a_draft_is_let_go_of_when_it_is_older_than_it_is_kept(store: Store) -> None:
    await store.builds.save_draft("a", "2611.00001", 1, {"headline": "x"}, NOW)
    await store.builds.save_draft("b", "2611.00002", 1, {}, NOW + DRAFT_RETENTION)
    assert await store.builds.get_draft("a") is not None
    await store.builds.save_draft("c", "2611.00003", 1, {}, NOW + DRAFT_RETENTION + timedelta(seconds=1))
    assert await store.builds.get_draft("a") is None
    assert await store.builds.get_draft("b") is not None


async def test_of_the_versions_that_were_shown_the_newest_is_known(store: Store) -> None:
    for day, version in (("2026-11-20", 1), ("2026-11-21", 3), ("2026-11-22", 2)):
        page = make_digest("Topic A", day, [make_entry("2611.00001", version=version)])
        await store.digests.save_pages([(PageKey(day, day, {}), [page])], NOW)
    assert await store.builds.list_shown_versions(["topic-a"], date(2026, 11, 23)) == {"2611.00001": 3}
    assert await store.builds.list_shown_versions(["topic-a"], date(2026, 11, 21)) == {"2611.00001": 1}
    assert await store.builds.list_shown_versions(["topic-a"], date(2026, 11, 20)) == {}
    assert await store.builds.list_shown_versions([], date(2026, 11, 23)) == {}


async def test_the_last_digest_that_was_made_is_the_newest_by_date(store: Store) -> None:
    assert await store.builds.get_last_build("topic-a") is None
    for topic, day, number in (("topic-a", 24, 3), ("topic-a", 23, 5), ("topic-b", 25, 7)):
        await store.builds.mark_finished(topic, date(2026, 11, day), number, NOW)
    assert await store.builds.get_last_build("topic-a") == (date(2026, 11, 24), 3)
    await store.builds.mark_finished("topic-a", date(2026, 11, 24), 4, NOW)  # made once more
    assert await store.builds.get_last_build("topic-a") == (date(2026, 11, 24), 4)
    assert not await store.builds.is_finished("topic-a", date(2026, 11, 25))
