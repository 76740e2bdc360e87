"""What a cache keeps: what was used last, up to a weight."""

from __future__ import annotations

from digestbot.core.delivery.bounded_cache import BoundedCache


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = BoundedCache[str, int](10)
    for key, value in (("a", 1), ("b", 2), ("c", 3)):
        cache.put(key, value, 3)
    assert cache.get("a") == 1
    cache.put("d", 4, 4)
    assert [cache.get(key) for key in "abcd"] == [1, None, 3, 4]


def test_a_value_takes_the_place_and_the_weight_of_the_one_before() -> None:
    cache = BoundedCache[str, int](10)
    for value in range(9):
        cache.put("a", value, 6)
    cache.put("b", 1, 4)
    assert (cache.get("a"), cache.get("b")) == (8, 1)
    cache.clear()
    cache.put("c", 1, 10)
    assert (cache.get("a"), cache.get("c")) == (None, 1)


def test_the_newest_stays_whatever_it_weighs() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("a", 1, 3)
    cache.put("b", 2, 99)
    assert (cache.get("a"), cache.get("b")) == (None, 2)
    cache.put("c", 3, 1)
    assert (cache.get("b"), cache.get("c")) == (None, 3)
