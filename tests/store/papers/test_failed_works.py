"""Work of models that nothing came of, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digestbot.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_it_is_remembered_for_an_hour_from_the_last_time(store: Store) -> None:
    works = store.failed_works
    await works.note("summary 2611.1v1 en", NOW - HOUR / 2)
    await works.note("summary 2611.1v1 en", NOW)
    assert await works.has_failed("summary 2611.1v1 en", NOW + HOUR - timedelta(seconds=1))
    assert not await works.has_failed("summary 2611.1v1 en", NOW + HOUR)
    assert not await works.has_failed("summary 2611.1v2 en", NOW)
    await works.delete_expired(NOW + HOUR)
    assert not await works.has_failed("summary 2611.1v1 en", NOW)
